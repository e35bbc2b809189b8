"""Bundles: everything to hand on, the same bytes wherever it is made, and a check that makes all of
it again (bundle.md).
"""

import csv, datetime, io, uuid, warnings, zipfile
import yaml
from harness import *
import suite_books


def path(name):
    return os.path.join(W, 'bundle--' + name)  # no other suite has such names


SAMPLE = ('--population', 'remediations', '-n', '2', '--seed', 'lottery 7')


def trail():
    if 'bundle' not in GOOD:
        GOOD['bundle'] = archive('bundle-trail', LC)[0]
    return GOOD['bundle']


def bundle(name, *more, f=None, key=VKEY, status=0, **kw):
    out = path(name)
    p = run(
        EXHIBIT,
        'bundle',
        *(f if isinstance(f, list) else [f or trail()]),
        *key,
        *more,
        '--out',
        out,
        status=status,
        **kw,
    )
    return out, p


def files(d):
    return {
        os.path.relpath(os.path.join(w, n), d): data(os.path.join(w, n))
        for w, _, names in os.walk(d)
        for n in names
    }


def whole():
    if 'whole-bundle' not in GOOD:
        GOOD['whole-bundle'] = bundle('whole', *SAMPLE)[0]
    return GOOD['whole-bundle']


def sums(d):
    """SHA256SUMS written anew, by somebody who wants nothing to be seen"""
    lines = sorted(
        (n, hashlib.sha256(b).hexdigest()) for n, b in files(d).items() if n != 'SHA256SUMS'
    )
    open(d + '/SHA256SUMS', 'w').write(''.join(f'{h}  {n}\n' for n, h in lines))


def verdict(d, *more, key=VKEY, status=None):
    p = run(EXHIBIT, 'bundle', '--check', d, *key, *more, status=status)
    return p.returncode, p.stdout.decode()


@test
def bundle_holds_what_it_says():
    d = whole()
    got = files(d)
    text = got['README.txt'].decode()
    lines = dict(l.split('  ')[::-1] for l in got['SHA256SUMS'].decode().splitlines())
    check(
        list(lines) == sorted(lines)
        and lines
        == {n: hashlib.sha256(b).hexdigest() for n, b in got.items() if n != 'SHA256SUMS'},
        'SHA256SUMS',
    )
    check(got['archives/a.exhibit'] == data(trail()), 'the archive untouched')
    v = verify(trail(), *VKEY)
    w = json.loads(got['verify.json'])
    check('tool' not in w and w['archive']['files'][0]['path'] == 'a.exhibit', w)
    v.pop('tool')
    check(json.loads(json.dumps(v).replace(trail(), 'a.exhibit')) == w, 'the verdict')
    for n in (
        'report.html',
        'workbook.xlsx',
        'exceptions.csv',
        'population-approved.csv',
        'sample-worksheet.xlsx',
        'policy-defaults.yaml',
        'analysis.json',
        'custody.json',
        'oscal-assessment-results.json',
        'timesketch/a.exhibit.jsonl',
        'statement.intoto.json',
        'bundle.json',
        'key-receipt.txt',
        'user-entity-controls.txt',
    ):
        check(n in got and got[n], n)
    check(
        {
            'rules/' + n: data(f'{TOP}/rules/{n}')
            for n in os.listdir(TOP + '/rules')
            if n.endswith('.sql')
        }
        == {n: b for n, b in got.items() if n.startswith('rules/')},
        'the rules',
    )
    check(
        got[[n for n in got if n.startswith('keys/')][0]] == data(VKEY[1]),
        'the key as keygen wrote it',
    )
    one = run(EXHIBIT, 'reconstruct', trail(), *VKEY, '--all', '--out-dir', path('bundle-yaml'))
    check(
        {n: b for n, b in files(path('bundle-yaml')).items()}
        == {n[8:]: b for n, b in got.items() if n.startswith('rebuilt/')},
        'rebuilt',
    )
    check(
        json.loads(got['analysis.json'])
        == json.loads(run(EXHIBIT, 'analysis', trail(), *VKEY, '-o', 'json').stdout),
        'analysis',
    )
    run(EXHIBIT, 'sample', trail(), *VKEY, *SAMPLE, '--out', path('bundle-sample.xlsx'))
    check(data(path('bundle-sample.xlsx')) == got['sample-worksheet.xlsx'], 'the worksheet')
    drawn = path('bundle-sample.json')
    run(EXHIBIT, 'sample', trail(), *VKEY, *SAMPLE, '--out', drawn)
    report = path('bundle-report.html')
    run(EXHIBIT, 'report', trail(), *VKEY, '--sample', drawn, '--out', report)
    check(data(report) == got['report.html'], 'the report')
    for n in got:
        top = n.split('/')[0]
        check(
            n == 'SHA256SUMS'
            or n == 'README.txt'
            or n.split('.')[0] in text
            or top + '/' in text
            or n.startswith('population-')
            or top.split('.')[0] in re.findall(r'[a-z]+', text),
            ('README.txt names it', n),
        )
    for n in ('README.txt', 'key-receipt.txt', 'user-entity-controls.txt'):
        for line in got[n].decode().splitlines():
            digest = re.search(r'[0-9a-f]{64}|([0-9a-f]{4} ){15}', line)
            check(len(line) <= 80 or digest, ('the plainest editor', n, line))
    check(
        'no opinion' in text
        and 'NO ALTERATION FOUND' in text
        and v['archive']['files'][0]['root'] in text
        and hashlib.sha256(data(trail())).hexdigest() in text,
        text,
    )


@test
def bundle_tables_are_sheets():
    d = whole()
    book = suite_books.book(data(d + '/workbook.xlsx'))
    for name, rows_ in book.items():
        head, cells, _ = suite_books.table(rows_)
        text = lambda c: '' if c is None else str(c)
        table = list(csv.reader(io.StringIO(data(f'{d}/{name}.csv').decode(), newline='')))
        # a formula's start has an apostrophe in CSV alone (X-1, CT-12)
        check(
            table[0] == head
            and [[c.lstrip("'") for c in r] for r in table[1:]]
            == [[text(c).lstrip("'") for c in r] for r in cells],
            name,
        )
    pops = json.loads(run(EXHIBIT, 'populations', trail(), *VKEY, '--ids', '-o', 'json').stdout)[
        'populations'
    ]
    for name, p in pops.items():
        ids = [
            r['correlation_id']
            for r in csv.DictReader(
                io.StringIO(data(f'{d}/population-{name}.csv').decode(), newline='')
            )
        ]
        check(ids == p['ids'], name)
    got = {r[0]: (r[1], r[5]) for r in suite_books.table(book['populations'])[1]}
    check(got == {n: (p['count'], p['digest']) for n, p in pops.items()}, got)
    rules = json.loads(run(EXHIBIT, 'controls', trail(), *VKEY, '-o', 'json').stdout)['rules']
    check(
        [(r[0], r[6], r[7], r[8], r[9], r[11]) for r in suite_books.table(book['tests'])[1]]
        == [
            (
                r['id'],
                r['population'],
                r['tested'],
                r['passed'],
                len(r['exceptions']),
                len(r['not_testable']),
            )
            for r in rules
        ],
        'tests',
    )
    check(
        [(r[1], r[3], r[4]) for r in suite_books.table(book['exceptions'])[1]]
        == [(r['id'], x['correlation_id'], x['sentence']) for r in rules for x in r['exceptions']],
        'exceptions',
    )


@test
def bundle_has_the_same_bytes_everywhere():
    one = files(whole())
    other = archive('bundle-second', FIX + '/purged.jsonl')[0]
    os.rename(other, os.path.dirname(other) + '/b.exhibit')
    other = os.path.dirname(other) + '/b.exhibit'
    d = path('bundle-elsewhere')
    os.makedirs(d)
    shutil.copyfile(trail(), d + '/a.exhibit')
    shutil.copyfile(VKEY[1], d + '/k')
    env = dict(
        os.environ,
        TZ='Pacific/Auckland',
        LC_ALL='de_DE.UTF-8',
        LANG='tr_TR.UTF-8',
        TMPDIR='/nonexistent',
        COLUMNS='40',
    )
    run(
        EXHIBIT, 'bundle', 'a.exhibit', '-k', 'k', *SAMPLE, '--out', 'out', cwd=d, env=env, status=0
    )
    two = files(d + '/out')
    check(
        one.keys() == two.keys() and not [n for n in one if one[n] != two[n]],
        [n for n in one if one[n] != two.get(n)],
    )
    # in a zip, and several files in any order
    z = path('whole.zip')
    run(EXHIBIT, 'bundle', trail(), *VKEY, *SAMPLE, '--out', z, env=env)
    zf = zipfile.ZipFile(z)
    check(zf.testzip() is None and {n: zf.read(n) for n in zf.namelist()} == one, 'zip')
    check({i.date_time for i in zf.infolist()} == {(1980, 1, 1, 0, 0, 0)}, 'times')
    b = data(z)
    os.remove(z)
    run(EXHIBIT, 'bundle', trail(), *VKEY, *SAMPLE, '--out', z)
    check(data(z) == b, 'the zip')
    x, y = (
        files(bundle(n, f=fs, status=None)[0])
        for n, fs in (('order-1', [trail(), other]), ('order-2', [other, trail()]))
    )
    check(x == y and 'archives/b.exhibit' in x, 'order')
    given = path('bundle.yaml')
    open(given, 'w').write(
        'entity: ACME\nperiod: 2026-11-17..2026-11-18\nparameters: {fast_decision: 5}\n'
    )
    d, _ = bundle('with-policy', '--policy', given, status=None)
    check(
        data(d + '/policy.yaml') == data(given)
        and not os.path.exists(d + '/policy-defaults.yaml')
        and b'ACME' in data(d + '/README.txt'),
        'policy',
    )
    code, text = verdict(d)
    check(' 0 differ' in text, text)


@test
def bundle_check_finds_what_was_changed():
    """twenty mutations; in all but the first the sums are written anew"""
    good_ = whole()
    code, text = verdict(good_)
    check(code == 0 and ' 0 differ' in text, text)

    def change(n, a, b):
        def f(d):
            p = f'{d}/{n}'
            old = data(p)
            check(a in old, (n, a))
            open(p, 'wb').write(old.replace(a, b, 1))

        return f

    def edit_book(d):
        src = zipfile.ZipFile(d + '/workbook.xlsx')
        out = io.BytesIO()
        z = zipfile.ZipFile(out, 'w')
        for i in src.infolist():
            z.writestr(i, src.read(i).replace(b'AP-01', b'AP-99'))
        z.close()
        open(d + '/workbook.xlsx', 'wb').write(out.getvalue())

    def edit_cell(d):
        src = zipfile.ZipFile(d + '/workbook.xlsx')
        out = zipfile.ZipFile(path('cell.xlsx'), 'w', zipfile.ZIP_DEFLATED)
        for i in src.infolist():
            b = src.read(i)
            if i.filename == 'xl/worksheets/sheet5.xml':
                check(b'<v>' in b, 'a sheet with cells')
                b = re.sub(rb'<v>(\d+)</v>', lambda m: b'<v>%d</v>' % (int(m[1]) ^ 1), b, count=1)
            out.writestr(i, b)
        out.close()
        shutil.copyfile(path('cell.xlsx'), d + '/workbook.xlsx')

    def swap(d):
        by_size = {}
        for n, b in sorted(files(d).items()):
            by_size.setdefault(len(b), []).append(n)
        same = [ns for ns in by_size.values() if len(ns) > 1 and data(f'{d}/{ns[0]}')]
        pairs = [ns for ns in same if data(f'{d}/{ns[0]}') != data(f'{d}/{ns[1]}')]
        a, b = pairs[0][:2]
        os.rename(f'{d}/{a}', d + '/x')
        os.rename(f'{d}/{b}', f'{d}/{a}')
        os.rename(d + '/x', f'{d}/{b}')

    def reorder(d):
        c = json.loads(data(d + '/custody.json'))
        turned = json.dumps(dict(reversed(c.items())), separators=(',', ':'))
        open(d + '/custody.json', 'w').write(turned + '\n')

    other = archive('bundle-other', FIX + '/purged.jsonl')[0]
    rebuilt = [n for n in files(good_) if n.startswith('rebuilt/')][0]
    key = [n for n in files(good_) if n.startswith('keys/')][0]
    mutations = {
        'a file missing': lambda d: os.remove(d + '/exceptions.csv'),
        'a population missing': lambda d: os.remove(d + '/population-approved.csv'),
        'a file added': lambda d: open(d + '/notes.txt', 'w').write('x'),
        'a file added in a folder': lambda d: open(d + '/rules/AP-00.sql', 'w').write('select 1'),
        'an archive added': lambda d: shutil.copyfile(other, d + '/archives/z.exhibit'),
        'an archive replaced': lambda d: shutil.copyfile(other, d + '/archives/a.exhibit'),
        'report': change('report.html', b'</h2>', b' </h2>'),
        'workbook': edit_book,
        'population': change('population-remediations.csv', b'rr-', b'RR-'),
        'verdict': change('verify.json', b'"verified"', b'"altered"'),
        'analysis': change('analysis.json', b'1', b'2'),
        'rule': (
            change('rules/AP-01.sql', b'SELECT', b'SELECT 1,')
            if b'SELECT' in data(good_ + '/rules/AP-01.sql')
            else change('rules/AP-01.sql', b'select', b'SELECT')
        ),
        'rebuilt object': change(
            rebuilt, b'kind: RemediationRequest', b'kind: RemediationRequests'
        ),
        'OSCAL': change('oscal-assessment-results.json', b'satisfied', b'Satisfied'),
        'timeline': change('timesketch/a.exhibit.jsonl', b'"timestamp":', b'"timestamp":1'),
        'statement': change('statement.intoto.json', b'"verified"', b'"Verified"'),
        'custody': change('custody.json', b'null', b'"%s"' % (b'0' * 64)),
        'README': change('README.txt', b'NO ALTERATION', b'NO ALTERATIONS'),
        'seed': change('bundle.json', b'lottery 7', b'lottery 8'),
        'period': change('bundle.json', b'"period":null', b'"period":"2026-11-17..2026-11-17"'),
        'policy': change('policy-defaults.yaml', b'fast_decision: 10', b'fast_decision: 1'),
        'a policy added': (
            lambda d: open(d + '/policy.yaml', 'w').write('parameters: {fast_decision: 100000}\n')
        ),
        'sample': lambda d: open(d + '/sample-worksheet.xlsx', 'ab').write(b'\0'),
        'a link': lambda d: (
            os.remove(d + '/tests.csv'),
            os.symlink(good_ + '/tests.csv', d + '/tests.csv'),
        ),
        'key': change(key, b'demo.example', b'Demo.example'),
        'two files of one size swapped': swap,
        'a cell of the workbook, all sums redone': edit_cell,
        'custody.json in another order': reorder,
        'line ends of Windows': (
            lambda d: open(d + '/exceptions.csv', 'wb').write(
                data(good_ + '/exceptions.csv').replace(b'\n', b'\r\n')
            )
        ),
        'a second name that differs by case': (
            lambda d: shutil.copyfile(d + '/report.html', d + '/Report.html')
        ),
        'an archive once more, by case': (
            lambda d: shutil.copyfile(d + '/archives/a.exhibit', d + '/archives/A.exhibit')
        ),
        'a folder with nothing in it': lambda d: os.makedirs(d + '/appendix'),
        'a workbook cut': lambda d: os.truncate(d + '/workbook.xlsx', 9000),
        'another version of the tool': change('bundle.json', b'"exhibit ', b'"exhibit 9.'),
        'a kind of bundle without a name': change('bundle.json', b'"exhibit-bundle/1"', b'""'),
        'a link to an archive': lambda d: (
            os.remove(d + '/archives/a.exhibit'),
            os.symlink(trail(), d + '/archives/a.exhibit'),
        ),
        'a pipe for an archive': lambda d: os.mkfifo(d + '/archives/b.exhibit'),
        'a pipe for a key': lambda d: os.mkfifo(d + '/keys/b.vkey'),
        'a link to the recipe': lambda d: (
            os.remove(d + '/bundle.json'),
            os.symlink(good_ + '/bundle.json', d + '/bundle.json'),
        ),
        'a pipe among the attestations': lambda d: (
            os.makedirs(d + '/attestation'),
            os.mkfifo(d + '/attestation/x.sums'),
        ),
        'one byte of the archive': lambda d: (
            lambda b: open(d + '/archives/a.exhibit', 'wb').write(
                b[:20000] + bytes([b[20000] ^ 1]) + b[20001:]
            )
        )(data(d + '/archives/a.exhibit')),
    }
    for k, (what, mutate) in enumerate(mutations.items()):
        d = path(f'mutation-{k}')
        shutil.copytree(good_, d)
        mutate(d)
        if k and 'pipe' not in what:
            sums(d)
        code, text = verdict(d)
        check('version' not in what or 'exhibit 9.' in text, text)
        check(code not in (0, 3), (what, code, text))
        check(code in (1, 2, 4, 5, 11, 65), (what, code, text))
        shutil.rmtree(d)
    check(len(mutations) >= 35, 'twenty, and those of another day')
    # what is not in the bytes is not in the bundle: modes and times of files travel otherwise
    d = path('modes')
    shutil.copytree(good_, d)
    for n in files(d):
        os.chmod(f'{d}/{n}', 0o600)
        os.utime(f'{d}/{n}', (0, 0))
    check(verdict(d)[0] == 0, 'modes')
    d = path('sums')
    shutil.copytree(good_, d)
    open(d + '/SHA256SUMS', 'a').write('0' * 64 + '  nothing\n')
    check(verdict(d)[0] == 11, 'the sums themselves')


def zipped(name, d):
    """a folder packed by somebody's tool"""
    with zipfile.ZipFile(name, 'w', zipfile.ZIP_DEFLATED) as z:
        for n, b in sorted(files(d).items()):
            z.writestr(n, b)
    return name


def local_name(b, name, other):
    """the first head of an entry names another file than the directory does"""
    at = b.index(b'PK\3\4' + b[4:26] + len(name).to_bytes(2, 'little'))
    check(b[at + 30 : at + 30 + len(name)] == name, b[at : at + 60])
    return b[: at + 30] + other + b[at + 30 + len(name) :]


@test
def bundle_check_of_a_zip():
    """the same bundle, whoever packed it; and what a hostile zip may say (X-7)"""
    d = whole()
    tmp = path('tmp')
    os.makedirs(tmp)
    env = dict(os.environ, TMPDIR=tmp)

    def checked(f, key=VKEY, **kw):
        p = run(EXHIBIT, 'bundle', '--check', f, *key, env=env, status=None, **kw)
        check(os.listdir(tmp) == [], (f, 'nothing of it lies about'))
        return p.returncode, p.stdout.decode(), p.stderr.decode()

    want = verdict(d)[1]
    ours, theirs, whole_folder = (path(n) for n in ('zip-1.zip', 'zip-2.zip', 'zip-3.zip'))
    run(EXHIBIT, 'bundle', trail(), *VKEY, *SAMPLE, '--out', ours)
    zipped(theirs, d)
    shutil.make_archive(whole_folder[:-4], 'zip', os.path.dirname(d), os.path.basename(d))
    for f in (ours, theirs, whole_folder):
        code, text, err = checked(f)
        check(code == 0 and text == want, (f, code, text, err))
    check(checked(ours, key=[])[0] == 3, 'without a key')
    # a file changed, added, missing; a name that another system would take for the same
    c = path('zip-c')
    shutil.copytree(d, c)
    open(c + '/report.html', 'a').write(' ')
    os.remove(c + '/tests.csv')
    open(c + '/REPORT.html', 'a').write(' ')
    code, text, err = checked(zipped(path('zip-c.zip'), c))
    check(code == 11 and ' 3 differ' in text and 'REPORT.html: no file of' in text, text)
    shutil.copyfile(ours, path('zip-4.zip'))
    good_ = data(theirs)
    link = zipfile.ZipInfo('tests2.csv')
    link.external_attr = 0o120777 << 16

    def more(*entries, kind=zipfile.ZIP_DEFLATED):
        shutil.copyfile(theirs, path('zip-x.zip'))
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            with zipfile.ZipFile(path('zip-x.zip'), 'a', kind) as z:
                for n, b in entries:
                    z.writestr(n, b)
        return data(path('zip-x.zip'))

    def lied_size(b):
        """the directory says that the last entry is smaller than it is"""
        at = b.rindex(b'PK\1\2')
        return b[: at + 24] + (1).to_bytes(4, 'little') + b[at + 28 :]

    bad = {
        'a bomb': (more(('bomb', bytes(300 << 20))), 'a hundred times'),
        'a lie about a size': (lied_size(more(('z', bytes(5000)))), 'z: it is damaged'),
        'a name twice': (more(('report.html', b'x')), 'report.html: it is here twice'),
        'an absolute path': (more(('/etc/x', b'x')), '/etc/x: its name is an absolute path'),
        'a drive': (more(('C:/x', b'x')), 'absolute path'),
        'a way out': (more(('rules/../../x', b'x')), 'rules/../../x: its name has a part'),
        'a way out at the end': (more(('rules/..', b'x')), 'rules/..: its name has a part'),
        'another way out': (more(('..\\x', b'x')), 'backslash'),
        'an empty part': (more(('rules//x', b'x')), 'part that is empty'),
        'an escape': (more(('\x1b[2J', b'x')), 'control character'),
        'a link': (more((link, b'/etc/passwd')), 'tests2.csv: it is a link'),
        'another method': (more(('x', b'x' * 99), kind=zipfile.ZIP_BZIP2), 'another method'),
        'another name in front': (
            local_name(good_, b'README.txt', b'readme.txt'),
            'README.txt: the directory of the zip and the entry itself',
        ),
        'a password': (
            (lambda b: (lambda i: b[: i + 8] + b'\1' + b[i + 9 :])(b.index(b'PK\1\2')))(good_),
            'it has a password',
        ),
        'cut': (good_[: len(good_) // 2], 'cut or damaged'),
        'bytes in front': (b'#!/bin/sh\n' + good_, 'it is no zip'),
        'empty': (b'PK\5\6' + bytes(18), 'it is no zip'),
        'no zip': (b'x', 'it is no zip'),
        'a byte of a file': (
            (lambda i: good_[:i] + bytes([good_[i] ^ 1]) + good_[i + 1 :])(len(good_) // 2),
            'it is damaged',
        ),
    }
    for what, (b, words) in bad.items():
        f = path('zip-bad.zip')
        open(f, 'wb').write(b)
        code, text, err = checked(f)
        check(code == 65 and words in err and tmp not in err, (what, code, text, err))
        check('\x1b' not in err, (what, err))
    # a file where a folder has to be, names too long or too deep
    for n in ('report.html/x', 'a' * 590, '/'.join('abcdefghijkl')):
        open(f, 'wb').write(more((n, b'x')))
        code, text, err = checked(f)
        check(code in (11, 65, 73, 74) and tmp not in err, (n, code, text, err))
    # no room for it, no such place
    import resource

    less = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))
    p = subprocess.run(
        [EXHIBIT, 'bundle', '--check', ours, *VKEY, *BOX], capture_output=True, env=env,
        preexec_fn=less,
    )
    check(p.returncode == 74 and os.listdir(tmp) == [], (p.returncode, p.stderr))
    p = run(EXHIBIT, 'bundle', '--check', ours, env=dict(env, TMPDIR=path('none')), status=None)
    check(p.returncode in (66, 73) and b'TMPDIR' in p.stderr, p.stderr)
    # an earlier bundle may be a zip too; interrupted, it leaves nothing
    e, _ = bundle('zip-against', '--against', ours, status=None)
    check(b'against' in data(e + '/bundle.json'), 'against')
    p = subprocess.Popen([EXHIBIT, 'bundle', '--check', ours, *VKEY], env=env, stdout=-3)
    p.send_signal(15)
    check(p.wait() in (-15, 0) and os.listdir(tmp) == [], (p.returncode, os.listdir(tmp)))


@test
def attest_of_a_zip():
    """signed into a new zip, whose other files are as they were (X-10)"""
    f, g, again = (path(n) for n in ('attest-1.zip', 'attest-2.zip', 'attest-3.zip'))
    run(EXHIBIT, 'bundle', trail(), *VKEY, '--out', f)
    key = ['--key', FIX + '/test.key']
    run(EXPORT, 'attest', f, *key, status=64)
    run(EXPORT, 'attest', whole(), *key, '--out', g, status=64)
    before = data(f)
    run(EXPORT, 'attest', f, *key, '--out', g, status=0)
    check(data(f) == before, 'the zip itself')
    a, b = zipfile.ZipFile(f), zipfile.ZipFile(g)
    new = [n for n in b.namelist() if n not in a.namelist()]
    check(
        b.testzip() is None
        and b.namelist() == a.namelist() + new
        and all(a.read(n) == b.read(n) for n in a.namelist())
        and {n[n.index('.', 20) :] for n in new} >= {'.pem'} or len(new) == 4,
        new,
    )
    check({i.compress_type for i in b.infolist() if i.filename[:9] == 'archives/'} == {0}, 'stored')
    code, text = verdict(g)
    check(code == 0 and text.count('whose key you gave') == 3 and ' 0 differ' in text, text)
    run(EXPORT, 'attest', f, *key, '--out', g, status=73)
    # by another one too; never twice by one
    run(EXPORT, 'keygen', '--name', 'audit.example/team', '--out', path('attest-two'))
    run(EXPORT, 'attest', g, '--key', path('attest-two.key'), '--out', again, status=0)
    check(len(zipfile.ZipFile(again).namelist()) == len(b.namelist()) + 4, 'both')
    p = run(EXPORT, 'attest', g, *key, '--out', path('attest-4.zip'), status=73)
    check(b'not replaced' in p.stderr and not os.path.exists(path('attest-4.zip')), p.stderr)
    # what does not hold is not signed
    c = path('attest-c')
    shutil.copytree(whole(), c)
    open(c + '/report.html', 'a').write(' ')
    p = run(EXPORT, 'attest', zipped(path('attest-c.zip'), c), *key, '--out', path('no.zip'),
            status=65)
    check(b'report.html' in p.stderr and not os.path.exists(path('no.zip')), p.stderr)
    open(path('attest-d.zip'), 'wb').write(before[:-30])
    run(EXPORT, 'attest', path('attest-d.zip'), *key, '--out', path('no.zip'), status=65)
    check(not os.path.exists(path('no.zip')), 'nothing')


@test
def bundle_check_trusts_nothing_inside():
    d = whole()
    code, text = verdict(d, key=[])
    v = verify(trail())['archive']['files'][0]
    line = f"{v['origin']} {v['next_position']} {v['root']}"
    check(code == 3 and 'NOT PROVEN' in text and line in text, text)
    check(verdict(d, '--expect', line, key=[])[0] == 0, 'a checkpoint from outside')
    check(
        verdict(d, '--expect', line.replace(v['root'], '0' * 64), key=[])[0] == 3,
        'another checkpoint',
    )
    run(EXPORT, 'keygen', '--name', 'demo.example/cluster', '--out', path('bundle-other-key'))
    check(verdict(d, '--vkey', path('bundle-other-key.vkey'), key=[])[0] == 3, 'another key')
    for bad in (
        ['--check', d, '--out', path('no')],
        ['--check', d, trail()],
        [trail()],
        ['--out', path('no')],
        [trail(), '--out', path('no'), '-n', '1'],
        [trail(), '--out', path('no'), '--noted', 'abc'],
    ):
        run(EXHIBIT, 'bundle', *bad, status=64)
    check(not os.path.exists(path('no')), 'nothing was made')
    run(EXHIBIT, 'bundle', '--check', path('nowhere'), status=66)
    empty = path('bundle-empty')
    os.makedirs(empty)
    check(verdict(empty)[0] in (65, 66), 'no bundle')
    for text in (
        b'',
        b'[]',
        b'{"format":"other"}',
        b'{"format":"exhibit-bundle/1","period":"x"}',
        b'{"format":"exhibit-bundle/1","sample":{"population":"x","number":1,"seed":"x"}}',
        b'{"format":"exhibit-bundle/1","noted":[1]}',
        b'{' * 5000,
    ):
        e = path('recipe')
        shutil.copytree(d, e)
        open(e + '/bundle.json', 'wb').write(text)
        check(verdict(e)[0] in (64, 65), text[:60])
        shutil.rmtree(e)


@test
def bundle_of_bad_evidence_says_so():
    unproven, _ = bundle('unproven', key=[], status=3)
    check(
        b'ORIGIN NOT PROVEN' in data(unproven + '/README.txt')
        and not os.path.exists(unproven + '/keys'),
        'no key',
    )
    check(verdict(unproven)[0] == 3, 'its check')
    cut = path('bundle-cut.sql')
    b = data(LC)
    at = b.index(b'COPY public.audit_events_2026_11')
    open(cut, 'wb').write(b[: b.index(b'\n', at + len(b[at:]) // 3) + 1])
    half = archive('bundle-half', cut, status=None)[0]
    d, _ = bundle('half', f=half, status=None)
    missing = suite_books.table(suite_books.book(data(d + '/workbook.xlsx'))['missing'])[1]
    check(
        missing
        and 'missing' in data(d + '/README.txt').decode()
        and json.loads(data(d + '/verify.json'))['limits']
        and json.loads(data(d + '/analysis.json'))['limits'],
        missing,
    )
    check('known-to-be-missing' in data(d + '/oscal-assessment-results.json').decode(), 'OSCAL')
    f = path('bundle-edited.jsonl')
    rs = [json.loads(l) for l in run(EXHIBIT, 'cat', trail(), *VKEY).stdout.decode().splitlines()]
    rs[3]['actor_id'] = '=evil|\u202e<script>_x0041_'
    open(f, 'w').write('\n'.join(map(json.dumps, rs)) + '\n')
    edited = archive('bundle-edited', f, status=None)[0]
    d, _ = bundle('edited', f=edited, status=1)
    check(
        suite_books.table(suite_books.book(data(d + '/workbook.xlsx'))['findings'])[1][0][2]
        == 'alarm'
        and b'ALTERED' in data(d + '/README.txt')
        and verdict(d)[0] == 1,
        'an edited row',
    )
    for n, b in files(d).items():
        if not n.startswith('archives/') and not n.endswith('.xlsx'):
            check('\u202e'.encode() not in b and (n != 'report.html' or b'<script>_x' not in b), n)


@test
def bundle_leaves_nothing_half():
    d = path('there')
    os.makedirs(d)
    bundle('there', status=73)
    check(os.listdir(d) == [], 'a folder that is there')
    open(path('there.zip'), 'w').write('x')
    bundle('there.zip', status=73)
    check(data(path('there.zip')) == b'x', 'a file')
    import resource

    for name in ('full', 'full.zip'):
        p = subprocess.run(
            [EXHIBIT, 'bundle', trail(), *VKEY, '--out', path(name), *BOX],
            capture_output=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (40000, 40000)),
        )
        check(p.returncode == 74 and name.encode() in p.stderr, (p.returncode, p.stderr))
        check(not os.path.isdir(path(name)) or os.listdir(path(name)) == [], 'no remainder')
        check(b'File too large' in p.stderr, ('the reason', p.stderr))
        check(not [n for n in os.listdir(W) if n.startswith('bundle--full.zip')], 'nor of a zip')


@test
def bundle_names_are_names_everywhere():
    """of FAT and other systems too: no device, no dot at the end, no two that differ by case"""
    given = ['CON.exhibit', 'aux', 'nul.x', 'com1.exhibit', 'a.', 'x y.exhibit', 'A.EXHIBIT', 'b:c']
    given += ['2-a.exhibit', '3-a.exhibit', 'a.exhibit', '.hidden']
    given += ['-q', 'constant.exhibit', 'Ä.exhibit', 'q?.exhibit', 'a|b']
    d = path('names')
    os.makedirs(d)
    for n in given:
        shutil.copyfile(trail(), f'{d}/{n}')
    out, _ = bundle('named', f=[f'{d}/{n}' for n in given], status=None)
    seen = set()
    for w, folders, names in os.walk(out):
        for n in folders + names:
            at = os.path.relpath(os.path.join(w, n), out)
            check(at.casefold() not in seen, at)
            seen.add(at.casefold())
            check(re.fullmatch(r'[A-Za-z0-9%_~-]([A-Za-z0-9%_.~-]*[A-Za-z0-9%_~-])?', n), at)
            check(not re.fullmatch(r'(?i)(con|prn|aux|nul|com.|lpt.)(\..*)?', n), at)
    check(len(os.listdir(out + '/archives')) == len(given), os.listdir(out + '/archives'))
    check('constant.exhibit' in os.listdir(out + '/archives'), 'which is no device')
    code, text = verdict(out)
    check(' 0 differ' in text, text)


@test
def bundle_custody_begins_with_what_was_noted():
    sha = hashlib.sha256(data(trail())).hexdigest()
    d, _ = bundle('noted', '--noted', sha.upper())
    c = json.loads(data(d + '/custody.json'))
    check(
        list(c)[0] == 'received'
        and list(c['received'][0])[0] == 'digest_noted_at_receipt'
        and c['received'][0]['digest_noted_at_receipt'] == sha == c['received'][0]['sha256']
        and c['noted_and_of_no_file'] == [],
        c,
    )
    check(verdict(d)[0] == 0, 'check')
    d, p = bundle('noted-other', '--noted', '0' * 64, status=11)
    c = json.loads(data(d + '/custody.json'))
    check(
        c['received'][0]['digest_noted_at_receipt'] is None
        and c['noted_and_of_no_file'] == ['0' * 64]
        and b'NO FILE' in p.stderr,
        c,
    )


@test
def bundle_keeps_no_secret():
    key = FIX + '/hmac.key'
    f = archive('bundle-keyed', FIX + '/keyed.jsonl', status=None)[0]
    d, _ = bundle('keyed', '--hmac-key-file', key, f=f, status=None)
    secret = data(key).strip()
    check(not [n for n, b in files(d).items() if secret in b], 'the key of the source')
    code, text = verdict(d, status=64)
    code, text = verdict(d, '--hmac-key-file', key)
    check(' 0 differ' in text, text)


@test
def bundle_oscal_is_what_validators_take():
    o = json.loads(data(whole() + '/oscal-assessment-results.json'))['assessment-results']
    text = json.dumps(o)

    def walk(x, at=''):
        if isinstance(x, dict):
            check(x, at)
            for k, v in x.items():
                yield at + '/' + k, k, v
                yield from walk(v, at + '/' + k)
        if isinstance(x, list):
            check(x, ('an empty array', at))
            for v in x:
                yield from walk(v, at + '[]')

    parts = list(walk(o))
    ids = [v for a, k, v in parts if k == 'uuid']
    check(len(ids) == len(set(ids)) and all(uuid.UUID(i).version == 5 for i in ids), 'uuids')
    links = [v[1:] for a, k, v in parts if k == 'href' and v.startswith('#')] + [
        v for a, k, v in parts if k == 'observation-uuid'
    ]
    check(links and set(links) <= set(ids), 'every link lands')
    check(
        o['metadata']['oscal-version'] == '1.1.3'
        and all(v and '\n' not in v for a, k, v in parts if k == 'title'),
        'titles',
    )
    for a, k, v in parts:
        if k in ('start', 'collected', 'last-modified'):
            check(re.fullmatch(r'20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\dZ', v), (a, v))
        if k == 'props':
            check(
                all(
                    re.fullmatch(r'[A-Za-z_][\w.-]*', p['name'])
                    and re.fullmatch(r'\S(.*\S)?', p['value'])
                    for p in v
                ),
                (a, v),
            )
        if k in ('control-id', 'target-id'):
            check(re.fullmatch(r'[A-Za-z_][\w.-]*', v), v)
        if k == 'status':
            check(
                (v['state'], v['reason']) in (('satisfied', 'pass'), ('not-satisfied', 'fail')), v
            )
        if k == 'hashes':
            check(
                v[0]['algorithm'] == 'SHA-256'
                and v[0]['value'] == hashlib.sha256(data(trail())).hexdigest(),
                v,
            )
    rules = json.loads(run(EXHIBIT, 'controls', trail(), *VKEY, '-o', 'json').stdout)['rules']
    r = o['results'][0]
    check(
        {f['title'] for f in r['findings']} == {x['id'] for x in rules if x['tested']}
        and {f['title'] for f in r['findings'] if f['target']['status']['reason'] == 'fail'}
        == {x['id'] for x in rules if x['exceptions']},
        'a finding where something was tested',
    )
    check(
        {x['id'] for x in rules} <= {x.get('title') for x in r['observations']}
        and len(r['observations']) == len(rules) + sum(len(x['exceptions']) for x in rules),
        'observations',
    )


@test
def bundle_timesketch_is_what_importers_take():
    lines = data(whole() + '/timesketch/a.exhibit.jsonl').decode()
    check(lines.endswith('}\n') and '\n\n' not in lines, 'lines')
    rs = [json.loads(l) for l in lines.splitlines()]
    rows_ = [
        json.loads(l) for l in run(EXHIBIT, 'cat', trail(), *VKEY).stdout.decode().splitlines()
    ]
    check([r['event_id'] for r in rs] == [r['event_id'] for r in rows_], 'every event')
    kinds = {k: type(v) for k, v in rs[0].items()}
    zero = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    for r, x in zip(rs, rows_):
        check(
            {k: type(v) for k, v in r.items()} == kinds
            and not any(k.startswith('_') or k == 'tag' for k in r)
            and r['message']
            and r['timestamp_desc'],
            r,
        )
        check(
            re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d(\.\d{1,6})?\+00:00', r['datetime']),
            r['datetime'],
        )
        t = datetime.datetime.fromisoformat(
            re.sub(r'\.(\d+)', lambda m: '.' + m[1].ljust(6, '0'), r['datetime'])
        )
        check(r['timestamp'] == (t - zero) // datetime.timedelta(microseconds=1), r)
        check(
            json.loads(r['event_data']) == x['event_data']
            and r['correlation_id'] == x['correlation_id'],
            r,
        )


@test
def bundle_statement_is_in_toto():
    s = json.loads(data(whole() + '/statement.intoto.json'))
    sha = hashlib.sha256(data(trail())).hexdigest()
    check(
        set(s) == {'_type', 'subject', 'predicateType', 'predicate'}
        and s['_type'] == 'https://in-toto.io/Statement/v1'
        and s['subject'] == [{'name': 'a.exhibit', 'digest': {'sha256': sha}}]
        and s['predicate'],
        s,
    )

    def numbers(x):
        return (
            isinstance(x, (int, float))
            and not isinstance(x, bool)
            or any(
                map(
                    numbers, x.values() if isinstance(x, dict) else x if isinstance(x, list) else []
                )
            )
        )

    check(not numbers(s), 'no numbers: readers make 5.0 of 5')


@test
def bundle_of_one_cluster():
    """what is counted is of that cluster; what was verified is everything"""
    rs = [
        json.loads(l) for l in run(EXHIBIT, 'cat', trail(), *VKEY).stdout.decode().split('\n') if l
    ]
    ids = sorted({r['correlation_id'] for r in rs})
    for r in rs:
        r['cluster_id'] = ('east', 'west')[ids.index(r['correlation_id']) % 2]
        r['event_hash'] = r['previous_event_hash'] = None
    name = path('clusters.jsonl')
    open(name, 'w').write(''.join(json.dumps(r) + '\n' for r in rs))
    f = archive('bundle-clusters', name)[0]
    d, _ = bundle('east', '--cluster', 'east', *SAMPLE, f=f, status=None)
    n = lambda *more: json.loads(run(EXHIBIT, 'populations', f, *VKEY, *more, '-o', 'json').stdout)[
        'populations'
    ]['remediations']['count']
    rows_ = list(csv.DictReader(io.StringIO(data(d + '/remediations.csv').decode(), newline='')))
    check(0 < len(rows_) == n('--cluster', 'east') < n(), rows_)
    check(
        json.loads(data(d + '/bundle.json'))['cluster'] == 'east'
        and 'cluster      east' in data(d + '/README.txt').decode()
        and len(os.listdir(d + '/rebuilt')) == len(rows_)
        and data(d + '/archives/a.exhibit') == data(f),
        'said',
    )
    code, text = verdict(d)
    check(' 0 differ' in text, text)


@test
def bundle_against_an_earlier_one():
    """what is new, gone or changed: made again from the earlier archives, not read from tables"""
    rs = [
        json.loads(l) for l in run(EXHIBIT, 'cat', trail(), *VKEY).stdout.decode().split('\n') if l
    ]
    ids = sorted({r['correlation_id'] for r in rs if r['correlation_id'].startswith('rr-')})
    name = path('earlier.jsonl')
    open(name, 'w').write(
        ''.join(json.dumps(r) + '\n' for r in rs if r['correlation_id'] != ids[0])
    )
    f = archive('bundle-earlier', name)[0]
    old, _ = bundle('earlier', f=f, status=None)
    given = path('against.yaml')
    open(given, 'w').write('parameters: {fast_decision: 1000000}\n')
    more = ['--policy', given]
    d, _ = bundle('against', *more, '--against', old, status=None)
    read = lambda x, n: list(csv.DictReader(io.StringIO(data(f'{x}/{n}.csv').decode(), newline='')))
    rows_ = read(d, 'against')
    of = lambda what: [r for r in rows_ if r['what'] == what]
    check(
        [(r['correlation_id'], r['change']) for r in of('remediation')] == [(ids[0], 'new')], rows_
    )
    check(of('auditor\'s policy')[0]['change'] == 'changed', rows_)
    x = read(d, 'exceptions')
    check(
        len(of('exception')) == len(x) > 0 and {r['change'] for r in of('exception')} == {'new'}, x
    )
    counts = {r['population']: r['count'] for r in read(d, 'populations')}
    was = {r['population']: r['count'] for r in read(old, 'populations')}
    check(
        {r['name']: (r['before'], r['now']) for r in of('population')}
        == {n: (was[n], c) for n, c in counts.items() if was[n] != c},
        of('population'),
    )
    check({r['change'] for r in of('approver') + of('policy')} <= {'new', 'changed'}, rows_)
    check('against' in suite_books.book(data(d + '/workbook.xlsx')), 'a sheet')
    back, _ = bundle('against-back', '--against', d, f=f, status=None)
    mirror = {'new': 'gone', 'gone': 'new', 'changed': 'changed'}
    check(
        [(r['what'], r['name'], mirror[r['change']], r['now'], r['before']) for r in rows_]
        == [
            (r['what'], r['name'], r['change'], r['before'], r['now'])
            for r in read(back, 'against')
        ],
        'the other way round',
    )
    same, _ = bundle('against-same', *more, '--against', d, status=None)
    check(read(same, 'against') == [], 'nothing')
    # tables of the earlier bundle are not believed; it is needed to check
    code, text = verdict(d, '--against', old)
    check(' 0 differ' in text, text)
    check(verdict(d)[0] == 64, 'without it')
    code, text = verdict(d, '--against', d)
    check(code == 11 and 'against.csv' in text and 'bundle.json' in text, text)
    open(old + '/exceptions.csv', 'a').write('x')
    code, text = verdict(d, '--against', old)
    check(' 0 differ' in text, text)
    run(EXHIBIT, 'bundle', trail(), '--against', path('nowhere'), '--out', path('no'), status=66)
    run(EXHIBIT, 'bundle', trail(), '--against', W, '--out', path('no'), status=None)


def journal_of(name, runs):
    """a journal of so many runs, with the journal's own words for each"""
    f = path(name)
    for i in range(runs):
        run(EXHIBIT, 'verify', trail(), *VKEY, '--journal', f)
    return f


@test
def bundle_with_the_journal_of_an_examiner():
    """X-12: as it stands, the same bytes each time; the run of the bundle is not in it"""
    j = journal_of('journal', 3)
    was = data(j)
    last = hashlib.sha256(was.split(b'\n')[2] + b'\n').hexdigest()
    d, _ = bundle('journal-a', '--with-journal', j)
    check(data(j) == was, 'it is read, not written')
    got = files(d)
    check(got['journal.txt'] == was, 'byte for byte')
    whole_digest = hashlib.sha256(was).hexdigest()
    check(f'{whole_digest}  journal.txt\n'.encode() in got['SHA256SUMS'], 'SHA256SUMS')
    o = json.loads(got['custody.json'])['journal']
    want = {
        'file': 'journal.txt',
        'bytes': len(was),
        'sha256': whole_digest,
        'runs': 3,
        'last_line_sha256': last,
    }
    check(o == want, o)
    check(json.loads(got['bundle.json'])['journal'] == whole_digest, 'bundle.json')
    text = ' '.join(got['README.txt'].decode().split())
    check('3 runs of an examiner (journal.txt)' in text and last in text, text)
    check('the run that made this bundle is not among them' in text, text)
    wide = lambda d: [l for l in data(d + '/README.txt').decode().split('\n') if len(l) > 80]
    check(wide(d) == wide(whole()), 'the plainest editor')
    # a run that is itself written into the journal hands on what stood there before
    e, _ = bundle('journal-b', '--with-journal', j, '--journal', j)
    check(files(e) == got, 'the same journal, the same bytes')
    check(data(j).count(b'\n') == 4 and data(j).startswith(was), 'its line comes behind')
    e, _ = bundle('journal-c', '--with-journal', j)
    check(files(e)['journal.txt'] == data(j), 'now it is in it')
    code, text = verdict(d)
    check(code == 0 and ' 0 differ' in text, text)
    check('journal.txt: 3 lines, each follows' in text and last in text, text)
    check(f'BUNDLE: {len(got) - 1} files made again,' in text, 'the journal is not one of them')
    # a zip, and an earlier bundle that has one
    z, _ = bundle('journal.zip', '--with-journal', j)
    check(verdict(z)[0] == 0, 'zip')
    e, _ = bundle('journal-against', '--against', d)
    check('journal.txt' not in files(e), 'the earlier journal is not taken over')
    check(verdict(e, '--against', d)[0] == 0, 'against')
    # nothing of it where none was given
    check(not [n for n, b in files(whole()).items() if b'journal' in b and n != 'SHA256SUMS'], 'no')
    e, _ = bundle('journal-kept', '--journal', j)
    check('journal.txt' not in files(e), '--journal alone hands nothing on')


@test
def bundle_check_names_the_line_of_a_journal():
    j = journal_of('journal-spoiled', 4)
    good_, _ = bundle('journal-good', '--with-journal', j)
    ls = data(j).split(b'\n')
    join = lambda *l: b'\n'.join(l)
    one = ls[1].replace(b'"status":0', b'"status":1')
    end = 'its last line was changed, or lines were removed or added at its end'
    spoiled = {
        'changed': (join(ls[0], one, *ls[2:]), 'line 3 does not follow from line 2'),
        'removed': (join(ls[0], *ls[2:]), 'line 2 does not follow from line 1'),
        'first removed': (join(*ls[1:]), 'line 1 is not the first'),
        'inserted': (join(*ls[:2], ls[1], *ls[2:]), 'line 3 does not follow from line 2'),
        'turned': (join(ls[0], ls[2], ls[1], *ls[3:]), 'line 2 does not follow from line 1'),
        'text behind it': (data(j) + b'hello\n', 'line 5 does not follow from line 4'),
        'half a line': (data(j)[:-9], 'line 4 does not follow from line 3'),
        'last changed': (join(*ls[:3], ls[3].replace(b'"status":0', b'"status":1'), b''), end),
        'last removed': (join(*ls[:3], b''), end),
        'nothing': (b'', 'no line in it'),
    }
    for name, (b, says_) in spoiled.items():
        check(b != data(j), name)
        d = path('journal-x')
        shutil.rmtree(d, ignore_errors=True)
        shutil.copytree(good_, d)
        open(d + '/journal.txt', 'wb').write(b)
        sums(d)
        code, text = verdict(d)
        check(code == 11 and 'journal.txt: ' in text and says_ in text, (name, code, text))
        check('each follows from the one before; a doc' not in text or says_ == end, (name, text))
        # the same is refused before it is handed on
        if says_ != end:
            f = path('journal-refused')
            open(f, 'wb').write(b)
            to = ('--out', path('refused.zip'))
            p = run(EXHIBIT, 'bundle', trail(), *VKEY, '--with-journal', f, *to, status=65)
            check(says_.encode() in p.stderr and not os.path.exists(path('refused.zip')), p.stderr)
    d = path('journal-x')
    shutil.rmtree(d)
    shutil.copytree(good_, d)
    os.remove(d + '/journal.txt')
    sums(d)
    code, text = verdict(d)
    check(code == 11 and 'journal.txt: missing' in text, text)
    # one that was put in, and one that bundle.json does not name any more
    d, _ = bundle('journal-added')
    shutil.copyfile(j, d + '/journal.txt')
    sums(d)
    code, text = verdict(d)
    check(code == 11 and 'journal.txt: no file of this bundle' in text, text)
    for bad in ('1', '"x"', 'null', '["a"]', '"' + 'g' * 64 + '"'):
        d = path('journal-x')
        shutil.rmtree(d)
        shutil.copytree(good_, d)
        b = data(d + '/bundle.json')
        named = json.loads(b)['journal']
        open(d + '/bundle.json', 'wb').write(b.replace(f'"{named}"'.encode(), bad.encode()))
        code, text = verdict(d)
        check(code == 11 and 'journal.txt: no file of this bundle' in text, (bad, text))
    run(EXHIBIT, 'bundle', '--check', good_, *VKEY, '--with-journal', j, status=64)
    to = ('--out', path('no'))
    run(EXHIBIT, 'bundle', trail(), *VKEY, '--with-journal', path('nowhere'), *to, status=66)
    run(EXHIBIT, 'verify', trail(), *VKEY, '--with-journal', j, status=64)
