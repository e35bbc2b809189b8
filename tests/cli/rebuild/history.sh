# How it came to be.
seal a "$FIXTURES/lifecycles.sql"
exhibit history a.exhibit --vkey "$VKEY" --id rr-0131b
