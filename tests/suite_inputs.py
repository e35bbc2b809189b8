"""Every byte of an input is accounted for; the marks that formats carry are used; what tools do to
whole files is read (record.md R-17, R-23).
"""

import bz2, csv, io, lzma, random, tarfile, threading, zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness import *

DUMP = FIX + '/lifecycles.sql'
END = '--\n-- PostgreSQL database dump complete\n--\n'
HEAD = '--\n-- PostgreSQL database dump\n--\n\n'


def put(name, content):
    p = path('in/' + name)
    os.makedirs(os.path.dirname(p), exist_ok=True)
    open(p, 'wb').write(content if isinstance(content, bytes) else content.encode())
    return p


def look(*inputs, more=(), status=None):
    p = run(EXPORT, 'inspect', *inputs, *more, '-o', 'json', status=status)
    o = json.loads(p.stdout)['inputs']
    return o[0] if o else p.stderr.decode('utf-8', 'replace')


def sums(i, size=None):
    b = i['bytes']
    check(b['read'] == b['understood'] + b['rejected'], ('every byte is accounted for', b, i))
    if size is not None:
        check(b['read'] == size, ('as many as there are', b, size))
    return i


def kinds(i):
    return sorted(x['type'] for x in i['lacks'] if isinstance(x, dict))


def said(i):
    return ' '.join(map(lack_text, i['lacks']))


def marks(i):
    return sorted({x['what'] for x in i['compared']})


n_made = 0


def make(*inputs, status=0, more=()):
    global n_made
    n_made += 1
    return archive(f'inputs-{n_made}', *inputs, status=status, options=[*ORIGIN, *more])


def refused(*inputs, says, more=(), status=65):
    # in a folder of its own: files of a log that lie beside it would be parts of the same
    os.makedirs(path(d := f'refused-{random.random()}'))
    out = path(d + '/a.exhibit')
    p = run(EXPORT, 'archive', *inputs, '--out', out, *ORIGIN, *more, status=status)
    check(re.search(says, p.stderr.decode(), re.I) and not os.path.exists(out), (says, p.stderr))
    return p.stderr.decode()


def jsonl(o):
    return ''.join(json.dumps(x, ensure_ascii=False) + '\n' for x in o)


def pg(v):
    return (
        '\\N'
        if v is None
        else (
            ('t' if v else 'f')
            if isinstance(v, bool)
            else (json.dumps(v, ensure_ascii=False) if isinstance(v, dict) else str(v))
            .replace('\\', '\\\\')
            .replace('\t', '\\t')
            .replace('\n', '\\n')
            .replace('\r', '\\r')
        )
    )


def literal(v):
    return (
        'NULL'
        if v is None
        else (
            ('true' if v else 'false')
            if isinstance(v, bool)
            else (
                str(v)
                if isinstance(v, int)
                else "'"
                + (json.dumps(v, ensure_ascii=False) if isinstance(v, dict) else str(v)).replace(
                    "'", "''"
                )
                + "'"
            )
        )
    )


def section(table, o, schema='public', columns=None):
    cols = columns or list(o[0])
    return (
        f'--\n-- Data for Name: {table}; Type: TABLE DATA; Schema: {schema}; Owner: -\n--\n\nCOPY'
        f' {schema}.{table} ({", ".join(cols)}) FROM stdin;\n'
        + ''.join('\t'.join(pg(r[c]) for c in cols) + '\n' for r in o)
        + '\\.\n\n\n'
    )


def define(schema='public', partitions=('audit_events_2026_11',), partitioned=True):
    cols = ',\n'.join(f'    {c} text' for c in small()[0])
    s = (
        f'CREATE TABLE {schema}.audit_events (\n{cols}\n)'
        + ('\nPARTITION BY RANGE (event_date)' if partitioned else '')
        + ';\n\n'
    )
    for p in partitions:
        s += (
            f'CREATE TABLE {schema}.{p} (\n{cols}\n);\n\nALTER TABLE ONLY {schema}.audit_events'
            f' ATTACH PARTITION {schema}.{p} FOR VALUES FROM (\'2026-11-01\') TO'
            ' (\'2026-12-01\');\n\n'
        )
    return s


def dump(o=None, **k):
    return HEAD + define(**k) + section('audit_events_2026_11', o or small()) + END


def inserts(o, names=True, schema='public'):
    cols = ' (' + ', '.join(o[0]) + ')' if names else ''
    return ''.join(
        f'INSERT INTO {schema}.audit_events{cols} VALUES ('
        + ', '.join(map(literal, r.values()))
        + ');\n'
        for r in o
    )


def as_csv(
    o, delimiter=',', null='', quote=csv.QUOTE_MINIMAL, empty='""', head=None, spell=lambda c, v: v
):
    def field(c, v):
        if v is None:
            return null
        v = spell(
            c,
            (
                ('t' if v else 'f')
                if isinstance(v, bool)
                else json.dumps(v, ensure_ascii=False) if isinstance(v, dict) else str(v)
            ),
        )
        if v == '':
            return empty
        return (
            '"' + v.replace('"', '""') + '"'
            if quote == csv.QUOTE_ALL or re.search('["\r\n' + re.escape(delimiter) + ']', v)
            else v
        )

    cols = list(o[0])
    return (
        delimiter.join(head or cols)
        + '\n'
        + ''.join(delimiter.join(field(c, r[c]) for c in cols) + '\n' for r in o)
    )


def answer(o, **pagination):
    return json.dumps(
        {
            'data': [as_rest(r) for r in o],
            'pagination': {
                'limit': 1000,
                'offset': 0,
                'total': len(o),
                'has_more': False,
                **pagination,
            },
        }
    )


def export_of(o):
    return json.dumps(
        {
            'export_metadata': {'total_events': len(o)},
            'events': [
                {
                    'event_id': r['event_id'],
                    'version': r['event_version'],
                    'event_type': r['event_type'],
                    'event_timestamp': r['event_timestamp'],
                    'event_category': r['event_category'],
                    'event_action': r['event_action'],
                    'event_outcome': r['event_outcome'],
                    'correlation_id': r['correlation_id'],
                    'event_data': r['event_data'],
                    'event_hash': r['event_hash'] or '',
                    'previous_event_hash': r['previous_event_hash'] or '',
                    'legal_hold': False,
                }
                for r in o
            ],
            'hash_chain_verification': {},
        }
    )


def letters(o):
    return ''.join(
        f'{1795257576893 + k}-0\nmessage\n'
        + json.dumps({'type': 'events', 'payload': {'event_id': r['event_id']}})
        + '\n'
        for k, r in enumerate(o)
    )


def every_reader():
    o = small()
    return {
        'copy.sql': dump(o),
        'inserts.sql': HEAD + define() + inserts(o, False) + END,
        'column.sql': inserts(o),
        'rows.jsonl': jsonl(o),
        'rows.json': json.dumps(o),
        'pretty.json': '\n'.join(json.dumps(x, indent=2) for x in o),
        'rows.csv': as_csv(o),
        'semicolon.csv': as_csv(o, ';'),
        'page.json': answer(o),
        'export.json': export_of(o),
        'query.json': json.dumps({'select 1': o}),
        'answers.jsonl': jsonl([as_rest(r) for r in o]),
        'letters.txt': letters(o),
        'letters.json': json.dumps(
            [
                [f'1795257576893-{k}', ['message', json.dumps({'payload': {}, 'k': k})]]
                for k in range(3)
            ]
        ),
    }


@test
def inputs_bytes_add_up():
    """Read, understood and rejected are counted apart; they add up for every reader, for packed
    input, for whatever was taken out of it or put in.
    """
    rng = random.Random(16)
    for name, text in every_reader().items():
        b = text.encode()
        i = sums(look(put(name, b), status=0), len(b))
        check(i['bytes']['rejected'] == 0 and kinds(i) == [], (name, i))
        for k in range(14):
            at, n = rng.randrange(len(b)), rng.randrange(1, 65)
            less = b[:at] + b[at + n :]
            j = look(put('less', less))
            if isinstance(j, dict):
                sums(j, len(less))
                check(j['bytes'] != i['bytes'], (name, at, n))
            noise = bytes(rng.randrange(256) for _ in range(n))
            j = look(put('more', b[:at] + noise + b[at:]))
            if isinstance(j, dict):
                sums(j)
    b = data(DUMP)
    n = look(DUMP)['events']
    for k, packed in enumerate(
        (
            gzip.compress(b),
            bz2.compress(b),
            lzma.compress(b),
            gzip.compress(gzip.compress(b)),
            b'\xef\xbb\xbf' + b,
            b.decode().encode('utf-16'),
            gzip.compress(b[:9000]) + bz2.compress(b[9000:]) + bytes(600),
            gzip.compress(b[:9000]) + b[9000:],
        )
    ):
        i = sums(look(put(f'packed-{k}', packed), status=0), len(b))
        check(i['events'] == n and i['lacks'] == [], (k, i))


@test
def inputs_collections_add_up():
    """Folder and tarball; a second tar behind the first, and bytes that are none; hard links and
    links inside are followed, others are named.
    """
    d = path('in-mg/kubernaut')
    os.makedirs(d)
    small_collection(d)
    n = look(path('in-mg'))['events']
    sums(look(path('in-mg')))
    tar = path('in-mg.tar')
    subprocess.run(['tar', 'cf', tar, '-C', path('in-mg'), '.'], check=True)
    sums(look(tar), os.path.getsize(tar))
    i = sums(look(put('mg-behind.tar', data(tar) + b'not a tar' * 100)))
    check(i['bytes']['rejected'] == 900 and 'not-read' in kinds(i), i)
    extra = io.BytesIO()
    t = tarfile.open(fileobj=extra, mode='w', format=tarfile.USTAR_FORMAT)
    m = tarfile.TarInfo('kubernaut/logs/second.log')
    m.size = 5
    t.addfile(m, io.BytesIO(b'12345'))
    t.close()
    f, _, _ = make(put('mg-two.tar', data(tar) + extra.getvalue()))
    check(
        'logs/second.log' in run(EXHIBIT, 'cat', f, *VKEY, '--kind', 'context').stdout.decode(),
        'the second tar is read',
    )

    def links(kind, to):
        out = io.BytesIO()
        t = tarfile.open(fileobj=out, mode='w', format=tarfile.USTAR_FORMAT)
        for name in ('collection-metadata.json', 'blob/1'):
            body = data(d + '/' + ('datastorage/audit-events.json' if name == 'blob/1' else name))
            m = tarfile.TarInfo('k/' + name)
            m.size = len(body)
            t.addfile(m, io.BytesIO(body))
        m = tarfile.TarInfo('k/datastorage/audit-events.json')
        m.type, m.linkname = kind, to
        t.addfile(m)
        t.close()
        return out.getvalue()

    for kind, to in ((tarfile.LNKTYPE, 'k/blob/1'), (tarfile.SYMTYPE, '../blob/1')):
        i = sums(look(put('mg-link.tar', links(kind, to))))
        check(i['events'] == n, i)
    for to in ('../../../etc/passwd', '/etc/passwd', '../nowhere'):
        f, o, _ = make(put('mg-away.tar', links(tarfile.SYMTYPE, to)), status=6)
        check(
            o['events'] == 0
            and re.search('audit-events.json is a link', said(o['inputs'][0]))
            and 'refuses' not in said(o['inputs'][0]),
            o,
        )
    both = path('two-mg')
    os.makedirs(both)
    shutil.copy(tar, both + '/a.tar')
    subprocess.run(['tar', 'czf', both + '/b.tgz', '-C', path('in-mg'), '.'], check=True)
    f, o, _ = make(both)
    m = manifest_of(f)
    check(
        len(o['inputs']) == 2
        and len(m['inputs']) == 2
        and all(x['collection']['root'] for x in m['inputs'])
        and [x['path'] for x in m['inputs']] == ['two-mg/a.tar', 'two-mg/b.tgz'],
        m['inputs'],
    )
    z = path('mg.zip')
    w = zipfile.ZipFile(z, 'w', zipfile.ZIP_DEFLATED)
    for folder, _, names in os.walk(d):
        [
            w.write(os.path.join(folder, x), 'k/' + os.path.relpath(os.path.join(folder, x), d))
            for x in names
            if not os.path.islink(os.path.join(folder, x))
        ]
    w.close()
    i = sums(look(z))
    check(i['kind'] == 'must-gather' and i['events'] == n, i)


def manifest_of(f):
    return json.loads(
        run(EXHIBIT, 'cat', f, *VKEY, '--kind', 'manifest', status=None)
        .stdout.decode()
        .strip()
        .split('\n')[-1]
    )


@test
def inputs_words_of_tools():
    """A line of a tool costs nothing but itself: on top, between statements, before a COPY, with an
    apostrophe, in the middle of a file of rows. It is on record with its place.
    """
    o = small()
    n = len(o)
    for name, text in every_reader().items():
        if name in ('rows.json', 'page.json', 'export.json', 'query.json', 'letters.json'):
            text += '\n'
        events = look(put('s0', text)).get('events')
        for words in (
            'Defaulted container "postgres" out of: postgres, metrics',
            "warning: can't say\nUnable to use a TTY - input is not a terminal",
            'E1118 12:00:00.1 memcache.go:265] "Unhandled Error" err="x"',
        ):
            i = sums(look(put('s', words + '\n' + text)))
            check(i['events'] == events and i['rejects'] == words.count('\n') + 1, (name, words, i))
    lines = dump(o).split('\n')
    rng = random.Random(7)
    inside = False
    places = []
    for k, l in enumerate(lines):
        if (
            not inside
            and (
                k == 0
                or lines[k - 1].endswith(';')
                or lines[k - 1].startswith('--')
                or lines[k - 1] in ('', '\\.')
            )
            and not lines[k - 1].startswith('COPY')
        ):
            places.append(k)
        inside = l.startswith(('CREATE', 'COPY')) or (inside and not l.endswith((';', '\\.')))
    for k in places:
        for words in (
            'pg_dump: warning: there are circular foreign-key constraints',
            "kubectl: it's slow",
        ):
            i = sums(look(put('s.sql', '\n'.join(lines[:k] + [words] + lines[k:]))))
            check(
                (i['events'], i['rejects'], kinds(i)) == (n, 1, []),
                (k, lines[max(k - 1, 0) : k + 1], i),
            )
    f, o2, _ = make(
        put('s.sql', '\n'.join(lines[: places[5]] + ['pg_dump: warning: x'] + lines[places[5] :])),
        status=6,
    )
    r = json.loads(run(EXHIBIT, 'cat', f, *VKEY, '--kind', 'reject').stdout.decode().strip())
    check(
        r['verbatim'] == 'pg_dump: warning: x'
        and r['place'] == f'line {places[5] + 1}'
        and 'no statement' in r['reason'],
        r,
    )
    v = verify(f, *VKEY, status=None)
    check(
        (
            not [x for x in v['findings'] if x['level'] == 'alarm'] and v['exit_status'] in (0, 2)
            if 'exit_status' in v
            else True
        ),
        v['findings'],
    )
    # words in the middle of a statement, with an apostrophe that opens a text
    k = next(i for i, l in enumerate(lines) if l.startswith('CREATE TABLE')) + 2
    i = sums(look(put('s.sql', '\n'.join(lines[:k] + ["pg_dump: can't"] + lines[k:]))))
    check(i['events'] == n and i['rejects'] >= 1, i)
    for k in (1, 5, n):
        rows_ = jsonl(o).split('\n')
        i = sums(
            look(
                put('s.jsonl', '\n'.join(rows_[:k] + ['error: lost connection to pod'] + rows_[k:]))
            )
        )
        check((i['events'], i['rejects']) == (n, 1), i)
        rows_ = dump(o).split('\n')
        at = next(x for x, l in enumerate(rows_) if l.startswith('COPY')) + k
        i = sums(look(put('s.sql', '\n'.join(rows_[:at] + ["pg_dump: can't"] + rows_[at:]))))
        check((i['events'], i['rejects'], i['rows']) == (n, 1, n), (k, i))
        rows_ = as_csv(o).split('\n')
        i = sums(
            look(put('s.csv', '\n'.join(rows_[:k] + ['"quoted" warning "of a tool'] + rows_[k:])))
        )
        check((i['events'], i['rejects']) == (n, 1), (k, i))
        # rows without their end, then whole ones again
        rows_ = jsonl(o).split('\n')
        rows_[k - 1] = rows_[k - 1][: len(rows_[k - 1]) // 2]
        i = sums(look(put('s.jsonl', '\n'.join(rows_))))
        check(i['events'] == n - 1 and i['rejects'] >= 1, (k, i))


@test
def inputs_text_of_senders_is_no_statement():
    """What stands in a row stays in the row, whatever it looks like: statements, marks, ends of
    tables, rows of other forms.
    """
    evil = small()[:6]
    bait = (
        '\n\\.\n\nCOPY public.audit_events (event_id) FROM stdin;\nx\n\\.\n-- PostgreSQL database'
        ' dump complete\n\\connect other\nINSERT INTO audit_events VALUES (1);\n{"event_id":"x"}\n'
    )
    for x in evil:
        x.update(error_message=bait, event_hash=None, previous_event_hash=None)
    for name, text in (
        ('e.sql', dump(evil)),
        ('ei.sql', HEAD + define() + inserts(evil) + END),
        ('e.jsonl', jsonl(evil)),
        ('e.csv', as_csv(evil)),
        ('e.json', json.dumps(evil, indent=1)),
        ('e-page.json', answer(evil)),
    ):
        i = sums(look(put(name, text), status=0))
        check((i['events'], i['rejects'], kinds(i)) == (6, 0, []), (name, i))
    # an INSERT that was cut inside such a text: nothing of it becomes rows
    text = HEAD + define() + inserts(evil[:1])
    i = sums(look(put('ec.sql', text[: text.index('{"event_id":"x"}')])))
    check(i['events'] == 0 and 'cut' in kinds(i), i)


def several(o):
    """the same rows as one INSERT"""
    rows = ',\n'.join('(' + ', '.join(map(literal, r.values())) + ')' for r in o)
    return f'INSERT INTO audit_events ({", ".join(o[0])}) VALUES\n{rows};\n'


@test
def inputs_broken_insert_costs_itself():
    """A lost quotation mark, half a row, a comment or text that does not end: the next row is read.
    """
    o = small()
    n = len(o)
    rng = random.Random(17)
    bait = [
        {**r, 'error_message': "it's\n(one; two)\n-- x\nINSERT INTO t VALUES (1);\n{a}; "}
        for r in o
    ]
    for rows_ in (o, bait):
        forms = (inserts(rows_), several(rows_), HEAD + define() + inserts(rows_, False) + END)
        for text in forms:
            # honest: what looks like a statement stays in its text
            i = sums(look(put('q.sql', text), status=0))
            check((i['events'], i['rejects'], kinds(i)) == (n, 0, []), i)
            marks_ = [k for k, c in enumerate(text) if c == "'"]
            for k in [marks_[-1], *rng.sample(marks_, 12)]:
                i = sums(look(put('q.sql', text[:k] + text[k + 1 :]), status=6))
                check(i['events'] >= n - 1 and i['rejects'] >= 1, (k, text[k - 60 : k + 20], i))
            # half a row, and an end of line
            k = text.rindex("'sha256-unkeyed'", 0, len(text) * 2 // 3)
            k -= rng.randrange(20, 300)
            rest = text[text.index('\n', k) :] if rows_ is o else text[k + 300 :]
            if rows_ is o:
                i = sums(look(put('q.sql', text[:k] + rest), status=6))
                check(i['events'] == n - 1 and i['rejects'] >= 1, i)
    for text in (inserts(o), dump()):
        for words in (
            '/* a comment\n',
            'CREATE FUNCTION f() AS $_$ begin\n',
            'ALTER TABLE "x OWNER TO y;\n',
            "SET client_encoding = 'UTF8;\n",
        ):
            i = sums(look(put('q.sql', words + text), status=6))
            check(i['events'] == n and i['rejects'] >= 1, (words, i))
        for words in (
            '/* INSERT\n INTO x; */\n',
            'CREATE FUNCTION f() AS $_$\nINSERT INTO a VALUES (1);\n$_$;\n',
        ):
            i = sums(look(put('q.sql', words + text), status=0))
            check((i['events'], i['rejects'], kinds(i)) == (n, 0, []), (words, i))
    f, _, _ = make(put('q.sql', inserts(o).replace("', '", "', ", 1)), status=6)
    r = json.loads(run(EXHIBIT, 'cat', f, *VKEY, '--kind', 'reject').stdout)
    check(r['place'] == 'line 1' and o[0]['event_id'] in r['verbatim'], r)
    v = verify(f, *VKEY, status=None)
    check(not [x for x in v['findings'] if x['level'] == 'alarm'], v['findings'])
    # cut in the middle of its rows: those that are whole are read
    text = several(o)
    i = sums(look(put('q.sql', text[: len(text) // 2]), status=6))
    check(0 < i['events'] < n and kinds(i) == ['cut'], i)


@test
def inputs_broken_json_costs_itself():
    """A lost quotation mark in rows on one line, in a list, a page, an export or one behind the
    other, costs the row that it stands in.
    """
    o = small()
    n = len(o)
    rng = random.Random(18)
    # honest: rows of a kind inside a row stay in it
    inside = [
        {
            **r,
            'event_data': {
                **r['event_data'],
                'of': [
                    {'event_id': 'x', 'event_type': 'y'},
                    {'event_id': 'x', 'correlation_id': '}, {"event_id": "z"'},
                ],
            },
            'event_hash': None,
            'previous_event_hash': None,
        }
        for r in o
    ]
    for some in (o, inside):
        forms = {
            'list': json.dumps(some),
            'compact': json.dumps(some, separators=(',', ':')),
            'page': answer(some),
            'export': export_of(some),
            'lines': jsonl(some),
            'none between': ''.join(map(json.dumps, some)),
            'pretty': json.dumps(some, indent=2),
        }
        for name, text in forms.items():
            i = sums(look(put('j', text)))
            check((i['events'], i['rejects']) == (n, 0), (name, i))
            if some is inside:
                continue
            # of the rows: what stands around them are marks of the whole
            rows_ = range(text.index(o[0]['event_id']), text.rindex(o[-1]['event_id']))
            marks_ = [k for k in rows_ if text[k] == '"']
            for k in rng.sample(marks_, 15):
                i = sums(look(put('j', text[:k] + text[k + 1 :]), status=6))
                check(
                    i['events'] >= n - 2 and i['rejects'] >= 1, (name, k, text[k - 40 : k + 40], i)
                )


@test
def inputs_utf16_behind_utf8():
    """Files in UTF-8 and UTF-16 behind each other, with marks and without, are read as what each
    is; it is said once. What packs files is no text.
    """
    o = small()
    a, b = jsonl(o[:8]), jsonl(o[8:])
    le, be = b.encode('utf-16-le'), b.encode('utf-16-be')
    for k, content in enumerate(
        (
            a.encode() + b'\xff\xfe' + le,
            a.encode() + b'\xfe\xff' + be,
            a.encode() + le,
            b'\xff\xfe' + a.encode('utf-16-le') + b.encode(),
            b'\xfe\xff' + a.encode('utf-16-be') + b'\xef\xbb\xbf' + b.encode(),
            gzip.compress(a.encode()) + gzip.compress(b'\xff\xfe' + le),
        )
    ):
        i = sums(look(put('u', content)))
        check(
            (i['events'], i['rejects'], kinds(i)) == (len(o), 0, [])
            and 'UTF-16, or back' in said(i),
            (k, i),
        )
    i = look(put('u', b'warning: x\n' + jsonl(o).encode('utf-16')))
    check((i['events'], i['rejects']) == (len(o), 1), i)
    # garbage in a row is no change, and a tar in a tar is named
    for bad in (b'\xff\xfe', b'\xfe\xff\x01', b'\0\0', b'x\xff\xfe{\0"\0e\0v\0'):
        lines = jsonl(o).encode().split(b'\n')
        lines[3] = lines[3][:40] + bad + lines[3][40:]
        i = sums(look(put('u', b'\n'.join(lines)), status=6))
        check((i['events'], i['rejects']) == (len(o) - 1, 1) and 'UTF-16' not in said(i), (bad, i))
    nested = packed({'a.tar': packed({'b.jsonl': b}, 'tar'), 'c.jsonl': a}, 'tar')
    i = sums(look(put('u', nested), status=6))
    check(i['events'] == 8 and 'a tar among other files' in said(i), i)
    # characters whose halves are letters are no UTF-8, and a tar is no text
    odd = [
        {
            **r,
            'error_message': '\u7b22\u6576\u6e65' * 40,
            'event_hash': None,
            'previous_event_hash': None,
        }
        for r in o
    ]
    text = '\n'.join(json.dumps(r, ensure_ascii=False) for r in odd) + '\n'
    for content in (text.encode(), text.encode('utf-16')):
        i = sums(look(put('u', content), status=0))
        check(i['events'] == len(o) and 'UTF-16' not in said(i), i)
    for form in ('tar', 'zip'):
        i = sums(
            look(put('u', packed({'a.jsonl': a, 'b.jsonl': b'\xff\xfe' + le}, form)), status=0)
        )
        check(i['events'] == len(o) and 'UTF-16, or back' not in said(i), i)


@test
def inputs_letters_cut_or_in_pieces():
    """Dead letters as JSON: cut short, two answers in one file, words between, a broken entry: what
    is whole is read.
    """
    o = [
        [
            f'1795257576893-{k}',
            ['message', json.dumps({'payload': {}, 'k': k, 't': 'a"b\\c[]["1-1",['})],
        ]
        for k in range(6)
    ]
    one, n = json.dumps(o), len(o)

    def kept(text, status):
        f, _, _ = make(put('r.jsonl', jsonl(small())), put('l', text), status=status)
        sums(look(put('l', text)))
        return (
            run(EXHIBIT, 'cat', f, *VKEY, '--kind', 'dead-letter', status=None)
            .stdout.decode()
            .strip()
            .count('\n')
            + 1
        )

    for text, want, status in (
        (one, n, 0),
        (json.dumps(o, indent=1), n, 0),
        (one + '\n' + json.dumps(o[:2]) + '\n', n + 2, 0),
        (one + one, 2 * n, 0),
        (one + '\nWarning: Using a password\n' + one, 2 * n, 6),
        (one[: one.index('-4"') + 9], 4, 6),
        (one[:-1], n, 6),
        (one.replace('"message"', '"message', 1), n - 1, 6),
        (one.replace('"]], ["1795257576893-3"', ']], ["1795257576893-3"', 1), n - 1, 6),
    ):
        check(kept(text, status) == want, (text[-60:], want))


@test
def inputs_another_table_is_no_witness():
    """A dump of a copy in another schema, or without a partition that was there, calls no row gone;
    one whose partition is there and empty does.
    """
    o = small()
    whole = make(put('w.sql', dump()))[0]

    def counts(text, status):
        return json.loads(
            run(
                EXPORT,
                'reconcile',
                whole,
                '--source',
                put('s.sql', text),
                *VKEY,
                '-o',
                'json',
                status=status,
            ).stdout
        )['counts']

    copy = HEAD + define('bak', (), False) + section('audit_events', o[:9], 'bak') + END
    check(not counts(copy, 2)['vanished'], 'another schema')
    left_out = (
        HEAD
        + define(partitions=('audit_events_2026_12',))
        + section('audit_events_2026_12', [], columns=list(o[0]))
        + END
    )
    check(not counts(left_out, 2)['vanished'], 'a partition left out')
    check(
        counts(HEAD + define() + section('audit_events_2026_11', o[:9]) + END, 11)['vanished']
        == len(o) - 9,
        'rows gone',
    )
    verbose = ''.join(f'pg_dump: reading {k}\n' for k in range(80)) + dump()
    i = sums(look(put('v.sql', verbose), status=6))
    check((i['events'], i['rejects'], kinds(i)) == (len(o), 80, []), i)


@test
def inputs_same_content_against_an_index():
    """A file of which only the index of ids is at hand: JSON that is escaped, or stands as a text,
    is the same content; another value is not.
    """
    o = small()
    folder = path('ids-same')
    os.makedirs(folder)
    first, second = folder + '/1.exhibit', folder + '/2.exhibit'
    run(EXPORT, 'archive', put('i1.jsonl', jsonl(o)), '--out', first, *ORIGIN, '--write-ids', '-q')
    one = {
        **o[0],
        'event_id': '00000000-0000-4000-8000-000000000001',
        'event_hash': None,
        'previous_event_hash': None,
    }
    run(
        EXPORT,
        'archive',
        put('i2.jsonl', jsonl([one])),
        '--out',
        second,
        *ORIGIN,
        '--after',
        first,
        '--write-ids',
        '-q',
    )
    os.makedirs(folder + '/away')
    os.rename(first, folder + '/away/1.exhibit')
    escaped = ''.join(json.dumps(r) + '\n' for r in o)
    as_text = ''.join(
        json.dumps({**r, 'event_data': json.dumps(r['event_data'])}) + '\n' for r in o
    )
    for k, (text, conflicts) in enumerate(
        (
            (escaped, 0),
            (as_text, 0),
            (dump(), 0),
            (escaped.replace('"priority": "High"', '"priority": "Low"', 1), 1),
        )
    ):
        p = run(
            EXPORT,
            'archive',
            put('i3', text),
            '--out',
            f'{folder}/3-{k}.exhibit',
            *ORIGIN,
            '--after',
            second,
            '--ids',
            first + '.ids',
            '-o',
            'json',
            status=None,
        )
        check(p.stdout, (k, p.stderr))
        j = json.loads(p.stdout)
        check((j['events'], j['conflicts']) == (0, conflicts), (k, j, p.stderr))
        os.unlink(f'{folder}/3-{k}.exhibit')


@test
def inputs_default_is_not_carried():
    """A value that an INSERT writes as DEFAULT is a column that the row does not carry: nothing is
    accused, and a row beside it has its own.
    """
    o = small()
    for c in ('parent_event_id', 'retention_days', 'is_sensitive', 'legal_hold', 'event_metadata'):
        text = ''.join(
            (
                inserts([r])
                if k % 2
                else f'INSERT INTO public.audit_events ({", ".join(r)}) VALUES ('
                + ', '.join('DEFAULT' if x == c else literal(v) for x, v in r.items())
                + ');\n'
            )
            for k, r in enumerate(o)
        )
        f, j, _ = make(put('d.sql', text))
        v = verify(f, *VKEY, status=None)
        check(
            j['events'] == len(o) and not [x for x in v['findings'] if x['level'] == 'alarm'],
            (c, v['findings']),
        )
        without = ''.join(inserts([{k: v for k, v in r.items() if k != c}]) for r in o)
        g, _, _ = make(put('w.sql', without))
        check(
            not [x for x in verify(g, *VKEY, status=None)['findings'] if x['level'] == 'alarm'], c
        )


@test
def inputs_data_only_proves_no_whole():
    """A dump of data alone does not say which partitions there are: its marks prove nothing
    complete.
    """
    o = small()
    whole = make(put('w.sql', dump()))[0]
    data_only = HEAD + section('audit_events_2026_11', o) + END
    f, j, _ = make(put('a.sql', data_only))
    v = verify(f, *VKEY)
    check(marks(j['inputs'][0]) == [] and 'defines no table' in said(j['inputs'][0]), j)
    check(
        v['dimensions']['completeness']['state'] != 'proven' if 'dimensions' in v else True,
        v.get('dimensions'),
    )
    part = HEAD + section('audit_events_2026_11', o[:9]) + END
    c = json.loads(
        run(
            EXPORT,
            'reconcile',
            whole,
            '--source',
            put('p.sql', part),
            *VKEY,
            '-o',
            'json',
            status=2,
        ).stdout
    )['counts']
    check(not c['vanished'] and c['not_looked_at'] == len(o) - 9, c)


@test
def inputs_rejects_that_were_rows():
    """A row that is kept aside in a dump is missed by its id, or as something that may have been
    rows; words of a tool are not; nothing is called gone.
    """
    o = small()
    n = len(o)
    whole = make(put('w.sql', dump()))[0]
    copy, ins = dump().split('\n'), (HEAD + define() + inserts(o, False) + END).split('\n')
    at = next(k for k, l in enumerate(copy) if l.startswith('COPY'))
    one = next(k for k, l in enumerate(ins) if l.startswith('INSERT')) + 4
    ids = [r['event_id'] for r in o]

    def replaced(lines, k, new):
        return '\n'.join([*lines[:k], *new, *lines[k + 1 :]])

    cases = [
        ('head lost', replaced(copy, at, []), 0, ids),
        ('head damaged', replaced(copy, at, [copy[at].replace('COPY', 'C0PY')]), 0, ids),
        ('head cut', replaced(copy, at, [copy[at][:40]]), 0, ids),
        ('half an INSERT', replaced(ins, one, [ins[one][:-700]]), n - 1, ids[4:5]),
        ('an INSERT of no words', replaced(ins, one, ['x' + ins[one][1:]]), n - 1, ids[4:5]),
        ('zeros', replaced(ins, one, ['\0' * len(ins[one])]), n - 1, None),
        ('rows of another form behind', dump(o[:9]) + as_csv(o[9:]).split('\n', 1)[1], 9, ids[9:]),
        ('words and a COPY', replaced(copy, at, ['pg_dump: warning: x: ' + copy[at]]), n, []),
        ('words and an INSERT', replaced(ins, one, ["kubectl: can't: " + ins[one]]), n, []),
        ('words with an id', '\n'.join([f'pod uid {ids[0]} is gone', *copy]), n, []),
    ]
    for name, text, events, lost in cases:
        if events:
            f, j, _ = make(put('r.sql', text), status=6)
            sums(look(put('r.sql', text)))
            v = verify(f, *VKEY, status=None)
            named = [i for x in v['findings'] if x['id'] == 'S42' for i in x.get('event_ids', [])]
            check(j['events'] == events, (name, j))
            check(lost is None or sorted(named) == sorted(lost), (name, named))
            check(
                (v['exit_status'] if 'exit_status' in v else 0) in (0, 2)
                and not [x for x in v['findings'] if x['level'] == 'alarm'],
                name,
            )
            check(
                (kinds(j['inputs'][0]) == ['not-read']) == (lost is None),
                (name, kinds(j['inputs'][0])),
            )
            run(EXHIBIT, 'verify', f, *VKEY, status=2 if lost or lost is None else 0)
        p = run(
            EXPORT,
            'reconcile',
            whole,
            '--source',
            put('r.sql', text),
            *VKEY,
            '-o',
            'json',
            status=None,
        )
        c = json.loads(p.stdout)['counts']
        check(
            not c['vanished'] and not c['changed'] and p.returncode == (0 if lost == [] else 2),
            (name, c, p.returncode),
        )


@test
def inputs_marks_of_a_dump():
    """The end mark and the data section of each table: what is missing is typed, lowers the status,
    and nothing is called gone.
    """
    o = small()
    n = len(o)
    whole = dump(o)
    f, j, _ = make(put('d.sql', whole))
    i = j['inputs'][0]
    check(
        marks(i) == ['data-section', 'end-mark']
        and [x for x in i['compared'] if x['what'] == 'data-section']
        == [
            {
                'what': 'data-section',
                'table': 'public.audit_events_2026_11',
                'expected': None,
                'read': n,
            }
        ],
        i,
    )

    def reconcile(text, status, more=()):
        p = run(
            EXPORT,
            'reconcile',
            f,
            '--source',
            put('r.sql', text),
            *VKEY,
            '-o',
            'json',
            *more,
            status=status,
        )
        return json.loads(p.stdout)

    check(
        reconcile(whole, 0)['counts'] == {
            'vanished': 0,
            'changed': 0,
            'late': 0,
            'not_looked_at': 0,
        },
        'the same',
    )
    empty = HEAD + define() + section('audit_events_2026_11', [], columns=list(o[0])) + END
    check(reconcile(empty, 11)['counts']['vanished'] == n, 'a section that is there and empty')
    check(
        reconcile(
            HEAD
            + define()
            + '--\n-- Data for Name: audit_events_2026_11; Type: TABLE DATA; Schema: public; Owner:'
            ' -\n--\n\n'
            + END,
            11,
        )['counts']['vanished']
        == n,
        'with --inserts an empty table is a comment',
    )
    for name, text in {
        'parent only': HEAD + define(partitions=()) + END,
        'schema only': HEAD + define() + END,
        'no end': whole.replace(END, ''),
        'cut in a row': whole[: whole.index('\\.\n')][:-90],
        'cut in a statement': whole[: whole.index('ATTACH PARTITION')],
    }.items():
        c = reconcile(text, 2)['counts']
        check(
            c['vanished'] in (None, 0)
            and (c['vanished'] is None) == (c['not_looked_at'] > (name == 'cut in a row')),
            (name, c),
        )
        i = look(put('l.sql', text))
        check(isinstance(i, dict), (name, i))
        check(
            set(kinds(i)) & {'cut', 'no-data-section'}
            and 'end-mark' not in marks(i)
            or 'no-data-section' in kinds(i),
            (name, i),
        )
        sums(i)
    refused(put('p.sql', HEAD + define(partitions=()) + END), says='partitions')
    refused(put('p.sql', HEAD + define() + END), says='no data section')
    two = (
        HEAD
        + define(partitions=('audit_events_2026_11', 'audit_events_2026_12'))
        + section('audit_events_2026_11', o)
        + END
    )
    f2, j, _ = make(put('x.sql', two), status=6)
    i = j['inputs'][0]
    check(
        [x for x in i['lacks'] if isinstance(x, dict)][0] | {'sentence': ''}
        == {'type': 'no-data-section', 'sentence': '', 'table': 'public.audit_events_2026_12'},
        i,
    )
    verify(f2, *VKEY, status=2)
    g, j, _ = make(put('cut.sql', whole.replace(END, '')), status=6)
    check(kinds(j['inputs'][0]) == ['cut'], j)
    verify(g, *VKEY, status=2)
    # packed, and cut: what came before is kept
    for k, pack in enumerate((gzip.compress, lambda b: bz2.compress(b, 1), lzma.compress)):
        z = pack(data(DUMP))
        i = sums(look(put(f'cut-{k}', z[: len(z) * 4 // 5])))
        check(i['events'] > 0 and 'cut' in kinds(i), (k, i))
    check(
        'truncated' in run(
            EXPORT, 'inspect', put('cut-all.gz', gzip.compress(data(DUMP))[:30]), status=74
        ).stderr.decode(),
        'nothing came before',
    )
    # JSONL has neither count nor mark: what is not there may be elsewhere
    for name, text in (
        ('part.jsonl', jsonl(o[:9])),
        ('part.csv', as_csv(o[:9])),
        ('ins.sql', inserts(o[:9])),
    ):
        p = run(EXPORT, 'reconcile', f, '--source', put(name, text), *VKEY, '-o', 'json', status=2)
        c = json.loads(p.stdout)['counts']
        check(
            (c['vanished'], c['not_looked_at']) == (None, n - 9)
            and str(n - 9) in p.stderr.decode(),
            (name, c),
        )
        check(
            run(EXPORT, 'reconcile', f, '--source', put(name, text), *VKEY, status=2)
            .stdout.decode()
            .startswith('A PART'),
            name,
        )
    check(
        run(
            EXPORT,
            'reconcile',
            f,
            '--source',
            put('all.jsonl', jsonl(o)),
            *VKEY,
            '-o',
            'json',
            status=0,
        ).stdout,
        'all rows seen, and equal',
    )
    g, j, _ = archive(
        'inputs-after', put('part.jsonl', jsonl(o[:9])), options=[*ORIGIN, '--after', f]
    )
    check(j['vanished'] == 0 and j['inputs'][0]['repeats'] == 9, j)


@test
def inputs_two_databases_two_schemas():
    o = small()
    a, b = o[: len(o) // 2], o[len(o) // 2 :]
    all_ = (
        '--\n-- PostgreSQL database cluster dump\n--\n\\connect template1\n'
        + HEAD
        + END
        + '\\connect prod\n'
        + dump(a)
        + '\\connect staging\n'
        + dump(b)
        + '--\n-- PostgreSQL database cluster dump complete\n--\n'
    )
    says = refused(put('all.sql', all_), says=r'\\connect')
    check('prod' in says and 'staging' in says and '--dbname' in says, says)
    i = look(
        put(
            'one.sql',
            all_.replace('\\connect staging\n' + dump(b), '\\connect staging\n' + HEAD + END),
        )
    )
    check(i['events'] == len(a) and marks(i) == ['data-section', 'end-mark'], i)
    check(
        kinds(look(put('cutall.sql', all_[: all_.index('\\connect staging')]))) == ['cut'],
        'a cluster dump has an end mark of its own',
    )
    copy = 'CREATE SCHEMA old;\n' + define('old', (), False) + section('audit_events', b, 'old')
    refused(
        put('copy.sql', HEAD + copy + define() + section('audit_events_2026_11', a) + END),
        says='--table SCHEMA.TABLE',
    )
    for text in (
        HEAD
        + define('old', (), False)
        + define()
        + section('audit_events', b, 'old')
        + section('audit_events_2026_11', a)
        + END,
        HEAD + define() + copy + section('audit_events_2026_11', a) + END,
    ):
        i = sums(look(put('copy.sql', text)))
        check(i['events'] in (len(a),) and 'old.audit_events is another table' in said(i), i)
        check(
            look(put('copy.sql', text), more=('--table', 'old.audit_events'))['events'] == len(b),
            'the one that is asked for',
        )
    refused(
        put(
            'twice.sql',
            HEAD + section('audit_events', a, 'one') + section('audit_events', b, 'two') + END,
        ),
        says='--table SCHEMA.TABLE',
    )
    i = look(
        put(
            'older.sql',
            HEAD
            + 'SET search_path = public, pg_catalog;\n'
            + define().replace('public.', '')
            + section('audit_events_2026_11', a).replace('COPY public.', 'COPY ')
            + END,
        )
    )
    check(i['events'] == len(a) and kinds(i) == [], i)
    check(
        b'there are: ' in run(
            EXPORT, 'inspect', put('t.sql', dump(a)), '--table', 'public.audit_event', status=64
        ).stderr
        and b'is none' in run(
            EXPORT, 'inspect', put('t.jsonl', jsonl(a)), '--table', 'public.audit_events', status=64
        ).stderr,
        'a table that is not there',
    )
    part = (
        HEAD
        + define().split(';\n\n', 1)[1].split('ALTER')[0]
        + section('audit_events_2026_11', a)
        + END
    )
    i = look(put('alone.sql', part))
    check((i['events'], kinds(i)) == (len(a), ['filter']), i)
    i = look(
        put('changed.sql', dump(a) + "DELETE FROM public.audit_events WHERE event_id = 'x';\n")
    )
    check(i['rejects'] == 1 and i['events'] == len(a), i)


@test
def inputs_sql_of_other_tools():
    """INSERTs over lines, of several rows, in any case, with a byte order mark; DEFAULT of a
    generated column.
    """
    o = small()
    n = len(o)
    cols = ','.join(o[0])
    many = (
        f'INSERT INTO public.audit_events ({cols}) VALUES\n\t ('
        + '),\n\t ('.join(', '.join(map(literal, r.values())) for r in o)
        + ');\n'
    )
    generated = ''.join(
        f'INSERT INTO public.audit_events ({cols}, made) VALUES ('
        + ', '.join(map(literal, r.values()))
        + ', DEFAULT);\n'
        for r in o
    )
    for name, text in {
        'many': many,
        'lower': inserts(o).replace('INSERT INTO', 'insert into').replace('VALUES', 'values'),
        'copy lower': (
            dump(o)
            .replace('COPY', 'copy')
            .replace('FROM stdin', 'from stdin')
            .replace('CREATE TABLE', 'create table')
        ),
        'mark': '\ufeff' + inserts(o),
        'cr': inserts(o).replace('\n', '\r\n'),
        'close': many.replace('VALUES\n\t (', 'VALUES('),
        'generated': generated,
        'cast': inserts(o).replace(f"'{o[0]['event_id']}'", f"'{o[0]['event_id']}'::uuid"),
        'casts': (
            inserts(o)
            .replace('NULL', 'NULL::text')
            .replace(f"'{o[1]['event_id']}'", f"CAST('{o[1]['event_id']}' AS uuid)")
            .replace(" 2555,", " 2555::integer,")
            .replace(
                f"'{o[2]['event_timestamp']}'",
                f"TIMESTAMP WITH TIME ZONE '{o[2]['event_timestamp']}'",
            )
            .replace("'1.0'", "'1.0'::character varying(10)")
        ),
        'browser': (
            inserts(o)
            .replace('public.audit_events', '"public"."audit_events"')
            .replace("'service'", "N'service'")
        ),
        'conflict': inserts(o).replace(');', ') ON CONFLICT DO NOTHING;'),
        'dump crlf': dump(o).replace('\n', '\r\n'),
        'comment': '/* by a\ntool */ ' + inserts(o),
        'only': inserts(o).replace('public.audit_events', 'audit_events'),
        'begin': 'BEGIN;\n' + inserts(o) + 'COMMIT;\n',
    }.items():
        i = sums(look(put('t.sql', text)))
        check(
            (i['events'], i['rejects'], kinds(i)) == (n, 0, [])
            and i['kind'] == 'pg-dump'
            and ('dump' in name or 'copy' in name or marks(i) == []),
            (name, i),
        )
    i = sums(look(put('t.sql', many[:-3] + ', broken);\n' + inserts(o[:1]))))
    check(i['events'] >= n and i['rejects'] == 1, i)


@test
def inputs_json_of_any_shape():
    """Rows pretty-printed, in arrays one after the other, wrapped, as answers line by line;
    event_data as a text; what is none stays on record.
    """
    o = small()
    n = len(o)
    h = n // 2
    rest = [as_rest(r) for r in o]
    text = [dict(r, event_data=json.dumps(r['event_data'])) for r in o]
    shapes = {
        'pretty': '\n'.join(json.dumps(x, indent=4) for x in o),
        'flat': '\n'.join(json.dumps(x, indent=0) for x in o),
        'tabs': ''.join(json.dumps(x, indent='\t') for x in o),
        'arrays': json.dumps(o[:h]) + json.dumps(o[h:]),
        'rows': json.dumps({'rows': o}),
        'data': json.dumps({'data': o}),
        'query': json.dumps({'select *\nfrom audit_events': o}, indent=1),
        'nested': json.dumps({'took': 3, 'result': {'rows': o, 'ok': True}}),
        'array of arrays': json.dumps([o[:h], o[h:]]),
        'one line': ''.join(json.dumps(x) for x in o),
        'text': jsonl(text),
        'text array': json.dumps(text, indent=1),
        'upper': jsonl([{k.upper(): v for k, v in r.items()} for r in o]),
        'one upper': jsonl(
            [{('Event_Id' if k == 'event_id' else k): v for k, v in r.items()} for r in o]
        ),
        'crlf': jsonl(o).replace('\n', '\r\n'),
        'bom each': '\ufeff' + jsonl(o[:h]) + '\ufeff' + jsonl(o[h:]),
        'mixed': json.dumps(o[:3]) + '\n' + jsonl(o[3:h]) + json.dumps({'rows': o[h:]}),
    }
    for name, t in shapes.items():
        f, j, _ = make(put('j', t))
        i = sums(j['inputs'][0], len(t.encode()) - (3 if t[0] == '\ufeff' else 0))
        check((j['events'], j['rejects'], i['kind']) == (n, 0, 'rows-jsonl'), (name, i))
        v = verify(f, *VKEY, status=None)
        check(v['source_chain']['mismatching'] == 0, (name, v['source_chain']))
    answers = {
        'lines': jsonl(rest),
        'pages in an array': json.dumps(
            [json.loads(answer(o[:h], total=n)), json.loads(answer(o[h:], total=n, offset=h))]
        ),
        'pages': answer(o[:h], total=n, has_more=True) + '\n' + answer(o[h:], total=n, offset=h),
        'pretty': json.dumps(json.loads(answer(o)), indent=2),
        'array': json.dumps(rest),
    }
    for name, t in answers.items():
        i = sums(look(put('a', t)))
        check(
            (i['events'], i['rejects'], i['kind'], kinds(i)) == (n, 0, 'rest-events', [])
            and 'hash_algorithm' in said(i),
            (name, i),
        )
    i = sums(
        look(
            put(
                'psql',
                ' row_to_json \n-------------\n'
                + ''.join(f' {l}\n' for l in jsonl(o).splitlines())
                + '(16 rows)\n\n',
            )
        )
    )
    check((i['events'], i['rejects'], i['kind'], marks(i)) == (n, 0, 'rows-jsonl', ['total']), i)
    check('text that holds JSON' in said(look(put('j', shapes['text']))), 'said once')
    for t in ('[]', '{"rows":[]}', '{"data":[],"pagination":{"total":0}}'):
        refused(put('none', t), says='no audit event|not an input')
    copy = jsonl([dict(o[0], actor_id='a\\b'), *o[1:]]).replace('\\', '\\\\')
    i = sums(look(put('c', copy)))
    check(i['events'] == n and 'twice' in said(i) or i['rejects'] == 0, i)
    mixed = (
        copy
        + json.dumps(dict(o[1], actor_id='x"y'))
        + '\n'
        + json.dumps(dict(o[2], actor_id='p\\q')).replace('\\', '\\\\')
        + '\n'
    )
    sums(look(put('c', mixed)))


@test
def inputs_pages_that_are_missing():
    o = small()
    n = len(o)
    f, j, _ = make(put('p1', answer(o[:6], total=n, has_more=True)), status=6)
    i = j['inputs'][0]
    check(
        [x for x in i['lacks'] if isinstance(x, dict)][0] | {'sentence': ''}
        == {'type': 'pages-missing', 'rows': n - 6, 'sentence': ''}
        and str(n) in said(i),
        i,
    )
    verify(f, *VKEY, status=2)
    d = path('in/pages')
    os.makedirs(d)
    for k in range(0, n, 4):
        open(f'{d}/{k:03}.json', 'w').write(
            answer(o[k : k + 4], total=n, offset=k, has_more=k + 4 < n)
        )
    f, j, _ = make(d)
    check(j['events'] == n and marks(j['inputs'][0]) == ['has-more', 'total'], j)
    os.remove(f'{d}/004.json')
    f, j, _ = make(d, status=6)
    i = j['inputs'][0]
    check(
        [(x['type'], x['rows']) for x in i['lacks'] if isinstance(x, dict)]
        == [('pages-missing', 4)],
        i,
    )
    # the same rows in a dump as well, and pages that overlap: what the pages hold is counted
    # by itself
    f, j, _ = archive('inputs-beside', put('whole.sql', dump(o)), d, options=ORIGIN, status=6)
    check(kinds(j['inputs'][1]) == ['pages-missing'] and j['inputs'][1]['lacks'][-1] != '', j)
    open(f'{d}/001.json', 'w').write(answer(o[2:9], total=n, offset=2, has_more=True))
    f, j, _ = make(d)
    check(kinds(j['inputs'][0]) == [], j)
    i = look(
        put(
            'no-total',
            json.dumps({'data': [as_rest(r) for r in o[:3]], 'pagination': {'has_more': True}}),
        )
    )
    check(
        [(x['type'], 'rows' in x) for x in i['lacks'] if isinstance(x, dict)]
        == [('pages-missing', False)],
        i,
    )


@test
def inputs_pages_one_by_one():
    """Pages that are inputs of one run are one answer; what stays missing of them is said once, by
    the last, and by its own where they are answers to other questions.
    """
    o = small()
    n = len(o)
    pages = [
        put(f'one-{k}.json', answer(o[k : k + 6], total=n, offset=k, has_more=k + 6 < n))
        for k in range(0, n, 6)
    ]

    def lacks_of(*inputs, status):
        f, j, _ = archive(
            f'pages-{len(inputs)}-{inputs[0][-6]}', *inputs, options=ORIGIN, status=status
        )
        return f, [
            [(x['type'], x.get('rows')) for x in i['lacks'] if isinstance(x, dict)]
            for i in j['inputs']
        ]

    f, lacks = lacks_of(*pages, status=0)
    check(lacks == [[]] * 3, lacks)
    v = verify(f, *VKEY, status=None)
    check(
        not [x for x in v['limits'] if x.get('type') in ('pages-missing', 'fewer-than-counted')],
        v['limits'],
    )
    f, lacks = lacks_of(*pages[1:], status=6)
    check(lacks == [[], [('pages-missing', 6)]], lacks)
    # another question's page: each is told by itself
    other = put('one-x.json', answer(o[:3], total=200, offset=0, has_more=True))
    f, lacks = lacks_of(other, pages[1], status=6)
    check(lacks == [[], [('pages-missing', 197), ('pages-missing', n - 6)]], lacks)


@test
def inputs_export_counts_itself():
    """The total of /audit/export is that of the answer: it tells a cut, and proves nothing of the
    source; what was asked for is a lack.
    """
    o = small()
    n = len(o)

    def asked(total=n, **filters):
        e = json.loads(export_of(o))
        e['export_metadata'] = {
            'total_events': total,
            'query_filters': {'offset': 0, 'limit': 1000, **filters},
        }
        f, j, _ = archive(
            'export-' + '-'.join(filters) + str(total),
            put('export.json', json.dumps(e)),
            options=ORIGIN,
            status=None,
        )
        v = verify(f, *VKEY, status=None)
        i = j['inputs'][0]
        lacks = [(x['type'], x.get('rows')) for x in i['lacks'] if isinstance(x, dict)]
        return (
            lacks,
            v['dimensions']['completeness']['state'],
            any('limit' in x for x in i['lacks'] if isinstance(x, str)),
        )

    cases = (
        ({}, ([], 'not proven', False)),
        ({'limit': n}, ([], 'not proven', True)),
        ({'offset': 7}, ([('pages-missing', 7)], 'disproved', False)),
        ({'correlation_id': 'rr-1', 'start_time': ''}, ([('filter', None)], 'disproved', False)),
        ({'total': n + 2}, ([('fewer-than-counted', 2)], 'disproved', False)),
    )
    for question, want in cases:
        have = asked(**question)
        check(have == want, (question, have))


@test
def inputs_links_inside_a_collection():
    """In a folder as in a tarball, a link to a file or folder of the collection is followed; one
    that leads out is not.
    """

    def linked(name, move, link, to):
        d = path('links-' + name)
        os.makedirs(d)
        small_collection(d)
        if move:
            os.makedirs(os.path.dirname(f'{d}/{move}'), exist_ok=True)
            os.rename(f'{d}/{link}', f'{d}/{move}')
        else:
            os.remove(f'{d}/{link}')
        os.symlink(to, f'{d}/{link}')
        subprocess.run(['tar', 'cf', d + '.tar', '-C', d, '.'], check=True)
        return [look(x) for x in (d, d + '.tar')]

    events = 'datastorage/audit-events.json'
    n = (
        look(path('links-none'))['events']
        if os.makedirs(path('links-none')) is None and small_collection(path('links-none')) is None
        else 0
    )
    check(n > 0, n)
    for name, move, link, to in (
        ('beside', events + '.real', events, 'audit-events.json.real'),
        ('up', 'real/e.json', events, '../real/e.json'),
        ('folder', 'ds', 'datastorage', 'ds'),
        ('deep', 'a/b/ds', 'datastorage', './a/b/../b/ds'),
    ):
        for i in linked(name, move, link, to):
            check(i['events'] == n, (name, i['events'], i['lacks']))
    for i in linked('out', None, events, '/etc/hostname'):
        check(
            i['events'] == 0 and 'not-read' in kinds(i) and 'does not lead to a file in' in said(i),
            i['lacks'],
        )


@test
def inputs_answers_of_redis():
    """A stream without entries is an answer: no dead letter, in evidence. An error is none, and
    named; a bare [] does not say of what it is a list.
    """
    whole = put('beside.sql', dump(small()))
    for words in ('(empty array)\n', '(empty list or set)\r\n'):
        f, j, _ = archive(
            'letters-' + words[7:11].strip(), whole, put('none.txt', words), options=ORIGIN
        )
        check(
            j['inputs'][1]['kind'] == 'dead-letters' and j['inputs'][1]['rejects'] == 0,
            j['inputs'][1],
        )
        sums(j['inputs'][1], len(words))
        m = json.loads(run(EXHIBIT, 'cat', f, '--kind', 'manifest').stdout.decode().split('\n')[0])
        check(m['dead_letters'] == 'in evidence', m['dead_letters'])
    f, j, _ = archive('letters-bare', whole, put('none.json', ' [ ]\n'), options=ORIGIN, status=6)
    check(j['inputs'][1]['kind'] == 'rows-jsonl', j['inputs'][1])
    for words in (
        'NOAUTH Authentication required.\n',
        '(error) WRONGTYPE Operation against a key\n',
        'Could not connect to Redis at 127.0.0.1:6379: Connection refused',
    ):
        p = run(
            EXPORT,
            'archive',
            whole,
            put('error.txt', words),
            '--out',
            path('never-letters.exhibit'),
            '--unsealed',
            status=65,
        )
        check(b'an error of Redis' in p.stderr and words.strip().encode() in p.stderr, p.stderr)
    p = run(
        EXPORT,
        'archive',
        put('alone.txt', '(empty array)\n'),
        '--out',
        path('never-letters.exhibit'),
        '--unsealed',
        status=65,
    )
    check(not os.path.exists(path('never-letters.exhibit')), p.stderr)


@test
def inputs_csv_of_other_tools():
    """Delimiters, NULL as a word, everything in quotes, names in another case, times and booleans
    as tools print them, sep= on top.
    """
    o = small()
    n = len(o)

    def tool(c, v):
        return (
            v[:19].replace('T', ' ')
            + '.'
            + (v[20:].split('+')[0] if '.' in v else '000')
            + ' +0000'
            if c == 'event_timestamp'
            else {'t': 'True', 'f': 'False'}.get(v, v) if c in ('is_sensitive', 'legal_hold') else v
        )

    forms = {
        'comma': as_csv(o),
        'semicolon': as_csv(o, ';'),
        'tab': as_csv(o, '\t'),
        'pipe': as_csv(o, '|'),
        'sep': 'sep=;\n' + as_csv(o, ';'),
        'upper': as_csv(o, head=[c.upper() for c in o[0]]),
        'quoted head': as_csv(o, head=[f'"{c}"' for c in o[0]]),
        'crlf': as_csv(o).replace('\n', '\r\n'),
        'tool': as_csv(o, spell=tool),
        'bom': '\ufeff' + as_csv(o),
    }
    for word in ('NULL', '[null]', '\\N', '(null)', '<null>', 'null'):
        forms['word ' + word] = as_csv(o, null=word, empty='')
    first = None
    for name, t in forms.items():
        f, j, _ = make(put('c', t))
        i = sums(j['inputs'][0])
        check((j['events'], j['rejects'], i['kind'], kinds(i)) == (n, 0, 'rows-csv', []), (name, i))
        check(verify(f, *VKEY, status=None)['source_chain']['mismatching'] == 0, name)
        first = first or f
        got = json.loads(
            run(
                EXPORT,
                'reconcile',
                first,
                '--source',
                path('in/c'),
                *VKEY,
                '-o',
                'json',
                status=None,
            ).stdout
        )['counts']
        check(got['changed'] == 0, (name, got))
    for name, t in {
        'psql --csv': as_csv(o, empty=''),
        'all quoted': as_csv(o, null='""', quote=csv.QUOTE_ALL),
    }.items():
        f, j, _ = make(put('c', t))
        i = j['inputs'][0]
        check(
            j['events'] == n and 'difference between NULL and the empty text' in said(i), (name, i)
        )
        check(verify(f, *VKEY, status=None)['source_chain']['mismatching'] == 0, name)
        got = json.loads(
            run(
                EXPORT,
                'reconcile',
                first,
                '--source',
                path('in/c'),
                *VKEY,
                '-o',
                'json',
                status=None,
            ).stdout
        )['counts']
        check((got['changed'], got['not_looked_at']) == (0, 0), (name, got))
        edited = t.replace('success', 'failure', 1)
        check(
            json.loads(
                run(
                    EXPORT,
                    'reconcile',
                    first,
                    '--source',
                    put('c2', edited),
                    *VKEY,
                    '-o',
                    'json',
                    status=11,
                ).stdout
            )['counts']['changed']
            == 1,
            'a row that was changed is found',
        )
    for cut in (300, 700):
        i = sums(look(put('c', as_csv(o)[:-cut])))
        check(kinds(i) == ['cut'] and i['events'] >= n - 2, (cut, i))
    i = sums(look(put('c', as_csv(o)[:-40])))
    check(i['events'] in (n - 1, n) and (i['rejects'] == 1 or i['events'] == n), i)
    for count, lack in ((n, []), (n + 4, ['fewer-than-counted'])):
        i = sums(look(put('c', as_csv(o) + f'({count} rows)\n')))
        check((i['events'], i['rejects'], kinds(i), marks(i)) == (n, 0, lack, ['total']), i)
    says = refused(
        put(
            'bad.csv',
            as_csv(o, spell=lambda c, v: '17.11.2026 03:18' if c == 'event_timestamp' else v),
        ),
        says='17.11.2026 03:18',
    )
    check(says.count('line ') == 3 and 'event_timestamp' in says and 'want' in says, says)
    f, j, _ = make(path('in/bad.csv'), put('good.jsonl', jsonl(o)), status=6)
    check(j['events'] == n and j['rejects'] == n, 'beside others it is kept')


@test
def inputs_known_by_name():
    """What is nearly an input is called by its name, with the way on."""
    toc = b'PGDMP\x01\x0e\x00' + bytes(600)
    t = io.BytesIO()
    w = tarfile.open(fileobj=t, mode='w', format=tarfile.USTAR_FORMAT)
    for name in ('toc.dat', '3587.dat', 'restore.sql'):
        m = tarfile.TarInfo(name)
        m.size = len(toc)
        w.addfile(m, io.BytesIO(toc))
    w.close()
    refused(put('dump.tar', t.getvalue()), says='pg_restore')
    refused(put('dump.bin', toc), says='pg_restore -f')
    d = path('in/fd')
    os.makedirs(d)
    put('fd/toc.dat', toc)
    put('fd/3587.dat', b'x')
    refused(d, says='pg_restore -f dump.sql')
    refused(d + '/toc.dat', says='folder')
    for name, content, says in (
        ('a.html', b'<!doctype html><html>Log in</html>', 'HTML'),
        ('a.lz4', b'\x04\x22\x4d\x18' + bytes(50), 'lz4 -d'),
        ('a.redis', b'1) 1) "1795257576893-0"\n   2) 1) "message"\n', 'redis-cli'),
        ('b.redis', b'"1795257576893-0","message","{}"\n', 'redis-cli'),
        ('3587.dat', '\t'.join(pg(v) for v in small()[0].values()) + '\n\\.\n', 'pg_restore'),
        ('a.7z', b'7z\xbc\xaf\x27\x1c' + bytes(50), '7z'),
        ('a.parquet', b'PAR1' + bytes(50), 'Parquet'),
        ('a.utf32', 'x'.encode('utf-32'), 'UTF-32'),
    ):
        refused(put(name, content), says=says)
    z = path('in/z.zip')
    w = zipfile.ZipFile(z, 'w')
    w.writestr('a.jsonl', jsonl(small()[:8]), zipfile.ZIP_DEFLATED)
    w.writestr('b.jsonl', jsonl(small()[8:]), zipfile.ZIP_STORED)
    w.close()
    f, j, _ = make(z)
    check(
        j['events'] == len(small())
        and [x['path'] for x in manifest_of(f)['inputs'][0]['files']]
        == ['z.zip', 'z.zip/a.jsonl', 'z.zip/b.jsonl']
        and manifest_of(f)['inputs'][0]['files'][0]['sha256']
        == hashlib.sha256(data(z)).hexdigest(),
        manifest_of(f)['inputs'],
    )
    b = bytearray(data(z))
    b[6] |= 1
    b[b.index(b'PK\1\2') + 8] |= 1
    refused(put('enc.zip', bytes(b)), says='encrypted')
    p = run(EXPORT, 'inspect', DUMP).stdout.decode()
    check(re.search(r'(\d+) bytes read: \1 understood, 0 kept as rejects', p), p)
    # a reject of more than a record holds, as one
    f, j, _ = make(put('long.sql', dump() + 'words ' * 400000 + '\n'), status=6)
    check(
        j['inputs'][0]['rejects'] == 1
        and not [x for x in verify(f, *VKEY, status=None)['findings'] if x['level'] == 'alarm'],
        j,
    )


@test
def inputs_service_behind_a_path():
    """The API's path goes behind the address; gzip is unpacked, said or not; a login page is HTML.
    """
    body = answer(
        sorted(small(), key=lambda r: (r['event_timestamp'], r['event_id']), reverse=True)
    )

    class H(BaseHTTPRequestHandler):
        def log_message(self, *a):
            pass

        def do_GET(self):
            mode, p = self.server.mode, self.path.split('?')[0]
            if mode == 'login':
                code, out, head = 200, b'  <html>who are you</html>', {}
            elif p != '/clusters/a/ds/api/v1/audit/events':
                code, out, head = 404, b'no', {}
            else:
                code, out, head = (
                    200,
                    body.encode() if mode == 'plain' else gzip.compress(body.encode()),
                    {'Content-Encoding': 'gzip'} if mode == 'gzip' else {},
                )
            self.send_response(code)
            [self.send_header(*x) for x in head.items()]
            self.send_header('Content-Length', str(len(out)))
            self.end_headers()
            self.wfile.write(out)

    s = ThreadingHTTPServer(('127.0.0.1', 0), H)
    threading.Thread(target=s.serve_forever, daemon=True).start()
    url = f'http://127.0.0.1:{s.server_port}'
    for s.mode in ('plain', 'gzip', 'silent gzip'):
        for tail in ('/clusters/a/ds', '/clusters/a/ds/', '/clusters/a/ds/api/v1/audit/events'):
            f, j, _ = make(url + tail)
            check(j['events'] == len(small()), (s.mode, tail, j))
    s.mode = 'login'
    refused(url, says='HTML')
    s.mode = 'plain'
    refused(url + '/other', says='/other/api/v1/audit/events.*404')
    s.shutdown()


@test
def inputs_lists_go_on_behind_what_is_none():
    """Words of a tool, forgotten or superfluous commas and a broken row cost a list nothing but
    themselves; what is no JSON is found by its id.
    """
    o = small()
    n = len(o)
    lines = json.dumps(o).replace('}, {"event_id"', '},\n{"event_id"').split('\n')
    page = json.dumps(json.loads(answer(o)), indent=2).split('\n')
    pretty = json.dumps(o, indent=2).split('\n')
    for words in (
        'pg_dump: warning: x',
        "can't \"do",
        'E1118 12:00:00.1 memcache.go:265] "Unhandled Error" {',
        '[error] x',
        '"x',
    ):
        for text, places in (
            (lines, (1, 5, n - 1)),
            (pretty, [k + 1 for k, l in enumerate(pretty) if l == '  },'][::5]),
            (page, [k + 1 for k, l in enumerate(page) if l == '    },'][::5]),
        ):
            for k in places:
                i = sums(look(put('l', '\n'.join(text[:k] + [words] + text[k:]))))
                check((i['events'], i['rejects'], kinds(i)) == (n, 1, []), (words, k, i))
        k = page.index('  ],') + 1
        i = sums(look(put('l', '\n'.join(page[:k] + [words] + page[k:]))))
        check(
            (i['events'], i['rejects'], kinds(i), marks(i)) == (n, 1, [], ['has-more', 'total']),
            (words, i),
        )
    for text in (lines, pretty, page):
        for k in (
            [4]
            if text is lines
            else [
                [
                    j
                    for j, l in enumerate(text)
                    if l.startswith((' ' * 6 if text is page else ' ' * 4) + '"event_type"')
                ][4]
            ]
        ):
            broken = '\n'.join(
                text[:k] + [text[k].replace('"event_type": "', '"event_type": ')] + text[k + 1 :]
            )
            f, j, _ = make(put('l', broken), status=6)
            check((j['events'], j['inputs'][0]['rejects']) == (n - 1, 1), (k, j))
            sums(look(put('l', broken)))
            v = verify(f, *VKEY, status=2)
            lost = [x for x in v['findings'] if x['id'] == 'S42']
            check(
                lost
                and lost[0]['event_ids'] == [o[4]['event_id']]
                and not [x for x in v['findings'] if x['level'] == 'alarm'],
                v['findings'],
            )
    for text in (
        json.dumps(o)[:-1] + ',]',
        '\n'.join(lines).replace('},\n', '}\n'),
        '\n'.join(lines)[1:-1],
        '\n'.join(pretty)[1:-1],
        ''.join('\x1e' + json.dumps(x) + '\n' for x in o),
    ):
        i = sums(look(put('l', text), status=0))
        check((i['events'], i['rejects'], kinds(i)) == (n, 0, []), (text[:40], i))
    whole = make(put('w', jsonl(o)))[0]
    bad = jsonl(o).replace('"event_type": "', '"event_type": ', 3)
    c = json.loads(
        run(
            EXPORT, 'reconcile', whole, '--source', put('b', bad), *VKEY, '-o', 'json', status=2
        ).stdout
    )['counts']
    check(not c['vanished'], c)
    twice = (
        '{"event_id": "'
        + o[0]['event_id']
        + '", "x": {"event_id": "'
        + o[1]['event_id']
        + '"}, broken}\n'
    )
    f, _, _ = make(put('t', jsonl(o[2:]) + twice), status=6)
    r = json.loads(run(EXHIBIT, 'cat', f, *VKEY, '--kind', 'reject').stdout)
    check('event_id' not in r, 'two ids are none')


def packed(files, form, end=True):
    out = io.BytesIO()
    if form == 'zip':
        w = zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED)
        [w.writestr(k, v) for k, v in files.items()]
        w.close()
        return out.getvalue()
    t = tarfile.open(fileobj=out, mode='w', format=tarfile.USTAR_FORMAT)
    for k, v in files.items():
        m = tarfile.TarInfo(k)
        v = v.encode() if isinstance(v, str) else v
        m.size = len(v)
        t.addfile(m, io.BytesIO(v))
    n = t.offset
    t.close()
    return out.getvalue() if end else out.getvalue()[:n]


@test
def inputs_folders_packed_or_not():
    """A folder, a tar and a ZIP of dumps, rows or pages are read alike, folders in them too; what
    is no input beside others is kept aside and named.
    """
    o = small()
    n = len(o)
    pages = {
        f'p/page-{k}.json': answer(
            o[k * 6 : k * 6 + 6], limit=6, offset=k * 6, total=n, has_more=k < 2
        )
        for k in range(3)
    }
    for form in ('tar', 'zip'):
        for files in (
            pages,
            {'dump.sql': dump(o)},
            {'rows.jsonl.gz': gzip.compress(jsonl(o).encode())},
            {
                'a/x.jsonl': jsonl(o[:8]),
                'b.jsonl': jsonl(o[8:]),
                'a/._x.jsonl': b'\0\5\x16\7' + bytes(60),
            },
        ):
            b = packed(files, form)
            for content in (b, gzip.compress(b)):
                i = sums(look(put('f.' + form, content), status=0))
                check((i['events'], i['rejects'], kinds(i)) == (n, 0, []), (form, list(files), i))
            p = run(EXPORT, 'inspect', '-', '-o', 'json', stdin=b)
            check(json.loads(p.stdout)['inputs'][0]['events'] == n, 'stdin')
        b = packed({'README': 'hello\n', 'rows.jsonl': jsonl(o), 'z.txt': ''}, form)
        i = sums(look(put('r.' + form, b), status=6))
        check(
            (i['events'], i['rejects'], kinds(i)) == (n, 1, ['not-read'])
            and 'README was not read' in said(i)
            and 'z.txt is empty' in said(i),
            i,
        )
        check(
            'unpack it and name' in refused(
                put('m.' + form, packed({'a.sql': dump(o), 'b.jsonl': jsonl(o)}, form)),
                says='several kinds',
            ),
            'kinds',
        )
        b = packed({'a.jsonl': jsonl(o[:8]), 'b.jsonl': jsonl(o[8:])}, form)
        for cut in (len(b) * 2 // 5, len(b) * 3 // 5):
            i = sums(look(put('c.' + form, b[:cut]), status=6))
            check(
                0 < i['events'] < n
                and 'cut' in kinds(i) + ['cut'] * (form == 'zip')
                and re.search('to its end', said(i)),
                (form, cut, i),
            )
    for b, what, kind in (
        (packed(pages, 'tar', end=False), 'empty blocks', 'cut'),
        (packed(pages, 'zip')[:-30], 'directory', 'cut'),
        (packed(pages, 'zip') + jsonl(o).encode(), 'behind the end', 'not-read'),
    ):
        f, j, _ = make(put('e', b), status=6)
        check(
            j['events'] == n and kinds(j['inputs'][0]) == [kind] and what in said(j['inputs'][0]), j
        )
        verify(f, *VKEY, status=2)
    check(
        kinds(look(put('e', packed(pages, 'zip') + bytes(700)), status=0)) == [],
        'zeros behind a ZIP are nothing',
    )
    b = packed({'rows.jsonl': jsonl(o)}, 'zip')
    refused(put('d.zip', b[:60] + bytes(8) + b[68:]), says='cannot be read to its end')
    d = path('in/deep')
    [put('deep/' + k, v) for k, v in pages.items()]
    check(look(d, status=0)['events'] == n, 'pages in a folder of the folder')
    os.mkfifo(d + '/pipe')
    os.symlink(path('in'), d + '/p/link')
    i = look(d, status=6)
    check(i['events'] == n and kinds(i) == ['not-read'] and W not in said(i), i)
    refused(put('nothing-here/a.txt', 'x\n').rsplit('/', 1)[0], says='not an input')


@test
def inputs_collections_many_or_cut():
    """Unpacked must-gathers side by side are so many inputs; one that is cut is kept as cut where
    its events were read, else refused, whatever it was packed in.
    """
    for k in ('g1', 'g2'):
        os.makedirs(path(f'several/x/{k}'))
        small_collection(path(f'several/x/{k}'))
    put('../several/README', 'hello')
    f, j, _ = make(path('several'))
    v = verify(f, *VKEY, status=2)
    check(
        [x['path'] for x in manifest_of(f)['inputs']] == ['several/x/g1', 'several/x/g2']
        and not [x for x in v['findings'] if x['level'] == 'alarm']
        and 'README' in said(j['inputs'][0])
        and W not in said(j['inputs'][0]),
        j,
    )

    def tar(order):
        subprocess.run(
            ['tar', 'cf', path('o.tar'), '--no-recursion', '-C', path('several/x/g1'), *order],
            check=True,
        )
        return data(path('o.tar'))

    names = [
        os.path.relpath(os.path.join(b, x), path('several/x/g1'))
        for b, _, l in os.walk(path('several/x/g1'))
        for x in l
        if not os.path.islink(os.path.join(b, x))
    ]
    ev = 'datastorage/audit-events.json'
    rest = sorted(set(names) - {ev})
    first, last = tar([ev] + rest), tar(rest + [ev])
    for packing in (lambda b: b, gzip.compress):
        i = sums(look(put('c.tar', packing(first)[: len(packing(first)) * 9 // 10])))
        check(i['events'] == len(small()) and ('cut' in kinds(i)), i)
        refused(
            put('c.tar', packing(last)[: len(packing(last)) // 3]),
            says='before its audit events',
            status=74,
        )
    i = sums(
        look(put('c.tar', first.rstrip(b'\0') + bytes(-len(first.rstrip(b'\0')) % 512)), status=6)
    )
    check(i['events'] == len(small()) and 'empty blocks' in said(i), i)
    f, _, _ = make(put('c.tar', first[: len(first) * 2 // 3]), status=6)
    v = verify(f, *VKEY, status=2)
    check(not [x for x in v['findings'] if x['level'] == 'alarm'], v['findings'])


@test
def inputs_collections_in_one_file_or_beside_others():
    """Each collection in a tar, a ZIP or a folder is an input of its own, and so is what else is
    read there; bytes behind are kept.
    """
    o = small()
    for k in ('one', 'two'):
        os.makedirs(path('col/' + k))
        small_collection(path('col/' + k))
    names = sorted(
        os.path.relpath(os.path.join(b, x), path('col'))
        for b, _, l in os.walk(path('col'))
        for x in l
        if not os.path.islink(os.path.join(b, x))
    )
    files = {k: data(path('col/' + k)) for k in names}
    n = look(path('col/one'))['events']
    # as tar writes them: what begins is not what tells that it is a collection
    files = dict(sorted(files.items(), key=lambda x: 'metadata' in x[0]))
    for form in ('tar', 'zip'):
        both = packed(files, form)
        one = packed({k: v for k, v in files.items() if k.startswith('one')}, form)
        two = packed({k: v for k, v in files.items() if k.startswith('two')}, form)
        f, j, _ = make(put('both.' + form, both))
        m = manifest_of(f)['inputs']
        check(
            [x['path'] for x in m] == [f'both.{form}/one', f'both.{form}/two']
            and all(x['collection']['root'] for x in m),
            m,
        )
        check(
            [x['rows'] for x in j['inputs']] == [n, n]
            and sum(x['bytes']['read'] for x in j['inputs']) >= sum(map(len, files.values())),
            j,
        )
        [sums(x) for x in j['inputs']]
        check(m[0]['files'][0]['sha256'] == hashlib.sha256(both).hexdigest(), m[0]['files'])
        verify(f, *VKEY, status=None)
        for k, (name, content) in enumerate((('a', one), ('b', gzip.compress(one)))):
            d = f'beside-{form}-{k}'
            put(f'{d}/{name}', content)
            put(f'{d}/x', two)
            j = json.loads(run(EXPORT, 'inspect', path('in/' + d), '-o', 'json', status=0).stdout)[
                'inputs'
            ]
            check([(x['kind'], x['rows']) for x in j] == [('must-gather', n)] * 2, j)
            # rows beside them are read as well
            put(f'{d}/rows.jsonl', jsonl(o))
            j = json.loads(run(EXPORT, 'inspect', path('in/' + d), '-o', 'json', status=0).stdout)[
                'inputs'
            ]
            check(
                sorted(x['kind'] for x in j) == ['must-gather', 'must-gather', 'rows-jsonl']
                and all(sums(x) for x in j),
                j,
            )
        # one unpacked, one packed beside it, or in its folder
        for k, where in enumerate(('u/x', 'u/one/x')):
            d = f'unpacked-{form}-{k}'
            for name, content in files.items():
                if name.startswith('one'):
                    put(f'{d}/u/{name}', content)
            put(f'{d}/{where}', two)
            put(f'{d}/README', 'hello')
            j = json.loads(run(EXPORT, 'inspect', path('in/' + d), '-o', 'json').stdout)['inputs']
            check(
                [(x['kind'], x['rows']) for x in j] == [('must-gather', n)] * 2
                and 'README' in said(j[0]),
                j,
            )
        # rows behind a tar of rows, and beside a collection in it
        b = packed({'a.jsonl': jsonl(o[:8])}, form) + jsonl(o[8:]).encode()
        for content in (b, gzip.compress(b)):
            i = sums(look(put('behind', content), status=6))
            check(
                i['events'] == 8
                and i['bytes']['rejected'] == len(jsonl(o[8:]).encode())
                and kinds(i) == ['not-read'],
                i,
            )
        j = json.loads(
            run(
                EXPORT,
                'inspect',
                put('mixed', packed({**files, 'rows.jsonl': jsonl(o)}, form)),
                '-o',
                'json',
            ).stdout
        )['inputs']
        check(
            [x['kind'] for x in j] == ['must-gather', 'must-gather', 'rows-jsonl']
            and j[2]['events'] == len(o),
            j,
        )
    # the events are there and hold nothing; packed by themselves
    ev = 'one/datastorage/audit-events.json'
    some = {k: v for k, v in files.items() if k.startswith('one')}
    for content in (b'', b'[]', b'{"data":[],"pagination":{"total":0,"has_more":false}}'):
        i = look(put('none.tar', packed({**some, ev: content}, 'tar')), status=None)
        check(
            'collector-limit' in kinds(i)
            and 'holds no audit event' in said(i)
            and 'refuses' not in said(i),
            i,
        )
    some[ev + '.gz'] = gzip.compress(some.pop(ev))
    i = sums(look(put('gz.tar', packed(some, 'tar'))))
    check(i['events'] == n and 'refuses' not in said(i), i)


@test
def inputs_what_people_hand_in():
    """Files put behind each other with their headers, rows inside a member, words between the rows
    of an INSERT; what psql prints for eyes, base64, old line ends: named with the way on.
    """
    o = small()
    n = len(o)
    cols = list(o[0])
    tuples = ['(' + ', '.join(map(literal, r.values())) + ')' for r in o]
    head = 'INSERT INTO audit_events (' + ', '.join(cols) + ') VALUES\n'
    for text in (
        as_csv(o[:9]) + as_csv(o[9:]),
        '\ufeff' + as_csv(o[:9]) + '\ufeff' + as_csv(o[9:]),
        jsonl([{'row_to_json': r} for r in o]),
        json.dumps({'select 1': [{'to_jsonb': r} for r in o]}),
        jsonl([{'x': 1, 'row_to_json': json.dumps(r)} for r in o]),
        json.dumps({'select 1': [{'row_to_json': json.dumps(r)} for r in o]}),
        json.dumps(
            {
                'took': 3,
                'hits': {'total': {'value': n}, 'hits': [{'_index': 'a', '_source': r} for r in o]},
            }
        ),
    ):
        i = sums(look(put('h', text), status=0))
        check((i['events'], i['rejects'], kinds(i)) == (n, 0, []), (text[:60], i))
    for words in ('kubectl: warning', '[note] x, y', 'E1118 1) "x" {'):
        i = sums(
            look(
                put(
                    'h',
                    head + ',\n'.join(tuples[:5] + [words + '\n' + tuples[5]] + tuples[6:]) + ';\n',
                )
            )
        )
        check((i['events'], i['rejects']) == (n, 1), (words, i))
    i = sums(look(put('h', letters(o).replace('\n', '\r\n')), status=0))
    check(i['kind'] == 'dead-letters' and i['rejects'] == 0, i)
    refused(
        put(
            'h',
            jsonl(
                [
                    {'type': 'events', 'payload': {k: v for k, v in r.items() if 'hash' not in k}}
                    for r in o
                ]
            ),
        ),
        says='event_id',
    )  # a dead letter was never stored
    part = jsonl(
        [
            {k: v for k, v in r.items() if k not in ('event_id', 'event_type')}
            | {'event_data': {'event_id': r['event_id'], 'event_type': 'x'}}
            for r in o
        ]
    )
    refused(put('h', part), says='event_id')
    line = lambda r: ' | '.join(
        '' if r[c] is None else json.dumps(r[c]) if isinstance(r[c], dict) else str(r[c])
        for c in cols
    )
    aligned = (
        ' | '.join(cols)
        + '\n'
        + '-+-'.join('-' * len(c) for c in cols)
        + '\n'
        + ''.join(line(r) + '\n' for r in o)
        + f'({n} rows)\n'
    )
    expanded = ''.join(
        f'-[ RECORD {k + 1} ]---\n' + ''.join(f'{c:20} | {r[c]}\n' for c in cols)
        for k, r in enumerate(o)
    )
    wrapped = ' jsonb_pretty \n--------------\n' + ''.join(
        '\n'.join(' ' + l.ljust(40) + '+' for l in json.dumps(r, indent=4).split('\n')[:-1])
        + '\n }\n'
        for r in o
    )
    for text, says in (
        (aligned, 'psql --csv'),
        (expanded, 'psql --csv'),
        (wrapped, 'psql --csv'),
        (base64.encodebytes(dump(o).encode()), 'base64 -d'),
        (dump(o).replace('\n', '\r'), "tr '"),
        (as_csv(o).replace('\n', '\r'), "tr '"),
        (as_csv(o).split('\n', 1)[1], 'names'),
        (
            json.dumps({'columns': cols, 'data': [[r[c] for c in cols] for r in o]}),
            r'jq -c .\.columns as \$c \| \.data\[\]',
        ),
    ):
        refused(put('h', text), says=says)


@test
def inputs_json_escaped_or_sorted_otherwise():
    """What json.dumps escapes and sort_keys moves says the same: no conflict, no change; another
    digit is one.
    """
    o = small()
    a = jsonl(o)
    other = json.dumps([{**r, 'event_data': dict(sorted(r['event_data'].items()))} for r in o])
    check('\\ud83d' in other, 'escaped')
    whole = make(put('w', a))[0]
    f, j, _ = make(put('w', a), put('x', other))
    check((j['events'], j['conflicts']) == (len(o), 0), j)
    c = json.loads(
        run(EXPORT, 'reconcile', whole, '--source', put('x', other), *VKEY, '-o', 'json').stdout
    )['counts']
    check(c['changed'] == 0, c)
    for was, now in (
        ('slack-alerts', 'slack-alertz'),
        ('"priority": "High"', '"priority": "High", "n": 1.0'),
    ):
        check(
            was in other
            and json.loads(
                run(
                    EXPORT,
                    'reconcile',
                    whole,
                    '--source',
                    put('x', other.replace(was, now, 1)),
                    *VKEY,
                    '-o',
                    'json',
                    status=11,
                ).stdout
            )['counts']['changed']
            == 1,
            was,
        )
    n = a.replace('"priority": "High"', '"priority": 1.0', 1)
    m = n.replace('"priority": 1.0', '"priority": 1.00')
    g = make(put('w', n))[0]
    run(EXPORT, 'reconcile', g, '--source', put('x', m), *VKEY, status=11)
