# A whole export with its log's key at hand: all that can be proven is.
seal a "$FIXTURES/lifecycles.sql"
exhibit verify a.exhibit --vkey "$VKEY"
