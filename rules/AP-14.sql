-- AP-14: Did every decision take as long as reading takes?
-- Each row is an exception, by the default parameters.
SELECT a.correlation_id FROM approvals a
WHERE a.correlation_id IN (SELECT correlation_id FROM populations WHERE population = 'human_decisions')
  AND a.correlation_id IN (SELECT correlation_id FROM populations WHERE population = 'approval_requested')
  AND (CAST(strftime('%s', a.decided_at) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(a.decided_at, 21), 'Z') || '000000', 1, 6) AS INTEGER))
    - (CAST(strftime('%s', a.requested_at) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(a.requested_at, 21), 'Z') || '000000', 1, 6) AS INTEGER))
    BETWEEN 0 AND 10 * 1000000 - 1  -- fast_decision; before the request: it answered another
ORDER BY 1;
