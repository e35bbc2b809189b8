-- AP-13: Did nobody clear a block by force whose change they had approved?
-- Each row is an exception, by the default parameters.
WITH e AS (
  SELECT CASE WHEN correlation_id GLOB 'rar-*' THEN substr(correlation_id, 5)
      WHEN correlation_id GLOB 'we-*' THEN substr(correlation_id, 4) ELSE correlation_id END AS c,
    event_type, actor_id, event_data,
    CAST(strftime('%s', event_timestamp) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(event_timestamp, 21), 'Z') || '000000', 1, 6) AS INTEGER) AS us
  FROM events WHERE event_type IN ('workflowexecution.block.cleared', 'webhook.workflow.unblocked'))
SELECT DISTINCT a.correlation_id FROM e JOIN approvals a ON a.correlation_id = e.c
WHERE a.decision IS NOT NULL AND e.actor_id = a.decided_by
ORDER BY 1;
