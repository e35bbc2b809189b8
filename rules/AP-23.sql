-- AP-23: Was nothing approved again and again after it had failed on the same target?
-- Each row is an exception, by the default parameters.
WITH own AS (SELECT correlation_id FROM populations WHERE population = 'approved'),
-- what the events say, under the remediation's name: older versions filed some under others
event AS MATERIALIZED (
  SELECT CASE WHEN correlation_id GLOB 'rar-*' THEN substr(correlation_id, 5)
      WHEN correlation_id GLOB 'we-*' THEN substr(correlation_id, 4)
      ELSE correlation_id END AS correlation_id,
    event_id, event_type, event_action, event_outcome, actor_type, actor_id, resource_id,
    event_data, CAST(strftime('%s', event_timestamp) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(event_timestamp, 21), 'Z') || '000000', 1, 6) AS INTEGER) AS us
  FROM events
  WHERE event_type IN ('workflowexecution.workflow.completed', 'workflowexecution.workflow.failed')
    AND CASE WHEN json_valid(event_data) THEN json_type(event_data) = 'object' END),
-- when executions ended, and how the last record of it says
ended AS (
  SELECT correlation_id, us AS first,
    last_value(event_type) OVER whole NOT IN ('workflowexecution.workflow.completed') AS failed,
    row_number() OVER (PARTITION BY correlation_id ORDER BY us, event_type, event_id) AS place
  FROM event
  WHERE event_type IN ('workflowexecution.workflow.completed', 'workflowexecution.workflow.failed')
  WINDOW whole AS (PARTITION BY correlation_id ORDER BY us, event_type, event_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING))
SELECT own.correlation_id FROM own
  JOIN approvals a USING (correlation_id)
  JOIN remediations r USING (correlation_id)
  JOIN remediations other ON other.target = r.target
  JOIN ended ON ended.correlation_id = other.correlation_id AND ended.place = 1
WHERE r.target NOT GLOB '*/' AND r.target <> '' AND ended.failed
  AND ended.first < CAST(strftime('%s', a.decided_at) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(a.decided_at, 21), 'Z') || '000000', 1, 6) AS INTEGER)
GROUP BY own.correlation_id HAVING count(*) >= 2
ORDER BY 1;
