# Rows that retention took away.
seal a "$FIXTURES/purged.jsonl"
exhibit verify a.exhibit --vkey "$VKEY"
