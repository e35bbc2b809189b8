-- AP-29: Was a person asked only where the policy asks for one?
-- Each row is an exception, by the default parameters.
WITH own AS (SELECT correlation_id FROM populations WHERE population = 'approval_requested')
SELECT own.correlation_id FROM own
WHERE own.correlation_id NOT IN (SELECT correlation_id FROM populations WHERE population = 'policy_requires_approval')
ORDER BY 1;
