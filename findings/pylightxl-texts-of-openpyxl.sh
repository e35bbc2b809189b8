#!/bin/sh
# pylightxl is a small reader of spreadsheets, openpyxl the usual writer.
# Guess: texts and times that one wrote the other reads.
# Seen: openpyxl 3.1.5 writes texts inline (t="inlineStr"); pylightxl 1.54 reads every one of them
# as "", without an error, and keeps the numbers: a sheet of blanks between figures. A date-time is
# a bare number to it (46327.4166...), a formula raises AttributeError. The same text written by
# XlsxWriter 3.3.1 (shared strings) is read.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check openpyxl==3.1.5 XlsxWriter==3.3.1 pylightxl==1.54
v/bin/python - <<'E'
import datetime, openpyxl, xlsxwriter, pylightxl

def first(f):
    db = pylightxl.readxl(f)
    return [db.ws(db.ws_names[0]).address(a) for a in ("A1", "A2", "A3")]

w = openpyxl.Workbook(); s = w.active
s["A1"], s["A2"], s["A3"] = "rr-a0cd", 7, datetime.datetime(2026, 11, 1, 10)
w.save("o.xlsx")
w = xlsxwriter.Workbook("x.xlsx"); s = w.add_worksheet()
s.write("A1", "rr-a0cd"); s.write("A2", 7); w.close()
o, x = first("o.xlsx"), first("x.xlsx")
print(o, x)
assert o[:2] == ["", 7] and abs(o[2] - 46327.41666666666) < 1e-9
assert x[:2] == ["rr-a0cd", 7]
E
echo "seen as before"
