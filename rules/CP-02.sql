-- CP-02: Was every event stored soon after its own time?
-- Each row is an exception, by the default parameters.
WITH own AS (SELECT correlation_id FROM populations WHERE population = 'remediations')
SELECT DISTINCT own.correlation_id FROM own
  JOIN timeline t USING (correlation_id)
  JOIN timeline before ON before.correlation_id = t.correlation_id
    AND before.position = t.stored_after
  JOIN events e ON e.event_id = t.event_id
WHERE t.contradicts_time AND CAST(strftime('%s', before.time) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(before.time, 21), 'Z') || '000000', 1, 6) AS INTEGER) - (CAST(strftime('%s', t.time) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(t.time, 21), 'Z') || '000000', 1, 6) AS INTEGER)) > 300 * 1000000
  AND e.insert_seq IS NULL  -- the newer writer links in the order of storing
ORDER BY 1;
