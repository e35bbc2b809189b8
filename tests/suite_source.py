"""What the source did, told from its rows: keys that came half-way, the newer writer's numbers, a
database restored from a backup.
"""

import hashlib, hmac, json, uuid
from harness import *
from suite_tools import honest, chain, as_csv, jsonl, body, pg, COLUMNS

KEY = b'a key of the source'


def key_file():
    open(path('source.key'), 'wb').write(KEY)
    return ('--hmac-key-file', path('source.key'))


def switched(late=(), days=2):
    """unkeyed remediations, then keyed ones; late: days on which one more is unkeyed"""
    rs = honest(18, correlation='rr-before', start='2026-07-01T08')
    for d in range(days):
        rs += honest(18, key=KEY, correlation=f'rr-keyed{d}', start=f'2026-07-{2 + d:02d}T08')
    for d in late:
        rs += honest(18, correlation=f'rr-late{d}', start=f'2026-07-{2 + d:02d}T11')
    return rs


def judged(name, rs, *more, status=None):
    f, o, _ = archive(name, jsonl(name + '.jsonl', rs))
    return verify(f, *VKEY, *more, status=status)


def of_class(v, name, level=None):
    return [x for x in v['findings'] if x['class'] == name and level in (None, x['level'])]


@test
def source_got_its_key_half_way():
    k = key_file()
    for name, rs in (('half', switched()), ('half-backwards', switched()[::-1])):
        for given, more in (('', ()), ('-key', k)):
            v = judged(name + given, rs, *more)
            check(
                not of_class(v, 'algorithm-downgrade')
                and not [x for x in v['findings'] if x['level'] == 'alarm'],
                v['headline'],
            )


@test
def source_without_its_key_for_a_while():
    k = key_file()
    v = judged('downgrade', switched(late=(0, 3)), *k, status=None)
    d = of_class(v, 'algorithm-downgrade', 'gap')
    check(
        len(d) == 2 and v['exit'] in (0, 2) and not of_class(v, 'algorithm-downgrade', 'alarm'),
        [x['sentence'] for x in d],
    )
    check(
        sorted(d[0]['correlation_ids']) == [f'rr-late0-{i}' for i in range(3)]
        and '3 correlations with 18 hashed rows' in d[0]['sentence']
        and '2026-07-02T11:00:07' in d[0]['sentence']
        and '2026-07-02T11:17:07' in d[0]['sentence'],
        d[0],
    )
    check(
        any(
            'actors: system:serviceaccount:kubernaut:notifier' in e['sentence']
            and e['state'] == 'fits'
            for e in d[0]['explanations']
        ),
        d[0]['explanations'],
    )
    slow = path('slow.yaml')
    open(slow, 'w').write('parameters:\n  key_rollout: 864000\n')
    check(
        not of_class(
            judged('downgrade-slow', switched(late=(0, 3)), *k, '--policy', slow),
            'algorithm-downgrade',
        ),
        'a roll-out of ten days',
    )
    rs = switched()  # a row made without the key behind a keyed one stays an alarm
    last = [r for r in rs if r['correlation_id'] == 'rr-keyed1-0'][-1]
    more = honest(1, correlation='x', start='2026-07-03T09')[0]
    more.update(correlation_id='rr-keyed1-0', previous_event_hash=last['event_hash'])
    more['event_hash'] = hashlib.sha256(
        (more['previous_event_hash'] + body(more)).encode()
    ).hexdigest()
    v = judged('downgrade-row', rs + [more], *k, status=1)
    check(len(of_class(v, 'algorithm-downgrade', 'alarm')) == 1, v['headline'])


def bare(r):
    return dict(r, event_hash=None, previous_event_hash=None, hash_algorithm=None)


@test
def source_with_rows_that_lost_their_hashes():
    k = key_file()
    for more in ((), k):  # whole late remediations, with the key and without
        rs = [bare(r) if r['correlation_id'].startswith('rr-keyed1') else r for r in switched()]
        v = judged('unhashed' + str(len(more)), rs, *more)
        d = of_class(v, 'no-hash', 'gap')
        check(
            len(d) == 1
            and v['exit'] == 2
            and not of_class(v, 'no-hash', 'note')
            and v['headline'][0].startswith('ROWS WITHOUT A HASH'),
            v['headline'],
        )
        check(
            sorted(d[0]['correlation_ids']) == [f'rr-keyed1-{i}' for i in range(3)]
            and '18 rows of 3 correlations have no hash' in d[0]['sentence'],
            d[0],
        )
        states = [e['state'] for e in d[0]['explanations']]
        check(
            states.count('ruled out') == 3
            and any(
                'turned off' in e['sentence'] and 'actors: system' in e['sentence']
                for e in d[0]['explanations']
            ),
            d[0]['explanations'],
        )
    rs = switched()  # one row put before the first keyed one of its correlation
    first = [r for r in rs if r['correlation_id'] == 'rr-keyed1-0'][0]
    more = honest(1, correlation='x', start='2026-07-03T07')[0]
    v = judged(
        'unhashed-front', rs + [bare(dict(more, correlation_id=first['correlation_id']))], *k
    )
    check(
        v['exit'] in (1, 2)
        and of_class(v, 'no-hash', 'gap') + of_class(v, 'hash-removed', 'alarm'),
        v['headline'],
    )
    # honest: before the key came, within a roll-out of it, by the source's own audit client,
    # in a source without a key, in an input without hashes
    rs = switched()
    early = [bare(r) if r['correlation_id'].startswith('rr-before') else r for r in rs]
    own = rs + [
        bare(dict(r, event_type='workflow.catalog.created', correlation_id='own'))
        for r in honest(3, correlation='x', start='2026-07-03T15')
    ]
    slow = path('slow-unhashed.yaml')
    open(slow, 'w').write('parameters:\n  key_rollout: 864000\n')
    late = [bare(r) if r['correlation_id'].startswith('rr-keyed1') else r for r in rs]
    unkeyed = honest(36, correlation='rr-unkeyed', start='2026-07-01T08')
    # and while the whole source made none: keyed rows before and after, none of that time
    pause = [
        bare(r) if r['correlation_id'].startswith('rr-keyed1') else r for r in switched(days=3)
    ]
    for name, rows, opts in (
        ('early', early, k),
        ('own', own, k),
        ('slow', late, (*k, '--policy', slow)),
        ('pause', pause, k),
        ('unkeyed', unkeyed[:18] + [bare(r) for r in unkeyed[18:]], ()),
    ):
        v = judged('unhashed-' + name, rows, *opts)
        check(
            not of_class(v, 'no-hash', 'gap') and of_class(v, 'no-hash', 'note'),
            (name, v['headline']),
        )
        # a pause is told as one, and that it may have been made is not ruled out
        told = [x for x in of_class(v, 'no-hash', 'note') if 'and later ones have' in x['sentence']]
        states = [e['state'] for x in told for e in x['explanations']]
        check(states == ['cannot tell'] * (2 * (name == 'pause')), (name, told))
    with_key = jsonl('carry.jsonl', rs)
    without = jsonl(
        'carry-not.jsonl',
        [bare(r) for r in honest(18, correlation='rr-other', start='2026-07-03T15')],
    )
    f, o, _ = archive('unhashed-inputs', with_key, without)
    v = verify(f, *VKEY, *k, status=None)
    check(not of_class(v, 'no-hash', 'gap'), v['headline'])


def approvals(n, decision, decided=lambda k: True):
    """remediations in which a person decides; those whose record is not there: decided(k) says no
    """
    out = []
    for k in range(n):
        kinds = [
            ('orchestrator.approval.requested', {}),
            ('webhook.remediationapprovalrequest.decided', {'decision': decision}),
            (
                'orchestrator.approval.' + {'Approved': 'approved'}.get(decision, 'rejected'),
                {'decision': decision} if decision else {},
            ),
        ]
        rs = honest(3, correlation=f'rr-d{k}', start=f'2026-07-{1 + k:02d}T10')
        for r, (kind, data) in zip(rs, kinds):
            r.update(
                correlation_id=f'rr-d{k}', event_type=kind, event_data={'event_type': kind, **data}
            )
        out += chain([r for r in rs if decided(k) or not r['event_type'].startswith('webhook.')])
    return out


@test
def source_without_the_record_of_a_decision():
    """A decision that was carried out and whose own record is not here, and one that the source
    could not store: a headline, status 2.
    """
    last = lambda k: k < 3
    for word in ('Approved', 'Rejected'):
        v = judged('decided-' + word, approvals(4, word))
        check(not any('DECISION' in h for h in v['headline']), v['headline'])
        v = judged('lost-' + word, approvals(4, word, last))
        check(
            v['exit'] == 2
            and [x['correlation_id'] for x in of_class(v, 'expected-event')] == ['rr-d3'],
            v['headline'],
        )
        check(
            any(
                h.startswith('DECISIONS WITHOUT THEIR RECORD: in 1 remediation')
                for h in v['headline']
            ),
            v['headline'],
        )
    v = judged('expired', approvals(4, '', last))  # nobody decided: the request expired
    check(not any('DECISION' in h for h in v['headline']), v['headline'])
    whole = approvals(4, 'Rejected')
    lost = next(
        r
        for r in whole
        if r['correlation_id'] == 'rr-d3' and r['event_type'].startswith('webhook.')
    )
    letters = json.load(open(FIX + '/dead-letters.json'))
    for name, kind, told in (
        ('decision', lost['event_type'], True),
        ('other', 'gateway.signal.received', False),
    ):
        message = json.loads(letters[0][1][1])
        message['payload'].update(
            event_id=lost['event_id'], event_type=kind, correlation_id='rr-d3'
        )
        q = path(f'letter-{name}.json')
        open(q, 'w').write(json.dumps([[letters[0][0], ['message', json.dumps(message)]]]))
        f, _, _ = archive(
            'letter-' + name, jsonl(f'letter-{name}.jsonl', approvals(3, 'Rejected')), q
        )
        v = verify(f, *VKEY, status=None)
        check(
            any(
                h.startswith('DECISIONS THAT WERE NOT STORED: the record of 1 decision ')
                for h in v['headline']
            )
            == told,
            v['headline'],
        )
        check(
            (v['exit'] == 2) == told and len(of_class(v, 'dead-letter', 'gap')) == 1, v['headline']
        )


def without_algorithm(rs):
    return [{k: v for k, v in r.items() if k != 'hash_algorithm'} for r in rs]


@test
def source_that_names_no_algorithm():
    rs = without_algorithm(switched())
    for name, order in (('noname', rs), ('noname-backwards', rs[::-1])):
        v = judged(name, order)
        check(
            not [x for x in v['findings'] if x['level'] == 'alarm']
            and v['source_chain']['no_key'] == 36,
            v['source_chain'],
        )
    late = honest(
        3, correlation='rr-x', start='2026-07-01T09'
    )  # a batch that waited while the key came: earlier times, behind a row without
    for i, r in enumerate(late):
        r['correlation_id'] = 'rr-x'
        r['event_timestamp'] = f'2026-07-01T09:0{(0, 5, 3)[i]}:00+00:00'
    chain(late)
    chain_late = dict(late[2], hash_algorithm='hmac-sha256')
    chain_late['event_hash'] = hmac.new(
        KEY, (chain_late['previous_event_hash'] + body(chain_late)).encode(), 'sha256'
    ).hexdigest()
    v = judged('noname-late', without_algorithm(switched() + late[:2] + [chain_late]))
    check(not [x for x in v['findings'] if x['level'] == 'alarm'], v['headline'])
    for k, at in (
        ('early', 3),
        ('leaf', 17),
    ):  # an edited row: rows written behind it, or the next ones in time, fit without a key
        bad = honest(40, correlation='rr-before', start='2026-07-01T08')
        bad[at] = dict(bad[at], event_outcome='failure')
        v = judged(
            'noname-' + k,
            without_algorithm(bad + honest(18, key=KEY, correlation='rr-k', start='2026-07-02T08')),
        )
        check(v['source_chain']['mismatching'] == 1 and v['exit'] == 1, v['source_chain'])


def newer(n=30, first=1):
    """rows of the newer writer: stored interleaved, a late batch in every correlation, links a line
    in the order of storing
    """
    rs = []
    for c in range(n):
        one = honest(6, correlation='x', start=f'2026-09-01T{c % 24:02d}')
        for i, r in enumerate(one):
            r['correlation_id'] = f'rr-new-{c:02d}'
            r['event_id'] = r['event_id'][:-4] + f'{c:04x}'
        rs += [(c * 4 + 2 * k, one[i]) for k, i in enumerate((0, 1, 4, 2, 3, 5))]
    rs = [r for _, r in sorted(rs, key=lambda x: x[0])]
    for k, r in enumerate(chain(rs)):
        r['insert_seq'] = first + k
    return rs


def peers(name, rs, *more):
    f, o, _ = archive(name, jsonl(name + '.jsonl', rs))
    out = run(
        EXHIBIT, 'verify', f, '--peer', '-o', 'jsonl', *VKEY, *more, status=None
    ).stdout.decode()
    return {x['correlation_id']: x for x in map(json.loads, filter(None, out.split('\n')))}


@test
def newer_numbers_none_missing():
    v = judged('newer-whole', newer(), status=0)
    check(
        of_class(v, 'insert-seq')
        and not of_class(v, 'numbers-missing')
        and not of_class(v, 'renumbered'),
        v['findings'],
    )
    check(
        'does not bind a writer' in of_class(v, 'numbers')[0]['sentence']
        and 'from 1 to 180' in of_class(v, 'numbers')[0]['sentence'],
        of_class(v, 'numbers'),
    )


@test
def newer_numbers_missing():
    rs = newer()
    gone = {r['event_id'] for r in rs if r['correlation_id'] == 'rr-new-11'} | {
        [r for r in rs if r['correlation_id'] == 'rr-new-20'][-1]['event_id']
    }
    v = judged('newer-missing', [r for r in rs if r['event_id'] not in gone])
    m = of_class(v, 'numbers-missing', 'gap')
    check(
        len(m) == 1
        and m[0]['sentence'].startswith('7 of the numbers of insert_seq up to 180 are missing')
        and {'rr-new-10', 'rr-new-12', 'rr-new-21'} <= set(m[0]['correlation_ids']),
        m,
    )
    check(
        not [x for x in v['findings'] if x['level'] == 'alarm'] and not of_class(v, 'numbers'),
        v['headline'],
    )
    e = ' '.join(f'{x["state"]}: {x["sentence"]};' for x in m[0]['explanations'])
    for want in (
        'rolled back',
        'still open',
        'retention',
        'crash or failover',
        'cannot tell: somebody deleted rows',
    ):
        check(want in e, (want, e))
    late = [
        r for r in rs if r['insert_seq'] not in range(5, 60)
    ]  # more than a crash skips at once; of other times than the last ones
    e = {
        x['sentence'][:20]: x['state']
        for x in of_class(judged('newer-wide', late), 'numbers-missing')[0]['explanations']
    }
    check(e['a crash or failover '] == 'ruled out' and e['transactions that we'] == 'ruled out', e)


@test
def newer_numbers_changed():
    for name, change in (
        ('swapped', lambda r: {3: 4, 4: 3}),
        ('moved', lambda r: {0: 900}),
        ('turned', lambda r: {i: 5 - i for i in range(6)}),
    ):
        rs = newer()
        mine = [r for r in rs if r['correlation_id'] == 'rr-new-13']
        old = [r['insert_seq'] for r in mine]
        for a, b in change(mine).items():
            mine[a]['insert_seq'] = old[b] if b < 6 else b
        v = judged('renumbered-' + name, rs)
        r = of_class(v, 'renumbered', 'gap')
        check(
            len(r) == 1
            and r[0]['correlation_id'] == 'rr-new-13'
            and not of_class(v, 'unexplained-fork'),
            (name, v['headline'], r),
        )
    rs = newer()  # a row that somebody put beside another one is a fork, whatever its number
    mine = [r for r in rs if r['correlation_id'] == 'rr-new-28']
    more = dict(
        mine[3],
        event_id='00000000-0000-4000-8000-000000000001',
        insert_seq=181,
        event_timestamp='2026-09-02T10:00:00+00:00',
        previous_event_hash=mine[1]['event_hash'],
    )
    more['event_hash'] = hashlib.sha256(
        (more['previous_event_hash'] + body(more)).encode()
    ).hexdigest()
    v = judged('newer-fork', rs + [more], status=1)
    check(
        len(of_class(v, 'unexplained-fork')) == 1 and not of_class(v, 'renumbered'), v['headline']
    )


@test
def newer_server_is_asked():
    check(
        all(
            x['is_valid'] and x['why_different'] is None
            for x in peers('peer-newer', newer()).values()
        ),
        'a line is valid whatever its times',
    )
    rs = newer()
    mine = {c: [r for r in rs if r['correlation_id'] == f'rr-new-{c:02d}'] for c in range(5)}
    mine[0][2]['event_outcome'] = 'failure'  # edited
    fork = dict(
        mine[1][5],
        event_id='00000000-0000-4000-8000-000000000001',
        insert_seq=300,
        previous_event_hash=mine[1][3]['event_hash'],
    )
    fork['event_hash'] = hashlib.sha256(
        (fork['previous_event_hash'] + body(fork)).encode()
    ).hexdigest()
    mine[3][0][
        'previous_event_hash'
    ] = None  # hashed, and no predecessor that the server could read
    p = peers('peer-odd', [r for r in rs if r is not mine[2][1]] + [fork])
    check(
        [t['message'] for t in p['rr-new-00']['tampered_events']]
        == ['Event hash mismatch: event data has been tampered']
        and p['rr-new-00']['verified_events'] == 5,
        p['rr-new-00'],
    )
    check(
        [t['message'][:20] for t in p['rr-new-01']['tampered_events']]
        == ['Chain fork detected:'] * 2
        and p['rr-new-01']['verified_events'] == 7,
        p['rr-new-01'],
    )
    check(
        [t['message'][:8] for t in p['rr-new-02']['tampered_events']] == ['Dangling']
        and p['rr-new-02']['tampered_events'][0]['expected_hash'] == ''
        and p['rr-new-02']['ours'] == 'incomplete',
        p['rr-new-02'],
    )
    check(
        p['rr-new-03']['http_status'] == 500
        and 'NULL predecessor' in p['rr-new-03']['why_different'],
        p['rr-new-03'],
    )
    check(p['rr-new-04']['is_valid'], p['rr-new-04'])
    old = [{k: v for k, v in r.items() if k != 'insert_seq'} for r in newer(3)]
    p = peers('peer-older', old)
    check(
        all(
            not x['is_valid'] and 'Previous hash mismatch' in x['tampered_events'][0]['message']
            for x in p.values()
        ),
        'the older server sorts by time',
    )


def dump(name, rs, seq=False, gone=(), setval=None):
    """a dump of the whole table, as pg_dump writes it"""
    cols = COLUMNS + (['insert_seq'] if seq else [])
    esc = (
        lambda v: v.replace('\\', '\\\\')
        .replace('\n', '\\n')
        .replace('\t', '\\t')
        .replace('\r', '\\r')
    )
    t = (
        '--\n-- PostgreSQL database dump\n--\n\nCREATE TABLE public.audit_events (\n'
        + ',\n'.join(f'    {c} {"jsonb" if c == "event_data" else "text"}' for c in cols)
        + '\n);\n\n'
    )
    t += f'COPY public.audit_events ({", ".join(cols)}) FROM stdin;\n'
    for r in rs:
        if r['event_id'] not in gone:
            t += '\t'.join('\\N' if r[c] is None else esc(pg(c, r[c])) for c in cols) + '\n'
    t += '\\.\n\n'
    if setval:
        t += f"SELECT pg_catalog.setval('public.audit_events_insert_seq', {setval}, true);\n\n"
    open(path(name), 'w').write(t + '--\n-- PostgreSQL database dump complete\n--\n')
    return path(name)


def two_files(name, first, second):
    d = path('log-' + name)
    os.makedirs(d)
    run(EXPORT, 'archive', first, '--out', d + '/1.exhibit', *ORIGIN)
    run(
        EXPORT,
        'archive',
        second,
        '--out',
        d + '/2.exhibit',
        *ORIGIN,
        '--after',
        d + '/1.exhibit',
        status=None,
    )
    return json.loads(
        run(
            EXHIBIT, 'verify', d + '/1.exhibit', d + '/2.exhibit', *VKEY, '-o', 'json', status=None
        ).stdout
    )


def restored(seq=False):
    """until the backup, what was lost, what was written afterwards"""
    rs = newer(14) if seq else honest(60, correlation='rr-restored')
    cut = 30 if not seq else 50
    before, lost = rs[:cut], rs[cut:60]
    after = [
        dict(
            r, event_id=str(uuid.uuid5(uuid.NAMESPACE_URL, r['event_id'])), event_outcome='failure'
        )
        for r in lost
    ]
    last = {r['correlation_id']: r['event_hash'] for r in before}
    for r in after:
        r['previous_event_hash'] = last.get(r['correlation_id'], '')
        r['event_hash'] = hashlib.sha256((r['previous_event_hash'] + body(r)).encode()).hexdigest()
        last[r['correlation_id']] = r['event_hash']
    return before, lost, after


@test
def restored_source_is_no_alarm():
    for seq in (False, True):
        before, lost, after = restored(seq)
        v = two_files(
            f'restored{seq}',
            dump(f'one{seq}.sql', before + lost, seq),
            dump(f'two{seq}.sql', before + after, seq),
        )
        r = of_class(v, 'source-restored', 'gap')
        alarms = [x for x in v['findings'] if x['level'] == 'alarm']
        check(len(r) == 1 and not alarms, (seq, v['headline'], alarms[:1]))
        n = len({x['correlation_id'] for x in lost} & {x['correlation_id'] for x in before})
        check(
            f'{n} second continuation' in r[0]['sentence']
            and f'{len(lost)} rows of what was abandoned' in r[0]['sentence'],
            r[0]['sentence'],
        )
        check(
            set(r[0]['event_ids']) == {x['event_id'] for x in lost} and r[0]['correlation_ids'],
            r[0],
        )
        check(
            any(e['state'] == 'fits' and 'backup' in e['sentence'] for e in r[0]['explanations']),
            r[0]['explanations'],
        )
        if seq:
            check(
                f'{len(lost)} numbers of insert_seq handed out again' in r[0]['sentence'],
                r[0]['sentence'],
            )
        # an input that cannot say what is gone
        v = two_files(
            f'restored-rows{seq}',
            jsonl(f'one{seq}.jsonl', before + lost),
            jsonl(f'two{seq}.jsonl', before + after),
        )
        check(
            len(of_class(v, 'source-restored', 'gap')) == 1
            and not [x for x in v['findings'] if x['level'] == 'alarm'],
            v['headline'],
        )
        # what was not lost at all: both branches are in the source, so somebody made one of them
        v = two_files(
            f'forged{seq}',
            dump(f'oneF{seq}.sql', before + lost, seq),
            dump(f'twoF{seq}.sql', before + lost + after, seq),
        )
        check(of_class(v, 'unexplained-fork', 'alarm') and v['exit'] == 1, (seq, v['headline']))
        # and in one export alone
        f, _, _ = archive(
            f'both{seq}', dump(f'both{seq}.sql', before + lost + after, seq), status=None
        )
        check(
            of_class(verify(f, *VKEY, status=1), 'unexplained-fork', 'alarm'),
            'both branches in one export',
        )


@test
def newer_numbers_up_to_what_was_handed_out():
    rs = newer(10)
    f, o, _ = archive('setval', dump('setval.sql', rs[:-3], True, setval=63), status=None)
    m = of_class(verify(f, *VKEY), 'numbers-missing', 'gap')
    check(
        len(m) == 1
        and m[0]['sentence'].startswith(
            '6 of the numbers of insert_seq up to 63 are missing, in 1 range: 58 to 63'
        ),
        m,
    )
    check(
        any(e['state'] == 'fits' and 'still open' in e['sentence'] for e in m[0]['explanations']),
        m[0]['explanations'],
    )
    t = open(path('setval.sql')).read()
    for k, (was, now) in enumerate(
        (
            ('public.audit', 'copy.audit'),
            ('63, true', '0, true'),
            ("'public.audit_events_insert_seq'", 'NULL'),
            ('setval', 'nextval'),
        )
    ):
        open(path(f'setval{k}.sql'), 'w').write(
            t.replace(
                f"SELECT pg_catalog.setval('public.audit_events_insert_seq', 63, true)",
                f"SELECT pg_catalog.setval('public.audit_events_insert_seq', 63, true)".replace(
                    was, now
                ),
            )
        )
        f, o, _ = archive(f'setval{k}', path(f'setval{k}.sql'), status=None)
        check(
            o['rejects'] == 0 and not of_class(verify(f, *VKEY), 'numbers-missing'), (was, now, o)
        )
    open(path('setval-false.sql'), 'w').write(t.replace('63, true', '59, false'))
    f, o, _ = archive('setval-false', path('setval-false.sql'), status=None)
    check(
        of_class(verify(f, *VKEY), 'numbers-missing')[0]['sentence'].startswith(
            '1 of the numbers of insert_seq up to 58 is missing'
        ),
        'the next one is not handed out yet',
    )


@test
def newer_numbers_twice_or_ahead_of_the_sequence():
    rs = newer(10)
    v = judged('numbers-whole', rs)
    check(not of_class(v, 'numbers-repeated'), v['headline'])
    rs[20]['insert_seq'] = rs[19]['insert_seq']  # two rows of one number
    d = of_class(judged('numbers-twice', rs, status=None), 'numbers-repeated', 'gap')
    check(
        len(d) == 1
        and d[0]['sentence'].startswith(
            f"1 number of insert_seq stands in more than one row: {rs[19]['insert_seq']}."
        ),
        d,
    )
    check([e['state'] for e in d[0]['explanations']] == ['cannot tell'] * 2, d)
    for last, told in ((60, False), (59, True)):  # what the sequence says that it handed out last
        f, o, _ = archive(
            f'ahead-{last}', dump(f'ahead-{last}.sql', newer(10), True, setval=last), status=None
        )
        v = verify(f, *VKEY, status=None)
        d = of_class(v, 'numbers-repeated', 'gap')
        check(
            bool(d) == told
            and (v['exit'] == 3) == told
            and (not told or any('SEQUENCE' in h for h in v['headline'])),
            (last, v['headline'], d),
        )
        check(
            not told
            or d[0]['sentence'].startswith(
                'Rows carry insert_seq up to 60, and the sequence says that it handed out 59 last'
            ),
            d,
        )


@test
def source_rows_that_the_exporter_left_out_explain_gaps():
    """What the exporter itself says is not here is the first explanation of a gap, and nothing
    rules it out.
    """
    rs = chain([dict(r, correlation_id='rr-cut') for r in honest(12, correlation='rr-cut')])
    p = as_csv('left-out.csv', rs)
    f, o, _ = archive('rows-left-out', p, options=ORIGIN + ['--since', '2026-07-01T10:06:00Z'])
    g = of_class(verify(f, *VKEY, status=2), 'missing', 'gap')
    check(
        len(g) == 1
        and g[0]['explanations'][0]['sentence'].endswith('were left out of this input: 6')
        and g[0]['explanations'][0]['state'] == 'fits',
        g,
    )
    check(not any('edge of a selection' in e['sentence'] for e in g[0]['explanations']), g)
    d = path('left-aside.sql')
    rows = dump('left-aside.sql', newer(4), True)
    t = open(rows).read().split('\n')
    at = [i for i, l in enumerate(t) if l.startswith('COPY public.audit_events')][0] + 3
    t[at] += '\tone more'
    open(d, 'w').write('\n'.join(t))
    f, o, _ = archive('rows-left-aside', d, status=None)
    g = of_class(verify(f, *VKEY, status=2), 'missing', 'gap')
    check(
        o['rejects']
        and g
        and any(
            e['state'] == 'fits' and 'kept aside: 1 piece' in e['sentence']
            for x in g
            for e in x['explanations']
        ),
        (o, g),
    )
    check(not any('edge of a selection' in e['sentence'] for x in g for e in x['explanations']), g)


@test
def source_checkpoints_as_info_prints_them():
    f = archive('expect-label', jsonl('expect-label.jsonl', honest(3)))[0]
    line = next(
        l
        for l in run(EXHIBIT, 'info', f, *VKEY).stdout.decode().split('\n')
        if l.lstrip().startswith('checkpoint')
    )
    for text in (
        line,
        ' '.join(line.split()),
        ' '.join(['Checkpoint:', *line.split()[1:]]),
        ' '.join(line.split()[1:]),
    ):
        check(verify(f, '--expect', text)['exit'] == 0, text)
    run(EXHIBIT, 'verify', f, '--expect', 'checkpoint 44 x', status=64)
    open(path('mark.key'), 'wb').write(b'\xef\xbb\xbf\n')
    check(
        b'empty' in run(
            EXHIBIT, 'verify', f, *VKEY, '--hmac-key-file', path('mark.key'), status=64
        ).stderr,
        'a byte order mark is no key',
    )
