# Figures of a range.
seal a "$FIXTURES/lifecycles.sql"
exhibit analysis a.exhibit --vkey "$VKEY" --all
