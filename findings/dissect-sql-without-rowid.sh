#!/bin/sh
# dissect.sql reads SQLite files for forensic work without SQLite.
# Guess: a WITHOUT ROWID table gives its rows as any other.
# Seen: dissect.sql 3.13 gives the rows on the leaves of the tree only; those that SQLite keeps on
# inner pages (as it does in such tables, and only there) are missing, without a word: 90 of 100 come.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check dissect.sql==3.13
v/bin/python - <<'P'
import sqlite3
from dissect.sql import SQLite3

c = sqlite3.connect("a.db")
c.execute("create table plain(id text primary key, body text)")
c.execute("create table packed(id text primary key, body text) without rowid")
for i in range(100):
    for t in "plain", "packed":
        c.execute(f"insert into {t} values(?, ?)", (f"event-{i:03}", "x" * 400))
c.commit()
d = SQLite3(open("a.db", "rb"))
plain, packed = (len(list(d.table(t).rows())) for t in ("plain", "packed"))
inner = c.execute("select count(*) from packed").fetchone()[0] - packed
print(plain, packed, "missing:", inner)
assert plain == 100 and packed < 100
P
echo "seen as before"
