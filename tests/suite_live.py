"""Tests of living sources: a real PostgreSQL of the suite's own, on a socket in the suite's folder.
"""

import pwd

from harness import *

PG = (
    next((d for d in sorted(os.listdir('/usr/lib/postgresql'), reverse=True)), None)
    if os.path.isdir('/usr/lib/postgresql')
    else None
)
# EXHIBIT_POSTGRES_BIN: initdb, pg_ctl and postgres of another version (tests/servers.sh)
SERVER_BIN = os.environ.get('EXHIBIT_POSTGRES_BIN') or f'/usr/lib/postgresql/{PG}/bin'
SERVER = {}


def as_server(*argv, **more):
    """Nobody may run a server as root."""
    who = [] if os.getuid() else ['runuser', '-u', 'postgres', '--']
    return subprocess.run([*who, *argv], capture_output=True, text=True, cwd='/', **more)


def server():
    """The folder of the running server's socket."""
    if 'd' not in SERVER:
        d = SERVER['d'] = path('pg')
        os.makedirs(d)
        os.chmod(W, 0o755)
        if os.getuid() == 0:
            os.chown(d, pwd.getpwnam('postgres').pw_uid, -1)
        p = as_server(
            f'{SERVER_BIN}/initdb',
            '-D',
            d + '/data',
            '-A',
            'trust',
            '-E',
            'UTF8',
            '--locale=C',
            '-N',
        )
        check(p.returncode == 0, p.stderr)
        start()
    return SERVER['d']


def start():
    d = SERVER['d']
    p = as_server(
        f'{SERVER_BIN}/pg_ctl',
        '-D',
        d + '/data',
        '-o',
        f"-k {d} -h '' -F",
        '-l',
        d + '/log',
        '-w',
        'start',
    )
    check(p.returncode == 0, p.stderr + p.stdout)


def stop(how='fast'):
    if 'd' in SERVER:
        as_server(f'{SERVER_BIN}/pg_ctl', '-D', SERVER['d'] + '/data', '-m', how, '-w', 'stop')


def psql(database, sql, user='postgres', status=0):
    p = subprocess.run(
        [
            f'/usr/lib/postgresql/{PG}/bin/psql',
            '-X',
            '-q',
            '-A',
            '-t',
            '-v',
            'ON_ERROR_STOP=1',
            '-h',
            server(),
            '-U',
            user,
            database,
        ],
        input=sql,
        capture_output=True,
        text=True,
    )
    check(status is None or p.returncode == status, p.stderr[-600:])
    return p.stdout


def a_session(database):
    """a psql that waits for statements on its standard input, and keeps what it is told open"""
    return subprocess.Popen(
        [
            f'/usr/lib/postgresql/{PG}/bin/psql',
            '-X',
            '-q',
            '-h',
            server(),
            '-U',
            'postgres',
            database,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def uri(database, user='postgres'):
    return f"postgres://{user}@{server().replace('/', '%2F')}/{database}"


def live_audit():
    """The database of the fixture, with a role that may read the table only."""
    server()
    if 'audit' not in SERVER:
        SERVER['audit'] = True
        psql('postgres', 'CREATE DATABASE audit')
        psql('audit', open(LC).read(), status=None)
        psql(
            'audit',
            'CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA public TO reader; GRANT SELECT ON'
            ' audit_events TO reader; CREATE ROLE nothing LOGIN',
        )
    return uri('audit', 'reader')


def fresh(name):
    """Another database of the fixture, as it was."""
    psql('postgres', f'CREATE DATABASE {name}')
    psql(name, open(LC).read(), status=None)
    return int(psql(name, 'SELECT count(*) FROM audit_events'))


def rows_of(f):
    return sorted(run(EXHIBIT, 'cat', f, '-o', 'jsonl', status=None).stdout.decode().split('\n'))


@test
def postgres_as_its_dump():
    """The same rows from the living database and from its dump: the same bodies, the same verdict;
    what the server is and counted stands in the manifest.
    """
    live_audit()
    f, o, _ = archive('live', uri('audit'))
    g, p, _ = archive('live-dump', LC)
    check(
        o['inputs'][0]['kind'] == 'postgres' and o['events'] == p['events'] and o['rejects'] == 0, o
    )
    check(rows_of(f) == rows_of(g), 'the same rows')
    a, b = (verify(x, *VKEY) for x in (f, g))
    check(
        a['source_chain'] == b['source_chain'] and a['exit'] == b['exit'] == 0,
        (a['headline'], b['headline']),
    )
    m = json.loads(run(EXHIBIT, 'cat', f, '--kind', 'manifest').stdout.decode().split('\n')[0])
    d = m['inputs'][0]['database']
    check(
        d['rows'] == o['events']
        and d['counted'] == m['days']
        and d['isolation'] == 'repeatable read'
        and d['replica'] is False
        and d['system_identifier']
        and 'PostgreSQL' in d['server_version']
        and d['tls'] is None,
        d,
    )
    check(
        m['inputs'][0]['path'].startswith('postgres://postgres@') and m['inputs'][0]['lacks'] == [],
        m['inputs'][0],
    )
    kinds = {
        json.loads(l)['context']
        for l in run(EXHIBIT, 'cat', f, '--kind', 'context').stdout.decode().split('\n')
        if l
    }
    check('row' in kinds, kinds)
    est = json.loads(run(EXPORT, 'inspect', uri('audit'), '-o', 'json').stdout)['inputs'][0]
    check(est['kind'] == 'postgres' and est['bytes'] > 0, est)
    # the log goes on from it: what is new, changed and gone since is told
    psql(
        'audit',
        "SET session_replication_role = replica; DELETE FROM audit_events WHERE event_id = (SELECT"
        " event_id FROM audit_events ORDER BY event_timestamp DESC, event_id LIMIT 1); UPDATE"
        " audit_events SET retention_days = 7 WHERE event_id = (SELECT event_id FROM audit_events"
        " ORDER BY event_timestamp, event_id LIMIT 1)",
    )
    h, q, _ = archive('live-next', uri('audit'), options=[*ORIGIN, '--after', f], status=6)
    check((q['events'], q['conflicts'], q['vanished']) == (0, 1, 1), q)


@test
def postgres_every_schema():
    """Columns come from the catalog: older and newer schemas, another schema's name, no partitions;
    text that COPY has to escape.
    """
    psql('postgres', 'CREATE DATABASE odd')
    small_rows = small()
    cols = [c for c in small_rows[0]]
    kinds = {
        'event_id': 'uuid',
        'event_data': 'jsonb',
        'event_date': 'date',
        'event_timestamp': 'timestamptz',
    }
    psql(
        'odd',
        'CREATE SCHEMA "Kuber naut"; CREATE TABLE "Kuber naut".audit_events ('
        + ', '.join(
            f'"{c}" {kinds.get(c, "text")}'
            for c in cols
            if c not in ('hash_algorithm', 'cluster_id')
        )
        + ', cluster_name text, insert_seq bigint, dropped int); ALTER TABLE "Kuber'
        ' naut".audit_events DROP COLUMN dropped;',
    )
    for i, r in enumerate(small_rows):
        r = {k: v for k, v in r.items() if k in cols and k not in ('hash_algorithm', 'cluster_id')}
        r['actor_id'] = 'tab\there\\ new\nline'
        names = ', '.join(f'"{k}"' for k in r)
        values = ', '.join(
            (
                'NULL'
                if v is None
                else "'"
                + (
                    json.dumps(v)
                    if isinstance(v, (dict, list))
                    else str(v).lower() if isinstance(v, bool) else str(v)
                ).replace("'", "''")
                + "'"
            )
            for v in r.values()
        )
        psql(
            'odd',
            f'INSERT INTO "Kuber naut".audit_events ({names}, insert_seq) VALUES ({values},'
            f' {i + 1})',
        )
    f, o, _ = archive('live-odd', uri('odd'), options=['--unsealed'], status=None)
    check(o['events'] == len(small_rows) and o['rejects'] == 0, o)
    got = [json.loads(l) for l in rows_of(f) if l]
    check(
        all(r['actor_id'] == 'tab\there\\ new\nline' for r in got)
        and {r['insert_seq'] for r in got} == set(range(1, len(got) + 1))
        and 'cluster_name' in got[0]
        and 'hash_algorithm' not in got[0],
        got[0],
    )


@test
def postgres_least_privilege():
    """A role that may read the table and nothing else; one that may not; none at all; a database
    without the table.
    """
    live_audit()
    f, o, _ = archive('live-reader', uri('audit', 'reader'))
    check(
        o['events'] == int(psql('audit', 'SELECT count(*) FROM audit_events')) > 200
        and rows_of(f) == rows_of(archive('live-owner', uri('audit'))[0]),
        o,
    )
    check(
        any(
            'retention_operations' in l and 'not in evidence' in lack_text(l)
            for l in o['inputs'][0]['lacks']
        ),
        o['inputs'][0],
    )
    role = re.search(
        r'(?s)CREATE ROLE exhibit_reader.*?;\n(?=\.Ed)',
        open(TOP + '/man/exhibit-export.end.txt').read(),
    )[0]
    psql('audit', role)  # the role of the manual
    g, p, _ = archive('live-role', uri('audit', 'exhibit_reader'))
    check(p['inputs'][0]['lacks'] == [] and rows_of(g) == rows_of(f), p['inputs'][0])
    psql('audit', 'CREATE TABLE mine()', user='exhibit_reader', status=3)
    psql(
        'audit',
        'INSERT INTO audit_events SELECT * FROM audit_events LIMIT 1',
        user='reader',
        status=3,
    )
    psql('audit', 'DELETE FROM audit_events', user='reader', status=3)
    for who, database, status, says in (
        ('nothing', 'audit', 74, b'permission denied'),
        ('nobody-there', 'audit', 74, b'does not exist'),
        ('postgres', 'postgres', 65, b'no table audit_events'),
        ('postgres', 'nowhere', 74, b'does not exist'),
    ):
        p = run(
            EXPORT,
            'archive',
            uri(database, who),
            '--out',
            path('never.exhibit'),
            '--unsealed',
            status=status,
        )
        check(says in p.stderr, p.stderr)
        check(not os.path.exists(path('never.exhibit')), 'nothing is left')
    p = run(
        EXPORT,
        'archive',
        'postgres://u:geheim@127.0.0.1:1/x',
        '--out',
        path('never.exhibit'),
        '--unsealed',
        status=74,
    )
    check(b'geheim' not in p.stderr, p.stderr)
    p = run(
        EXPORT,
        'archive',
        'postgres://u@h:port/x',
        '--out',
        path('never.exhibit'),
        '--unsealed',
        status=74,
    )


@test
def postgres_one_snapshot():
    """Rows that are committed while the export runs are not in it, and nobody waits; a server that
    dies leaves no sealed file.
    """
    live_audit()
    psql('postgres', 'CREATE DATABASE busy TEMPLATE audit')
    n = int(psql('busy', 'SELECT count(*) FROM audit_events'))
    psql(
        'busy',
        'SET session_replication_role = replica; INSERT INTO audit_events SELECT gen_random_uuid()'
        ' AS event_id, '
        + ', '.join(
            c
            for c in (
                psql(
                    'busy',
                    "SELECT string_agg(quote_ident(attname), ',' ORDER BY attnum) FROM pg_attribute"
                    " WHERE attrelid = 'audit_events'::regclass AND attnum > 1",
                )
                .strip()
                .split(',')
            )
        )
        + ' FROM audit_events, generate_series(1, 60)',
    )
    full = n * 61
    out = path('busy.exhibit')
    writer = a_session('busy')
    writer.stdin.write(
        "SET session_replication_role = replica; SET lock_timeout = '1s';\n"
        + "DELETE FROM audit_events WHERE event_id IN (SELECT event_id FROM audit_events LIMIT"
        " 3);\n"
        * 40
    )
    writer.stdin.close()
    p = run(EXPORT, 'archive', uri('busy'), '--out', out, '--unsealed', '-o', 'json', status=None)
    o = json.loads(p.stdout)
    writer.wait()
    m = json.loads(
        run(EXHIBIT, 'cat', out, '--kind', 'manifest', status=None).stdout.decode().split('\n')[0]
    )['inputs'][0]
    check(
        m['database']['rows'] == m['rows'] <= full
        and m['lacks'] == []
        and o['inputs'][0]['rows'] == m['rows'],
        (full, m['rows'], m['lacks']),
    )
    check(
        int(psql('busy', 'SELECT count(*) FROM audit_events')) == full - 120,
        'the writer was not held up',
    )
    p = subprocess.Popen(
        [EXPORT, 'archive', uri('busy'), '--out', path('killed.exhibit'), '--unsealed', '-q'],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    time.sleep(0.15)
    stop('immediate')
    err = p.stderr.read()
    p.wait()
    start()
    if p.returncode:
        check(
            p.returncode == 74
            and not os.path.exists(path('killed.exhibit'))
            or run(EXHIBIT, 'verify', path('killed.exhibit'), status=None).returncode == 5,
            (p.returncode, err[-300:]),
        )


@test
def dead_letters_are_kept():
    """Both forms of redis-cli give the same records; what was not stored is a gap that is named,
    what was is none; odd entries are kept as they stand.
    """
    got = {}
    for kind in ('json', 'txt'):
        f, o, _ = archive('dead-' + kind, FIX + '/small.jsonl', f'{FIX}/dead-letters.{kind}')
        x = o['inputs'][1]
        check(x['kind'] == 'dead-letters' and o['events'] == len(small()), o)
        got[kind] = run(EXHIBIT, 'cat', f, *VKEY, '--kind', 'dead-letter').stdout
        v = verify(f, *VKEY, status=0)
        s = [x for x in v['findings'] if x['id'] == 'S31']
        check(
            len(s) == 3
            and all(
                x['level'] == 'gap' and x['event_ids'][0] in x['sentence'] and x['correlation_id']
                for x in s
            ),
            s,
        )
        m = json.loads(
            run(EXHIBIT, 'cat', f, *VKEY, '--kind', 'manifest').stdout.decode().split('\n')[0]
        )
        check(m['counts']['dead_letters'] == 3, m['counts'])
        run(sys.executable, TOP + '/tests/second/reader.py', f, *VKEY)
    run(EXHIBIT, 'report', f, *VKEY, '--out', path('letters.html'), status=None)
    check(
        re.search(
            r'dead letters</th><td[^>]*>in evidence<|dead letters</td><td[^>]*>in evidence<',
            open(path('letters.html')).read(),
        ),
        'the report says so',
    )
    check(
        got['json'] == got['txt'] and len(got['txt'].decode().strip().split('\n')) == 3, 'the same'
    )
    messages = [l for l in open(FIX + '/dead-letters.txt').read().split('\n') if l.startswith('{')]
    check(got['txt'].decode().strip().split('\n') == messages, 'verbatim')
    stored = dict(small()[0])
    stored['event_id'] = json.loads(messages[0])['payload']['event_id']
    stored['event_hash'] = stored['previous_event_hash'] = None
    open(path('stored.jsonl'), 'w').write(json.dumps(stored) + '\n')
    v = verify(archive('dead-stored', path('stored.jsonl'), FIX + '/dead-letters.txt')[0], *VKEY)
    check(len([x for x in v['findings'] if x['id'] == 'S31']) == 2, 'one was stored')
    lines = open(FIX + '/dead-letters.txt').read().split('\n')
    open(path('odd.txt'), 'w').write(
        '\n'.join(
            [
                *lines[:3],
                '1-1',
                'message',
                'not json',
                '1-2',
                'other',
                'x',
                '1-3',
                'message',
                '[1]',
                '1-4',
                'message',
            ]
        )
        + '\n'
    )
    f, o, _ = archive('dead-odd', path('odd.txt'), options=['--unsealed'], status=6)
    check(o['rejects'] == 3 and any('cut off' in lack_text(l) for l in o['inputs'][0]['lacks']), o)
    check(
        [
            json.loads(l)['verbatim']
            for l in (
                run(EXHIBIT, 'cat', f, '--kind', 'reject', status=None).stdout.decode().split('\n')
            )
            if l
        ]
        == ['not json', 'x', '[1]'],
        'kept',
    )


@test
def reconcile_finds_a_deleted_leaf():
    """A row to which no other refers, deleted in the living database after sealing, is reported
    with its content; changed and late rows too; a purge that explains it is told.
    """
    fresh('rec')
    f, o, _ = archive('rec', uri('rec'))
    key = VKEY[1]

    def reconcile(status, *files):
        return json.loads(
            run(
                EXPORT,
                'reconcile',
                *(files or [f]),
                '--source',
                uri('rec'),
                '--vkey',
                key,
                '-o',
                'json',
                status=status,
            ).stdout
        )

    check(reconcile(0)['differences'] == [], 'nothing yet')
    leaf = psql(
        'rec',
        "SELECT event_id FROM audit_events a WHERE NOT EXISTS (SELECT 1 FROM audit_events b WHERE"
        " b.previous_event_hash = a.event_hash) ORDER BY event_timestamp DESC, event_id LIMIT 1",
    ).strip()
    was = next(
        r
        for r in map(
            json.loads,
            filter(None, run(EXHIBIT, 'cat', f, *VKEY, '-o', 'jsonl').stdout.decode().split('\n')),
        )
        if r['event_id'] == leaf
    )
    psql(
        'rec',
        "SET session_replication_role = replica; DELETE FROM audit_events WHERE event_id ="
        f" '{leaf}'; UPDATE audit_events SET severity = 'x' WHERE event_id = (SELECT event_id FROM"
        " audit_events ORDER BY event_timestamp, event_id LIMIT 1)",
    )
    o = reconcile(11)
    gone = [x for x in o['differences'] if x['class'] == 'vanished']
    changed = [x for x in o['differences'] if x['class'] == 'changed']
    check(
        len(gone) == len(changed) == 1
        and gone[0]['event_id'] == leaf
        and gone[0]['sealed']['event_data'] == was['event_data']
        and gone[0]['sealed']['correlation_id'] == was['correlation_id']
        and o['retention']['runs'] == 0,
        gone,
    )
    check(
        changed[0]['columns'] == 'severity'
        and changed[0]['now']['severity'] == 'x' != changed[0]['sealed'].get('severity'),
        changed,
    )
    text = run(
        EXPORT, 'reconcile', f, '--source', uri('rec'), '--vkey', key, status=11
    ).stdout.decode()
    check(
        'THE SOURCE DIFFERS' in text
        and leaf in text
        and 'none explains' in text
        and was['correlation_id'] in text,
        text[:300],
    )
    cols = psql(
        'rec',
        "SELECT string_agg(quote_ident(attname), ',' ORDER BY attnum) FROM pg_attribute WHERE"
        " attrelid = 'audit_events'::regclass AND attnum > 1",
    ).strip()
    psql(
        'rec',
        f"SET session_replication_role = replica; INSERT INTO audit_events (event_id, {cols})"
        f" SELECT gen_random_uuid(), {cols} FROM audit_events ORDER BY event_timestamp LIMIT 1;"
        " INSERT INTO retention_operations (run_id, rows_deleted, status, operation_start) VALUES"
        " (gen_random_uuid(), 1, 'completed', now())",
    )
    o = reconcile(11)
    check(
        o['counts'] == {'vanished': 1, 'changed': 1, 'late': 1, 'not_looked_at': 0}
        and o['retention']['runs'] == o['retention']['rows_deleted'] == 1,
        (o['counts'], o['retention']),
    )
    # the next file of the log records the same; held against both, only what it does not know
    # is left
    g, p, _ = archive('rec-next', uri('rec'), options=[*ORIGIN, '--after', f], status=6)
    check((p['vanished'], p['conflicts'], p['events']) == (1, 1, 1), p)
    check(reconcile(0, f, g)['differences'] == [], 'told already')
    run(EXPORT, 'reconcile', f, '--source', uri('rec'), '--vkey', FIX + '/hmac.key', status=None)
    run(EXPORT, 'reconcile', f, '--vkey', key, status=64)
    run(EXPORT, 'reconcile', good(), '--source', path('nothing.sql'), '--vkey', key, status=66)
    check(
        not [n for n in os.listdir(tempfile.gettempdir()) if re.fullmatch(r'exhibit-\w{6}', n)],
        'nothing is left behind',
    )


def follow(name, database, *options, status=0, key=ORIGIN):
    """A follower in the background: (process, its argv); `done` of the folder."""
    argv = [
        EXPORT,
        'archive',
        uri(database),
        '--out',
        path(f'{name}/f.exhibit'),
        *key,
        '--follow',
        '--poll',
        '100ms',
        *options,
    ]
    os.makedirs(path(name), exist_ok=True)
    return subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=open(path(name + '.err'), 'ab'))


def files_of(name):
    return sorted(path(f'{name}/{n}') for n in os.listdir(path(name)) if n.endswith('.exhibit'))


def until(what, seconds=20):
    end = time.monotonic() + seconds
    while not (got := what()):
        check(time.monotonic() < end, 'it never came')
        time.sleep(0.05)
    return got


def metric(name, which):
    try:
        return float(
            re.search(
                rf'(?m)^exhibit_follow_{which}\{{origin="[^"]+"\}} (\S+)$',
                open(path(name + '.prom')).read(),
            )[1]
        )
    except (OSError, TypeError):
        return -1


def plus(database, n, back='0 s'):
    """So many more rows, made of those there are, dated now or back."""
    psql(
        database,
        "SET session_replication_role = replica; INSERT INTO audit_events SELECT"
        " (jsonb_populate_record(a, jsonb_build_object('event_id', gen_random_uuid(),"
        f" 'event_timestamp', clock_timestamp() - interval '{back}', 'event_date',"
        f" (clock_timestamp() - interval '{back}')::date, 'event_hash', NULL,"
        " 'previous_event_hash', NULL, 'correlation_id', 'plus-' || a.event_id))).* FROM"
        f" audit_events a LIMIT {n}",
    )


def second(f):
    return json.loads(run(sys.executable, TOP + '/tests/second/reader.py', f, *VKEY).stdout)


def events_in(*fs):
    return sorted(
        json.loads(l)['event_id']
        for f in fs
        for l in (
            run(EXHIBIT, 'cat', f, *VKEY, '-o', 'jsonl', status=None).stdout.decode().split('\n')
        )
        if l
    )


def alarms(v):
    return [x for x in v['findings'] if x['level'] == 'alarm']


@test
def late_rows_change_their_period():
    """A remediation dated in a period that is sealed already, stored afterwards, stands in the next
    file, marked late, once; the populations of its period differ by it, and the first file's
    stay.
    """
    fresh('late')
    f, o, _ = archive('late-first', uri('late'))
    rr = psql(
        'late',
        "SELECT correlation_id FROM audit_events WHERE event_type ="
        " 'workflowexecution.execution.started' LIMIT 1",
    ).strip()
    day = psql('late', 'SELECT min(event_date) FROM audit_events').strip()
    psql(
        'late',
        "SET session_replication_role = replica; INSERT INTO audit_events SELECT"
        " (jsonb_populate_record(a, jsonb_build_object('event_id', gen_random_uuid(),"
        " 'correlation_id', 'rr-late', 'event_hash', NULL, 'previous_event_hash', NULL))).* FROM"
        f" audit_events a WHERE correlation_id = '{rr}'",
    )
    n = int(psql('late', "SELECT count(*) FROM audit_events WHERE correlation_id = 'rr-late'"))
    g, o, _ = archive('late-next', uri('late'), options=[*ORIGIN, '--after', f])
    check(o['events'] == n > 3 and o['conflicts'] == 0, o)
    late = [x for x in verify(f, g, *VKEY)['findings'] if x['class'] == 'late']
    check(
        sorted({e for x in late for e in x['event_ids']})
        == sorted(
            psql(
                'late', "SELECT event_id FROM audit_events WHERE correlation_id = 'rr-late'"
            ).split()
        ),
        late[:2],
    )
    count = lambda *fs: {
        k: p['count']
        for k, p in json.loads(
            run(
                EXHIBIT,
                'populations',
                *fs,
                *VKEY,
                '--period',
                f'{day}..{day}',
                '-o',
                'json',
                status=None,
            ).stdout
        )['populations'].items()
    }
    one, two = count(f), count(f, g)
    check(
        two['execution_started'] == one['execution_started'] + 1
        and all(two[k] in (one[k], one[k] + 1) for k in one),
        (one, two),
    )


@test
def follows_a_living_database():
    """Rows as they come, late ones too; killed and gone on with; changed rows are conflicts; files
    roll; in the end every row stands in the log once.
    """
    n = fresh('fol')
    more = ('--interval', '500ms', '--sweep', '1s', '--metrics', path('fol.prom'))
    p = follow('fol', 'fol', *more)
    until(lambda: metric('fol', 'events_total') == n)
    plus('fol', 5)
    until(lambda: metric('fol', 'events_total') == n + 5)
    plus('fol', 2, '40 days')
    until(lambda: metric('fol', 'events_total') == n + 7)
    q = follow('fol', 'fol')
    check(
        q.wait() == 73 and 'another exhibit-export is writing it' in open(path('fol.err')).read(),
        'one writer at a time',
    )
    until(lambda: metric('fol', 'sealed_position') == metric('fol', 'position'))
    samples = [l for l in open(path('fol.prom')) if l.startswith('exhibit_')]
    check(
        len(samples) > 10 and all('{origin="demo.example/cluster"' in l for l in samples),
        'two followers on one node are not merged',
    )
    p.send_signal(signal.SIGKILL)
    p.wait()
    (f,) = files_of('fol')
    shutil.copy(f, path('open.exhibit'))
    plus('fol', 3)
    psql(
        'fol',
        "SET session_replication_role = replica; UPDATE audit_events SET actor_id = 'somebody else'"
        " WHERE event_id = (SELECT event_id FROM audit_events WHERE event_hash IS NOT NULL ORDER BY"
        " event_timestamp, event_id LIMIT 1)",
    )
    p = follow('fol', 'fol', *more)
    until(lambda: (metric('fol', 'events_total'), metric('fol', 'conflicts_total')) == (3, 1))
    p.terminate()
    check(p.wait() == 0, open(path('fol.err')).read()[-400:])
    inputs = json.loads(
        run(EXHIBIT, 'cat', f, *VKEY, '--kind', 'manifest', status=None)
        .stdout.decode()
        .strip()
        .split('\n')[-1]
    )['inputs']
    check(
        len(inputs) == 2
        and 'was killed' in inputs[0]['lacks'][0]
        and inputs[0]['database']['counted'] == {}
        and (inputs[0]['events'], inputs[1]['events'], inputs[1]['conflicts']) == (n + 7, 3, 1),
        inputs,
    )
    p = follow('fol', 'fol', *more, '--roll-bytes', '1k')
    plus('fol', 4)
    until(lambda: metric('fol', 'events_total') >= 4 and len(files_of('fol')) == 3)
    plus('fol', 1, '2 days')
    until(lambda: len(files_of('fol')) == 4)
    p.terminate()
    check(p.wait() == 0, open(path('fol.err')).read()[-400:])
    run(
        EXPORT,
        'archive',
        uri('fol'),
        '--out',
        path('fol/f.exhibit'),
        *ORIGIN,
        '--follow',
        '--once',
        '-q',
    )
    fs = files_of('fol')
    v = verify(*fs, *VKEY, status=None)
    check(
        not any('OPEN' in h for h in v['headline'])
        and {x['class'] for x in alarms(v)} == {'changed'}
        and v['archive']['verdict'] == 'verified'
        and v['archive']['events'] == n + 15,
        (v['headline'], v['archive']),
    )
    check(
        'S15' in {x['id'] for x in verify(*fs[2:], *VKEY)['findings']},
        'a row dated before the end of the files before is marked late',
    )
    check(
        events_in(*fs) == sorted(psql('fol', 'SELECT event_id FROM audit_events').split()),
        'every row once',
    )
    for g in fs:
        check(second(g)['wrong'] == [], (g, second(g)['wrong']))
    check(
        json.loads(
            run(
                EXPORT,
                'reconcile',
                *fs,
                '--source',
                uri('fol'),
                '--vkey',
                VKEY[1],
                '-o',
                'json',
                status=None,
            ).stdout
        )['counts']
        == {'vanished': 0, 'changed': 0, 'late': 0, 'not_looked_at': 0},
        'nothing is missing',
    )


@test
def follows_through_a_restart():
    """A server that is killed, and one that is restored to another: what no snapshot tells is found
    by ids; a table that gets a column is read with it.
    """
    n = fresh('res')
    more = ('--sweep', '1s', '--metrics', path('res.prom'))
    p = follow('res', 'res', *more)
    until(lambda: metric('res', 'events_total') == n)
    stop('immediate')
    until(lambda: metric('res', 'up') == 0)
    start()
    plus('res', 6, '3 days')
    until(lambda: metric('res', 'events_total') == n + 6)
    check(metric('res', 'errors_total') > 0 and p.poll() is None, 'it waits for its source')
    psql(
        'res',
        'ALTER TABLE audit_events ADD COLUMN insert_seq bigint; CREATE INDEX ON'
        ' audit_events(insert_seq)',
    )
    plus('res', 2)
    until(lambda: metric('res', 'events_total') == n + 8)
    psql(
        'res',
        "SET session_replication_role = replica; UPDATE audit_events SET insert_seq = 77 WHERE"
        " event_id = (SELECT event_id FROM audit_events ORDER BY event_timestamp DESC LIMIT 1)",
    )
    plus('res', 1)
    until(lambda: metric('res', 'events_total') == n + 9)
    p.terminate()
    check(p.wait() == 0, open(path('res.err')).read()[-300:])
    (f,) = files_of('res')
    rows = [json.loads(l) for l in rows_of(f) if l]
    check(
        sorted(r['event_id'] for r in rows)
        == sorted(psql('res', 'SELECT event_id FROM audit_events').split()),
        'every row once',
    )
    check(any('insert_seq' in r for r in rows), 'the new column')
    for argv, status, says in (
        (['--roll-bytes', '3'], 64, b'--roll-bytes'),
        (['--poll', '1x'], 64, b'--poll'),
        (['--since', '2026-01-01T00:00:00Z'], 64, b'--follow'),
        (['--out', path('x')], 64, b'BASE.exhibit'),
    ):
        q = run(
            EXPORT,
            'archive',
            uri('res'),
            '--out',
            path('y/f.exhibit'),
            *ORIGIN,
            '--follow',
            *argv,
            status=status,
        )
        check(says in q.stderr, q.stderr)
    os.makedirs(path('no-such'))
    q = run(
        EXPORT,
        'archive',
        uri('no-such'),
        '--out',
        path('no-such/f.exhibit'),
        *ORIGIN,
        '--follow',
        status=74,
    )
    check(b'does not exist' in q.stderr, q.stderr)


@test
def follows_into_a_long_log():
    """With many earlier files the proofs (S-9) take pages of their own: interim seals leave no page
    behind that is in no use (C-3), and every file verifies.
    """
    n = fresh('longlog')
    argv = [
        EXPORT,
        'archive',
        uri('longlog'),
        '--out',
        path('longlog/f.exhibit'),
        *ORIGIN,
        '--follow',
        '-q',
    ]
    os.makedirs(path('longlog'))
    own = lambda v: [
        x for x in alarms(v) if x['id'][0] in 'AL'
    ]  # the rows themselves are odd: some lack the hash that those around have
    for i in range(12):
        plus('longlog', 1 + i % 5)
        run(*argv, '--once')
    p = follow('longlog', 'longlog', '--interval', '150ms', '--metrics', path('longlog.prom'))
    n = int(psql('longlog', 'SELECT count(*) FROM audit_events'))
    for i in range(12):
        plus('longlog', 1 + i)
        n += 1 + i
        until(lambda: sum(len(events_in(f)) for f in files_of('longlog')) == n or time.sleep(0.2))
    p.terminate()
    check(p.wait() == 0, open(path('longlog.err')).read()[-300:])
    v = verify(*files_of('longlog'), *VKEY)
    check(own(v) == [] and any('STILL OPEN' in h for h in v['headline']), (v['headline'], own(v)))
    run(*argv, '--once')
    fs = files_of('longlog')
    v = verify(*fs, *VKEY)
    check(
        len(fs) == 13
        and own(v) == []
        and not any('OPEN' in h for h in v['headline'])
        and [
            sqlite3.connect(f'file:{f}?immutable=1', uri=True)
            .execute('PRAGMA freelist_count')
            .fetchone()[0]
            for f in fs
        ]
        == [0] * 13,
        v['headline'],
    )
    check(second(fs[-1])['wrong'] == [], 'as another reader sees it')
    check(
        verify(fs[3], fs[-1], *VKEY)['findings'] != [] and own(verify(fs[3], fs[-1], *VKEY)) == [],
        'a gap, and proved to be of one log',
    )


@test
def open_files_are_never_complete():
    """Open files are read up to their last seal and said to be open; a finished file cut back to an
    interim seal is no better; interim seals are held against tree, manifest and key.
    """
    check(os.path.exists(path('open.exhibit')), 'the test of following comes first')
    whole = files_of('fol')[0]
    f = path('open.exhibit')
    v = verify(f, *VKEY, status=3)
    check(
        v['headline'][0].startswith('STILL OPEN')
        and v['dimensions']['completeness']['state'] == 'not proven'
        and v['dimensions']['authenticity']['state'] == 'proven'
        and alarms(v) == []
        and 'L05' in {x['id'] for x in v['findings']},
        v['headline'],
    )
    check(
        second(f)['verdict'] == 'not proven' and second(f)['wrong'] == [],
        'as another reader sees it',
    )
    n = len(events_in(f))
    check(b'still open' in run(EXHIBIT, 'list', f, *VKEY).stderr, 'a banner')
    for verb in (['report', '--out', path('open.html')], ['controls'], ['populations'], ['info']):
        run(EXHIBIT, verb[0], f, *VKEY, *verb[1:], status=None)

    def forged(name, src, *sql):
        os.makedirs(path('forged-' + name))
        g = path('forged-' + name + '/a.exhibit')
        b = open(src, 'rb').read()
        open(g, 'wb').write(b[:-4096] if b[-4096:].startswith(b'exhibit-file/1\n') else b)
        c = sqlite3.connect(g, isolation_level=None)
        for s in sql:
            c.execute(s)
        c.close()
        return g

    last = 'no = (SELECT max(no) FROM seal)'
    v = verify(forged('tail', f, f'DELETE FROM seal WHERE {last}'), *VKEY, status=None)
    check(
        v['exit'] == 1 or any('were not read' in x['sentence'] for x in v['findings']),
        v['headline'],
    )
    check(len(events_in(path('forged-tail/a.exhibit'))) <= n, 'what is behind the seal is not read')
    for name, src, sql in (
        ('cutback', whole, [f'DELETE FROM seal WHERE {last}']),
        ('notrailer', whole, []),
    ):
        v = verify(forged(name, src, *sql), *VKEY, status=None)
        check(v['exit'] in (1, 3), (name, v['headline']))
    for name, sql, ids in (
        (
            's1',
            "UPDATE seal SET note = replace(note, substr(note, -12, 4), 'AAAA') WHERE no = 1",
            ('A15',),
        ),
        ('s2', 'DELETE FROM seal WHERE no = 1', ('A16',)),
        (
            's3',
            'UPDATE seal SET note = (SELECT note FROM seal WHERE no = 1) WHERE no = 2',
            ('A16',),
        ),
        (
            's4',
            "UPDATE seal SET note = replace(note, char(10) || char(10), char(10)) WHERE no = 1",
            ('A16',),
        ),
    ):
        g = forged(name, whole, sql)
        v = verify(g, *VKEY, status=1)
        found(v, *ids)
        check(second(g)['wrong'] != [], name)
        g = forged(name + 't', whole, sql)
        b = open(g, 'rb').read()
        open(g, 'ab').write(b'\0' * 4096)
        retrailer_of(g, whole)
        found(verify(g, *VKEY, status=1), *ids)
    # a damaged file is not gone on with, and a good one is not begun twice
    d = path('dam')
    os.makedirs(d)
    g = d + '/f-000000000000.exhibit'
    shutil.copy(f, g)
    c = sqlite3.connect(g)
    c.execute(
        "UPDATE data SET data = CAST(substr(data, 1, 40) || x'00' || substr(data, 42) AS BLOB)"
        " WHERE no = 1"
    )
    c.commit()
    c.close()
    p = run(
        EXPORT,
        'archive',
        uri('fol'),
        '--out',
        d + '/f.exhibit',
        *ORIGIN,
        '--follow',
        '--once',
        status=65,
    )
    check(b'block 1' in p.stderr, p.stderr)
    for k, sql, says in (
        (
            0,
            (
                "UPDATE data SET data = CAST(substr(data, 1, 40) || x'a1b2c3' || substr(data, 44)"
                " AS BLOB) WHERE no=1"
            ),
            b'cannot be read',
        ),
        (1, 'UPDATE seal SET note=(SELECT prev_note FROM log)', b'exhibit verify'),
        (2, 'UPDATE block SET count=count+1 WHERE no=1', b'exhibit verify'),
    ):
        d = path(f'dam{k}')
        os.makedirs(d)
        fs = files_of('longlog')[:3]
        for g in fs:
            shutil.copy(g, d)
        h = d + '/' + os.path.basename(fs[1])
        b = open(h, 'rb').read()
        open(h, 'wb').write(b[:-4096])
        c = sqlite3.connect(h)
        c.execute(sql)
        c.commit()
        c.close()
        open(h, 'ab').write(b[-4096:])
        p = run(
            EXPORT,
            'archive',
            uri('longlog'),
            '--out',
            d + '/f.exhibit',
            *ORIGIN,
            '--follow',
            '--once',
            status=None,
        )
        check(
            p.returncode in (65, 74) and says in p.stderr and len(os.listdir(d)) == 3 + (k == 0),
            (k, p.returncode, p.stderr, os.listdir(d)),
        )


def retrailer_of(g, src):
    b = open(g, 'rb').read()[:-4096]
    old = open(src, 'rb').read()[-4096:].rstrip(b'\0').decode().split('\n')
    t = '\n'.join(['exhibit-file/1', str(len(b)), hashlib.sha256(b).hexdigest()] + old[3:]).encode()
    open(g, 'wb').write(b + t + b'\0' * (4096 - len(t)))
