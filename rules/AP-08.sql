-- AP-08: Was what ran what had been asked for?
-- Each row is an exception, by the default parameters.
WITH own AS (SELECT correlation_id FROM populations WHERE population = 'approved')
SELECT own.correlation_id FROM own
  JOIN approvals a USING (correlation_id)
WHERE own.correlation_id IN (SELECT correlation_id FROM populations WHERE population = 'workflow_created')
  AND a.requested_workflow IS NOT NULL AND a.executed_workflow IS NOT NULL
  AND a.override = 'inferred'
ORDER BY 1;
