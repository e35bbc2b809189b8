# A file that was never sealed proves nothing.
exhibit_export archive "$FIXTURES/lifecycles.sql" --out a.exhibit --unsealed >/dev/null 2>&1
exhibit prove a.exhibit --position 7 --out e.tlog-proof
