#!/bin/sh
# read_json of a column of integers.
# Guess: DuckDB takes the widest type that is needed (it has HUGEINT, 128 bits), and stays exact.
# Seen: duckdb 2.0.1 goes to HUGEINT for 2^64-1, but one 2^64 makes the column DOUBLE, and all
# others in it are rounded: 9007199254740993 becomes ...992. A CSV with the same numbers stays
# exact.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check duckdb==2.0.1
v/bin/python - <<'E'
import duckdb

def read(numbers, kind):
    with open("e", "w") as f:
        f.write("n\n" if kind == "csv" else "")
        f.writelines(("%d\n" if kind == "csv" else '{"n":%d}\n') % n for n in numbers)
    r = duckdb.sql("from read_csv('e', header=true)" if kind == "csv" else "from read_json('e', format='newline_delimited')")
    return str(r.types[0]), [x[0] for x in r.fetchall()]
a = [2**53 + 1, 2**64 - 1]; b = [2**53 + 1, 2**64]
print(read(a, "json"), read(b, "json"), read(b, "csv"))
assert read(a, "json") == ("HUGEINT", a)
assert read(b, "json") == ("DOUBLE", [float(2**53), float(2**64)])
assert read(b, "csv") == ("HUGEINT", b)
E
echo "seen as before"
