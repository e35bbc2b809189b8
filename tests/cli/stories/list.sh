# The remediations of a month.
seal a "$FIXTURES/lifecycles.sql"
exhibit list a.exhibit --vkey "$VKEY"
