"""Tests of approvals, populations, controls and samples."""

import copy as _copy, csv, datetime, io

from harness import *

BASE = {
    'A': 'rr-a0cd2b64efdc-857f82a3',
    'R': 'rr-26e61abd09a2-ddee7d95',
    'E': 'rr-c450e07f0523-9eb39eef',
    'P': 'rr-afc999a0c6c6-d2010ab7',
}  # approved, rejected, expired, by policy
STORIES = {}


def story(key):
    """The rows of a real remediation, in the order of the log."""
    if not STORIES:
        f, _, _ = archive('controls-base', LC)
        for k, c in BASE.items():
            STORIES[k] = [
                json.loads(l)
                for l in (
                    run(EXHIBIT, 'cat', f, *VKEY, '--id', c, '-o', 'jsonl')
                    .stdout.decode()
                    .split('\n')
                )
                if l
            ]
    return _copy.deepcopy(STORIES[key])


def of(rs, t):
    return [r for r in rs if r['event_type'] == t]


def later(r, seconds, fields=()):
    t = datetime.datetime.fromisoformat(r['event_timestamp']) + datetime.timedelta(seconds=seconds)
    r['event_timestamp'] = t.isoformat()
    r['event_date'] = r['event_timestamp'][:10]
    for f in fields:
        r['event_data'][f] = r['event_timestamp'].replace('+00:00', 'Z')
    return r


REQ, E1, OK, NO = (
    'orchestrator.approval.requested',
    'webhook.remediationapprovalrequest.decided',
    'orchestrator.approval.approved',
    'orchestrator.approval.rejected',
)
NEW, RUN, FIN, END = (
    'remediation.workflow_created',
    'workflowexecution.execution.started',
    'workflowexecution.workflow.completed',
    'orchestrator.lifecycle.completed',
)
POL, REGO, SIG, EFF = (
    'aianalysis.approval.decision',
    'aianalysis.rego.evaluation',
    'gateway.signal.received',
    'effectiveness.assessment.completed',
)


# what a case does to the rows; each takes them and changes them in place
def same(rs):
    pass


def drop(*types):
    return lambda rs: rs.__setitem__(slice(None), [r for r in rs if r['event_type'] not in types])


def edit(t, **data):
    return lambda rs: [r['event_data'].update(data) for r in of(rs, t)]


def row(t, **cells):
    return lambda rs: [r.update(cells) for r in of(rs, t)]


def shift(t, s, *fields):
    return lambda rs: [later(r, s, fields) for r in of(rs, t)]


def both(*fs):
    return lambda rs: [f(rs) for f in fs]


def add(t, like, s=0, cells={}, **data):
    """another event, like one that is there"""

    def f(rs):
        r = _copy.deepcopy(of(rs, like)[0])
        r['event_id'] = f'{len(rs):08x}-0000-4000-8000-00000000000a'
        r['event_type'] = t
        later(r, s)
        r.update(cells)
        r['event_data'] = {**r['event_data'], 'event_type': t, **data}
        rs.append(r)

    return f


def graft(base, *types):
    """events of another remediation, as this one's"""

    def f(rs):
        c = rs[0]['correlation_id']
        for r in story(base):
            if r['event_type'] in types:
                r['correlation_id'] = c
                rs.append(r)

    return f


def session(who):
    return lambda rs: [
        r.update(
            event_type='apifrontend.rr.created',
            actor_type='user',
            actor_id=who,
            event_data={
                'rr_name': r['correlation_id'],
                'rr_namespace': 'kubernaut-system',
                'signal_name': 'X',
                'target_kind': 'Deployment',
                'target_name': 'x',
                'fingerprint': 'f' * 64,
            },
        )
        for r in of(rs, SIG)
    ]


def registered(who):
    def f(rs):
        r = _copy.deepcopy(rs[0])
        w = of(rs, REQ)[0]['event_data']['workflow_id']
        r.update(
            event_id='f' * 8 + '-0000-4000-8000-00000000000b',
            correlation_id='6f1c2b1e-7a53-4f0e-9a44-3d1f4f6c9a10',
            event_type='remediationworkflow.admitted.create',
            actor_type='user',
            actor_id=who,
            resource_id=w,
            event_timestamp='2026-11-01T00:00:00+00:00',
            event_date='2026-11-01',
            event_data={'workflow_id': w},
        )
        rs.append(r)

    return f


def person(t='A'):
    return of(story(t), E1)[0]['actor_id']


cleared = lambda who: add(
    'workflowexecution.block.cleared',
    FIN,
    1,
    {'actor_type': 'user', 'actor_id': who},
    clear_reason='because',
)
moved = lambda s: add(
    'webhook.remediationrequest.timeout_modified',
    REQ,
    s,
    {'actor_type': 'user', 'actor_id': 'bob'},
    modified_by='bob',
)
failed = both(
    drop(FIN), add('workflowexecution.workflow.failed', RUN, 60, {'event_outcome': 'failure'})
)
apart = both(
    shift(E1, -5, 'decided_at'), shift(OK, -5)
)  # decided in an earlier second than what it allowed
many = lambda n, **data: both(
    *[add(E1, E1, -k, {'correlation_id': f'rr-other-{k}'}, **data) for k in range(1, n)]
)
HASHED = 'keep'

CASES = {
    'AP-01': [
        ('A', apart, 'pass'),
        ('P', same, 'pass'),
        ('A', both(shift(E1, 60, 'decided_at'), shift(OK, 60)), 'exception'),
        ('A', drop(E1, OK), 'exception'),
        ('P', edit(POL, decision='requires_approval'), 'exception'),
        ('P', drop(POL), 'exception'),
        ('A', same, 'untestable'),
        ('R', graft('A', NEW), 'exception'),
        ('R', same, 'out'),
    ],
    'AP-02': [
        ('A', apart, 'pass'),
        ('A', both(shift(E1, 60, 'decided_at'), shift(OK, 60)), 'exception'),
        ('A', same, 'untestable'),
        ('P', same, 'out'),
    ],
    'AP-03': [
        ('R', same, 'pass'),
        ('R', both(graft('P', NEW), shift(NEW, 86400 * 9)), 'exception'),
        ('A', same, 'out'),
    ],
    'AP-04': [
        ('E', same, 'pass'),
        ('E', both(graft('P', NEW), shift(NEW, 86400 * 9)), 'exception'),
        ('A', same, 'out'),
    ],
    'AP-05': [('A', same, 'untestable'), ('R', same, 'out')],
    'AP-06': [
        ('A', session('somebody'), 'pass'),
        ('A', session(person()), 'exception'),
        ('A', same, 'na'),
        ('A', drop(SIG), 'untestable'),
    ],
    'AP-07': [
        ('A', registered('somebody'), 'pass'),
        ('A', registered(person()), 'exception'),
        ('A', same, 'untestable'),
        ('P', same, 'out'),
    ],
    'AP-08': [
        ('A', same, 'pass'),
        ('A', edit(RUN, workflow_id='another'), 'exception'),
        ('A', edit(RUN, parameters={'X': 'y'}), 'exception'),
        ('A', drop(NEW, RUN), 'na'),
        ('A', drop(RUN), 'untestable'),
    ],
    'AP-09': [
        ('A', same, 'pass'),
        ('A', drop(E1), 'exception'),
        ('A', shift(E1, 9, 'decided_at'), 'exception'),
        ('E', same, 'na'),
    ],
    'AP-10': [('A', same, 'pass'), ('A', drop(OK), 'exception'), ('E', same, 'out')],
    'AP-11': [
        (
            'A',
            both(
                row(
                    E1,
                    actor_type='service',
                    actor_id='system:serviceaccount:kubernaut-system:apifrontend',
                ),
                edit(
                    E1,
                    delegated_user='x',
                    delegated_via='system:serviceaccount:kubernaut-system:apifrontend',
                ),
            ),
            'pass',
        ),
        (
            'A',
            both(
                row(
                    E1,
                    actor_type='service',
                    actor_id='system:serviceaccount:kubernaut-system:apifrontend',
                ),
                edit(E1, delegated_user='', delegated_via=''),
            ),
            'exception',
        ),
        (
            'A',
            both(
                row(E1, actor_type='service', actor_id='system:serviceaccount:x:y'),
                edit(E1, delegated_user='x', delegated_via='system:serviceaccount:x:y'),
            ),
            'exception',
        ),
        ('A', edit(E1, delegated_user='x'), 'exception'),
        ('R', same, 'na'),
    ],
    'AP-12': [
        ('A', same, 'pass'),
        ('A', moved(30), 'exception'),
        ('A', moved(86400 * 3), 'pass'),
        ('P', same, 'out'),
    ],
    'AP-13': [
        ('A', cleared('bob'), 'pass'),
        ('A', cleared(person()), 'exception'),
        ('A', same, 'na'),
    ],
    'AP-14': [
        ('A', same, 'pass'),
        ('A', both(shift(REQ, 46799), shift(E1, 0, 'decided_at')), 'exception'),
        ('P', same, 'out'),
        ('A', drop(REQ), 'untestable'),
    ],
    'AP-15': [('A', many(4), 'pass'), ('A', many(5), 'exception'), ('P', same, 'out')],
    'AP-16': [
        ('A', same, 'pass', 'working_hours: {from: "12:00", to: "13:00"}'),
        ('A', same, 'exception', 'zone: "+05:00"\nworking_hours: {from: "12:00", to: "13:00"}'),
        ('A', same, 'exception', 'working_hours: {days: [fri], from: "12:00", to: "13:00"}'),
        ('A', same, 'untestable'),
        ('P', same, 'out'),
    ],
    'AP-17': [
        ('A', same, 'pass'),
        (
            'A',
            both(shift(RUN, 86400 * 2), shift(NEW, 86400 * 2), shift(FIN, 86400 * 2)),
            'exception',
        ),
        ('P', same, 'out'),
    ],
    'AP-18': [
        ('A', edit(E1, decision_message='fine'), 'pass'),
        ('A', edit(E1, decision_message=''), 'exception'),
        ('A', both(edit(E1, decision_message='ok'), many(5, decision_message='ok')), 'exception'),
        ('E', same, 'out'),
    ],
    'AP-19': [
        ('A', same, 'pass', f'approvers: ["{person()}"]'),
        ('A', same, 'exception', 'approvers: [nobody]'),
        ('A', same, 'exception', f'approvers: [{{name: "{person()}", until: 2026-11-18}}]'),
        ('A', same, 'untestable'),
        ('P', same, 'out'),
    ],
    'AP-20': [
        ('A', many(9), 'na'),
        ('A', same, 'exception', 'parameters: {concentration_decisions: 1}'),
        ('A', same, 'pass', 'parameters: {concentration_decisions: 1, concentration_share: 1}'),
        ('P', same, 'out'),
    ],
    'AP-21': [
        ('A', edit(REQ, confidence_str='0.80'), 'pass'),
        ('A', edit(REQ, confidence_str='0.41'), 'exception'),
        ('A', both(edit(REQ, confidence_str=''), drop(POL)), 'untestable'),
        ('R', same, 'out'),
    ],
    'AP-22': [
        ('A', same, 'pass'),
        ('A', edit(E1, policy_hash='0' * 64), 'exception'),
        ('A', edit(E1, policy_hash=''), 'untestable'),
        ('E', same, 'out'),
    ],
    'AP-23': [('A', same, 'pass'), ('A', same, 'exception', 'failures'), ('R', same, 'out')],
    'AP-24': [
        ('P', edit(POL, environment='Development'), 'pass'),
        ('P', edit(POL, environment='Production'), 'exception'),
        ('P', edit(POL, environment='Staging'), 'exception', 'high_risk_environments: [staging]'),
        (
            'P',
            both(edit(POL, environment='dev'), edit(SIG, severity='critical')),
            'exception',
            'high_risk_severities: [critical]',
        ),
        ('A', same, 'out'),
    ],
    'AP-25': [
        ('A', cleared('bob'), 'pass'),
        ('A', both(cleared('bob'), drop(EFF)), 'exception'),
        ('A', same, 'na'),
    ],
    'AP-26': [
        ('A', same, 'pass'),
        ('A', row(OK, actor_id='mallory'), 'exception'),
        ('R', edit(E1, decision='Approved'), 'exception'),
        ('E', same, 'out'),
    ],
    'AP-27': [
        ('A', same, 'pass'),
        ('A', add(E1, E1, 5, decision='Rejected'), 'exception'),
        ('A', add(OK, OK, 5), 'exception'),
        ('A', add(E1, E1), 'pass'),
        ('A', drop(E1, OK), 'na'),
    ],
    'AP-28': [
        ('E', same, 'pass'),
        ('E', row(NO, actor_type='user', actor_id='bob'), 'exception'),
        ('A', same, 'out'),
    ],
    'AP-29': [
        ('A', same, 'pass'),
        ('A', edit(POL, decision='auto_approved'), 'exception'),
        ('A', drop(POL), 'exception'),
        ('P', same, 'out'),
    ],
    'AP-30': [
        ('A', same, 'pass'),
        ('A', edit(E1, decided_at='2026-11-19T12:40:48Z'), 'exception'),
        ('A', shift(E1, 300), 'exception'),
        ('A', both(shift(REQ, 86400), same), 'exception'),
        ('A', edit(E1, decided_at=''), 'untestable'),
        ('E', same, 'out'),
    ],
    'AP-31': [
        ('A', same, 'pass'),
        ('A', edit(REGO, degraded=True), 'exception'),
        ('A', edit(REGO, outcome='error'), 'exception'),
        ('A', drop(REGO), 'na'),
    ],
    'AP-32': [
        ('A', same, 'pass'),
        ('A', drop(REQ), 'exception'),
        ('A', drop('orchestrator.lifecycle.transitioned'), 'exception'),
        ('P', same, 'na'),
    ],
    'AP-33': [('A', same, 'pass'), ('A', shift(END, -3600), 'exception'), ('A', drop(END), 'na')],
    'AP-34': [
        ('A', same, 'pass'),
        ('A', same, 'exception', 'changed'),
        ('A', same, 'pass', 'known'),
        ('A', drop(REGO), 'na'),
        ('A', edit(REGO, policy_hash=''), 'untestable'),
    ],
    'CP-01': [
        ('A', same, 'pass'),
        ('A', drop(SIG), 'exception'),
        ('A', shift(FIN, -7200), 'exception'),
    ],
    'CP-02': [('A', same, 'pass'), ('A', HASHED, 'exception', 'parameters: {clock_tolerance: 0}')],
    'CP-03': [
        ('A', HASHED, 'pass'),
        ('A', drop(REGO), 'exception', HASHED),
        ('A', same, 'untestable'),
    ],
    'CP-04': [('A', same, 'pass'), ('A', add(NEW, NEW), 'exception')],
    'CP-05': [
        ('A', same, 'pass'),
        ('A', row(E1, actor_id='system:serviceaccount:x:y'), 'exception'),
        (
            'A',
            both(
                row(E1, actor_id='Carol'),
                add(E1, E1, 9, {'correlation_id': 'rr-other', 'actor_id': 'carol'}),
            ),
            'exception',
        ),
        ('E', same, 'out'),
    ],
}


def outcome(rule, c):
    if any(x['correlation_id'] == c for x in rule['exceptions']):
        return 'exception'
    if any(x['correlation_id'] == c for x in rule['not_testable']):
        return 'untestable'
    return 'pass' if rule['passed'] else 'na' if rule['not_applicable'] else 'out'


@test
def every_rule_passes_fails_and_does_not_apply():
    """Real rows, changed so that a rule passes, is broken, does not apply or cannot be tested."""
    rules = re.findall(r'^RULE\(\w+, "([^"]+)"', open(TOP + '/src/approval/rules.def').read(), re.M)
    check(set(rules) == set(CASES), set(rules) ^ set(CASES))
    bad = []
    n = 0
    for rule, cases in CASES.items():
        kinds = {c[2] for c in cases}
        check('exception' in kinds or rule == 'AP-05', rule)
        check(kinds & {'pass'} or rule == 'AP-05', rule)
        for base, change, want, *more in cases:
            rs = story(base)
            c = rs[0]['correlation_id']
            extra = more[0] if more else ''
            hashed = HASHED in (change, extra)
            policy = extra if ':' in extra else ''
            if change != HASHED:
                change(rs)
            if extra == 'failures':
                for k in range(2):
                    x = story('P')
                    failed(x)
                    for r in x:
                        r['correlation_id'] = f'rr-failed-{k}'
                        r['event_id'] = f'{k:08x}' + r['event_id'][8:]
                        if r['event_type'] == SIG:
                            r['event_data'].update(
                                {
                                    f: of(rs, SIG)[0]['event_data'][f]
                                    for f in ('resource_kind', 'resource_name', 'namespace')
                                }
                            )
                    rs += x
            if extra in ('changed', 'known'):
                x = of(story('P'), REGO)[0]
                x['event_data']['policy_hash'] = 'e' * 64
                x['correlation_id'] = 'rr-policy'
                rs += [x, dict(of(story('P'), SIG)[0], correlation_id='rr-policy')]
                if extra == 'known':
                    policy = (
                        f"known_policy_hashes: [{of(rs, REGO)[0]['event_data']['policy_hash']}]"
                    )
            if not hashed:
                for r in rs:
                    r['event_hash'] = r['previous_event_hash'] = None
            f = path(f'case-{n}')
            n += 1
            open(f + '.jsonl', 'w').write('\n'.join(map(json.dumps, rs)) + '\n')
            open(f + '.yaml', 'w').write(policy or '{}')
            a, _, _ = archive(f'case-a-{n}', f + '.jsonl')
            o = json.loads(
                run(
                    EXHIBIT,
                    'controls',
                    a,
                    *VKEY,
                    '--policy',
                    f + '.yaml',
                    '-o',
                    'json',
                    status=None,
                ).stdout
            )
            for r in o['rules']:
                check(
                    r['population']
                    == r['tested']
                    + sum(x['count'] for x in r['not_applicable'])
                    + len(r['not_testable'])
                    and r['tested'] == r['passed'] + len(r['exceptions']),
                    (rule, r['id'], 'the four add up'),
                )
            r = next(r for r in o['rules'] if r['id'] == rule)
            if extra in ('failures', 'changed', 'known') or any(
                x['correlation_id'] != c for x in rs
            ):
                got = (
                    outcome(r, c)
                    if outcome(r, c) in ('exception', 'untestable')
                    else want if not r['exceptions'] or want == 'out' else 'exception elsewhere'
                )
            else:
                got = outcome(r, c)
            if got != want:
                bad.append(
                    (
                        rule,
                        base,
                        n,
                        want,
                        got,
                        r['exceptions'][:1],
                        r['not_testable'][:1],
                        r['not_applicable'],
                    )
                )
            if want == 'exception':
                x = next((x for x in r['exceptions'] if x['correlation_id'] == c), None)
                ids = {y['event_id'] for y in rs}
                check(
                    x is None
                    or x['event_ids']
                    and set(x['event_ids']) <= ids
                    and x['explanations']
                    and x['sentence'],
                    (rule, x),
                )
        check(
            rule.encode() + b', version' in run(EXHIBIT, 'explain', rule).stdout
            and b'Innocent if' in run(EXHIBIT, 'explain', rule.lower()).stdout,
            rule,
        )
    check(not bad, bad[:6])
    check(n > 100, n)


@test
def approvals_tell_the_story():
    """Each path of the real stories; the page names every event; a repeated delivery is no second
    decision.
    """
    f, _, _ = archive('approvals', LC)
    got = {
        o['correlation_id']: o
        for o in map(
            json.loads,
            filter(
                None, run(EXHIBIT, 'approvals', f, *VKEY, '-o', 'jsonl').stdout.decode().split('\n')
            ),
        )
    }
    a, r, e, p = (got[BASE[k]] for k in 'AREP')
    check(
        [x['path'] for x in (a, r, e, p)] == ['approved', 'rejected', 'expired', 'auto-approved'],
        got,
    )
    check(
        (a['decision'], e['decided_by'], p['decision'], p['requested_at'])
        == ('Approved', 'system', None, None),
        (a, e, p),
    )
    e1 = of(story('R'), E1)[0]
    check(
        (r['decided_by'], r['reason'], r['decided_at'])
        == (e1['actor_id'], e1['event_data']['decision_message'], e1['event_data']['decided_at']),
        r,
    )
    check(
        a['deadline'] is None
        and a['deadline_source'] == 'not in evidence'
        and a['override'] == 'none'
        and a['effect'] == 'succeeded',
        a,
    )
    ids = {x['event_id']: x['event_type'] for x in story('A')}
    check(
        {ids[x['event_id']] for x in a['events']}
        >= {REQ, E1, OK, NEW, RUN, FIN, EFF, END, SIG, REGO, POL},
        a['events'],
    )
    page = run(EXHIBIT, 'approvals', f, *VKEY, '--id', a['approval_request']).stdout.decode()
    check(
        all(f"{x['event_id']} @{x['position']}" in page for x in a['events'])
        and 'SHOWN TO THE APPROVER' in page
        and a['decided_by'] in page,
        page,
    )
    rs = story('A')
    add(E1, E1)(rs)
    add(REQ, REQ)(rs)
    open(path('twice.jsonl'), 'w').write('\n'.join(map(json.dumps, rs)) + '\n')
    t = json.loads(
        run(
            EXHIBIT,
            'approvals',
            archive('twice', path('twice.jsonl'))[0],
            *VKEY,
            '-o',
            'jsonl',
            status=None,
        ).stdout
    )
    check(
        t['repeated_deliveries'] == 2
        and len([x for x in t['events'] if x['role'] == 'decision (webhook)']) == 1,
        t,
    )
    table = run(EXHIBIT, 'approvals', f, *VKEY, '--path', 'rejected').stdout.decode()
    check('2 of 5 remediations shown' in table, table)
    sheet = list(
        csv.DictReader(
            io.StringIO(
                run(EXHIBIT, 'approvals', f, *VKEY, '-o', 'csv').stdout.decode(), newline=''
            )
        )
    )
    check(len(sheet) == 5 and {x['correlation_id'] for x in sheet} == set(got), sheet)
    # decisions that older versions filed under the request's name
    rs = story('A')
    for x in of(rs, E1):
        x.update(
            correlation_id='rar-' + BASE['A'],
            event_type='webhook.approval.decided',
            event_category='webhook',
        )
    open(path('older-e1.jsonl'), 'w').write('\n'.join(map(json.dumps, rs)) + '\n')
    t = json.loads(
        run(
            EXHIBIT,
            'approvals',
            archive('older-e1', path('older-e1.jsonl'))[0],
            *VKEY,
            '-o',
            'jsonl',
            status=None,
        )
        .stdout.decode()
        .split('\n')[0]
    )
    check(
        (t['path'], t['decided_by'], t['reason']) == ('approved', a['decided_by'], a['reason']), t
    )


@test
def deadline_from_the_object():
    """The deadline is the object's, where a collection brought it along; then AP-05 can be tested.
    """
    rs = story('A')
    d = path('deadline-mg')
    for late in (False, True):
        small_collection(d + str(late), sanitised=False)
        json.dump(
            {'data': [as_rest(r) for r in rs], 'pagination': {'total': len(rs)}},
            open(f'{d}{late}/datastorage/audit-events.json', 'w'),
        )
        os.makedirs(f'{d}{late}/crds/remediationapprovalrequests')
        by = '2026-11-19T12:00:00Z' if late else '2026-11-20T00:00:00Z'
        open(f'{d}{late}/crds/remediationapprovalrequests/all-instances.yaml', 'w').write(
            'apiVersion: v1\nitems:\n- apiVersion: kubernaut.ai/v1alpha1\n  kind:'
            f' RemediationApprovalRequest\n  metadata:\n    name: rar-{BASE["A"]}\n  spec:\n   '
            f' requiredBy: "{by}"\n    remediationRequestRef:\n      name: {BASE["A"]}\nkind:'
            ' List\n'
        )
        f, _, _ = archive(f'deadline-{late}', f'{d}{late}', options=['--unsealed'])
        a = json.loads(run(EXHIBIT, 'approvals', f, '-o', 'jsonl', status=None).stdout)
        check(a['deadline'] == by, a)
        r = json.loads(
            run(EXHIBIT, 'controls', f, '--rule', 'AP-05', '-o', 'json', status=None).stdout
        )['rules'][0]
        check((r['passed'], len(r['exceptions'])) == ((0, 1) if late else (1, 0)), r)
        query = TOP + '/rules/AP-05.sql'
        rows = run(EXHIBIT, 'sql', f, '-f', query, '-o', 'jsonl', status=None).stdout.decode()
        check((BASE['A'] in rows) == late and rows.count('\n') == late, rows)


@test
def populations_add_up():
    """Counts, digests that can be redone, sums that hold, differences that are named."""
    f, _, _ = archive('populations', LC)

    def get(*more):
        return json.loads(
            run(
                EXHIBIT,
                'populations',
                f,
                *VKEY,
                '--ids',
                '-o',
                'json',
                *more,
                status=None if more else 0,
            ).stdout
        )

    o = get()
    P = o['populations']
    check(
        (
            P['remediations']['count'],
            P['approved']['count'],
            P['rejected']['count'],
            P['expired']['count'],
            P['executed_by_policy']['count'],
        )
        == (5, 1, 2, 1, 1),
        P,
    )
    for n, p in P.items():
        check(
            p['count'] == len(p['ids'])
            and p['ids'] == sorted(p['ids'], key=str.encode)
            and p['digest']
            == hashlib.sha256(
                ''.join(json.dumps(i, ensure_ascii=False) + '\n' for i in p['ids']).encode()
            ).hexdigest(),
            n,
        )
    for x in o['reconciliation']:
        check(x['count'] == P[x['whole']]['count'], x)
        if x['kind'] == 'sum':
            check(not x['differences'] and x['count'] == sum(y['count'] for y in x['parts']), x)
        else:
            check(
                set(x['differences'])
                == set(P[x['whole']]['ids']) ^ set(P[x['parts'][0]['name']]['ids']),
                x,
            )
    days = sorted(
        {
            json.loads(l)['first'][:10]
            for l in run(EXHIBIT, 'list', f, *VKEY, '-o', 'jsonl').stdout.decode().split('\n')
            if l
        }
    )
    check(
        sum(get('--period', f'{d}..{d}')['populations']['remediations']['count'] for d in days)
        == 5,
        'each in one day',
    )
    inside = json.loads(
        run(
            EXHIBIT,
            'populations',
            f,
            *VKEY,
            '-o',
            'json',
            '--period',
            '2026-11-17..2026-11-19',
            status=0,
        ).stdout
    )
    check(
        inside['limits'] == [] and 'lower_bound' not in inside['populations']['approved'],
        'a period that was looked at whole',
    )
    nothing = get('--period', '2026-01..2026-03')
    check(
        nothing['populations']['remediations']['count'] == 0
        and 'nothing was looked at' in nothing['limits'][0]['sentence'],
        nothing['limits'],
    )
    # nobody knows of a row that is missing there
    said = run(EXHIBIT, 'controls', f, *VKEY, '--period', '2026-01..2026-03', status=None).stderr
    check(b'not looked at: ' in said and b'known to be missing' not in said, said)
    part = get('--period', f'{days[0]}..{days[0]}')
    check(
        [l['lack'] for l in part['limits']] == ['coverage']
        and part['populations']['remediations']['lower_bound'],
        part['limits'],
    )
    check(
        part['in_flight']['at_the_end'] == 1 and part['populations']['approved']['count'] == 0,
        part['in_flight'],
    )
    rs = story('A')
    drop(E1, OK)(rs)
    graft('R', NO)(rs)
    rs += [
        dict(r, correlation_id='rr-x', event_id='9' * 8 + r['event_id'][8:])
        for r in story('P')
        if r['event_type'] not in (NEW,)
    ]
    for r in rs:
        r['event_hash'] = r['previous_event_hash'] = None
    open(path('odd.jsonl'), 'w').write('\n'.join(map(json.dumps, rs)) + '\n')
    text = run(
        EXHIBIT, 'populations', archive('populations-odd', path('odd.jsonl'))[0], *VKEY, status=None
    ).stdout.decode()
    check('DIFFERENCE' in text and 'rr-x' in text and '1 executed_otherwise' in text, text)


@test
def samples_are_drawn_again():
    """By hand the same draw; more keep the first; strata; the worksheet is harmless in a
    spreadsheet.
    """
    rs = []
    for k in range(40):
        for r in story('A' if k % 3 else 'P'):
            r.update(
                correlation_id=f'rr-{k:03d}',
                event_id=f'{k:08x}' + r['event_id'][8:],
                event_hash=None,
                previous_event_hash=None,
            )
            if r['event_type'] == E1:
                r['event_data']['decision_message'] = '=cmd|\' /C calc\'!A0' if k % 2 else '@x\n"y"'
            rs.append(r)
    open(path('sample.jsonl'), 'w').write('\n'.join(map(json.dumps, rs)) + '\n')
    f, _, _ = archive('sample', path('sample.jsonl'))

    def draw(n, *more):
        return json.loads(
            run(
                EXHIBIT,
                'sample',
                f,
                *VKEY,
                '--population',
                'execution_started',
                '-n',
                str(n),
                '--seed',
                'Ω 7',
                '-o',
                'json',
                *more,
            ).stdout
        )

    o = draw(10)
    ids = json.loads(run(EXHIBIT, 'populations', f, *VKEY, '--ids', '-o', 'json').stdout)[
        'populations'
    ]['execution_started']
    key = lambda i: hashlib.sha256('Ω 7'.encode() + ids['digest'].encode() + i.encode()).hexdigest()
    want = sorted(ids['ids'], key=key)
    got = [i['correlation_id'] for i in o['items']]
    check(
        got == want[:10]
        and o['digest'] == ids['digest']
        and [i['key'] for i in o['items']] == [key(i) for i in got],
        got,
    )
    check(
        [i['correlation_id'] for i in draw(15)['items']][:10] == got
        and [i['correlation_id'] for i in draw(5, '--after', '10')['items']] == want[10:15],
        'extendable',
    )
    s = draw(2, '--strata', 'path')['items']
    check([i['stratum'] for i in s] == ['approved'] * 2 + ['auto-approved'] * 2, s)
    check(
        {i['no'] for i in draw(5, '--after', '10')['items']} == {11, 12, 13, 14, 15},
        'numbers go on',
    )
    raw = run(
        EXHIBIT,
        'sample',
        f,
        *VKEY,
        '--population',
        'execution_started',
        '-n',
        '10',
        '--seed',
        'Ω 7',
        '-o',
        'csv',
    ).stdout.decode()
    sheet = list(csv.DictReader(io.StringIO(raw, newline='')))
    drawn = [x for x in sheet if x['draw'] == 'random']
    check(
        [x['correlation_id'] for x in drawn] == got
        and all(x['tester'] == x['date'] == x['remark'] == '' for x in sheet),
        drawn,
    )
    check(
        all(x['words'][0] == "'" and x['_escaped'] == 'yes' for x in sheet if x['decision'])
        and all(v[:1] not in '=+-@\t\r\n' for x in sheet for v in x.values() if v),
        'no formula',
    )
    check(
        run(
            EXHIBIT, 'sample', f, *VKEY, '--population', 'approved', '-n', '99', '--seed', 'x'
        ).stdout
        == run(
            EXHIBIT, 'sample', f, *VKEY, '--population', 'approved', '-n', '99', '--seed', 'x'
        ).stdout,
        'same bytes',
    )
    for bad in (
        ['--population', 'nothing', '-n', '1', '--seed', 'x'],
        ['--population', 'approved', '-n', '0', '--seed', 'x'],
        ['--population', 'approved', '-n', '1'],
        ['--population', 'approved', '-n', '1', '--seed', 'x', '--strata', 'colour'],
    ):
        run(EXHIBIT, 'sample', f, *VKEY, *bad, status=64)


@test
def the_auditors_file():
    """Its digest is printed; what it cannot mean is refused by name; --fail-on."""
    f, _, _ = archive('auditor', LC)
    y = path('auditor.yaml')

    def controls(text, status=0, *more):
        open(y, 'w').write(text)
        return run(EXHIBIT, 'controls', f, *VKEY, '--policy', y, *more, status=status)

    text = '# mine\nparameters:\n  fast_decision: 3600.5\nzone: UTC\n'
    o = json.loads(controls(text, 0, '-o', 'json').stdout)
    check(
        o['parameters_sha256'] == hashlib.sha256(text.encode()).hexdigest()
        and o['parameters']['fast_decision'] == 3600.5,
        o['parameters'],
    )
    for bad, says in (
        ('parameters: {fast_decisions: 1}', b'fast_decisions'),
        ('approvers: 7', b'approvers'),
        ('approvers: [{from: 2026-01-01}]', b'names'),
        ('zone: Europe/Nowhere', b'zone'),
        ('working_hours: {from: "19:00", to: "07:00"}', b'earlier'),
        ('colour: red', b'colour'),
        ('parameters: {fast_decision: -1}', b'0 to'),
        ('- 1', b'the file'),
        ('\ufeff', b'the file'),
        ('a: *b', b''),
        ('approvers: [{name: x, from: soon}]', b'dates'),
        ('working_hours: {days: [monday], from: "07:00", to: "08:00"}', b'mon'),
    ):
        check(says in controls(bad, 65).stderr, (bad, says))
    controls('approvers: [nobody]', 10, '--fail-on', 'any')
    controls('approvers: [nobody]', 10, '--fail-on', 'AP-01,AP-19')
    controls('approvers: [nobody]', 0, '--fail-on', 'AP-01')
    controls('{}', 64, '--rule', 'AP-99')
    sheet = list(
        csv.DictReader(
            io.StringIO(controls('approvers: [nobody]', 0, '-o', 'csv').stdout.decode(), newline='')
        )
    )
    check(
        [x['rule'] for x in sheet] == ['AP-19'] * 3
        and all(x['management_response'] == x['auditor_conclusion'] == '' for x in sheet),
        sheet,
    )
    text = controls('approvers: [nobody]', 0).stdout.decode()
    check('3 EXCEPTIONS to 1 rule,' in text and "auditor's judgement" in text, text[:300])


@test
def hostile_words_in_approvals():
    """Every text of every event an attack: no verb passes it on to a terminal, a table or a
    spreadsheet as it is, and all of them in JSON.
    """
    evil = '=\x1b[2J\u202e<script>"\n,'
    keep = {
        'decision',
        'decided_at',
        'event_type',
        'to_phase',
        'from_phase',
        'outcome',
        'completed_at',
        'started_at',
        'body',
    }

    def spoil(o):
        return (
            {k: v if k in keep else spoil(v) for k, v in o.items()}
            if isinstance(o, dict)
            else [spoil(v) for v in o] if isinstance(o, list) else evil if isinstance(o, str) else o
        )

    rs = story('A')
    cleared('x')(rs)
    moved(9)(rs)
    for r in rs:
        r.update(
            event_data=spoil(r['event_data']),
            actor_id=evil if r['actor_type'] == 'user' else r['actor_id'],
            event_hash=None,
            previous_event_hash=None,
        )
    open(path('words.jsonl'), 'w').write('\n'.join(map(json.dumps, rs)) + '\n')
    f, _, _ = archive('words', path('words.jsonl'))
    for verb in (
        ['approvals'],
        ['approvals', '--id', BASE['A']],
        ['approvals', '-o', 'csv'],
        ['populations'],
        ['controls'],
        ['controls', '-o', 'csv'],
        ['history', '--id', BASE['A']],
        ['reconstruct', '--id', BASE['A'], '--children'],
        ['reconstruct', '--id', BASE['A'], '--provenance', '--children'],
        ['sample', '--population', 'remediations', '-n', '9', '--seed', evil],
        ['sample', '--population', 'remediations', '-n', '9', '--seed', 'x', '-o', 'csv'],
        ['show', '--id', BASE['A']],
        ['list'],
        ['timeline', '--id', BASE['A']],
    ):
        out = run(EXHIBIT, verb[0], f, *VKEY, *verb[1:]).stdout.decode()
        check(
            (
                '\x1b' not in out and '\u202e' not in out
                if 'csv' not in verb
                else not re.search(r'(^|,)"=', out, re.M)
            ),
            verb,
        )
    o = json.loads(run(EXHIBIT, 'approvals', f, *VKEY, '-o', 'jsonl').stdout)
    check(o['decided_by'] == o['reason'] == evil, o)
    check(
        any(
            evil in x['sentence']
            for r in json.loads(run(EXHIBIT, 'controls', f, *VKEY, '-o', 'json').stdout)['rules']
            for x in r['exceptions']
        ),
        'whole in JSON',
    )


@test
def the_report_says_the_same():
    """Populations, changes, tests and exceptions in the HTML are those of the verbs; the auditor's
    file and period change its id.
    """
    rs = story('A')
    shift(E1, 60, 'decided_at')(rs)
    rs += story('P') + story('R')
    for r in rs:
        r['event_hash'] = r['previous_event_hash'] = None
    open(path('report.jsonl'), 'w').write('\n'.join(map(json.dumps, rs)) + '\n')
    f, _, _ = archive('report-controls', path('report.jsonl'))
    run(EXHIBIT, 'report', f, *VKEY, '--out', path('rc.html'))
    html = open(path('rc.html')).read()
    for n, p in json.loads(run(EXHIBIT, 'populations', f, *VKEY, '-o', 'json').stdout)[
        'populations'
    ].items():
        check(
            re.search(
                rf'>{n}</a></td><td>[^\n]*{p["digest"]}</span></td><td class="n">{p["count"]}</td>',
                html,
            ),
            n,
        )
    rules = json.loads(run(EXHIBIT, 'controls', f, *VKEY, '-o', 'json').stdout)['rules']
    n = sum(len(r['exceptions']) for r in rules)
    check(
        f'{n} of {n} shown' in html
        and n > 0
        and all(e in html for r in rules for x in r['exceptions'] for e in x['event_ids']),
        n,
    )
    for r in rules:
        check(
            f"{r['id']} v{r['version']}</td><td><strong>{r['question']}" in html
            and f"{r['tested']} tested, {r['passed']} passed"
            f"<br><strong>{len(r['exceptions'])} exception" in html,
            r['id'],
        )
    open(path('rc.yaml'), 'w').write('approvers: [x]\n')
    run(
        EXHIBIT,
        'report',
        f,
        *VKEY,
        '--out',
        path('rc2.html'),
        '--policy',
        path('rc.yaml'),
        '--period',
        '2026-11-01..2026-11-30',
        status=2,
    )
    other = open(path('rc2.html')).read()
    ident = lambda h: re.search(r'Report id</th><td class="m">(\w+)', h)[1]
    check(
        ident(html) != ident(other)
        and '2026-11-01..2026-11-30' in other
        and hashlib.sha256(b'approvers: [x]\n').hexdigest() in other,
        'what it was made with',
    )
