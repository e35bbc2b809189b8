# The same, a document a line.
seal a "$FIXTURES/lifecycles.sql"
exhibit list a.exhibit --vkey "$VKEY" -o jsonl | head -n 2
