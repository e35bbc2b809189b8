# One approval.
seal a "$FIXTURES/lifecycles.sql"
exhibit approvals a.exhibit --vkey "$VKEY" --id rr-26e61
