"""Tests of the archive as tables: the six audit tables, SQL over them, and plain tables for other
tools.
"""

import collections, csv, decimal, errno, io, random, uuid

from harness import *
import forge
from suite_stories import event, put, BEGIN, SHARED

AUDIT = (
    'orchestration_audit',
    'signal_processing_audit',
    'ai_analysis_audit',
    'workflow_execution_audit',
    'notification_audit',
    'effectiveness_audit',
)
LC_FILE = {}


def lc():
    if 'f' not in LC_FILE:
        LC_FILE['f'] = archive('tables-lc', FIX + '/lifecycles.sql')[0]
    return LC_FILE['f']


def zstd(p):
    return [
        l
        for l in (
            subprocess.run(['zstd', '-dcq', p], capture_output=True, check=True)
            .stdout.decode()
            .split('\n')
        )
        if l
    ]


def exact(s):
    return json.loads(s, parse_float=decimal.Decimal, parse_int=decimal.Decimal)


def sql(f, *argv, status=0, **more):
    return run(EXHIBIT, 'sql', f, *VKEY, *argv, status=status, **more)


def ask(f, q, *argv, status=0):
    return [
        json.loads(l)
        for l in sql(f, q, '-o', 'jsonl', *argv, status=status).stdout.decode().split('\n')
        if l
    ]


def lines_of(text):
    return [json.loads(l) for l in text.split('\n') if l]


def table(f, t, status=0):
    return [
        exact(l)
        for l in sql(f, '--table', t, '-o', 'jsonl', status=status).stdout.decode().split('\n')
        if l
    ]


def right(f, want, what, status=0):
    for t in AUDIT:
        w = [exact(l) for l in zstd(want(t))]
        g = table(f, t, status)
        bad = []
        check(len(w) == len(g), (what, t, 'rows', len(w), len(g)))
        for x, y in zip(w, g):
            check(set(x) == set(y), (what, t, set(x) ^ set(y)))
            bad += [
                (x['remediation_id'], k, str(x[k])[:200], str(y[k])[:200])
                for k in x
                if x[k] != y[k] or type(x[k]) != type(y[k])
            ]
        check(not bad, (what, t, len(bad), bad[:4]))


@test
def audit_tables_as_they_are_read():
    """Every place where the rules could be read in two ways; rows in any order, a third of them
    twice, under new ids: the same.
    """
    rows = zstd(FIX + '/tables/rows.jsonl.zst')
    truth = lambda t: f'{FIX}/tables/{t}.jsonl.zst'
    rng = random.Random(7)

    def archived(name, rs):
        open(path(name + '.jsonl'), 'w').write('\n'.join(rs) + '\n')
        return archive(name, path(name + '.jsonl'), status=None)[0]

    right(archived('readings', rows), truth, 'as they are')
    mixed = rows[:]
    rng.shuffle(mixed)
    right(archived('readings-mixed', mixed), truth, 'in another order')
    twice = rows[:]
    for l in rows:
        if rng.random() < 0.3:
            r = json.loads(l)
            r['event_id'] = 'ffffffff' + r['event_id'][8:]
            twice.append(json.dumps(r, ensure_ascii=False))
    rng.shuffle(twice)
    right(archived('readings-twice', twice), truth, 'a third of them twice')


@test
def audit_tables_of_real_rows():
    """Every set that stands beside this checkout, against what an independent program makes of its
    rows; new ids for all rows change nothing but what the id decides.
    """
    for d in sorted(os.listdir(SHARED + '/truth') if os.path.isdir(SHARED + '/truth') else []):
        s = next(
            (
                p
                for p in (f'{SHARED}/sets/{d}/dump.sql', f'{SHARED}/sets/{d}/dump.sql.zst')
                if os.path.exists(p)
            ),
            None,
        )
        if s and d != 'big':
            right(
                archive('tables-' + d, s, status=None)[0],
                lambda t: f'{SHARED}/truth/{d}/{t}.jsonl.zst',
                d,
                status=None,
            )
    rs = [json.loads(l) for l in run(EXHIBIT, 'cat', lc(), *VKEY).stdout.decode().split('\n') if l]
    rng = random.Random(3)
    for r in rs:
        r['event_id'] = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        r['event_hash'] = r['previous_event_hash'] = None
    rng.shuffle(rs)
    f = put('tables-new-ids', rs)
    for t in AUDIT:
        check(table(lc(), t) == table(f, t), t)
    for x, y in zip(
        table(lc(), 'orchestration_audit'), ask(lc(), 'SELECT * FROM remediations ORDER BY first')
    ):
        check(
            x['remediation_id'] == y['correlation_id'] and x['completed_at'] == y['ended_at'],
            (x, y),
        )


def same_figures(base, name):
    rng = random.Random(11)
    plain, twice = [], []
    for l in filter(None, run(EXHIBIT, 'cat', base, *VKEY).stdout.decode().split('\n')):
        r = dict(json.loads(l), event_hash=None, previous_event_hash=None)
        plain.append(r)
        again = rng.random() < 0.3 or r['event_type'] == 'orchestrator.approval.requested'
        for _ in range(1 + again):
            twice.append(dict(r, event_id=str(uuid.UUID(int=rng.getrandbits(128), version=4))))
    rng.shuffle(twice)
    check(len(twice) > 1.2 * len(plain), 'some are there twice')
    f, g = put(name + '-once', plain), put(name + '-twice', twice)
    counts = {
        'remediations': {'events'},
        'approvals': {'events', 'repeated_deliveries'},
        'fields': {'event_id', 'position'},
    }
    for t in (*AUDIT, 'remediations', 'approvals', 'populations', 'fields'):
        x, y = (
            [{k: v for k, v in r.items() if k not in counts.get(t, ())} for r in table(a, t)]
            for a in (f, g)
        )
        check(x and x == y, (name, t, [p for p in zip(x, y) if p[0] != p[1]][:2]))
    # CP-04 asks for repeated deliveries
    x, y = ({r['rule']: r for r in table(a, 'controls') if r['rule'] != 'CP-04'} for a in (f, g))
    check(x == y, (name, [(x[k], y[k]) for k in x if x[k] != y[k]]))
    for argv in (['--id', ask(f, 'SELECT correlation_id c FROM remediations')[1]['c']], []):
        x, y = (
            json.loads(run(EXHIBIT, 'analysis', a, *VKEY, *argv, '-o', 'json', status=None).stdout)
            for a in (f, g)
        )
        check(x and without_ids(x) == without_ids(y), (name, argv))


@test
def no_figure_counts_a_delivery_twice():
    """Rows in any order, all under new ids, three of ten delivered twice: of every table that is
    made of events nothing differs but what counts rows or names them, and analysis says the same.
    """
    same_figures(lc(), 'figures')
    real = SHARED + '/sets/lifecycles/dump.sql.zst'
    if os.path.exists(real):
        same_figures(archive('figures-real', real, status=None)[0], 'figures-all')


def without_ids(x):
    """A document without what names rows: event ids and positions."""
    if isinstance(x, dict):
        return {
            k: without_ids(v)
            for k, v in x.items()
            if k not in ('event_id', 'event_ids', 'position', 'events', 'files', 'archive')
        }
    return [without_ids(v) for v in x] if isinstance(x, list) else x


@test
def audit_tables_of_awkward_values():
    """Wrong types are absent, integers stay integers, numbers keep their digits, letters of every
    script become small ones.
    """
    at = 'aianalysis.analysis.completed'

    def one(name, *rs):
        f = put(
            name,
            [
                event(
                    -1,
                    'gateway.signal.received',
                    signal_name=7,
                    fingerprint='',
                    namespace={'x': 1},
                    resource_kind='Pod',
                    resource_name='p',
                )
            ]
            + BEGIN
            + list(rs),
        )
        return (
            table(f, 'ai_analysis_audit')[0],
            table(f, 'orchestration_audit')[0],
            table(f, 'signal_processing_audit')[0],
        )

    a, o, s = one(
        'awkward-1',
        event(3, at, confidence='0.9'),
        event(
            4,
            'signalprocessing.classification.decision',
            environment='ÄÖΣ İSTANBUL ΑΣ',
            severity=['x'],
        ),
    )
    check(
        a['action_confidence'] is None
        and o['signal_fingerprint'] is None
        and s['environment'] == 'ÄÖΣ İSTANBUL ΑΣ'.lower()
        and s['severity'] is None,
        (a, s),
    )
    for digits in (
        '0.4640',
        '1e-7',
        '123456789012345678901234567890',
        '0.1000000000000000055511151231257827',
        '-0.0',
        '1.50E+2',
    ):
        r = (
            [event(-1, 'gateway.signal.received', signal_name='x')]
            + BEGIN
            + [event(3, at, confidence=1)]
        )
        open(path('digits.jsonl'), 'w').write(
            '\n'.join(
                json.dumps(x).replace('"confidence": 1}', f'"confidence": {digits}}}') for x in r
            )
            + '\n'
        )
        f = archive('digits-' + digits, path('digits.jsonl'))[0]
        got = table(f, 'ai_analysis_audit')[0]['action_confidence']
        check(got == decimal.Decimal(digits), (digits, got))
    for n, want in (
        ('9223372036854775807', 9223372036854775807),
        ('9223372036854775808', None),
        ('1.0', None),
        ('-5', -5),
    ):
        r = (
            [event(-1, 'gateway.signal.received', signal_name='x')]
            + BEGIN
            + [event(3, 'aianalysis.aiagent.result', duration_ms=1)]
        )
        open(path('whole.jsonl'), 'w').write(
            '\n'.join(
                json.dumps(x).replace('"duration_ms": 1}', f'"duration_ms": {n}}}') for x in r
            )
            + '\n'
        )
        check(
            table(archive('whole-' + n, path('whole.jsonl'))[0], 'ai_analysis_audit')[0][
                'investigation_duration_ms'
            ]
            == want,
            n,
        )
    f = put(
        'no-lifecycle',
        [
            event(0, 'gateway.signal.received', signal_name='x'),
            event(1, 'notification.message.sent', notification_id='n', channel='b'),
            event(2, 'notification.message.failed', notification_id='n', channel='a', error='e'),
            event(3, 'notification.message.sent', notification_id='n'),
        ],
    )
    n = table(f, 'notification_audit')[0]
    check(
        n['channels'] == ['a', 'b']
        and n['channel'] is None
        and n['delivery_status'] == 'partial'
        and [x['attempt'] for x in n['delivery_attempts']] == [1, 1, 1]
        and n['error_message'] == 'e',
        n,
    )
    check(
        table(f, 'ai_analysis_audit') == []
        and table(f, 'orchestration_audit')[0]['overall_phase'] is None,
        'what is not there is no row',
    )


@test
def contract_of_columns():
    """--columns and .schema say what formats/tables.md says; every column of a table, and no other,
    comes with *.
    """
    page = open(TOP + '/formats/tables.md').read()
    names = [
        x['table']
        for x in map(
            json.loads, sql(lc(), '--tables', '-o', 'jsonl').stdout.decode().strip().split('\n')
        )
    ]
    check(set(AUDIT) < set(names) and 'events' in names, names)
    for t in names:
        c = [
            json.loads(l)
            for l in sql(lc(), '--columns', t, '-o', 'jsonl').stdout.decode().strip().split('\n')
        ]
        part = page.split(f'| column of {t} |')[1].split('\n\n')[0]
        for x in c:
            check(
                f"| `{x['column']}` | {x['type']} | {x['unit'] or '—'} | {x['grade']} |" in part,
                (t, x),
            )
        check(part.count('\n| `') == len(c), t)
        head = (
            sql(lc(), f'SELECT * FROM "{t}" LIMIT 0', '-o', 'csv')
            .stdout.decode()
            .strip()
            .replace('"', '')
            .split(',')
        )
        check(head == [x['column'] for x in c if x['column'] != 'event_time_us'], (t, head))
    for t in AUDIT:
        null = [
            x['column']
            for x in map(
                json.loads,
                sql(lc(), '--columns', t, '-o', 'jsonl').stdout.decode().strip().split('\n'),
            )
            if x['grade'] == 'not derivable'
        ]
        check(all(r[k] is None for r in table(lc(), t) for k in null), (t, null))


@test
def events_are_what_cat_prints():
    """Every column of every event, and the same through every index that a query may use."""
    want = [
        json.loads(l) for l in run(EXHIBIT, 'cat', lc(), *VKEY).stdout.decode().split('\n') if l
    ]
    got = ask(lc(), 'SELECT * FROM events')
    check(len(want) == len(got), len(got))
    for w, g in zip(want, got):
        for k in w:
            check(
                w[k] == g[k]
                or k in ('event_timestamp', 'legal_hold_placed_at')
                and w[k][:19] == g[k][:19],
                (k, w[k], g[k]),
            )
    some = random.Random(1).sample(got, 12)
    for x in some:
        for k in ('event_id', 'correlation_id', 'event_type', 'position', 'event_timestamp'):
            v = x[k] if isinstance(x[k], int) else "'" + x[k] + "'"
            a = ask(lc(), f'SELECT position FROM events WHERE {k} = {v} ORDER BY position')
            b = ask(lc(), f'SELECT position FROM events WHERE +{k} = {v} ORDER BY position')
            check(a == b and {'position': x['position']} in a, (k, v, len(a), len(b)))
    p = [x['position'] for x in got]
    mid = p[len(p) // 2]
    day = got[len(got) // 2]['event_timestamp']
    for a, b in (
        (f"position > {mid}", f"+position > {mid}"),
        (f"position BETWEEN {mid} AND {mid + 9}", f"+position BETWEEN {mid} AND {mid + 9}"),
        (f"event_timestamp >= '{day}'", f"+event_timestamp >= '{day}'"),
        (f"event_timestamp < '{day[:10]}'", f"+event_timestamp < '{day[:10]}'"),
        ("event_type LIKE 'gateway.%'", "+event_type LIKE 'gateway.%'"),
        ("event_type LIKE 'GateWay.%'", "+event_type LIKE 'GateWay.%'"),
        ("event_type LIKE '%crd%'", "+event_type LIKE '%crd%'"),
        ("event_type LIKE 'gateway_crd%'", "+event_type LIKE 'gateway_crd%'"),
        (
            "event_type IN ('gateway.signal.received','x')",
            "+event_type IN ('gateway.signal.received','x')",
        ),
        ("event_id = 'no id'", "+event_id = 'no id'"),
        ("correlation_id = NULL", "+correlation_id = NULL"),
        ("event_type = 5", "+event_type = 5"),
        (
            f"correlation_id = '{got[0]['correlation_id']}' AND position > {mid}",
            f"+correlation_id = '{got[0]['correlation_id']}' AND +position > {mid}",
        ),
    ):
        x = ask(lc(), f'SELECT count(*) n, min(position) a, max(position) b FROM events WHERE {a}')
        y = ask(lc(), f'SELECT count(*) n, min(position) a, max(position) b FROM events WHERE {b}')
        check(x == y, (a, x, y))
    e = {
        x['event_id']: x
        for x in map(
            json.loads,
            filter(
                None,
                run(EXHIBIT, 'verify', lc(), *VKEY, '--each', status=None)
                .stdout.decode()
                .split('\n'),
            ),
        )
    }
    for x in got:
        check(
            (x['content'], x['link'])
            == (e[x['event_id']]['content'], e[x['event_id']].get('link')),
            x['event_id'],
        )
    check(
        ask(
            lc(),
            'SELECT count(*) n FROM events e JOIN events p ON p.event_hash = e.previous_event_hash'
            ' AND p.correlation_id = e.correlation_id',
        )[0]['n']
        == sum(x.get('link') == 'linked' for x in e.values()),
        'joined with itself',
    )


def counted_as_read(f, what, status=0):
    """Counts by type, and of all: those of the rows as they are read. Gives them back."""
    quick = {
        r['t']: r['n']
        for r in ask(f, 'SELECT event_type t, count(*) n FROM events GROUP BY 1', status=status)
    }
    slow = collections.Counter(
        r['t'] for r in ask(f, 'SELECT event_type t, event_id FROM events', status=status)
    )
    [all] = ask(f, 'SELECT count(*) n FROM events', status=status)
    check(
        quick == slow and list(quick) == sorted(quick, key=str.encode), (what, quick, slow)
    )
    check(all['n'] == sum(slow.values()), (what, all, slow))
    places = [
        ask(f, f'SELECT rowid p FROM events{x}', status=status)
        for x in ('', ' WHERE event_id IS NOT NULL')
    ]
    check(places[0] == places[1], (what, 'places'))
    return quick


@test
def counts_by_type_are_those_of_rows():
    """What heads of blocks and the index of types tell is what the rows say, with conflicts, types
    that the index cuts, damaged blocks and damaged pages too.
    """
    counted_as_read(lc(), 'whole')
    # conflicts stand in the index, and are no events
    o = small()
    open(path('counted.jsonl'), 'w').write(
        ''.join(json.dumps(r) + '\n' for r in o + [dict(o[0], actor_id='another')])
    )
    f = archive('counted-conflict', path('counted.jsonl'), status=None)[0]
    check(ask(f, 'SELECT count(*) n FROM conflicts') == [{'n': 1}], 'a conflict')
    check(sum(counted_as_read(f, 'a conflict').values()) == len(o), 'without it')
    # a type that the index cuts
    long = 'x' * 1100
    f = put('counted-long', [event(0, long + 'a'), event(1, long + 'b'), event(2, 'y')])
    check(counted_as_read(f, 'long') == {long + 'a': 1, long + 'b': 1, 'y': 1}, 'long types')
    # blocks and pages that are not as they were sealed
    whole = counted_as_read(good(), 'several blocks')
    f = copy('counted-block')
    edit(f, 'UPDATE data SET data = zeroblob(length(data)) WHERE no = 2')
    retrailer(f)
    left = counted_as_read(f, 'a damaged block', status=1)
    check(sum(left.values()) < sum(whole.values()), (left, whole))
    f = copy('counted-page')
    edit(f, 'UPDATE idx SET data = zeroblob(length(data)) WHERE kind = 3')
    retrailer(f)
    check(counted_as_read(f, 'a damaged page', status=None) == whole, 'rows are read')


@test
def correlations_looked_up_are_those_of_all():
    """The first few correlations of a query come from the index, each by itself, behind them all
    are loaded; a damaged page is not relied on, and an id that nothing has has no row.
    """
    f = good()
    all_ = {
        r['c']: r['n']
        for r in ask(f, 'SELECT correlation_id c, count(*) n FROM events GROUP BY 1')
    }
    real = SHARED + '/sets/lifecycles/dump.sql.zst'
    real = archive('looked-up', real, status=None)[0] if os.path.exists(real) else lc()
    many = {
        r['c']: r['n']
        for r in ask(real, 'SELECT correlation_id c, count(*) n FROM events GROUP BY 1')
    }
    damaged = copy('looked-up-page')
    edit(damaged, 'UPDATE idx SET data = zeroblob(length(data)) WHERE kind = 2')
    retrailer(damaged)
    for a, want, status in ((f, all_, 0), (real, many, None), (damaged, all_, 1)):
        for n in (1, 2, len(want)):
            some = sorted(want)[:n] + ['nope', "it's", '']
            names = ', '.join("'" + c.replace("'", "''") + "'" for c in some)
            got = ask(
                a,
                'SELECT correlation_id c, count(*) n FROM events'
                f' WHERE correlation_id IN ({names}) GROUP BY 1 ORDER BY 1',
                status=status,
            )
            check(
                {r['c']: r['n'] for r in got} == {c: want[c] for c in some if c in want},
                (a, n, len(got)),
            )
    # and both in one: the same remediation by itself, and beside all
    q = (
        "SELECT count(*) n FROM events e JOIN remediations r USING (correlation_id)"
        " WHERE e.correlation_id = :c OR r.phase IS NOT NULL"
    )
    n = ask(lc(), q, '--param', 'c=x')[0]['n']
    q = 'SELECT sum(events) n FROM remediations WHERE phase IS NOT NULL'
    check(n == ask(lc(), q)[0]['n'], n)


@test
def counts_do_not_believe_an_index():
    """One that its signer made without an event is not used."""
    a = forge.Archive(lc())
    groups = []

    def pages(sealed):
        at, blocks = a.first, []
        for no, rs in enumerate(groups, 1):
            blocks.append((no, at, rs))
            at += len(rs)
        lost = next(r for r in a.records if r.kind == forge.EVENT)
        kind, lost.kind = lost.kind, forge.CONTEXT
        lies = [p for p in forge.index_pages(blocks, a.first) if p[0] == 3]
        lost.kind = kind
        return [p for p in sealed if p[0] < 3] + lies + [p for p in sealed if p[0] > 3]

    f = a.write(
        path('lying-index/a.exhibit'),
        forge.Signer(FIX + '/test.key'),
        groups=lambda g: groups.__setitem__(slice(None), g),
        pages=pages,
    )
    altered(f, 'A20')
    check(
        counted_as_read(f, 'a lying index') == counted_as_read(lc(), 'an honest one'), 'not used'
    )


@test
def one_correlation_is_judged_as_all():
    """content and link of one correlation are those of the whole verification, whatever was done to
    its rows.
    """
    r = small()
    r[3]['actor_id'] = 'm'
    r[5]['event_hash'] = 'ab' * 32
    r[6]['event_hash'] = r[6]['previous_event_hash'] = None
    r[2]['event_timestamp'] = r[2]['event_timestamp'].replace('+00:00', 'Z')
    r[1]['correlation_id'] = 'other'
    r[7]['previous_event_hash'] = r[1]['event_hash']
    open(path('judged.jsonl'), 'w').write('\n'.join(map(json.dumps, r[:-2])) + '\n')
    odd = archive('judged-odd', path('judged.jsonl'), status=None)[0]
    keyed = archive('judged-keyed', FIX + '/keyed.jsonl', status=None)[0]
    seen = set()
    for f, more in (
        (lc(), ()),
        (odd, ()),
        (keyed, ()),
        (keyed, ('--hmac-key-file', FIX + '/hmac.key')),
        (good(), ()),
    ):
        if more and not os.path.exists(more[1]):
            continue
        e = {
            x['event_id']: (x['content'], x.get('link'))
            for x in map(
                json.loads,
                filter(
                    None,
                    run(EXHIBIT, 'verify', f, *VKEY, *more, '--each', status=None)
                    .stdout.decode()
                    .split('\n'),
                ),
            )
        }
        for c in [
            x['c']
            for x in ask(
                f, 'SELECT DISTINCT correlation_id c FROM events LIMIT 12', *more, status=None
            )
        ]:
            g = ask(
                f,
                'SELECT event_id, content, link FROM events WHERE correlation_id = :c',
                '--param',
                'c=' + c,
                *more,
                status=None,
            )
            seen |= {(x['content'], x['link']) for x in g}
            check(
                g and all((x['content'], x['link']) == e[x['event_id']] for x in g),
                (
                    f,
                    c,
                    [
                        (x, e[x['event_id']])
                        for x in g
                        if (x['content'], x['link']) != e[x['event_id']]
                    ][:3],
                ),
            )
    check(
        {'match', 'mismatch', 'no-hash'} <= {x[0] for x in seen}
        and {'linked', 'first', 'missing'} <= {x[1] for x in seen},
        seen,
    )


@test
def tables_are_what_other_verbs_print():
    f = lc()
    a = [
        json.loads(l)
        for l in run(EXHIBIT, 'approvals', f, *VKEY, '-o', 'jsonl').stdout.decode().split('\n')
        if l
    ]
    t = {x['correlation_id']: x for x in ask(f, 'SELECT * FROM approvals')}
    for x in a:
        y = t[x['correlation_id']]
        check(set(y) - set(x) == {'by_person'} and all(y[k] == x[k] for k in x), (x, y))
    whole = run(EXHIBIT, 'analysis', f, *VKEY, '--all', '-o', 'jsonl').stdout.decode()
    figures = ask(f, 'SELECT * FROM analysis')
    check([x['document'] for x in figures] == lines_of(whole) and figures, 'analysis')
    for x in figures:
        d = x['document']
        check(
            (x['correlation_id'], x['result'], x['total_ms'], x['signal'], x['received_at'])
            == (
                d['correlation_id'],
                d['result'],
                d['total_ms'],
                d['head']['signal'],
                d['head']['received_at'],
            )
            and x['bottleneck'] == (d['bottleneck'] or {}).get('phase')
            and x['phases'] == d['phases']
            and x['interventions'] == len(d['interventions'])
            and x['effectiveness_score'] == d['effectiveness']['score'],
            x,
        )
    # what --tables says of rows that nobody has made yet
    rows = {
        x['table']: x['rows']
        for x in lines_of(sql(f, '--tables', '-o', 'jsonl').stdout.decode())
    }
    for name in ('contexts', 'rejects', 'inputs', 'controls', 'analysis', 'approvals'):
        n = ask(f, f'SELECT count(*) n FROM {name}')[0]['n']
        check(int(rows[name]) == n, (name, rows[name], n))
    check(rows['findings'] == '?', rows)
    l = {
        x['correlation_id']: x
        for x in map(
            json.loads,
            filter(None, run(EXHIBIT, 'list', f, *VKEY, '-o', 'jsonl').stdout.decode().split('\n')),
        )
    }
    for x in ask(f, 'SELECT * FROM remediations'):
        check(
            (x['phase'], x['outcome'], x['ended_at'], x['events'], x['first'], x['last'])
            == tuple(
                l[x['correlation_id']][k]
                for k in ('phase', 'outcome', 'ended_at', 'events', 'first', 'last')
            ),
            x,
        )
    for c in l:
        s = json.loads(run(EXHIBIT, 'timeline', f, *VKEY, '--id', c, '-o', 'json').stdout)['steps']
        g = ask(
            f, 'SELECT * FROM timeline WHERE correlation_id = :c ORDER BY step', '--param', 'c=' + c
        )
        check(
            [
                (
                    x['event_id'],
                    x['sentence'],
                    x['order'],
                    x.get('stored_after'),
                    x.get('contradicts_time', False),
                )
                for x in s
            ]
            == [
                (
                    x['event_id'],
                    x['sentence'],
                    x['order_by'],
                    x['stored_after'],
                    x['contradicts_time'],
                )
                for x in g
            ],
            c,
        )
    p = json.loads(run(EXHIBIT, 'populations', f, *VKEY, '-o', 'json', '--ids').stdout)[
        'populations'
    ]
    got = {}
    for x in ask(f, 'SELECT * FROM populations'):
        got.setdefault(x['population'], []).append(x['correlation_id'])
    check(
        {k: sorted(v['ids']) for k, v in p.items() if v['ids']}
        == {k: sorted(v) for k, v in got.items()},
        'populations',
    )
    k = json.loads(run(EXHIBIT, 'controls', f, *VKEY, '-o', 'json').stdout)['rules']
    check(
        [(r['id'], r['passed'], len(r['exceptions'])) for r in k]
        == [(x['rule'], x['passed'], x['exceptions']) for x in ask(f, 'SELECT * FROM controls')],
        'controls',
    )
    check(
        sorted((r['id'], x['correlation_id'], x['sentence']) for r in k for x in r['exceptions'])
        == sorted(
            (x['rule'], x['correlation_id'], x['sentence'])
            for x in ask(f, 'SELECT * FROM exceptions')
        ),
        'exceptions',
    )
    v = verify(f, *VKEY)
    check(
        sorted((x['id'], x['sentence']) for x in v['findings'])
        == sorted((x['id'], x['sentence']) for x in ask(f, 'SELECT * FROM findings')),
        'findings',
    )
    m = json.loads(run(EXHIBIT, 'info', f, *VKEY, '-o', 'json').stdout)['files'][0]['manifest']
    check(
        {(x['day'], x['event_type']): x['events'] for x in ask(f, 'SELECT * FROM manifests')}
        == {(d, t): n for d, c in m['days'].items() for t, n in c.items()},
        'manifests',
    )
    check(
        ask(f, 'SELECT sum(events) n FROM inputs')[0]['n']
        == len(ask(f, 'SELECT position FROM events')),
        'inputs',
    )
    c = sorted(l)[0]
    rr = json.loads(run(EXHIBIT, 'reconstruct', f, *VKEY, '--id', c, '-o', 'json').stdout)
    g = {x['path']: x for x in ask(f, f"SELECT * FROM fields WHERE correlation_id = '{c}'")}
    check(
        g['status.overallPhase']['value'] == rr['remediation_request']['status']['overallPhase']
        and {p['path']: p['event_id'] for p in rr['provenance']}['status.overallPhase']
        == g['status.overallPhase']['event_id'],
        g['status.overallPhase'],
    )


@test
def where_rows_come_from():
    """file, position and state of every table, by name only; in joins a bare name means the column
    that is shown.
    """
    f = lc()
    first = {}
    for x in ask(f, 'SELECT correlation_id, position FROM events'):
        first[x['correlation_id']] = min(first.get(x['correlation_id'], 1 << 60), x['position'])
    for t in ('remediations', 'approvals', 'populations', 'exceptions', *AUDIT):
        key = 'remediation_id' if t in AUDIT else 'correlation_id'
        r = ask(f, f'SELECT {key} c, file, position, state FROM "{t}"')
        check(
            (r or t == 'exceptions')
            and all(
                x['file'] == 'a.exhibit'
                and x['position'] == first[x['c']]
                and x['state'] == 'verified'
                for x in r
            ),
            (t, r[:2]),
        )
    names = [
        x['table']
        for x in map(
            json.loads, sql(f, '--tables', '-o', 'jsonl').stdout.decode().strip().split('\n')
        )
    ]
    for t in names:
        sql(f, f'SELECT file, position, state FROM "{t}" LIMIT 1')
    for t in (
        'events',
        'rejects',
        'conflicts',
        'contexts',
        'retention_runs',
        'source_notifications',
        'dead_letters',
        'inputs',
        'manifests',
    ):
        check(
            {'file', 'position', 'state'}
            <= set(
                sql(f, f'SELECT * FROM {t} LIMIT 0', '-o', 'csv')
                .stdout.decode()
                .strip()
                .replace('"', '')
                .split(',')
            ),
            t,
        )
    last = ask(f, 'SELECT max(position) p FROM manifests')[0]['p']
    check(
        ask(f, f'SELECT file FROM inputs WHERE position <> {last}') == []
        and last == sum(
            ask(f, 'SELECT count(*) n FROM ' + t)[0]['n']
            for t in ('events', 'contexts', 'rejects', 'conflicts', 'dead_letters')
        ),
        'the manifest is the last record',
    )
    for q, w in (
        (
            (
                'SELECT position, file, state FROM events JOIN remediations USING (correlation_id)'
                ' ORDER BY position'
            ),
            (
                'SELECT e.position, e.file, e.state FROM events e JOIN remediations r USING'
                ' (correlation_id) ORDER BY e.position'
            ),
        ),
        (
            (
                'SELECT position, r.state, file FROM timeline JOIN remediations r USING'
                ' (correlation_id), inputs ORDER BY timeline.position'
            ),
            None,
        ),
        (
            'SELECT position, r.file FROM populations r NATURAL JOIN events ORDER BY 1',
            (
                'SELECT events.position, r.file FROM populations r JOIN events ON'
                ' events.correlation_id = r.correlation_id ORDER BY 1'
            ),
        ),
    ):
        if w:
            check(ask(f, q) == ask(f, w) != [], q)
        else:
            sql(f, q, status=64)  # two tables show it: nobody can tell
    p = sql(
        f, 'SELECT position FROM approvals a JOIN remediations r USING (correlation_id)', status=64
    )
    check(b'ambiguous column name: position' in p.stderr, p.stderr)
    check(
        ask(f, "SELECT count(*) n FROM fields WHERE file = 'a.exhibit' AND state = 'verified'")[0][
            'n'
        ]
        == ask(f, 'SELECT count(*) n FROM fields')[0]['n']
        > 0
        == ask(
            f,
            "SELECT count(*) n FROM controls WHERE file IS NOT NULL OR position IS NOT NULL OR"
            " state <> 'verified'",
        )[0]['n'],
        'of what rests on no record',
    )
    o = json.loads(
        run(
            EXHIBIT,
            'sql',
            f,
            put(
                'where-other', [event(0, 'gateway.signal.received', c='rr-other', signal_name='x')]
            ),
            'SELECT correlation_id c, file, state, position FROM remediations',
            '-o',
            'json',
            status=None,
        ).stdout
    )['rows']
    check(
        {x['c']: x['file'] for x in o}['rr-other']
        != {x['c']: x['file'] for x in o}[next(iter(first))]
        or len({x['position'] for x in o}) > 1,
        o,
    )
    check(all(x['state'] == 'signed by a key that was not given' for x in o), o)


QUESTIONS = [
    (
        "SELECT overall_phase, count(*) n FROM orchestration_audit GROUP BY 1 ORDER BY 1",
        [{'overall_phase': 'completed', 'n': 2}, {'overall_phase': 'failed', 'n': 3}],
    ),
    (
        (
            "SELECT namespace, count(*) n FROM remediations WHERE phase = 'Failed' GROUP BY 1 ORDER"
            " BY 2 DESC, 1 LIMIT 1"
        ),
        None,
    ),
    (
        (
            "SELECT correlation_id FROM approvals WHERE decided_by = :who AND by_person ORDER BY"
            " decided_at"
        ),
        None,
    ),
    ("SELECT count(*) n FROM events WHERE event_category = 'approval'", [{'n': 3}]),
    (
        (
            "SELECT a.approved_by, count(*) n FROM ai_analysis_audit a WHERE a.approval_status ="
            " 'approved' GROUP BY 1"
        ),
        None,
    ),
    (
        (
            "SELECT o.remediation_id, n.message_summary FROM orchestration_audit o JOIN"
            " notification_audit n USING (remediation_id) WHERE o.timeout_phase IS NOT NULL"
        ),
        [],
    ),
    (
        (
            "SELECT json_extract(event_data, '$.workflow_id') w, count(*) n FROM events WHERE"
            " event_type = 'workflowexecution.execution.started' GROUP BY 1 ORDER BY 1"
        ),
        None,
    ),
    (
        (
            "SELECT j.value ->> '$.to' AS phase, count(*) n FROM orchestration_audit o,"
            " json_each(o.service_transitions) j GROUP BY 1 ORDER BY 1"
        ),
        None,
    ),
    (
        (
            "WITH d AS (SELECT correlation_id, decided_at FROM approvals WHERE decision ="
            " 'Approved') SELECT count(*) n FROM d JOIN workflow_execution_audit w ON"
            " w.remediation_id = d.correlation_id WHERE w.execution_started_at >= d.decided_at"
        ),
        [{'n': 1}],
    ),
    (
        "SELECT count(*) n FROM remediations WHERE phase = 'Failed' AND outcome IS NOT NULL",
        [{'n': 0}],
    ),
]


@test
def questions_of_auditors():
    for q, want in QUESTIONS:
        got = ask(lc(), q, *(['--param', 'who=sre-oncall'] if ':who' in q else []))
        check(got == want if want is not None else got, (q, got))
    manual = (
        open(TOP + '/man/exhibit.end.txt')
        .read()
        .split('.Sh SQL')[1]
        .split('.Bd -literal -offset indent\n')[1]
        .split('.Ed')[0]
    )
    twenty = [q.strip() for q in manual.split(';\n') if q.strip()]
    want = [json.loads(l) for l in open(FIX + '/questions.jsonl')]
    check(len(twenty) == 20 == len(want), len(twenty))
    for q, w in zip(twenty, want):
        got = [
            json.loads(l)
            for l in (
                sql(lc(), '-f', '-', '-o', 'jsonl', stdin=q.replace('\\e', '\\').encode())
                .stdout.decode()
                .split('\n')
            )
            if l
        ]
        check(q.startswith('-- ' + w['question'] + '\n') and got == w['rows'], (w['question'], got))
    check(sum(1 for w in want if w['rows']) > 13, 'most have an answer here')
    multi = sql(lc(), 'SELECT 1 AS a; SELECT 2 AS b', '-o', 'jsonl').stdout.decode()
    check(multi == '{"a":1}\n{"b":2}\n', multi)
    check(sql(lc(), stdin=b'SELECT 3 AS c;\n').stdout == b'c\n3\n', 'on standard input')
    open(path('q.sql'), 'w').write('-- a question\nSELECT 4 AS d\n')
    check(b'"d":4' in sql(lc(), '-f', path('q.sql'), '-o', 'json').stdout, 'from a file')


@test
def queries_may_do_what_is_listed():
    """The authorizer's list entry by entry: every function and every pragma that the library has is
    there or refused, and so is every kind of statement.
    """
    f = lc()
    text = open(TOP + '/src/sql/functions.def').read()
    listed = re.findall(r'FUNCTION\("(.+)"\)', text)
    check(listed == sorted(listed), 'sorted')
    here = {
        x['n']: max(x['k'], 0)
        for x in ask(f, 'SELECT name n, max(narg) k FROM pragma_function_list GROUP BY 1')
    }
    check('load_extension' in here and 'regexp' in here and len(here) > 100, here)
    for name in sorted({*here, 'readfile', 'writefile', 'edit'}):
        if not name.isidentifier():
            continue  # -> and ->>
        p = sql(f, f'SELECT {name}({", ".join(["1"] * here.get(name, 1))}) ', status=None)
        refused = b'the archive is read, and nothing else' in p.stderr
        gone = b'no such function' in p.stderr
        check((refused or gone) == (name not in listed), (name, p.returncode, p.stderr))
        check(p.returncode in (0, 64), (name, p.returncode))
    arrows = """SELECT '{"a":1}' -> 'a' x, '{"a":1}' ->> 'a' y"""
    check(ask(f, arrows) == [{'x': '1', 'y': 1}], '->')
    pragmas = [r[0] for r in sqlite3.connect(':memory:').execute('PRAGMA pragma_list')]
    may = {
        'table_info',
        'table_xinfo',
        'table_list',
        'database_list',
        'function_list',
        'compile_options',
        'collation_list',
    }
    check(may < set(pragmas) and len(pragmas) > 50, pragmas)
    for name in pragmas:
        more = '(events)' if name in ('table_info', 'table_xinfo') else ''
        p = sql(f, f'PRAGMA {name}{more} ', status=None)
        check((p.returncode == 0) == (name in may), (name, p.returncode, p.stderr))
        check(name in may or b'nothing else' in p.stderr, (name, p.stderr))
    for q in (
        'CREATE TEMP VIEW x AS SELECT 1',
        'CREATE TEMP TRIGGER x AFTER INSERT ON events BEGIN SELECT 1; END',
        'ROLLBACK',
        'RELEASE x',
        'DROP VIEW IF EXISTS events',
        'REPLACE INTO events VALUES (1)',
        'WITH x AS (SELECT 1) DELETE FROM events',
        "EXPLAIN ATTACH 'x' AS y",
        'SELECT * FROM pragma_user_version',
    ):
        sql(f, q + ' ', status=64)
    for q, n in (
        ('SELECT count(*) n FROM events', None),
        ('WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r LIMIT 9) SELECT count(*) n'
         ' FROM r', 9),
        ("SELECT count(*) n FROM json_each('[1,2]')", 2),
        ("SELECT count(*) n FROM pragma_table_info('populations')", 2),
        ('EXPLAIN QUERY PLAN SELECT 1', None),
    ):
        rows = ask(f, q)
        check(n is None or rows == [{'n': n}], (q, rows))


@test
def queries_match_patterns():
    """REGEXP: patterns of PCRE2 on texts, bounded in steps; null where one is null."""
    q = (
        "SELECT 'abc' REGEXP 'b.' a, 'abc' REGEXP '^b' b, NULL REGEXP 'x' c, 'x' REGEXP NULL d,"
        " 'ä' REGEXP '^.$' e, 12 REGEXP '^1' f"
    )
    check(
        ask(lc(), q) == [{'a': 1, 'b': 0, 'c': None, 'd': None, 'e': 1, 'f': 1}], ask(lc(), q)
    )
    n = ask(lc(), "SELECT count(*) n FROM events WHERE event_type REGEXP '^aianalysis[.]'")
    check(n == ask(lc(), "SELECT count(*) n FROM events WHERE event_type LIKE 'aianalysis.%'"), n)
    for q, words in (
        ("SELECT 'a' REGEXP '(' ", b'the pattern is none, at its character 2'),
        ("SELECT 'a' REGEXP printf('%.*c', 5000, 'a') ", b'longer than 4096 bytes'),
        ("SELECT (printf('%.*c', 40, 'a') || '!') REGEXP '^(a+)+$' ", b'1,000,000 steps'),
        ("SELECT 'a' REGEXP '\\C' ", b'the pattern is none'),
    ):
        p = sql(lc(), q, status=64)
        check(words in p.stderr, (q, p.stderr))


@test
def queries_of_large_and_hostile_values():
    """More rows than memory may hold go through, a value has its bound; names of parameters are
    names; a reader that goes away ends it.
    """
    f = lc()
    rows = (
        'WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r LIMIT 1000)'
        " SELECT printf('%.*c', 1000000, 'x') v FROM r"
    )
    for form, more in (('csv', 300), ('jsonl', 20), ('json', 20)):
        q = rows.replace('1000)', f'{more})')
        argv = [EXHIBIT, 'sql', f, *VKEY, q, '-o', form, *BOX]
        p = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        n, peak = 0, 0
        while b := p.stdout.read(1 << 20):
            n += len(b)
            if peak == 0 and n > 900000 * more:  # near its end; what wait4 tells is the parent's
                peak = int(re.search(r'VmHWM:\s+(\d+)', open(f'/proc/{p.pid}/status').read())[1])
        check(p.wait() == 0 and n > 1000000 * more, (form, p.returncode, n))
        check(A.plain or 0 < peak < 256 << 10, (form, peak))
    # a value's bound is SQLite's: the query ends, the tool does not
    for q in (
        'SELECT hex(zeroblob(200000000))',
        "SELECT replace(hex(zeroblob(9999)), '0', hex(zeroblob(99999)))",
    ):
        p = sql(f, q, status=None)
        check(p.returncode in (64, 74) and p.stderr.count(b'\n') == 1, (q, p.stderr[:300]))
    deep = '$' + '.a' * 20000
    query = f"""SELECT json_extract('{{"a":1}}', '{deep}') v"""
    check(ask(f, query) == [{'v': None}], 'a deep path')
    for name in ('', 'a b', ':v', '$v', "v'; --", 'v\n', '\033[2J', 'x' * 65, 'ä'):
        p = sql(f, 'SELECT 1 ', '--param', name + '=1', status=64)
        words = b'--param wants NAME=VALUE'
        check(words in p.stderr and b'\033' not in p.stderr, (name, p.stderr))
    p = sql(f, 'SELECT :a ', '--param', 'a=1', '--param', 'a=2', status=64)
    check(b'given twice' in p.stderr, p.stderr)
    check(ask(f, 'SELECT :x_1 v', '--param', 'x_1=') == [{'v': ''}], 'an empty value')
    check(b'NAME=VALUE' in sql(f, 'SELECT 1 ', '--param', 'v', status=64).stderr, 'no value')
    nul = "SELECT 'a' || char(0) || 'b' v"
    check(ask(f, nul) == [{'v': 'a\0b'}], 'a NUL')
    for form in ('csv', 'tsv', 'md', 'table'):
        check(b'\0' not in sql(f, nul, '-o', form).stdout, form)
    p = subprocess.Popen(
        [EXHIBIT, 'sql', f, *VKEY, rows, *BOX], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    p.stdout.read(10)
    p.stdout.close()
    check(p.wait(60) in (74, -signal.SIGPIPE, 141) and p.stderr.read().count(b'\n') <= 1, 'a pipe')


@test
def queries_only_read():
    """What may not be done, entry by entry; wrong SQL with its place; bounds of time and memory."""
    f = lc()
    before = data(f)
    for q in (
        "DELETE FROM events",
        "INSERT INTO events DEFAULT VALUES",
        "UPDATE events SET position = 1",
        "CREATE TABLE x (y)",
        "CREATE TEMP TABLE x (y)",
        "CREATE VIEW x AS SELECT 1",
        "CREATE TRIGGER x AFTER INSERT ON events BEGIN SELECT 1; END",
        "CREATE INDEX x ON events(position)",
        "CREATE VIRTUAL TABLE x USING fts5(y)",
        "DROP TABLE events",
        "ALTER TABLE events RENAME TO x",
        "ATTACH 'x.db' AS x",
        "DETACH main",
        "VACUUM",
        "VACUUM INTO 'x.db'",
        "BEGIN",
        "COMMIT",
        "SAVEPOINT x",
        "ANALYZE",
        "PRAGMA journal_mode = WAL",
        "PRAGMA writable_schema = 1",
        "PRAGMA temp_store_directory = '/tmp'",
        "PRAGMA query_only = 0",
        "SELECT load_extension('x')",
        "SELECT fts3_tokenizer('x')",
    ):
        p = sql(f, q + ' ', status=64)
        check(b'line 1, column' in p.stderr and not p.stdout, (q, p.stderr))
    for q in (
        "SELECT * FROM dbstat",
        "SELECT * FROM sqlite_stmt",
        "SELECT readfile('/etc/passwd')",
        "SELECT writefile('x', 'y')",
    ):
        sql(f, q, status=64)
    check(not os.path.exists(path('x.db')) and data(f) == before, 'nothing was written')
    p = sql(f, 'SELECT 1,\n  nope\nFROM events', status=64)
    check(b'line 2, column 3: no such column: nope' in p.stderr, p.stderr)
    for q, words in (
        (' ', b'empty'),
        (';;', b'empty'),
        ('SELECT :x ', b'--param x=VALUE'),
        ('SELECT ? ', b'wants a value'),
        ('SELECT 1 FROM nope ', b'no such table: nope'),
        ('SELEC 1 ', b'syntax error'),
    ):
        p = sql(f, '-f', '-', stdin=q.encode(), status=64)
        check(words in p.stderr, (q, p.stderr))
    p = sql(f, '--table', 'nope', status=64)
    check(b'orchestration_audit' in p.stderr, p.stderr)
    check(sql(f, '-f', '-', stdin=b'SELECT 1\0', status=64).stderr.count(b'NUL') == 1, 'a NUL')
    endless = (
        'WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM a) SELECT count(*) FROM a'
    )
    check(b'--timeout' in sql(f, endless, '--timeout', '1', status=75).stderr, 'time')
    check(
        b'--memory' in sql(
            f,
            'WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM a) SELECT group_concat(x)'
            ' FROM a',
            '--memory',
            '16M',
            status=74,
        ).stderr,
        'memory',
    )
    for q in (
        'SELECT zeroblob(1000000000)',
        "SELECT json_extract(replace(hex(zeroblob(50000)), '00', '['), '$')",
        'SELECT ' + '(' * 300 + '1' + ')' * 300,
    ):
        check(sql(f, q, status=64).stderr, q)
    for o in ('--memory', '--timeout'):
        sql(f, 'SELECT 1 ', o, 'x', status=64)
    p = subprocess.Popen(
        [EXHIBIT, 'sql', f, *VKEY, endless, *BOX], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    time.sleep(1)
    p.send_signal(signal.SIGINT)
    check(p.wait(20) == 75 and b'interrupted' in p.stderr.read(), 'interrupted')


@test
def forms_of_rows():
    q = (
        "SELECT 9007199254740993 AS big, 1.5 AS x, x'00ff' AS raw, char(27) || '[2J' AS evil, 'a|b'"
        " || char(10) || 'c' AS md, '=1+1' AS cell, 1 AS big, NULL AS none"
    )
    r = ask(lc(), q)[0]
    check(
        r['big'] == 9007199254740993
        and r['big_2'] == 1
        and r['raw'] == '00ff'
        and r['none'] is None
        and r['evil'] == '\033[2J',
        r,
    )
    for form in ('table', 'md', 'tsv'):
        out = sql(lc(), q, '-o', form).stdout.decode()
        check(
            '\033' not in out
            and '<U+001B>' in out
            and out.count('\n') == (3 if form == 'md' else 2),
            (form, out),
        )
    check('a\\|b' in sql(lc(), q, '-o', 'md').stdout.decode(), 'a pipe in Markdown')
    row = list(csv.reader(io.StringIO(sql(lc(), q, '-o', 'csv').stdout.decode(), newline='')))[1]
    check(row[5] == "'=1+1" and row[4] == 'a|b\nc', row)
    o = json.loads(
        sql(
            lc(),
            'SELECT service_transitions, pattern_detected FROM orchestration_audit JOIN'
            ' effectiveness_audit USING (remediation_id)',
            '-o',
            'json',
        ).stdout
    )
    check(
        o['status'] == 0
        and o['limits'] == []
        and all(
            isinstance(x['service_transitions'], list)
            and x['pattern_detected'] in (True, False, None)
            for x in o['rows']
        ),
        o,
    )
    check(
        json.loads(sql(lc(), '-o', 'json', '--table', 'rejects').stdout)['rows'] == [],
        'no row is an empty list',
    )
    check(
        ask(lc(), 'SELECT :v AS v', '--param', "v=a' OR 1=1 \033") == [{'v': "a' OR 1=1 \033"}],
        'a parameter is a value',
    )
    many = 'SELECT ' + ', '.join(f'{k} AS c' for k in range(400))
    r = ask(lc(), many)[0]
    check(len(r) == 400 and r['c_400'] == 399, 'names of one kind')
    check(
        sql(lc(), 'SELECT ' + ', '.join(['1'] * 2001), status=64).stderr.count(b'too many columns')
        == 1,
        '2,001 columns',
    )


@test
def plain_tables_for_other_tools():
    f = lc()
    d = path('into')
    os.makedirs(d)
    sql(f, '--into', d + '/a.db')
    sql(f, '--into', d + '/b.db')
    check(
        data(d + '/a.db') == data(d + '/b.db') and os.stat(d + '/a.db').st_mode & 0o777 == 0o600,
        'the same bytes twice',
    )
    c = sqlite3.connect(d + '/a.db')
    names = [
        r[0]
        for r in c.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'exhibit%'"
        )
    ]
    check(
        set(AUDIT) < set(names) and c.execute('PRAGMA integrity_check').fetchone() == ('ok',), names
    )
    for t in names:
        want = ask(f, f'SELECT count(*) n FROM "{t}"')[0]['n']
        check(
            c.execute(f'SELECT count(*) FROM "{t}"').fetchone()[0]
            == want
            == int(
                c.execute(
                    "SELECT value FROM exhibit_provenance WHERE kind = 'rows' AND name = ?", (t,)
                ).fetchone()[0]
            ),
            t,
        )
        types = {
            x[0]
            for k in c.execute(f'PRAGMA table_info("{t}")')
            for x in c.execute(
                f'SELECT DISTINCT typeof("{k[1]}") FROM "{t}" WHERE "{k[1]}" IS NOT NULL'
            )
            if k[2] == 'TEXT' and x[0] != 'text' or k[2] == 'INTEGER' and x[0] != 'integer'
        }
        check(not types, (t, types))
    for x, y in zip(
        ask(f, 'SELECT * FROM orchestration_audit'),
        c.execute(
            'SELECT remediation_id, overall_phase, total_duration_seconds FROM orchestration_audit'
        ),
    ):
        check((x['remediation_id'], x['overall_phase'], x['total_duration_seconds']) == y, y)
    check(
        c.execute("SELECT value FROM exhibit_provenance WHERE kind = 'file'").fetchone()[0]
        == hashlib.sha256(data(f)).hexdigest(),
        'the digest of the archive',
    )
    c.close()
    # its rows as objects on lines, by hand
    rows = sqlite3.connect(d + '/a.db')
    rows.row_factory = sqlite3.Row
    text = ''.join(
        json.dumps(dict(r), ensure_ascii=False, separators=(',', ':')) + '\n'
        for r in rows.execute('SELECT * FROM populations ORDER BY rowid')
    )
    rows.close()
    check(
        hashlib.sha256(text.encode()).hexdigest()
        == sqlite3.connect(d + '/a.db')
        .execute(
            "SELECT value FROM exhibit_provenance WHERE kind = 'sha256' AND name = 'populations'"
        )
        .fetchone()[0],
        text[:300],
    )
    check(b'DIFFERS' not in sql(f, '--check', d + '/a.db').stdout, 'as it was made')
    c = sqlite3.connect(d + '/b.db')
    c.execute("UPDATE approvals SET decided_by = 'mallory' WHERE decided_by IS NOT NULL")
    c.commit()
    c.close()
    p = sql(f, '--check', d + '/b.db', status=11).stdout.decode()
    check(re.findall(r'(\w+) +DIFFERS', p) == ['approvals'], p)
    check(
        b'there already' in sql(f, '--into', d + '/a.db', status=73).stderr,
        'nothing is overwritten',
    )
    open(d + '/junk', 'w').write('x' * 5000)
    sql(f, '--check', d + '/junk', status=65)
    run(EXHIBIT, 'sql', f, 'remediations', 'findings', *VKEY, '--into', d + '/two.db')
    check(
        {
            r[0]
            for r in sqlite3.connect(d + '/two.db').execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table'"
            )
        }
        == {'remediations', 'findings', 'exhibit_provenance'},
        'those named',
    )
    sql(f, '--into', d + '/small.db', '--memory', '1M', status=74)
    check(sorted(os.listdir(d)) == ['a.db', 'b.db', 'junk', 'two.db'], os.listdir(d))
    before = sorted(os.listdir(d))
    p = subprocess.run(
        [
            'bash',
            '-c',
            'ulimit -f 100; exec "$@"',
            '-',
            EXHIBIT,
            'sql',
            f,
            *VKEY,
            '--into',
            d + '/full.db',
            *BOX,
        ],
        capture_output=True,
    )
    check(
        p.returncode == 74
        and b'full.db cannot be written, in the folder ' + d.encode() in p.stderr
        and p.stderr.count(b'exhibit:') == 1
        and sorted(os.listdir(d)) == before,
        (p.returncode, p.stderr, os.listdir(d)),
    )
    for t in ('/dev/full', d, d + '/no/such.db'):
        check(sql(f, '--into', t, status=73).stderr.count(b'\n') == 1, t)
    sql(f + '.nope', '--into', d + '/none.db', status=66)
    check(not os.path.exists(d + '/none.db'), 'nothing is left of what did not begin')


@test
def plain_tables_where_a_file_system_refuses():
    """A file system that takes no such name, no file so long, no more bytes, or no new name at the
    end (FAT and others): one line that says so, the right status, and nothing half left.
    """
    if A.plain:
        return
    tool, f, d = path('refuse'), lc(), path('refused')
    source = TOP + '/tests/refuse.c'
    subprocess.run(['gcc', '-O1', '-Wall', '-Werror', '-o', tool, source], check=True)
    os.makedirs(d)
    for call, why, argument, which, status, words in (
        ('openat', errno.EINVAL, 2, hex(os.O_CREAT), 73, b'takes no such name (FAT: none with'),
        ('openat', errno.EROFS, 2, hex(os.O_CREAT), 73, b'x:y.db: Read-only file system'),
        ('lseek', errno.EFBIG, 1, '>=100000', 74, b'File too large'),
        ('write', errno.ENOSPC, 0, '>=3', 74, b'No space left on device'),
        ('fsync', errno.EIO, 0, '>=3', 74, b'Input/output error'),
        ('fsync', errno.ENOSPC, 0, '>=3', 74, b'No space left on device'),
        ('rename', errno.EPERM, 0, '>=0', 74, b'Operation not permitted'),
    ):
        argv = [tool, call, str(why), str(argument), which, EXHIBIT, 'sql', f, *VKEY]
        p = subprocess.run([*argv, '--into', d + '/x:y.db', *BOX], capture_output=True)
        check(
            p.returncode == status
            and words in p.stderr
            and (status == 73 or b'in the folder ' + d.encode() in p.stderr)
            and p.stderr.count(b'exhibit:') == 1
            and os.listdir(d) == [],
            (call, why, p.returncode, p.stderr, os.listdir(d)),
        )


@test
def unreadable_events_of_one_remediation():
    """Of a remediation whose block is damaged it is said how many of its records could not be read,
    be it some or all of them; and what is a remediation is called one.
    """
    f = copy('unreadable-events')
    rows = ask(f, 'SELECT correlation_id c, count(*) n, min(position) p FROM events GROUP BY 1')
    block = sqlite3.connect(f).execute('SELECT no, first, count FROM block').fetchall()[1]
    at = f'position BETWEEN {block[1]} AND {block[1] + block[2] - 1}'
    lost = {
        r['c']: r['n']
        for r in ask(f, f'SELECT correlation_id c, count(*) n FROM events WHERE {at} GROUP BY 1')
    }
    edit(f, f'UPDATE data SET data = zeroblob(length(data)) WHERE no = {block[0]}')
    retrailer(f)
    whole = {r['c']: r['n'] for r in rows}
    for c in sorted(lost)[:3]:
        p = run(EXHIBIT, 'show', f, *VKEY, '--id', c, status=1).stdout.decode()
        o = json.loads(run(EXHIBIT, 'show', f, *VKEY, '--id', c, '-o', 'json', status=1).stdout)
        check(
            re.search(rf'events +{whole[c] - lost[c]}, and {lost[c]} that could not be read', p)
            and o['unreadable'] == lost[c]
            and len(o['steps']) == whole[c] - lost[c],
            (c, whole[c], lost[c], p[:300]),
        )
    rr = ask(lc(), 'SELECT correlation_id c FROM remediations LIMIT 1')[0]['c']
    p = run(EXHIBIT, 'show', lc(), *VKEY, '--id', rr).stdout.decode()
    o = json.loads(run(EXHIBIT, 'show', lc(), *VKEY, '--id', rr, '-o', 'json').stdout)
    check(p.startswith('REMEDIATION ') and 'unreadable' not in o, p[:100])


@test
def databases_to_check_run_nothing():
    """Of a database that is checked only plain rows are read: a view, a function in a column or one
    without end differs, at once.
    """
    f, d = lc(), path('hostile-check')
    os.makedirs(d)
    sql(f, '--into', d + '/good.db', 'populations')
    endless = 'WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x FROM r) SELECT'
    for name, script, status in (
        (
            'view',
            f'DROP TABLE populations; CREATE VIEW populations AS {endless} x AS population, x AS'
            ' correlation_id FROM r',
            11,
        ),
        (
            'column',
            'DROP TABLE populations; CREATE TABLE populations(population TEXT, correlation_id TEXT'
            ' GENERATED ALWAYS AS (hex(zeroblob(200000000))));'
            " INSERT INTO populations VALUES ('x')",
            11,
        ),
        (
            'provenance',
            f'DROP TABLE exhibit_provenance; CREATE VIEW exhibit_provenance AS {endless}'
            " 'sha256' AS kind, 'populations' AS name, x AS value FROM r",
            65,
        ),
    ):
        shutil.copyfile(d + '/good.db', f'{d}/{name}.db')
        c = sqlite3.connect(f'{d}/{name}.db')
        c.executescript(script)
        c.close()
        p = run(EXHIBIT, 'sql', f, *VKEY, '--check', f'{d}/{name}.db', status=status)
        check(status == 65 or b'DIFFERS' in p.stdout, (name, p.stdout, p.stderr))


@test
def tables_of_damaged_and_of_several_files():
    f = copy('tables-damaged')
    n = ask(f, 'SELECT count(*) n FROM events')[0]['n']
    edit(
        f, 'UPDATE data SET data = zeroblob(length(data)) WHERE no = (SELECT max(no) - 1 FROM data)'
    )
    retrailer(f)
    p = sql(f, 'SELECT count(*) n FROM events', '-o', 'jsonl', status=1)
    left = json.loads(p.stdout)['n']
    check(0 < left < n and b'ALTERED' in p.stderr, (left, n, p.stderr))
    text = sql(f, 'SELECT count(*) n FROM events', status=1).stdout.decode()
    check(f'n\n{left}\n' in text and 'records could not be read' in text.split('MISSING')[1], text)
    check('MISSING' not in sql(lc(), 'SELECT count(*) n FROM events').stdout.decode(), 'whole')
    o = json.loads(sql(f, 'SELECT count(*) n FROM remediations', '-o', 'json', status=1).stdout)
    check(o['rows'][0]['n'] > 0, o)
    a = lc()
    b = put('tables-other', [event(0, 'gateway.signal.received', signal_name='x')] + BEGIN)
    x = ask(a, 'SELECT count(*) n FROM orchestration_audit')[0]['n']
    both = json.loads(
        run(
            EXHIBIT,
            'sql',
            a,
            b,
            *VKEY,
            'SELECT count(*) n FROM orchestration_audit',
            '-o',
            'jsonl',
            status=None,
        ).stdout
    )
    check(both['n'] == x + 1, both)
