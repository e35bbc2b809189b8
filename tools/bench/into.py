#!/usr/bin/env python3
"""A database of `exhibit sql --into`, opened by sqlite3, DuckDB and Datasette: the same tables, row
counts and types in each. The latter two come from PyPI: run this with a Python that has them
(python3 -m venv v; v/bin/pip install duckdb datasette). DuckDB fetches its extension for SQLite
once; where it cannot, $SQLITE_EXTENSION is its file (PyPI: duckdb-extension-sqlite-scanner, of the
same version).

usage: into.py [ARCHIVE]     default: made from fixtures/lifecycles.sql
"""

import asyncio, os, sqlite3, subprocess, sys, tempfile

import duckdb
from datasette.app import Datasette

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
w = tempfile.TemporaryDirectory()
arc = sys.argv[1] if len(sys.argv) > 1 else w.name + '/a.exhibit'
if len(sys.argv) < 2:
    subprocess.run(
        [
            TOP + '/exhibit-export',
            'archive',
            TOP + '/fixtures/lifecycles.sql',
            '--out',
            arc,
            '--unsealed',
            '-q',
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
for name in ('a', 'b'):
    p = subprocess.run(
        [TOP + '/exhibit', 'sql', arc, '--into', f'{w.name}/{name}.db'], stderr=subprocess.DEVNULL
    )
    if p.returncode not in (0, 2, 3):
        sys.exit(p.returncode)
db = w.name + '/a.db'
if open(db, 'rb').read() != open(w.name + '/b.db', 'rb').read():
    sys.exit('two runs, other bytes')

KIND = {
    'TEXT': ('VARCHAR',),
    'INTEGER': ('BIGINT',),
    'REAL': ('DOUBLE',),
}  # what DuckDB makes of the declared types
c = sqlite3.connect(f'file:{db}?mode=ro', uri=True)
d = duckdb.connect()
ext = os.environ.get('SQLITE_EXTENSION')
d.execute(f"LOAD '{ext}'" if ext else 'INSTALL sqlite; LOAD sqlite')
d.execute(f"ATTACH '{db}' AS x (TYPE sqlite, READ_ONLY)")
tables = [r[0] for r in c.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")]
bad = []


async def served(t):
    s = Datasette([db], immutables=[])
    r = await s.client.get(f'/a/{t}.json?_shape=array&_size=1')
    n = await s.client.get(f'/a.json?sql=select+count(*)+n+from+"{t}"&_shape=array')
    return r.status_code, n.json()[0]['n']


for t in tables:
    n = c.execute(f'SELECT count(*) FROM "{t}"').fetchone()[0]
    columns = [(r[1], r[2]) for r in c.execute(f'PRAGMA table_info("{t}")')]
    m = d.execute(f'SELECT count(*) FROM x."{t}"').fetchone()[0]
    other = [
        (r[0], r[1])
        for r in d.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = 'x' AND"
            " table_name = ? ORDER BY column_index",
            [t],
        ).fetchall()
    ]
    code, k = asyncio.run(served(t))
    if not n == m == k or code != 200:
        bad.append((t, 'rows', n, m, k, code))
    if [x for x, _ in columns] != [x for x, _ in other] or any(
        q not in KIND[p] for (_, p), (_, q) in zip(columns, other)
    ):
        bad.append((t, 'types', columns, other))
    d.execute(f'SELECT * FROM x."{t}"').fetchall()  # every value can be read
rows = sum(c.execute(f'SELECT count(*) FROM "{t}"').fetchone()[0] for t in tables)
print(
    f'{len(tables)} tables, {rows:,}'
    f' rows: sqlite3 {sqlite3.sqlite_version}, DuckDB {duckdb.__version__}, Datasette'
    f' {__import__("datasette").__version__}: '
    + ('the same tables, types and counts' if not bad else repr(bad)[:1500])
)
sys.exit(1 if bad else 0)
