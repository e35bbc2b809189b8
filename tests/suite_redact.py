"""Tests of what is withheld at export (record.md R-22)."""

from harness import *
import suite_api, suite_live as live

PEOPLE = {
    'email': 'jane.doe@mail.example.com',
    'nested': [
        {'client_ip': 'from 10.20.30.40, then'},
        {'phone': ['+49 151 555 1234', '(555) 123-4567']},
    ],
    'ssn': '078-05-1120',
    'mobile': 4915112345,
    'note': 'jane.doe@mail.example.com',
    'password': {'a': ['hunter2']},
    'ip': None,
    'email2': 'x',
    'remote_addr': '\x00',
    'weird': {'email': {'deep': 'bob@x.org', 'n': 1.5, 'b': True}},
}


def rows_with_people():
    out = small()
    for r in out[:6]:
        r['event_data'] = dict(r['event_data'], **{k: v for k, v in PEOPLE.items() if v != '\x00'})
        r['event_hash'] = None
    return out


def cat(f, *more):
    return [
        json.loads(l)
        for l in run(EXHIBIT, 'cat', f, *VKEY, *more, status=None).stdout.decode().split('\n')
        if l
    ]


@test
def withheld_values():
    """Names of the source's own export are masked, listed columns and members are gone, digests are
    those of the rows as they were; nothing of it stands anywhere in the file.
    """
    src = path('people.jsonl')
    open(src, 'w').write(
        '\n'.join(json.dumps(r, ensure_ascii=False) for r in rows_with_people())
        + '\n{"event_id":"jane.doe@mail.example.com"\n'
    )
    whole, o, _ = archive('whole', src, status=6)
    bodies = suite_api.bodies(whole)
    f, o, _ = archive(
        'pii', src, options=[*ORIGIN, '--redact', 'pii,actor_id,data.password'], status=6
    )
    m = json.loads(run(EXHIBIT, 'cat', f, '--kind', 'manifest').stdout.decode().split('\n')[0])
    check(
        m['inputs'][0]['withheld'] == 17
        and any('--redact' in lack_text(l) for l in m['inputs'][0]['lacks']),
        m['inputs'][0],
    )
    got = cat(f)
    d = got[0]['event_data']
    check(
        (
            d['email'],
            d['nested'][0]['client_ip'],
            d['nested'][1]['phone'],
            d['ssn'],
            d['mobile'],
            d['password'],
            d['ip'],
            d['note'],
            d['email2'],
        )
        == (
            'j***@m***.e***.c***',
            'from 10.***.***.***, then',
            ['+49-***-****', '[withheld]'],
            '[withheld]',
            '[withheld]',
            '[withheld]',
            None,
            PEOPLE['note'],
            'x',
        )
        and d['weird'] == {'email': {'deep': 'b***@x***.o***', 'n': '[withheld]', 'b': True}},
        d,
    )
    check(
        all(r['actor_id'] == '[withheld]' for r in got)
        and all(re.fullmatch('[0-9a-f]{64}', r['_withheld_digest']) for r in got),
        got[0],
    )
    f2 = archive(
        'pii2', src, options=[*ORIGIN, '--redact', 'pii,bodies,actor_id,resource_id'], status=6
    )[0]
    check(all(r['event_data'] == {} for r in cat(f2)), 'bodies')
    db = sqlite3.connect(f'file:{f2}?immutable=1', uri=True)
    dic = None
    for row in db.execute(
        'SELECT no, first, count, head_len, body_len, raw_head, raw_body, nodes, data_sha256, chain'
        ' FROM block'
    ):
        for r in reader.block_records(
            row, db.execute('SELECT data FROM data WHERE no=?', (row[0],)).fetchone()[0], dic
        ):
            check(
                b'hunter2' not in r['body'] + r['aside']
                and b'jane' not in r['body'] + r['aside']
                and b'078-05' not in r['body'] + r['aside'],
                (r['kind'], r['body']),
            )
    # who has the row can show it: its canonical body has the digest that is sealed
    for r in got:
        prev = r['previous_event_hash'] or ''
        check(
            hashlib.sha256(prev.encode() + bodies[r['event_id'].replace('-', '')]).hexdigest()
            == r['_withheld_digest'],
            r['event_id'],
        )
    check(
        [r['_withheld_digest'] for r in got if r['event_hash']]
        == [r['event_hash'] for r in got if r['event_hash']],
        'unkeyed: its own hash',
    )
    v = verify(f, *VKEY)
    s = live.second(f)
    check(
        v['archive']['verdict'] == 'verified'
        and v['source_chain']['withheld'] == 10
        and v['exit'] == 2
        and [x for x in v['findings'] if x['level'] == 'alarm'] == []
        and {'N04'} <= {x['id'] for x in v['findings']}
        and any('withheld at export' in x for x in v['not_checked'])
        and any('Of 10 of them' in x['sentence'] for x in v['findings']),
        (v['headline'], v['source_chain']),
    )
    each = [
        json.loads(l)
        for l in run(EXHIBIT, 'verify', f, *VKEY, '--each', status=None).stdout.decode().split('\n')
        if l
    ]
    check(
        s['wrong'] == []
        and s['verdict'] == 'verified'
        and [(x['event_id'], x['content'], x.get('link')) for x in each]
        == [(x['event_id'], x['content'], x.get('link')) for x in s['events']],
        s['wrong'],
    )
    for verb in (
        ['show', '--id', got[0]['correlation_id']],
        ['report', '--out', path('withheld.html')],
        ['controls'],
        ['list'],
    ):
        run(EXHIBIT, verb[0], f, *VKEY, *verb[1:], status=None)
    check(
        b'withheld when' in run(EXHIBIT, 'controls', f, *VKEY, status=None).stderr
        and b'withheld when' not in run(EXHIBIT, 'controls', whole, *VKEY, status=None).stderr,
        'a banner',
    )
    k, _, _ = archive(
        'keyed-pii', FIX + '/keyed.jsonl', options=[*ORIGIN, '--redact', 'pii,actor_id']
    )
    vk = verify(k, *VKEY, '--hmac-key-file', FIX + '/hmac.key')
    check(
        'S08' not in {x['id'] for x in vk['findings']}
        and vk['source_chain']['withheld'] > 0
        and vk['archive']['verdict'] == 'verified',
        vk['headline'],
    )
    rej = cat(f, '--kind', 'reject')
    check(rej[0]['verbatim'] == '' and rej[0]['reason'], rej)
    b = data(f)
    edit(f, 'UPDATE block SET raw_head = raw_head - 1 WHERE no = 1')
    check(verify(f, *VKEY)['exit'] == 1, 'still sealed')


@test
def withheld_from_every_source():
    """A dump, its database, the API: the same values withheld, the same digests as without; further
    files of the log, and what was changed meanwhile, are told apart by digests; what cannot be
    redacted is refused.
    """
    n = live.fresh('wh')
    key = ['--redact', 'pii,actor_id']
    a = suite_api.api.Api(suite_api.the_rows(), token='geheim-1')
    suite_api.token()
    whole = {
        k: hashlib.sha256(v).hexdigest()
        for k, v in suite_api.bodies(archive('wh-whole', LC)[0]).items()
    }
    digests = {}
    for name, inputs in (
        ('dump', [LC]),
        ('pg', [live.uri('wh')]),
        ('api', [a.url, '--token-file', path('token')]),
    ):
        f, o, _ = archive('wh-' + name, *inputs, options=[*ORIGIN, *key])
        got = cat(f)
        digests[name] = {r['event_id']: r['_withheld_digest'] for r in got}
        check(
            len(got) == n
            and {r['actor_id'] for r in got} == {'[withheld]'}
            and o['rejects'] == 0
            and live.second(f)['wrong'] == [],
            name,
        )
    check(digests['dump'] == digests['pg'] == digests['api'], 'the same digests')
    a.close()
    first = path('wh-dump/a.exhibit')
    for name, options, events, conflicts in (
        ('same', key, 0, 0),
        ('less', [], 0, 0),
        ('more', ['--redact', 'bodies'], 0, 0),
    ):
        f, o, _ = archive('wh-after-' + name, LC, options=[*ORIGIN, '--after', first, *options])
        check((o['events'], o['conflicts'], o['vanished']) == (events, conflicts, 0), (name, o))
    live.psql(
        'wh',
        "SET session_replication_role = replica; UPDATE audit_events SET actor_id = 'mallory' WHERE"
        " event_id = (SELECT event_id FROM audit_events ORDER BY event_timestamp LIMIT 1)",
    )
    f, o, _ = archive(
        'wh-changed', live.uri('wh'), options=[*ORIGIN, '--after', first, *key], status=6
    )
    check(
        (o['events'], o['conflicts']) == (0, 1)
        and 'S11' in {x['id'] for x in verify(first, f, *VKEY)['findings']},
        o,
    )
    o = json.loads(
        run(
            EXPORT,
            'reconcile',
            first,
            '--source',
            live.uri('wh'),
            '--vkey',
            VKEY[1],
            '-o',
            'json',
            status=11,
        ).stdout
    )
    check(o['counts'] == {'vanished': 0, 'changed': 1, 'late': 0, 'not_looked_at': 0}, o['counts'])
    d = path('wh-mg')
    small_collection(d)
    for argv, says in (
        ([d, '--redact', 'pii'], b'leave it out'),
        ([FIX + '/dead-letters.txt', '--redact', 'pii'], b'leave it out'),
        ([LC, '--redact', 'event_id'], b'cannot be withheld'),
        ([LC, '--redact', 'pii,,x'], b'--redact: want'),
        ([LC, '--redact', 'data.'], b'--redact: want'),
        ([LC, '--redact', ''], b'--redact: want'),
    ):
        p = run(
            EXPORT, 'archive', *argv, '--out', path('never-wh.exhibit'), '--unsealed', status=64
        )
        check(says in p.stderr, p.stderr)
    live.psql(
        'wh',
        "INSERT INTO notification_audit (remediation_id, notification_id, recipient, channel,"
        " message_summary, status, sent_at) VALUES ('r', 'n', 'jane@x.org', 'slack', 'hello jane',"
        " 'sent', now())",
    )
    f, o, _ = archive('wh-context', live.uri('wh'), options=[*ORIGIN, *key])
    c = [
        json.loads(l)
        for l in run(EXHIBIT, 'cat', f, '--kind', 'context').stdout.decode().split('\n')
        if 'message_summary' in l and '"context":"row"' in l
    ]
    check(
        c
        and c[0]['columns']['recipient'] == c[0]['columns']['message_summary'] == '[withheld]'
        and c[0]['columns']['channel'] == 'slack',
        c,
    )
