-- AP-10: Was every recorded decision acted on?
-- Each row is an exception, by the default parameters.
SELECT correlation_id FROM populations WHERE population = 'decided_webhook'
EXCEPT SELECT correlation_id FROM populations WHERE population = 'decided_orchestrator'
ORDER BY 1;
