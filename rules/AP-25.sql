-- AP-25: Was every change that was forced looked at afterwards?
-- Each row is an exception, by the default parameters.
WITH own AS (SELECT correlation_id FROM populations WHERE population = 'execution_started'),
-- what the events say, under the remediation's name: older versions filed some under others
event AS MATERIALIZED (
  SELECT CASE WHEN correlation_id GLOB 'rar-*' THEN substr(correlation_id, 5)
      WHEN correlation_id GLOB 'we-*' THEN substr(correlation_id, 4)
      ELSE correlation_id END AS correlation_id,
    event_id, event_type, event_action, event_outcome, actor_type, actor_id, resource_id,
    event_data, CAST(strftime('%s', event_timestamp) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(event_timestamp, 21), 'Z') || '000000', 1, 6) AS INTEGER) AS us
  FROM events
  WHERE event_type IN ('webhook.remediationrequest.timeout_modified', 'workflowexecution.block.cleared', 'webhook.workflow.unblocked', 'effectiveness.assessment.completed')
    AND CASE WHEN json_valid(event_data) THEN json_type(event_data) = 'object' END),
-- timeouts that people changed
timeouts AS (
  SELECT correlation_id, us FROM event
  WHERE event_type IN ('webhook.remediationrequest.timeout_modified') AND NOT CASE WHEN coalesce(event.actor_type, '') IN ('service', 'Service', 'system', 'external', 'gateway') THEN 1 WHEN event.actor_id = 'system:admin' THEN 0 ELSE coalesce(event.actor_id, '') = 'system' OR coalesce(event.actor_id, '') GLOB 'system:*' END)
SELECT own.correlation_id FROM own
WHERE (own.correlation_id IN (SELECT correlation_id FROM timeouts)
    OR own.correlation_id IN (SELECT correlation_id FROM event
      WHERE event_type IN ('workflowexecution.block.cleared', 'webhook.workflow.unblocked')))
  AND own.correlation_id NOT IN (SELECT correlation_id FROM event
    WHERE event_type IN ('effectiveness.assessment.completed'))
ORDER BY 1;
