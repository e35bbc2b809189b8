-- AP-10: Was every recorded decision acted on?
-- Each row is an exception, by the default parameters.
WITH own AS (SELECT correlation_id FROM populations WHERE population = 'decided_webhook')
SELECT own.correlation_id FROM own
WHERE own.correlation_id NOT IN (SELECT correlation_id FROM populations WHERE population = 'decided_orchestrator')
ORDER BY 1;
