# A statement that writes.
seal a "$FIXTURES/lifecycles.sql"
exhibit sql a.exhibit --vkey "$VKEY" 'DELETE FROM events'
