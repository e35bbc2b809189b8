# Its events in order.
seal a "$FIXTURES/lifecycles.sql"
exhibit timeline a.exhibit --vkey "$VKEY" --id rr-26e61
