# A file that is there is never written over.
echo precious >a.exhibit
exhibit_export archive "$FIXTURES/small.jsonl" --out a.exhibit \
	--origin demo.example/cluster --key "$KEY" || status=$?
cat a.exhibit
exit $status
