# A decision that was edited before it was exported: the file is whole, its source is not.
sed '0,/"decision": "Rejected"/s//"decision": "Approved"/' "$FIXTURES/lifecycles.sql" >edited.sql
cmp -s edited.sql "$FIXTURES/lifecycles.sql" && echo "nothing was edited"
seal a edited.sql
exhibit verify a.exhibit --vkey "$VKEY"
