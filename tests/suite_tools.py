"""What tools do to whole inputs (event.md E-13 d), each beside an honest control: one row that was
really edited stays an alarm.
"""

import csv, hashlib, hmac, io, json, uuid
from harness import *

COLUMNS = (
    'event_id event_version event_timestamp event_date event_type event_category event_action'
    ' event_outcome actor_type actor_id actor_ip resource_type resource_id resource_name'
    ' correlation_id parent_event_id parent_event_date trace_id span_id namespace cluster_id'
    ' event_data event_metadata severity duration_ms error_code error_message retention_days'
    ' is_sensitive event_hash previous_event_hash legal_hold legal_hold_reason legal_hold_placed_by'
    ' legal_hold_placed_at hash_algorithm'
).split()
HASHED = (
    'resource_type resource_id namespace cluster_id severity duration_ms error_code error_message'
    ' actor_id actor_type actor_ip'
).split()


def encoded(v):
    """as the source's encoder prints it"""
    s = json.dumps(v, ensure_ascii=False, sort_keys=True, separators=(',', ':'))
    for c in '<>&\u2028\u2029':
        s = s.replace(c, f'\\u{ord(c):04x}')
    return s


def stamped(t):
    date, _, rest = t.partition('T')
    clock, _, fraction = rest.replace('+00:00', '').partition('.')
    fraction = fraction.rstrip('0')
    return f'{date}T{clock}' + ('.' + fraction if fraction else '') + 'Z'


def body(r):
    o = [
        ('event_id', r['event_id']),
        ('event_timestamp', stamped(r['event_timestamp'])),
        ('event_date', None),
        ('event_type', r['event_type']),
        ('version', r['event_version']),
    ] + [(c, r[c]) for c in ('event_category', 'event_action', 'event_outcome', 'correlation_id')]
    o += [('parent_event_id', None), ('parent_event_date', None)] + [
        (c, r[c]) for c in HASHED if r[c]
    ]
    o += [
        ('retention_days', r['retention_days']),
        ('is_sensitive', r['is_sensitive']),
        ('event_hash', ''),
        ('previous_event_hash', ''),
        ('legal_hold', False),
        ('legal_hold_reason', ''),
        ('legal_hold_placed_by', ''),
        ('legal_hold_placed_at', None),
        ('event_data', r['event_data']),
    ]
    return '{' + ','.join(f'"{k}":{encoded(v)}' for k, v in o) + '}'


def chain(rs, key=None):
    last = {}
    for r in rs:
        r['previous_event_hash'] = last.get(r['correlation_id'], '')
        r['hash_algorithm'] = 'hmac-sha256' if key else 'sha256-unkeyed'
        text = (r['previous_event_hash'] + body(r)).encode()
        r['event_hash'] = (
            hmac.new(key, text, 'sha256').hexdigest() if key else hashlib.sha256(text).hexdigest()
        )
        last[r['correlation_id']] = r['event_hash']
    return rs


def honest(n=40, key=None, correlation='rr-tools', start='2026-07-01T10', **more):
    """rows with everything that a tool can spoil"""
    out = []
    for i in range(n):
        r = dict.fromkeys(COLUMNS)
        r.update(
            event_id=str(uuid.uuid5(uuid.NAMESPACE_URL, f'{correlation}/{i}')),
            event_version='1.0',
            event_type='notification.message.sent',
            event_category='notification',
            event_action='sent',
            event_outcome='success',
            actor_type='service',
            actor_id='system:serviceaccount:kubernaut:notifier',
            resource_type='Notification',
            resource_id=f'nr-{i}',
            correlation_id=f'{correlation}-{i % 3}',
            namespace='prod',
            severity='info',
            retention_days=2555,
            is_sensitive=i % 4 == 0,
            legal_hold=False,
            event_timestamp=f'{start}:{i:02d}:07.{123457 + 1001 * i:06d}+00:00',
            event_date=start[:10],
        )
        r['event_data'] = {
            'event_type': r['event_type'],
            'n': i,
            'ratio': 0.25 + i,
            'one': 1,
            'zero': 0,
        }
        if i % 2:
            r['event_data'].update(ok=i % 3 == 0, failed=False)
        if i % 3 == 1:
            r['event_data'].update(body='Grüße\n"Müller" — 🚀', path='C:\\temp\\new')
            r['error_message'] = 'läuft\nnicht <mehr>'
        if i % 3 == 2:
            r['error_message'] = 'line one\nline two\n'
            r['error_code'] = '404'
        r.update({k: v(i) if callable(v) else v for k, v in more.items()})
        out.append(r)
    return chain(out, key)


def jsonl(name, rs, change=lambda text: text):
    p = path(name)
    open(p, 'wb').write(
        change('\n'.join(json.dumps(r, ensure_ascii=False) for r in rs) + '\n').encode(
            'utf-8', 'surrogatepass'
        )
    )
    return p


def pg(c, v):
    if v is None:
        return ''
    if c == 'event_data':
        return json.dumps(v, ensure_ascii=False)
    if isinstance(v, bool):
        return 't' if v else 'f'
    return str(v).replace('T', ' ').replace('+00:00', '+00') if c == 'event_timestamp' else str(v)


def as_csv(name, rs, cell=pg, quote=csv.QUOTE_MINIMAL, eol='\n', change=lambda text: text):
    o = io.StringIO(newline='')
    o.write(','.join(COLUMNS) + '\n')
    for r in rs:
        o.write(
            ','.join(
                (
                    ''
                    if r[c] is None
                    else (
                        '"' + cell(c, r[c]).replace('"', '""') + '"'
                        if r[c] == '' or set(cell(c, r[c])) & set(',"\n\r')
                        else cell(c, r[c])
                    )
                )
                for c in COLUMNS
            )
            + '\n'
        )
    p = path(name)
    open(p, 'wb').write(change(o.getvalue()).encode())
    return p


def edited(rs, k=0):
    rs = [dict(r) for r in rs]
    rs[k] = dict(rs[k], event_outcome='failure')
    return rs


COUNT = iter(range(1000))


def told(f, change, at_least=3, more=(), status=(0, 2, 3)):
    """the input is read whole, its rows are variants by that name, which is said once, and nobody
    is accused
    """
    a, o, err = archive(f'tool{next(COUNT)}', f, status=None)
    check(o.get('rejects') == 0, (change, o, err))
    v = verify(a, *VKEY, *more)
    alarms = [x for x in v['findings'] if x['level'] == 'alarm']
    check(
        not alarms and v['source_chain']['mismatching'] == 0 and v['exit'] in status,
        (change, v['headline'], alarms[:1]),
    )
    names = [x['sentence'] for x in v['findings'] if x['class'] == 'tool-change']
    check(sum(f'({change})' in s for s in names) == 1, (change, names))
    each = [
        json.loads(l)
        for l in (
            run(EXHIBIT, 'verify', a, *VKEY, *more, '--each', '-o', 'jsonl', status=None)
            .stdout.decode()
            .split('\n')
        )
        if l
    ]
    check(
        sum(
            change in (x.get('variant') or '').split(', ')
            for x in each
            if x['content'] == 'variant'
        )
        >= at_least,
        (change, each[:2]),
    )
    return v


def accused(f, n=1, more=(), fits=False):
    """so many rows stay alarms; explained with a proof or not"""
    a, o, err = archive(f'tool{next(COUNT)}', f, status=None)
    v = verify(a, *VKEY, *more)
    alarms = [x for x in v['findings'] if x['level'] == 'alarm']
    check(
        v['exit'] == 1 and len(alarms) == n and v['source_chain']['mismatching'] == n,
        (v['headline'], len(alarms)),
    )
    for x in alarms:
        check(
            fits == any(e['state'] == 'fits' for e in x['explanations']),
            (x['sentence'], x['explanations']),
        )
    return v


def both(name, rs, make, change, more=(), **k):
    """the damaged input, and the same with one row that was edited before; untouched it just
    verifies
    """
    told(make(name, rs), change, more=more, **k)
    for i in (0, 1, 2):
        accused(make(f'{name}-edited{i}', edited(rs, i)), more=more)


DOUBLED = lambda t: t.replace('\\', '\\\\')


def no_quotes(rs):
    """rows whose doubled form is still JSON; the others are undone where they are read"""
    for r in rs:
        r['event_data'] = {
            k: v.replace('"', '') if isinstance(v, str) else v for k, v in r['event_data'].items()
        }
    return chain(rs)


@test
def tool_doubles_backslashes():
    both('backslash.jsonl', no_quotes(honest()), lambda n, r: jsonl(n, r, DOUBLED), 'copy-escapes')
    some = honest(error_message=lambda i: 'one\ntwo' if i % 3 else None)  # of both kinds
    both(
        'backslash-name.jsonl',
        honest(correlation='rr\nline'),
        lambda n, r: jsonl(n, r, DOUBLED),
        'copy-escapes',
    )  # a correlation under two names
    both('backslash-quotes.jsonl', some, lambda n, r: jsonl(n, r, DOUBLED), 'copy-escapes')
    # rows that the reader had to undo prove it as well: one other is no edit
    plain = {'event_type': 'notification.message.sent', 'n': 1}
    last = honest(
        error_message=lambda i: 'one\ntwo' if i == 7 else None,
        event_data=lambda i: plain if i == 7 else dict(plain, body='says "yes"'),
    )
    told(jsonl('backslash-one.jsonl', last, DOUBLED), 'copy-escapes', at_least=1)
    accused(jsonl('backslash-one-edited.jsonl', edited(last, 7), DOUBLED))
    # with nothing that proves it, it stays one, explained
    alone = honest(
        error_message=lambda i: 'one\ntwo' if i == 7 else None, event_data=lambda i: plain
    )
    accused(jsonl('backslash-alone.jsonl', alone, DOUBLED), fits=True)
    # where the others do not give their hashes either, they prove nothing
    forged = jsonl('backslash-forged.jsonl', edited(edited(edited(last, 1), 2), 3)[1:4], DOUBLED)
    both_ = jsonl('backslash-both.jsonl', edited(edited(edited(last, 1), 2), 3)[1:8:2], DOUBLED)
    accused(forged, n=3)
    v = verify(archive('backslash-both', both_)[0], *VKEY)
    alarms = [x for x in v['findings'] if x['level'] == 'alarm']
    fits = [x for x in alarms if 'fits' in {e['state'] for e in x['explanations']}]
    check((len(alarms), len(fits)) == (3, 1), (len(alarms), alarms[:1]))


@test
def tool_reads_in_another_code_page():
    rs = honest()
    wrong = {'437': 'cp437', '850': 'cp850', '1252': 'latin-1'}
    for page, codec in wrong.items():
        both(
            f'cp{page}.jsonl',
            rs,
            lambda n, r: jsonl(n, r, lambda t: t.encode().decode(codec)),
            'code-page-' + page,
        )
    windows = lambda t: ''.join(bytes([b]).decode('cp1252', 'ignore') or chr(b) for b in t.encode())
    both(
        'cp1252.csv',
        honest(correlation='rr-ü'),
        lambda n, r: as_csv(n, r, change=windows),
        'code-page-1252',
    )


@test
def tool_changes_line_ends():
    rs = honest()
    both(
        'crlf.csv', rs, lambda n, r: as_csv(n, r, change=lambda t: t.replace('\n', '\r\n')), 'crlf'
    )
    back = honest(error_message=lambda i: 'one\r\ntwo' if i % 2 else None)
    both(
        'lf.csv', back, lambda n, r: as_csv(n, r, change=lambda t: t.replace('\r\n', '\n')), 'crlf'
    )


@test
def tool_cuts_times():
    rs = honest()
    both(
        'ms.csv',
        rs,
        lambda n, r: as_csv(
            n, r, lambda c, v: pg(c, v)[:23] + ' +0000' if c == 'event_timestamp' else pg(c, v)
        ),
        'milliseconds',
    )

    def rounded(n, rs):
        out = [dict(r) for r in rs]
        for r in out:
            us = int(r['event_timestamp'][20:26])
            us = (us + 500) // 1000 * 1000
            r['event_timestamp'] = r['event_timestamp'][:20] + f'{us:06d}+00:00'
        return jsonl(n, out)

    both('ms-rounded.jsonl', rs, rounded, 'milliseconds')


def explained(f, name):
    """every row is an alarm, and the tool's mark is among its explanations"""
    v = verify(archive(f'tool{next(COUNT)}', f, status=None)[0], *VKEY)
    alarms = [x for x in v['findings'] if x['level'] == 'alarm']
    for x in alarms:
        state = [e['state'] for e in x['explanations'] if f'({name})' in e['sentence']]
        check(state == ['cannot tell'], (name, x))
    return alarms


@test
def tool_guards_formulas():
    """An apostrophe or a tab in front of what a spreadsheet takes for a formula."""
    begins = ('=cmd', '+1', '-o value', '@home', 'none', None)
    rs = honest(error_message=lambda i: begins[i % 6])
    for guard in ("'", '\t'):

        def guarded(c, v):
            v = pg(c, v)
            return guard + v if v[:1] in ('=', '+', '-', '@') and c == 'error_message' else v

        both(
            f'guard-{ord(guard)}.csv', rs, lambda n, r: as_csv(n, r, guarded), 'formula-guard'
        )
    # honest: such a text in the source, beside formulas that nobody guarded
    own = honest(error_message=lambda i: ("'=1", '=2', "'-3")[i % 3])
    told_ = verify(archive('guard-own', as_csv('guard-own.csv', own))[0], *VKEY)
    check(not [x for x in told_['findings'] if x['class'] == 'tool-change'], told_['findings'])


@test
def tool_leaves_marks_that_explain():
    """What nothing can undo explains the rows that show it."""
    rs = honest()

    def seconds(c, v):
        return pg(c, v)[:19] + '+00' if c == 'event_timestamp' else pg(c, v)

    check(len(explained(as_csv('seconds.csv', rs, seconds), 'seconds')) == 40, 'all of them')
    deep = []
    for i, r in enumerate(rs):
        deep.append(dict(r, event_data=dict(r['event_data'], of='@{a=1; b=2}')) if i % 2 else r)
    check(len(explained(jsonl('depth.jsonl', deep), 'depth')) == 20, 'those that have it')
    # one edited row among whole seconds that fit is no work of a tool
    whole = honest(event_timestamp=lambda i: f'2026-07-01T10:{i:02d}:07+00:00')
    v = accused(as_csv('seconds-own.csv', edited(whole)))
    alarm = [x for x in v['findings'] if x['level'] == 'alarm'][0]
    check('(seconds)' not in str(alarm['explanations']), alarm)


@test
def tool_prints_local_times():
    whole = honest(
        event_timestamp=lambda i: f'2026-{7 if i < 20 else 12:02d}-01T10:{i:02d}:07+00:00',
        event_date=lambda i: f'2026-{7 if i < 20 else 12:02d}-01',
    )

    def local(n, rs):  # two hours in summer, one in winter, and no word of it
        return as_csv(
            n,
            rs,
            lambda c, v: (
                pg(c, v).replace('+00', '').replace(' 10:', ' 12:' if v[6] == '7' else ' 11:')
                if c == 'event_timestamp'
                else pg(c, v)
            ),
        )

    both('local.csv', whole, local, 'local-time')
    f, o, _ = archive('zoneless', local('zoneless.csv', whole))
    check(
        any('40 times' in str(x) and 'read as UTC' in str(x) for x in o['inputs'][0]['lacks']),
        o['inputs'],
    )

    def london(n, rs):  # in winter as it was
        return as_csv(
            n,
            rs,
            lambda c, v: (
                pg(c, v).replace('+00', '').replace(' 10:', ' 11:' if v[6] == '7' else ' 10:')
                if c == 'event_timestamp'
                else pg(c, v)
            ),
        )

    both('london.csv', whole, london, 'local-time')
    clusters = honest(
        cluster_id='edge-1', event_timestamp=lambda i: f'2026-07-01T10:{i:02d}:07+00:00'
    )  # and a spelling of the database beside it
    for r in clusters[::5]:
        r['spelled'] = True
    for r in clusters:
        text = (
            body(r).replace('"cluster_id":', '"cluster_name":')
            if r.pop('spelled', False)
            else body(r)
        )
        before = [
            x for x in clusters[: clusters.index(r)] if x['correlation_id'] == r['correlation_id']
        ]
        r['previous_event_hash'] = before[-1]['event_hash'] if before else ''
        r['event_hash'] = hashlib.sha256((r['previous_event_hash'] + text).encode()).hexdigest()
    v = told(local('local-spelled.csv', clusters), 'local-time', at_least=40)
    wrong = lambda n, rs: jsonl(
        n,
        [
            dict(
                r,
                event_timestamp=r['event_timestamp'].replace('T10:', 'T15:').replace(':07', ':07'),
            )
            for r in rs
        ],
    )
    both('shifted.jsonl', whole, wrong, 'local-time')


@test
def tool_respells_booleans_and_numbers():
    rs = honest()
    spelled = lambda v: {k: str(x) if isinstance(x, bool) else x for k, x in v.items()}
    both(
        'bool-words.jsonl',
        rs,
        lambda n, r: jsonl(n, [dict(x, event_data=spelled(x['event_data'])) for x in r]),
        'boolean',
    )
    digits = lambda v: {k: int(x) if isinstance(x, bool) else x for k, x in v.items()}
    both(
        'bool-digits.jsonl',
        rs,
        lambda n, r: jsonl(n, [dict(x, event_data=digits(x['event_data'])) for x in r]),
        'boolean',
    )
    both(
        'version.csv', rs, lambda n, r: as_csv(n, [dict(x, event_version='1') for x in r]), 'number'
    )
    both(
        'version.jsonl', rs, lambda n, r: jsonl(n, [dict(x, event_version=1) for x in r]), 'number'
    )
    both(
        'float.csv',
        rs,
        lambda n, r: as_csv(
            n,
            [
                dict(
                    x,
                    error_code=x['error_code'] and x['error_code'] + '.0',
                    retention_days='2555.0',
                )
                for x in r
            ],
        ),
        'number',
    )


@test
def tool_makes_null_of_nothing():
    rs = honest()
    for r in rs:
        r['hash_algorithm'] = ''  # rows of a server that did not say it yet
    both(
        'null.csv',
        rs,
        lambda n, r: as_csv(n, [{c: None if x[c] == '' else x[c] for c in COLUMNS} for x in r]),
        'null-empty',
    )


@test
def tool_changes_of_two_kinds():
    rs = honest()
    both(
        'two.csv',
        rs,
        lambda n, r: as_csv(
            n,
            [dict(x, event_version='1') for x in r],
            change=lambda t: t.replace('\n', '\r\n').encode().decode('cp437'),
        ),
        'code-page-437',
    )
    key = b'a key of the source'
    open(path('tools.key'), 'wb').write(key)
    more = ('--hmac-key-file', path('tools.key'))
    keyed = honest(key=key)
    both(
        'keyed.csv',
        keyed,
        lambda n, r: as_csv(
            n, r, change=lambda t: t.replace('\n', '\r\n').encode().decode('cp850')
        ),
        'code-page-850',
        more=more,
    )


@test
def tool_changes_without_an_algorithm():
    bare = lambda rs: [{k: v for k, v in r.items() if k != 'hash_algorithm'} for r in rs]
    both(
        'bare.jsonl',
        honest(60),
        lambda n, r: jsonl(n, bare(r), lambda t: t.encode().decode('cp437')),
        'code-page-437',
    )


@test
def tool_changes_need_the_whole_input():
    rs = honest()
    half = [dict(r, event_version='1') if i < 20 else r for i, r in enumerate(rs)]
    accused(
        jsonl('half.jsonl', half), n=20, fits=True
    )  # the others still say 1.0: somebody did that
    few = [r for r in no_quotes(honest(6)) if '\\' not in json.dumps(r, ensure_ascii=False)] + [
        r for r in no_quotes(honest(6, correlation='rr-few')) if '\\' in json.dumps(r['event_data'])
    ][:2]
    v = accused(
        jsonl('few.jsonl', chain(few), DOUBLED), n=2, fits=True
    )  # two rows prove nothing of an input
    lost = jsonl(
        'lost.jsonl',
        [
            dict(r, event_data=dict(r['event_data'], ratio=round(1 / (i + 3), 10)))
            for i, r in enumerate(
                chain(
                    [
                        dict(r, event_data=dict(r['event_data'], ratio=1 / (i + 3)))
                        for i, r in enumerate(rs)
                    ]
                )
            )
        ],
    )
    a, o, _ = archive('lost', lost)
    v = verify(a, *VKEY, status=1)
    alarms = [x for x in v['findings'] if x['level'] == 'alarm']
    marked = [
        x
        for x in alarms
        if any(
            '10 decimals' in e['sentence'] and e['state'] == 'cannot tell'
            for e in x['explanations']
        )
    ]
    check(
        len(alarms) > len(marked) > 20, (len(alarms), len(marked))
    )  # a number whose tenth digit is 0 does not show it


@test
def tools_that_did_nothing_are_not_named():
    for n, make in (('plain.jsonl', jsonl), ('plain.csv', as_csv)):
        a, o, _ = archive('p' + n, make(n, honest()))
        v = verify(a, *VKEY, status=0)
        check(
            o['rejects'] == 0
            and not [x for x in v['findings'] if x['class'] in ('tool-change', 'variant')],
            v['findings'],
        )
        accused(make('edited-' + n, edited(honest(), 1)))


@test
def tool_changed_the_same_rows_beside_themselves():
    """Rows beside the same rows as a tool made them, in one file and in the next of the log: one
    row told twice, no alteration; an edited one is.
    """
    rs = honest(12)
    crlf = honest(12, error_message='one\r\ntwo', event_data={'a': 1})
    few = lambda t: '\n'.join(DOUBLED(l) if i == 4 else l for i, l in enumerate(t.split('\n')))
    ms = lambda rows: [dict(r, event_timestamp=r['event_timestamp'][:23] + '+00:00') for r in rows]
    cases = (
        ('ms', rs, ms(rs), lambda t: t),
        ('page', rs, rs, lambda t: t.encode().decode('cp850')),
        ('one', chain(no_quotes(honest(12))), None, few),
        (
            'zone',
            rs,
            [
                dict(
                    r,
                    event_timestamp=r['event_timestamp']
                    .replace('T10:', 'T12:')
                    .replace('+00:00', ''),
                )
                for r in rs
            ],
            lambda t: t,
        ),
        ('lf', crlf, None, lambda t: t.replace('\\r\\n', '\\n')),
    )
    for name, plain, other, change in cases:
        other = other or plain
        one, two = jsonl(f'beside-{name}.jsonl', plain), jsonl(
            f'beside-{name}-tool.jsonl', other, change
        )
        worse = jsonl(
            f'beside-{name}-edited.jsonl',
            [dict(r, event_outcome='failure') if i == 3 else r for i, r in enumerate(other)],
            change,
        )
        for order in ((one, two), (two, one)):
            f, o, _ = archive(f'beside{next(COUNT)}', *order, status=None)
            v = verify(f, *VKEY, status=None)
            check(
                o['conflicts']
                and not [x for x in v['findings'] if x['level'] == 'alarm']
                and v['exit'] == 0,
                (name, o['conflicts'], v['headline']),
            )
            why = [
                e
                for x in v['findings']
                if x['class'] == 'two-versions-explained'
                for e in x['explanations']
                if e['state'] == 'fits'
            ]
            check(why and all('a tool' in e['sentence'] for e in why), (name, why))
        f, o, _ = archive(f'beside{next(COUNT)}', one, worse, status=None)
        v = verify(f, *VKEY, status=1)
        check(
            len([x for x in v['findings'] if x['class'] == 'two-versions']) == 1,
            (name, v['headline']),
        )
        os.makedirs(path(f'log-{name}'))
        a, _, _ = archive(f'log-{name}/a', one)
        for k, (second, alarms) in enumerate(((two, 0), (worse, 1))):
            b, _, err = archive(
                f'log-{name}-{k}', second, options=ORIGIN + ['--after', a], status=None
            )
            v = verify(a, b, *VKEY, status=None)
            check(
                len([x for x in v['findings'] if x['class'] == 'changed']) == alarms
                and (v['exit'] == 1) == bool(alarms),
                (name, v['headline'], err),
            )


@test
def columns_that_an_input_leaves_out():
    """A hashed column that the input does not have is not carried, whichever it is: no row is
    edited for it; a row that JSON leaves NULLs out of is judged.
    """
    rs = honest(12)
    for c in ('severity', 'previous_event_hash', 'namespace', 'retention_days'):
        less = [{k: v for k, v in r.items() if k != c} for r in rs]
        for kind in ('csv', 'jsonl'):
            p = path(f'without-{c}.{kind}')
            if kind == 'jsonl':
                jsonl(os.path.basename(p), less)
            else:
                o = io.StringIO(newline='')
                w = csv.writer(o, lineterminator='\n')
                cols = [k for k in COLUMNS if k != c]
                w.writerow(cols)
                for r in less:
                    w.writerow([pg(k, r[k]) for k in cols])
                open(p, 'w', newline='').write(o.getvalue())
            f, o, _ = archive(f'without-{c}-{kind}', p, status=None)
            v = verify(f, *VKEY, status=3)
            check(
                not [x for x in v['findings'] if x['level'] == 'alarm']
                and v['source_chain']['not_carried'] >= 8,
                (c, kind, v['headline'], v['source_chain']),
            )
    bare = [{k: x for k, x in r.items() if x is not None} for r in edited(rs, 0)]
    f, o, _ = archive('without-nulls', jsonl('without-nulls.jsonl', bare), status=None)
    v = verify(f, *VKEY, status=1)
    check(v['source_chain']['mismatching'] == 1, v['source_chain'])


@test
def tool_changes_under_redaction():
    """Rows that a tool changed are no rows that were edited, though their values are withheld; one
    that was edited is.
    """
    rs = no_quotes(honest(error_message=lambda i: 'läuft\nnicht' if i % 3 else None))

    def zone(c, v):
        return f'{v[:10]} 13{v[13:26]}' if c == 'event_timestamp' else pg(c, v)

    made = {
        'crlf': lambda n, r: as_csv(n, r, change=lambda t: t.replace('\n', '\r\n')),
        'escapes': lambda n, r: jsonl(n, r, DOUBLED),
        'cp437': lambda n, r: jsonl(n, r, lambda t: t.encode().decode('cp437')),
        'zone': lambda n, r: as_csv(n, r, zone),
        'both': lambda n, r: as_csv(
            n, r, change=lambda t: t.encode().decode('cp850').replace('\n', '\r\n')
        ),
    }
    for name, make in made.items():
        for k, rows_ in enumerate((rs, edited(rs, 1))):
            f, o, _ = archive(
                f'redact-{name}-{k}',
                make(f'redact-{name}-{k}.in', rows_),
                options=[*ORIGIN, '--redact', 'actor_id,severity'],
                status=None,
            )
            v = verify(f, *VKEY)
            unlike = [x for x in v['findings'] if x['id'] == 'S43']
            named = [x.get('event_ids') for x in unlike]
            check(named == [[rs[1]['event_id']]] * k, (name, k, named))
            said = ' '.join(map(lack_text, o['inputs'][0]['lacks']))
            check('what a tool did' in said, (name, said))
    f, o, _ = archive(
        'redact-plain', jsonl('redact-plain.in', rs), options=[*ORIGIN, '--redact', 'actor_id']
    )
    check('what a tool did' not in str(o['inputs']), 'nothing was done to it')


@test
def tool_changes_are_no_differences():
    """compare and reconcile: the rows that were sealed, as a tool left them, are the same; one that
    was edited before is changed, whatever the tool did to it.
    """
    rs = honest(correlation='rr-same')
    whole, _, _ = archive('same-whole', jsonl('same-whole.in', rs))
    made = {
        'crlf': lambda n, r: as_csv(n, r, change=lambda t: t.replace('\n', '\r\n')),
        'copy-escapes': lambda n, r: jsonl(n, no_quotes([dict(x) for x in r]), DOUBLED),
        'code-page-437': lambda n, r: jsonl(n, r, lambda t: t.encode().decode('cp437')),
        'milliseconds': lambda n, r: as_csv(
            n, r, lambda c, v: pg(c, v)[:23] + '+00' if c == 'event_timestamp' else pg(c, v)
        ),
    }
    for name, make in made.items():
        base = whole
        if name == 'copy-escapes':  # rows whose doubled form is still JSON
            plain_ = no_quotes([dict(x) for x in rs])
            base, _, _ = archive('same-escapes', jsonl('same-escapes.in', plain_))
        for k in (0, 1):
            rows_ = edited(rs, 4) if k else rs
            if name == 'copy-escapes':
                rows_ = edited(plain_, 4) if k else plain_
                make = lambda n, r: jsonl(n, r, DOUBLED)
            source = make(f'same-{name}-{k}.in', rows_)
            new, _, _ = archive(f'same-{name}-{k}', source, status=None)
            p = run(EXHIBIT, 'compare', new, '--with', base, '-o', 'json', status=None)
            o = json.loads(p.stdout)
            c = o['counts']
            check(o['by_tool'] >= 3 and c['changed'] == k, (name, k, o['counts']))
            check(p.returncode in ((11,) if k else (0, 2)), (name, k, p.returncode))
            ids = [i for d in o['differences'] for i in d['event_ids']]
            check(ids == [rs[4]['event_id']] * k, (name, ids))
            p = run(
                EXPORT, 'reconcile', base, '--source', source, *VKEY, '-o', 'json', status=None
            )
            o = json.loads(p.stdout)
            c = o['counts']
            check(o['by_tool'] >= 3 and c['changed'] == k, (name, k, o['counts']))
            check(p.returncode == (11 if k else 0), (name, k, p.returncode, p.stderr))
    p = run(EXHIBIT, 'compare', new, '--with', whole, status=None)
    check(b'once what a tool did is undone (milliseconds)' in p.stdout, p.stdout)
    # a column that no hash covers is one more difference
    other = [dict(r, resource_name='x' if k == 1 else None) for k, r in enumerate(rs)]
    new, _, _ = archive('same-open', made['crlf']('same-open.in', other), status=None)
    c = json.loads(run(EXHIBIT, 'compare', new, '--with', whole, '-o', 'json', status=11).stdout)
    check([rs[1]['event_id']] in [d['event_ids'] for d in c['differences']], c['differences'])
