# What an input is, before anything is sealed.
exhibit_export inspect "$FIXTURES/lifecycles.sql"
