# A key that is there is never written over.
echo precious >k.key
exhibit_export keygen --name x/y --out k || status=$?
cat k.key
exit $status
