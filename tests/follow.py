#!/usr/bin/env python3
"""Following a busy database while exporter and server are killed: every committed row is archived
exactly once, and soon.

usage: follow.py [--seconds N] [--rate ROWS_PER_SECOND] [--seed N]
       default 60 s, 500 rows/s; the run that counts: --seconds 600

A writer commits rows in batches, now and then one dated days back, now and then a batch that stays
open for three seconds; the exporter is killed with SIGKILL every few seconds and started again, the
server is stopped as by a crash every minute. Lag: from a row's own time to the poll record of its
block (time the block was being written).
"""

import argparse, datetime, glob, json, os, random, signal, subprocess, sys, threading, time

ap = argparse.ArgumentParser()
ap.add_argument('--seconds', type=float, default=60)
ap.add_argument('--rate', type=int, default=500)
ap.add_argument('--seed', type=int, default=1)
OPT = ap.parse_args()
sys.argv = sys.argv[:1]
from harness import *
import suite_live as live

R = random.Random(OPT.seed)
stopping = threading.Event()
written = [0, 0]
ROW = """INSERT INTO audit_events (event_id, event_version, event_timestamp, event_date, event_type,
 event_category, event_action, event_outcome, actor_type, actor_id, resource_type, resource_id,
 correlation_id, event_data, retention_days, is_sensitive, event_hash, previous_event_hash)
 SELECT gen_random_uuid(), '1.0', t, (t AT TIME ZONE 'UTC')::date, 'gateway.signal.received',
 'gateway', 'received', 'success', 'service', '{who}', 'signal', 'x', 'rr-follow-' || (n % 7),
 jsonb_build_object('n', n, 'pad', repeat('lorem ipsum ', 40)), 2555, false, NULL, NULL
 FROM (SELECT clock_timestamp() - interval '{back}' AS t, n FROM generate_series(1, {rows}) n) x"""


def psql_once(sql):
    return (
        subprocess.run(
            [
                f'/usr/lib/postgresql/{live.PG}/bin/psql',
                '-X',
                '-q',
                '-v',
                'ON_ERROR_STOP=1',
                '-h',
                live.server(),
                '-U',
                'postgres',
                'follow',
            ],
            input=sql,
            capture_output=True,
            text=True,
        ).returncode
        == 0
    )


def writer():
    at = time.monotonic()
    tick = 0.1
    while not stopping.is_set():
        n = max(1, int(OPT.rate * tick))
        if psql_once(ROW.format(who='busy', back='0 s', rows=n)):
            written[0] += n
        if R.random() < 0.02 and psql_once(ROW.format(who='late', back='3 days', rows=3)):
            written[1] += 3
        at += tick
        time.sleep(max(0, at - time.monotonic()))


def slow_writer():
    while not stopping.is_set():
        if psql_once(
            'BEGIN; ' + ROW.format(who='slow', back='0 s', rows=5) + "; SELECT pg_sleep(3); COMMIT"
        ):
            written[1] += 5
        time.sleep(1)


def main():
    live.server()
    live.psql('postgres', 'CREATE DATABASE follow')
    live.psql('follow', open(LC).read(), status=None)
    out, log = path('fol/f.exhibit'), open(path('follow.log'), 'wb')
    os.makedirs(path('fol'))
    argv = [
        EXPORT,
        'archive',
        live.uri('follow'),
        '--out',
        out,
        *ORIGIN,
        '--follow',
        '--interval',
        '5s',
        '--sweep',
        '5s',
        '--roll-bytes',
        '1M',
        '--metrics',
        path('m.prom'),
    ]
    begin = lambda: subprocess.Popen(argv, stdout=log, stderr=log)
    p, kills, crashes = begin(), 0, 0
    threads = [threading.Thread(target=t) for t in (writer, slow_writer)]
    [t.start() for t in threads]
    end, next_kill, next_crash = (
        time.monotonic() + OPT.seconds,
        time.monotonic() + 4,
        time.monotonic() + 20,
    )
    while time.monotonic() < end:
        time.sleep(0.05)
        now = time.monotonic()
        if now >= next_kill:
            p.send_signal(signal.SIGKILL)
            p.wait()
            kills += 1
            next_kill = now + R.uniform(3, 15)
            p = begin()
        if now >= next_crash:
            live.stop('immediate')
            live.start()
            crashes += 1
            next_crash = now + R.uniform(30, 90)
        if p.poll() is not None:
            p = begin()
    stopping.set()
    [t.join() for t in threads]
    time.sleep(8)
    p.send_signal(signal.SIGTERM)
    check(p.wait() == 0, open(path('follow.log')).read()[-600:])
    opened = sorted(glob.glob(path('fol/f-*.exhibit')))
    v = verify(*opened, *VKEY, status=None)
    check(
        v['exit'] in (2, 3)
        and any('STILL OPEN' in h for h in v['headline'])
        and not [f for f in v['findings'] if f['level'] == 'alarm'],
        (v['headline'], [f for f in v['findings'] if f['level'] == 'alarm'][:3]),
    )
    run(EXPORT, 'archive', live.uri('follow'), '--out', out, *ORIGIN, '--follow', '--once', '-q')
    files = sorted(glob.glob(path('fol/f-*.exhibit')))
    check(len(files) > 1 or OPT.seconds < 60, files)
    v = verify(*files, *VKEY, status=None)
    check(
        not [f for f in v['findings'] if f['level'] == 'alarm']
        and not any('OPEN' in h for h in v['headline']),
        v['headline'],
    )
    have, lag = [], []
    for f in files:
        recs = [
            ('event', json.loads(l))
            for l in (
                run(EXHIBIT, 'verify', f, *VKEY, '--each', '-o', 'jsonl', status=None)
                .stdout.decode()
                .split('\n')
            )
            if l
        ]
        rows = {
            r['event_id']: r
            for r in map(
                json.loads,
                filter(
                    None,
                    run(EXHIBIT, 'cat', f, *VKEY, '-o', 'jsonl', status=None)
                    .stdout.decode()
                    .split('\n'),
                ),
            )
        }
        polls = sorted((c['position'], c['at']) for c in polls_of(f))
        k = 0
        for _, r in recs:
            have.append(r['event_id'])
            row = rows[r['event_id']]
            while k < len(polls) and polls[k][0] < r['position']:
                k += 1
            if row['actor_id'] == 'busy' and k < len(polls):
                lag.append(seconds(polls[k][1]) - seconds(row['event_timestamp']))
    ids = set(live.psql('follow', 'SELECT event_id FROM audit_events').split())
    lag.sort()
    check(len(have) == len(set(have)), 'nothing twice')
    check(
        set(have) == ids,
        (len(ids - set(have)), 'rows lost', len(set(have) - ids), 'rows that are not there'),
    )
    p95 = lag[int(len(lag) * 0.95)]
    print(
        f'{OPT.seconds:.0f} s, {len(ids)} rows committed ({written[0]} plain, {written[1]} late or'
        f' slow), {kills} kills of the exporter, {crashes} crashes of the server, {len(files)}'
        f' files: every row once; lag p50 {lag[len(lag) // 2]:.2f} s, p95 {p95:.2f} s, p99'
        f' {lag[int(len(lag) * 0.99)]:.2f} s, max {lag[-1]:.2f} s'
    )
    check(p95 < 2, 'lag p95 < 2 s')


def seconds(t):
    m = re.fullmatch(r'(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|\+00:00)', t.replace(' ', 'T'))
    return datetime.datetime.fromisoformat(m[1] + '+00:00').timestamp() + float(m[2] or 0)


def polls_of(f):
    """Poll records with their positions, from the bytes (C-8): the last record of its block."""
    out = []
    db = sqlite3.connect(f'file:{f}?immutable=1', uri=True)
    for first, count, head, data in db.execute(
        'SELECT first, count, head_len, data FROM block JOIN data USING(no) ORDER BY no'
    ):
        body = subprocess.run(
            ['zstd', '-dcq'], input=data[head:], capture_output=True, check=True
        ).stdout
        lines = body.split(b'\n')[:count]
        if lines[-1].startswith(b'{"context":"poll"'):
            out.append(dict(json.loads(lines[-1]), position=first + count - 1))
    return out


if __name__ == '__main__':
    try:
        main()
    finally:
        live.stop()
