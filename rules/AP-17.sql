-- AP-17: Was every approval fresh when it was used?
-- Each row is an exception, by the default parameters.
WITH own AS (SELECT correlation_id FROM populations WHERE population = 'executed_after_approval'),
-- what the events say, under the remediation's name: older versions filed some under others
event AS MATERIALIZED (
  SELECT CASE WHEN correlation_id GLOB 'rar-*' THEN substr(correlation_id, 5)
      WHEN correlation_id GLOB 'we-*' THEN substr(correlation_id, 4)
      ELSE correlation_id END AS correlation_id,
    event_id, event_type, event_action, event_outcome, actor_type, actor_id, resource_id,
    event_data, CAST(strftime('%s', event_timestamp) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(event_timestamp, 21), 'Z') || '000000', 1, 6) AS INTEGER) AS us
  FROM events
  WHERE event_type IN ('workflowexecution.execution.started', 'execution.workflow.started')
    AND CASE WHEN json_valid(event_data) THEN json_type(event_data) = 'object' END),
started AS (
  SELECT correlation_id, min(us) AS first FROM event
  WHERE event_type IN ('workflowexecution.execution.started', 'execution.workflow.started') GROUP BY correlation_id)
SELECT own.correlation_id FROM own
  JOIN started USING (correlation_id)
  JOIN approvals a USING (correlation_id)
WHERE started.first - (CAST(strftime('%s', a.decided_at) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(a.decided_at, 21), 'Z') || '000000', 1, 6) AS INTEGER)) > 86400 * 1000000
ORDER BY 1;
