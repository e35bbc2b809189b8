# An object as the events tell it.
seal a "$FIXTURES/lifecycles.sql"
exhibit reconstruct a.exhibit --vkey "$VKEY" --id rr-0131b
