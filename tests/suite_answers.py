"""Books of answers that come back: what was typed is taken, everything else is held against the
book made anew, and what could say something else than is read is refused (bundle.md X-8, X-9).
"""

import csv, datetime, io, zipfile
from harness import *
import openpyxl
import suite_bundle

ROLE = {'management': 'management', 'auditor': 'auditor', 'sample': 'auditor'}
FILE = {
    'management': 'answers-management.xlsx',
    'auditor': 'answers-auditor.xlsx',
    'sample': 'sample-worksheet.xlsx',
}
# what is typed, by column: by, on, words
COLUMNS = {
    'management': ('exceptions', 'responded_by', 'responded_on', 'management_response'),
    'auditor': ('exceptions', 'concluded_by', 'concluded_on', 'auditor_conclusion'),
    'sample': ('sample', 'tester', 'date', 'remark'),
}
TYPED = ('Ann Müller', '2026-12-01', '=1+1 <b>&amp;</b> drill\nsee "ticket" \u202e 7')
SEEN = (*TYPED[:2], TYPED[2].replace('\u202e', r'\u202e'))


def path(name):
    return os.path.join(W, 'answers--' + name)  # no other suite has such names


def trail():
    return suite_bundle.trail()


def policy():
    """under which there are exceptions"""
    name = path('policy.yaml')
    if not os.path.exists(name):
        open(name, 'w').write(
            'parameters: {fast_decision: 1000000}\napprovers: [nobody@example.com]\n'
        )
    return ['--policy', name]


def whole():
    if 'answers-bundle' not in GOOD:
        GOOD['answers-bundle'] = suite_bundle.bundle('answers', *policy(), *suite_bundle.SAMPLE)[0]
    return GOOD['answers-bundle']


def blank(which):
    return data(f'{whole()}/{FILE[which]}')


def filled(which, rows_=(2,), typed=TYPED, book=None):
    """the bytes of a book in which somebody typed, saved by openpyxl"""
    wb = openpyxl.load_workbook(io.BytesIO(book or blank(which)))
    ws = wb[COLUMNS[which][0]]
    head = {c.value: c.column for c in ws[1]}
    for r in rows_:
        for name, text in zip(COLUMNS[which][1:], typed):
            if text is not None:
                c = ws.cell(r, head[name])
                c.value = text
                if isinstance(text, str):
                    c.data_type = 's'
    out = io.BytesIO()
    wb.save(out)
    return out.getvalue()


def parts(book):
    z = zipfile.ZipFile(io.BytesIO(book))
    return {i.filename: z.read(i) for i in z.infolist()}


def packed(p):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
        for name, b in p.items() if isinstance(p, dict) else p:
            z.writestr(name, b)
    return out.getvalue()


def answers(book, which='management', *more, status=0, f=None, key=VKEY):
    name = path('book.xlsx')
    open(name, 'wb').write(book)
    return run(
        EXHIBIT,
        'answers',
        name,
        f or trail(),
        *key,
        *policy(),
        '--role',
        ROLE[which],
        *more,
        status=status,
    )


def taken(book, which='management', *more):
    return json.loads(answers(book, which, *more, '-o', 'json').stdout)


@test
def answers_are_read_from_each_book():
    for which in ROLE:
        x = taken(blank(which), which)
        check(x['answers'] == [] and x['cells'] == 0 and x['authenticated'] is False, (which, x))
        n = x['rows']
        book = filled(which)
        x = taken(book, which)
        (a,) = x['answers']
        check((a['by'], a['on'], a['words']) == SEEN, a)
        check(
            x['role'] == ROLE[which]
            and x['book'] == which
            and x['rows'] == n > 0
            and x['cells'] == 3
            and a['row'] == 2
            and a['no'] == '1'
            and a['correlation_id'].startswith('rr-')
            and x['limits'] == [],
            x,
        )
        check(which == 'sample' or re.match(r'AP-\d\d$|CP-\d\d$', a['rule']), a)
        text = answers(book, which).stdout.decode()
        check('not authenticated' in text and '\u202e' not in text and '<b>' in text, text)
        rows_ = answers(book, which, '-o', 'csv').stdout.decode()
        check("'=1+1" in rows_ and '\\u202e' in rows_, rows_)
    # a worksheet as `sample` writes it, with what the auditor chose
    rr = json.loads(run(EXHIBIT, 'list', trail(), '-o', 'jsonl').stdout.splitlines()[-1])
    sheet = path('chosen.xlsx')
    asked = [
        '--population',
        'remediations',
        '-n',
        '2',
        '--seed',
        's',
        '--by',
        'path',
        '--after',
        '1',
    ]
    run(
        EXHIBIT,
        'sample',
        trail(),
        *VKEY,
        *policy(),
        *asked,
        '--judgemental',
        rr['correlation_id'],
        '--seed-source',
        'a lottery',
        '--out',
        sheet,
    )
    (a,) = taken(filled('sample', book=data(sheet)), 'sample')['answers']
    check((a['by'], a['on'], a['words']) == SEEN, a)


@test
def answers_make_the_book_anew():
    """the same answers are the same bytes, whoever saved the book; and they are read again"""
    for which in ROLE:
        one, two = fresh(path('new-1.xlsx')), fresh(path('new-2.xlsx'))
        book = filled(which)
        answers(book, which, '--out', one)
        p = parts(book)
        p['docProps/custom.xml'] = b'<Properties/>'
        answers(packed(reversed(list(p.items()))), which, '--out', two)
        check(data(one) == data(two) != book, which)
        (a,) = taken(data(one), which)['answers']
        check((a['by'], a['on'], a['words']) == SEEN, a)
        answers(blank(which), which, '--out', fresh(path('new-1.xlsx')))
        check(data(one) == blank(which), ('blank stays blank', which))


def inline(book, sheet_part, row, cells):
    """cells put at the end of a row"""
    p = parts(book)
    p[sheet_part] = re.sub(
        rb'(<row r="%d"[^>]*>.*?)(</row>)' % row,
        lambda m: m.group(1) + cells + m.group(2),
        p[sheet_part],
        count=1,
        flags=re.S,
    )
    return packed(p)


EXCEPTIONS = 'xl/worksheets/sheet2.xml'


def given_cell(content, attributes=b''):
    """H2, the first given cell of management's book"""
    return inline(blank('management'), EXCEPTIONS, 2, b'<c r="H2"%s>%s</c>' % (attributes, content))


@test
def answers_of_every_spelling():
    """inline strings, runs of a text, phonetic hints, names with a prefix, the strict name space,
    UTF-16, absolute targets, other prefixes"""
    inl = b' t="inlineStr"'
    for content, text in (
        (b'<is><t>plain</t></is>', 'plain'),
        (b'<is><t xml:space="preserve"> a\r\nb </t></is>', ' a\nb '),
        (
            b'<is><r><t>a</t></r><r><rPr><b/></rPr><t>b</t></r><rPh><t>x</t></rPh></is>',
            'ab',
        ),
        (b'<is><t>_x0041__x005F_x0041_ _x000D_\nz</t></is>', 'A_x0041_ \nz'),
        (b'<is><t><![CDATA[<c>]]>&lt;&#x41;</t></is>', '<c><A'),
    ):
        (a,) = taken(given_cell(content, inl))['answers']
        check(a['words'] == text, (content, a))
    (a,) = taken(given_cell(b'<v>text</v>', b' t="str"'))['answers']
    check(a['words'] == 'text', a)
    check(taken(given_cell(b'<is><t>  </t></is>', inl))['answers'] == [], 'blanks')
    book = given_cell(b'<is><t>x</t></is>', inl)
    main = b'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
    p = parts(book)
    other_main = b'http://purl.oclc.org/ooxml/spreadsheetml/main'
    strict = {n: b.replace(main, other_main) for n, b in p.items()}
    check(taken(packed(strict))['answers'][0]['words'] == 'x', 'strict')
    q = dict(p)
    q[EXCEPTIONS] = re.sub(rb'<(/?)([a-zA-Z])', rb'<\1y:\2', q[EXCEPTIONS]).replace(
        b'xmlns=', b'xmlns:y='
    )
    check(taken(packed(q))['answers'][0]['words'] == 'x', 'prefix')
    q = dict(p)
    q[EXCEPTIONS] = (
        q[EXCEPTIONS].decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode('utf-16')
    )
    check(taken(packed(q))['answers'][0]['words'] == 'x', 'UTF-16')
    q = dict(p)
    rels = 'xl/_rels/workbook.xml.rels'
    q[rels] = q[rels].replace(b'Target="worksheets', b'Target="/xl/worksheets')
    check(taken(packed(q))['answers'][0]['words'] == 'x', 'absolute')


def bomb():
    """a sheet of a gigabyte"""
    p = parts(blank('management'))
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
        for n, b in p.items():
            if n != EXCEPTIONS:
                z.writestr(n, b)
        with z.open(EXCEPTIONS, 'w', force_zip64=True) as s:
            s.write(p[EXCEPTIONS].split(b'<sheetData>')[0] + b'<sheetData>')
            for _ in range(1024):
                s.write(b' ' * (1 << 20))
    return out.getvalue()


def flipped(book):
    """a byte of a packed part"""
    z = zipfile.ZipFile(io.BytesIO(book))
    i = z.getinfo(EXCEPTIONS)
    b = bytearray(book)
    b[i.header_offset + 30 + len(EXCEPTIONS) + i.compress_size // 2] ^= 0xFF
    return bytes(b)


def other(part, a, b, book=None):
    p = parts(book or blank('management'))
    check(a in p[part], (part, a, p[part][:500]))
    p[part] = p[part].replace(a, b, 1)
    return packed(p)


def more(*pairs):
    return packed([*parts(blank('management')).items(), *pairs])


BOOK = 'xl/workbook.xml'
DTD = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def hostile():
    """what, the book, words of the message"""
    wb = lambda f: (lambda x, out: (f(x), x.save(out), out.getvalue())[2])(
        openpyxl.load_workbook(io.BytesIO(blank('management'))), io.BytesIO()
    )
    head = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    rel = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'%s</Relationships>'
    )
    link = (
        b'<Relationship Id="x" Type="y/hyperlink" Target="http://x.invalid/"'
        b' TargetMode="External"/>'
    )
    name = b'</sheets><definedNames><definedName name="x">1</definedName></definedNames>'

    def rename(x):
        x['exceptions'].title = 'Exceptions'

    def date(x):
        x['exceptions']['J2'] = datetime.date(2026, 12, 1)

    def hide(x):
        x['exceptions'].row_dimensions[3].hidden = True

    def hide_column(x):
        x['exceptions'].column_dimensions['E'].hidden = True

    def comment(x):
        x['exceptions']['H2'].comment = openpyxl.comments.Comment('pst', 'me')

    def formula(x):
        x['exceptions']['H2'] = '=HYPERLINK("http://x.invalid")'

    def hyperlink(x):
        x['exceptions']['H2'] = 'a@b.example'
        x['exceptions']['H2'].hyperlink = 'mailto:a@b.example'

    def hidden_sheet(x):
        x['legend'].sheet_state = 'veryHidden'

    return (
        ('a formula', wb(formula), ('exceptions, H2', 'formula')),
        ('a number', wb(lambda x: x['exceptions'].__setitem__('H2', 7)), ('exceptions, H2',)),
        ('a date', wb(date), ('exceptions, J2', 'date')),
        ('renamed', wb(rename), ('sheet exceptions', 'gone')),
        ('moved', wb(lambda x: x.move_sheet('legend', -2)), ('sheet', 'place')),
        ('added', wb(lambda x: x.create_sheet('more')), ('sheet more',)),
        ('gone', wb(lambda x: x.remove(x['legend'])), ('sheet legend', 'gone')),
        ('hidden sheet', wb(hidden_sheet), ('legend', 'hidden')),
        ('hidden row', wb(hide), ('exceptions, row 3', 'hidden')),
        ('hidden column', wb(hide_column), ('exceptions, column 5', 'hidden')),
        ('merged', wb(lambda x: x['exceptions'].merge_cells('H2:H3')), ('H2:H3', 'merged')),
        ('comment', wb(comment), ('comment',)),
        ('hyperlink', wb(hyperlink), ('link',)),
        ('an error', given_cell(b'<v>#N/A</v>', b' t="e"'), ('exceptions, H2', 'error')),
        ('TRUE', given_cell(b'<v>1</v>', b' t="b"'), ('exceptions, H2', 'truth value')),
        (
            'a date by its type',
            given_cell(b'<v>2026-12-01T00:00:00</v>', b' t="d"'),
            ('exceptions, H2', 'date'),
        ),
        (
            'a row of a hair',
            packed(
                {
                    **parts(blank('management')),
                    EXCEPTIONS: re.sub(
                        rb'<row r="3"[^>]*>',
                        b'<row r="3" ht="0.1" customHeight="1">',
                        parts(blank('management'))[EXCEPTIONS],
                    ),
                }
            ),
            ('exceptions, row 3', 'hidden'),
        ),
        (
            'columns of a hair',
            other(EXCEPTIONS, b'<sheetFormatPr ', b'<sheetFormatPr defaultColWidth="0.01" '),
            ('exceptions', 'columns are hidden'),
        ),
        (
            'rows of a hair',
            other(EXCEPTIONS, b'defaultRowHeight="15"', b'defaultRowHeight="0"'),
            ('exceptions', 'rows are hidden'),
        ),
        (
            'a column behind the last',
            other(
                EXCEPTIONS,
                b'</sheetData>',
                b'<row r="999"><c r="XFE999" t="str"><v>x</v></c></row></sheetData>',
            ),
            ('exceptions, XFE999', 'no place in row 999'),
        ),
        (
            'a row behind the last',
            other(
                EXCEPTIONS,
                b'</sheetData>',
                b'<row r="1048577"><c t="str"><v>x</v></c></row></sheetData>',
            ),
            ('exceptions', 'not in order'),
        ),
        ('a formula and its text', given_cell(b'<f>A1</f><v>x</v>', b' t="str"'), ('formula',)),
        ('a number that is none', given_cell(b'<v>1x</v>'), ('exceptions, H2',)),
        ('no such text', given_cell(b'<v>99999</v>', b' t="s"'), ('exceptions, H2',)),
        (
            'no order',
            inline(blank('management'), EXCEPTIONS, 2, b'<c r="A2"><v>1</v></c>'),
            ('order',),
        ),
        ('macros', more(('xl/vbaProject.bin', b'x')), ('vbaProject', 'macros')),
        (
            'macros by type',
            other('[Content_Types].xml', b'sheet.main+xml', b'sheet.macroEnabled.main+xml'),
            ('macros',),
        ),
        ('another book', more(('xl/externalLinks/externalLink1.xml', b'<x/>')), ('links',)),
        ('a link of a sheet', more(('xl/worksheets/_rels/sheet1.xml.rels', rel % link)), ('link',)),
        ('a data connection', more(('xl/connections.xml', b'<x/>')), ('links',)),
        ('a picture', more(('xl/media/image1.png', b'x')), ('pictures',)),
        (
            'a drawing',
            more(('xl/drawings/drawing1.xml', b'<d xmlns="a"><twoCellAnchor/></d>')),
            ('picture',),
        ),
        ('a strange part', more(('xl/slicers/s.xml', b'<x/>')), ('xl/slicers/s.xml',)),
        ('a part twice', more(('xl/worksheets/SHEET2.xml', b'<x/>')), ('twice',)),
        ('a name', other(BOOK, b'</sheets>', name), ('name',)),
        ('DTD in a sheet', other(EXCEPTIONS, head, head + DTD), ('DTD',)),
        ('DTD in the strings', other('xl/sharedStrings.xml', head, head + DTD), ('DTD',)),
        ('DTD in the book', other(BOOK, head, head + DTD), ('DTD',)),
        ('no XML', other(EXCEPTIONS, b'</sheetData>', b'</sheetDat>'), ('no XML',)),
        ('many parts', more(*[(f'xl/worksheets/x{i}.xml', b'') for i in range(600)]), ('parts',)),
        ('a bomb', bomb(), ('256 MiB',)),
        (
            'a long text',
            given_cell(b'<is><t>%s</t></is>' % (b'x' * (2 << 20)), b' t="inlineStr"'),
            ('too long',),
        ),
        (
            'a long name',
            other(EXCEPTIONS, b'<sheetData>', b'<x %s="1"/><sheetData>' % (b'y' * (40 << 20))),
            ('XML',),
        ),
        ('damaged', flipped(blank('management')), ('exceptions',)),
        ('a password', b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' + bytes(4096), ('password',)),
        ('text', b'no,rule\r\n1,AP-01\r\n', ('no workbook',)),
        ('nothing', b'', ('no workbook',)),
        ('another zip', packed({'mimetype': b'x', 'content.xml': b'<x/>'}), ('no workbook',)),
        ('management gives the auditor\'s', blank('auditor'), ("auditor's book",)),
        ('management gives a worksheet', blank('sample'), ('worksheet',)),
        ('the whole workbook', data(whole() + '/workbook.xlsx'), ('sheet',)),
    )


@test
def answers_refuse_what_could_say_something_else():
    for what, book, words in hostile():
        p = answers(book, status=None)
        text = p.stderr.decode()
        check(p.returncode == 65 and not p.stdout, (what, p.returncode, text, p.stdout))
        check(all(w in text for w in words) and 'book.xlsx' in text, (what, text))
        # one line, beside what --sandbox off says of itself
        lines = [l for l in text.splitlines() if 'sandbox: off' not in l]
        check(len(lines) == 1, (what, text))
    good_ = filled('management')
    for n in range(0, len(good_), max(1, len(good_) // 60)):
        p = answers(good_[:n], status=None)
        check(p.returncode == 65 and p.stderr, (n, p.returncode, p.stderr))


@test
def answers_leave_evidence_alone():
    """a cell that is evidence, and is not as it was, is named; nothing is taken"""

    def edited(f, which='management'):
        x = openpyxl.load_workbook(io.BytesIO(filled(which)))
        f(x)
        out = io.BytesIO()
        x.save(out)
        return out.getvalue()

    for what, f, place in (
        ('a sentence', lambda x: x['exceptions'].__setitem__('E2', 'nothing happened'), '!E2'),
        ('a number', lambda x: x['exceptions'].__setitem__('A2', 2), '!A2'),
        ('a count as a text', lambda x: x['exceptions'].__setitem__('A2', '1'), '!A2'),
        ('a cell emptied', lambda x: x['exceptions'].__setitem__('C2', None), '!C2'),
        ('beside the cells', lambda x: x['exceptions'].__setitem__('M2', 'x'), '!M2'),
        ('below the rows', lambda x: x['exceptions'].__setitem__('H900', 'x'), '!H900'),
        ('a row deleted', lambda x: x['exceptions'].delete_rows(2), '!A2'),
        ('the verdict', lambda x: x['about'].__setitem__('B2', 'x'), 'about!B2'),
        ('a heading', lambda x: x['exceptions'].__setitem__('H1', 'x'), '!H1'),
    ):
        p = answers(edited(f), status=11)
        text = p.stdout.decode()
        check('NO ANSWERS TAKEN' in text and place in text and 'Ann' not in text, (what, text))
        p = answers(edited(f), 'management', '--out', path('none.xlsx'), status=11)
        check(not os.path.exists(path('none.xlsx')), what)
    other_ = archive('answers-other', FIX + '/purged.jsonl')[0]
    text = answers(filled('management'), f=other_, status=11).stdout.decode()
    check('about!' in text, text)
    renamed = path('another name.exhibit')
    shutil.copyfile(trail(), renamed)
    p = answers(filled('management'), 'management', '-o', 'json', f=renamed)
    check(len(json.loads(p.stdout)['answers']) == 1, 'what it is called does not matter')
    text = answers(filled('management'), key=[], status=11).stdout.decode()
    check('NOT PROVEN' in text, text)
    text = answers(
        filled('management'), 'management', '--period', '2026-01-01..2026-01-31', status=None
    )
    check(text.returncode == 11 and b'about!' in text.stdout, text)
    seed = lambda x: [
        c.__setattr__('value', 'other seed')
        for r in x['about']
        for c in r
        if c.value == 'lottery 7'
    ]
    check(answers(edited(seed, 'sample'), 'sample', status=11).stdout, 'another seed, other items')
    run(EXHIBIT, 'answers', trail(), status=64)
    run(EXHIBIT, 'answers', path('book.xlsx'), trail(), status=64)
    run(EXHIBIT, 'answers', path('book.xlsx'), trail(), '--role', 'boss', status=64)
    run(EXHIBIT, 'answers', path('nowhere'), trail(), '--role', 'auditor', status=66)


def edited(which, *cells, book=None):
    """(sheet, row, column, text) each, saved by openpyxl"""
    wb = openpyxl.load_workbook(io.BytesIO(book or filled(which)))
    for sheet, row, column, text in cells:
        wb[sheet].cell(row, column).value = text
    out = io.BytesIO()
    wb.save(out)
    return out.getvalue()


@test
def answers_of_another_version():
    """how it words questions may differ, and is said; what an answer is about may not (X-9)"""
    for which in ROLE:
        wb = openpyxl.load_workbook(io.BytesIO(filled(which)))
        (made,) = [r[1] for r in wb['about'].iter_rows() if str(r[1].value)[:8] == 'made by ']
        old = ('about', made.row, 2, 'made by exhibit 0.0.9')
        words = [('legend', 3, 2, 'as it was said then'), ('legend', 99, 1, 'a word of then')]
        if which != 'sample':
            words.append(('exceptions', 3, 3, 'How it was asked then?'))
        x = taken(edited(which, old, *words), which)
        check(
            x['made_by'] == 'made by exhibit 0.0.9'
            and x['wording_differs'] == len(words) + 1
            and len(x['answers']) == 1,
            x,
        )
        p = answers(edited(which, old, *words), which)
        check(b'exhibit 0.0.9; this is exhibit' in p.stderr, p.stderr)
        # what this version wrote is held against all of it; facts are facts in every version
        check(taken(filled(which), which)['made_by'] is None, which)
        answers(edited(which, *words), which, status=11)
        sheet = COLUMNS[which][0]
        p = answers(edited(which, old, (sheet, 2, 4, 'rr-other')), which, status=11)
        check(b'exhibit 0.0.9' in p.stderr and b'!D2: the book has `rr-other`' in p.stdout, p)
        answers(edited(which, old, ('about', 5, 1, 'x')), which, status=11)
    # what is no version is a change
    wb = openpyxl.load_workbook(io.BytesIO(filled('management')))
    (made,) = [r[1] for r in wb['about'].iter_rows() if str(r[1].value)[:8] == 'made by ']
    for text in ('made by exhibit 0.0.9 <b>', 'made by exhibit ', 'made by hand'):
        answers(edited('management', ('about', made.row, 2, text)), status=11)
    name = path('old.xlsx')
    old = ('about', made.row, 2, 'made by exhibit 0.0.9')
    open(name, 'wb').write(edited('management', old, ('legend', 3, 2, 'then')))
    d, p = suite_bundle.bundle('answers-old', *policy(), '--management', name, status=None)
    check(b'0.0.9; this is exhibit' in p.stderr and p.returncode in (0, 2, 3), p.stderr)
    check(suite_bundle.verdict(d)[0] == 0, 'the books in it are of this version')


@test
def answers_say_what_was_not_given():
    """most of what differs comes from one thing: it is named first"""
    name = path('asked.xlsx')
    open(name, 'wb').write(filled('management'))
    ask = [EXHIBIT, 'answers', name, trail(), '--role', 'management']
    p = run(*ask, *VKEY, status=11)
    first = p.stdout.decode().splitlines()[1]
    check(first.startswith('cause        --policy: '), p.stdout)
    p = run(*ask, *policy(), status=11)
    check(b'1 cell that is evidence is not' in p.stdout and b'cause        --vkey' in p.stdout, p)
    p = run(*ask, *policy(), *VKEY, '--period', '2026-11-17..2026-11-17', status=11)
    check(b'cause        --period' in p.stdout, p.stdout)
    p = run(EXHIBIT, 'answers', path('none.xlsx'), trail(), '--role', 'auditor', status=66)
    check(b'--auditor' not in p.stderr and b'none.xlsx: ' in p.stderr, p.stderr)


@test
def answers_re_saved_by_libreoffice():
    profile = '-env:UserInstallation=file://' + path('office')
    for which in ROLE:
        name = path(f'office-{which}.xlsx')
        open(name, 'wb').write(filled(which, rows_=(2, 3)))
    p = subprocess.run(
        ['soffice', profile, '--headless', '--convert-to', 'xlsx:Calc MS Excel 2007 XML']
        + ['--outdir', path('office.d'), *(path(f'office-{w}.xlsx') for w in ROLE)]
        + [whole() + '/workbook.xlsx'],
        check=True,
        capture_output=True,
        env=dict(os.environ, HOME=W),
    )
    check(os.path.isdir(path('office.d')), (p.stdout, p.stderr))
    for which in ROLE:
        book = data(path(f'office.d/answers--office-{which}.xlsx'))
        check(book != filled(which, rows_=(2, 3)), 'it saved it')
        x = taken(book, which)
        check(
            [(a['row'], a['by'], a['on'], a['words']) for a in x['answers']]
            == [(2, *SEEN), (3, *SEEN)],
            (which, x),
        )
    cells = lambda b: {
        s.title: [[c for c in r] for r in s.iter_rows(values_only=True)]
        for s in openpyxl.load_workbook(io.BytesIO(b))
    }
    a, b = cells(data(whole() + '/workbook.xlsx')), cells(data(path('office.d/workbook.xlsx')))
    check(a.keys() == b.keys() and all(a[s] == b[s] for s in a), 'the workbook as it saved it')


@test
def answers_in_a_bundle_and_a_report():
    """what was typed stands in the report, the tables and the new books; never the book itself"""
    name = {w: path(f'given-{w}.xlsx') for w in ROLE}
    typed = {w: (f'{w} person', '2026-12-01', f'{w} says <i>&amp;</i> \u202e') for w in ROLE}
    for w in ROLE:
        open(name[w], 'wb').write(filled(w, (2, 4) if w != 'sample' else (2,), typed[w]))
    given = ['--management', name['management'], '--auditor', name['auditor']]
    given += ['--auditor', name['sample']]
    d, _ = suite_bundle.bundle('answered', *policy(), *suite_bundle.SAMPLE, *given)
    code, text = suite_bundle.verdict(d)
    check(code == 0 and ' 0 differ' in text, text)
    html = data(d + '/report.html').decode()
    for w in ROLE:
        words = f'{w} says &lt;i&gt;&amp;amp;&lt;/i&gt; '
        check(html.count(words) == (1 if w == 'sample' else 4), (w, html.count(words)))
        check(f'{w} person' in html and data(f'{d}/{FILE[w]}') != data(name[w]), w)
        x = taken(data(f'{d}/{FILE[w]}'), w)
        check(len(x['answers']) == (1 if w == 'sample' else 2), x)
    check(html.count('not authenticated') >= 5 and '\u202e' not in html, 'said')
    rows_ = list(csv.DictReader(io.StringIO(data(d + '/exceptions.csv').decode(), newline='')))
    check(
        [r['no'] for r in rows_ if r['management_response']] == ['1', '3']
        and rows_[0]['auditor_conclusion'].startswith('auditor says')
        and rows_[0]['responded_by'] == 'management person'
        and rows_[1]['concluded_by'] == '',
        rows_[:3],
    )
    r = path('answered.html')
    run(EXHIBIT, 'report', trail(), *VKEY, *policy(), *given, '--out', r)
    check('management person' in data(r).decode(), 'the report alone')
    again, _ = suite_bundle.bundle(
        'answered-again',
        *policy(),
        *suite_bundle.SAMPLE,
        '--auditor',
        d + '/sample-worksheet.xlsx',
        '--auditor',
        d + '/answers-auditor.xlsx',
        '--management',
        d + '/answers-management.xlsx',
    )
    check(suite_bundle.files(again) == suite_bundle.files(d), 'from its own books')
    # an answer that somebody puts into a bundle, its sums redone
    for w in ROLE:
        e = path('answers-mutation')
        shutil.copytree(d, e)
        book = filled(w, (3,), book=data(f'{e}/{FILE[w]}'))
        open(f'{e}/{FILE[w]}', 'wb').write(book)
        suite_bundle.sums(e)
        code, text = suite_bundle.verdict(e)
        check(code == 11 and FILE[w] in text and 'report.html' in text, (w, text))
        open(f'{e}/{FILE[w]}', 'wb').write(b'no book')
        suite_bundle.sums(e)
        code, text = suite_bundle.verdict(e)
        check(code == 11 and FILE[w] in text, (w, text))
        shutil.rmtree(e)
    # refused: evidence edited, a second book, a worksheet without its draw, another draw
    bad = path('bad.xlsx')
    open(bad, 'wb').write(filled('management').replace(b'x', b'x'))
    x = openpyxl.load_workbook(bad)
    x['exceptions']['E2'] = 'nothing'
    x.save(bad)
    for status, words in (
        (11, ('--management', bad)),
        (64, ('--management', name['management'], '--management', name['management'])),
        (64, ('--auditor', name['sample'])),
        (65, ('--management', name['auditor'])),
        (65, ('--management', VKEY[1])),
        (11, ('--auditor', name['sample'], *suite_bundle.SAMPLE[:-1], 'another seed')),
    ):
        out = path('refused')
        run(EXHIBIT, 'bundle', trail(), *VKEY, *policy(), *words, '--out', out, status=status)
        check(not os.path.exists(out) or not os.listdir(out), words)
        shutil.rmtree(out, ignore_errors=True)
        if '--population' not in words and status != 64:
            p = ['report', trail(), *VKEY, *policy(), *words, '--out', out]
            run(EXHIBIT, *p, status=status)
            check(not os.path.exists(out), words)


@test
def an_auditors_day_as_the_manual_walks_it():
    """every command of the man page's section, one behind the other, on a real archive"""
    d = path('day')
    os.makedirs(d)
    shutil.copyfile(trail(), d + '/2026-11.exhibit')
    shutil.copyfile(VKEY[1], d + '/log.vkey')
    text = open(TOP + '/man/exhibit.end.txt').read().split(".Sh AN AUDITOR'S DAY")[1]
    text = re.search(r'(?s)\.Bd[^\n]*\n(.*?)\.Ed', text)[1].replace('\\e\n', ' ')
    lines = [l for l in text.splitlines() if not l.startswith('#')]
    check(len(lines) == 13, lines)
    sha = hashlib.sha256(data(trail())).hexdigest()
    words = {'FILE': '2026-11.exhibit', 'LOG.vkey': 'log.vkey', 'SHA256': sha}
    words |= {'MY.key': 'mine.key', 'MY.vkey': 'mine.vkey'}
    run(EXPORT, 'keygen', '--name', 'audit.example/team', '--out', d + '/mine')
    words |= {'TEXT': 'lottery-4711', 'WHERE': 'lottery', 'DAY': '2026-12-01'}
    env = dict(os.environ, PATH=os.path.dirname(EXHIBIT) + ':' + os.environ['PATH'])
    box = ' --sandbox off' if A.plain else ''
    said = {}
    for line in lines:
        for a, b in words.items():
            line = re.sub(rf'(?<![\w.]){re.escape(a)}(?![\w.])', b, line)
        if 'NEXT' in line:  # there is none in this log yet
            line = line.replace(' NEXT', '')
        if line.startswith('exhibit-export '):
            line = line.replace('exhibit-export', EXPORT)
        if line.startswith('exhibit ') and not line.startswith('exhibit policy'):
            line += box
        p = subprocess.run(['sh', '-c', line], cwd=d, env=env, capture_output=True)
        check(p.returncode == 0, (line, p.returncode, p.stdout[-500:], p.stderr[-500:]))
        said[line.split('>')[0].strip()] = p.stdout.decode()
        if 'policy --print' in line:  # an approver is not on the list: exceptions to answer
            y = data(d + '/auditor.yaml').decode()
            y = re.sub(r'(?m)^#entity:.*', 'entity: ACME Example Ltd', y)
            y = re.sub(r'(?m)^#approvers:\n(#-.*\n)+', 'approvers: [nobody@example.com]\n', y)
            open(d + '/auditor.yaml', 'w').write(y)
        if line.endswith('--out first' + box):
            for which, name in zip(ROLE, ('management', 'auditor', 'sample')):
                book = filled(which, (2, 3), book=data(f'{d}/first/{FILE[which]}'))
                open(f'{d}/{name}.xlsx', 'wb').write(book)
    zipfile.ZipFile(d + '/handed-on.zip').extractall(d + '/handed-on')
    html = data(d + '/handed-on/report.html').decode()
    drawn = suite_bundle.suite_books.table(
        suite_bundle.suite_books.book(data(d + '/handed-on/sample-worksheet.xlsx'))['sample']
    )[1]
    (last, signed) = [v for k, v in said.items() if '--check ' in k]
    (answered,) = [v for k, v in said.items() if k.startswith('exhibit answers')]
    check(
        ' 0 differ' in last
        and ' 0 differ' in signed
        and signed.count('signed by audit.example/team, whose key you gave') == 3
        and '2 of ' in answered
        and len(drawn) > 0
        and html.count('Ann Müller') >= 6
        and all(r[3] in html for r in drawn)
        and 'ACME Example Ltd' in html
        and sha in data(d + '/handed-on/custody.json').decode()
        and os.path.exists(d + '/next/against.csv'),
        (last, answered),
    )
