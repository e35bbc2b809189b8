-- AP-09: Does every decision of a person have a record of who made it, made when they were authenticated?
-- Each row is an exception, by the default parameters.
WITH own AS (SELECT correlation_id FROM populations WHERE population = 'decided_orchestrator'),
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
-- the first record of a decision by the webhook
webhook AS (
  SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY correlation_id ORDER BY us, event_id) AS place
    FROM event WHERE event_type IN ('webhook.remediationapprovalrequest.decided', 'webhook.approval.decided', 'remediation.approval.Approved', 'remediation.approval.Rejected'))
  WHERE place = 1),
-- and by the orchestrator
orchestrator AS (
  SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY correlation_id ORDER BY us, event_type, event_id)
      AS place
    FROM event
    WHERE event_type IN ('orchestrator.approval.approved', 'orchestrator.approval.rejected'))
  WHERE place = 1)
SELECT own.correlation_id FROM own
  JOIN orchestrator o USING (correlation_id)
  LEFT JOIN webhook w USING (correlation_id)
WHERE NOT (o.event_type IN ('orchestrator.approval.rejected')
    AND coalesce(o.event_action, '') = 'expired')
  AND NOT CASE WHEN coalesce(o.actor_type, '') IN ('service', 'Service', 'system', 'external', 'gateway') THEN 1 WHEN o.actor_id = 'system:admin' THEN 0 ELSE coalesce(o.actor_id, '') = 'system' OR coalesce(o.actor_id, '') GLOB 'system:*' END AND (w.us IS NULL OR w.us > o.us)
ORDER BY 1;
