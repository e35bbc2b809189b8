# A keyed source, and its key is not given.
seal a "$FIXTURES/keyed.jsonl"
exhibit verify a.exhibit --vkey "$VKEY"
