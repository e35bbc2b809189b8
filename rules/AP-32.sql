-- AP-32: Did everything that waited for approval ask for it, and the other way round?
-- Each row is an exception, by the default parameters.
WITH own AS (SELECT correlation_id FROM populations WHERE population = 'remediations'),
-- what the events say, under the remediation's name: older versions filed some under others
event AS MATERIALIZED (
  SELECT CASE WHEN correlation_id GLOB 'rar-*' THEN substr(correlation_id, 5)
      WHEN correlation_id GLOB 'we-*' THEN substr(correlation_id, 4)
      ELSE correlation_id END AS correlation_id,
    event_id, event_type, event_action, event_outcome, actor_type, actor_id, resource_id,
    event_data, CAST(strftime('%s', event_timestamp) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(event_timestamp, 21), 'Z') || '000000', 1, 6) AS INTEGER) AS us
  FROM events
  WHERE event_type IN ('orchestrator.lifecycle.transitioned', 'orchestrator.phase.transitioned')
    AND CASE WHEN json_valid(event_data) THEN json_type(event_data) = 'object' END)
SELECT own.correlation_id FROM own
WHERE (own.correlation_id IN (SELECT correlation_id FROM event e
    WHERE e.event_type IN ('orchestrator.lifecycle.transitioned', 'orchestrator.phase.transitioned')
      AND CASE WHEN json_type(e.event_data, '$.to_phase') = 'text' THEN nullif(e.event_data ->> '$.to_phase', '') END = 'AwaitingApproval'))
  <> (own.correlation_id IN (SELECT correlation_id FROM populations WHERE population = 'approval_requested'))
ORDER BY 1;
