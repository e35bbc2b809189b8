# A proof without the log's key: it belongs together, and anyone could have made it.
seal a "$FIXTURES/lifecycles.sql"
exhibit prove a.exhibit --vkey "$VKEY" --position 7 --out e.tlog-proof
exhibit verify e.tlog-proof
