# What an archive says of itself.
seal a "$FIXTURES/lifecycles.sql"
exhibit info a.exhibit --vkey "$VKEY"
