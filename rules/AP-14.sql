-- AP-14: Did every decision take as long as reading takes?
-- Each row is an exception, by the default parameters.
WITH own AS (SELECT correlation_id FROM populations WHERE population = 'human_decisions')
SELECT own.correlation_id FROM own
  JOIN approvals a USING (correlation_id)
WHERE own.correlation_id IN (SELECT correlation_id FROM populations WHERE population = 'approval_requested')  -- one behind the decision answered another
  AND CAST(strftime('%s', a.decided_at) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(a.decided_at, 21), 'Z') || '000000', 1, 6) AS INTEGER) - CAST(strftime('%s', a.requested_at) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(a.requested_at, 21), 'Z') || '000000', 1, 6) AS INTEGER) BETWEEN 0 AND 10 * 1000000 - 1
ORDER BY 1;
