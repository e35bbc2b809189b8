# An id that is not there.
seal a "$FIXTURES/lifecycles.sql"
exhibit show a.exhibit --vkey "$VKEY" --id rr-none
