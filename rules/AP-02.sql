-- AP-02: Did no execution start before its approval?
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
  WHERE event_type IN ('webhook.remediationapprovalrequest.decided', 'webhook.approval.decided', 'remediation.approval.Approved', 'remediation.approval.Rejected', 'orchestrator.approval.approved', 'orchestrator.approval.rejected', 'workflowexecution.execution.started', 'execution.workflow.started')
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
  WHERE place = 1),
-- the decision: the webhook's record, else the orchestrator's
decision AS (
  SELECT correlation_id, us, event_id FROM webhook
  UNION ALL
  SELECT correlation_id, us, event_id FROM orchestrator
  WHERE correlation_id NOT IN (SELECT correlation_id FROM webhook)),
started AS (
  SELECT correlation_id, min(us) AS first FROM event
  WHERE event_type IN ('workflowexecution.execution.started', 'execution.workflow.started') GROUP BY correlation_id)
SELECT own.correlation_id FROM own
  JOIN started USING (correlation_id)
  JOIN decision d USING (correlation_id)
WHERE d.us > started.first
ORDER BY 1;
