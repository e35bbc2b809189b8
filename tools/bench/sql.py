#!/usr/bin/env python3
"""Queries over an archive beside DuckDB over the same rows as zstd JSONL, and beside sqlite3 over
the database that --into makes, in one run; times are the best of so many, turn about. DuckDB comes
from PyPI: run this with a Python that has it (python3 -m venv v; v/bin/pip install duckdb). What is
missing is left out.

usage: sql.py [--events N] [--best K] [--keep FOLDER] [DUMP.sql[.zst]]     default: 1000000 events
    made from ../shared/kubernaut-data/sets/big, best of 3
"""

import argparse, json, os, resource, subprocess, sys, tempfile, time

try:
    import duckdb
except ImportError:
    duckdb = None
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
os.chdir(TOP)
ap = argparse.ArgumentParser()
ap.add_argument('--events', type=int, default=1000000)
ap.add_argument('--best', type=int, default=3)
ap.add_argument('--keep')
ap.add_argument('dump', nargs='?', default='../shared/kubernaut-data/sets/big/dump.sql.zst')
A = ap.parse_args()
KEY, VKEY = 'fixtures/test.key', 'fixtures/test.vkey'
hold = None if A.keep else tempfile.TemporaryDirectory()
w = A.keep or hold.name
os.makedirs(w, exist_ok=True)
arc, rows, db = w + '/a.exhibit', w + '/rows.jsonl.zst', w + '/into.db'
quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def timed(argv, ok=(0, 2)):
    """seconds, and peak MiB"""
    t = time.monotonic()
    p = subprocess.Popen(argv, **quiet)
    _, status, use = os.wait4(p.pid, 0)
    if os.waitstatus_to_exitcode(status) not in ok:
        sys.exit(f'{argv[:3]}: status {os.waitstatus_to_exitcode(status)}')
    return time.monotonic() - t, use.ru_maxrss / 1024


def exhibit(*argv):
    return ['./exhibit', *argv[:1], arc, '--vkey', VKEY, *argv[1:]]


def duck(q):
    return (
        [
            sys.executable,
            '-c',
            f'import duckdb; c = duckdb.connect(); print(len(c.execute({q!r}).fetchall()))',
        ]
        if duckdb
        else None
    )


def plain(q):
    return ['sqlite3', '-readonly', db, q] if os.path.exists(db) else None


if not os.path.exists(arc):
    subprocess.run(
        f'python3 tools/bench/make-large.py {A.dump} {A.events} > {w}/d.sql && ./exhibit-export'
        f' archive {w}/d.sql --out {arc} --origin demo.example/cluster --key {KEY} -q && rm'
        f' {w}/d.sql',
        shell=True,
        check=True,
        **quiet,
    )
if not os.path.exists(rows):
    subprocess.run(
        f'./exhibit cat {arc} --vkey {VKEY} 2>/dev/null | zstd -q -3 -T0 -o {rows}', shell=True
    )
into = None
if not os.path.exists(db):
    into = timed(exhibit('sql', '--memory', '8G', '--into', db))
one = json.loads(
    subprocess.run(
        exhibit(
            'sql', "SELECT correlation_id c FROM remediations LIMIT 1 OFFSET 100", '-o', 'jsonl'
        ),
        capture_output=True,
    ).stdout
)['c']
read = (
    f"read_json('{rows}', format = 'newline_delimited', columns = {{event_type: 'VARCHAR',"
    " correlation_id: 'VARCHAR', event_data: 'JSON'}, maximum_object_size = 67108864)"
)
kind = 'workflowexecution.execution.started'
tables = (
    'orchestration_audit',
    'signal_processing_audit',
    'ai_analysis_audit',
    'workflow_execution_audit',
    'notification_audit',
    'effectiveness_audit',
)
Q = [
    (
        'count by event_type',
        exhibit('sql', 'SELECT event_type, count(*) FROM events GROUP BY 1'),
        duck(f'SELECT event_type, count(*) FROM {read} GROUP BY 1'),
        plain('SELECT event_type, count(*) FROM events GROUP BY 1'),
        '<= 0.5 of DuckDB, <= 1.5 of verify',
    ),
    (
        'one correlation',
        exhibit('sql', f"SELECT * FROM events WHERE correlation_id = '{one}'"),
        duck(f"SELECT * FROM {read} WHERE correlation_id = '{one}'"),
        plain(f"SELECT * FROM events WHERE correlation_id = '{one}'"),
        '<= 0.020 s',
    ),
    (
        'json_extract of one type',
        exhibit(
            'sql',
            "SELECT json_extract(event_data, '$.workflow_id'), count(*) FROM events WHERE"
            f" event_type = '{kind}' GROUP BY 1",
        ),
        duck(
            f"SELECT json_extract_string(event_data, '$.workflow_id'), count(*) FROM {read} WHERE"
            f" event_type = '{kind}' GROUP BY 1"
        ),
        plain(
            "SELECT json_extract(event_data, '$.workflow_id'), count(*) FROM events WHERE"
            f" event_type = '{kind}' GROUP BY 1"
        ),
        '<= 1.0 of DuckDB',
    ),
    (
        'json_extract of all',
        exhibit(
            'sql',
            "SELECT json_extract(event_data, '$.event_type'), count(*) FROM events GROUP BY 1",
        ),
        duck(
            f"SELECT json_extract_string(event_data, '$.event_type'), count(*) FROM {read} GROUP"
            " BY 1"
        ),
        plain("SELECT json_extract(event_data, '$.event_type'), count(*) FROM events GROUP BY 1"),
        '',
    ),
    (
        'six audit tables',
        exhibit('sql', ';'.join(f'SELECT count(*), max(id) FROM {t}' for t in tables)),
        None,
        plain(';'.join(f'SELECT count(*), max(id) FROM {t}' for t in tables)),
        '<= 10 s',
    ),
    ('verify', exhibit('verify'), None, None, ''),
]
n = json.loads(
    subprocess.run(
        exhibit('sql', 'SELECT count(*) n FROM events', '-o', 'jsonl'), capture_output=True
    ).stdout
)['n']
print(
    f'{n:,} events; archive {os.path.getsize(arc):,} bytes, zstd JSONL {os.path.getsize(rows):,},'
    f' database {os.path.getsize(db) if os.path.exists(db) else 0:,}; DuckDB'
    f' {duckdb.__version__ if duckdb else "not here"}'
    + (f'; --into {into[0]:.1f} s, {into[1]:.0f} MiB' if into else '')
)
print(
    '| question | exhibit sql, s | peak MiB | DuckDB, s | ratio | sqlite3 over --into, s | target'
    ' |\n| --- | --- | --- | --- | --- | --- | --- |'
)
for name, a, b, c, target in Q:
    best = [[], [], []]
    peak = 0
    for _ in range(A.best):
        for i, argv in enumerate((a, b, c)):
            if argv:
                t, m = timed(argv)
                best[i].append(t)
                peak = m if i == 0 else peak
    x, y, z = (min(k) if k else None for k in best)
    f = lambda v: '—' if v is None else f'{v:.3f}'
    print(
        f'| {name} | {f(x)} | {peak:.0f} | {f(y)} | {f(x / y if y else None)} | {f(z)} |'
        f' {target} |',
        flush=True,
    )
