-- AP-06: Did nobody decide on what they had asked for themselves?
-- Each row is an exception, by the default parameters.
SELECT a.correlation_id FROM approvals a
WHERE a.correlation_id IN (SELECT correlation_id FROM populations WHERE population = 'human_decisions')
  AND a.requested_by = a.decided_by
ORDER BY 1;
