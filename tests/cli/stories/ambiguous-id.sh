# A beginning that several ids have.
seal a "$FIXTURES/lifecycles.sql"
exhibit show a.exhibit --vkey "$VKEY" --id rr-
