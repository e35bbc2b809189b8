-- AP-24: Did the policy allow nothing of high risk by itself?
-- Each row is an exception, by the default parameters.
WITH own AS (SELECT correlation_id FROM populations WHERE population = 'executed_by_policy'),
-- what the events say, under the remediation's name: older versions filed some under others
event AS MATERIALIZED (
  SELECT CASE WHEN correlation_id GLOB 'rar-*' THEN substr(correlation_id, 5)
      WHEN correlation_id GLOB 'we-*' THEN substr(correlation_id, 4)
      ELSE correlation_id END AS correlation_id,
    event_id, event_type, event_action, event_outcome, actor_type, actor_id, resource_id,
    event_data, CAST(strftime('%s', event_timestamp) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(event_timestamp, 21), 'Z') || '000000', 1, 6) AS INTEGER) AS us
  FROM events
  WHERE event_type IN ('aianalysis.approval.decision')
    AND CASE WHEN json_valid(event_data) THEN json_type(event_data) = 'object' END)
SELECT correlation_id FROM (
  SELECT e.*, row_number() OVER (PARTITION BY correlation_id ORDER BY us DESC, event_id DESC)
    AS place
  FROM own JOIN event e USING (correlation_id)
  WHERE e.event_type IN ('aianalysis.approval.decision')) e
WHERE place = 1 AND lower(CASE WHEN json_type(e.event_data, '$.environment') = 'text' THEN nullif(e.event_data ->> '$.environment', '') END) = 'production'
ORDER BY 1;
