# A sample that anybody can draw again.
seal a "$FIXTURES/lifecycles.sql"
exhibit sample a.exhibit --vkey "$VKEY" --population human_decisions -n 3 --seed 7
