# A proof of which one hash was changed: it leads to another root.
seal a "$FIXTURES/lifecycles.sql"
exhibit prove a.exhibit --vkey "$VKEY" --position 7 --out e.tlog-proof
sed -i '5s/^./A/' e.tlog-proof
exhibit verify e.tlog-proof --vkey "$VKEY"
