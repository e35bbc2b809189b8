"""No statement stronger than its proof: what verify says of files, keys, lacks, damage and
versions, each beside its honest twin.
"""

import sqlite3

from harness import *


def words(f, *more):
    return run(
        EXHIBIT, 'verify', *([f] if isinstance(f, str) else f), *more, status=None
    ).stdout.decode()


def parts(v):
    return {p['part']: p['state'] for p in v['dimensions']['completeness']['parts']}


def alarms(v):
    return [x for x in v['findings'] if x['level'] == 'alarm']


def jsonl(name, rs):
    open(path(name), 'w').write(''.join(json.dumps(r, ensure_ascii=False) + '\n' for r in rs))
    return path(name)


def touched(f, name, *sql):
    """A copy that some SQLite tool wrote to."""
    d = path('touched-' + name)
    os.makedirs(d)
    g = d + '/a.exhibit'
    shutil.copyfile(f, g)
    c = sqlite3.connect(g, isolation_level=None)
    for s in sql:
        c.execute(s).fetchall()
    c.close()
    return g


@test
def completeness_is_three_statements():
    f = archive('three-jsonl', FIX + '/small.jsonl')[0]
    v = verify(f, *VKEY, status=0)
    check(list(parts(v)) == ['sealed-here', 'source-sealed', 'happened-source'], parts(v))
    check(
        parts(v)['source-sealed'] == 'not proven'
        and v['dimensions']['completeness']['state'] == 'not proven',
        'rows carry no count',
    )
    v = verify(archive('three-dump', LC)[0], *VKEY, status=0)
    check(
        parts(v)['source-sealed'] == 'proven'
        and v['dimensions']['completeness']['state'] == 'proven',
        'a dump has marks',
    )
    why = next(
        p['why'] for p in v['dimensions']['completeness']['parts'] if p['part'] == 'source-sealed'
    )
    check('recorded' in why and "exporter's operator it is not proven" in why, why)
    check(
        'cannot be seen here' in v['dimensions']['completeness']['why'],
        'whether a later file exists',
    )


@test
def a_period_left_out_lowers_the_verdict():
    f = archive('left-out', LC, options=[*ORIGIN, '--until', '2026-11-19T00:00:00Z'])[0]
    v = verify(f, *VKEY, status=2)
    n = [int(x['sentence'].split(': ')[1].split(' ')[0]) for x in v['findings'] if x['id'] == 'I04']
    check(len(n) == 1 and n[0] > 0 and parts(v)['source-sealed'] == 'disproved', v['findings'])
    check(
        str(n[0]) in words(f, *VKEY).split('\nNotes')[0].replace(',', ''),
        'the first screen says how many',
    )
    o = json.loads(run(EXHIBIT, 'populations', f, *VKEY, '-o', 'json', status=None).stdout)
    check(
        [l['lack'] for l in o['limits']] == ['period']
        and all(
            p['lower_bound']
            is (
                n not in (
                    'expired_without_webhook',
                    'undecided',
                    'created_not_started',
                    'executed_by_policy',
                    'executed_otherwise',
                    'created_without_request',
                    'approved_not_started',
                    'nothing_created',
                )
            )
            for n, p in o['populations'].items()
        ),
        o['limits'],
    )


@test
def what_rests_on_an_absence_cannot_be_told():
    """Rows left out by --since: nothing that is said of a remediation is other than in the whole
    data, and a lower bound is one.
    """

    def told(f):
        rows = [
            json.loads(l)
            for l in run(
                EXHIBIT, 'approvals', f, *VKEY, '-o', 'jsonl', status=None
            ).stdout.splitlines()
        ]
        lines = [
            json.loads(l)
            for l in run(EXHIBIT, 'list', f, *VKEY, '-o', 'jsonl', status=None).stdout.splitlines()
        ]
        counts = json.loads(
            run(EXHIBIT, 'populations', f, *VKEY, '-o', 'json', status=None).stdout
        )['populations']
        return (
            {x['correlation_id']: (x['path'], x['effect']) for x in rows},
            {x['correlation_id']: x['result'] for x in lines},
            counts,
        )

    f = archive('absence-part', LC, options=[*ORIGIN, '--since', '2026-11-18T12:00:00Z'])[0]
    whole, part = told(archive('absence-whole', LC)[0]), told(f)
    for now, then in ((part[0], whole[0]), (part[1], whole[1])):
        wrong = [
            (k, now[k], then[k])
            for k in now
            if k in then and isinstance(now[k], str) and now[k] not in (then[k], 'cannot tell')
        ]
        wrong += [
            (k, now[k], then[k])
            for k in now
            if k in then and not isinstance(now[k], str)
            for x, y in zip(now[k], then[k])
            if x not in (y, 'cannot tell')
        ]
        check(not wrong, wrong[:3])
    check(
        any('cannot tell' in x for x in part[0].values())
        and not any('cannot tell' in x for x in whole[0].values()),
        'some, and none of the whole',
    )
    check('open' not in part[1].values(), 'no result is open where an end may be missing')
    check(all('lower_bound' not in x for x in whole[2].values()), 'the whole has no bounds')
    low = {k for k, x in part[2].items() if x['lower_bound']}
    check(
        all(part[2][k]['count'] <= whole[2][k]['count'] for k in low)
        and {'approved', 'execution_started'} <= low,
        'lower bounds are lower',
    )
    check(
        not {'nothing_created', 'undecided', 'created_not_started', 'expired_without_webhook'}
        & low,
        low,
    )
    words = run(EXHIBIT, 'populations', f, *VKEY, status=None).stdout.decode()
    check(
        '* nothing_created' in words and '* approved' not in words.replace('* approved_not', ''),
        words[:300],
    )


@test
def each_file_is_vouched_for_by_itself():
    other = path('other-log-key')
    run(EXPORT, 'keygen', '--name', 'other.example/log', '--out', other)
    a = archive('judged-vouch-a', FIX + '/small.jsonl')[0]
    b = archive(
        'judged-vouch-b',
        FIX + '/small.jsonl',
        options=['--origin', 'other.example/log', '--key', other + '.key'],
    )[0]
    o = verify(a, *VKEY, status=0)['archive']['files'][0]
    line = f"{o['origin']} {o['next_position']} {o['root']}"
    v = verify(a, '--expect', line, status=0)
    check(v['archive']['files'][0]['vouched_by'] == 'an expected checkpoint', v['archive']['files'])
    p = run(EXHIBIT, 'verify', a, b, *VKEY, '--expect', line, '-o', 'json', status=3)
    v = json.loads(p.stdout)
    check(
        {x['origin']: x['vouched_by'] for x in v['archive']['files']}
        == {o['origin']: 'a key given', 'other.example/log': 'none of the keys given'},
        v['archive']['files'],
    )
    check(v['dimensions']['authenticity']['state'] == 'not proven', 'the worst counts')
    run(EXHIBIT, 'verify', a, b, *VKEY, '--vkey', other + '.vkey', status=0)
    v = verify(a, '--vkey', other + '.vkey', '--expect', line, status=3)
    check(
        'none of the keys' in ' '.join(v['headline']),
        'a key that did not sign outranks the checkpoint',
    )
    v = verify(a, *VKEY, '--vkey', other + '.vkey', status=0)
    check(
        [x['id'] for x in v['findings'] if x['id'] == 'N05'] == ['N05'],
        'a key that signed nothing is named',
    )


@test
def what_sqlite_tools_do_leaves_the_records_readable():
    f = good()
    for name, sql in (
        ('table', 'CREATE TABLE x(a)'),
        ('analyze', 'ANALYZE'),
        ('wal', 'PRAGMA journal_mode=WAL'),
        ('vacuum', 'VACUUM'),
        ('index', 'CREATE INDEX i ON block(first)'),
    ):
        g = touched(f, name, sql)
        v = verify(g, *VKEY, status=1)
        check(
            v['archive']['events'] == GOOD['o']['events']
            and 'Every record in it is as it was sealed' in v['headline'][0],
            (name, v['headline']),
        )
        check(run(EXHIBIT, 'list', g, *VKEY, status=0).stdout, 'reading verbs go on, with a banner')
        check(
            'Every record' not in ' '.join(verify(g, status=1)['headline']),
            'without a key nothing is claimed of the records',
        )


@test
def side_files_that_hold_nothing_are_a_remark():
    for s in ('-wal', '-shm', '-journal'):
        for data in (b'', bytes(4096)):
            f = copy_of('side-empty' + s + str(len(data)))
            open(f + s, 'wb').write(data)
            v = verify(f, *VKEY, status=0)
            check(
                'N06' in {x['id'] for x in v['findings']}
                and v['dimensions']['integrity']['state'] == 'proven',
                v['findings'],
            )


def copy_of(name):
    d = path('j-' + name)
    os.makedirs(d)
    f = d + '/a.exhibit'
    shutil.copyfile(good(), f)
    return f


def damaged(f, name, no):
    """A bad sector: one bit of one block's data, where it lies in the file."""
    c = sqlite3.connect(f'file:{f}?immutable=1', uri=True)
    (blob,) = c.execute('SELECT data FROM data WHERE no = ?', (no,)).fetchone()
    first, count = c.execute('SELECT first, count FROM block WHERE no = ?', (no,)).fetchone()
    b = bytearray(data(f))
    at = next(
        i
        for i in (
            bytes(b).find(blob[o : o + 64]) for o in range(len(blob) // 2, len(blob) - 64, 64)
        )
        if i > 0
    )
    b[at + 32] ^= 1
    d = path('damaged-' + name)
    os.makedirs(d)
    open(d + '/a.exhibit', 'wb').write(b)
    return d + '/a.exhibit', first, count


@test
def damage_is_told_as_damage():
    whole = verify(good(), *VKEY, status=0)
    f, first, count = damaged(good(), 'one', 1)
    v = verify(f, *VKEY, status=1)
    check(
        {'A09', 'A29'} <= {x['id'] for x in v['findings']}
        and not {'A18', 'A20'} & {x['id'] for x in v['findings']},
        [x['id'] for x in v['findings']],
    )
    a29 = next(x for x in v['findings'] if x['id'] == 'A29')
    check(str(count) in a29['sentence'] and f'positions {first} to' in a29['place'], a29)
    check(
        v['archive']['events'] < whole['archive']['events']
        and parts(v)['sealed-here'] == 'disproved',
        parts(v),
    )
    o = json.loads(run(EXHIBIT, 'controls', f, *VKEY, '-o', 'json', status=None).stdout)
    check('damaged' in {l['lack'] for l in o['limits']}, o['limits'])
    p = run(EXHIBIT, 'list', f, *VKEY, status=1)
    check(b'could not be read' in p.stderr, 'every reading verb says how many')


@test
def damage_takes_only_what_it_hit():
    """A damaged manifest takes no row with it, and accuses none; what lies in a damaged block is
    not said not to be there.
    """
    whole = json.loads(run(EXHIBIT, 'list', good(), *VKEY, '-o', 'json').stdout)
    last = json.loads(run(EXHIBIT, 'info', good(), '-o', 'json').stdout)['files'][0]['blocks']
    f, first, count = damaged(good(), 'manifest', last)
    check(count == 1, count)
    p = run(EXHIBIT, 'list', f, *VKEY, '-o', 'json', status=1)
    # how old each is rests on the manifest's clock alone, which nobody can read now
    aged = [dict(r, age_ms=None) for r in whole['remediations']]
    check(json.loads(p.stdout)['remediations'] == aged != whole['remediations'], p.stdout)
    check(p.stderr.count(b'[A09]') == 1 and b'[A22]' not in p.stderr, p.stderr)
    v = verify(f, *VKEY, status=1)
    check(
        sorted(a['id'] for a in v['findings'] if a['level'] == 'alarm') == ['A01', 'A09', 'A17'],
        v['findings'],
    )
    f, first, count = damaged(good(), 'rows', 1)
    for line in run(EXHIBIT, 'cat', good(), '--kind', 'event').stdout.decode().splitlines()[:1]:
        event = json.loads(line)['event_id']
    p = run(EXHIBIT, 'cat', f, *VKEY, '--id', event, status=1)
    check(b'not among what can be read' in p.stderr, p.stderr)
    run(EXHIBIT, 'cat', good(), *VKEY, '--id', '00000000-0000-4000-8000-000000000000', status=66)


@test
def one_event_in_two_files_is_counted_once():
    rs = small()
    one = archive('twice-1', jsonl('twice-1.jsonl', rs[:10]), options=['--unsealed'])[0]
    two = archive('twice-2', jsonl('twice-2.jsonl', rs), options=['--unsealed'])[0]
    v = json.loads(run(EXHIBIT, 'verify', one, two, '-o', 'json', status=None).stdout)
    alone = json.loads(run(EXHIBIT, 'verify', two, '-o', 'json', status=None).stdout)
    check(
        v['archive']['events'] == len(rs)
        and v['source_chain']['matching'] == alone['source_chain']['matching'],
        'counted once',
    )
    check(
        alarms(v) == [] and 'N09' in {x['id'] for x in v['findings']},
        [x['sentence'] for x in alarms(v)],
    )
    other = json.loads(json.dumps(rs))
    other[3]['event_outcome'] = 'failure' if other[3]['event_outcome'] != 'failure' else 'success'
    three = archive('twice-3', jsonl('twice-3.jsonl', other), options=['--unsealed'])[0]
    v = json.loads(run(EXHIBIT, 'verify', one, three, '-o', 'json', status=None).stdout)
    check(
        [x['event_ids'] for x in alarms(v) if x['id'] == 'S41'] == [[rs[3]['event_id']]],
        'other content under one id',
    )


@test
def versions_of_one_row_are_judged():
    rs = small()
    row = rs[4]
    check(row['event_hash'], 'a hashed row')
    for name, change, ids in (
        ('retention', {'retention_days': row['retention_days'] + 1}, 'N07'),
        ('edit', {'event_action': 'other'}, 'S41'),
        ('hold', {'legal_hold': True, 'legal_hold_reason': 'x'}, 'N02'),
    ):
        f = archive(
            'version-' + name,
            jsonl('version-' + name + '.jsonl', rs + [dict(row, **change)]),
            status=6,
        )[0]
        v = verify(f, *VKEY, status=None)
        check(
            ids in {x['id'] for x in v['findings']} and bool(alarms(v)) == (ids == 'S41'),
            (name, [x['id'] for x in v['findings']]),
        )


@test
def increments_without_news_name_their_source():
    rs = small()
    d = path('judged-news')
    os.makedirs(d)

    def out(n):
        return f'{d}/{n}.exhibit'

    run(EXPORT, 'archive', jsonl('judged-news.jsonl', rs), '--out', out(1), *ORIGIN)
    run(
        EXPORT,
        'archive',
        path('judged-news.jsonl'),
        '--out',
        out(2),
        *ORIGIN,
        '--after',
        out(1),
        status=0,
    )
    v = verify(out(1), out(2), *VKEY, status=0)
    check('I05' not in {x['id'] for x in v['findings']}, 'the newest row was seen again')
    check(any('NO NEW EVENT' in h for h in verify(out(2), *VKEY, status=2)['headline']), 'no news')
    cut = path('judged-news-cut.exhibit')
    open(cut, 'wb').write(open(out(2), 'rb').read()[:20000])
    for f, status in ((cut, 1), (LC, 5)):
        v = verify(f, *VKEY, status=status)
        check(not any('NO NEW EVENT' in h for h in v['headline']), (f, v['headline']))
    part = path('judged-news-part')
    os.makedirs(part)
    shutil.copyfile(out(1), part + '/1.exhibit')
    run(
        EXPORT,
        'archive',
        jsonl('judged-old.jsonl', rs[:2]),
        '--out',
        part + '/2.exhibit',
        *ORIGIN,
        '--after',
        part + '/1.exhibit',
        status=0,
    )
    v = verify(part + '/1.exhibit', part + '/2.exhibit', *VKEY, status=2)
    check(
        'I05' in {x['id'] for x in v['findings']}
        and any('ANOTHER SOURCE' in h for h in v['headline']),
        v['headline'],
    )


@test
def a_declared_period_is_judged_by_itself():
    f = archive('scope', LC, options=[*ORIGIN, '--until', '2026-11-19T00:00:00Z'])[0]
    verify(f, *VKEY, status=2)
    v = verify(f, *VKEY, '--scope', '2026-11-17..2026-11-17', status=None)
    check(
        'I04' not in {x['id'] for x in v['findings']}
        and not any('LEFT OUT' in h.upper() for h in v['headline']),
        v['headline'],
    )
    v = verify(f, *VKEY, '--scope', '2026-11-17..2026-11-20', status=2)
    check({'I04', 'I06'} <= {x['id'] for x in v['findings']}, 'beyond what was asked for')
    v = verify(f, *VKEY, '--scope', '2025-01..2025-02', status=2)
    check(
        'nothing was looked at' in next(x['sentence'] for x in v['findings'] if x['id'] == 'I06'),
        v['findings'],
    )
    whole = archive('scope-whole', LC)[0]
    v = verify(whole, *VKEY, '--scope', '2026-11-17T00:00:00Z..2026-11-19T00:00:00Z', status=None)
    cut = next((x for x in v['findings'] if x['id'] == 'N10'), None)
    ends = [
        json.loads(l)
        for l in run(EXHIBIT, 'list', whole, *VKEY, '-o', 'jsonl').stdout.decode().split('\n')
        if l
    ]
    want = {
        x['correlation_id']
        for x in ends
        if (x['first'] < '2026-11-17' < x['last']) or (x['first'] < '2026-11-19' <= x['last'])
    }
    check(
        bool(want) == (cut is not None) and (not cut or set(cut['correlation_ids']) == want),
        (want, cut),
    )
    run(EXHIBIT, 'verify', f, *VKEY, '--scope', '2026-11-30..2026-11-01', status=64)


@test
def an_object_that_cannot_be_read_is_named():
    d = path('unread-object')
    small_collection(d)
    f = archive('unread-object-a', d, options=['--unsealed'], status=None)[0]
    o = [
        x
        for x in json.loads(run(EXHIBIT, 'verify', f, '-o', 'json', status=None).stdout)['findings']
        if x['id'] == 'O05'
    ]
    check(
        o
        and all(
            'crds/remediationrequests/all-instances.yaml' in x['sentence']
            and 'rr-ü' in x['sentence']
            for x in o
        ),
        o,
    )


@test
def the_ledger_excludes_no_more_than_was_proved():
    def ledger(f, *more):
        run(EXHIBIT, 'report', f, *VKEY, *more, '--out', fresh(path('ledger.html')), status=None)
        page = open(path('ledger.html')).read()
        return {
            m[0]: m[1]
            for m in re.findall(
                r'<tr><td>([^<]*)</td><td class="s-[a-z]*">(excluded|found|not excluded)</td>', page
            )
        }

    unkeyed = ledger(archive('ledger-unkeyed', LC)[0])
    check(
        all(
            s == 'not excluded'
            for t, s in unkeyed.items()
            if t.startswith(
                (
                    'A source record edited',
                    'Rows deleted',
                    'Unkeyed rows',
                    'The last rows',
                    'The holder',
                    'An older',
                )
            )
        ),
        unkeyed,
    )
    keyed = ledger(
        archive('ledger-keyed', FIX + '/keyed.jsonl')[0], '--hmac-key-file', FIX + '/hmac.key'
    )
    check(
        keyed['The last rows, or a whole remediation, deleted before export'] == 'not excluded',
        keyed,
    )
