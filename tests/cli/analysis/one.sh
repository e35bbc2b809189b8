# Figures of one remediation.
seal a "$FIXTURES/lifecycles.sql"
exhibit analysis a.exhibit --vkey "$VKEY" --id rr-26e61
