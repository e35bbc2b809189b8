-- CP-03: Is every event here that another one names as its predecessor?
-- Each row is an exception, by the default parameters.
WITH e AS (
  SELECT CASE WHEN correlation_id GLOB 'rar-*' THEN substr(correlation_id, 5)
      WHEN correlation_id GLOB 'we-*' THEN substr(correlation_id, 4) ELSE correlation_id END AS c,
    event_hash, previous_event_hash FROM events),
h AS MATERIALIZED (SELECT DISTINCT c, event_hash FROM e WHERE length(event_hash) = 64 AND event_hash NOT GLOB '*[^0-9a-f]*')
SELECT DISTINCT p.correlation_id FROM e JOIN populations p ON p.correlation_id = e.c AND p.population = 'remediations'
  LEFT JOIN h ON h.c = e.c AND h.event_hash = e.previous_event_hash
WHERE h.c IS NULL AND length(e.previous_event_hash) = 64 AND e.previous_event_hash NOT GLOB '*[^0-9a-f]*'
ORDER BY 1;
