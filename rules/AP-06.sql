-- AP-06: Did nobody decide on what they had asked for themselves?
-- Each row is an exception, by the default parameters.
WITH own AS (SELECT correlation_id FROM populations WHERE population = 'human_decisions')
SELECT own.correlation_id FROM own
  JOIN approvals a USING (correlation_id)
WHERE a.requested_by = a.decided_by
ORDER BY 1;
