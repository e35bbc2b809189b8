-- CP-04: Was every record stored once?
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
  WHERE event_type IN ('orchestrator.approval.requested', 'webhook.remediationapprovalrequest.decided', 'webhook.approval.decided', 'remediation.approval.Approved', 'remediation.approval.Rejected', 'orchestrator.approval.approved', 'orchestrator.approval.rejected', 'remediation.workflow_created', 'workflowexecution.selection.completed', 'workflowexecution.execution.started', 'execution.workflow.started', 'workflowexecution.workflow.completed', 'workflowexecution.workflow.failed', 'effectiveness.assessment.completed', 'workflowexecution.block.cleared', 'webhook.workflow.unblocked')
    AND CASE WHEN json_valid(event_data) THEN json_type(event_data) = 'object' END),
-- repeated deliveries are one
said AS (
  SELECT correlation_id, event_type, count(DISTINCT event_id) AS n FROM event
  GROUP BY correlation_id, us, event_type, event_action, event_outcome, actor_type, actor_id,
    resource_id, event_data)
SELECT DISTINCT own.correlation_id FROM own
  JOIN said USING (correlation_id)
WHERE said.n > 1 AND said.event_type IN ('orchestrator.approval.requested', 'webhook.remediationapprovalrequest.decided', 'webhook.approval.decided', 'remediation.approval.Approved', 'remediation.approval.Rejected', 'orchestrator.approval.approved', 'orchestrator.approval.rejected', 'remediation.workflow_created', 'workflowexecution.selection.completed', 'workflowexecution.execution.started', 'execution.workflow.started', 'workflowexecution.workflow.completed', 'workflowexecution.workflow.failed', 'effectiveness.assessment.completed', 'workflowexecution.block.cleared', 'webhook.workflow.unblocked')
ORDER BY 1;
