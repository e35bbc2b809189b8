#!/bin/sh
# SQLite Dissect (DC3) takes a database apart and exports what it finds.
# Guess: an empty text is an empty cell.
# Seen: sqlite-dissect 1.0.0 ends with IndexError at the first one in its CSV and XLSX exports; the
# rows before it lie in the file, those behind it are missing. NULL is fine, and so are its SQLite
# and CASE exports.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check sqlite-dissect==1.0.0
v/bin/python - <<'P'
import glob, os, sqlite3, subprocess

def lines(value, form):
    os.makedirs(form + str(value), exist_ok=True)
    db = f"{form}{value}.db"
    c = sqlite3.connect(db)
    c.execute("create table t(a text)")
    c.executemany("insert into t values(?)", [("first",), (value,), ("third",)])
    c.commit()
    r = subprocess.run(["v/bin/sqlite_dissect", db, "-d", form + str(value), "-e", form], capture_output=True, text=True)
    f = glob.glob(form + str(value) + "/*.csv")
    return r.returncode, "IndexError" in r.stderr, len(open(f[0]).readlines()) - 1 if f else None

seen = [lines(None, "csv"), lines("", "csv"), lines("", "xlsx"), lines("", "case")]
print(seen)
assert seen == [(0, False, 3), (1, True, 1), (1, True, None), (0, False, None)]
P
echo "seen as before"
