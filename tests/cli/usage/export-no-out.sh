# An archive with no place to go.
exhibit_export archive "$FIXTURES/lifecycles.sql" --key "$KEY"
