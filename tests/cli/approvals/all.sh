# All of them.
seal a "$FIXTURES/lifecycles.sql"
exhibit approvals a.exhibit --vkey "$VKEY"
