-- AP-28: Did requests expire by the clock only?
-- Each row is an exception, by the default parameters.
SELECT a.correlation_id FROM approvals a
WHERE a.correlation_id IN (SELECT correlation_id FROM populations WHERE population = 'expired')
  AND (a.by_person OR a.correlation_id IN (SELECT correlation_id FROM populations WHERE population = 'decided_webhook'))
ORDER BY 1;
