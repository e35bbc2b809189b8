-- AP-08: Was what ran what had been asked for?
-- Each row is an exception, by the default parameters.
SELECT a.correlation_id FROM approvals a
WHERE a.correlation_id IN (SELECT correlation_id FROM populations WHERE population = 'approved')
  AND a.correlation_id IN (SELECT correlation_id FROM populations WHERE population = 'workflow_created')
  AND a.requested_workflow IS NOT NULL AND a.executed_workflow IS NOT NULL AND a.override = 'inferred'
ORDER BY 1;
