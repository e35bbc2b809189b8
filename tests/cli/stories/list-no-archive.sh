# an empty table would look like an answer
cp "$FIXTURES/small.jsonl" rows.jsonl
exhibit list rows.jsonl
