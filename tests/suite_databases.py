"""Tests of the borders to databases: behind a pooler, on a standby, while tables are rewritten,
detached or generated (facts about them: databases-measured).
"""

import socket
import threading

from harness import *
from suite_live import (
    PG,
    SERVER,
    SERVER_BIN,
    a_session,
    as_server,
    events_in,
    files_of,
    follow,
    fresh,
    metric,
    plus,
    psql,
    rows_of,
    server,
    start,
    stop,
    until,
    uri,
)

EXTRA = []


def port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def pooler():
    """A PgBouncer before the suite's server: transactions share one connection to it. Its folder
    and port.
    """
    if 'pool' not in SERVER:
        d = path('pool')
        os.makedirs(d)
        os.chmod(d, 0o777)
        n = port()
        SERVER['pool'] = (d, n)
        open(d + '/users.txt', 'w').write('"postgres" ""\n')
        open(d + '/pool.ini', 'w').write(f"""[databases]
* = host={server()} user=postgres
[pgbouncer]
listen_port = {n}
listen_addr = 127.0.0.1
unix_socket_dir = {d}
auth_type = any
auth_file = {d}/users.txt
pool_mode = transaction
default_pool_size = 1
logfile = {d}/log
pidfile = {d}/pid
""")
        who = [] if os.getuid() else ['runuser', '-u', 'postgres', '--']
        EXTRA.append(
            subprocess.Popen(
                [*who, 'pgbouncer', '-q', d + '/pool.ini'],
                cwd='/',
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        until(lambda: os.path.exists(f'{d}/.s.PGSQL.{n}'))
    return SERVER['pool']


def pooled(database, sql):
    d, n = pooler()
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
            d,
            '-p',
            str(n),
            '-U',
            'postgres',
            database,
        ],
        input=sql,
        capture_output=True,
        text=True,
    )
    check(p.returncode == 0, p.stderr[-400:])
    return p.stdout


def pool_uri(database):
    d, n = pooler()
    return f"postgres://postgres@{d.replace('/', '%2F')}:{n}/{database}"


def lacks_of(f):
    return json.loads(
        run(EXHIBIT, 'cat', f, '--kind', 'manifest', status=None).stdout.decode().split('\n')[0]
    )['inputs'][0]


SETTINGS = '; '.join(
    f'SHOW {s}'
    for s in (
        'search_path',
        'default_transaction_read_only',
        'statement_timeout',
        'lock_timeout',
        'idle_in_transaction_session_timeout',
        'row_security',
        'timezone',
        'datestyle',
        'extra_float_digits',
        'intervalstyle',
    )
)


@test
def a_pooler_is_left_as_it_was():
    """Behind a pooler the next client gets the connection that the exporter had: nothing that it
    set is left on it, whichever verb ran, and while one follows.
    """
    n = fresh('poolme')
    before = pooled('poolme', SETTINGS)
    insert = (
        'BEGIN; INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, true); ROLLBACK'
    )

    def same(what):
        check(pooled('poolme', SETTINGS) == before, what)
        pooled('poolme', insert)

    run(EXPORT, 'inspect', pool_uri('poolme'))
    same('inspect')
    f, o, _ = archive('pooled', pool_uri('poolme'))
    same('archive')
    check(o['events'] == n and rows_of(f) == rows_of(archive('unpooled', uri('poolme'))[0]), o)
    p = (
        subprocess.Popen(
            [
                EXPORT,
                'archive',
                pool_uri('poolme'),
                '--out',
                path('poolf/f.exhibit'),
                *ORIGIN,
                '--follow',
                '--poll',
                '100ms',
                '--sweep',
                '200ms',
                '--metrics',
                path('poolf.prom'),
            ],
            stderr=open(path('poolf.err'), 'wb'),
        )
        if os.makedirs(path('poolf')) is None
        else None
    )
    until(lambda: metric('poolf', 'events_total') == n)
    same('following')
    plus('poolme', 3)
    until(lambda: metric('poolf', 'events_total') == n + 3)
    same('still following')
    p.terminate()
    check(p.wait() == 0, open(path('poolf.err')).read()[-300:])
    same('followed')
    run(
        EXPORT,
        'archive',
        pool_uri('poolme'),
        '--out',
        path('never-pooled.exhibit'),
        '--unsealed',
        '--max-snapshot',
        '1ms',
        status=None,
    )
    same('one that ended early')


@test
def a_standby_is_read_like_its_primary():
    n = fresh('stand')
    d = path('standby')
    host = server()
    # the primary's folder as it is at rest: pg_basebackup is no part of every server's package
    os.chmod(W, 0o777)
    stop()
    p = as_server('cp', '-a', f'{host}/data', d)
    start()
    check(p.returncode == 0, p.stderr)
    settings = f"echo \"primary_conninfo = 'host={host} user=postgres'\" >>{d}/postgresql.auto.conf"
    p = as_server('sh', '-c', f'rm -f {d}/postmaster.pid && touch {d}/standby.signal && {settings}')
    check(p.returncode == 0, p.stderr)
    n_port = port()
    os.makedirs(path('standby-sock'))
    os.chmod(path('standby-sock'), 0o777)
    p = as_server(
        f'{SERVER_BIN}/pg_ctl',
        '-D',
        d,
        '-o',
        f"-k {path('standby-sock')} -p {n_port} -h '' -F",
        '-l',
        path('standby-sock') + '/log',
        '-w',
        'start',
    )
    check(p.returncode == 0, p.stderr + p.stdout)
    try:
        u = f"postgres://postgres@{path('standby-sock').replace('/', '%2F')}:{n_port}/stand"
        f, o, _ = archive('from-standby', u)
        g, q, _ = archive('from-primary', uri('stand'))
        check(rows_of(f) == rows_of(g) and o['events'] == n, o)
        a, b = lacks_of(f)['database'], lacks_of(g)['database']
        check(
            a['replica'] is True
            and b['replica'] is False
            and a['system_identifier'] == b['system_identifier']
            and a['timeline'] == b['timeline'] == '1',
            (a, b),
        )
        as_server(f'{SERVER_BIN}/pg_ctl', '-D', d, '-w', 'promote')
        until(
            lambda: subprocess.run(
                [
                    f'/usr/lib/postgresql/{PG}/bin/psql',
                    '-X',
                    '-A',
                    '-t',
                    '-h',
                    path('standby-sock'),
                    '-p',
                    str(n_port),
                    '-U',
                    'postgres',
                    'stand',
                    '-c',
                    'CHECKPOINT; SELECT pg_is_in_recovery()',
                ],
                capture_output=True,
                text=True,
            )
            .stdout.strip()
            .endswith('f')
        )
        c = lacks_of(archive('from-promoted', u)[0])['database']
        check(c['timeline'] == '2' and c['system_identifier'] == b['system_identifier'], c)
    finally:
        as_server(f'{SERVER_BIN}/pg_ctl', '-D', d, '-m', 'fast', '-w', 'stop')


def biggest(database):
    return psql(
        database,
        "SELECT tableoid::regclass FROM audit_events GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
    ).strip()


@test
def a_table_that_is_rewritten_meanwhile():
    """The exporter waits for a lock, and the snapshot it has by then would see the table empty:
    another one is taken, and nothing looks deleted.
    """
    n = fresh('rew')
    f, o, _ = archive('rew', uri('rew'))
    leaf = biggest('rew')
    for how in (
        f'ALTER TABLE {leaf} SET UNLOGGED',
        (
            'ALTER TABLE audit_events ALTER COLUMN resource_id TYPE varchar(300) USING resource_id'
            ' || \'\''
        ),
        f'CLUSTER {leaf} USING {leaf}_pkey',
    ):
        p = a_session('rew')
        if how.startswith('ALTER TABLE audit_events'):
            psql('rew', 'DROP VIEW IF EXISTS v', status=None)
        p.stdin.write(f"BEGIN; {how};\n")
        p.stdin.flush()
        time.sleep(0.5)
        t = threading.Timer(1.0, lambda: (p.stdin.write('COMMIT;\n'), p.stdin.close()))
        t.start()
        name = 'rew-' + hashlib.sha256(how.encode()).hexdigest()[:6]
        g, q, err = archive(name, uri('rew'), status=None)
        t.join()
        check(p.wait() == 0, p.stderr.read())
        check(
            q.get('events') == n
            and q['inputs'][0]['lacks'] == []
            and rows_of(g) == rows_of(f)
            and 'was rewritten' in err,
            (how, q, err),
        )
        p = a_session('rew')
        p.stdin.write(f"BEGIN; {how.replace('SET UNLOGGED', 'SET LOGGED')};\n")
        p.stdin.flush()
        time.sleep(0.5)
        t = threading.Timer(1.0, lambda: (p.stdin.write('COMMIT;\n'), p.stdin.close()))
        t.start()
        again = run(EXPORT, 'reconcile', f, '--source', uri('rew'), *VKEY, '-o', 'json', status=0)
        t.join()
        check(
            p.wait() == 0
            and b'was rewritten' in again.stderr
            and json.loads(again.stdout)['counts']['vanished'] == 0,
            again.stderr,
        )
        h, r, err = archive(name + '-after', uri('rew'), options=[*ORIGIN, '--after', f], status=0)
        check((r['events'], r['vanished'], r['inputs'][0]['repeats']) == (0, 0, n), r)
    # a partition that is dropped while it is waited for: the next snapshot does without it
    k = int(psql('rew', f'SELECT count(*) FROM {leaf}'))
    p = a_session('rew')
    plus('rew', 3, '-40 days')
    p.stdin.write(f'BEGIN; DROP TABLE {leaf};\n')
    p.stdin.flush()
    time.sleep(0.5)
    t = threading.Timer(1.0, lambda: (p.stdin.write('COMMIT;\n'), p.stdin.close()))
    t.start()
    g, q, err = archive('rew-dropped', uri('rew'), status=None)
    t.join()
    check(p.wait() == 0 and q.get('events') == n + 3 - k, (q, err))


@test
def generated_columns_are_left_out():
    n = fresh('gen')
    f, o, _ = archive('gen', uri('gen'))
    psql(
        'gen',
        "ALTER TABLE audit_events ADD COLUMN len int GENERATED ALWAYS AS (length(event_type))"
        " STORED",
    )
    g, q, _ = archive('gen-2', uri('gen'))
    check(rows_of(f) == rows_of(g) and q['events'] == n and q['inputs'][0]['lacks'] == [], q)
    psql(
        'gen',
        'CREATE ROLE genreader LOGIN; GRANT USAGE ON SCHEMA public TO genreader; GRANT SELECT ON'
        ' audit_events TO genreader',
    )
    check(rows_of(archive('gen-3', uri('gen', 'genreader'))[0]) == rows_of(f), 'through the parent')
    (
        run(
            EXPORT,
            'archive',
            uri('gen'),
            '--out',
            path('gen-f/f.exhibit'),
            *ORIGIN,
            '--follow',
            '--once',
        )
        if os.makedirs(path('gen-f')) is None
        else None
    )
    check(len(events_in(*files_of('gen-f'))) == n, 'followed')
    psql(
        'gen',
        "ALTER TABLE audit_events DROP COLUMN resource_name; ALTER TABLE audit_events ADD COLUMN"
        " resource_name text GENERATED ALWAYS AS (upper(resource_id)) STORED",
    )
    h = [json.loads(l) for l in rows_of(archive('gen-4', uri('gen'))[0]) if l]
    check(
        len(h) == n
        and all(
            r['resource_name'] == (r['resource_id'] or '').upper() or r['resource_id'] is None
            for r in h
        ),
        'one that rows are judged by is read',
    )


@test
def detached_is_not_deleted():
    """A detached partition's rows are named with their number, are a known lack, are never gone,
    and can be asked for: as the dump has them.
    """
    n = fresh('det') + 5
    plus('det', 5, '-40 days')
    f, o, _ = archive('det', uri('det'))
    leaf = biggest('det')
    k = int(psql('det', f'SELECT count(*) FROM {leaf}'))
    psql('det', f'ALTER TABLE audit_events DETACH PARTITION {leaf}')
    g, q, _ = archive('det-2', uri('det'), options=[*ORIGIN, '--after', f], status=6)
    i = q['inputs'][0]
    (lack,) = [x for x in i['lacks'] if isinstance(x, dict)]
    check(
        (q['events'], q['vanished'], i['repeats']) == (0, 0, n - k)
        and (lack['type'], lack['rows']) == ('not-read', k)
        and leaf in lack['table']
        and 'detached, not deleted' in lack['sentence'],
        q,
    )
    check(list(lacks_of(g)['left_out'].values()) == [k], lacks_of(g)['left_out'])
    h, r, _ = archive('det-3', uri('det'), '--with-detached', options=[*ORIGIN, '--after', f])
    check(
        (r['events'], r['vanished'], r['inputs'][0]['repeats'], r['inputs'][0]['lacks'])
        == (0, 0, n, []),
        r,
    )
    dump = subprocess.run(
        [f'/usr/lib/postgresql/{PG}/bin/pg_dump', '-h', server(), '-U', 'postgres', 'det'],
        capture_output=True,
        check=True,
    ).stdout
    open(path('det.sql'), 'wb').write(dump)
    check(
        rows_of(archive('det-4', path('det.sql'))[0])
        == rows_of(archive('det-5', uri('det'), '--with-detached')[0]),
        'as the dump',
    )
    check(
        b'detached, not deleted' in run(EXPORT, 'inspect', uri('det')).stdout, 'and inspect says so'
    )
    psql('det', f'TRUNCATE {leaf}')
    check(archive('det-6', uri('det'))[1]['inputs'][0]['lacks'] == [], 'an empty one is no lack')
    psql(
        'det',
        'CREATE ROLE detreader LOGIN; GRANT USAGE ON SCHEMA public TO detreader; GRANT SELECT ON'
        ' audit_events TO detreader',
    )
    (lack,) = [
        x
        for x in archive('det-7', uri('det', 'detreader'), status=6)[1]['inputs'][0]['lacks']
        if isinstance(x, dict)
    ]
    check('rows' not in lack and 'may not read' in lack['sentence'], lack)


@test
def estimates_and_counts():
    """inspect knows of rows that nobody analysed; the counts of the server and what was read stand
    side by side.
    """
    n = fresh('est') + 40
    psql(
        'est',
        "CREATE TABLE audit_events_2099_01 PARTITION OF audit_events FOR VALUES FROM ('2098-01-01')"
        " TO ('2199-02-01')",
    )
    plus('est', 40, '-100 years')
    e = json.loads(run(EXPORT, 'inspect', uri('est'), '-o', 'json').stdout)['inputs'][0]
    check(n / 4 < e['rows_estimated'] < n * 20 and any(not t['analysed'] for t in e['tables']), e)
    check(b'never analysed' in run(EXPORT, 'inspect', uri('est')).stdout, 'and says so')
    psql(
        'est',
        'CREATE ROLE estreader LOGIN; GRANT USAGE ON SCHEMA public TO estreader; GRANT SELECT ON'
        ' audit_events TO estreader',
    )
    e = json.loads(run(EXPORT, 'inspect', uri('est', 'estreader'), '-o', 'json').stdout)['inputs'][
        0
    ]
    check(n / 4 < e['rows_estimated'] < n * 20, e)
    psql('est', 'ANALYZE')
    e = json.loads(run(EXPORT, 'inspect', uri('est'), '-o', 'json').stdout)['inputs'][0]
    audit = [t for t in e['tables'] if 'audit_events' in t['table']]
    check(
        sum(t['rows_estimated'] for t in audit) == n and all(t['analysed'] for t in e['tables']), e
    )
    i = lacks_of(archive('est', uri('est'))[0])
    check(
        i['compared'] == [{'what': 'server-counts', 'expected': n, 'read': n}]
        and i['database']['snapshot_seconds'] >= 0
        and i['database']['insert_seq_last'] is None,
        i,
    )
    p = run(
        EXPORT,
        'archive',
        uri('est'),
        '--out',
        path('est-late.exhibit'),
        '--unsealed',
        '--max-snapshot',
        '1ms',
        status=74,
    )
    check(b'--max-snapshot' in p.stderr and not os.path.exists(path('est-late.exhibit')), p.stderr)


@test
def the_sequence_of_numbers():
    """The last number that insert_seq's sequence handed out stands beside the rows; while
    following, that of the last look.
    """
    n = fresh('seq')
    psql(
        'seq',
        'CREATE SEQUENCE audit_events_insert_seq; ALTER TABLE audit_events ADD COLUMN insert_seq'
        ' bigint NOT NULL DEFAULT nextval(\'audit_events_insert_seq\'); ALTER SEQUENCE'
        ' audit_events_insert_seq OWNED BY audit_events.insert_seq; CREATE INDEX ON'
        ' audit_events(correlation_id, insert_seq)',
    )
    check(
        lacks_of(archive('seq', uri('seq'))[0])['database']['insert_seq_last'] == n,
        'all were numbered',
    )
    psql('seq', "SELECT nextval('audit_events_insert_seq')")
    check(
        lacks_of(archive('seq-2', uri('seq'))[0])['database']['insert_seq_last'] == n + 1,
        'one that failed',
    )
    p = follow('seq-f', 'seq', '--metrics', path('seq-f.prom'))
    until(lambda: metric('seq-f', 'events_total') == n)
    psql('seq', "SELECT nextval('audit_events_insert_seq') FROM generate_series(1, 5)")
    k = metric('seq-f', 'polls_total')
    until(lambda: metric('seq-f', 'polls_total') > k + 2)
    p.terminate()
    p.wait()
    # a number without a row hastens the sweep, which finds a row dated back
    p = follow('seq-g', 'seq', '--sweep', '1h', '--metrics', path('seq-g.prom'))
    until(lambda: metric('seq-g', 'events_total') == n)
    plus('seq', 1, '40 days')
    psql('seq', "SELECT nextval('audit_events_insert_seq')")
    until(lambda: metric('seq-g', 'events_total') == n + 1, 40)
    p.terminate()
    p.wait()
    psql(
        'seq',
        "SET session_replication_role = replica; DELETE FROM audit_events WHERE correlation_id LIKE"
        " 'plus-%'",
    )
    psql('seq', "SELECT setval('audit_events_insert_seq', %d)" % (n + 6))
    run(
        EXPORT,
        'archive',
        uri('seq'),
        '--out',
        path('seq-f/f.exhibit'),
        *ORIGIN,
        '--follow',
        '--once',
    )
    m = json.loads(
        run(EXHIBIT, 'cat', files_of('seq-f')[0], '--kind', 'manifest', status=None)
        .stdout.decode()
        .strip()
        .split('\n')[-1]
    )
    check([i['database']['insert_seq_last'] for i in m['inputs']] == [n + 6] * 2, m['inputs'])


@test
def following_never_forks():
    """A follower beside files of its log that others wrote: it does not begin the log again, and
    seals nothing where somebody else has sealed.
    """
    n = fresh('nofork')
    f, _, _ = archive('nofork', uri('nofork'))
    argv = [
        EXPORT,
        'archive',
        uri('nofork'),
        '--out',
        path('nofork/f.exhibit'),
        *ORIGIN,
        '--follow',
        '-q',
    ]
    p = run(*argv, '--once', status=73)
    check(f.encode() in p.stderr and os.listdir(path('nofork')) == ['a.exhibit'], p.stderr)
    q = follow('nofork2', 'nofork', '--interval', '300ms', '--metrics', path('nofork2.prom'))
    until(lambda: metric('nofork2', 'sealed_position') > 0)
    shutil.copyfile(f, path('nofork2/x.exhibit'))
    plus('nofork', 2)
    check(
        q.wait(timeout=20) == 75 and 'x.exhibit' in open(path('nofork2.err')).read(),
        open(path('nofork2.err')).read()[-400:],
    )
