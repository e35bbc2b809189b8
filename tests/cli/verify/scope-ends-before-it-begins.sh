# A period that cannot be.
seal a "$FIXTURES/lifecycles.sql"
exhibit verify a.exhibit --vkey "$VKEY" --scope 2026-11-30..2026-11-01
