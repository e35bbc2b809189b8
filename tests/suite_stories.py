"""Tests of stories: their order, phase, end and outcome in all verbs, and who is named as deciding.
"""

import copy as _copy, datetime, itertools

from harness import *
from suite_controls import (
    BASE,
    E1,
    OK,
    NO,
    NEW,
    RUN,
    END,
    SIG,
    edit as change,
    row as cells,
    both,
    drop,
    of,
    shift,
    story,
)

RR = 'rr-story-0001'
TRANSITION, STARTED, AAC = (
    'orchestrator.lifecycle.transitioned',
    'orchestrator.lifecycle.started',
    'aianalysis.analysis.completed',
)
SERIAL = itertools.count(1)
SHARED = os.path.join(TOP, '../shared/kubernaut-data')


def event(
    seconds,
    kind,
    id=None,
    c=RR,
    action='x',
    outcome='success',
    actor='service/controller',
    hash=None,
    after=None,
    **d,
):
    """A row at so many seconds behind ten, of a schema without anything that does not matter here.
    """
    t = datetime.datetime(2026, 12, 1, 10, tzinfo=datetime.timezone.utc) + datetime.timedelta(
        microseconds=round(seconds * 1e6)
    )
    return {
        'event_id': id or f'{next(SERIAL):08x}-0000-4000-8000-0000000000aa',
        'event_version': '1.0',
        'event_timestamp': t.isoformat(),
        'event_date': t.isoformat()[:10],
        'event_type': kind,
        'event_category': 'orchestration',
        'event_action': action,
        'event_outcome': outcome,
        'actor_type': actor.split('/')[0],
        'actor_id': actor.split('/', 1)[1],
        'correlation_id': c,
        'resource_type': 'RemediationRequest',
        'resource_id': d.get('notification_id', c),
        'event_data': {'event_type': kind, **d},
        'retention_days': 2555,
        'is_sensitive': False,
        'legal_hold': False,
        'event_hash': hash,
        'previous_event_hash': after,
    }


def go(seconds, a, b, **more):
    return event(seconds, TRANSITION, from_phase=a, to_phase=b, **more)


def end(seconds, outcome='success', **d):
    return event(seconds, END, outcome=outcome, **d)


def note(seconds, name, kind='sent', **d):
    return event(seconds, 'notification.message.' + kind, notification_id=name, **d)


def review(seconds, source, kind='sent'):
    return note(seconds, 'nr-manual-review-' + RR, kind, body=f'x\n**Failure Source**: {source}\ny')


def put(name, rs):
    open(path(name + '.jsonl'), 'w').write('\n'.join(map(json.dumps, rs)) + '\n')
    return archive(name, path(name + '.jsonl'))[0]


def lines(*argv):
    return [
        json.loads(l) for l in run(EXHIBIT, *argv, status=None).stdout.decode().split('\n') if l
    ]


def timeline(f, c=RR):
    return json.loads(
        run(EXHIBIT, 'timeline', f, *VKEY, '--id', c, '-o', 'json', status=None).stdout
    )


def show(f, c=RR):
    return run(EXHIBIT, 'show', f, *VKEY, '--id', c, status=None).stdout.decode()


BEGIN = [event(0, STARTED), go(1, 'Pending', 'Processing'), go(2, 'Processing', 'Analyzing')]
# what the events are; phase, outcome, seconds of the end
REPLAYS = {
    'nothing': ([event(0, 'gateway.signal.received')], None, None, None),
    'open': (BEGIN, 'Analyzing', None, None),
    'fractions order': (
        BEGIN[:1] + [go(5.5, 'Pending', 'Processing'), go(5.3, 'Pending', 'Analyzing')],
        'Processing',
        None,
        None,
    ),
    'of one time what goes on from where things stand': (
        [
            event(0, STARTED),
            go(1, 'Analyzing', 'Executing', id='0' * 8 + '-0000-4000-8000-000000000000'),
            go(1, 'Processing', 'Analyzing'),
            go(1, 'Pending', 'Processing', id='f' * 8 + '-0000-4000-8000-000000000000'),
        ],
        'Executing',
        None,
        None,
    ),
    'a second start is no entry': (BEGIN + [event(3, STARTED)], 'Analyzing', None, None),
    'a block has no phase that it comes from': (
        BEGIN
        + [
            go(3, 'Analyzing', 'AwaitingApproval'),
            event(3, 'orchestrator.routing.blocked', from_phase='Analyzing'),
        ],
        'Blocked',
        None,
        None,
    ),
    'no phase of that name': (BEGIN + [go(3, 'Analyzing', 'Skipped')], 'Analyzing', None, None),
    'success': (BEGIN + [end(9, crd_outcome='Remediated')], 'Completed', 'Remediated', 9),
    'stored last, earlier in time': (
        [end(9, crd_outcome='DryRun')] + BEGIN,
        'Completed',
        'DryRun',
        9,
    ),
    'behind the end nothing counts': (
        BEGIN
        + [end(9, crd_outcome='Remediated'), go(10, 'Completed', 'Analyzing'), end(11, 'failure')],
        'Completed',
        'Remediated',
        9,
    ),
    'inherited': (BEGIN + [end(9, crd_outcome='InheritedCompleted')], 'Completed', 'Remediated', 9),
    'timed out': (BEGIN + [event(9, END, outcome='failure')], 'TimedOut', None, 9),
    'pending is no success': (BEGIN + [event(9, END, outcome='pending')], 'TimedOut', None, 9),
    'retention clean-up is no end': (
        BEGIN + [event(9, END, action='retention_cleanup')],
        'Analyzing',
        None,
        None,
    ),
    'nothing to do': (
        BEGIN + [event(5, AAC, reason='WorkflowNotNeeded')],
        'Completed',
        'NoActionRequired',
        5,
    ),
    'only the first analysis counts': (
        BEGIN + [event(5, AAC, reason='x'), event(6, AAC, reason='WorkflowNotNeeded')],
        'Analyzing',
        None,
        None,
    ),
    'resolved by itself at the first delivery': (
        BEGIN + [note(8, 'nr-self-resolved-' + RR), note(7, 'nr-self-resolved-' + RR, 'failed')],
        'Completed',
        'NoActionRequired',
        7,
    ),
    'handed over at the analysis': (
        BEGIN + [event(5, AAC, reason='x'), review(6, 'AIAnalysis')],
        'Completed',
        'ManualReviewRequired',
        5,
    ),
    'handed over at the delivery': (
        BEGIN + [review(6, 'AIAnalysis'), event(7, AAC, reason='x')],
        'Completed',
        'ManualReviewRequired',
        6,
    ),
    'handed over by routing': (
        BEGIN + [event(5, AAC, reason='x'), review(6, 'RoutingEngine', 'failed')],
        'Completed',
        'ManualReviewRequired',
        6,
    ),
    'a review of the execution ends nothing': (
        BEGIN + [review(6, 'WorkflowExecution')],
        'Analyzing',
        None,
        None,
    ),
    'the first that names a source': (
        BEGIN + [review(6, 'WorkflowExecution'), review(7, 'AIAnalysis')],
        'Analyzing',
        None,
        None,
    ),
    'an end of its own counts more': (
        BEGIN
        + [event(5, AAC, reason='WorkflowNotNeeded'), end(9, crd_outcome='VerificationTimedOut')],
        'Completed',
        'VerificationTimedOut',
        9,
    ),
    'a long outcome is none': (BEGIN + [end(9, crd_outcome='x' * 128)], 'Completed', None, 9),
    'a number is no outcome': (BEGIN + [end(9, crd_outcome=7)], 'Completed', None, 9),
}
fail = event(9, END, outcome='failure')
fail['event_data']['outcome'] = 'Failed'
REPLAYS['failed'] = (BEGIN + [fail], 'Failed', None, 9)


def told(f):
    """phase, outcome and end of every remediation, as each verb tells them"""
    by = {
        'list': {
            x['correlation_id']: (x['phase'], x['outcome'], x['ended_at'])
            for x in lines('list', f, *VKEY, '-o', 'jsonl')
        }
    }
    by['approvals'] = {
        x['correlation_id']: (x['phase'], x['outcome'], x['ended_at'])
        for x in lines('approvals', f, *VKEY, '-o', 'jsonl')
    }
    by['reconstruct'] = {}
    for x in lines('reconstruct', f, *VKEY, '--all', '--partial', '-o', 'jsonl'):
        s = x['remediation_request']['status']
        by['reconstruct'][x['correlation_id']] = (
            s.get('overallPhase'),
            s.get('outcome') or s.get('completionStatus', {}).get('outcome'),
            s.get('completedAt'),
        )
    return by


def agree(f, what, shows=5):
    by = told(f)
    a = by['list']
    check(
        a and a == by['approvals'],
        (
            what,
            [(k, a[k], by['approvals'].get(k)) for k in a if a[k] != by['approvals'].get(k)][:4],
        ),
    )
    check(
        {k: v[:2] for k, v in a.items()} == {k: v[:2] for k, v in by['reconstruct'].items()},
        (
            what,
            [
                (k, a[k], by['reconstruct'].get(k))
                for k in a
                if a[k][:2] != by['reconstruct'].get(k, ())[:2]
            ][:4],
        ),
    )
    for k in list(a)[:shows]:
        t = timeline(f, k)
        head = show(f, k).split('\n')[1]
        check(
            (t['phase'], t['outcome'], t['ended_at']) == a[k]
            and (a[k][0] or 'not told') in head
            and (a[k][1] or '') in head,
            (what, k, a[k], head),
        )
        last = json.loads(
            run(
                EXHIBIT, 'history', f, *VKEY, '--id', k, '--partial', '-o', 'json', status=None
            ).stdout
        )['steps']
        now = {c['path']: c['to'] for s in last for c in s['changes']}
        check(
            (
                now.get('status.overallPhase'),
                now.get('status.outcome') or now.get('status.completionStatus.outcome'),
            )
            == a[k][:2],
            (what, k, 'history'),
        )
    return a


@test
def phases_are_replayed():
    """Every rule of the replay, alone, and equal in every verb; the order of the rows, and rows
    that come twice, change nothing.
    """
    for n, (name, (rs, phase, outcome, at)) in enumerate(REPLAYS.items()):
        if name != 'nothing':
            rs = [event(-1, 'gateway.signal.received', signal_name='x')] + rs
        for k, x in enumerate(
            (rs, rs[::-1], rs + [dict(r, event_id='ffff' + r['event_id'][4:]) for r in rs])
        ):
            a = agree(put(f'replay-{n}-{k}', x), name)
            want = (phase, outcome, None if at is None else f'2026-12-01T10:00:{at:02}Z')
            check(a[RR] == want, (name, k, a[RR], want))


@test
def phases_are_equal_everywhere():
    """In the real stories of the fixtures, and in every set that stands beside this checkout."""
    f, _, _ = archive('stories-real', FIX + '/lifecycles.sql')
    agree(f, 'fixtures')
    html = path('stories.html')
    run(EXHIBIT, 'report', f, *VKEY, '--out', html, status=None)
    html = open(html).read()
    for k, (phase, outcome, _) in told(f)['list'].items():
        check(f'{k}</h3>\n<p>Ended: {phase}; outcome: {outcome or "not told"};' in html, k)
    for d in sorted(os.listdir(SHARED + '/sets') if os.path.isdir(SHARED + '/sets') else []):
        s = next(
            (
                p
                for p in (f'{SHARED}/sets/{d}/dump.sql', f'{SHARED}/sets/{d}/dump.sql.zst')
                if os.path.exists(p)
            ),
            None,
        )
        if s is None or d in ('dead-letters', 'big'):
            continue
        a = agree(archive('stories-' + d, s, status=None)[0], d)
        t = f'{SHARED}/truth/{d}/analysis.jsonl.zst'
        if not os.path.exists(t):
            continue
        want = {
            x['correlation_id']: (x['phase'], x['outcome'] or None, x['head']['ended_at'])
            for x in map(
                json.loads,
                filter(
                    None,
                    subprocess.run(['zstd', '-dcq', t], capture_output=True)
                    .stdout.decode()
                    .split('\n'),
                ),
            )
        }
        check(want == a, (d, [(k, want[k], a.get(k)) for k in want if want[k] != a.get(k)][:4]))


def hashed(rs):
    """linked in the order in which they stand; what the hashes are does not matter to a story"""
    for k, r in enumerate(rs):
        r['event_hash'] = hashlib.sha256(str(k).encode()).hexdigest()
        r['previous_event_hash'] = rs[k - 1]['event_hash'] if k else ''
    return rs


@test
def stories_run_by_stated_time():
    """Whatever the links say: a batch that was stored late stands where its times put it, and is
    marked; of one time the flow decides, and nothing is called proven.
    """
    rs = [
        event(-1, 'gateway.signal.received', signal_name='x'),
        event(0, STARTED),
        end(900, crd_outcome='Remediated'),
        go(1, 'Pending', 'Processing'),
        go(2.000001, 'Processing', 'Analyzing'),
        event(2, 'aiagent.rca.complete'),
    ]
    f = put('late', hashed(rs))
    t = timeline(f)['steps']
    check(
        [s['time'] for s in t]
        == sorted((s['time'] for s in t), key=lambda x: (x[:19], float('0' + x[19:].rstrip('Z')))),
        t,
    )
    check(
        [s['event_type'] for s in t][-2:] == [TRANSITION, END]
        and [s['order'] for s in t] == ['time'] * 6,
        t,
    )
    late = next(s for s in t if s['time'].endswith('10:00:01Z'))
    check(
        late['contradicts_time'] is True
        and late['stored_after'] == next(s['position'] for s in t if s['event_type'] == END),
        t,
    )
    check(
        sum('contradicts_time' in s for s in t) == 2
        and sum('stored_after' in s for s in t) == 5
        and 'link' not in {s['order'] for s in t},
        t,
    )
    s = show(f)
    check('^' in s and 'stored behind an event of later time' in s and 'proved' not in s, s)
    h = json.loads(
        run(EXHIBIT, 'history', f, *VKEY, '--id', RR, '--partial', '-o', 'json', status=None).stdout
    )['steps']
    check(
        [x['time'] for x in h] == sorted(x['time'] for x in h)
        and any(x.get('contradicts_time') for x in h),
        h,
    )
    # one moment: entries by the replay, others by the catalogue, then by id
    low = '00000000-0000-4000-8000-00000000000'
    rs = [
        go(1, 'Processing', 'Analyzing', id=low + '1'),
        go(1, 'Pending', 'Processing', id=low + '2'),
        event(1, 'aiagent.rca.complete', id=low + '0'),
        event(1, 'signalprocessing.signal.processed', id=low + '9'),
        event(1, 'never.heard.of', id=low + '3'),
        event(1, 'signalprocessing.signal.processed', id=low + '8'),
        event(1, STARTED, id=low + '7'),
        event(2, 'gateway.signal.received', id=low + '6'),
    ]
    for k in range(3):
        t = timeline(put(f'moment-{k}', rs[k:] + rs[:k]))['steps']
        check(
            [s['event_id'][-1] for s in t] == list('72189036')
            and [s['order'] for s in t]
            == ['time', 'flow', 'flow', 'flow', 'cannot tell', 'flow', 'flow', 'time'],
            [(s['event_id'][-1], s['order']) for s in t],
        )
    s = show(put('moment-x', rs))
    check('order within this moment is not proven' in s and re.search(r'Z ~  ?\S', s), s)
    # what comes later than the end is told as that
    t = timeline(
        put(
            'behind',
            rs
            + [
                end(3, crd_outcome='Remediated'),
                event(3, 'effectiveness.assessment.completed'),
                event(4, END, action='retention_cleanup'),
            ],
        )
    )
    check(
        [s.get('behind_end', False) for s in t['steps']] == [False] * 10 + [True]
        and t['ended_at'] == '2026-12-01T10:00:03Z',
        t,
    )
    check(
        re.search(
            r'Behind the end:\n2026-12-01T10:00:04Z .*deleted',
            show(os.path.join(path('behind'), 'a.exhibit')),
        ),
        'the clean-up',
    )


@test
def persons_and_machines():
    """One function decides it; a service account is never named as who decided; a delegated person
    is asserted by it.
    """
    sa = 'system:serviceaccount:kubernaut-system:apifrontend'
    cases = [
        ('user', 'alice', '', 'alice', True),
        ('user', 'system:admin', '', 'system:admin', True),
        ('external', 'system:admin', '', 'system:admin', False),
        ('user', 'system:node:x', '', 'system:node:x', False),
        ('user', 'system', '', 'system', False),
        ('external', 'bob', '', 'bob', False),
        ('gateway', 'bob', '', 'bob', False),
        ('Service', 'bob', '', 'bob', False),
        ('service', sa, 'alice@example.com', 'alice@example.com', True),
        ('service', sa, 'system:serviceaccount:a:b', 'system:serviceaccount:a:b', False),
    ]
    for n, (kind, name, delegate, by, person) in enumerate(cases):
        rs = story('A')
        c = rs[0]['correlation_id']
        cells(E1, actor_type=kind, actor_id=name)(rs)
        change(E1, delegated_user=delegate, delegated_via=name if delegate else '')(rs)
        for r in rs:
            r['event_hash'] = r['previous_event_hash'] = None
        f = put(f'person-{n}', rs)
        o = json.loads(run(EXHIBIT, 'populations', f, *VKEY, '-o', 'json', status=None).stdout)
        check(o['populations']['human_decisions']['count'] == person, (kind, name, delegate))
        x = lines('approvals', f, *VKEY, '-o', 'jsonl')[0]
        check(x['decided_by'] == by and x['on_behalf_of'] == (delegate or None), x)
        s = show(f, c)
        line = next(l for l in s.split('\n') if ' decided rar-' in l)
        check('system:serviceaccount' not in line and ((by in line) == person), line)
        if delegate and person:
            words = 'alice@example.com (asserted by apifrontend)'
            run(EXHIBIT, 'report', f, *VKEY, '--out', path(f'person-{n}.html'), status=None)
            check(
                words in line
                and words in run(EXHIBIT, 'approvals', f, *VKEY, status=None).stdout.decode()
                and words in run(
                    EXHIBIT, 'approvals', f, *VKEY, '--id', c, status=None
                ).stdout.decode()
                and words in open(path(f'person-{n}.html')).read(),
                line,
            )
    rs = story('A')
    cells(OK, actor_type='service', actor_id=sa)(rs)
    for r in rs:
        r['event_hash'] = r['previous_event_hash'] = None
    s = show(put('person-ok', rs), rs[0]['correlation_id'])
    check(
        'system:serviceaccount' not in next(l for l in s.split('\n') if 'saw the approval by' in l),
        s,
    )


@test
def newer_events_are_told():
    """Types and members that newer versions brought; a type that nobody knows is named as that."""
    rs = [
        event(
            0,
            'gateway.signal.received',
            signal_name='x',
            severity='P0',
            resource_kind='Pod',
            namespace='n',
            resource_name='r',
        ),
        event(
            1,
            'aiagent.llm.tool_call',
            tool_name='get_workflow',
            tool_result='get_workflow result omitted',
        ),
        event(2, 'aiagent.llm.tool_call', tool_name='kubectl', tool_result={'x': 1}),
        event(
            3,
            'aiagent.response.complete',
            total_prompt_tokens=12,
            total_completion_tokens=3,
            response_data={'selectedWorkflow': {'workflowId': 'w'}},
        ),
        event(
            4, 'aiagent.response.complete', response_data={'selectedWorkflow': {'workflowId': 'w'}}
        ),
        event(
            5,
            'workflow.catalog.actions_listed',
            results={
                'total_found': 7,
                'actions': [{'action_type': f'A{k}', 'workflow_count': k} for k in range(7)],
            },
        ),
        event(
            6,
            'workflow.catalog.workflows_listed',
            results={'total_found': 1, 'workflows': [{'title': 'restart', 'final_score': 0.5}]},
        ),
        event(7, 'workflow.catalog.workflows_listed', results={'workflows': []}),
        event(
            8,
            'signalprocessing.classification.decision',
            environment='e',
            priority='p',
            severity='critical',
            external_severity='sev2',
        ),
        event(9, 'workflowexecution.execution.started', execution_name='we', workflow_name='wf'),
        event(10, 'brand.new.type'),
        event(11, 'aiagent.config.rejected', component='ca_cert', rejection_reason='invalid PEM'),
    ]
    rs[9]['cluster_id'] = 'prod-west'
    got = [s['sentence'] for s in timeline(put('newer', rs))['steps']]
    check(
        got == [
            'Signal x (P0) received for Pod n/r.',
            'The agent used the tool get_workflow (the source leaves its result out).',
            'The agent used the tool kubectl.',
            "The agent's answer: w (tokens so far: 12 asked, 3 answered).",
            "The agent's answer: w.",
            'Actions listed from the catalog: A0 0, A1 1, A2 2, A3 3, A4 4 and 2 more (7 in all).',
            (
                "Workflows listed from the catalog: restart 0.5; each with the catalog's score (1"
                " in all)."
            ),
            'Workflows listed from the catalog.',
            'Classified: environment e, priority p, severity critical (received as sev2).',
            'Execution we of wf started on cluster prod-west.',
            'Unknown type brand.new.type, kept: x, success.',
            'The agent refused a new configuration: ca_cert, invalid PEM.',
        ],
        got,
    )


@test
def late_storing_is_measured():
    """CP-02 measures how late an event was stored; a late batch of the newer writer is no
    exception. Reasons speak of links only as these are.
    """

    def rule(f, id):
        return next(
            r
            for r in json.loads(
                run(EXHIBIT, 'controls', f, *VKEY, '-o', 'json', status=None).stdout
            )['rules']
            if r['id'] == id
        )

    rs = [
        event(0, 'gateway.signal.received', signal_name='x'),
        event(1, STARTED),
        end(900, crd_outcome='Remediated'),
        go(2, 'Pending', 'Processing'),
        go(3, 'Processing', 'Analyzing'),
    ]
    r = rule(put('late-old', hashed(_copy.deepcopy(rs))), 'CP-02')
    check(
        len(r['exceptions']) == 1
        and '1 of its events were stored late, one of 2026-12-01T10:00:02Z at least 898 s'
        in r['exceptions'][0]['sentence'],
        r,
    )
    for k, x in enumerate(rs):
        x['insert_seq'] = k + 1
    r = rule(put('late-new', hashed(rs)), 'CP-02')
    check(not r['exceptions'] and r['not_applicable'][0]['count'] == 1, r)
    for links, words in (
        (True, 'links tell which was stored first, and no more'),
        (False, 'no link tells even which was stored first'),
    ):
        rs = story('A')
        new = of(rs, NEW)[0]
        made = of(rs, E1)[0]
        made['event_timestamp'] = new['event_timestamp']
        made['event_data']['decided_at'] = new['event_timestamp']
        if links:
            hashed(rs)
        else:
            for x in rs:
                x['event_hash'] = x['previous_event_hash'] = None
        r = rule(put(f'tie-{links}', rs), 'AP-01')
        check(len(r['not_testable']) == 1 and words in r['not_testable'][0]['reason'], r)


@test
def an_event_in_two_files_is_told_once():
    """Two exports that both begin at the beginning hold the same rows: a story has each of them
    once.
    """
    rs = (
        [event(-1, 'gateway.signal.received', signal_name='x')]
        + BEGIN
        + [end(9, crd_outcome='Remediated')]
    )
    a, b = put('once-a', rs), put(
        'once-b', rs + [event(10, 'notification.message.sent', notification_id='n')]
    )
    x = json.loads(
        run(EXHIBIT, 'timeline', a, b, *VKEY, '--id', RR, '-o', 'json', status=None).stdout
    )['steps']
    ids = [s['event_id'] for s in x]
    check(len(ids) == len(set(ids)) == len(rs) + 1, ids)
    other = _copy.deepcopy(rs)
    other[1]['event_data']['x'] = 1
    c = put('once-c', other)
    x = json.loads(
        run(EXHIBIT, 'timeline', a, c, *VKEY, '--id', RR, '-o', 'json', status=None).stdout
    )['steps']
    check(len(x) == len(rs) + 1, 'two versions of one id are both told')


@test
def history_is_what_was_known_then():
    """Behind each event the object has the phase, the end and the outcome that the events so far
    tell, implied ends that a later event undoes included.
    """
    for n, name in enumerate(
        (
            'an end of its own counts more',
            'handed over at the analysis',
            'resolved by itself at the first delivery',
            'behind the end nothing counts',
            'a block has no phase that it comes from',
        )
    ):
        f = put(
            f'then-{n}',
            [
                event(
                    -1,
                    'gateway.signal.received',
                    signal_name='x',
                    fingerprint='f' * 64,
                    severity='info',
                    signal_type='alert',
                )
            ]
            + REPLAYS[name][0],
        )
        now = {}
        for s in json.loads(
            run(EXHIBIT, 'history', f, *VKEY, '--id', RR, '-o', 'json', status=None).stdout
        )['steps']:
            for c in s['changes']:
                now[c['path']] = c['to']
            at = json.loads(
                run(
                    EXHIBIT,
                    'reconstruct',
                    f,
                    *VKEY,
                    '--id',
                    RR,
                    '--at',
                    s['time'],
                    '-o',
                    'json',
                    status=None,
                ).stdout
            )['remediation_request']['status']
            got = {
                k: now.get('status.' + k) or now.get('status.completionStatus.' + k)
                for k in ('overallPhase', 'completedAt', 'outcome')
            }
            want = {k: at.get(k) or at.get('completionStatus', {}).get(k) for k in got}
            later_in_the_moment = [
                x for x in REPLAYS[name][0] if x['event_timestamp'].startswith(s['time'][:-1])
            ]
            check(got == want or len(later_in_the_moment) > 1, (name, s['time'], got, want))


@test
def what_went_wrong_is_told():
    """Code, component, message and whether to try again, of a payload or of a row's columns, in
    every form; nothing where an event says nothing, and hostile text is harmless.
    """
    details = {
        'code': 'ERR_A',
        'component': 'gate\x1b[31mway',
        'message': 'm',
        'retry_possible': True,
    }
    rs = BEGIN + [
        event(3, 'aianalysis.analysis.failed', error_details=details),
        event(4, 'aianalysis.analysis.failed', error_details={'retry_possible': False, 'code': ''}),
        dict(event(5, 'aianalysis.error.occurred'), error_code='E5', error_message='said so'),
        dict(
            event(6, 'aianalysis.analysis.failed', error_details={'code': 'ERR_B', 'message': 7}),
            error_code='E6',
            error_message='of the row',
        ),
        event(7, 'aianalysis.analysis.failed', error_details='no object'),
    ]
    f = put('went-wrong', rs)
    members = lambda *v: dict(zip(('code', 'component', 'message', 'retry_possible'), v))
    want = [
        members('ERR_A', details['component'], 'm', True),
        members(None, None, None, False),
        members('E5', None, 'said so', None),
        members('ERR_B', None, 'of the row', None),
        None,
    ]
    got = [s.get('error') for s in timeline(f)['steps']]
    check(got == [None] * 3 + want, got)
    rows = lines(
        'sql',
        f,
        *VKEY,
        'SELECT error_code code, error_component component, error_message message, retry_possible'
        ' FROM timeline ORDER BY step',
        '-o',
        'jsonl',
    )
    check(rows == [x or members(None, None, None, None) for x in got], rows)
    text = [l.strip() for l in show(f).split('\n') if l.strip().startswith('error')]
    check(
        text[0].startswith('error ERR_A of gate')
        and text[0].endswith('way, may be tried again')
        and '\x1b' not in text[0]
        and text[1:] == ['error, not to be tried again', 'error E5', 'error ERR_B'],
        text,
    )
