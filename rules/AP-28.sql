-- AP-28: Did requests expire by the clock only?
-- Each row is an exception, by the default parameters.
WITH own AS (SELECT correlation_id FROM populations WHERE population = 'expired')
SELECT own.correlation_id FROM own
  JOIN approvals a USING (correlation_id)
WHERE a.by_person OR own.correlation_id IN (SELECT correlation_id FROM populations WHERE population = 'decided_webhook')
ORDER BY 1;
