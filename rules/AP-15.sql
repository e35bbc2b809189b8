-- AP-15: Were decisions made one by one?
-- Each row is an exception, by the default parameters.
WITH own AS (SELECT correlation_id FROM populations WHERE population = 'human_decisions')
SELECT own.correlation_id FROM own
  JOIN (
    SELECT correlation_id, count(*) OVER (PARTITION BY decided_by ORDER BY CAST(strftime('%s', decided_at) AS INTEGER) * 1000000 + CAST(substr(rtrim(substr(decided_at, 21), 'Z') || '000000', 1, 6) AS INTEGER)
      RANGE BETWEEN 600 * 1000000 PRECEDING AND CURRENT ROW) AS n
    FROM approvals WHERE decided_by IS NOT NULL AND decided_at IS NOT NULL) b USING (correlation_id)
WHERE b.n >= 5
ORDER BY 1;
