-- AP-18: Did every decision say why, in words of its own?
-- Each row is an exception, by the default parameters.
WITH own AS (SELECT correlation_id FROM populations WHERE population = 'decided_webhook')
SELECT own.correlation_id FROM own
  JOIN (
    SELECT correlation_id, reason, count(*) OVER (PARTITION BY decided_by, reason) AS n
    FROM approvals) a USING (correlation_id)
WHERE a.reason IS NULL OR a.n >= 5
ORDER BY 1;
