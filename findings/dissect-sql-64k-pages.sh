#!/bin/sh
# SQLite writes a page size of 65536 as 1. Guess: a forensic reader knows.
# Seen: dissect.sql 3.13 takes it as it stands and ends in EOFError; 32768 it reads.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check dissect.sql==3.13
v/bin/python - <<'P'
import sqlite3
from dissect.sql import SQLite3

def rows(size):
    c = sqlite3.connect(f"{size}.db")
    c.execute(f"pragma page_size={size}")
    c.execute("create table t(a)")
    c.execute("insert into t values(1)")
    c.commit()
    try:
        return len(list(SQLite3(open(f"{size}.db", "rb")).table("t").rows()))
    except EOFError:
        return "EOFError"

seen = [rows(32768), rows(65536)]
print(seen)
assert seen == [1, "EOFError"]
P
echo "seen as before"
