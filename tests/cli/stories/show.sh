# The story of one remediation.
seal a "$FIXTURES/lifecycles.sql"
exhibit show a.exhibit --vkey "$VKEY" --id rr-26e61
