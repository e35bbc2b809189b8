"""Witnesses of a log (exhibit-export witness, formats/trust.md W-1 to W-4): asked, kept, refused,
and what contradicts. The real one is tools/witness.sh's.
"""

from harness import *
import forge
import suite_live as live
from witness import Cosigner, Witness

LOG = 'demo.example/cluster'
KNOWN = {LOG: FIX + '/test.vkey'}


def growing(name):
    """three files of one log, each with more of the same rows"""
    rs = rows('small.jsonl')
    files = []
    for i, n in enumerate((5, 11, len(rs))):
        src = path(f'{name}-{i}.jsonl')
        open(src, 'w').write('\n'.join(rs[:n]) + '\n')
        after = [a for f in files for a in ('--after', f)]
        files.append(archive(f'{name}-{i}', src, options=ORIGIN + after)[0])
    return files


def key_of(w, name):
    f = path(name + '.vkey')
    open(f, 'w').write(w.key.vkey)
    return f


def ask(f, w, *more, status=0):
    f = [f] if isinstance(f, str) else f
    return run(EXPORT, 'witness', *f, '--witness', w.url, *more, status=status).stderr.decode()


def lines(note):
    return data(note).decode().split('\n\n', 1)[1].splitlines()


@test
def witness_cosigns_growing_files():
    files, w = growing('wg'), Witness(KNOWN)
    vkey = key_of(w, 'wg')
    for i, f in enumerate(files):
        before = data(f)
        said = ask(f, w, '--witness-vkey', vkey)
        check('cosigned by witness.example/w1' in said and 'not checked' not in said, said)
        check(data(f) == before, 'the file is as it was')
        own, other = lines(f + '.note')
        check(other.startswith('\u2014 witness.example/w1 '), other)
        seal = sqlite3.connect(f).execute('SELECT note FROM seal ORDER BY no DESC').fetchone()[0]
        seal = seal.encode() if isinstance(seal, str) else seal
        check(data(f + '.note').startswith(seal), 'the seal, byte by byte')
        check(os.stat(f + '.note').st_mode & 0o777 == os.stat(f).st_mode & 0o666, 'permissions')
    # each from where the one before it ended, at the first attempt
    sizes = [int(t.split('\n')[1]) for _, _, t in w.asked]
    check([old for _, old, _ in w.asked] == [0] + sizes[:2], w.asked)
    # asked again: the first line of a key stays
    had = data(files[2] + '.note')
    ask(files[2], w)
    check(data(files[2] + '.note') == had, 'the earlier line')
    check(w.asked[-1][1] == sizes[2], 'from its own size')
    # a second one, that knows nothing, is led from the beginning; the third file alone cannot
    v = Witness(KNOWN, 'witness.example/w2')
    said = ask(files, v, '--witness-vkey', vkey, '--witness-vkey', key_of(v, 'wg2'))
    check(said.count('cosigned by witness.example/w2') == 3, said)
    check(len(lines(files[2] + '.note')) == 3, 'both beside the log')
    for x in (w, v):
        x.close()


@test
def witness_within_archive():
    w = Witness(KNOWN)
    f, _, said = archive(
        'wa', FIX + '/small.jsonl', options=ORIGIN + ['--witness', w.url + '/', '--quorum', '1']
    )
    check('cosigned by' in said and len(lines(f + '.note')) == 2, said)
    manifest = json.loads(run(EXHIBIT, 'cat', f, *VKEY, '--kind', 'manifest').stdout)
    check(manifest['asked'] == {'witnesses': [w.url + '/'], 'quorum': 1}, manifest['asked'])
    w.close()
    # nobody answers: sealed all the same, and 6
    f, _, said = archive(
        'wa-none', FIX + '/small.jsonl', options=ORIGIN + ['--witness', w.url], status=6
    )
    check('0 of 1 witnesses' in said and not os.path.exists(f + '.note'), said)
    run(EXHIBIT, 'verify', f, *VKEY, status=0)


def body(w, **how):
    return lambda n, old, text: (200, w[0].key.cosign(text, **how))


BAD = {
    'redirect': ((302, '', 'text/plain', None, [('Location', 'http://h/')]), 'redirection'),
    'unknown key': ((403, ''), '403: it does not know the key'),
    'unknown log': ((404, ''), '404: it does not know this log'),
    'bad request': ((400, ''), '400: it does not understand'),
    'server error': ((500, 'oops'), 'answers 500'),
    '409 without size': ((409, 'nonsense', 'text/x.tlog.size'), '409 without the size'),
    '409 negative': ((409, '-3\n', 'text/x.tlog.size'), '409 without the size'),
    '409 leading zero': ((409, '07\n', 'text/x.tlog.size'), '409 without the size'),
    '409 same size': ((409, '0\n', 'text/x.tlog.size'), 'asked from 0, it answers that it has 0'),
    '422 from nothing': ((422, ''), 'answers 422'),
    'cut': ('cut', ''),
    'closed': ('close', ''),
    'too long': (65537, 'longer than 65536 bytes'),
    'empty': ((200, ''), 'empty'),
    'no lines': ((200, 'hello\n'), 'line 1 of its answer is no signature line'),
    'bad base64': ((200, '\u2014 w.example A===\n'), 'line 1 of its answer is no signature line'),
    'no end': ((200, '\u2014 w.example ' + 'A' * 100), 'line 1 of its answer does not end'),
    'html': ((200, '<html>\n'), 'no signature line'),
}


@test
def witness_bad_answers():
    f = growing('wb')[0]
    before = data(f)
    for what, (answer, wanted) in BAD.items():
        w = Witness(KNOWN, fault=lambda *a: answer)
        said = ask(f, w, status=6)
        check(wanted in said and w.url in said and '0 of 1 witnesses' in said, (what, said))
        check(not os.path.exists(f + '.note') and not os.path.exists(f + '.conflict'), what)
        w.close()
    check(data(f) == before, 'the seal stands')


@test
def witness_bad_signatures():
    f = growing('ws')[0]
    w = Witness(KNOWN)
    vkey = ['--witness-vkey', key_of(w, 'ws')]
    other = Cosigner('witness.example/w1')
    flips = {
        'time': lambda s: bytes([s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7] ^ 1]) + s[8:],
        'signature': lambda s: s[:20] + bytes([s[20] ^ 1]) + s[21:],
        'no time': lambda s: bytes(8) + s[8:],
        'short': lambda s: s[:-1],
        'long': lambda s: s + b'x',
    }
    cases = {k: (lambda n, o, t, f=f_: (200, w.key.cosign(t, spoil=f))) for k, f_ in flips.items()}
    cases['another text'] = lambda n, o, t: (200, w.key.cosign(t.replace('\n', '\n1', 1)))
    cases['another key'] = lambda n, o, t: (200, other.cosign(t))
    cases['the log itself'] = lambda n, o, t: (200, forge.Signer(FIX + '/test.key').line(t))
    cases['twice'] = lambda n, o, t: (200, w.key.cosign(t) * 2)
    wanted = {
        'another key': 'no line by a key that you gave',
        'the log itself': 'no line by a key that you gave',
        'twice': 'line 2 of its answer is of the same key as line 1',
    }
    for what, fault in cases.items():
        w.fault = fault
        said = ask(f, w, *vkey, status=6)
        check(wanted.get(what, 'is not over this checkpoint') in said, (what, said))
        check(not os.path.exists(f + '.note'), what)
    # one that signs with two keys, of which one is not known: its line is not taken
    w.fault = lambda n, o, t: (200, other.cosign(t) + w.key.cosign(t))
    ask(f, w, *vkey)
    check(len(lines(f + '.note')) == 2 and w.key.id == line_id(f), 'the known one')
    os.remove(f + '.note')
    # a kind that is not checked is kept, and said
    ml = Cosigner('witness.example/ml', kind=6)
    open(path('ws-ml.vkey'), 'w').write(ml.vkey)
    w.fault = lambda n, o, t: (200, ml.cosign(t))
    said = ask(f, w, '--witness-vkey', path('ws-ml.vkey'))
    check('not checked' in said and len(lines(f + '.note')) == 2, said)
    w.close()


def line_id(f):
    return base64.b64decode(lines(f + '.note')[-1].split()[2])[:4]


@test
def witness_contradictions():
    one, two, _ = growing('wc')
    w = Witness(KNOWN)
    ask([one, two], w)
    # an older file is shown again: it was seen to be longer
    said = ask(one, w, status=4)
    check('this file is older' in said and 'conflict' in said, said)
    kept = data(one + '.conflict').decode()
    m = re.fullmatch(r'exhibit-conflict/1 (\S+Z) (\S+) 409 0 (\d+) (\d+)\n(.*)\n', kept, re.S)
    check(m and m[2] == w.url and int(m[4]) == len(m[5]), kept)
    # the holder of the key rewrote the log: the same size, and another root
    rs = [json.loads(r) for r in rows('small.jsonl')]
    rs[3]['event_action'] = 'another'
    for n, size in ((5, 'same'), (9, 'longer')):
        src = path(f'wc-{size}.jsonl')
        open(src, 'w').write('\n'.join(map(json.dumps, rs[:n])) + '\n')
        f = archive('wc-' + size, src)[0]
        x = Witness(KNOWN)
        ask(one, x)
        other = [Witness(KNOWN, 'witness.example/w2')]
        said = ask(f, x, '--witness', other[0].url, status=4)
        wanted = 'two views of one log' if size == 'same' else 'no proof leads'
        check(wanted in said and os.path.exists(f + '.conflict'), (size, said))
        check(not os.path.exists(f + '.note'), 'nobody cosigned it')
        check(not other[0].asked, 'nobody else was asked')
        for y in (x, *other):
            y.close()
    w.close()


@test
def witness_usage():
    f = growing('wu')[0]
    for argv, wanted in (
        ([f], 'wants sealed files and --witness'),
        (['--witness', 'http://h'], 'wants sealed files'),
        ([f, '--witness', 'ftp://h'], 'want an address http'),
        ([f, '--witness', 'http://u:pw@h/'], 'sealed'),
        ([f, '--witness', 'http://h/?q'], 'without ?'),
        ([f, '--witness', 'http://h', '--witness', 'http://h'], 'given twice'),
        ([f, '--witness', 'http://h', '--quorum', '2'], 'want how many'),
        ([f, '--witness', 'http://h', '--quorum', '0'], 'want how many'),
        ([f, '--quorum', '1', '--witness-vkey', 'x'], 'wants sealed files'),
    ):
        p = run(EXPORT, 'witness', *argv, status=64)
        check(wanted in p.stderr.decode() and b'pw' not in p.stderr, (argv, p.stderr))
    p = run(
        EXPORT, 'witness', f, '--witness', 'http://h', '--witness-vkey', FIX + '/test.vkey',
        status=65,
    )
    check(b'key of a log' in p.stderr, p.stderr)
    unsealed = archive('wu-un', FIX + '/small.jsonl', options=['--unsealed'])[0]
    p = run(EXPORT, 'witness', unsealed, '--witness', 'http://127.0.0.1:1', status=65)
    check(b'never sealed' in p.stderr, p.stderr)
    open(f + '.note', 'w').write('hello')
    p = run(EXPORT, 'witness', f, '--witness', 'http://127.0.0.1:1', status=65)
    check(b'no signed note' in p.stderr and data(f + '.note') == b'hello', p.stderr)
    p = run(
        EXPORT, 'archive', FIX + '/small.jsonl', '--out', path('wu.exhibit'), '--unsealed',
        '--witness', 'http://h', status=64,
    )
    check(b'sealed file' in p.stderr, p.stderr)


@test
def witness_of_a_log_that_follows():
    live.fresh('wfol')
    w = Witness(KNOWN)
    more = ['--interval', '300ms', '--witness', w.url, '--witness-vkey', key_of(w, 'wfol')]
    p = live.follow('wfol', 'wfol', *more)
    live.until(lambda: w.asked)
    live.plus('wfol', 4)
    live.until(lambda: len(w.asked) > 1)
    p.terminate()
    check(p.wait() == 0, data(path('wfol.err'))[-400:])
    (f,) = live.files_of('wfol')
    sizes = [int(t.split('\n')[1]) for _, _, t in w.asked]
    for n in sizes:
        check(len(lines(f'{f}.{n}.note')) == 2, n)
    # the rest is taken, the file is finished, and its last seal is cosigned from the one before
    p = live.follow('wfol', 'wfol', '--once', *more)
    check(p.wait() == 0 and len(lines(f + '.note')) == 2, data(path('wfol.err'))[-400:])
    check(w.asked[-1][1] == w.seen[LOG][0] or w.asked[-1][1] == sizes[-1], w.asked)
    # one that saw more than this log holds ends the run; one that is silent does not
    w.seen[LOG] = (10**6, bytes(32))
    live.plus('wfol', 2)
    p = live.follow('wfol', 'wfol', '--once', *more)
    check(p.wait() == 4 and b'saw another log' in data(path('wfol.err')), 'it stops')
    w.close()
    live.plus('wfol', 2)
    p = live.follow('wfol', 'wfol', '--once', *more)
    check(p.wait() == 6, data(path('wfol.err'))[-400:])
