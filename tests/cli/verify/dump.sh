# a dump is told from a broken archive: what it is, and who reads it
exhibit verify "$FIXTURES/lifecycles.sql"
