# The same with the key.
seal a "$FIXTURES/keyed.jsonl"
exhibit verify a.exhibit --vkey "$VKEY" --hmac-key-file "$FIXTURES/hmac.key"
