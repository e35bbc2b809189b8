-- The control rules as queries over the tables of `exhibit sql`; tools/rules.py makes rules/*.sql
-- of this, of rules.def (question, population), populations.def, parameters.def (the numbers) and
-- event/types.def (older names of types). What stands between two heads is a part, put in front of
-- a rule that names it; `own` is the rule's population and stands in front of all.
--
--   {us TIME}       a time as microseconds since 1970
--   {in NAME}       … IN a population
--   {types ID …}    the names of types, older ones too
--   {text A.NAME}   a member of A's event_data that is a text and not empty; NULL
--   {machine A}     is A's actor a machine? (as src/read/person.c)
--   {NAME}          a parameter as an auditor may set it; {NAME us}: as microseconds

==== part event
-- what the events say, under the remediation's name: older versions filed some under others
event AS MATERIALIZED (
  SELECT CASE WHEN correlation_id GLOB 'rar-*' THEN substr(correlation_id, 5)
      WHEN correlation_id GLOB 'we-*' THEN substr(correlation_id, 4)
      ELSE correlation_id END AS correlation_id,
    event_id, event_type, event_action, event_outcome, actor_type, actor_id, resource_id,
    event_data, {us event_timestamp} AS us
  FROM events
  WHERE event_type IN ({event})
    AND CASE WHEN json_valid(event_data) THEN json_type(event_data) = 'object' END)

==== part webhook
-- the first record of a decision by the webhook
webhook AS (
  SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY correlation_id ORDER BY us, event_id) AS place
    FROM event WHERE event_type IN ({types WEBHOOK_REMEDIATIONAPPROVALREQUEST_DECIDED}))
  WHERE place = 1)

==== part orchestrator
-- and by the orchestrator
orchestrator AS (
  SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY correlation_id ORDER BY us, event_type, event_id)
      AS place
    FROM event
    WHERE event_type IN ({types ORCHESTRATOR_APPROVAL_APPROVED ORCHESTRATOR_APPROVAL_REJECTED}))
  WHERE place = 1)

==== part decision
-- the decision: the webhook's record, else the orchestrator's
decision AS (
  SELECT correlation_id, us, event_id FROM webhook
  UNION ALL
  SELECT correlation_id, us, event_id FROM orchestrator
  WHERE correlation_id NOT IN (SELECT correlation_id FROM webhook))

==== part created
created AS (
  SELECT correlation_id, min(us) AS first, max(us) AS last FROM event
  WHERE event_type IN ({types REMEDIATION_WORKFLOW_CREATED}) GROUP BY correlation_id)

==== part started
started AS (
  SELECT correlation_id, min(us) AS first FROM event
  WHERE event_type IN ({types WORKFLOWEXECUTION_EXECUTION_STARTED}) GROUP BY correlation_id)

==== part ended
-- when executions ended, and how the last record of it says
ended AS (
  SELECT correlation_id, us AS first,
    last_value(event_type) OVER whole NOT IN ({types WORKFLOWEXECUTION_WORKFLOW_COMPLETED}) AS failed,
    row_number() OVER (PARTITION BY correlation_id ORDER BY us, event_type, event_id) AS place
  FROM event
  WHERE event_type IN ({types WORKFLOWEXECUTION_WORKFLOW_COMPLETED WORKFLOWEXECUTION_WORKFLOW_FAILED})
  WINDOW whole AS (PARTITION BY correlation_id ORDER BY us, event_type, event_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING))

==== part evaluated
-- the last evaluation of the policy
evaluated AS (
  SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY correlation_id ORDER BY us DESC, event_id DESC)
      AS place
    FROM event WHERE event_type IN ({types AIANALYSIS_REGO_EVALUATION}))
  WHERE place = 1)

==== part timeouts
-- timeouts that people changed
timeouts AS (
  SELECT correlation_id, us FROM event
  WHERE event_type IN ({types WEBHOOK_REMEDIATIONREQUEST_TIMEOUT_MODIFIED}) AND NOT {machine event})

==== part said
-- repeated deliveries are one
said AS (
  SELECT correlation_id, event_type, count(DISTINCT event_id) AS n FROM event
  GROUP BY correlation_id, us, event_type, event_action, event_outcome, actor_type, actor_id,
    resource_id, event_data)

==== part row
-- hashes as every row has them, under the remediation's name
row AS (
  SELECT CASE WHEN correlation_id GLOB 'rar-*' THEN substr(correlation_id, 5)
      WHEN correlation_id GLOB 'we-*' THEN substr(correlation_id, 4)
      ELSE correlation_id END AS correlation_id, event_hash, previous_event_hash
  FROM events)

==== part hash
hash AS MATERIALIZED (
  SELECT DISTINCT correlation_id, event_hash AS hash FROM row
  WHERE length(event_hash) = 64 AND event_hash NOT GLOB '*[^0-9a-f]*')

==== AP-01 event webhook orchestrator decision created
SELECT own.correlation_id FROM own
  JOIN created USING (correlation_id)
  LEFT JOIN approvals a USING (correlation_id)
  LEFT JOIN decision d USING (correlation_id)
WHERE NOT (own.correlation_id NOT {in approval_requested}
    AND own.correlation_id {in policy_auto_approved})
  AND (a.decision IS NULL OR a.decision <> 'Approved' OR d.us > created.first)

==== AP-02 event webhook orchestrator decision started
SELECT own.correlation_id FROM own
  JOIN started USING (correlation_id)
  JOIN decision d USING (correlation_id)
WHERE d.us > started.first

==== AP-03 event webhook orchestrator decision created
SELECT own.correlation_id FROM own
  JOIN created USING (correlation_id)
  JOIN decision d USING (correlation_id)
WHERE created.last > d.us

==== AP-04 event webhook orchestrator decision created
SELECT own.correlation_id FROM own
  JOIN created USING (correlation_id)
  JOIN decision d USING (correlation_id)
WHERE created.last > d.us

==== AP-05
SELECT own.correlation_id FROM own
  JOIN approvals a USING (correlation_id)
WHERE a.deadline IS NOT NULL AND {us a.decided_at} > {us a.deadline}

==== AP-06
SELECT own.correlation_id FROM own
  JOIN approvals a USING (correlation_id)
WHERE a.requested_by = a.decided_by

==== AP-07 event
SELECT DISTINCT own.correlation_id FROM own
  JOIN approvals a USING (correlation_id)
  JOIN event e ON {text e.workflow_id} = a.requested_workflow AND e.actor_id = a.decided_by
    AND e.us <= {us a.decided_at}
WHERE e.event_type IN ({types REMEDIATIONWORKFLOW_ADMITTED_CREATE REMEDIATIONWORKFLOW_ADMITTED_UPDATE})
  AND e.correlation_id NOT {in remediations}

==== AP-08
SELECT own.correlation_id FROM own
  JOIN approvals a USING (correlation_id)
WHERE own.correlation_id {in workflow_created}
  AND a.requested_workflow IS NOT NULL AND a.executed_workflow IS NOT NULL
  AND a.override = 'inferred'

==== AP-09 event webhook orchestrator
SELECT own.correlation_id FROM own
  JOIN orchestrator o USING (correlation_id)
  LEFT JOIN webhook w USING (correlation_id)
WHERE NOT (o.event_type IN ({types ORCHESTRATOR_APPROVAL_REJECTED})
    AND coalesce(o.event_action, '') = 'expired')
  AND NOT {machine o} AND (w.us IS NULL OR w.us > o.us)

==== AP-10
SELECT own.correlation_id FROM own
WHERE own.correlation_id NOT {in decided_orchestrator}

==== AP-11 event webhook
SELECT own.correlation_id FROM own
  JOIN webhook w USING (correlation_id)
WHERE CASE WHEN coalesce(w.actor_type, '') NOT IN ('service', 'Service')
    THEN {text w.delegated_user} IS NOT NULL OR {text w.delegated_via} IS NOT NULL
    ELSE {text w.delegated_user} IS NULL OR {text w.delegated_via} IS NULL
      OR {text w.delegated_via} <> coalesce(w.actor_id, '')
      OR coalesce(w.actor_id, '') NOT GLOB 'system:serviceaccount:?*:apifrontend' END

==== AP-12 event timeouts
SELECT DISTINCT own.correlation_id FROM own
  JOIN approvals a USING (correlation_id)
  JOIN timeouts t USING (correlation_id)
WHERE t.us BETWEEN {us a.requested_at}
  AND coalesce({us a.decided_at}, {us a.ended_at}, t.us)

==== AP-13 event
SELECT DISTINCT own.correlation_id FROM own
  JOIN event e USING (correlation_id)
  JOIN approvals a USING (correlation_id)
WHERE e.event_type IN ({types WORKFLOWEXECUTION_BLOCK_CLEARED})
  AND a.decision IS NOT NULL AND e.actor_id = a.decided_by

==== AP-14
SELECT own.correlation_id FROM own
  JOIN approvals a USING (correlation_id)
WHERE own.correlation_id {in approval_requested}  -- one behind the decision answered another
  AND {us a.decided_at} - {us a.requested_at} BETWEEN 0 AND {fast_decision us} - 1

==== AP-15
SELECT own.correlation_id FROM own
  JOIN (
    SELECT correlation_id, count(*) OVER (PARTITION BY decided_by ORDER BY {us decided_at}
      RANGE BETWEEN {burst_window us} PRECEDING AND CURRENT ROW) AS n
    FROM approvals WHERE decided_by IS NOT NULL AND decided_at IS NOT NULL) b USING (correlation_id)
WHERE b.n >= {burst_decisions}

==== AP-17 event started
SELECT own.correlation_id FROM own
  JOIN started USING (correlation_id)
  JOIN approvals a USING (correlation_id)
WHERE started.first - ({us a.decided_at}) > {stale_approval us}

==== AP-18
SELECT own.correlation_id FROM own
  JOIN (
    SELECT correlation_id, reason, count(*) OVER (PARTITION BY decided_by, reason) AS n
    FROM approvals) a USING (correlation_id)
WHERE a.reason IS NULL OR a.n >= {canned_words}

==== AP-20 event webhook orchestrator decision
SELECT h.correlation_id FROM (
  SELECT own.correlation_id,
    count(*) OVER (PARTITION BY coalesce(r.namespace, '')) AS here,
    count(*) OVER (PARTITION BY coalesce(r.namespace, ''), a.decided_by) AS theirs,
    row_number() OVER (PARTITION BY coalesce(r.namespace, ''), a.decided_by
      ORDER BY {us a.decided_at} DESC, d.event_id DESC) AS place
  FROM own
    JOIN approvals a USING (correlation_id)
    JOIN remediations r USING (correlation_id)
    JOIN decision d USING (correlation_id)) h
WHERE h.place = 1 AND h.here >= {concentration_decisions}
  AND h.theirs > {concentration_share} * h.here

==== AP-21
SELECT own.correlation_id FROM own
  JOIN approvals a USING (correlation_id)
WHERE CAST(a.confidence AS REAL) < {low_confidence}

==== AP-22 event webhook
SELECT own.correlation_id FROM own
  JOIN webhook w USING (correlation_id)
  JOIN approvals a USING (correlation_id)
WHERE a.policy_hash <> {text w.policy_hash}

==== AP-23 event ended
SELECT own.correlation_id FROM own
  JOIN approvals a USING (correlation_id)
  JOIN remediations r USING (correlation_id)
  JOIN remediations other ON other.target = r.target
  JOIN ended ON ended.correlation_id = other.correlation_id AND ended.place = 1
WHERE r.target NOT GLOB '*/' AND r.target <> '' AND ended.failed
  AND ended.first < {us a.decided_at}
GROUP BY own.correlation_id HAVING count(*) >= {failed_before}

==== AP-24 event
SELECT correlation_id FROM (
  SELECT e.*, row_number() OVER (PARTITION BY correlation_id ORDER BY us DESC, event_id DESC)
    AS place
  FROM own JOIN event e USING (correlation_id)
  WHERE e.event_type IN ({types AIANALYSIS_APPROVAL_DECISION})) e
WHERE place = 1 AND lower({text e.environment}) = 'production'

==== AP-25 event timeouts
SELECT own.correlation_id FROM own
WHERE (own.correlation_id IN (SELECT correlation_id FROM timeouts)
    OR own.correlation_id IN (SELECT correlation_id FROM event
      WHERE event_type IN ({types WORKFLOWEXECUTION_BLOCK_CLEARED})))
  AND own.correlation_id NOT IN (SELECT correlation_id FROM event
    WHERE event_type IN ({types EFFECTIVENESS_ASSESSMENT_COMPLETED}))

==== AP-26 event webhook orchestrator
SELECT own.correlation_id FROM own
  JOIN webhook w USING (correlation_id)
  JOIN orchestrator o USING (correlation_id)
WHERE {text w.decision} <> CASE
    WHEN o.event_type IN ({types ORCHESTRATOR_APPROVAL_APPROVED}) THEN 'Approved'
    WHEN o.event_action = 'expired' THEN 'Expired' ELSE 'Rejected' END
  OR coalesce({text w.delegated_user}, w.actor_id, '') <> CASE
    WHEN o.actor_type IN ('service', 'Service', 'system') THEN 'system'
    ELSE coalesce(o.actor_id, '') END

==== AP-27 event said
SELECT own.correlation_id FROM own
  JOIN said USING (correlation_id)
GROUP BY own.correlation_id
HAVING sum(said.event_type IN ({types WEBHOOK_REMEDIATIONAPPROVALREQUEST_DECIDED})) > 1
  OR sum(said.event_type IN ({types ORCHESTRATOR_APPROVAL_APPROVED ORCHESTRATOR_APPROVAL_REJECTED})) > 1

==== AP-28
SELECT own.correlation_id FROM own
  JOIN approvals a USING (correlation_id)
WHERE a.by_person OR own.correlation_id {in decided_webhook}

==== AP-29
SELECT own.correlation_id FROM own
WHERE own.correlation_id NOT {in policy_requires_approval}

==== AP-30 event webhook
SELECT own.correlation_id FROM own
  JOIN webhook w USING (correlation_id)
  JOIN approvals a USING (correlation_id)
WHERE strftime('%s', {text w.decided_at}) IS NOT NULL
  AND ({us a.decided_at} > w.us + 2 * 1000000
    OR w.us - ({us a.decided_at}) > {decision_delay us}
    OR {us a.decided_at} < {us a.requested_at})

==== AP-31 event evaluated
SELECT own.correlation_id FROM own
  JOIN evaluated e USING (correlation_id)
WHERE coalesce(json_type(e.event_data, '$.degraded'), '') = 'true'
  OR {text e.outcome} NOT IN ('auto_approved', 'requires_approval')

==== AP-32 event
SELECT own.correlation_id FROM own
WHERE (own.correlation_id IN (SELECT correlation_id FROM event e
    WHERE e.event_type IN ({types ORCHESTRATOR_LIFECYCLE_TRANSITIONED})
      AND {text e.to_phase} = 'AwaitingApproval'))
  <> (own.correlation_id {in approval_requested})

==== AP-33
SELECT own.correlation_id FROM own
  JOIN approvals a USING (correlation_id)
WHERE a.ended_at IS NOT NULL AND {us a.ended_at} < {us a.decided_at}

==== AP-34 event evaluated
SELECT correlation_id FROM (
  SELECT own.correlation_id, {text e.policy_hash} AS hash,
    lag({text e.policy_hash}) OVER (ORDER BY e.us, e.event_id) AS before
  FROM own
    JOIN evaluated e USING (correlation_id)
  WHERE {text e.policy_hash} IS NOT NULL)
WHERE hash <> before

==== CP-01 event started ended
SELECT own.correlation_id FROM own
  LEFT JOIN started USING (correlation_id)
  LEFT JOIN ended ON ended.correlation_id = own.correlation_id AND ended.place = 1
WHERE own.correlation_id NOT IN (SELECT correlation_id FROM event
    WHERE event_type IN ({types GATEWAY_SIGNAL_RECEIVED APIFRONTEND_RR_CREATED}))
  OR ended.first < started.first

==== CP-02
SELECT DISTINCT own.correlation_id FROM own
  JOIN timeline t USING (correlation_id)
  JOIN timeline before ON before.correlation_id = t.correlation_id
    AND before.position = t.stored_after
  JOIN events e ON e.event_id = t.event_id
WHERE t.contradicts_time AND {us before.time} - ({us t.time}) > {clock_tolerance us}
  AND e.insert_seq IS NULL  -- the newer writer links in the order of storing

==== CP-03 row hash
SELECT DISTINCT own.correlation_id FROM own
  JOIN row USING (correlation_id)
  LEFT JOIN hash h ON h.correlation_id = row.correlation_id AND h.hash = row.previous_event_hash
WHERE h.correlation_id IS NULL
  AND length(row.previous_event_hash) = 64 AND row.previous_event_hash NOT GLOB '*[^0-9a-f]*'

==== CP-04 event said
SELECT DISTINCT own.correlation_id FROM own
  JOIN said USING (correlation_id)
WHERE said.n > 1 AND said.event_type IN ({types ORCHESTRATOR_APPROVAL_REQUESTED
  WEBHOOK_REMEDIATIONAPPROVALREQUEST_DECIDED ORCHESTRATOR_APPROVAL_APPROVED
  ORCHESTRATOR_APPROVAL_REJECTED REMEDIATION_WORKFLOW_CREATED WORKFLOWEXECUTION_SELECTION_COMPLETED
  WORKFLOWEXECUTION_EXECUTION_STARTED WORKFLOWEXECUTION_WORKFLOW_COMPLETED
  WORKFLOWEXECUTION_WORKFLOW_FAILED EFFECTIVENESS_ASSESSMENT_COMPLETED
  WORKFLOWEXECUTION_BLOCK_CLEARED})

==== CP-05 event webhook
SELECT own.correlation_id FROM own
  JOIN webhook w USING (correlation_id)
  JOIN approvals a USING (correlation_id)
WHERE {text w.delegated_user} IS NULL AND {machine w}
  OR lower(a.decided_by) IN (SELECT lower(decided_by) FROM approvals
    GROUP BY 1 HAVING count(DISTINCT decided_by) > 1)
