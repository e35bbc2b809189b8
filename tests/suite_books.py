"""Workbooks: what other programs read in them is what the tables say (bundle.md). openpyxl is the
reader; a second one looks at the XML itself.
"""

import io, xml.etree.ElementTree as ET, zipfile
from harness import *
import openpyxl


def path(name):
    return os.path.join(W, 'books--' + name)  # no other suite has such names


LIB = A.bin + '/lib' if os.path.isdir(A.bin + '/lib') else TOP + '/build/lib'
NS = '{http://schemas.openxmlformats.org/spreadsheetml/2006/main}'
MADE = {}


def maker():
    if 'exe' not in MADE:
        MADE['exe'] = path('book')
        subprocess.run(
            [
                'gcc',
                '-std=c11',
                '-D_GNU_SOURCE',
                f'-I{TOP}/src',
                f'-I{LIB}/xlsxwriter/include',
                '-o',
                MADE['exe'],
                TOP + '/tests/book.c',
                *(
                    f'{TOP}/src/{c}.c'
                    for c in (
                        'report/xlsx',
                        'report/memory',
                        'report/form',
                        'base/buf',
                        'base/text',
                        'base/utc',
                        'base/err',
                        'base/vec',
                        'base/zone',
                        'os/linux',
                        'json/emit',
                    )
                ),
                LIB + '/libxlsxwriter.a',
                '-lminizip',
                '-lz',
                '-lcrypto',
            ],
            check=True,
        )
    return MADE['exe']


def made(rows_, created=1763323140):
    """the bytes of a workbook of rows (text, text or None, number)"""
    cell = lambda x: b'\1' if x is None else x if isinstance(x, bytes) else str(x).encode()
    return subprocess.run(
        [maker(), str(created)],
        input=b''.join(cell(c) + b'\0' for r in rows_ for c in r),
        capture_output=True,
        check=True,
    ).stdout


def unescape(s):
    return re.sub('_x([0-9A-Fa-f]{4})_', lambda m: chr(int(m[1], 16)), s)


def book(b):
    """{sheet: rows} as openpyxl reads it; the same by our own reading of the XML must agree"""
    w = openpyxl.load_workbook(io.BytesIO(b))
    got = {s.title: [[c.value for c in r] for r in s.iter_rows()] for s in w.worksheets}
    z = zipfile.ZipFile(io.BytesIO(b))
    check(z.testzip() is None, 'the zip is whole')
    strings = (
        [
            unescape(''.join(t.text or '' for t in si.iter(NS + 't')))
            for si in ET.fromstring(z.read('xl/sharedStrings.xml'))
        ]
        if 'xl/sharedStrings.xml' in z.namelist()
        else []
    )
    for k, (name, rows_) in enumerate(got.items()):
        x = ET.fromstring(z.read(f'xl/worksheets/sheet{k + 1}.xml'))
        check(
            x.find(f'.//{NS}f') is None and x.find(f'.//{NS}is') is None,
            'neither formulas nor inline strings',
        )
        for c in x.iter(NS + 'c'):
            v = c.find(NS + 'v')
            col, row = re.match(r'([A-Z]+)(\d+)', c.get('r')).groups()
            if v is None:
                continue
            at = 0
            for letter in col:
                at = at * 26 + ord(letter) - 64
            mine = strings[int(v.text)] if c.get('t') == 's' else float(v.text)
            check(
                mine == rows_[int(row) - 1][at - 1],
                (name, c.get('r'), mine, rows_[int(row) - 1][at - 1]),
            )
    return got


def table(rows_):
    """the data between the head and the note, which says how many"""
    head, data, note = rows_[0], rows_[1:-2], rows_[-1][0]
    n, all_ = map(int, re.match(r'(\d+) of (\d+) shown\.', note).groups())
    check(n == len(data) and all(c is None for c in rows_[-2]), (note, len(data)))
    return head, data, note


def texts(*given):
    """cells as they are read, and whether each row says that some text is not as it was"""
    head, data, _ = table(book(made([(f'r{i}', t, i) for i, t in enumerate(given)]))['changes'])
    check(
        head == ['name', 'text', 'count', '_escaped']
        and [r[2] for r in data] == list(range(len(given))),
        data,
    )
    return [r[1] for r in data], [r[3] for r in data]


@test
def books_keep_what_looks_like_an_escape():
    """rule 1: one such cell must not spoil the whole book, and reads as what it was"""
    given = [
        '_x0041_',
        'a_x000d_b',
        '_x_',
        '_xGGGG_',
        '__x0000__',
        '_x0041_x0042_',
        'x' * 40 + '_xFFFE_',
    ]
    check(texts(*given) == (given, [None] * len(given)), texts(*given))
    # openpyxl drops every `x005F_`; others do not
    z = zipfile.ZipFile(io.BytesIO(made([('a', 'b_x005F_c', 1)])))
    check(b'<t>b_x005F_x005F_c</t>' in z.read('xl/sharedStrings.xml'), 'the escape itself')


@test
def books_show_what_no_cell_can_hold():
    """rule 1: what XML cannot hold, or readers act on, is visible as in the CSV"""
    got, marks = texts(
        'a\ufffeb',
        'a\uffffb',
        'a\x1b[2Jb',
        'a\rb',
        'a\u202eb',
        b'a\xff\xfeb',
        'a\nb\tc',
        'é😀',
        '\x02',
    )
    check(
        got == [
            'a\\ufffeb',
            'a\\uffffb',
            'a\\u001b[2Jb',
            'a\\u000db',
            'a\\u202eb',
            'a\\xff\\xfeb',
            'a\nb\tc',
            'é😀',
            '\\u0002',
        ],
        got,
    )
    check(marks == ['yes'] * 6 + [None, None, 'yes'], marks)


@test
def books_have_a_string_table():
    """rule 2: book() refuses inline strings; equal texts stand once"""
    z = zipfile.ZipFile(io.BytesIO(made([('same', 'same', 1)] * 50)))
    check(
        z.read('xl/sharedStrings.xml').count(b'<t>same</t>') == 1
        and 'xl/sharedStrings.xml' in z.namelist(),
        z.namelist(),
    )


@test
def books_cut_what_no_cell_can_hold_whole():
    """rule 3: 32,767 units of UTF-16; above it says so, and the sheet counts"""
    long = ['x' * 32767, 'x' * 32768, '😀' * 16383, '😀' * 16384, '_x0041_' * 3000, 'é' * 40000]
    rows_ = book(made([('a', t, 1) for t in long]))['changes']
    data = [r[1] for r in rows_[1:-2]]
    units = lambda s: len(s.encode('utf-16-le')) // 2
    check(
        data[0] == long[0] and data[2] == long[2] and all(units(d) <= 32767 for d in data),
        [units(d) for d in data],
    )
    for k, n in ((1, 32768), (3, 16384), (4, 21000), (5, 40000)):
        m = re.search(r'… \((\d+) characters, whole text in changes\.csv\)$', data[k])
        check(
            m and int(m[1]) == n and long[k].startswith(data[k][: m.start()]) and m.start() > 10000,
            (k, data[k][-80:]),
        )
    check(
        '4 cells are cut' in rows_[-1][0]
        and [r[3] for r in rows_[1:-2]] == [None, 'yes', None, 'yes', 'yes', 'yes'],
        rows_[-1],
    )


@test
def books_go_on_in_another_sheet():
    """rule 4: 1,048,576 rows a sheet; each says what it shows"""
    n = 1048573 + 5
    b = subprocess.run(
        [maker(), '0'],
        input=b'a\0\1\0' + b'7\0' + b'b\0\1\0008\0' * (n - 1),
        capture_output=True,
        check=True,
    ).stdout
    z = zipfile.ZipFile(io.BytesIO(b))
    names = re.findall(rb'<sheet name="([^"]*)"', z.read('xl/workbook.xml'))
    check(names == [b'changes', b'changes (2)'], names)
    one, two = (z.read(f'xl/worksheets/sheet{k}.xml') for k in (1, 2))
    strings = z.read('xl/sharedStrings.xml').decode()
    check(
        one.count(b'<row ') == 1048575 and two.count(b'<row ') == 7 and b'r="1048577"' not in one,
        (one.count(b'<row '), two.count(b'<row ')),
    )
    check(
        f'1048573 of {n} shown. Sheet 1 of 2.' in strings
        and f'5 of {n} shown. Sheet 2 of 2.' in strings,
        'the notes',
    )


@test
def books_leave_texts_alone():
    """rules 5 and 7: times, formulas, zeros in front, words that mean something: text"""
    given = [
        '2026-11-20T23:59:59.9997Z',
        '=1+1',
        '+1',
        '-1',
        '@SUM(A1)',
        "'quoted",
        '007',
        'TRUE',
        '#N/A',
        '1e5',
        '12345678901234567890',
        ' both ',
        '0x10',
        'http://example.com/',
        '"',
    ]
    got, marks = texts(*given)
    check(got == given and not any(marks), got)
    w = openpyxl.load_workbook(io.BytesIO(made([('a', t, 0) for t in given])))['changes']
    check(
        {w.cell(2 + i, 2).data_type for i in range(len(given))} == {'s'}
        and {w.cell(2 + i, 2).number_format for i in range(len(given))} == {'@'}
        and not w._hyperlinks,
        'types',
    )


@test
def books_count_in_numbers_and_nothing_else():
    """rule 6: counts below 10^15 are numbers, greater ones texts with every digit"""
    w = openpyxl.load_workbook(
        io.BytesIO(made([('a', 'b', n) for n in (0, 7, 10**15 - 1, 10**15, 2**64 - 1)]))
    )['changes']
    check(
        [(w.cell(r, 3).data_type, w.cell(r, 3).value) for r in range(2, 7)]
        == [('n', 0), ('n', 7), ('n', 10**15 - 1), ('s', str(10**15)), ('s', str(2**64 - 1))],
        'counts',
    )


@test
def books_have_one_nothing():
    """rule 8: null and the empty text are the same cell, as they are in the CSV"""
    got, marks = texts(None, '', ' ')
    check(got == [None, None, ' '] and not any(marks), got)


@test
def books_state_how_high_rows_are():
    """rule 9: LibreOffice shows one line of a row that does not say how high it is"""
    sheet = zipfile.ZipFile(io.BytesIO(made([('a', 'b', 1)]))).read('xl/worksheets/sheet1.xml')
    wide = round(float(re.search(rb'<col min="1" max="1" width="([\d.]+)"', sheet)[1]) - 0.71)
    given = ['x' * wide, 'x' * (wide + 1), 'é' * wide, 'é' * (3 * wide), 'a\nb', 'a\n' * 99, '']
    sheet = zipfile.ZipFile(io.BytesIO(made([(t, 'b', 1) for t in given]))).read(
        'xl/worksheets/sheet1.xml'
    )
    rows_ = re.findall(rb'<row r="(\d+)"([^>]*)>', sheet)
    high = {int(n): re.search(rb'ht="([\d.]+)"', a) for n, a in rows_}
    lines = [float(high[i + 2][1]) / 15 if high[i + 2] else 1 for i in range(len(given))]
    check(lines == [1, 2, 1, 3, 2, 20, 1], lines)


@test
def books_have_the_same_bytes():
    """rule 10: whenever, wherever and in whatever language they are made; the time in them is the
    one that was given
    """
    rows_ = [('a', 'é', 1), ('b', '=x', 2)]
    one = made(rows_)
    exe = maker()
    cell = b'a\0\xc3\xa9\0001\0b\0=x\0002\0'
    for env in (
        {'TZ': 'Pacific/Auckland', 'LC_ALL': 'de_DE.UTF-8', 'TMPDIR': '/nonexistent'},
        {'TZ': 'UTC', 'LANG': 'C', 'TMPDIR': '/'},
    ):
        check(
            subprocess.run(
                [exe, '1763323140'], input=cell, capture_output=True, env=env, cwd='/'
            ).stdout
            == one,
            env,
        )
    z = zipfile.ZipFile(io.BytesIO(one))
    check({i.date_time for i in z.infolist()} == {(1980, 1, 1, 0, 0, 0)}, 'times of the zip')
    check(
        z.read('docProps/core.xml').count(b'2025-11-16T19:59:00Z') == 2 and made(rows_, 5) != one,
        z.read('docProps/core.xml'),
    )
