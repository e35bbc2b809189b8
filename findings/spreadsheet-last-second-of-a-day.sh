#!/bin/sh
# An event at 23:59:59.999600 on 1 November, written by openpyxl, read by two libraries.
# Guess: readers hand out the time to the millisecond, on the day it was, and agree.
# Seen: openpyxl 3.1.5 reads its own file as 2 November 00:00:00; SheetJS (xlsx 0.18.5) as 1
# November 23:59:59.999, but its formatted text of the same cell, in the file's own format
# yyyy-mm-dd h:mm:ss, is 23:59:00. Three answers, two days, from one cell.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check openpyxl==3.1.5
npm install --silent --no-audit --no-fund --ignore-scripts --prefix . xlsx@0.18.5
v/bin/python - <<'E'
import datetime, openpyxl

w = openpyxl.Workbook(); w.active["A1"] = datetime.datetime(2026, 11, 1, 23, 59, 59, 999600); w.save("o.xlsx")
back = openpyxl.load_workbook("o.xlsx").active["A1"].value
print("openpyxl", back)
assert back == datetime.datetime(2026, 11, 2), back
E
cat > m.js <<'E'
const X = require('xlsx'), assert = require('assert');
const b = X.readFile('o.xlsx', {cellDates: true}), c = b.Sheets[b.SheetNames[0]].A1;
console.log('SheetJS', c.v.toISOString(), '|', c.w);
assert.strictEqual(c.v.toISOString(), '2026-11-01T23:59:59.999Z');
assert.strictEqual(c.w, '2026-11-01 23:59:00');
E
TZ=UTC node m.js
echo "seen as before"
