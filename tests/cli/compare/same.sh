# An archive beside itself.
seal a "$FIXTURES/lifecycles.sql"
exhibit compare a.exhibit --with a.exhibit --vkey "$VKEY"
