# A question in SQL.
seal a "$FIXTURES/lifecycles.sql"
exhibit sql a.exhibit --vkey "$VKEY" 'SELECT event_type, count(*) AS n FROM events
	GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5'
