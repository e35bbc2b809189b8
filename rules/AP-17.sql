-- AP-17: Was every approval fresh when it was used?
-- Each row is an exception, by the default parameters.
WITH e AS (
  SELECT CASE WHEN correlation_id GLOB 'rar-*' THEN substr(correlation_id, 5)
      WHEN correlation_id GLOB 'we-*' THEN substr(correlation_id, 4) ELSE correlation_id END AS c,
    event_type, actor_id, event_data,
    CAST(strftime('%s', event_timestamp) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(event_timestamp, 21), 'Z') || '000000', 1, 6) AS INTEGER) AS us
  FROM events WHERE event_type IN ('workflowexecution.execution.started', 'execution.workflow.started')),
w AS (SELECT c, min(us) AS us FROM e WHERE event_type IN ('workflowexecution.execution.started', 'execution.workflow.started') GROUP BY c)
SELECT p.correlation_id FROM populations p JOIN w ON w.c = p.correlation_id
  JOIN approvals a ON a.correlation_id = p.correlation_id
WHERE p.population = 'executed_after_approval'
  AND w.us - (CAST(strftime('%s', a.decided_at) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(a.decided_at, 21), 'Z') || '000000', 1, 6) AS INTEGER))
    > 86400 * 1000000  -- stale_approval
ORDER BY 1;
