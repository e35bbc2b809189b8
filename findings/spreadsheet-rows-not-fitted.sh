#!/bin/sh
# A row of a workbook that states no height has the height of its wrapped texts in Excel, and its
# writers (XlsxWriter's documentation of text_wrap) leave it to that.
# Guess: LibreOffice fits such rows when it loads the file, too; at least where it prints them.
# Seen: XlsxWriter 3.2.9, LibreOffice 7.4.7 (Debian 12), headless: the row stays one line high, and
# in the PDF the second line of its text lies over the text of the next row. That a program other
# than Excel is named in docProps/app.xml changes nothing.
set -eu
command -v soffice >/dev/null || {
	echo "needs Debian's libreoffice-calc"
	exit 1
}
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
pip install -q --no-deps --root-user-action ignore --target site xlsxwriter==3.2.9
cat > make.py <<'P'
import zipfile, xlsxwriter

book = xlsxwriter.Workbook('one.xlsx')
sheet = book.add_worksheet()
sheet.set_column(0, 0, 20)
wrapped = book.add_format({'text_wrap': True})
sheet.write_string(0, 0, 'first ' * 12, wrapped)
sheet.write_string(1, 0, 'second ' * 12, wrapped)
book.close()
z = zipfile.ZipFile('one.xlsx')
assert b' ht=' not in z.read('xl/worksheets/sheet1.xml')
with zipfile.ZipFile('other.xlsx', 'w') as o:
    for i in z.infolist():
        o.writestr(i, z.read(i).replace(b'>Microsoft Excel<', b'>Somebody<'))
P
PYTHONPATH=site python3 make.py
soffice --version
HOME=$t soffice --headless --convert-to fods one.xlsx other.xlsx >/dev/null 2>&1
for f in one other; do
	height=$(sed -n 's/.*style:row-height="\([0-9.]*\)in".*/\1/p' $f.fods | head -n 1)
	echo "$f: a row of $height inches, which is one line"
	[ "$height" = 0.2083 ]
done
echo "seen as before"
