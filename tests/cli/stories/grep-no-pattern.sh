# A pattern that is none.
seal a "$FIXTURES/lifecycles.sql"
exhibit grep '/(/' a.exhibit --vkey "$VKEY"
