#!/bin/sh
# In a spreadsheet _xHHHH_ in a text stands for a character; a writer escapes the text "_x0041_"
# itself, and a reader undoes it.
# Guess: the libraries agree, a text comes back as it went in.
# Seen: openpyxl 3.1.5 writes _x0041_ bare, calamine (python-calamine 0.9.1) reads "A". XlsxWriter
# 3.3.1 writes a carriage return as _x000D_, calamine reads CR, openpyxl hands out the seven
# characters _x000D_. openpyxl with itself: CR becomes LF, CR LF becomes LF.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check openpyxl==3.1.5 XlsxWriter==3.3.1 python-calamine==0.9.1
v/bin/python - <<'E'
import openpyxl, xlsxwriter
from python_calamine import CalamineWorkbook

def calamine(f): return [r[0] for r in CalamineWorkbook.from_path(f).get_sheet_by_index(0).to_python()]
def opx(f): return [r[0].value for r in openpyxl.load_workbook(f).active.iter_rows()]

texts = ["_x0041_", "c\r\nd"]
w = openpyxl.Workbook(); s = w.active
for i, x in enumerate(texts): s.cell(i + 1, 1).value = x
w.save("o.xlsx")
w = xlsxwriter.Workbook("x.xlsx"); s = w.add_worksheet()
for i, x in enumerate(texts): s.write_string(i, 0, x)
w.close()
print(opx("o.xlsx"), calamine("o.xlsx"), opx("x.xlsx"), calamine("x.xlsx"))
assert opx("o.xlsx") == ["_x0041_", "c\nd"]
assert calamine("o.xlsx") == ["A", "c\nd"]
assert opx("x.xlsx") == ["_x0041_", "c_x000D_\nd"]
assert calamine("x.xlsx") == texts
E
echo "seen as before"
