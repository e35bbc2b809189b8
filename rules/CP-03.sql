-- CP-03: Is every event here that another one names as its predecessor?
-- Each row is an exception, by the default parameters.
WITH own AS (SELECT correlation_id FROM populations WHERE population = 'remediations'),
-- hashes as every row has them, under the remediation's name
row AS (
  SELECT CASE WHEN correlation_id GLOB 'rar-*' THEN substr(correlation_id, 5)
      WHEN correlation_id GLOB 'we-*' THEN substr(correlation_id, 4)
      ELSE correlation_id END AS correlation_id, event_hash, previous_event_hash
  FROM events),
hash AS MATERIALIZED (
  SELECT DISTINCT correlation_id, event_hash AS hash FROM row
  WHERE length(event_hash) = 64 AND event_hash NOT GLOB '*[^0-9a-f]*')
SELECT DISTINCT own.correlation_id FROM own
  JOIN row USING (correlation_id)
  LEFT JOIN hash h ON h.correlation_id = row.correlation_id AND h.hash = row.previous_event_hash
WHERE h.correlation_id IS NULL
  AND length(row.previous_event_hash) = 64 AND row.previous_event_hash NOT GLOB '*[^0-9a-f]*'
ORDER BY 1;
