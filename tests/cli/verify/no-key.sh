# Without the log's key nothing says who sealed it.
seal a "$FIXTURES/lifecycles.sql"
exhibit verify a.exhibit
