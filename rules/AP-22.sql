-- AP-22: Was each decision made under the policy that had asked for it?
-- Each row is an exception, by the default parameters.
WITH e AS (
  SELECT CASE WHEN correlation_id GLOB 'rar-*' THEN substr(correlation_id, 5)
      WHEN correlation_id GLOB 'we-*' THEN substr(correlation_id, 4) ELSE correlation_id END AS c,
    event_type, actor_id, event_data,
    CAST(strftime('%s', event_timestamp) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(event_timestamp, 21), 'Z') || '000000', 1, 6) AS INTEGER) AS us
  FROM events WHERE event_type IN ('webhook.remediationapprovalrequest.decided', 'webhook.approval.decided',
    'remediation.approval.Approved', 'remediation.approval.Rejected')),
d AS (SELECT c, min(us), event_data ->> '$.policy_hash' AS hash FROM e GROUP BY c)
SELECT p.correlation_id FROM populations p JOIN d ON d.c = p.correlation_id
  JOIN approvals a ON a.correlation_id = p.correlation_id
WHERE p.population = 'decided_webhook' AND d.hash <> '' AND a.policy_hash <> d.hash
ORDER BY 1;
