-- AP-34: Did the policy stay the same, or change by plan?
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
  WHERE event_type IN ('aianalysis.rego.evaluation')
    AND CASE WHEN json_valid(event_data) THEN json_type(event_data) = 'object' END),
-- the last evaluation of the policy
evaluated AS (
  SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY correlation_id ORDER BY us DESC, event_id DESC)
      AS place
    FROM event WHERE event_type IN ('aianalysis.rego.evaluation'))
  WHERE place = 1)
SELECT correlation_id FROM (
  SELECT own.correlation_id, CASE WHEN json_type(e.event_data, '$.policy_hash') = 'text' THEN nullif(e.event_data ->> '$.policy_hash', '') END AS hash,
    lag(CASE WHEN json_type(e.event_data, '$.policy_hash') = 'text' THEN nullif(e.event_data ->> '$.policy_hash', '') END) OVER (ORDER BY e.us, e.event_id) AS before
  FROM own
    JOIN evaluated e USING (correlation_id)
  WHERE CASE WHEN json_type(e.event_data, '$.policy_hash') = 'text' THEN nullif(e.event_data ->> '$.policy_hash', '') END IS NOT NULL)
WHERE hash <> before
ORDER BY 1;
