#!/bin/sh
# An approvals CSV becomes JSON by csvkit's csvjson.
# Guess: a column with any letters in it is a column of texts, and its cells stay.
# Seen: csvkit 2.2.0 makes the texts none, n/a, null and . null in a column of names, too; ids such
# as 00012 and 1e3 become the numbers 12.0 and 1000.0. --no-inference keeps the ids, and --blanks
# must be added for the names.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check csvkit==2.2.0
printf 'id,decided_by\n00012,none\n1e3,n/a\n12,.\n7,alice\n' > a.csv
v/bin/csvjson a.csv > seen
v/bin/csvjson --no-inference a.csv > plain
v/bin/csvjson --no-inference --blanks a.csv > kept
cat seen plain kept
python3 - <<'P'
import json
rows = lambda f: [(r["id"], r["decided_by"]) for r in json.load(open(f))]
assert rows("seen") == [(12.0, None), (1000.0, None), (12.0, None), (7.0, "alice")]
assert rows("plain") == [("00012", None), ("1e3", None), ("12", None), ("7", "alice")]
assert rows("kept") == [("00012", "none"), ("1e3", "n/a"), ("12", "."), ("7", "alice")]
P
echo "seen as before"
