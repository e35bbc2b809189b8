#!/usr/bin/env python3
"""A model of the source's writer (reference: source-hash-chain 2–7, 11): random honest histories
are never called altered; random tampering on top is found, and named rightly or as something that
cannot be told apart.

usage: model.py [--bin DIR] [--histories N] [--seed N] [--sandbox off] [-v]
           Closing line: counts by way of tampering; status 1 if a claim fails.
       model.py --one N FILE [--hostile]
           writes a dump of one correlation with N events: honest, or without hashes but for one row
           (the search for causes is bounded)
"""

import argparse, collections, copy, hashlib, hmac, json, os, random, subprocess, sys, tempfile, uuid

ap = argparse.ArgumentParser()
ap.add_argument('--bin', default=os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
ap.add_argument('--histories', type=int, default=8)
ap.add_argument('--seed', type=int, default=1)
ap.add_argument('--sandbox', default='on')
ap.add_argument('--keep')
ap.add_argument('--one', nargs=2)
ap.add_argument('--hostile', action='store_true')
ap.add_argument('-v', action='store_true')
A = ap.parse_args()
EXHIBIT, EXPORT = os.path.join(A.bin, 'exhibit'), os.path.join(A.bin, 'exhibit-export')
W = A.keep or tempfile.mkdtemp(prefix='exhibit-model-')
os.makedirs(W, exist_ok=True)
EPOCH = 1794000000  # 2026-11-06
TYPES = [
    'gateway.signal.received',
    'gateway.crd.created',
    'orchestrator.lifecycle.created',
    'orchestrator.lifecycle.transitioned',
    'aianalysis.phase.transition',
    'aiagent.llm.request',
    'workflowexecution.workflow.started',
    'notification.message.sent',
    'orchestrator.approval.requested',
    'orchestrator.lifecycle.completed',
]
BARE = ['workflow.catalog.actions_listed', 'workflow.created', 'datastorage.ratelimit.denied']
COLUMNS = [
    'event_id',
    'event_version',
    'event_timestamp',
    'event_date',
    'event_type',
    'event_category',
    'event_action',
    'event_outcome',
    'actor_type',
    'actor_id',
    'actor_ip',
    'resource_type',
    'resource_id',
    'resource_name',
    'correlation_id',
    'parent_event_id',
    'parent_event_date',
    'trace_id',
    'span_id',
    'namespace',
    'cluster_id',
    'event_data',
    'event_metadata',
    'severity',
    'duration_ms',
    'error_code',
    'error_message',
    'retention_days',
    'is_sensitive',
    'event_hash',
    'previous_event_hash',
    'legal_hold',
    'legal_hold_reason',
    'legal_hold_placed_by',
    'legal_hold_placed_at',
    'hash_algorithm',
]


def stamp(us):
    import datetime

    t = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=us)
    return t.strftime('%Y-%m-%dT%H:%M:%S') + (
        ('.%06d' % t.microsecond).rstrip('0') if t.microsecond else ''
    )


def text(s):
    """a string as the writer's encoder prints it"""
    s = json.dumps(s, ensure_ascii=False).replace('\x7f', '\x7f')
    for a, b in (
        ('<', '\\u003c'),
        ('>', '\\u003e'),
        ('&', '\\u0026'),
        ('\u2028', '\\u2028'),
        ('\u2029', '\\u2029'),
    ):
        s = s.replace(a, b)
    return s


def canonical(v, minus=False):
    """a payload as the writer hashes it; numbers here are integers below 2^53, and zeros that were
    sent as -0
    """
    if isinstance(v, dict):
        return (
            '{'
            + ','.join(
                text(k) + ':' + canonical(v[k], minus) for k in sorted(v, key=lambda k: k.encode())
            )
            + '}'
        )
    if isinstance(v, list):
        return '[' + ','.join(canonical(x, minus) for x in v) + ']'
    if isinstance(v, str):
        return text(v)
    if v is True or v is False or v is None:
        return {True: 'true', False: 'false', None: 'null'}[v]
    return '-0' if minus and v == 0 else str(v)


def preimage(r):
    """section 3, from the columns as they are stored"""
    o = [
        ('event_id', text(r['event_id'])),
        ('event_timestamp', text(stamp(r['us']) + 'Z')),
        ('event_date', 'null'),
        ('event_type', text(r['event_type'])),
        ('version', text(r['event_version'])),
        ('event_category', text(r['event_category'])),
        ('event_action', text(r['event_action'])),
        ('event_outcome', text(r['event_outcome'])),
        ('correlation_id', text(r['correlation_id'])),
        ('parent_event_id', 'null'),
        ('parent_event_date', 'null'),
    ]
    for c in ('resource_type', 'resource_id', 'namespace', 'cluster_id', 'severity'):
        o += [(c, text(r[c]))] if r[c] else []
    o += [('duration_ms', str(r['duration_ms']))] if r['duration_ms'] else []
    for c in ('error_code', 'error_message', 'actor_id', 'actor_type', 'actor_ip'):
        o += [(c, text(r[c]))] if r[c] else []
    o += [
        ('retention_days', str(r['retention_days'])),
        ('is_sensitive', 'true' if r['is_sensitive'] else 'false'),
        ('event_hash', '""'),
        ('previous_event_hash', '""'),
        ('legal_hold', 'false'),
        ('legal_hold_reason', '""'),
        ('legal_hold_placed_by', '""'),
        ('legal_hold_placed_at', 'null'),
        ('event_data', canonical(r['event_data'], r['minus'])),
    ]
    return '{' + ','.join(f'"{k}":{v}' for k, v in o) + '}'


def digest(r, key=None):
    """event_hash over the stored predecessor"""
    p = ((r['previous_event_hash'] or '') + preimage(r)).encode()
    return hmac.new(key, p, 'sha256').hexdigest() if key else hashlib.sha256(p).hexdigest()


class Source:
    """one installation: its rows in the order of insertion"""

    def __init__(s, rnd, linear=False):
        s.r, s.rows, s.now, s.key, s.keys, s.runs, s.linear, s.seq, s.trusted = (
            rnd,
            [],
            EPOCH * 10**6,
            None,
            [],
            [],
            linear,
            0,
            0 if linear else 1 << 62,
        )

    def id(s):
        return str(uuid.UUID(int=s.r.getrandbits(128), version=4))

    def event(s, corr, late=False):
        r = s.r
        t = s.now - (
            r.randrange(1, 6 * 86400 * 10**6) if late else r.choice([0, 0, 0, 1, 2]) * 10**6
        )
        if r.random() < 0.93:
            t -= t % 10**6
        ty = r.choice(TYPES)
        cat = ty.split('.')[0]
        return dict(
            event_id=s.id(),
            event_version='1.0',
            us=t,
            event_type=ty,
            event_category=cat,
            event_action=ty.split('.')[-1],
            event_outcome=r.choice(['success', 'success', 'failure', 'pending']),
            actor_type=r.choice(['service', 'user', 'external']),
            actor_id=r.choice([cat + '-service', 'alice@example.com', 'bob@example.com']),
            actor_ip=None,
            resource_type='RemediationRequest',
            resource_id=corr,
            resource_name=None,
            correlation_id=corr,
            parent_event_id=None,
            parent_event_date=None,
            trace_id=None,
            span_id=None,
            namespace=r.choice([None, 'payments', 'kubernaut-system']),
            cluster_id=r.choice([None, None, 'edge-1']),
            event_metadata=None,
            severity=r.choice([None, 'info', 'critical']),
            duration_ms=r.choice([None, None, 17, 4200]),
            error_code=None,
            error_message=r.choice([None, None, None, 'a <b> & c\u2028 "d"', 'x\ty']),
            retention_days=2555,
            is_sensitive=False,
            event_hash=None,
            previous_event_hash=None,
            legal_hold=False,
            legal_hold_reason=None,
            legal_hold_placed_by=None,
            legal_hold_placed_at=None,
            hash_algorithm='sha256-unkeyed',
            minus=r.random() < 0.02,
            event_data={
                'event_type': ty,
                'step': r.randrange(4),
                'note': ''.join(r.choice('abc "é<') for _ in range(r.randrange(12))),
                'zero': 0,
                'deep': {'k': [1, None, True, {'b': 'x', 'aa': -5}]},
            },
        )

    def write(s, events):
        """one transaction: the writer's predecessor rule for the first row of a correlation,
        request order behind it
        """
        last = {}
        for e in events:
            e = dict(e)
            c = e['correlation_id']
            if c not in last:
                mine = [x for x in s.rows if x['correlation_id'] == c and x['event_hash']]
                last[c] = (
                    max(
                        mine,
                        key=(
                            (lambda x: x['seq'])
                            if s.linear
                            else (lambda x: (x['us'], x['event_id']))
                        ),
                    )
                    if mine
                    else None
                )
            e['previous_event_hash'] = last[c]['event_hash'] if last[c] else ''
            e['hash_algorithm'] = 'hmac-sha256' if s.key else 'sha256-unkeyed'
            e['event_hash'] = digest(e, s.key)
            s.store(e)
            last[c] = e

    def store(s, e):
        s.seq += 1
        e['seq'] = s.seq
        s.rows.append(e)

    def bare(s, corr):
        e = s.event(corr)
        e.update(
            event_type=s.r.choice(BARE),
            previous_event_hash=None,
            event_hash=None,
            retention_days=90,
        )
        s.store(e)

    def purge(s):
        """the retention run and its defect: rows of other months at the same physical place go too
        """
        gone = {id(x) for x in s.rows if x['us'] + x['retention_days'] * 86400 * 10**6 < s.now}
        n = len(gone)
        for x in s.rows:
            if id(x) not in gone and s.r.random() < 0.02 and n:
                gone.add(id(x))
        s.rows = [x for x in s.rows if id(x) not in gone]
        s.runs.append((s.id(), s.now, n))


def history(rnd, linear=False, upgrade=False):
    """an honest history: ties, bursts, late rows, batches out of order, retries, purges with the
    defect, key rollout and rotation
    """
    s = Source(rnd, linear)
    corrs = [f'rr-{rnd.getrandbits(48):012x}-{i:03d}' for i in range(rnd.randrange(40, 60))]
    keyed = rnd.random() < 0.5
    purged = rnd.random() < 0.35
    bare = rnd.random() < 0.4
    short = set(rnd.sample(corrs, 8)) if purged else set()
    steps = rnd.randrange(160, 260)
    for step in range(steps):
        s.now += rnd.choice([0, 0, 1, 1, 2, 30, 600, 7200]) * 10**6
        if upgrade and step == steps // 2:  # a column default numbers the rows as they are stored
            order = list(range(1, len(s.rows) + 1))
            rnd.shuffle(order)
            for x, k in zip(s.rows, order):
                x['seq'] = k
            s.seq = s.trusted = len(s.rows)
            s.linear = True
        if keyed and step == steps // 3:
            s.keys.append(b'first key, forty-four characters and more...')
            s.key = s.keys[-1]
        if keyed and step == 3 * steps // 4 and rnd.random() < 0.4:
            s.keys.append(b'second')
            s.key = s.keys[-1]
        if purged and step == steps // 2:
            s.now += 40 * 86400 * 10**6
        if purged and step in (steps // 2 + 5, 9 * steps // 10):
            s.purge()
        active = rnd.sample(corrs, 3)
        kind = rnd.random()
        if kind < 0.5:
            batch = [s.event(rnd.choice(active)) for _ in range(rnd.randrange(1, 9))]
        elif kind < 0.85:
            batch = [s.event(active[0])]
        elif kind < 0.93:
            batch = [s.event(active[0], late=True) for _ in range(rnd.randrange(1, 3))]
        else:
            batch = [s.event(active[0]) for _ in range(rnd.randrange(2, 20))]
        if kind < 0.3:
            rnd.shuffle(batch)
        for e in batch:
            if e['correlation_id'] in short:
                e['retention_days'] = 30
        batch.sort(
            key=lambda e: e['correlation_id']
        )  # stable: groups in byte order, request order inside
        s.write(batch)
        if rnd.random() < 0.05:
            s.write([dict(e, event_id=s.id()) for e in batch])  # a retry after a lost answer
        if bare and rnd.random() < 0.06:
            s.bare(active[0])
    return s


def copy_field(v):
    if v is None:
        return '\\N'
    if v is True or v is False:
        return 't' if v else 'f'
    return (
        str(v).replace('\\', '\\\\').replace('\t', '\\t').replace('\n', '\\n').replace('\r', '\\r')
    )


def dump(s, rows, f, seq=False):
    """the rows as pg_dump prints them, and the runs of retention; physical order is not that of
    insertion
    """
    cols = COLUMNS + (['insert_seq'] if seq else [])
    with open(f, 'w') as out:
        out.write(
            '--\n-- PostgreSQL database dump\n--\nSET client_encoding = \'UTF8\';\nSET'
            ' standard_conforming_strings = on;\n\nCOPY public.audit_events ('
            + ', '.join(cols)
            + ') FROM stdin;\n'
        )
        for r in rows:
            t = r.get('raw_time') or stamp(r['us']).replace('T', ' ') + '+00'
            v = dict(
                r,
                event_timestamp=t,
                event_date=t[:10] if t[0].isdigit() else '2026-11-06',
                event_data=json.dumps(r['event_data'], ensure_ascii=False),
                insert_seq=r.get('seq'),
            )
            out.write('\t'.join(copy_field(v[c]) for c in cols) + '\n')
        out.write(
            '\\.\n\nCOPY public.retention_operations (run_id, scope, period_start, period_end,'
            ' operation_start, operation_end, rows_scanned, rows_deleted, partitions_dropped,'
            ' status, error_message) FROM stdin;\n'
        )
        for i, t, n in s.runs:
            z = stamp(t).replace('T', ' ') + '+00'
            out.write(
                '\t'.join([i, 'audit_events', z, z, z, z, str(n), str(n), '\\N', 'success', '\\N'])
                + '\n'
            )
        out.write('\\.\n\n--\n-- PostgreSQL database dump complete\n--\n')


def judge(s, rows, name, seq=False, keep=False):
    f, a = os.path.join(W, name + '.sql'), os.path.join(W, name, 'a.exhibit')
    os.makedirs(os.path.dirname(a), exist_ok=True)
    if os.path.exists(a):
        os.unlink(a)
    dump(s, rows, f, seq)
    p = subprocess.run(
        [EXPORT, 'archive', f, '--out', a, '--unsealed', '-o', 'json'], capture_output=True
    )
    if p.returncode not in (0, 6) or (
        not name.startswith('wild') and json.loads(p.stdout)['events'] != len(rows)
    ):
        raise SystemExit(f'{f}: exporter: status {p.returncode} {p.stderr[-400:]}')
    keys = []
    for i, k in enumerate(s.keys):
        kf = os.path.join(W, f'{name}-{i}.key')
        open(kf, 'wb').write(k)
        keys += ['--hmac-key-file', kf]
    p = subprocess.run(
        [EXHIBIT, 'verify', a, '-o', 'json', '--sandbox', A.sandbox, *keys], capture_output=True
    )
    if b'Sanitizer' in p.stderr or not p.stdout:
        raise SystemExit(f'{a}: analyzer: status {p.returncode} {p.stderr[-800:].decode()}')
    v = json.loads(p.stdout)
    if not A.keep:
        os.unlink(f)
    if not A.keep and not keep:
        os.unlink(a)
    return v


# ---- ways to tamper: each changes rows of one correlation, and says what is right and what may
# be left open ----


def children(rows):
    by = collections.defaultdict(list)
    for r in rows:
        if r['previous_event_hash']:
            by[r['correlation_id'], r['previous_event_hash']].append(r)
    return by


class Tamper:
    def __init__(t, s, rows, rnd, corr):
        t.s, t.rows, t.r, t.corr = s, rows, rnd, corr
        t.mine = [r for r in rows if r['correlation_id'] == corr and r['event_hash']]
        t.kids = children(rows)

    def pick(t, ok=lambda r: True):
        c = [r for r in t.mine if ok(r)]
        return t.r.choice(c) if c else None

    def named(t, r):
        return bool(t.kids[t.corr, r['event_hash']])

    def goes_on(t, r, after):
        """does a branch hold a row that the writer would have linked to, had it been there"""
        todo = [r]
        while todo:
            x = todo.pop()
            if (x['us'], uuid.UUID(x['event_id']).bytes) > (
                after['us'],
                uuid.UUID(after['event_id']).bytes,
            ):
                return True
            todo += t.kids[t.corr, x['event_hash']]
        return False

    def key_of(t, r):
        for k in [None] + t.s.keys:
            if digest(r, k) == r['event_hash']:
                return k
        return None

    def ancestor_keyed(t, r):
        by = {x['event_hash']: x for x in t.mine}
        return (
            r['previous_event_hash'] in by
            and by[r['previous_event_hash']]['hash_algorithm'] == 'hmac-sha256'
        )

    # every method: None if it does not fit here, else (right classes, classes that leave it open)
    def edit_column(t):
        r = t.pick()
        c, v = t.r.choice(
            [
                ('actor_id', 'mallory@example.com'),
                ('event_outcome', 'unknown'),
                ('event_version', '9.9'),
                ('namespace', 'elsewhere'),
                ('error_message', 'z'),
                ('actor_type', 'system'),
                ('duration_ms', 99),
                ('retention_days', 2554),
                ('is_sensitive', True),
                ('severity', 'low'),
                ('cluster_id', 'edge-2'),
                ('resource_id', 'other'),
            ]
        )
        r[c] = v
        return ['edited'], []

    def edit_space(t):
        r = t.pick()
        r['error_message'] = (r['error_message'] or '') + ' '
        return ['edited'], []

    def edit_data(t):
        r = t.pick()
        r['event_data'] = dict(r['event_data'], note='changed', more=1)
        return ['edited'], []

    def redact_actor(t):
        r = t.pick()
        r['actor_id'] = '@[REDACTED]'
        return ['edited'], []

    def edit_time(t):
        r = t.pick()
        r['us'] += 10**6
        return ['edited'], []

    def swap_data(t):
        a = t.pick()
        b = t.pick(lambda r: r['event_data'] != a['event_data'])
        if b is None:
            return None
        a['event_data'], b['event_data'] = b['event_data'], a['event_data']
        a['minus'], b['minus'] = b['minus'], a['minus']
        return ['edited'], []

    def swap_time(t):
        a = t.pick()
        b = t.pick(lambda r: r['us'] != a['us'])
        if b is None:
            return None
        a['us'], b['us'] = b['us'], a['us']
        return ['edited'], []

    def infinite_time(t):
        t.pick()['raw_time'] = 'infinity'
        return ['impossible-time'], []

    def null_retention(t):
        t.pick()['retention_days'] = None
        return ['edited'], []

    def replace_link(t):
        r = t.pick()
        o = t.pick(lambda x: x is not r and x['event_hash'] != r['previous_event_hash'])
        if o is None:
            return None
        r['previous_event_hash'] = o['event_hash']
        return ['link-replaced'], ['edited'] if not t.present(r) else []

    def present(t, r):
        """is the true predecessor of the row still here"""
        keys = [None] + t.s.keys
        for p in [''] + [x['event_hash'] for x in t.mine]:
            if any(digest(dict(r, previous_event_hash=p), k) == r['event_hash'] for k in keys):
                return True
        return False

    def replace_hash(t):
        r = t.pick()
        named = t.named(r)
        r['event_hash'] = '%064x' % t.r.getrandbits(256)
        # where nobody names it, a made-up hash looks like any other change, or, beside a
        # branch that goes on, like a row that was put there
        return (['hash-replaced'], []) if named else (['edited', 'hash-replaced', 'inserted'], [])

    def remove_hash(t):
        r = t.pick()
        r['event_hash'] = r['previous_event_hash'] = None
        return ['hash-removed'], ['no-hash']

    def remove_all_hashes(t):
        for r in t.mine:
            r['event_hash'] = r['previous_event_hash'] = None
        return ['hash-removed'], ['no-hash']

    def delete_inner(t):
        r = t.pick(t.named)
        if r is None:
            return None
        t.rows.remove(r)
        return ['missing'], []

    def unknown_algorithm(t):
        t.pick()['hash_algorithm'] = 'md5'
        return ['algorithm-unknown'], []

    def relabel(t):
        r = t.pick()
        r['hash_algorithm'] = (
            'sha256-unkeyed' if r['hash_algorithm'] == 'hmac-sha256' else 'hmac-sha256'
        )
        # a keyed row that says it has no key is also one without key behind a keyed one
        return ['edited', 'algorithm-downgrade'], []

    def insert_garbage(t):
        r = t.pick(
            lambda x: t.goes_on(x, x)
            and any(t.goes_on(k, x) for k in t.kids[t.corr, x['event_hash']])
        )
        if r is None:
            return None
        e = t.s.event(t.corr)
        e.update(
            us=r['us'] + 10**6,
            event_hash='%064x' % t.r.getrandbits(256),
            previous_event_hash=r['event_hash'],
            hash_algorithm=r['hash_algorithm'],
            minus=False,
            seq=t.s.seq + 1,
        )
        t.s.seq += 1
        t.rows.append(e)
        return ['inserted'], ['edited']

    def insert_forged(t):
        """with the hash that the writer would have given it: no key is needed where there is none
        """
        # behind the row of the greatest number it would be what the newer writer does
        r = t.pick(
            lambda x: x['hash_algorithm'] == 'sha256-unkeyed'
            and any(t.goes_on(k, x) for k in t.kids[t.corr, x['event_hash']])
            and not (t.s.linear and x['seq'] == max(y['seq'] for y in t.mine))
        )
        if r is None:
            return None
        e = t.s.event(t.corr)
        e.update(
            us=r['us'] + 10**6,
            previous_event_hash=r['event_hash'],
            hash_algorithm='sha256-unkeyed',
            minus=False,
        )
        t.s.seq += 1
        e['seq'] = t.s.seq
        e['event_hash'] = digest(e)
        t.rows.append(e)
        return ['unexplained-fork'], []

    def insert_forged_among_numbered(t):
        """where links follow insert_seq, no time hides a row that was put behind an earlier one"""
        r = t.pick(
            lambda x: x['hash_algorithm'] == 'sha256-unkeyed'
            and x['seq'] > t.s.trusted
            and t.kids[t.corr, x['event_hash']]
        )
        if r is None:
            return None
        e = t.s.event(t.corr)
        t.s.seq += 1
        e.update(
            us=r['us'] - 3 * 10**6,
            previous_event_hash=r['event_hash'],
            hash_algorithm='sha256-unkeyed',
            minus=False,
            seq=t.s.seq,
        )
        e['event_hash'] = digest(e)
        t.rows.append(e)
        return ['unexplained-fork'], []

    def second_beginning(t):
        if not any(r['previous_event_hash'] == '' for r in t.mine):
            return None
        e = t.s.event(t.corr)
        e.update(previous_event_hash='', minus=False)
        e['event_hash'] = digest(e)
        t.rows.append(e)
        return ['second-genesis'], []

    def forged_at_the_end_of_a_keyed_chain(t):
        r = max(t.mine, key=lambda r: (r['us'], uuid.UUID(r['event_id']).bytes))
        if r['hash_algorithm'] != 'hmac-sha256':
            return None
        e = t.s.event(t.corr)
        e.update(us=t.s.now + 10**6, previous_event_hash=r['event_hash'], minus=False)
        e['event_hash'] = digest(e)
        t.rows.append(e)
        return ['algorithm-downgrade'], []

    def copy_in(t):
        o = t.r.choice(
            [
                r
                for r in t.rows
                if r['correlation_id'] != t.corr and r['event_hash'] and 'raw_time' not in r
            ]
        )
        t.rows.append(dict(copy.deepcopy(o), event_id=t.s.id(), correlation_id=t.corr))
        return ['copied'], ['foreign', 'edited']

    def move_in(t):
        o = [
            r
            for r in t.rows
            if r['correlation_id'] not in USED and r['event_hash'] and r['previous_event_hash']
        ]
        if not o:
            return None
        o = t.r.choice(o)
        USED.add(o['correlation_id'])
        o['correlation_id'] = t.corr
        return ['foreign'], ['edited']

    def rehash(t):
        r = t.pick(t.named)
        if r is None:
            return None
        keyed = t.ancestor_keyed(r)
        r['actor_id'] = 'mallory@example.com'
        r['hash_algorithm'] = 'sha256-unkeyed'
        r['minus'] = False
        r['event_hash'] = digest(r)
        return (['algorithm-downgrade'] if keyed else ['edited-rehashed', 'missing']), []

    def rechain_unkeyed(t):
        """edited, and everything that hangs on it computed again without the key"""
        r = t.pick(t.ancestor_keyed)
        if r is None:
            return None
        r['event_outcome'] = 'forged'
        todo = [(r, r['previous_event_hash'])]
        kids = {h: list(k) for (c, h), k in t.kids.items() if c == t.corr}
        while todo:
            x, p = todo.pop()
            was = x['event_hash']
            x.update(previous_event_hash=p, hash_algorithm='sha256-unkeyed', minus=False)
            x['event_hash'] = digest(x)
            todo += [(k, x['event_hash']) for k in kids.get(was, [])]
        return ['algorithm-downgrade'], []


WAYS = [
    m
    for m in dir(Tamper)
    if m not in ('pick', 'named', 'goes_on', 'key_of', 'ancestor_keyed', 'present')
    and not m.startswith('_')
]
USED = set()
right, left_open, wrong, unfound, alarms = (collections.Counter() for _ in range(5))
trouble = []


def wild(s, rows, rnd, n, seq):
    """rows garbled without rule: whatever comes of it is a verdict, and a comparison with what they
    were
    """
    rows = copy.deepcopy(rows)
    pool = [r['event_hash'] for r in rows[:20]] + [
        '',
        'x',
        'ab' * 32,
        'AB' * 32,
        None,
        'é' * 3000,
        '\u2028<&>',
        '-1',
        '0',
    ]
    for _ in range(rnd.randrange(1, 80)):
        r = rnd.choice(rows)
        c = rnd.choice(COLUMNS[1:] + ['event_hash', 'previous_event_hash', 'correlation_id'] * 6)
        if c in ('event_timestamp', 'event_date'):
            r['raw_time'] = rnd.choice(
                [
                    'infinity',
                    '-infinity',
                    '0001-01-01 00:00:00+00 BC',
                    '12026-01-01 00:00:00+00',
                    '1969-12-31 23:59:59.999999+00',
                ]
            )
        elif c in ('is_sensitive', 'legal_hold'):
            r[c] = rnd.choice([True, False, None])
        elif c in ('retention_days', 'duration_ms'):
            r[c] = rnd.choice([None, 0, -1, 2**31 - 1])
        elif c == 'event_data':
            r[c] = rnd.choice([{}, [], None, 1, 'x', {'event_type': None, 'a': [[[]]]}])
        elif c == 'correlation_id':
            r[c] = rnd.choice(rows)[c]
        else:
            r[c] = rnd.choice(pool)
        if rnd.random() < 0.1:
            rows.append(dict(copy.deepcopy(r), event_id=s.id()))
        if rnd.random() < 0.1:
            rows.remove(r)
    honest, garbled = os.path.join(W, f'honest-{n}', 'a.exhibit'), os.path.join(
        W, f'wild-{n}', 'a.exhibit'
    )
    v = judge(s, rows, f'wild-{n}', seq, keep=True)
    p = subprocess.run(
        [EXHIBIT, 'compare', garbled, '--with', honest, '-o', 'json', '--sandbox', A.sandbox],
        capture_output=True,
    )
    if (
        p.returncode not in (0, 11)
        or b'Sanitizer' in p.stderr
        or json.loads(p.stdout)['counts']['same'] > len(rows)
    ):
        raise SystemExit(f'{garbled}: compare: status {p.returncode} {p.stderr[-800:].decode()}')
    if not A.keep:
        os.unlink(garbled)
    return v


def main():
    global USED
    for n in range(A.histories):
        rnd = random.Random(A.seed * 100003 + n)
        linear = n % 4 >= 2  # with insert_seq: from the beginning, or from an upgrade on
        s = history(rnd, n % 4 == 3, n % 4 == 2)
        order = list(s.rows)
        rnd.shuffle(order)
        v = judge(s, order, f'honest-{n}', linear, keep=True)
        bad = [f for f in v['findings'] if f['level'] == 'alarm']
        for f in bad:
            alarms[f['class']] += 1
            trouble.append(
                f'history {A.seed}/{n}: honest, but {f["class"]}: {f.get("correlation_id")}:'
                f' {f["sentence"]}'
            )
        wild(s, order, random.Random(A.seed * 7 + n), n, linear)
        if not A.keep:
            os.unlink(os.path.join(W, f'honest-{n}', 'a.exhibit'))
        rows = copy.deepcopy(order)
        big = [
            c
            for c, k in collections.Counter(
                r['correlation_id'] for r in rows if r['event_hash']
            ).items()
            if k >= 3
        ]
        rnd.shuffle(big)
        ways = list(WAYS)
        rnd.shuffle(ways)
        done = {}
        targets = big[: len(big) * 4 // 5]
        USED = set(targets)  # the rest stays untouched, or loses a row to another
        for way in ways:
            for corr in targets:
                if corr in done:
                    continue
                t = Tamper(s, rows, rnd, corr)
                got = getattr(t, way)()
                if got:
                    done[corr] = (way, *got)
                    break
        v = judge(s, rows, f'tampered-{n}', linear)
        by = collections.defaultdict(set)
        for f in v['findings']:
            by[f.get('correlation_id')].add((f['class'], f['level']))
        for corr, (way, want, may) in done.items():
            have = {c for c, l in by[corr]}
            al = {c for c, l in by[corr] if l == 'alarm'}
            what = f'history {A.seed}/{n} {corr}: {way}: want {want} or {may}, have {sorted(have)}'
            if have & set(want) and al <= set(want) | set(may):
                right[way] += 1
            elif have & set(want + may) and al <= set(want) | set(may):
                left_open[way] += 1
                A.v and print('open   ', what)
            elif have & set(want + may) or al:
                wrong[way] += 1
                trouble.append(what)
            else:
                unfound[way] += 1
                trouble.append('not found: ' + what)
        for corr in by:
            if (
                corr not in done
                and corr not in USED - set(targets)
                and any(l == 'alarm' for c, l in by[corr])
            ):
                wrong['(untouched)'] += 1
                trouble.append(f'history {A.seed}/{n} {corr}: untouched, but {sorted(by[corr])}')
    for t in trouble:
        print(t)
    total = sum(map(sum, (c.values() for c in (right, left_open, wrong, unfound))))
    for way in sorted(set(right) | set(left_open) | set(wrong) | set(unfound)):
        print(
            f'{way:36} right {right[way]:5}  left open {left_open[way]:4}  wrong {wrong[way]:4} '
            f' not found {unfound[way]:4}'
        )
    share = sum(right.values()) / max(total, 1)
    print(
        f'{A.histories} histories: {sum(alarms.values())} false alarms; {total} tamperings:'
        f' {100 * share:.2f} % right, {sum(left_open.values())} left open, {sum(wrong.values())}'
        f' wrong, {sum(unfound.values())} not found'
    )
    return 0 if share >= 0.99 and not alarms and not wrong and not unfound and total else 1


def one(n, f):
    """a long correlation, without looking through all its rows for each"""
    rnd = random.Random(A.seed)
    s = Source(rnd)
    best = None
    while s.seq < n:
        s.now += rnd.choice([0, 0, 1, 2]) * 10**6
        last = best
        for _ in range(rnd.randrange(1, 12)):
            e = s.event('rr-one', rnd.random() < 0.01)
            e['previous_event_hash'] = last['event_hash'] if last else ''
            e['event_hash'] = digest(e)
            s.store(e)
            last = e
        for e in s.rows[-12:]:
            if best is None or (e['us'], e['event_id']) > (best['us'], best['event_id']):
                best = e
    for r in s.rows[1:] if A.hostile else []:
        r['event_hash'] = r['previous_event_hash'] = None
    if A.hostile:
        s.rows[0].update(event_hash='ab' * 32, previous_event_hash='cd' * 32)
    rnd.shuffle(s.rows)
    dump(s, s.rows, f)
    return 0


sys.exit(one(int(A.one[0]), A.one[1]) if A.one else main())
