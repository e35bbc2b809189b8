-- AP-29: Was a person asked only where the policy asks for one?
-- Each row is an exception, by the default parameters.
SELECT correlation_id FROM populations WHERE population = 'approval_requested'
EXCEPT SELECT correlation_id FROM populations WHERE population = 'policy_requires_approval'
ORDER BY 1;
