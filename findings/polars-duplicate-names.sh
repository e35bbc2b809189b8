#!/bin/sh
# JSON lines in which an object has a name twice (two writers of one field).
# Guess: an error, or the last one, as json in Python, JavaScript and PostgreSQL's jsonb have it.
# Seen: polars 2.1.0 read_ndjson takes the first, silently; duckdb 2.0.1 refuses the line. The
# phase of a remediation is "Pending" in one tool and "Failed" in another.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check polars==2.1.0 duckdb==2.0.1
v/bin/python - <<'E'
import json, duckdb, polars

line = '{"phase":"Pending","phase":"Failed"}\n'
open("e.jsonl", "w").write(line)
print(polars.read_ndjson("e.jsonl").rows(), json.loads(line))
assert polars.read_ndjson("e.jsonl").rows() == [("Pending",)] and json.loads(line) == {"phase": "Failed"}
try:
    raise SystemExit(duckdb.sql("from read_json('e.jsonl')").fetchall())
except duckdb.InvalidInputException as e:
    assert "duplicate key" in str(e), e
E
echo "seen as before"
