# What the exporter says of a run.
exhibit_export archive "$FIXTURES/small.jsonl" --out a.exhibit --origin demo.example/cluster \
	--key "$KEY" --started-at 2026-01-01T00:00:00Z
