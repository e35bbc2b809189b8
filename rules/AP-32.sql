-- AP-32: Did everything that waited for approval ask for it, and the other way round?
-- Each row is an exception, by the default parameters.
WITH e AS (
  SELECT CASE WHEN correlation_id GLOB 'rar-*' THEN substr(correlation_id, 5)
      WHEN correlation_id GLOB 'we-*' THEN substr(correlation_id, 4) ELSE correlation_id END AS c,
    event_type, actor_id, event_data,
    CAST(strftime('%s', event_timestamp) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(event_timestamp, 21), 'Z') || '000000', 1, 6) AS INTEGER) AS us
  FROM events WHERE event_type IN ('orchestrator.lifecycle.transitioned', 'orchestrator.phase.transitioned')),
waited AS (SELECT c FROM e WHERE event_data ->> '$.to_phase' = 'AwaitingApproval')
SELECT p.correlation_id FROM populations p WHERE p.population = 'remediations'
  AND (p.correlation_id IN (SELECT c FROM waited))
    <> (p.correlation_id IN (SELECT correlation_id FROM populations WHERE population = 'approval_requested'))
ORDER BY 1;
