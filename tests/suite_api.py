"""Tests of the REST API as a source: a real HTTP server of the suite's own, its bad days included;
and of dead letters from a real Redis.
"""

import random, threading

from harness import *
import api, suite_live as live

REST = {}
STARTED = []


def bodies(f):
    """{event id: its body}, taken from the file by the second reader."""
    db = sqlite3.connect(f'file:{f}?immutable=1', uri=True)
    d = (db.execute('SELECT data FROM data WHERE no=0').fetchone() or [None])[0]
    out = {}
    for row in db.execute(
        'SELECT no, first, count, head_len, body_len, raw_head, raw_body, nodes, data_sha256, chain'
        ' FROM block ORDER BY no'
    ).fetchall():
        for r in reader.block_records(
            row, db.execute('SELECT data FROM data WHERE no=?', (row[0],)).fetchone()[0], d
        ):
            if r['kind'] == 1:
                out[r['id'].hex()] = r['body']
    return out


def the_rows():
    """The fixture's rows as the API gives them."""
    if 'rows' not in REST:
        live.fresh('asrest')
        REST['rows'] = [
            as_rest(json.loads(l))
            for l in live.psql('asrest', 'SELECT row_to_json(a) FROM audit_events a').split('\n')
            if l
        ]
    return REST['rows']


def many(n, stamp=None):
    """So many rows without hashes; stamp(i): µs since 2026-11-01."""
    base = dict(the_rows()[0], event_hash='', previous_event_hash='')
    out = []
    for i in range(n):
        us = stamp(i) if stamp else i * 1000
        s = us // 1000000
        t = f'2026-11-{1 + s // 86400:02d}T{s // 3600 % 24:02d}:{s // 60 % 60:02d}:{s % 60:02d}'
        t = f'{t}.{us % 1000000:06d}'.rstrip('0').rstrip('.') + 'Z'
        out.append(
            dict(
                base,
                event_id=f'{i:08x}-0000-4000-8000-000000000000',
                event_timestamp=t,
                event_date=t[:10],
                correlation_id=f'rr-{i % 50}',
            )
        )
    return out


def token(text='geheim-1'):
    open(path('token'), 'w').write(text + '\n')
    return ['--token-file', path('token')]


def rest(name, a, *options, status=0, key=ORIGIN):
    return archive(
        name, a.url, options=[*key, '--token-file', path('token'), *options], status=status
    )


def manifest(f):
    return json.loads(
        run(EXHIBIT, 'cat', f, '--kind', 'manifest', status=None).stdout.decode().split('\n')[0]
    )


@test
def four_sources_one_content():
    """The same rows through PostgreSQL, its dump, the API and a must-gather: the same bodies, byte
    by byte, and the same verdicts.
    """
    token()
    rows = the_rows()
    a = api.Api(rows, token='geheim-1')
    got = {}
    d = path('four-collection')
    small_collection(d, sanitised=False)
    json.dump(
        {
            'data': sorted(
                rows, key=lambda r: (api.instant(r['event_timestamp']), r['event_id']), reverse=True
            ),
            'pagination': {'limit': 1000, 'offset': 0, 'total': len(rows), 'has_more': False},
        },
        open(d + '/datastorage/audit-events.json', 'w'),
        ensure_ascii=False,
    )
    subprocess.run(
        'rm SHA256SUMS; find . -type f ! -name SHA256SUMS -exec sha256sum {} + > SHA256SUMS',
        shell=True,
        cwd=d,
        check=True,
    )
    for name, inputs in (
        ('pg', [live.uri('asrest')]),
        ('dump', [LC]),
        ('api', [a.url, '--token-file', path('token')]),
        ('mg', [d]),
    ):
        f, o, _ = archive('four-' + name, *inputs)
        v = verify(f, *VKEY)
        each = sorted(
            (x['event_id'], x['content'], x.get('link'))
            for x in (
                json.loads(l)
                for l in (
                    run(EXHIBIT, 'verify', f, *VKEY, '--each', status=None)
                    .stdout.decode()
                    .split('\n')
                )
                if l
            )
        )
        check(o['events'] == len(rows) and o['rejects'] == o['conflicts'] == 0, (name, o))
        got[name] = (
            bodies(f),
            each,
            v['source_chain'],
            v['archive']['verdict'],
            sorted(x['id'] for x in v['findings'] if x['level'] == 'alarm'),
        )
    for name in ('dump', 'api', 'mg'):
        for i, what in enumerate(('bodies', 'content and links', 'chain', 'verdict', 'alarms')):
            check(
                got[name][i] == got['pg'][i],
                (name, what, str(got[name][i])[:300], str(got['pg'][i])[:300]),
            )
    a.close()


@test
def api_pages():
    """Pages by time: rows stored and deleted meanwhile, a time that fills several pages, servers
    whose `until` takes in its time or not; never faster than allowed; what is missing is said.
    """
    token()
    rows = many(3300, lambda i: i * 1000 if i < 500 else 700000 if i < 3000 else 800000 + i * 1000)
    for inclusive in (True, False):
        random.Random(1).shuffle(rows)
        a = api.Api(rows, token='geheim-1', inclusive=inclusive)
        f, o, _ = rest(f'pages-{inclusive}', a)
        s = manifest(f)['inputs'][0]['service']
        check(
            o['events'] == 3300
            and o['conflicts'] == o['rejects'] == 0
            and s['within'] == s['onward'] == s['total_before'] == s['total_after'] == 3300
            and s['retries'] == 0
            and not s['tls']
            and len(manifest(f)['inputs'][0]['lacks']) == 2,
            (o, s),
        )
        check(
            len(bodies(f)) == 3300
            and len({q[3]['until'] for q in a.asked if 'until' in q[3]}) > 1
            and all(int(q[3]['limit']) <= 1000 for q in a.asked),
            'pages',
        )
        times = [q[0] for q in a.asked]
        check(all(y - x > 0.09 for x, y in zip(times, times[1:])), 'below the limit')
        check(all(q[1] == 'Bearer geheim-1' for q in a.asked), 'the token')
        check(b'geheim' not in data(f), 'is in no file')
        a.close()
    late = many(3, lambda i: 5000)
    more = [dict(r, event_id='f' + r['event_id'][1:]) for r in late]

    def busy(n, q):
        if n == 3:
            a.rows += [
                dict(more[0], event_timestamp='2026-11-30T00:00:00Z', event_date='2026-11-30'),
                dict(more[1], event_timestamp='2026-11-01T00:00:00.800001Z'),
            ]  # one newer than all, one where the reading has been

    a = api.Api(rows, token='geheim-1', fault=busy)
    f, o, _ = rest('busy', a, status=6)
    s = manifest(f)['inputs'][0]
    check(
        o['events'] == 3300
        and s['service']['within'] == 3302
        and any('counts 3302 events, 3300' in lack_text(l) for l in s['lacks']),
        s,
    )
    a.close()
    a = api.Api(many(2500), token='geheim-1')
    a.url += '/?correlation_id=rr-7'
    f, o, _ = rest('filter', a)
    check(
        o['events'] == 50
        and manifest(f)['inputs'][0]['path'].endswith('/api/v1/audit/events')
        and manifest(f)['inputs'][0]['service']['filter'] == 'correlation_id=rr-7&'
        and any('only those events' in lack_text(l) for l in manifest(f)['inputs'][0]['lacks']),
        o,
    )
    a.close()
    a = api.Api(many(2500), token='geheim-1')
    f, o, _ = rest(
        'period', a, '--since', '2026-11-01T00:00:01Z', '--until', '2026-11-01T00:00:02Z'
    )
    check(o['events'] == 1000, o)
    a.close()
    a = api.Api([], token='geheim-1')
    rest('no-rows', a, status=65)
    a.close()
    a = api.Api(many(2500), token='geheim-1')
    o = json.loads(run(EXPORT, 'inspect', a.url, *token(), '-o', 'json').stdout)['inputs'][0]
    check(
        o['kind'] == 'rest'
        and o['rows_estimated'] == 2500
        and o['bytes'] > 100000
        and o['requests_estimated'] == 3
        and o['load'],
        o,
    )
    t = run(EXPORT, 'inspect', a.url, *token()).stdout.decode()
    check('about 2500 events' in t and 'minute' in t and 'load:' in t, t)
    a.close()


@test
def api_bad_days():
    """429, 500, connections cut inside an answer or closed, a server that cannot serve so many rows
    at once, a token that is renewed: nothing lost, nothing twice. A run that was stopped is
    resumed to the same bytes.
    """
    token()
    rows = many(2600)

    def storm(n, q):
        return {
            1: (429, [('Retry-After', '1')], '{}'),
            3: 'cut',
            4: (500, [], '{"title":"Internal","detail":"x"}'),
            6: 'close',
            7: (503, [], 'busy'),
            9: (502, [], '<html>'),
        }.get(n)

    a = api.Api(rows, token='geheim-1', fault=storm)
    began = time.monotonic()
    f, o, _ = rest('storm', a)
    s = manifest(f)['inputs'][0]['service']
    check(
        o['events'] == 2600
        and o['rejects'] == o['conflicts'] == 0
        and s['retries'] >= 5
        and s['within'] == s['onward'] == 2600,
        (o, s),
    )
    check(a.asked[2][0] - a.asked[1][0] >= 1, 'Retry-After')
    a.close()
    a = api.Api(
        rows,
        token='geheim-1',
        fault=lambda n, q: (
            (500, [], '{"title":"query timeout"}') if int(q['limit']) > 300 else None
        ),
    )
    f, o, _ = rest('slow', a)
    check(o['events'] == 2600, o)
    a.close()
    a = api.Api(rows, token='geheim-1')

    def renew(n, q):
        if n == 2:
            a.token = 'geheim-2'
            token('geheim-2')

    a.fault = renew
    f, o, _ = rest('renewed', a)
    check(o['events'] == 2600 and any(q[1] == 'Bearer geheim-2' for q in a.asked), o)
    a.close()
    os.makedirs(path('stopped'))
    out = path('stopped/a.exhibit')
    a = api.Api(rows, token='geheim-2')
    argv = [EXPORT, 'archive', a.url, '--token-file', path('token'), '--out', out, *ORIGIN[:-2]]
    stop = threading.Event()
    a.fault = lambda n, q: n == 3 and (stop.set(), time.sleep(1)) and None
    p = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stop.wait(20)
    p.kill()
    p.wait()
    a.fault = None
    check(p.returncode == -9 and os.path.exists(out), p.returncode)
    a.rows += [
        dict(
            r,
            event_id='e' + r['event_id'][1:],
            event_timestamp='2099-01-01T00:00:00Z',
            event_date='2099-01-01',
        )
        for r in rows[:5]
    ]
    p = run(*argv, '--resume', '-o', 'json')
    o = json.loads(p.stdout)
    check(
        o['events'] == 2600
        and any('5 events dated after' in lack_text(l) for l in o['inputs'][0]['lacks']),
        o,
    )
    check(verify(out, *VKEY)['archive']['verdict'] == 'verified', 'resumed')
    a.close()


@test
def api_refusals():
    """Each bad answer or address: a clear error that says what to do, the right status, and no
    file; what the server says cannot move the cursor; the token goes nowhere else.
    """
    token()
    a = api.Api(the_rows(), token='geheim-1')
    ca, tls = api.certificate(path(''))
    b = api.Api(the_rows(), token='geheim-1', tls=tls)
    out = path('never.exhibit')

    def refuse(url, status, says, *options, more=()):
        p = run(EXPORT, 'archive', url, '--out', out, '--unsealed', *options, status=status)
        check(
            says in p.stderr
            and b'geheim' not in p.stderr
            and b'\x1b' not in p.stderr
            and not os.path.exists(out),
            p.stderr,
        )

    good = ('--token-file', path('token'))
    open(path('wrong'), 'w').write('falsch')
    open(path('two-lines'), 'w').write('a\nb')
    open(path('blank'), 'w').write('\n')
    refuse(a.url, 77, b'--token-file FILE')
    refuse(a.url, 77, b'not accepted', '--token-file', path('wrong'))
    refuse(a.url, 66, b'nowhere', '--token-file', path('nowhere'))
    refuse(a.url, 65, b'not a bearer token', '--token-file', path('two-lines'))
    refuse(a.url, 65, b'not a bearer token', '--token-file', path('blank'))
    refuse(a.url + '/other', 65, b'data storage service', *good)
    refuse(b.url, 74, b'--ca-file', *good)
    refuse('http://192.0.2.1/', 64, b'in the clear', *good)
    refuse(a.url.replace('//', '//me:geheim@'), 64, b'bearer token')
    refuse(a.url + '?limit=5', 64, b'limit', *good)
    refuse('https://', 64, b'not an address', *good)
    f, o, _ = archive('tls', b.url, options=['--unsealed', *good, '--ca-file', ca])
    check(o['events'] == len(the_rows()) and manifest(f)['inputs'][0]['service']['tls'] is True, o)
    for answer, status, says in (
        ((200, [], '<html>login</html>'), 65, b'HTML, such as a login page'),
        ((200, [], '{"data":[]}'), 65, b'not an answer of GET'),
        ((200, [], ''), 65, b'not an answer of GET'),
        ((302, [('Location', b.url)], ''), 65, b'redirection'),
        ((403, [], '{"title":"Forbidden","detail":"no"}'), 77, b'get on services'),
        (
            (400, [], '{"title":"Bad","detail":"\\u001b[2J' + 'x' * 5000 + '"}'),
            65,
            b'400: Bad: <U+001B>[2Jxx',
        ),
        ((200, [], '{"data":[{"event_id":"' + 'x' * 100 + '\n' * 100), 65, b'not an answer of GET'),
    ):
        a.fault = lambda n, q: answer
        refuse(a.url, status, says, *good)
    n = len(a.asked)
    a.fault = lambda n, q: (200, [], '{"data":[{"event_id":1},') if int(q['limit']) > 1 else None
    p = run(EXPORT, 'archive', a.url, '--out', out, '--unsealed', *good, status=65)
    check(b'answer 1 is not whole' in p.stderr and len(a.asked) < n + 5, p.stderr)
    os.path.exists(out) and os.unlink(out)
    a.fault = lambda n, q: (
        (
            200,
            [],
            '{"data":['
            + '{"event_id":"x","event_data":7},' * 9
            + '[1]],"pagination":{"total":10,"has_more":true}}',
        )
        if int(q['limit']) > 1 and int(q['offset']) < 20
        else None
    )
    f, o, _ = archive('odd-answers', a.url, options=['--unsealed', *good], status=6)
    check(
        o['rejects'] > 20
        and b'answer 1, byte' in run(EXHIBIT, 'cat', f, '--kind', 'reject', status=None).stdout,
        o,
    )
    a.close()
    b.close()


def redis_server():
    """A Redis with the password `geheim`: (process, port)."""
    d = path(f'redis-{time.monotonic_ns()}')
    os.makedirs(d)
    s = socket.socket()
    s.bind(('127.0.0.1', 0))
    port = s.getsockname()[1]
    s.close()
    os.environ['REDISCLI_AUTH'] = 'geheim'
    p = subprocess.Popen(
        [
            'redis-server',
            '--port',
            str(port),
            '--bind',
            '127.0.0.1',
            '--dir',
            d,
            '--save',
            '',
            '--requirepass',
            'geheim',
            '--loglevel',
            'warning',
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    STARTED.append(p)
    live.until(
        lambda: subprocess.run(['redis-cli', '-p', str(port), 'PING'], capture_output=True).stdout
        == b'PONG\n'
    )
    return p, port


@test
def dead_letters_of_a_living_redis():
    """The streams of a real Redis give the records that a redis-cli dump gives; nothing is
    acknowledged or changed; without dead letters the manifest and the verification say so.
    """
    server, port = redis_server()
    cli = lambda *a: subprocess.run(
        ['redis-cli', '-p', str(port), *a], capture_output=True, check=True
    ).stdout
    try:
        lines = open(FIX + '/dead-letters.txt').read().split('\n')
        for i in range(0, len(lines) - 2, 3):
            cli('XADD', 'audit:dlq:events', lines[i], 'message', lines[i + 2])
        n = (len(lines) - 1) // 3
        url = f'redis://127.0.0.1:{port}'
        was = cli('INFO', 'keyspace') + cli('XINFO', 'STREAM', 'audit:dlq:events', 'FULL')
        f, o, _ = archive('redis-live', FIX + '/small.jsonl', url)
        x = o['inputs'][1]
        check(
            x['kind'] == 'redis'
            and x['path'] == url
            and 'geheim' not in json.dumps(o)
            and b'geheim' not in data(f),
            x,
        )
        g, p, _ = archive('redis-dump', FIX + '/small.jsonl', FIX + '/dead-letters.txt')
        check(
            run(EXHIBIT, 'cat', f, *VKEY, '--kind', 'dead-letter').stdout
            == run(EXHIBIT, 'cat', g, *VKEY, '--kind', 'dead-letter').stdout
            != b'',
            'the same',
        )
        check(
            was == cli('INFO', 'keyspace') + cli('XINFO', 'STREAM', 'audit:dlq:events', 'FULL'),
            'nothing changed',
        )
        check(
            json.loads(run(EXPORT, 'inspect', url, '-o', 'json').stdout)['inputs'][0][
                'rows_estimated'
            ]
            == n,
            n,
        )
        for i in range(250):
            cli('XADD', 'audit:dead-letter:events', '*', 'message', lines[2])
        cli('XADD', 'audit:dlq:notifications', '*', 'other', 'x')
        cli('XADD', 'audit:dead-letter:notifications', '*', 'message', '\xff')
        f, o, _ = archive('redis-many', FIX + '/small.jsonl', url, status=6)
        check(
            manifest(f)['counts']['dead_letters'] == n + 250
            and o['rejects'] == 2
            and manifest(f)['inputs'][1]['tables']['audit:dead-letter:events'] == 250,
            o,
        )
        check(
            manifest(f)['dead_letters'] == 'in evidence'
            and not any('dead letters' in x for x in verify(f, *VKEY)['not_checked']),
            'in evidence',
        )
        for u, status, says in (
            (url.replace('//', '//:falsch@'), 74, b'AUTH'),
            (url.replace(str(port), '1'), 74, b'refused'),
            ('rediss://x', 64, b'--tls'),
            ('redis://h:99999', 64, b'port'),
            (url + '/99', 74, b'SELECT'),
        ):
            q = run(EXPORT, 'archive', u, '--out', path('no.exhibit'), '--unsealed', status=status)
            check(says in q.stderr and b'falsch' not in q.stderr, q.stderr)
        cli('SET', 'audit:dlq:events', 'x')
        q = run(EXPORT, 'archive', url, '--out', path('no.exhibit'), '--unsealed', status=74)
        check(b'WRONGTYPE' in q.stderr, q.stderr)
    finally:
        os.environ.pop('REDISCLI_AUTH', None)
        server.kill()
        server.wait()
    f = archive('no-letters', FIX + '/small.jsonl')[0]
    check(
        manifest(f)['dead_letters'] == 'not in evidence'
        and any('dead letters' in x for x in verify(f, *VKEY)['not_checked']),
        'not in evidence',
    )
