"""Options, side inputs of the auditor, text of others, the sandbox: nothing swallowed, nothing raw,
nothing open (J-13 to J-15).
"""

import csv, ctypes, io, itertools, stat, threading
from harness import *
import deftable

RR = 'rr-26e61abd09a2-ddee7d95'
SEED = ('--population', 'remediations', '-n', '1', '--seed', 'x')
VERBS = {
    'info': (),
    'verify': (),
    'verify --each': ('--each',),
    'verify --peer': ('--peer',),
    'list': (),
    'show': ('--id', RR),
    'timeline': ('--id', RR),
    'cat': (),
    'reconstruct': ('--id', RR),
    'history': ('--id', RR),
    'approvals': (),
    'populations': (),
    'controls': (),
    'analysis': (),
    'analysis --id': ('--id', RR),
    'analysis --all': ('--all',),
    'sample': SEED,
    'compare': ('--with', None),
    'prove': ('--position', '1', '--out', '-'),
    'selftest': ('--changes', '60'),
    'diff': ('--id', RR, '--with', f'{FIX}/objects/{RR}.yaml'),
}
FORMS = ('table', 'json', 'jsonl', 'csv', 'yaml', 'html', 'md', 'wide')
DANGEROUS = re.compile('[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]')
C1 = '\x1b[2J\x9b31m\u061c\u200e\u200f\u202a\u202e\u2066\u2069\u2028\x7f'


def trail():
    if 'trail' not in GOOD:
        GOOD['trail'] = archive('options-trail', LC)[0]
    return GOOD['trail']


def call(verb, *more, status=None, **kw):
    f = trail()
    given = [f if x is None else x for x in VERBS.get(verb, ())]
    return run(EXHIBIT, verb.split()[0], f, *VKEY, *given, *more, status=status, **kw)


def says(p, *words):
    text = p.stderr.decode()
    check(all(w.lower() in text.lower() for w in words), (words, text))
    return p


# ---- J-13: nothing swallowed


@test
def forms_are_known_or_refused():
    for verb in VERBS:
        plain = call(verb)
        for form in FORMS + ('nonsense', 'JSON', '', 'js', 'json ', 'table,json'):
            p = call(verb, '-o', form)
            if p.returncode == 64:
                check(
                    p.stdout == b''
                    and b'-o of ' in p.stderr
                    and re.search(b'here (is|are): ', p.stderr),
                    (verb, form, p.stderr),
                )
                listed = re.search(rb'here (?:is|are): (.*)', p.stderr)[1].decode().split(', ')
                check(form not in listed and set(listed) <= set(FORMS), (verb, form, listed))
                continue
            check(form in FORMS and p.returncode == plain.returncode, (verb, form, p.returncode))
            out = p.stdout.decode()
            if form == 'json':
                json.loads(out)
            if form == 'jsonl':
                [json.loads(l) for l in out.splitlines()]
            if form == 'csv':
                check(
                    len({len(r) for r in csv.reader(io.StringIO(out, newline=''))}) == 1,
                    (verb, 'csv'),
                )
    for verb, words in (
        ('archive', (LC, '--out', path('no.exhibit'), '--unsealed')),
        ('inspect', (LC,)),
        ('reconcile', (trail(), '--source', LC, *VKEY)),
    ):
        for form in ('csv', 'yaml', 'jsonl', 'TABLE', '', 'x'):
            says(run(EXPORT, verb, *words, '-o', form, status=64), 'table', 'json')
    check(not os.path.exists(path('no.exhibit')), 'nothing is written')
    two = ('--id', RR, '--id', 'rr-0131b')
    for verb in ('show', 'timeline', 'history'):
        says(run(EXHIBIT, verb, trail(), *VKEY, *two, '-o', 'json', status=64), 'jsonl')
        [
            json.loads(l)
            for l in (
                run(EXHIBIT, verb, trail(), *VKEY, *two, '-o', 'jsonl').stdout.decode().splitlines()
            )
        ]


@test
def values_are_known_or_refused():
    for verb, option, good, bad, near in (
        (
            'controls',
            '--fail-on',
            ('any', 'AP-01', 'AP-01,CP-02'),
            ('typo', 'ap-01', 'AP-99', 'AP-01,typo', '', ',', 'any,'),
            'AP-01',
        ),
        ('controls', '--rule', ('AP-01', 'AP-01,AP-09'), ('AP-1', 'AP-01 ', ''), 'AP-01'),
        ('sample', '--population', ('approved',), ('aproved', '', 'Approved'), 'approved'),
        ('sample', '--strata', ('month', 'path'), ('months', ''), 'month'),
        (
            'approvals',
            '--path',
            ('approved', 'rejected', 'none'),
            ('approve', 'APPROVED', ''),
            'approved',
        ),
        ('cat', '--kind', ('event', 'dead-letter'), ('events', ''), 'event'),
        ('verify', '--sandbox', ('off',) if A.plain else ('on', 'off'), ('yes', '', 'ON'), 'on'),
        ('reconstruct', '--profile', ('guide',), ('guid', ''), 'guide'),
        ('reconstruct', '--status', ('flat',), ('fat', ''), 'flat'),
        ('reconstruct', '--phase', ('Failed',), ('failed', 'Fail', ''), 'Failed'),
        ('reconstruct', '--outcome', ('Remediated',), ('remediated', ''), 'Remediated'),
    ):
        given = [] if option == '--population' else [x if x else trail() for x in VERBS[verb]]
        more = ['-n', '1', '--seed', 'x'] if option == '--population' else given
        for v in good:
            check(
                run(EXHIBIT, verb, trail(), *VKEY, *more, option, v, status=None).returncode
                in (0, 10, 65),
                (option, v),
            )
        for v in bad:
            p = run(EXHIBIT, verb, trail(), *VKEY, *more, option, v, status=64)
            check(p.stdout == b'' and near.encode() in p.stderr, (option, v, p.stderr))
    check(call('controls', '--fail-on', 'any').returncode in (0, 10), 'any')
    # the same rules, one way or the other
    a = call('controls', '--rule', 'AP-01,AP-09', '-o', 'json')
    b = call('controls', '--rule', 'AP-01', '--rule', 'AP-09', '-o', 'json')
    check(
        a.stdout == b.stdout
        and [r['id'] for r in json.loads(a.stdout)['rules']] == ['AP-01', 'AP-09'],
        'two rules',
    )
    says(
        call('populations', '--period', '2026-11..2026-11', '--period', '2026-10..', status=64),
        'twice',
    )
    twice = ('--with-journal', LC, '--with-journal', FIX + '/small.jsonl')
    says(run(EXHIBIT, 'bundle', trail(), '--out', path('no'), *twice, status=64), 'twice')
    says(run(EXHIBIT, 'bundle', trail(), '--with-journal', '', status=64), 'empty')
    says(run(EXHIBIT, 'bundle', '--check', W, '--with-journal', LC, status=64), 'that is made')
    says(run(EXHIBIT, 'verify', '', status=64), 'empty')
    says(call('show', '--id', '', status=64), 'empty')
    says(call('verify', '--each', '--peer', status=64), '--peer')
    says(call('populations', '--ids', status=64), '-o json')
    says(run(EXHIBIT, 'explain', 'S1', status=64), 'S01')


@test
def a_filter_that_decides_nothing():
    rows_ = [json.loads(l) for l in call('approvals', '-o', 'jsonl').stdout.decode().splitlines()]
    who = sorted({r['decided_by'] for r in rows_ if r['decided_by']})
    check(who, 'somebody decided')
    for w in who:
        check(
            {
                r['decided_by']
                for r in map(
                    json.loads,
                    call('approvals', '--by', w, '-o', 'jsonl', status=0)
                    .stdout.decode()
                    .splitlines(),
                )
            }
            == {w},
            w,
        )
    for form in ('table', 'json', 'jsonl', 'csv'):
        p = call('approvals', '--by', who[0][:-1] + '_', '-o', form, status=64)
        check(
            p.stdout == b'' and all(w.encode() in p.stderr for w in who), (form, p.stdout, p.stderr)
        )
    # who decided, but not this: a good question
    other = next(
        x for x in ('expired', 'dry-run', 'blocked') if not any(r['path'] == x for r in rows_)
    )
    check(
        call('approvals', '--path', other, '-o', 'json', status=0).stdout
        == b'{"approvals":[],"limits":[]}\n',
        'a path that nothing took',
    )
    check(
        call('approvals', '--by', who[0], '--path', other, '-o', 'jsonl', status=0).stdout == b'',
        'nor he',
    )
    says(call('approvals', '--id', RR, '--path', 'approved', status=64), '--id')


@test
def a_filter_says_what_there_is():
    objects = [
        json.loads(l)['remediation_request']
        for l in (
            run(EXHIBIT, 'reconstruct', trail(), *VKEY, '--all', '-o', 'jsonl')
            .stdout.decode()
            .splitlines()
        )
    ]
    there = {o['spec']['targetResource']['namespace'] for o in objects}
    p = run(EXHIBIT, 'reconstruct', trail(), *VKEY, '--all', '--namespace', 'nowhere', '-o', 'json')
    check(json.loads(p.stdout)['remediations'] == [], p.stdout)
    says(p, 'nowhere', *there)
    p = run(
        EXHIBIT,
        'reconstruct',
        trail(),
        *VKEY,
        '--all',
        '--namespace',
        sorted(there)[0],
        '-o',
        'json',
    )
    check(json.loads(p.stdout)['remediations'] and b'nowhere' not in p.stderr, p.stderr)


@test
def policies_and_keys_agree():
    f = trail()
    key = open(VKEY[1]).read().strip()
    run(EXPORT, 'keygen', '--name', 'demo.example/cluster', '--out', path('pk-other'))
    other = open(path('pk-other.vkey')).read().strip()
    run(EXPORT, 'keygen', '--name', 'demo.example/elsewhere', '--out', path('pk-else'))
    elsewhere = open(path('pk-else.vkey')).read().strip()

    def policy(*keys):
        open(path('keys.yaml'), 'w').write('vkeys:\n' + ''.join(f'- {k}\n' for k in keys))
        return ['--policy', path('keys.yaml')]

    state = lambda *a, status=None: json.loads(
        run(EXHIBIT, 'verify', f, *a, '-o', 'json', status=status).stdout
    )['exit']
    check(
        state(*policy(key)) == 0
        and state(*policy(key), *VKEY) == 0
        and state(*policy(elsewhere), *VKEY) == 0
        and state(*policy(other)) != 0
        and state() == 3,
        'keys of the policy count',
    )
    for verb, more in (
        ('verify', ()),
        ('controls', ()),
        ('report', ('--out', path('no.html'))),
        ('sample', SEED),
    ):
        p = run(EXHIBIT, verb, f, *more, *policy(other), *VKEY, status=64)
        says(p, 'different keys', 'demo.example/cluster')
        check(p.stdout == b'', p.stdout)
    check(not os.path.exists(path('no.html')), 'nothing is written')
    says(run(EXHIBIT, 'verify', f, *policy('nonsense'), status=65), 'verifier key', 'keys.yaml')
    open(path('keys.yaml'), 'wb').write(base64.b64encode(b'zone: UTC\n'))
    says(run(EXHIBIT, 'controls', f, *policy_file(), status=65), 'base64')
    # the same file in any way is one file
    os.link(f, path('hard.exhibit'))
    shutil.copy(f, path('copied.exhibit'))
    os.symlink(f, path('soft.exhibit'))
    for g in (f, path('hard.exhibit'), path('copied.exhibit'), path('soft.exhibit')):
        v = verify(f, g, *VKEY)
        check(
            v['exit'] == 0
            and not [x for x in v['findings'] if x['level'] == 'alarm']
            and v['archive']['events'] == 304,
            (g, v['exit'], v['archive']['events']),
        )


def policy_file():
    return ['--policy', path('keys.yaml')]


@test
def times_are_taken_alike():
    with_period = {
        'populations': (),
        'controls': (),
        'approvals': (),
        'sample': SEED,
        'reconstruct': ('--all', '--list'),
        'report': ('--out', '-'),
    }
    f = trail()
    for verb, more in with_period.items():

        def get(p, status=None):
            return run(EXHIBIT, verb, f, *VKEY, *more, '--period', p, status=status)

        for bad in (
            '2026-11-30..2026-11-01',
            '2026-12..2026-11',
            '2026-11-02T00:00:00Z..2026-11-01',
            '2026-11-01',
            '..x',
            '2026-13..',
            '2026-11-31..',
            '2026-11-01T00:00:00..',
            'a..b',
        ):
            p = get(bad, 64)
            check(p.stdout == b'' and b'--period' in p.stderr, (verb, bad))
        same = [
            get(x).stdout
            for x in (
                '2026-11..2026-11',
                '2026-11-01..2026-11-30',
                '2026-11-01T00:00Z..2026-11-30T23:59:59.999999Z',
                '2026-11-01t00:00:00z..2026-12-01T00:59:59.999999+01:00',
            )
        ]
        if verb == 'report':
            same = [
                re.sub(rb'2026-1[12][-0-9tTzZ:.+]*\.\.2026-1[12][-0-9tTzZ:.+]*', b'PERIOD', x)
                for x in same
            ]
            same = [re.sub(rb'[0-9a-f]{16,}', b'DIGEST', x) for x in same]
        check(len(set(same)) == 1 and same[0], (verb, [len(x) for x in same]))
        get('..', 0)
        p = get('2026-11..', 2)
        check(verb == 'report' or b'begins before' in p.stderr, p.stderr)  # J-2, Coverage

    def archived(*more):
        return archive('times-%d' % len(os.listdir(W)), LC, options=['--unsealed', *more])[1][
            'inputs'
        ][0]['events']

    n = archived()
    check(
        archived('--since', '2026-11-19', '--until', '2026-11-19')
        == archived('--since', '2026-11-19T00:00:00Z', '--until', '2026-11-20T00:00Z')
        < n,
        'a day counts whole',
    )
    check(archived('--since', '2026-11', '--until', '2026-11') == n, 'and a month')
    for a, b in (
        ('2026-11-20', '2026-11-19'),
        ('2026-12', '2026-11'),
        ('2026-11-20T00:00:00Z', '2026-11-20T00:00:00Z'),
    ):
        says(
            run(
                EXPORT,
                'archive',
                LC,
                '--out',
                path('x.exhibit'),
                '--unsealed',
                '--since',
                a,
                '--until',
                b,
                status=64,
            ),
            'before it begins',
        )
    says(
        run(
            EXPORT,
            'archive',
            LC,
            '--out',
            path('x.exhibit'),
            '--unsealed',
            '--since',
            'yesterday',
            status=64,
        ),
        '2026-11-20',
    )
    at = lambda t: run(
        EXHIBIT,
        'reconstruct',
        f,
        *VKEY,
        '--id',
        RR,
        '--partial',
        '--at',
        t,
        '-o',
        'json',
        status=None,
    ).stdout
    check(
        at('2026-11-19') == at('2026-11-19T23:59:59.999999Z')
        and at('2026-11')
        == run(EXHIBIT, 'reconstruct', f, *VKEY, '--id', RR, '--partial', '-o', 'json').stdout,
        '--at',
    )


@test
def a_dash_is_a_pipe():
    f = trail()
    b = data(f)
    plain = verify(f, *VKEY)
    piped = json.loads(run(EXHIBIT, 'verify', '-', *VKEY, '-o', 'json', stdin=b).stdout)
    for v in (plain, piped):
        for x in v['archive']['files']:
            x.pop('path', None)
    strip = lambda v: json.loads(json.dumps(v).replace(f, 'stdin'))
    check(strip(piped) == strip(plain), 'an archive through a pipe')
    with open(f, 'rb') as h:
        check(
            subprocess.run([EXHIBIT, 'list', '-', *VKEY, *BOX], stdin=h, capture_output=True).stdout
            == call('list').stdout,
            'redirected',
        )
    with open(f, 'rb') as h:
        h.seek(100)
        check(
            subprocess.run(
                [EXHIBIT, 'list', '-', *VKEY, *BOX], stdin=h, capture_output=True
            ).returncode
            == 5,
            'from the middle: not an archive',
        )
    for argv in (
        ['verify', '<(cat A)', '--vkey', 'V'],
        ['verify', 'A', '--vkey', '<(cat V)'],
        ['verify', 'A', '--vkey', '-', '<', 'V'],
        ['compare', 'A', '--with', '-', '--vkey', 'V', '<', 'A'],
        ['compare', 'A', '--with', 'A', '--vkey', '-', '<', 'V'],
        ['key', '-', '<', 'V'],
        ['key', '<(cat V)'],
        ['report', 'A', '--vkey', 'V', '--out', '-', '>', '/dev/null'],
        ['diff', 'A', '--vkey', 'V', '--id', RR, '--with', '-', '<', f'{FIX}/objects/{RR}.yaml'],
    ):
        line = (
            ' '.join([EXHIBIT] + argv + BOX)
            .replace(' A', ' ' + f)
            .replace('cat A', 'cat ' + f)
            .replace(' V', ' ' + VKEY[1])
        )
        p = subprocess.run(['bash', '-c', line], capture_output=True)
        check(p.returncode in (0, 11), (line, p.returncode, p.stderr[-200:]))
    html = run(EXHIBIT, 'report', f, *VKEY, '--out', '-').stdout
    run(EXHIBIT, 'report', f, *VKEY, '--out', path('d.html'))
    check(html == data(path('d.html')) and html.startswith(b'<!DOCTYPE'), 'a report to stdout')
    says(run(EXHIBIT, 'compare', '-', '--with', '-', *VKEY, status=64, stdin=b), 'once')
    says(run(EXHIBIT, 'verify', '-', '--vkey', '-', status=64, stdin=b), 'once')
    says(
        run(
            EXPORT,
            'archive',
            '-',
            '-',
            '--out',
            path('x.exhibit'),
            '--unsealed',
            status=64,
            stdin=b'',
        ),
        'once',
    )
    says(run(EXPORT, 'archive', LC, '--out', '-', '--unsealed', status=64), 'pipe')
    for argv in (
        ['archive', LC, '--out', path('x.exhibit'), *ORIGIN, '--after', '-'],
        ['reconcile', '-', '--source', LC, *VKEY],
        ['inspect', 'https://127.0.0.1:9', '--token-file', '-'],
    ):
        says(run(EXPORT, *argv, status=64, stdin=b), 'name a file')
    run(EXPORT, 'reconcile', f, '--source', '-', *VKEY, stdin=data(LC))
    run(EXPORT, 'reconcile', f, '--source', LC, '--vkey', '-', stdin=data(VKEY[1]))
    check(not os.path.exists(os.path.join(W, '-')), 'no file is called -')


@test
def nothing_that_is_there_is_replaced():
    """O-2: a verb that writes a file or a folder leaves what has that name, and says so."""
    f = trail()
    d = path('taken')
    os.makedirs(d)
    one = json.loads(run(EXHIBIT, 'list', f, *VKEY, '-o', 'jsonl').stdout.split(b'\n')[0])
    sample = ['--population', 'remediations', '-n', '1', '--seed', 'x']
    for name, argv in {
        'r.html': ['report', f, *VKEY],
        'a.html': ['analysis', f, *VKEY],
        'one.html': ['analysis', f, *VKEY, '--id', one['correlation_id']],
        's.json': ['sample', f, *VKEY, *sample],
        's.xlsx': ['sample', f, *VKEY, *sample],
        'p.tlog-proof': ['prove', f, *VKEY, '--position', '3'],
        'b.zip': ['bundle', f, *VKEY],
        'b': ['bundle', f, *VKEY],
    }.items():
        open(f'{d}/{name}', 'w').write('old')
        says(run(EXHIBIT, *argv, '--out', f'{d}/{name}', status=73), 'there already', name)
        check(data(f'{d}/{name}') == b'old', (name, 'what was there stays'))
        os.remove(f'{d}/{name}')
        run(EXHIBIT, *argv, '--out', f'{d}/{name}')
        if name == 'r.html':
            os.symlink('nowhere', d + '/link')
            run(EXHIBIT, *argv, '--out', d + '/link', status=73)
            os.remove(d + '/link')
    check(not [x for x in os.listdir(d) if 'tmp' in x], os.listdir(d))


@test
def no_remainder_of_an_output():
    f = trail()
    d = path('small-disk')
    os.makedirs(d)
    limited = lambda argv, blocks: subprocess.run(
        ['bash', '-c', f'ulimit -f {blocks}; exec "$@"', '-', *argv], capture_output=True
    )
    p = limited([EXHIBIT, 'report', f, *VKEY, *BOX, '--out', d + '/r.html'], 8)
    check(
        p.returncode == 74 and os.listdir(d) == [] and d.encode() in p.stderr,
        (p.returncode, os.listdir(d), p.stderr),
    )
    p = limited([EXHIBIT, 'reconstruct', f, *VKEY, *BOX, '--all', '--out-dir', d + '/rebuilt'], 2)
    check(
        p.returncode == 74
        and os.listdir(d + '/rebuilt') == []
        and (d + '/rebuilt').encode() in p.stderr,
        (p.returncode, os.listdir(d + '/rebuilt'), p.stderr),
    )
    p = limited([EXPORT, 'keygen', '--name', 'a/b', '--out', d + '/key'], 0)
    check(
        p.returncode >= 64 and not [x for x in os.listdir(d) if x.startswith('key')],
        (p.returncode, os.listdir(d)),
    )
    p = limited([EXPORT, 'archive', LC, '--out', d + '/a.exhibit', '--unsealed'], 8)
    check(p.returncode == 74 and d.encode() in p.stderr, (p.returncode, p.stderr))
    check(
        not os.path.exists(d + '/a.exhibit') or b'--resume' in p.stderr, (os.listdir(d), p.stderr)
    )


# ---- side inputs of the auditor


def saved(text):
    """As editors and shells save it."""
    t = text.strip()
    return {
        'BOM': b'\xef\xbb\xbf' + t.encode() + b'\n',
        'CR LF': t.encode() + b'\r\n',
        'blank lines': b'\n\r\n ' + t.encode() + b'\n\n',
        'blanks': b' \t' + t.encode() + b' \t',
        'no line end': t.encode(),
        'UTF-16': ('\ufeff' + t + '\r\n').encode('utf-16-le'),
        'UTF-16 BE': ('\ufeff' + t).encode('utf-16-be'),
        'UTF-16 without a mark': (t + '\n').encode('utf-16-le'),
    }


@test
def keys_as_they_are_saved():
    f = trail()
    key = open(VKEY[1]).read()
    for how, b in saved(key).items():
        open(path('s.vkey'), 'wb').write(b)
        run(EXHIBIT, 'verify', f, '--vkey', path('s.vkey'))
        run(EXHIBIT, 'key', path('s.vkey'))
        run(EXPORT, 'reconcile', f, '--source', LC, '--vkey', path('s.vkey'))
    for wrapped in (base64.b64encode(key.encode()), base64.encodebytes(key.strip().encode())):
        open(path('s.vkey'), 'wb').write(wrapped)
        run(EXHIBIT, 'verify', f, '--vkey', path('s.vkey'))
        run(EXPORT, 'reconcile', f, '--source', LC, '--vkey', path('s.vkey'))
    run(EXHIBIT, 'verify', f, '--vkey', ' ' + key.strip() + ' ')
    run(EXHIBIT, 'key', key.strip())
    run(EXPORT, 'keygen', '--name', 'other/log', '--out', path('other-key'))
    other = open(path('other-key.vkey')).read()
    open(path('two.vkey'), 'w').write(other + '\n' + key)
    run(EXHIBIT, 'verify', f, '--vkey', path('two.vkey'))
    check(run(EXHIBIT, 'key', path('two.vkey')).stdout.count(b'fingerprint') == 2, 'two keys')
    for b, words in (
        (b'', 'empty'),
        (b'\n \r\n', 'empty'),
        (key.encode()[:-9] + b'A' + key.encode()[-8:], 'verifier key'),
        (key.encode() + b'and more\n', 'line 2'),
        (b'\xff\xfeA', 'UTF-16'),
        (b'abc\0d', 'NUL'),
        (open(path('other-key.key'), 'rb').read(), 'private'),
    ):
        open(path('s.vkey'), 'wb').write(b)
        p = run(EXHIBIT, 'verify', f, '--vkey', path('s.vkey'), status=65)
        says(p, words, 's.vkey')
    run(EXHIBIT, 'verify', f, '--vkey', path('no-such.vkey'), status=66)
    run(EXHIBIT, 'verify', f, '--vkey', W, status=65)
    # the signing key too
    for how, b in saved(open(FIX + '/test.key').read()).items():
        if how.startswith('UTF-16'):
            continue
        open(path('s.key'), 'wb').write(b)
        os.chmod(path('s.key'), 0o600)
        os.makedirs(path('saved-' + how))
        run(
            EXPORT,
            'archive',
            FIX + '/small.jsonl',
            '--out',
            path('saved-' + how + '/a.exhibit'),
            '--origin',
            'demo.example/cluster',
            '--key',
            path('s.key'),
        )


@test
def source_keys_as_they_are_saved():
    f, _, _ = archive('options-keyed', FIX + '/keyed.jsonl')
    key = open(FIX + '/hmac.key').read().strip()

    def matching(b, status=None):
        open(path('h.key'), 'wb').write(b)
        p = run(
            EXHIBIT,
            'verify',
            f,
            *VKEY,
            '--hmac-key-file',
            path('h.key'),
            '-o',
            'json',
            status=status,
        )
        return json.loads(p.stdout)['source_chain']['matching'] if p.stdout else 0, p

    n, p = matching(key.encode() + b'\n')
    check(n > 0 and b'is read' not in p.stderr, 'the key itself')
    ways = saved(key)
    ways['base64'] = base64.b64encode(key.encode())
    ways['base64 of a Secret'] = base64.b64encode(b'hmacKey: ' + key.encode() + b'\n')
    ways['YAML'] = b'hmacKey: "' + key.encode() + b'"\n'
    for how, b in ways.items():
        m, p = matching(b)
        check(m == n, (how, m))
        if how != 'no line end':
            says(p, 'its key is read')
    check(matching(b'wrong' + key.encode())[0] == 0, 'a wrong key fits in no way')
    for b in (b'', b'\n', b' \r\n'):
        says(matching(b, 64)[1], 'empty')
    # numbers of keys are those of the files, and the server's answer is that of the key where
    # it fits
    open(path('w.key'), 'w').write('another')
    open(path('h.key'), 'wb').write(b'\xef\xbb\xbf' + key.encode() + b'\r\n')
    keys = ['--hmac-key-file', path('w.key'), '--hmac-key-file', path('h.key')]
    got = {
        json.loads(l).get('key')
        for l in (
            run(EXHIBIT, 'verify', f, *VKEY, *keys, '--each', status=None)
            .stdout.decode()
            .splitlines()
        )
    }
    check(got <= {1, None} and 1 in got, got)
    peer = lambda k: run(
        EXHIBIT, 'verify', f, *VKEY, '--hmac-key-file', k, '--peer', status=None
    ).stdout
    check(peer(path('h.key')) == peer(FIX + '/hmac.key') != peer(path('w.key')), 'the peer')


@test
def checkpoints_as_they_are_printed():
    f, o, _ = archive('options-expect', LC)
    origin, size, root = 'demo.example/cluster', o['next_position'], o['root']
    c = sqlite3.connect(f)
    note = c.execute('SELECT note FROM seal').fetchone()[0]
    c.close()
    note = note if isinstance(note, str) else note.decode()
    line = f'{origin} {size} {root}'
    b64 = base64.b64encode(bytes.fromhex(root)).decode()
    os.makedirs(path('printed'))
    printed = next(
        l
        for l in (
            run(EXPORT, 'archive', LC, '--out', path('printed/p.exhibit'), *ORIGIN)
            .stdout.decode()
            .splitlines()
        )
        if l.startswith('checkpoint:')
    )
    check(printed == 'checkpoint: ' + line, printed)
    good_ = [
        line,
        printed,
        line.upper().replace(origin.upper(), origin),
        f'{origin}  {size}\t{b64}',
        'Checkpoint: ' + line,
        ' ' + line + ' ',
        note,
        note.replace('\n', '\r\n'),
        '\ufeff' + line,
        line + '\n' + printed + '\n',
        f'\n\n{line}\n',
        base64.encodebytes(line.encode()).decode(),
    ]
    for x in good_:
        open(path('x.checkpoint'), 'w', newline='').write(x)
        v = verify(f, '--expect', path('x.checkpoint'), status=None)
        check(
            v['exit'] in (0, 3) and not [y for y in v['findings'] if y['id'] in ('K04', 'K05')],
            (x, v['exit']),
        )
    for x in good_[:5]:
        check(verify(f, '--expect', x)['exit'] in (0, 3), x)
    for x, words in (
        (f'{origin} 0 {root}', 'size 0'),
        (f'{origin} {size}', 'want'),
        (f'{origin} {size} {root[:-1]}', 'root'),
        (f'{origin} x {root}', 'size'),
        (f'a+b {size} {root}', 'origin'),
        (line + ' more', 'want'),
        (line + '\nmore\n', 'line 2'),
        ('checkpoint:', 'want'),
        ('\n', 'want'),
    ):
        open(path('x.checkpoint'), 'w').write(x)
        says(run(EXHIBIT, 'verify', f, '--expect', path('x.checkpoint'), status=64), words)
    says(run(EXHIBIT, 'verify', f, '--expect', path('x.checkpoint') + 'no', status=66), 'No such')


@test
def objects_as_they_come():
    f = trail()
    y = open(f'{FIX}/objects/{RR}.yaml').read()
    other = y.replace(RR, 'rr-other')
    import yaml

    as_json = json.dumps(yaml.safe_load(y), default=str)

    def diff(text, status=None):
        open(path('o.yaml'), 'wb').write(text if isinstance(text, bytes) else text.encode())
        p = run(
            EXHIBIT,
            'diff',
            f,
            *VKEY,
            '--id',
            RR,
            '--with',
            path('o.yaml'),
            '-o',
            'json',
            status=status,
        )
        return p.returncode, (
            json.loads(p.stdout)['remediations'][0]['counts']
            if p.returncode in (0, 11)
            else p.stderr.decode()
        )

    plain = diff(y)
    check(plain[0] in (0, 11) and plain[1]['equal'] > 50, plain)
    indent = lambda t: '\n'.join(
        '- ' + l if i == 0 else '  ' + l for i, l in enumerate(t.strip().split('\n'))
    )
    body = y[y.index('apiVersion') :]
    for how, t in {
        'BOM': '\ufeff' + y,
        'CR LF': y.replace('\n', '\r\n'),
        'UTF-16': ('\ufeff' + y).encode('utf-16-le'),
        'documents': '---\n' + other + '\n---\n' + y + '\n---\n',
        'empty ones': '---\n---\n' + y,
        'List': (
            'apiVersion: v1\nitems:\n'
            + indent(other[other.index('apiVersion') :])
            + '\n'
            + indent(body)
            + '\nkind: List\n'
        ),
        'JSON List': '{"kind":"List","items":[%s]}' % as_json,
        'base64': base64.encodebytes(y.encode()),
        'array': '[%s,%s]' % (as_json.replace(RR, 'rr-other'), as_json),
    }.items():
        check(diff(t) == plain, (how, diff(t), plain))
    for t, words in (
        (other + '\n---\n' + other.replace('rr-other', 'rr-third'), ('rr-other', 'rr-third', RR)),
        ('', ('no object',)),
        ('kind: List\nitems: []\n', ('no object',)),
        ('just text', ('object',)),
        (b'\xff\xfea', ('UTF-16',)),
    ):
        rc, err = diff(t)
        check(rc == 65 and all(w in err for w in words), (t[:20], rc, err))
    open(path('p.yaml'), 'wb').write('\ufeffzone: UTC\r\n'.encode('utf-16-le'))
    run(EXHIBIT, 'controls', f, *VKEY, '--policy', path('p.yaml'))
    open(path('p.yaml'), 'w').write('zone: UTC\n---\nzone: "+01:00"\n')
    says(run(EXHIBIT, 'controls', f, *VKEY, '--policy', path('p.yaml'), status=65), 'documents')


# ---- J-14: text of others


@test
def nothing_raw_reaches_a_terminal():
    o = small()
    for x in o:
        x['actor_id'] = C1
        x['event_data']['to_phase'] = C1
        x['event_data']['reason'] = C1
        x['resource_id'] = C1
        x['event_hash'] = None
    open(path('raw.jsonl'), 'w').write(
        '\n'.join(json.dumps(x, ensure_ascii=False) for x in o) + '\n{"broken ' + C1 + '\n'
    )
    f, _, _ = archive('options-raw', path('raw.jsonl'), status=6)
    i = o[0]['correlation_id']
    for verb in (
        ['cat'],
        ['cat', '--kind', 'reject'],
        ['cat', '--kind', 'context'],
        ['list'],
        ['list', '--other'],
        ['list', '-o', 'jsonl'],
        ['show', '--id', i],
        ['show', '--id', i, '-o', 'json'],
        ['timeline', '--id', i],
        ['history', '--id', i],
        ['history', '--id', i, '-o', 'json'],
        ['approvals'],
        ['approvals', '-o', 'csv'],
        ['approvals', '-o', 'jsonl'],
        ['controls'],
        ['controls', '-o', 'csv'],
        ['controls', '-o', 'json'],
        ['populations'],
        ['populations', '-o', 'json'],
        ['reconstruct', '--all', '--partial'],
        ['reconstruct', '--all', '--partial', '-o', 'jsonl'],
        ['reconstruct', '--all', '--partial', '--children', '--provenance'],
        ['sample', '--population', 'remediations', '-n', '9', '--seed', C1],
        ['sample', '--population', 'remediations', '-n', '9', '--seed', 'x', '-o', 'csv'],
        ['verify'],
        ['verify', '-o', 'json'],
        ['verify', '--each'],
        ['report', '--out', '-'],
        ['show', '--id', C1],
        ['approvals', '--by', C1],
        ['controls', '--rule', C1],
        ['verify', '--' + C1],
        ['verify', '-o', C1],
        ['populations', '--period', C1],
        [C1],
    ):
        p = run(EXHIBIT, verb[0], f, *VKEY, *verb[1:], status=None)
        text = (p.stdout + p.stderr).decode()
        text = text.replace('\r\n', '\n')
        check(
            not DANGEROUS.search(text.replace('\n', '')),
            (verb, DANGEROUS.findall(text)[:5], text[:200]),
        )
    check(
        json.loads(run(EXHIBIT, 'cat', f, *VKEY).stdout.decode().splitlines()[0])['actor_id'] == C1,
        'whole in JSON',
    )
    # names of files, of keys, of what an archive claims to be
    n = os.path.join(W, 'n' + C1 + '.exhibit')
    shutil.copy(f, n)
    for argv in (
        [EXHIBIT, 'verify', n, *VKEY],
        [EXHIBIT, 'info', n],
        [EXHIBIT, 'verify', n + C1],
        [EXHIBIT, 'verify', f, '--vkey', n],
        [EXHIBIT, 'report', n, '--out', n + '/x'],
        [EXPORT, 'archive', n, '--out', n],
        [EXPORT, 'archive', LC, '--out', n, '--unsealed'],
        [EXPORT, 'inspect', n],
        [EXPORT, 'archive', LC, '--out', n + '2', '--unsealed'],
        [
            EXPORT,
            'archive',
            path('raw.jsonl'),
            '--out',
            n + '3',
            '--origin',
            C1,
            '--key',
            FIX + '/test.key',
        ],
        [EXPORT, 'keygen', '--name', C1, '--out', path('kk')],
    ):
        p = run(*argv, status=None)
        text = (p.stdout + p.stderr).decode('utf-8', 'replace')
        check(
            not DANGEROUS.search(text.replace('\n', '')),
            (argv[1:3], DANGEROUS.findall(text)[:5], text[:300]),
        )


@test
def names_of_logs_are_data():
    name = 'acme\u202e\u2066/\u061cprod'
    d = path('bidi')
    os.makedirs(d)
    p = run(EXPORT, 'keygen', '--name', name, '--out', d + '/k')
    check(not DANGEROUS.search(p.stdout.decode().replace('\n', '')), p.stdout)
    p = run(
        EXPORT, 'archive', LC, '--out', d + '/a.exhibit', '--origin', name, '--key', d + '/k.key'
    )
    check(not DANGEROUS.search(p.stdout.decode().replace('\n', '')), p.stdout)
    f = d + '/a.exhibit'
    found_ = []
    for keys in ([], ['--vkey', d + '/k.vkey'], VKEY):
        for verb in (
            ['verify'],
            ['verify', '-o', 'json'],
            ['info'],
            ['info', '-o', 'json'],
            ['list'],
            ['report', '--out', '-'],
            ['compare', '--with', trail()],
            ['compare', '--with', f, '-o', 'json'],
            ['cat', '--kind', 'manifest'],
            ['explain', 'A15'],
            ['verify', '--expect', f'{name} 5 ' + 'ab' * 32],
        ):
            argv = [verb[0], 'A15', f] if verb[0] == 'explain' else [verb[0], f, *verb[1:]]
            p = run(EXHIBIT, *argv, *keys, status=None)
            text = (p.stdout + p.stderr).decode()
            if DANGEROUS.search(text.replace('\n', '')):
                found_.append(
                    (
                        verb,
                        keys[1:],
                        DANGEROUS.search(text.replace('\n', '')).start(),
                        [l for l in text.split('\n') if DANGEROUS.search(l)][0][:150],
                    )
                )
    p = run(EXHIBIT, 'key', d + '/k.vkey')
    check(not DANGEROUS.search(p.stdout.decode().replace('\n', '')), 'key')
    for argv in (
        ['archive', LC, '--out', d + '/b.exhibit', '--origin', name, '--key', d + '/k.key'],
        ['archive', LC, '--out', d + '/b.exhibit', '--origin', 'x', '--key', d + '/k.key'],
        ['reconcile', f, '--source', LC, *VKEY],
    ):
        p = run(EXPORT, *argv, status=None)
        check(not DANGEROUS.search(p.stderr.decode().replace('\n', '')), (argv, p.stderr))
    check(not found_, found_)


@test
def passwords_stand_nowhere():
    pw = 'SECRETPW25'
    for a in (
        'postgresql://reader:%s%%zz@127.0.0.1:9/audit',
        'postgres://reader:%s@[::1/audit',
        'postgres://reader:%s@127.0.0.1:9x/audit',
        'postgres://reader:%s/x@127.0.0.1:9/a',
        'postgres://reader:x@%s@127.0.0.1:9/a',
        'postgres://127.0.0.1:9/a?password=%s&nonsense=1',
        'postgres://127.0.0.1:9/a?user=x&password=%s%%',
        'postgres//reader:%s@127.0.0.1/a',
        'postgres:/reader:%s@127.0.0.1/a',
        'Postgres://reader:%s@127.0.0.1/a',
        'mysql://reader:%s@127.0.0.1/a',
        'host=127.0.0.1 port=9 password=%s dbname=a',
        'redis://:%s@127.0.0.1:0',
        'redis://u:%s',
        'redis://u:%s@:9',
        'rediss://u:%s@127.0.0.1:9',
        'redis://u:%s@127.0.0.1:99999',
        'https://u:%s@127.0.0.1:9/',
        'https://u:%s@',
        'https://u:%s@127.0.0.1:99999',
        'https://127.0.0.1:9/?token=%s&limit=3',
        'http://u:%s @h',
    ):
        for verb in (
            ['archive', '--out', path('x.exhibit'), '--unsealed', '-q'],
            ['inspect'],
            ['inspect', '-o', 'json'],
            ['reconcile', trail(), *VKEY, '--source'],
            ['archive', '--follow', '--once', '--out', path('y.exhibit'), *ORIGIN],
        ):
            try:
                p = run(EXPORT, *verb, a % pw, status=None, stdin=b'')
            except subprocess.TimeoutExpired:
                raise Failed((verb, a))
            check(64 <= p.returncode <= 78 and p.stderr, (a, verb, p.returncode))
            text = (p.stdout + p.stderr).decode()
            check(not any(pw[i : i + 5] in text for i in range(len(pw) - 4)), (a, verb, text))
    # what is no address keeps its words
    check(
        b'no-such-file.sql' in run(EXPORT, 'inspect', 'no-such-file.sql', status=66).stderr,
        'a file',
    )


@test
def signing_keys_are_private():
    k = path('mode.key')
    shutil.copy(FIX + '/test.key', k)
    n = itertools.count()

    def seal(mode, key=k, status=0, before=None, env=None, stdin=None):
        os.chmod(k, mode)
        d = path('mode-%d' % next(n))
        os.makedirs(d)
        out = d + '/a.exhibit'
        argv = [
            EXPORT,
            'archive',
            FIX + '/small.jsonl',
            '--out',
            out,
            '--origin',
            'demo.example/cluster',
            '--key',
            key,
            '-q',
        ]
        p = subprocess.run(argv, capture_output=True, preexec_fn=before, input=stdin)
        check(
            p.returncode == status and os.path.exists(out) == (status == 0),
            (oct(mode), p.returncode, p.stderr),
        )
        return p.stderr.decode()

    check(seal(0o600) == '' and seal(0o400) == '', 'private: without a word')
    for mode in (0o644, 0o604, 0o602, 0o606, 0o666, 0o622 | 4):
        check('chmod 600' in seal(mode, status=77), oct(mode))
    for mode in (0o640, 0o660, 0o620):
        check('group' in seal(mode), oct(mode))
    os.symlink('mode.key', path('link.key'))
    check(
        seal(0o600, path('link.key')) == '' and 'everybody' in seal(0o604, path('link.key'), 77),
        'a link counts by its target',
    )
    check(seal(0o600, '-', stdin=data(k)) == '', 'through a pipe')
    if os.getuid() == 0:
        os.chown(k, 0, 4321)
        check('a group that is not' in seal(0o640, status=77), 'another group')
        check(
            'the group of this process' in seal(0o640, before=lambda: os.setgroups([4321])),
            'one of its groups',
        )
        os.chown(k, 0, 0)
    d = path('follow-mode')
    os.makedirs(d)
    os.chmod(k, 0o644)
    p = run(
        EXPORT,
        'archive',
        'postgres://127.0.0.1:9/a',
        '--follow',
        '--once',
        '--out',
        d + '/f.exhibit',
        '--origin',
        'demo.example/cluster',
        '--key',
        k,
        status=77,
    )
    check(os.listdir(d) == [], 'nothing is written')


@test
def archives_and_names_are_private():
    mask = os.umask(0)
    try:
        d = path('deep/secret-project/pages')
        os.makedirs(d)
        shutil.copy(FIX + '/small.jsonl', d + '/rows.jsonl')
        for options, mode in (([], 0o600), (['--mode', '640'], 0o640), (['--mode', '0444'], 0o444)):
            out = path('m%o.exhibit' % mode)
            run(EXPORT, 'archive', d + '/rows.jsonl', '--out', out, '--unsealed', *options)
            check(stat.S_IMODE(os.stat(out).st_mode) == mode, oct(mode))
        for bad in ('rw', '9', '', '77777', '1640', '64'):
            run(
                EXPORT,
                'archive',
                d + '/rows.jsonl',
                '--out',
                path('x.exhibit'),
                '--unsealed',
                '--mode',
                bad,
                status=64,
            )
    finally:
        os.umask(mask)

    def names(f):
        m = [
            json.loads(l)
            for k in ('context', 'manifest')
            for l in run(EXHIBIT, 'cat', f, '--kind', k, status=None).stdout.decode().splitlines()
        ]
        return {
            x
            for o in m
            for x in (
                [o.get('path')]
                + [i.get('path') for i in o.get('inputs', [])]
                + [y['path'] for i in [o] + o.get('inputs', []) for y in i.get('files', [])]
            )
            if x
        }, json.dumps(m)

    def made(name, *argv):
        f = path(name + '.exhibit')
        run(EXPORT, 'archive', *argv, '--out', f, '--unsealed', status=None)
        return names(f)

    got, text = made('by-base', d + '/rows.jsonl')
    check(got == {'rows.jsonl'} and 'secret-project' not in text, got)
    got, text = made('by-folder', d + '/')
    check(got == {'pages', 'pages/rows.jsonl'} and 'secret-project' not in text, got)
    got, _ = made('by-label', d + '/rows.jsonl', '--label', 'the rows')
    check(got == {'the rows'}, got)
    got, _ = made('whole', d + '/rows.jsonl', '--record-paths')
    check(got == {d + '/rows.jsonl'}, got)
    small_collection(path('deep/secret-project/gathered'))
    got, text = made('gathered', path('deep/secret-project/gathered'))
    check('gathered' in got and 'secret-project' not in text, got)
    open(d + '/bad.jsonl', 'w').write(open(FIX + '/small.jsonl').read() + '{"event_id": nonsense\n')
    f = path('rej.exhibit')
    run(EXPORT, 'archive', d + '/bad.jsonl', '--out', f, '--unsealed', status=6)
    check(
        b'secret-project' not in data(f)
        and b'secret-project' not in run(EXHIBIT, 'cat', f, '--kind', 'reject').stdout,
        'places of rejects',
    )
    run(
        EXPORT,
        'archive',
        d + '/rows.jsonl',
        '--out',
        path('x.exhibit'),
        '--unsealed',
        '--label',
        'a',
        '--label',
        'b',
        status=64,
    )


# ---- J-15: the sandbox

NOBOX = '''
import ctypes, os, platform, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
prctl, seccomp = {'x86_64': (157, 317), 'aarch64': (167, 277)}[platform.machine()]
op = lambda code, yes, no, k: struct.pack('HBBI', code, yes, no, k)
answer = lambda nr, error: op(0x15, 0, 1, nr) + op(6, 0, 0, 0x50000 | error)
p = op(0x20, 0, 0, 0)
for part in sys.argv[1].split(','):
    what, error = part.split('=')
    error = int(error)
    if what == 'landlock':
        p += b''.join(answer(nr, error) for nr in (444, 445, 446))
    option = {'seccomp': 22, 'privs': 38}.get(what)
    if option:
        p += op(0x15, 0, 4, prctl) + op(0x20, 0, 0, 16) + op(0x15, 0, 1, option)
        p += op(6, 0, 0, 0x50000 | error) + op(0x20, 0, 0, 0)
p += op(6, 0, 0, 0x7fff0000)
code = ctypes.create_string_buffer(p, len(p))
filter_ = struct.pack('HxxxxxxQ', len(p) // 8, ctypes.addressof(code))
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, filter_):
    sys.exit(99)
os.execv(sys.argv[2], sys.argv[2:])
'''


@test
def the_sandbox_is_on_or_said():
    if A.plain:
        return
    f = trail()
    EPERM, EACCES, ENOSYS, EINVAL, EOPNOTSUPP = 1, 13, 38, 22, 95

    def boxed(what, *argv):
        return subprocess.run(
            [sys.executable, '-c', NOBOX, what, EXHIBIT, *argv], capture_output=True
        )

    if boxed('landlock=38', '--version').returncode == 99:
        return
    state = lambda p: json.loads(p.stdout)['tool']['sandbox']
    V_ = ('verify', f, *VKEY, '-o', 'json')
    check(
        state(run(EXHIBIT, *V_)) == 'full' and run(EXHIBIT, *V_).stderr == b'',
        'here: full, without a word',
    )
    for what in (
        'seccomp=1',
        'seccomp=13',
        'landlock=1',
        'landlock=13',
        'privs=1',
        f'landlock={ENOSYS},seccomp=1',
        'seccomp=12',
    ):
        for argv in (
            V_,
            ('list', f),
            ('report', f, '--out', path('nobox.html')),
            ('key', VKEY[1]),
            ('compare', f, '--with', f),
            ('controls', f),
        ):
            p = boxed(what, *argv)
            check(
                p.returncode == 77 and p.stdout == b'' and b'--sandbox off' in p.stderr,
                (what, argv[0], p.returncode, p.stderr),
            )
        check(
            not os.path.exists(path('nobox.html'))
            and not [x for x in os.listdir(W) if x.startswith('nobox')],
            'no remainder',
        )
        p = boxed(what, *V_, '--sandbox', 'off')
        check(
            p.returncode == 0 and state(p) == 'off' and b'sandbox: off' in p.stderr,
            (what, p.stderr),
        )
    for what, want in (
        ('landlock=38', 'partial'),
        ('landlock=95', 'partial'),
        ('seccomp=38', 'partial'),
        ('landlock=38,seccomp=22', 'none on this platform'),
        ('landlock=38,seccomp=38,privs=22', 'none on this platform'),
    ):
        p = boxed(what, *V_)
        check(
            p.returncode == 0 and state(p) == want and want.encode() in p.stderr,
            (what, p.returncode, p.stderr, p.stdout[:80]),
        )
        check(b'sandbox' in boxed(what, 'verify', f, *VKEY).stdout.lower(), 'on the first screen')
    # what is printed of the evidence is the same everywhere
    a, b = (json.loads(run(EXHIBIT, *V_, '--sandbox', s).stdout) for s in ('on', 'off'))
    check(a.pop('tool') != b.pop('tool') and a == b, 'the only member that differs')
    reports = [
        run(EXHIBIT, 'report', f, *VKEY, '--out', '-', '--sandbox', s).stdout for s in ('on', 'off')
    ]
    check(reports[0] == reports[1], 'a report holds none of it')
    # the machine's configuration of libcrypto has no say
    open(path('openssl.cnf'), 'w').write(
        'openssl_conf = x\n[x]\nproviders = p\n[p]\nnothing = n\n[n]\nmodule ='
        ' /no/such.so\nactivate = 1\n'
    )
    run(EXHIBIT, 'verify', f, *VKEY, env=dict(os.environ, OPENSSL_CONF=path('openssl.cnf')))


# ---- J-16: by hand


def shell(text, d, **env):
    programs = A.bin
    if A.plain:  # sanitizers need system calls of their own
        programs = path('boxless')
        os.makedirs(programs, exist_ok=True)
        open(programs + '/exhibit', 'w').write(f'#!/bin/sh\nexec {EXHIBIT} "$@" --sandbox off\n')
        os.chmod(programs + '/exhibit', 0o755)
    return subprocess.run(
        ['sh', '-euc', text],
        cwd=d,
        capture_output=True,
        encoding='utf-8',
        errors='replace',
        timeout=120,
        env=dict(os.environ, PATH=programs + ':' + os.environ['PATH'], LC_ALL='C.UTF-8', **env),
    )


def hands():
    """(finding, the command that redoes its check)"""
    for row in deftable.rows('src/finding/finding.def', 'FINDING'):
        yield row[0], deftable.plain(row[7])


@test
def recipes_run_on_stock_tools():
    f = good()
    k = 0
    todo = dict(hands())
    check(len(todo) > 80 and sum(1 for h in todo.values() if h) > 45, len(todo))
    keyed, _, _ = archive('recipes-keyed', FIX + '/keyed.jsonl')
    r = next(json.loads(l) for l in open(FIX + '/keyed.jsonl') if l.strip())
    for i, hand in todo.items():
        if not hand:
            continue
        check(not re.search(r'\bFILE\b|explain EVENT|\bN\b with|…', hand), (i, hand))
        d = path('recipe-' + i)
        os.makedirs(d)
        shutil.copy(FIX + '/hmac.key', d + '/KEYFILE')
        p = (
            shell(
                hand,
                d,
                F=f,
                U='file:' + f + '?immutable=1',
                KEY=VKEY[1],
                ID=r['correlation_id'] if '$ID' in hand else '',
                PREVIOUS='',
                BODY='{}',
            )
            if '$ID' not in hand
            else shell(hand, d, F=keyed, ID=r['correlation_id'])
        )
        what = p.stderr if p.returncode else ''
        check(
            p.returncode in (0, 3) and (p.stdout or 'kind' in hand), (i, hand, p.returncode, what)
        )
        lines_ = [l.split()[0] for l in p.stdout.split('\n') if re.match(r'[0-9a-f]{64}\b', l)]
        if 'agree' in hand:
            check(len(lines_) >= 2 and lines_[::2] == lines_[1::2], (i, p.stdout))
        if 'Verified Successfully' in hand:
            check('Signature Verified Successfully' in p.stdout + p.stderr, (i, p.stdout))
        k += 1
    check(k > 45, k)

    # what is not as it was sealed is seen, and what a tool prints of a bad frame is not taken
    # for its content
    def spoilt(i, f, key=VKEY[1]):
        d = path('spoilt-%s-%d' % (i, len(os.listdir(W))))
        os.makedirs(d)
        p = shell(todo[i], d, F=f, U='file:' + f + '?immutable=1', KEY=key)
        pairs = [l.split()[0] for l in p.stdout.split('\n') if re.match(r'[0-9a-f]{64}\b', l)]
        return p.returncode != 0 or pairs[::2] != pairs[1::2]

    t = copy('recipes')
    edit(t, "UPDATE data SET data = substr(data,1,200) || x'00' || substr(data,202) WHERE no=2")
    check(spoilt('A09', t) and spoilt('A01', t) and not spoilt('A08', t), 'a block')
    t = copy('recipes2')
    edit(t, 'UPDATE block SET nodes=zeroblob(length(nodes)) WHERE no=2')
    check(spoilt('A08', t), 'the chain')
    t = copy('recipes3')
    edit(t, 'UPDATE idx SET data=substr(data,2) WHERE no=1')
    check(spoilt('A20', t), 'an index')
    t = copy('recipes4')
    edit(
        t,
        "UPDATE data SET data = substr(data,1,length(data)-9) || x'0102030405060708' ||"
        " substr(data,-1) WHERE no=(SELECT max(no) FROM data)",
    )
    p = shell(todo['A17'], d, F=t, U='file:' + t + '?immutable=1')
    check(p.returncode and '"manifest"' not in p.stdout, (p.returncode, p.stdout))
    t = copy('recipes5')
    edit(t, "UPDATE seal SET note=replace(note, 'cluster', 'clusteR')")
    check(spoilt('A15', t), 'the seal')
    run(EXPORT, 'keygen', '--name', 'demo.example/cluster', '--out', path('stranger'))
    check(
        spoilt('A15', good(), path('stranger.vkey'))
        and spoilt('A03', good(), path('stranger.vkey'))
        and not spoilt('A03', good()),
        'another key',
    )


def by_hand(f, i, event, *more):
    """What explain prints for an event: each command line run, and what it should give."""
    out = run(EXHIBIT, 'explain', i, f, '--id', event, *VKEY, *more).stdout.decode()
    got = []
    check(not DANGEROUS.search(out.replace('\n', '')), 'nothing raw')
    for m in re.finditer(r'(?m)^  (printf .*(?:\n(?!  ).*)*)\n  gives      ([0-9a-f]{64})$', out):
        p = shell(m[1], W)
        got.append(m[2])
        check(m[2] in p.stdout, (m[1][:200], m[2], p.stdout, p.stderr))
    return out, got


@test
def every_event_by_hand():
    rows_ = [json.loads(l) for l in call('cat').stdout.decode().splitlines()]
    one = [r for r in rows_ if r['correlation_id'] == RR]
    f = trail()
    for r in one[:6]:
        out, got = by_hand(f, 'S01', r['event_id'])
        check(got[0] == r['event_hash'] and 'they agree' in out, out)
    # edited; another predecessor; another hash; none; another spelling; text that a shell and
    # a terminal would take for something
    made = []

    def tampered(name, change):
        rs = [dict(r) for r in one]
        change(rs)
        open(path(name + '.jsonl'), 'w').write(
            ''.join(json.dumps(r, ensure_ascii=False) + '\n' for r in rs)
        )
        return archive('hand-' + name, path(name + '.jsonl'), status=None)[0]

    named = {r['previous_event_hash'] for r in one}
    at = next(i for i, r in enumerate(one) if r['event_hash'] in named and r['previous_event_hash'])
    e = one[at]['event_id']

    def edited(rs):
        rs[at]['event_data'] = dict(
            rs[at]['event_data'], extra="it's 100 % \\ \x85\u202e\u00e9 $(x) `y`"
        )

    out, got = by_hand(tampered('edited', edited), 'S01', e)
    check('THEY DIFFER' in out and got[0] != one[at]['event_hash'] and len(got) == 1, out)
    other = next(
        r['event_hash']
        for r in one
        if r['event_hash'] not in (one[at]['previous_event_hash'], one[at]['event_hash'])
    )

    def relinked(rs):
        rs[at]['previous_event_hash'] = other

    out, got = by_hand(tampered('relinked', relinked), 'S17', e)
    check(
        'THEY DIFFER' in out
        and got[1:] == [one[at]['event_hash']]
        and 'as predecessor it gives' in out,
        out,
    )

    def rehashed(rs):
        rs[at]['event_hash'] = 'ab' * 32

    out, got = by_hand(tampered('rehashed', rehashed), 'S18', e)
    check(got == [one[at]['event_hash']] and 'names that as its predecessor' in out, out)

    def unhashed(rs):
        rs[at]['event_hash'] = None

    out, got = by_hand(tampered('unhashed', unhashed), 'S20', e)
    check(
        got == [one[at]['event_hash']] and 'no hash is stored' in out and 'names that' in out, out
    )

    # a spelling that PostgreSQL changed: the address, the sign of a zero
    def spelt(rs):
        r = rs[at]
        r['actor_ip'] = '10.1.2.3'
        r['event_data'] = dict(r['event_data'], zero=0)

    g = tampered('spelt', spelt)
    body = re.search(
        r"printf '%s' (?:'[0-9a-f]{64}' )?'(.*)' \| sha256sum", by_hand(g, 'S05', e)[0]
    )[1].replace("'\\''", "'")
    was = body.replace('"actor_ip":"10.1.2.3"', '"actor_ip":"10.1.2.3/32"').replace(
        '"zero":0', '"zero":-0'
    )
    h = hashlib.sha256((one[at]['previous_event_hash'] + was).encode()).hexdigest()

    def spelt_and_hashed(rs):
        spelt(rs)
        rs[at]['event_hash'] = h

    out, got = by_hand(tampered('spelt2', spelt_and_hashed), 'S05', e)
    check(len(got) == 2 and got[1] == h and 'E-13' in out, out)
    # the source's key
    keyed, _, _ = archive('hand-keyed', FIX + '/keyed.jsonl')
    r = next(
        json.loads(l)
        for l in open(FIX + '/keyed.jsonl')
        if l.strip() and json.loads(l)['hash_algorithm'] == 'hmac-sha256'
    )
    out, got = by_hand(keyed, 'S01', r['event_id'], '--hmac-key-file', FIX + '/hmac.key')
    check(got == [r['event_hash']] and 'they agree' in out and 'openssl' in out, out)
    out = run(EXHIBIT, 'explain', 'S03', keyed, '--id', r['event_id']).stdout.decode()
    check('KEYFILE' in out and r['event_hash'] in out, out)
    # the file's own recipe, filled in, of a name that is hard to write
    hard = path("it's 100%? #1 $x é.exhibit")
    shutil.copy(f, hard)
    for i in ('A01', 'A09', 'A15', 'A17', 'A20', 'L03', 'I01'):
        for more in ([], ['--id', e]):
            out = run(EXHIBIT, 'explain', i, hard, *more, *VKEY).stdout.decode()
            text = out.split('in a shell\n')[1]
            d = path('filled-%s-%d' % (i, len(more)))
            os.makedirs(d)
            p = shell(text, d)
            check(p.returncode in (0, 3) and p.stdout, (i, more, text, p.returncode, p.stderr))
    says(run(EXHIBIT, 'explain', 'S01', f, '--id', RR, status=64), 'id of an event')
    says(run(EXHIBIT, 'explain', 'S01', '--id', e, status=64), 'FILE')
    says(
        run(
            EXHIBIT, 'explain', 'S01', f, '--id', 'ffffffff-ffff-4fff-8fff-ffffffffffff', status=66
        ),
        'ffffffff',
    )
    says(run(EXHIBIT, 'explain', 'AP-01', f, status=64), 'controls')
    withheld, _, _ = archive('hand-withheld', LC, options=['--unsealed', '--redact', 'bodies'])
    out = run(EXHIBIT, 'explain', 'N04', withheld, '--id', e).stdout.decode()
    check('withheld' in out and re.search('gives      [0-9a-f]{64}', out), out)


@test
def what_the_sandbox_refuses():
    if A.plain:
        return
    d = path('box')
    os.makedirs(d + '/out')
    o = TOP + '/build'
    objects = [f'{o}/{x}.o' for x in ('cmd/analyze/sandbox', 'base/err', 'base/buf')]
    p = subprocess.run(
        [
            'gcc',
            '-std=c11',
            '-D_GNU_SOURCE',
            '-Wall',
            '-I' + TOP + '/src',
            '-o',
            d + '/sandbox',
            TOP + '/tests/sandbox.c',
            *objects,
            '-lpthread',
        ],
        capture_output=True,
        text=True,
    )
    check(p.returncode == 0, p.stderr)

    def tried(out_dir, files):
        for x in (d + '/outside', d + '/out/inside'):
            open(x, 'w').close()
        p = subprocess.run(
            [d + '/sandbox', out_dir, files, d + '/outside', d + '/out/inside'],
            capture_output=True,
            text=True,
        )
        got = dict(l.rsplit(' ', 1) for l in p.stdout.splitlines())
        check(got.pop('state', '') == 'full', (p.returncode, p.stdout))
        return {k: int(v) for k, v in got.items()}

    EPERM, EACCES = 1, 13
    for out_dir, files in (('-', '0'), (d + '/out', '0'), (d + '/out', '1')):
        got = tried(out_dir, files)
        own = 0 if out_dir != '-' and files == '0' else EACCES
        made = 0 if files == '1' else EACCES
        want = {
            'mprotect-exec': EPERM,
            'mprotect': 0,
            'mmap-exec': EPERM,
            'setrlimit': EPERM,
            'getrlimit': 0,
            'fork': EPERM,
            'thread': 0,
            'open': EACCES,
            'create-outside': EACCES,
            'unlink-outside': EACCES,
            'rename-outside': EACCES,
            'rename-other': EACCES,
            'unlink-other': EACCES,
            'unlinkat-made': made,
            'rename-own': own,
            'signal-other': EPERM,
        }
        check(
            got == want,
            (out_dir, files, {k: (got.get(k), want[k]) for k in want if got.get(k) != want[k]}),
        )
        check(
            os.path.exists(d + '/outside') and not os.path.exists('/tmp/exhibit-sandbox-test'),
            'nothing happened outside',
        )


# ---- tables declared once


def on_a_terminal(columns, *argv):
    import pty

    m, s = pty.openpty()
    p = subprocess.Popen(
        argv, stdout=s, stderr=subprocess.DEVNULL, env=dict(os.environ, COLUMNS=str(columns))
    )
    os.close(s)
    out = b''
    while True:
        try:
            b = os.read(m, 65536)
        except OSError:
            break
        if not b:
            break
        out += b
    p.wait()
    os.close(m)
    return out.decode().replace('\r\n', '\n')


@test
def a_table_in_every_form():
    for argv, member in ((('explain',), 'explained'),):
        one = json.loads(run(EXHIBIT, *argv, '-o', 'json').stdout)[member]
        lines_ = [
            json.loads(l) for l in run(EXHIBIT, *argv, '-o', 'jsonl').stdout.decode().splitlines()
        ]
        sheet = list(
            csv.DictReader(
                io.StringIO(run(EXHIBIT, *argv, '-o', 'csv').stdout.decode(), newline='')
            )
        )
        check(one == lines_ and len(one) == len(sheet) > 100, (len(one), len(sheet)))
        check(
            [{k: v or '' for k, v in o.items()} for o in one]
            == [{k: v for k, v in r.items() if k != '_escaped'} for r in sheet],
            'the same cells',
        )
        table = run(EXHIBIT, *argv).stdout.decode().splitlines()
        check(
            len(table) == len(one) + 1
            and [l.split()[0] for l in table[1:]] == [o['id'] for o in one],
            'a line each',
        )
        narrow = on_a_terminal(60, EXHIBIT, *argv).splitlines()
        check(
            'LEVEL' not in narrow[0]
            and 'CLAUSE' not in narrow[0]
            and 'MEANING' in narrow[0]
            and 'LEVEL' in on_a_terminal(200, EXHIBIT, *argv).splitlines()[0]
            and 'LEVEL' in table[0],
            narrow[0],
        )
    whole = json.loads(call('populations', '-o', 'json').stdout)['populations']
    for rows_ in (
        [
            json.loads(l)
            for l in call('populations', '-o', 'jsonl', status=0).stdout.decode().splitlines()
        ],
        list(
            csv.DictReader(
                io.StringIO(call('populations', '-o', 'csv', status=0).stdout.decode(), newline='')
            )
        ),
    ):
        check(
            {r['population']: (int(r['count']), r['digest']) for r in rows_}
            == {k: (v['count'], v['digest']) for k, v in whole.items()},
            'populations',
        )
    says(run(EXHIBIT, 'explain', 'S01', '-o', 'json', status=64), 'csv')
