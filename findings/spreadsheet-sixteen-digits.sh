#!/bin/sh
# A time in nanoseconds is an integer of 19 digits.
# Guess: a writer keeps all digits of an integer, in the number's text or as a text cell; what a
# reader's double makes of them is the reader's affair.
# Seen: XlsxWriter 3.3.1 prints every number with 16 significant digits, integers too: the file
# itself says 1.793527200123457E+18, so the last digits are nowhere in a file that a better reader
# might open; 0.1+0.2 goes in as 0.3. openpyxl 3.1.5 does the same.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check openpyxl==3.1.5 XlsxWriter==3.3.1
v/bin/python - <<'E'
import re, zipfile, openpyxl, xlsxwriter

nanos = 1793527200123456789
w = xlsxwriter.Workbook("x.xlsx"); s = w.add_worksheet()
s.write("A1", nanos); s.write("A2", 0.1 + 0.2); w.close()
w = openpyxl.Workbook(); s = w.active
s["A1"] = nanos; s["A2"] = 0.1 + 0.2; w.save("o.xlsx")
for name in ("x.xlsx", "o.xlsx"):
    xml = zipfile.ZipFile(name).read("xl/worksheets/sheet1.xml").decode()
    cells = re.findall(r"<v>([^<]*)</v>", xml)
    print(name, cells)
    assert [float(c) for c in cells] == [1793527200123457000.0, 0.3], cells
    assert "123456789" not in xml
E
echo "seen as before"
