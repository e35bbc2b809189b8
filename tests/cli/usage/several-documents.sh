# One document of several remediations is none.
seal a "$FIXTURES/lifecycles.sql"
exhibit show a.exhibit --id rr-26e61 --id rr-0131b -o json
