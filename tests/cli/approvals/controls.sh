# What rules say of them.
seal a "$FIXTURES/lifecycles.sql"
exhibit controls a.exhibit --vkey "$VKEY"
