"""Books for the target workbook: whole ones, and strings and a sheet. usage: FOLDER"""

import io, os, sys, zipfile
import openpyxl

out = sys.argv[1]
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def put(name, b):
    open(os.path.join(out, name), 'wb').write(b)


def saved(fill):
    x = openpyxl.Workbook()
    fill(x)
    b = io.BytesIO()
    x.save(b)
    return b.getvalue()


def cells(x):
    for i, v in enumerate(('a', 1, 1.5, True, '=1', '_x0041_', 'é\n', None), 1):
        x.active.cell(1, i).value = v


def hidden(x):
    x.active['A1'] = 'a'
    x.active.row_dimensions[2].hidden = True
    x.active.merge_cells('A1:B2')


os.makedirs(out, exist_ok=True)
for name, fill in (('cells', cells), ('hidden', hidden), ('sheets', lambda x: x.create_sheet('x'))):
    put(name, b'\0' + saved(fill))
strings = f'<sst {MAIN}><si><t>a_x0041_</t></si><si><r><t>b</t></r><rPh><t>c</t></rPh></si></sst>'
sheet = (
    f'<worksheet {MAIN}><cols><col min="1" max="2" width="9" hidden="0"/></cols><sheetData>'
    '<row r="1" ht="15"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>x</t></is></c>'
    '</row><row r="3"><c r="A3"><v>1e3</v></c><c r="XFD3" t="b"><v>1</v></c></row></sheetData>'
    '<hyperlinks/></worksheet>'
)
put('parts', b'\1' + strings.encode() + b'\0' + sheet.encode())
put('utf-16', b'\1' + strings.encode() + b'\0' + sheet.encode('utf-16'))
put('dtd', b'\1<!DOCTYPE x [<!ENTITY a "b">]>' + strings.encode() + b'\0' + sheet.encode())
