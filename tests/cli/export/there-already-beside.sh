# That the place is taken is told, and not what to do with another file of the log beside it.
exhibit_export archive "$FIXTURES/small.jsonl" --out a.exhibit \
	--origin demo.example/cluster --key "$KEY" -q >x
cp a.exhibit b.exhibit
exhibit_export archive "$FIXTURES/small.jsonl" --out a.exhibit \
	--origin demo.example/cluster --key "$KEY" || status=$?
exit $status
