-- AP-21: Was nothing approved that the analysis itself doubted?
-- Each row is an exception, by the default parameters.
WITH own AS (SELECT correlation_id FROM populations WHERE population = 'approved')
SELECT own.correlation_id FROM own
  JOIN approvals a USING (correlation_id)
WHERE CAST(a.confidence AS REAL) < 0.6
ORDER BY 1;
