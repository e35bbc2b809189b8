#!/bin/sh
# Guess: a VIRTUAL generated column, which is stored nowhere, is left out or given as null.
# Seen: dissect.sql 3.13 counts it among the stored ones: it has the value of the column behind it,
# and every later column the next one's. A wrong value in the right place, without a word.
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
c.execute("create table t(started integer, seconds integer generated always as (ended - started) virtual, ended integer, result text)")
c.execute("insert into t(started, ended, result) values(100, 160, 'ok')")
c.commit()
print(c.execute("select * from t").fetchone())
r = next(iter(SQLite3(open("a.db", "rb")).table("t").rows()))
print((r.started, r.seconds, r.ended, r.result))
assert (r.started, r.seconds, r.ended, r.result) == (100, 160, "ok", None)
P
echo "seen as before"
