-- AP-27: Was every request decided once?
-- Each row is an exception, by the default parameters.
WITH own AS (SELECT correlation_id FROM populations WHERE population = 'approval_requested'),
-- what the events say, under the remediation's name: older versions filed some under others
event AS MATERIALIZED (
  SELECT CASE WHEN correlation_id GLOB 'rar-*' THEN substr(correlation_id, 5)
      WHEN correlation_id GLOB 'we-*' THEN substr(correlation_id, 4)
      ELSE correlation_id END AS correlation_id,
    event_id, event_type, event_action, event_outcome, actor_type, actor_id, resource_id,
    event_data, CAST(strftime('%s', event_timestamp) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(event_timestamp, 21), 'Z') || '000000', 1, 6) AS INTEGER) AS us
  FROM events
  WHERE event_type IN ('webhook.remediationapprovalrequest.decided', 'webhook.approval.decided', 'remediation.approval.Approved', 'remediation.approval.Rejected', 'orchestrator.approval.approved', 'orchestrator.approval.rejected')
    AND CASE WHEN json_valid(event_data) THEN json_type(event_data) = 'object' END),
-- repeated deliveries are one
said AS (
  SELECT correlation_id, event_type, count(DISTINCT event_id) AS n FROM event
  GROUP BY correlation_id, us, event_type, event_action, event_outcome, actor_type, actor_id,
    resource_id, event_data)
SELECT own.correlation_id FROM own
  JOIN said USING (correlation_id)
GROUP BY own.correlation_id
HAVING sum(said.event_type IN ('webhook.remediationapprovalrequest.decided', 'webhook.approval.decided', 'remediation.approval.Approved', 'remediation.approval.Rejected')) > 1
  OR sum(said.event_type IN ('orchestrator.approval.approved', 'orchestrator.approval.rejected')) > 1
ORDER BY 1;
