-- AP-33: Was nothing decided after its remediation had ended?
-- Each row is an exception, by the default parameters.
WITH own AS (SELECT correlation_id FROM populations WHERE population = 'human_decisions')
SELECT own.correlation_id FROM own
  JOIN approvals a USING (correlation_id)
WHERE a.ended_at IS NOT NULL AND CAST(strftime('%s', a.ended_at) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(a.ended_at, 21), 'Z') || '000000', 1, 6) AS INTEGER) < CAST(strftime('%s', a.decided_at) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(a.decided_at, 21), 'Z') || '000000', 1, 6) AS INTEGER)
ORDER BY 1;
