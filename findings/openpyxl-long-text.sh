#!/bin/sh
# A cell holds at most 32767 characters. What does openpyxl do with a longer text?
# Guess: it raises, as it does for a control character.
# Seen: openpyxl 3.1.5 keeps the first 32767 characters without a word, at the moment of the
# assignment; the file looks whole. A long payload in a spreadsheet is cut.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check openpyxl==3.1.5
v/bin/python - <<'E'
import openpyxl

ws = openpyxl.Workbook().active
ws["A1"] = "x" * 40000
assert len(ws["A1"].value) == 32767, len(ws["A1"].value)
try:
    ws["A2"] = "a\x01b"
    raise SystemExit("a control character is taken now")
except openpyxl.utils.exceptions.IllegalCharacterError:
    pass
E
echo "seen as before"
