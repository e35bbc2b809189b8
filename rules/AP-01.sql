-- AP-01: Was every change that was made approved by a person, or allowed by the policy, before it was made?
-- Each row is an exception, by the default parameters.
WITH e AS (
  SELECT CASE WHEN correlation_id GLOB 'rar-*' THEN substr(correlation_id, 5)
      WHEN correlation_id GLOB 'we-*' THEN substr(correlation_id, 4) ELSE correlation_id END AS c,
    event_type, actor_id, event_data,
    CAST(strftime('%s', event_timestamp) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(event_timestamp, 21), 'Z') || '000000', 1, 6) AS INTEGER) AS us
  FROM events WHERE event_type IN ('webhook.remediationapprovalrequest.decided', 'webhook.approval.decided',
    'remediation.approval.Approved', 'remediation.approval.Rejected', 'orchestrator.approval.approved', 'orchestrator.approval.rejected', 'remediation.workflow_created')),
d AS (  -- the decision's event: the webhook's, else the orchestrator's
  SELECT c, coalesce(min(CASE WHEN event_type NOT GLOB 'orchestrator.*' THEN us END), min(us)) AS us
  FROM e WHERE event_type GLOB '*approval*' GROUP BY c),
w AS (SELECT c, min(us) AS us FROM e WHERE event_type IN ('remediation.workflow_created') GROUP BY c)
SELECT p.correlation_id FROM populations p JOIN w ON w.c = p.correlation_id
  LEFT JOIN approvals a ON a.correlation_id = p.correlation_id LEFT JOIN d ON d.c = p.correlation_id
WHERE p.population = 'workflow_created'
  AND NOT (p.correlation_id NOT IN (SELECT correlation_id FROM populations WHERE population = 'approval_requested')
    AND p.correlation_id IN (SELECT correlation_id FROM populations WHERE population = 'policy_auto_approved'))
  AND (a.decision IS NULL OR a.decision <> 'Approved' OR d.us > w.us)
ORDER BY 1;
