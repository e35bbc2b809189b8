-- AP-07: Did nobody decide on a workflow that they had registered themselves?
-- Each row is an exception, by the default parameters.
WITH own AS (SELECT correlation_id FROM populations WHERE population = 'human_decisions'),
-- what the events say, under the remediation's name: older versions filed some under others
event AS MATERIALIZED (
  SELECT CASE WHEN correlation_id GLOB 'rar-*' THEN substr(correlation_id, 5)
      WHEN correlation_id GLOB 'we-*' THEN substr(correlation_id, 4)
      ELSE correlation_id END AS correlation_id,
    event_id, event_type, event_action, event_outcome, actor_type, actor_id, resource_id,
    event_data, CAST(strftime('%s', event_timestamp) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(event_timestamp, 21), 'Z') || '000000', 1, 6) AS INTEGER) AS us
  FROM events
  WHERE event_type IN ('remediationworkflow.admitted.create', 'remediationworkflow.admitted.update')
    AND CASE WHEN json_valid(event_data) THEN json_type(event_data) = 'object' END)
SELECT DISTINCT own.correlation_id FROM own
  JOIN approvals a USING (correlation_id)
  JOIN event e ON CASE WHEN json_type(e.event_data, '$.workflow_id') = 'text' THEN nullif(e.event_data ->> '$.workflow_id', '') END = a.requested_workflow AND e.actor_id = a.decided_by
    AND e.us <= CAST(strftime('%s', a.decided_at) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(a.decided_at, 21), 'Z') || '000000', 1, 6) AS INTEGER)
WHERE e.event_type IN ('remediationworkflow.admitted.create', 'remediationworkflow.admitted.update')
  AND e.correlation_id NOT IN (SELECT correlation_id FROM populations WHERE population = 'remediations')
ORDER BY 1;
