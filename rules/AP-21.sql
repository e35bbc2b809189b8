-- AP-21: Was nothing approved that the analysis itself doubted?
-- Each row is an exception, by the default parameters.
SELECT a.correlation_id FROM approvals a
WHERE a.correlation_id IN (SELECT correlation_id FROM populations WHERE population = 'approved')
  AND CAST(a.confidence AS REAL) < 0.6  -- low_confidence
ORDER BY 1;
