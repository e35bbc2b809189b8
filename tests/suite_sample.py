"""Samples: the draw, its worksheet as a workbook, and exact bounds (controls.md CT-11 to CT-14)."""

import csv, io
from fractions import Fraction
from math import comb
from harness import *
import suite_books
import openpyxl


def path(name):
    return os.path.join(W, 'sample--' + name)  # no other suite has such names


DRAW = ('--population', 'remediations', '--seed', '2026-12-01 lottery')


def trail():
    if 'sample' not in GOOD:
        GOOD['sample'] = archive('sample-trail', LC)[0]
    return GOOD['sample']


def worksheet(f, *more, status=0, key=VKEY, **kw):
    out = fresh(path('worksheet.xlsx'))
    p = run(EXHIBIT, 'sample', f, *key, *DRAW, *more, '--out', out, status=status, **kw)
    return suite_books.book(data(out)), p


def about(book):
    return [(r[0], r[1]) for r in suite_books.table(book['about'])[1]]


@test
def sample_worksheet_says_where_it_comes_from():
    f = trail()
    book, _ = worksheet(
        f,
        '-n',
        '3',
        '--seed-source',
        'lottery of Utopia',
        '--seed-date',
        '2026-12-01',
        '--period',
        '2026-11-01..2026-11-30',
        status=2,
    )
    say = dict(about(book))
    v = verify(f, *VKEY)['archive']['files'][0]
    check(
        list(book) == ['about', 'sample', 'apart', 'strata', 'bounds', 'rules', 'legend'],
        list(book),
    )
    check(
        say['seed'] == DRAW[3]
        and say['source of the seed'] == 'lottery of Utopia'
        and say['seed chosen on'] == '2026-12-01'
        and say['drawn'] == '3'
        and say['members'] == '5',
        say,
    )
    check(
        say['archive'] == f"a.exhibit, sha256 {hashlib.sha256(data(f)).hexdigest()}"
        and v['sha256'] in say['archive']
        and say['its checkpoint'] == f"{v['origin']} {v['next_position']} {v['root']}",
        say,
    )
    check(
        say['its origin'].startswith('proven')
        and say['period'] == '2026-11-01T00:00:00Z until before 2026-12-01T00:00:00Z'
        and 'no opinion' in say['what it is'],
        say,
    )
    o = json.loads(run(EXHIBIT, 'sample', f, *VKEY, *DRAW, '-n', '3', '-o', 'json').stdout)
    check(o['digest'] == say['digest of the sorted ids (SHA-256)'] and o['seed_source'] is None, o)
    words = json.dumps(book)
    check(
        'steer' not in words and 'cannot be' not in words and 'reproducible' in words,
        'reproducible, and no more',
    )
    # rules and legend: every attribute and every column
    head = book['sample'][0]
    check([r[0] for r in suite_books.table(book['legend'])[1]] == head, head)
    rules = suite_books.table(book['rules'])[1]
    check(
        [f'{r[0]}_{r[1]}' for r in rules] == [h for h in head if re.match('[A-H]_', h)]
        and all(r[4] and r[5] for r in rules),
        rules,
    )
    given = path('s.yaml')
    open(given, 'w').write(
        'entity: ACME\nsystem: Kubernaut\nprepared_by: J. Doe\nperiod: 2026-11-17..2026-11-20\n'
    )
    book, _ = worksheet(f, '-n', '3', '--policy', given, status=None)
    say = dict(about(book))
    check(
        (say['entity'], say['system'], say['prepared by']) == ('ACME', 'Kubernaut', 'J. Doe')
        and say['policy (SHA-256)'] == hashlib.sha256(data(given)).hexdigest()
        and say['period'].startswith('2026-11-17'),
        say,
    )


@test
def sample_worksheet_equals_the_csv():
    f = trail()
    for more in (
        ('-n', '2'),
        ('-n', '1', '--by', 'path'),
        ('-n', '2', '--after', '2', '--judgemental', 'rr-a0cd'),
    ):
        rows_ = list(
            csv.reader(
                io.StringIO(
                    run(EXHIBIT, 'sample', f, *VKEY, *DRAW, *more, '-o', 'csv').stdout.decode(),
                    newline='',
                )
            )
        )
        book, _ = worksheet(f, *more)
        sheet = [suite_books.table(book[s]) for s in ('sample', 'apart')]
        check(rows_[0] == sheet[0][0] == sheet[1][0], rows_[0])
        text = lambda c: '' if c is None else str(c)
        check(rows_[1:] == [[text(c) for c in r] for s in sheet for r in s[1]], (more, rows_[1:]))
    ids = [
        r['correlation_id']
        for r in json.loads(
            run(EXHIBIT, 'sample', f, *VKEY, *DRAW, '-n', '9', '-o', 'json').stdout
        )['items']
    ]
    o = json.loads(
        run(
            EXHIBIT,
            'sample',
            f,
            *VKEY,
            *DRAW,
            '-n',
            '1',
            '--judgemental',
            ids[0],
            '--judgemental',
            ids[-1],
            '-o',
            'json',
        ).stdout
    )
    check(
        o['judgemental']
        == [
            {'correlation_id': ids[0], 'member': True, 'drawn': True},
            {'correlation_id': ids[-1], 'member': True, 'drawn': False},
        ],
        o['judgemental'],
    )
    plain = json.loads(run(EXHIBIT, 'sample', f, *VKEY, *DRAW, '-n', '1', '-o', 'json').stdout)
    check(plain['bounds'] == o['bounds'], 'what the auditor chose enters no bound')
    run(EXHIBIT, 'sample', f, *VKEY, *DRAW, '-n', '1', '--judgemental', 'rr-nobody', status=66)


@test
def sample_says_that_it_is_fewer():
    f = trail()
    book, _ = worksheet(f, '-n', '9')
    fewer = [v for k, v in about(book) if k == 'FEWER THAN ASKED FOR']
    check(len(fewer) == 1 and fewer[0].startswith('5 instead of 9'), fewer)
    book, _ = worksheet(f, '-n', '2', '--by', 'path')
    fewer = [v for k, v in about(book) if k == 'FEWER THAN ASKED FOR']
    strata = suite_books.table(book['strata'])[1]
    check(
        len(fewer) == sum(r[3] < 2 for r in strata) > 0
        and all(any(r[0] in x for x in fewer) for r in strata if r[3] < 2),
        fewer,
    )
    check(
        b'FEWER       5 of the 9' in run(EXHIBIT, 'sample', f, *VKEY, *DRAW, '-n', '9').stdout,
        'the screen',
    )
    check(
        not [k for k, _ in about(worksheet(f, '-n', '5')[0]) if 'FEWER' in k],
        'as many as asked for',
    )
    book, _ = worksheet(f, '-n', '1', '--period', '2001-01..2001-02', status=2)
    check(
        [v for k, v in about(book) if 'FEWER' in k] == ['nothing: the population has no member']
        and any(k == 'KNOWN TO BE MISSING' for k, _ in about(book)),
        about(book),
    )


@test
def sample_bounds_are_exact():
    f = trail()
    o = json.loads(run(EXHIBIT, 'sample', f, *VKEY, *DRAW, '-n', '3', '-o', 'json').stdout)
    check(
        o['bounds'] and all(b['confidence'] == '95 %' and b['tested'] for b in o['bounds']),
        o['bounds'],
    )
    hands = [b for b in o['bounds'] if b['attribute'] is None]
    check(
        {b['deviations'] for b in hands} == {0, 1, 2, 3}
        and {(b['population'], b['tested']) for b in hands} == {(5, 3)},
        hands,
    )
    for b in o['bounds']:
        N, n, x = b['population'], b['tested'], b['deviations']
        if b['method'] == 'hypergeometric':
            most = max(
                K
                for K in range(x, N - n + x + 1)
                if 20 * sum(comb(K, i) * comb(N - K, n - i) for i in range(x + 1)) > comb(N, n)
            )
            check(b['bound'].startswith(f'{most} of {N} ('), (b, most))
        elif b['side'] == 'upper, one-sided':
            p = Fraction(b['bound'][:-2].replace('.', '')) / 10000
            cdf = lambda p: sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(x + 1))
            half = Fraction(1, 20000)
            check(
                (p == 1 or cdf(p + half) <= Fraction(1, 20))
                and (p == 0 or cdf(p - half) > Fraction(1, 20)),
                b,
            )
    # exceptions of the draw are its deviations: everything that nobody on the list decided
    open(path('nobody.yaml'), 'w').write('approvers: [nobody]\n')
    o = json.loads(
        run(
            EXHIBIT,
            'sample',
            f,
            *VKEY,
            *DRAW,
            '-n',
            '5',
            '--policy',
            path('nobody.yaml'),
            '-o',
            'json',
        ).stdout
    )
    g = [b for b in o['bounds'] if b['attribute'] == 'G'][0]
    found = sum(i['attributes']['G'].startswith('exception') for i in o['items'])
    check(found and g['deviations'] == found == g['tested'] and g['rule'] == 'AP-19', g)


@test
def sample_worksheet_has_the_same_bytes_everywhere():
    f = trail()
    d = path('sample-elsewhere')
    os.makedirs(d)
    shutil.copyfile(f, d + '/a.exhibit')
    one = worksheet(f, '-n', '4', '--by', 'month') and data(path('worksheet.xlsx'))
    env = dict(os.environ, TZ='Pacific/Auckland', LC_ALL='de_DE.UTF-8', TMPDIR='/nonexistent')
    run(
        EXHIBIT,
        'sample',
        'a.exhibit',
        *VKEY,
        *DRAW,
        '-n',
        '4',
        '--by',
        'month',
        '--out',
        'w.xlsx',
        cwd=d,
        env=env,
        status=0,
    )
    check(data(d + '/w.xlsx') == one, 'bytes')
    check(sorted(os.listdir(d)) == ['a.exhibit', 'w.xlsx'], os.listdir(d))


@test
def sample_worksheet_of_bad_evidence():
    f = trail()
    book, p = worksheet(f, '-n', '2', key=[])
    say = about(book)
    check([v for k, v in say if k == 'its origin'][0].startswith('NOT PROVEN'), say)
    cut = path('cut.sql')
    b = data(LC)
    at = b.index(b'COPY public.audit_events_2026_11')
    open(cut, 'wb').write(b[: b.index(b'\n', at + len(b[at:]) // 3) + 1])
    half, _, _ = archive('sample-half', cut, status=None)
    book, _ = worksheet(half, '-n', '2', status=None)
    say = about(book)
    check(
        [v for k, v in say if k == 'KNOWN TO BE MISSING']
        and any(k == 'lower bounds' for k, _ in say),
        say,
    )
    for evil in ('=cmd|x', '_x0041_', '<b>&"', 'a\u202eb'):
        out = fresh(path('evil.xlsx'))
        run(
            EXHIBIT,
            'sample',
            f,
            *VKEY,
            '--population',
            'remediations',
            '-n',
            '1',
            '--seed',
            evil,
            '--out',
            out,
            status=0,
        )
        seed = dict(about(suite_books.book(data(out))))['seed']
        check(seed == evil.replace('\u202e', '\\u202e'), (evil, seed))
    for bad in (
        ('--out', path('x.csv')),
        ('--out', '.xlsx'),
        ('--out', path('w.xlsx'), '-o', 'csv'),
        ('--by', 'path', '--strata', 'month'),
        ('--by', 'colour'),
    ):
        check(
            run(EXHIBIT, 'sample', f, *VKEY, *DRAW, '-n', '1', *bad, status=64).stdout == b'', bad
        )
    check(
        run(
            EXHIBIT, 'sample', f, *VKEY, *DRAW, '-n', '1', '--out', '/nonexistent/w.xlsx', status=73
        ).stdout
        == b'',
        'no folder',
    )


@test
def sample_as_a_file():
    """CT-15: what report --sample reads is what -o json prints, and says what it was drawn from"""
    f = trail()
    asked = ['--population', 'remediations', '-n', '3', '--seed', 'x', '--judgemental']
    first = run(EXHIBIT, 'list', f, '-o', 'jsonl').stdout.splitlines()[0]
    asked += [json.loads(first)['correlation_id']]
    out = fresh(path('sample.json'))
    run(EXHIBIT, 'sample', f, *VKEY, *asked, '--out', out, status=0)
    x = json.loads(data(out))
    y = json.loads(run(EXHIBIT, 'sample', f, *VKEY, *asked, '-o', 'json').stdout)
    check({k: x[k] for k in y} == y, 'the same')
    check(
        x['format'] == 'exhibit-sample/1'
        and x['period'] is x['cluster'] is x['parameters_sha256'] is None
        and x['archives']
        == [{'file': os.path.basename(f), 'sha256': hashlib.sha256(data(f)).hexdigest()}]
        and len(x['items']) == 3
        and x['judgemental'][0]['correlation_id'] == asked[-1],
        x,
    )
    policy = path('sample.yaml')
    open(policy, 'w').write('period: 2026-11-17..2026-11-18\n')
    asked = [*asked[:6], '--policy', policy]
    run(EXHIBIT, 'sample', f, *VKEY, *asked, '--out', fresh(path('sample.json')), status=None)
    x = json.loads(data(out))
    check(
        x['period'] == '2026-11-17..2026-11-18'
        and x['parameters_sha256'] == hashlib.sha256(data(policy)).hexdigest(),
        x,
    )
    run(EXHIBIT, 'sample', f, *VKEY, *asked, '--out', path('sample.txt'), status=64)
