"""Tests of what is said of incomplete data, whatever the verb: nothing is gone, nothing is equal,
nothing is whole beyond what was looked at.
"""

from harness import *


def dump(name, keep=lambda id: True, cut=None):
    """LC as a dump with the rows of some ids alone; cut: so many bytes of it."""
    out, copying = [], False
    for l in open(LC, encoding='utf-8').read().split('\n'):
        if (
            copying
            and l != '\\.'
            and not keep(
                re.search(r'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', l)[0]
            )
        ):
            continue
        if l.startswith('COPY '):
            copying = 'audit_events' in l.split('(')[0]
        if l == '\\.':
            copying = False
        out.append(l)
    open(path(name), 'wb').write('\n'.join(out).encode()[:cut])
    return path(name)


def jsonl(name, rs):
    open(path(name), 'w').write(''.join(json.dumps(r, ensure_ascii=False) + '\n' for r in rs))
    return path(name)


def compared(new, old, status):
    new, old = ([x] if isinstance(x, str) else x for x in (new, old))
    argv = [EXHIBIT, 'compare', *new, *[a for f in old for a in ('--with', f)], *VKEY]
    p = run(*argv, status=status)
    return json.loads(run(*argv, '-o', 'json', status=status).stdout), p.stdout.decode()


@test
def parts_compare_a_part():
    """compare against a part never says gone, and never that nothing differs; a dump with its end
    mark does (judgement.md J-3).
    """
    whole = archive('part-whole', LC)[0]
    real = [
        json.loads(l)
        for l in run(EXHIBIT, 'cat', whole, *VKEY, '-o', 'jsonl').stdout.decode().split('\n')
        if l
    ]
    n, half = len(real), len(real) // 2
    ids = [r['event_id'] for r in real]
    some = set(ids[:half])

    def is_part(new, old, unseen, vanished=None, limits=False, status=2):
        v, screen = compared(new, old, status)
        check(
            (v['counts']['vanished'], v['counts']['not_looked_at']) == (vanished, unseen)
            and bool(v['limits']) == limits,
            (v['counts'], v['limits']),
        )
        check(
            'NO DIFFERENCE' not in screen
            and 'vanished' not in [d['class'] for d in v['differences']]
            and (not unseen or re.search(rf'not looked at +{unseen} event', screen)),
            screen,
        )
        return v

    # rows without count or end mark, as the new export and as the old one; edited rows still
    # are differences
    rows = archive('part-rows', jsonl('part-rows.jsonl', real[:half]))[0]
    is_part(rows, whole, n - half)
    late = sum(
        r['event_timestamp'] < max(x['event_timestamp'] for x in real[:half]) for r in real[half:]
    )
    if late:
        is_part(whole, rows, late, 0)
    edited = archive(
        'part-edited',
        jsonl('part-edited.jsonl', [dict(real[0], actor_id='mallory')] + real[1:half]),
    )[0]
    v, _ = compared(edited, whole, 11)
    check(
        v['counts']['changed'] == 1
        and v['counts']['vanished'] is None
        and v['counts']['not_looked_at'] == n - half,
        v['counts'],
    )
    # all rows seen and equal: nothing differs, though no count says so
    every = archive('part-every', jsonl('part-every.jsonl', real))[0]
    for pair in ((every, whole), (whole, every), (every, every)):
        v, screen = compared(*pair, 0)
        check(
            v['counts']['not_looked_at'] == 0
            and v['counts']['vanished'] == 0
            and 'NO DIFFERENCE' in screen,
            v['counts'],
        )
    # a period, and a cut: known lacks, on either side, even where every row that is here is equal
    middle = sorted(r['event_timestamp'] for r in real)[half]
    until = archive('part-until', LC, options=ORIGIN + ['--until', middle.replace('+00:00', 'Z')])[
        0
    ]
    is_part(until, whole, sum(r['event_timestamp'] >= middle for r in real), limits=True)
    is_part(whole, until, 0, 0, limits=True)
    is_part(until, until, 0, 0, limits=True)
    cut = archive('part-cut', dump('part-cut.sql', cut=os.path.getsize(LC) // 3), status=6)[0]
    here = json.loads(run(EXHIBIT, 'verify', cut, *VKEY, '-o', 'json', status=None).stdout)[
        'archive'
    ]['events']
    is_part(cut, whole, n - here, limits=True)
    # the control: a dump to its end mark tells what is gone, and what came late
    less = archive('part-less', dump('part-less.sql', lambda i: i in some))[0]
    v, screen = compared(less, whole, 11)
    check(
        v['counts']['vanished'] == n - half
        and v['counts']['not_looked_at'] == 0
        and v['limits'] == [],
        v['counts'],
    )
    # the next file of a log: what it skips was looked at only as far as its input held it
    d = path('part-log')
    os.makedirs(d)

    def next_file(name, source, *after):
        run(
            EXPORT,
            'archive',
            source,
            '--out',
            f'{d}/{name}.exhibit',
            *[a for f in after for a in ('--after', f)],
            *ORIGIN,
            '-q',
        )
        return f'{d}/{name}.exhibit'

    first = next_file('1', jsonl('part-1.jsonl', real))
    second = next_file('2', jsonl('part-2.jsonl', real[:half]), first)
    third = next_file('3', LC, first, second)
    fourth = next_file('4', path('part-less.sql'), first, second, third)
    is_part(second, first, n - half)
    v, screen = compared(third, [first, second], 0)
    check(v['counts']['not_looked_at'] == 0 and 'NO DIFFERENCE' in screen and v['limits'] == [], v)
    v, _ = compared(fourth, [first, second, third], 11)
    check(v['counts']['vanished'] == n - half and v['counts']['not_looked_at'] == 0, v['counts'])
    # damage is not deletion
    broken = copy_of(whole, 'part-broken')
    db = sqlite3.connect(f'file:{whole}?immutable=1', uri=True)
    blob = db.execute('SELECT data FROM data WHERE no = 1').fetchone()[0]
    raw = bytearray(data(broken))
    raw[raw.find(blob[-64:])] ^= 1
    open(broken, 'wb').write(raw)
    v, _ = compared(broken, whole, 1)
    check(
        v['counts']['vanished'] is None
        and v['counts']['not_looked_at'] == n - v['counts']['same']
        and any(x['lack'] == 'damaged' for x in v['limits']),
        (v['counts'], v['limits']),
    )


def copy_of(f, name):
    os.makedirs(path(name))
    shutil.copyfile(f, path(name) + '/a.exhibit')
    return path(name) + '/a.exhibit'


@test
def parts_limits_everywhere():
    """Every JSON document says what is known to be missing, that of verify too; empty where nothing
    is (judgement.md J-3).
    """
    cut = archive('limits-cut', dump('limits-cut.sql', cut=os.path.getsize(LC) // 3), status=6)[0]
    whole = archive('limits-whole', LC)[0]
    c = json.loads(
        run(EXHIBIT, 'list', cut, *VKEY, '-o', 'jsonl', status=None).stdout.decode().split('\n')[0]
    )['correlation_id']
    for verb in (
        ['verify'],
        ['info'],
        ['show', '--id', c],
        ['timeline', '--id', c],
        ['history', '--id', c],
        ['approvals'],
        ['populations'],
        ['controls'],
        ['reconstruct', '--id', c],
        ['sample', '--population', 'remediations', '-n', '2', '--seed', 'x'],
        ['compare', '--with', whole],
        ['compare', '--with', cut],
    ):
        doc = json.loads(
            run(EXHIBIT, verb[0], cut, *VKEY, *verb[1:], '-o', 'json', status=None).stdout
        )
        check(
            'cut' in [x['lack'] for x in doc['limits']]
            and all(
                set(x) == {'lack', 'scope', 'sentence'} and x['sentence'] for x in doc['limits']
            ),
            (verb, doc['limits']),
        )
        if '--with' not in verb:
            check(
                json.loads(
                    run(EXHIBIT, verb[0], whole, *VKEY, *verb[1:], '-o', 'json', status=None).stdout
                )['limits']
                == [],
                verb,
            )
    for f in (cut, whole):
        v = verify(f, *VKEY)
        parts = v['dimensions']['completeness']['parts']
        check(
            [p['part'] for p in parts] == ['sealed-here', 'source-sealed', 'happened-source']
            and all(p['state'] and p['why'] for p in parts),
            parts,
        )
        screen = run(EXHIBIT, 'verify', f, *VKEY, status=None).stdout.decode()
        check(not re.search(r'cannot (have )?happen|impossible', screen.split('Gaps')[0]), screen)


@test
def parts_rows_that_were_rejected():
    """Rejected rows of two blocks among many are all found: their ids, positions and number stand
    in `limits`, and are those of the table of rejects.
    """
    good()
    lines = open(path('many.jsonl')).read().rstrip('\n').split('\n')
    bad = {1: None, len(lines) - 2: None}
    for k in bad:
        o = json.loads(lines[k])
        bad[k] = o['event_id']
        o['event_data'] = 5  # no object, so no row of the source
        lines[k] = json.dumps(o)
    open(path('two-rejects.jsonl'), 'w').write('\n'.join(lines) + '\n')
    f = archive('two-rejects', path('two-rejects.jsonl'), status=6)[0]
    n = sqlite3.connect(f).execute('SELECT count(*) FROM block').fetchone()[0]
    doc = json.loads(run(EXHIBIT, 'list', f, *VKEY, '-o', 'json', status=None).stdout)
    scope = [x['scope'] for x in doc['limits'] if x['lack'] == 'unreadable-rows']
    at = json.loads(
        run(
            EXHIBIT, 'sql', f, *VKEY, 'SELECT position p FROM rejects', '-o', 'json', status=None
        ).stdout
    )['rows']
    check(
        n >= 3
        and scope
        == [
            {
                'rows': 2,
                'positions': [at[0]['p'], at[1]['p']],
                'event_ids': [bad[k] for k in sorted(bad)],
            }
        ],
        (n, scope, at),
    )


@test
def parts_lacks_of_many_tables():
    """What a cut dump lacks of one partition after another is one sentence and one limit, with
    every name; `info` shows what inputs lack, of rows and else.
    """
    text = open(LC, encoding='utf-8').read()
    at = [m.start() for m in re.finditer('COPY public.audit_events_', text)]
    full = max(range(len(at) - 1), key=lambda k: at[k + 1] - at[k])  # most have no row
    for many, cut in ((True, at[full + 1]), (False, at[-2])):
        open(path(f'lacks-{many}.sql'), 'w').write(text[:cut])
        f, j, _ = archive(f'lacks-{many}', path(f'lacks-{many}.sql'), status=6)
        kinds = [x for x in j['inputs'][0]['lacks'] if x['type'] == 'no-data-section']
        tables = sorted(x['table'] for x in kinds)
        n = len(tables)
        check(n > 10 if many else n == 1, kinds)
        doc = json.loads(run(EXHIBIT, 'list', f, *VKEY, '-o', 'json', status=None).stdout)
        [limit] = [x for x in doc['limits'] if x['lack'] == 'no-data-section']
        names = limit['scope'].get('tables', [limit['scope'].get('table')])
        check(sorted(names) == tables and ('tables' in limit['scope']) == (n > 1), limit)
        check((f'so of {n - 1} more tables' in limit['sentence']) == (n > 1), limit)
        info = run(EXHIBIT, 'info', f, *VKEY, status=None).stdout.decode()
        check(len(re.findall('  LACKS ROWS ', info)) == 2, info)
        found = [x for x in verify(f, *VKEY)['findings'] if x['id'] == 'I03']
        check(len(found) == 2 and found[1]['sentence'].endswith(limit['sentence'] + '.'), found)
        screen = run(EXPORT, 'inspect', path(f'lacks-{many}.sql'), status=None).stdout.decode()
        check(len(re.findall('LACKS ROWS: ', screen)) == 2, screen)


@test
def parts_withheld_without_algorithm():
    """A withheld row is judged by its header where no algorithm is named, too: edited among unkeyed
    ones it is named; where the rows may be keyed, none is (judgement.md J-8, J-6).
    """
    rs = [
        {k: v for k, v in json.loads(l).items() if k != 'hash_algorithm'}
        for l in rows('small.jsonl')
    ]
    hashed = [r for r in rs if r['event_hash']]
    hide = ORIGIN + ['--redact', 'bodies']

    def named(name, rs, *argv):
        f = archive(name, jsonl(name + '.jsonl', rs), options=hide)[0]
        return [x for x in verify(f, *VKEY, *argv)['findings'] if x['class'] == 'withheld-unlike']

    check(named('alike', rs) == [], 'nobody touched it')
    # one with another behind it in its correlation
    target = next(
        r
        for r in hashed
        if any(
            x['previous_event_hash'] == r['event_hash']
            and x['event_timestamp'] > r['event_timestamp']
            for x in hashed
        )
    )
    bad = [dict(r, actor_id='mallory') if r is target else r for r in rs]
    f = named('unlike', bad)
    check([x['event_ids'] for x in f] == [[target['event_id']]] and f[0]['level'] == 'gap', f)
    # the same rows hashed with a key, which nobody says
    keyed = [
        {k: v for k, v in json.loads(l).items() if k != 'hash_algorithm'}
        for l in rows('keyed.jsonl')
        if json.loads(l)['hash_algorithm'] == 'hmac-sha256'
    ]
    for more in ((), ('--hmac-key-file', FIX + '/hmac.key')):
        check(
            named('keyed' + str(len(more)), keyed, *more) == [],
            'rows that may be keyed are named by nothing',
        )


@test
def parts_versions_explained():
    """Two contents under one id: what is explained is a note, whichever of the two came first; what
    is not is an alarm (judgement.md J-7).
    """
    rs = [json.loads(l) for l in rows('small.jsonl')]
    leaf = next(
        r
        for r in rs
        if r['event_hash'] and not any(x['previous_event_hash'] == r['event_hash'] for x in rs)
    )
    empty = next(c for c in ('error_code', 'error_message', 'namespace', 'severity') if not leaf[c])
    for first in (True, False):

        def findings(name, **kw):
            other = dict(leaf, **kw)
            f = archive(
                f'versions-{name}-{first}',
                jsonl(f'versions-{name}.jsonl', [other] + rs if first else rs + [other]),
                status=6,
            )[0]
            v = verify(f, *VKEY)
            return (
                [x['class'] for x in v['findings'] if x['level'] == 'alarm'],
                [x['id'] for x in v['findings'] if leaf['event_id'] in x['event_ids']],
                v,
            )

        alarms, ids, v = findings('days', retention_days=leaf['retention_days'] + 30)
        check(
            alarms == [] and 'N07' in ids and v['source_chain']['mismatching'] == 0,
            (first, alarms, ids),
        )
        alarms, ids, v = findings('null', **{empty: '' if leaf[empty] is None else None})
        check(alarms == [] and 'N07' in ids, (first, alarms, ids))
        alarms, ids, v = findings('edit', actor_id='mallory')
        check('two-versions' in alarms and v['exit'] == 1, (first, alarms, ids))
        alarms, ids, v = findings(
            'both', actor_id='mallory', retention_days=leaf['retention_days'] + 30
        )
        check('two-versions' in alarms and v['exit'] == 1, (first, alarms, ids))
    # an explained version beside an edited one explains nothing of that
    f = archive(
        'versions-three',
        jsonl(
            'versions-three.jsonl',
            [dict(leaf, actor_id='mallory'), dict(leaf, retention_days=leaf['retention_days'] + 30)]
            + rs,
        ),
        status=6,
    )[0]
    v = verify(f, *VKEY)
    check(
        v['exit'] == 1
        and {'edited', 'two-versions'}
        <= {x['class'] for x in v['findings'] if x['level'] == 'alarm'},
        v['headline'],
    )


@test
def parts_text_of_others_in_json():
    """Values that stand in documents as JSON of the source hold no control or bidirectional mark
    raw: sql, compare, reconcile (judgement.md J-14).
    """
    evil = 'x\x9b31m\u202e\u2066\u061c\x7f\ufeff'
    rs = [json.loads(l) for l in rows('small.jsonl')]
    for r in rs:
        r['event_data'] = {**r['event_data'], 'k' + evil: evil}
        r['actor_id'] = evil
    f = archive('evil-old', jsonl('evil-old.jsonl', rs))[0]
    now = jsonl(
        'evil-new.jsonl',
        [
            dict(r, event_data={**r['event_data'], 'k' + evil: 'other ' + evil}, actor_id='other')
            for r in rs
        ],
    )
    g = archive('evil-new', now)[0]
    for argv, status in (
        (['sql', f, *VKEY, 'SELECT * FROM events', '-o', 'json'], 0),
        (['sql', f, *VKEY, 'SELECT * FROM events', '-o', 'jsonl'], 0),
        (['compare', g, '--with', f, *VKEY, '-o', 'json'], 11),
        (['reconcile', f, '--source', now, *VKEY, '-o', 'json'], 11),
    ):
        out = run(
            EXPORT if argv[0] == 'reconcile' else EXHIBIT, *argv, status=status
        ).stdout.decode()
        check(
            not re.search(
                '[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]', out
            ),
            argv[0],
        )
        docs = [json.loads(l) for l in out.split('\n') if l]
        check(evil in json.dumps(docs, ensure_ascii=False), f'{argv[0]}: whole in JSON')
