# How many there are of what.
seal a "$FIXTURES/lifecycles.sql"
exhibit populations a.exhibit --vkey "$VKEY"
