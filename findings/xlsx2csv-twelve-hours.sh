#!/bin/sh
# openpyxl gives a date-time cell the format "yyyy-mm-dd h:mm:ss": a clock of 24 hours, as it has
# no AM/PM. xlsx2csv is also an engine of polars.read_excel.
# Guess: midnight comes out as 00:00:00 or 0:00:00, a second before it as 23:59:59.
# Seen: xlsx2csv 0.8.6 prints 12:00:00 for midnight and 11:59:59 for 23:59:59: "h" is read as a
# clock of 12 hours, AM and PM are gone, noon and midnight are one.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check openpyxl==3.1.5 xlsx2csv==0.8.6
v/bin/python - <<'E'
import datetime, subprocess, openpyxl

w = openpyxl.Workbook(); s = w.active
for h in ((0, 0, 0), (12, 0, 0), (23, 59, 59)):
    s.append([datetime.datetime(2026, 11, 1, *h)])
assert s["A1"].number_format == "yyyy-mm-dd h:mm:ss"
w.save("o.xlsx")
out = subprocess.run(["v/bin/xlsx2csv", "o.xlsx"], capture_output=True, text=True).stdout.split("\n")
print(out)
assert out[:3] == ["2026-11-01 12:00:00", "2026-11-01 12:00:00", "2026-11-01 11:59:59"]
E
echo "seen as before"
