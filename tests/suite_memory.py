"""The auditor's memory (trust, verify --remember; formats/memory.md): keys that were confirmed, a
log that goes back, splits, changes its key or borrows a name, and files that it must not believe.
"""

import fcntl, pty
from harness import *

NAME = 'demo.example/cluster'
PRINT = re.search(
    r'fingerprint +(.*)', run(EXHIBIT, 'key', FIX + '/test.vkey').stdout.decode()
)[1]
MADE = {}


def at(name, mode=None):
    """the options that name a memory of its own folder"""
    d = path('memory-' + name)
    os.makedirs(d, exist_ok=True)
    return ['--memory', d + '/m']


def trust(memory, key=FIX + '/test.vkey', text=PRINT, status=0):
    return run(EXHIBIT, 'trust', key, *memory, '--fingerprint', text, status=status)


def listed(memory, *more, status=0):
    p = run(EXHIBIT, 'trust', *memory, '-o', 'json', *more, status=status)
    return json.loads(p.stdout)['keys'] if p.stdout else None


def judged(*files, memory=(), status=None, more=()):
    p = run(EXHIBIT, 'verify', *files, *memory, *more, '-o', 'json', status=status)
    v = json.loads(p.stdout)
    return v, {x['id'] for x in v['findings']}, p.stderr.decode()


def key(name, base):
    """a key of that name: options of archive, its vkey file, its fingerprint"""
    run(EXPORT, 'keygen', '--name', name, '--out', path(base))
    text = run(EXHIBIT, 'key', path(base + '.vkey')).stdout.decode()
    return (
        ['--origin', name, '--key', path(base + '.key'), '--started-at', '2026-01-01T00:00:00Z'],
        path(base + '.vkey'),
        re.search(r'fingerprint +(.*)', text)[1],
    )


def rows_file(name, rs):
    f = path(name + '.jsonl')
    open(f, 'w').write('\n'.join(json.dumps(r) for r in rs) + '\n')
    return f


def bare(n):
    """rows that no other names, so that only the log is judged"""
    rs = small()[:n]
    for r in rs:
        r['event_hash'] = r['previous_event_hash'] = None
    return rs


def log(name, sizes, options=ORIGIN, rs=None):
    """files of one log, of the first so many rows each"""
    files = []
    for k, n in enumerate(sizes):
        src = rows_file(f'{name}-{k}', (rs or bare(16))[:n])
        after = [x for f in files for x in ('--after', f)]
        files.append(archive(f'{name}-{k}', src, options=options + after)[0])
    return files


def trail():
    if 'log' not in MADE:
        MADE['log'] = log('memory-log', (6, 11, 16))
    return MADE['log']


@test
def a_key_is_confirmed_by_its_fingerprint():
    m = at('confirm')
    f = m[1]
    p = run(EXHIBIT, 'trust', FIX + '/test.vkey', *m, status=64)
    check(PRINT in p.stderr.decode() and not os.path.exists(f), p.stderr)
    for wrong in (PRINT[:-1] + ('0' if PRINT[-1] != '0' else '1'), PRINT[:-5], PRINT + ' 00', 'x'):
        p = trust(m, text=wrong, status=4)
        check(PRINT in p.stderr.decode() and not os.path.exists(f), p.stderr)
    p = trust(m, text=PRINT.upper().replace(' ', ':'))
    check(b'KEY RECEIPT' in p.stdout and PRINT.encode() in p.stdout, p.stdout)
    check(stat_mode(f) == 0o600, oct(stat_mode(f)))
    was = data(f)
    check(b'nothing changes' in trust(m).stderr and data(f) == was, 'twice')
    check(not [x for x in os.listdir(os.path.dirname(f)) if x != 'm'], 'nothing beside it')
    # another key of the same name, until the first one is revoked
    _, other, text = key(NAME, 'memory-second')
    check(b'another key' in trust(m, other, text, status=4).stderr and data(f) == was, 'second')
    run(EXHIBIT, 'trust', '--revoke', other, *m, status=66)
    run(EXHIBIT, 'trust', '--revoke', FIX + '/test.vkey', *m)
    check(b'revoked this key' in trust(m, status=64).stderr, 'a revoked key stays revoked')
    trust(m, other, text)
    ks = listed(m)
    check([bool(k['revoked']) for k in ks] == [True, False], ks)
    check([k['fingerprint'] for k in ks] == [PRINT, text], ks)
    run(EXHIBIT, 'trust', open(other).read().strip(), *m)  # the key itself is a key too


def stat_mode(f):
    return os.stat(f).st_mode & 0o777


@test
def a_terminal_is_asked():
    for answer, status in (('yes\n', 0), ('no\n', 3), ('y\n', 3)):
        m = at('tty' + answer.strip())
        us, them = pty.openpty()
        p = subprocess.Popen(
            [*WRAP, EXHIBIT, 'trust', FIX + '/test.vkey', *m, *BOX],
            stdin=them,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        os.write(us, answer.encode())
        out, err = p.communicate(timeout=60)
        os.close(us)
        os.close(them)
        check(p.returncode == status and PRINT.encode() in err, (answer, p.returncode, err))
        check(os.path.exists(m[1]) == (status == 0), answer)


@test
def a_confirmed_key_is_given():
    m, f = at('given'), trail()[0]
    trust(m)
    v, ids, _ = judged(f, memory=m)
    check(v['exit'] == 0 and 'N11' not in ids, (v['exit'], ids))
    check('confirmed on' in v['dimensions']['authenticity']['why'], v['dimensions'])
    env = {**os.environ, 'EXHIBIT_MEMORY': m[1]}
    for verb in ('list', 'info', 'cat', 'populations'):
        p = run(EXHIBIT, verb, f, env=env)
        check(b'not proven' not in p.stderr, (verb, p.stderr))
        check(run(EXHIBIT, verb, f, status=None).stdout == p.stdout or verb == 'info', verb)
    # none where the environment names one that is not there yet
    env['EXHIBIT_MEMORY'] += '-nowhere'
    check(run(EXHIBIT, 'verify', f, env=env, status=3), 'no memory')
    check(run(EXHIBIT, 'verify', f, env={**env, 'EXHIBIT_MEMORY': ''}, status=3), 'empty: none')
    run(EXHIBIT, 'verify', f, '--memory', env['EXHIBIT_MEMORY'], status=66)
    out = path('memory-given.tlog-proof')
    run(EXHIBIT, 'prove', f, *m, '--position', '3', '--out', out)
    check(run(EXHIBIT, 'verify', out, *m).stdout.startswith(b'PROVEN'), 'a proof')


@test
def a_memory_moves_forward():
    m, (a, b, c) = at('forward'), trail()
    trust(m)
    info = [json.loads(run(EXHIBIT, 'info', f, '-o', 'json').stdout) for f in (a, b, c)]
    sizes = [i['files'][0]['next_position'] for i in info]
    for files, size in (((a,), 0), ((a, b), 1), ((a, b), 1), ((b, c, a), 2)):
        v, ids, err = judged(*files, memory=m, more=['--remember'], status=0)
        check(f'remembered: {NAME} {sizes[size]}' in err, err)
        k = listed(m)[0]
        check(k['size'] == sizes[size] and k['verdict'] == 'verified', k)
    check('N11' in ids, ids)
    was = data(m[1])
    # what the newest file remembers of the log links it, the ones before it need not be given
    m2 = at('skip')
    trust(m2)
    judged(a, memory=m2, more=['--remember'])
    v, ids, err = judged(c, memory=m2, more=['--remember'])
    check('N11' in ids and v['exit'] == 2 and listed(m2)[0]['size'] == sizes[2], (ids, err))
    # an older file is named, and moves nothing
    for files in ((a,), (b, a)):
        v, ids, err = judged(*files, memory=m)
        check(v['exit'] == 4 and 'K08' in ids and 'ROLLED BACK' in v['headline'][0], v['headline'])
        x = [x for x in v['findings'] if x['id'] == 'K08'][0]
        check(x['expected'].startswith(f'{NAME}\n{sizes[2]}\n') and x['found'].startswith(NAME), x)
        check(v['limits'] and v['limits'][-1]['lack'] == 'positions', v['limits'])
    check(judged(a, more=VKEY)[0]['exit'] == 0, 'without a memory nobody can tell')
    v, ids, err = judged(a, memory=m, more=['--remember'], status=4)
    check('never goes back' in err and listed(m)[0]['size'] == sizes[2], err)
    check(listed(m)[0]['conflicts'] == 1 and data(m[1]) != was, 'the note is kept')
    was = data(m[1])
    judged(a, memory=m, more=['--remember'], status=4)
    check(data(m[1]) == was, 'once')
    # noted elsewhere, the memory's own way back shows
    k = listed(m)[0]
    line = f'{NAME} {k["size"]} {k["root"]}'
    check(listed(m, '--expect', line), 'it has it')
    listed(m2, '--expect', line)
    old = at('old')
    trust(old)
    judged(a, memory=old, more=['--remember'])
    listed(old, '--expect', line, status=4)
    listed(m, '--expect', line[:-1] + ('0' if line[-1] != '0' else '1'), status=4)


@test
def two_versions_of_a_log():
    m, (a, b, c) = at('split'), trail()
    trust(m)
    judged(a, memory=m, more=['--remember'])
    was = listed(m)
    # the holder of the key seals other rows under the same name, as many of them
    rs = bare(16)
    rs[2]['event_outcome'] = 'failure' if rs[2]['event_outcome'] != 'failure' else 'success'
    x, y = log('memory-split', (6, 11), rs=rs)
    check(judged(x, more=VKEY)[0]['exit'] == 0, 'without a memory nobody can tell')
    for files in ((x,), (x, y), (y,)):
        v, ids, err = judged(*files, memory=m)
        check(v['exit'] == 4 and 'K07' in ids, (v['exit'], ids))
        check('CONFLICT' in v['headline'][0], v['headline'])
    f = [f for f in v['findings'] if f['id'] == 'K07'][0]
    one, two = f['expected'].split('\n'), f['found'].split('\n')
    check(one[0] == two[0] == NAME and one[2] != two[2], (one, two))
    v, ids, err = judged(x, memory=m, more=['--remember'], status=4)
    check('another version' in err, err)
    now = listed(m)
    check(now[0]['root'] == was[0]['root'] and now[0]['conflicts'] == 1, now)
    check(judged(a, b, memory=m)[0]['exit'] == 0, 'the one that was seen still verifies')
    screen = run(EXHIBIT, 'verify', x, *m, status=4).stdout.decode()
    check('you saw:' in screen and one[2] in screen and one[4] in screen, 'both are quoted')
    # a checkpoint that no file here proves anything of
    m = at('unlinked')
    trust(m)
    (z,) = log('memory-between', (4,))
    judged(z, memory=m, more=['--remember'])
    v, ids, err = judged(b, memory=m, more=['--remember'])
    check('K09' in ids and 'missing' in err and v['exit'] != 0, (ids, err))
    check(listed(m)[0]['size'] != 0 and listed(m)[0]['conflicts'] == 0, 'nothing is kept')
    check('NOT LINKED' in ' '.join(v['headline']), v['headline'])


@test
def keys_that_nobody_announced():
    m, (a, b, c) = at('keys'), trail()
    options, other, text = key(NAME, 'memory-thief')
    (x,) = log('memory-thief', (6,), options=options)
    trust(m)
    for more in ([], ['--vkey', other]):
        v, ids, _ = judged(x, memory=m, more=more)
        check(v['exit'] == 3 and 'K10' in ids, (more, v['exit'], ids))
        check('KEY CHANGED' in ' '.join(v['headline']), v['headline'])
    check(judged(x, more=['--vkey', other])[0]['exit'] == 0, 'without a memory it is a key')
    before = data(m[1])
    v, ids, err = judged(x, memory=m, more=['--vkey', other, '--remember'], status=3)
    check('not signed by the key' in err and data(m[1]) == before, err)
    out = path('memory-thief.tlog-proof')
    run(EXHIBIT, 'prove', x, '--position', '3', '--out', out)
    run(EXHIBIT, 'verify', out, '--vkey', other, status=0)
    run(EXHIBIT, 'verify', out, '--vkey', other, *m, status=3)
    # revoked: nothing that it signed is proven, whatever is given beside it
    judged(a, memory=m, more=['--remember'])
    run(EXHIBIT, 'trust', '--revoke', FIX + '/test.vkey', *m)
    for more in ([], VKEY):
        v, ids, _ = judged(a, b, memory=m, more=more)
        check(v['exit'] == 3 and 'K12' in ids, (v['exit'], ids))
        check('REVOKED KEY' in ' '.join(v['headline']), v['headline'])
    v, ids, _ = judged(x, memory=m, more=['--vkey', other])
    check(v['exit'] != 0 and 'K10' in ids, 'a new key that was not confirmed')
    trust(m, other, text)
    v, ids, _ = judged(x, memory=m)
    check('K07' in ids and v['exit'] == 4, 'what was seen under the old key still counts')


ALIKE = (
    'demo.example/cIuster',
    'demo.example/c1uster',
    'demo.example/clu\u0455ter',
    'demo.example/cluste\u0433',
    'd\u0435mo.example/cluster',
    'Demo.Example/Cluster',
    'demo-example/cluster',
    'demo.exampIe/cluster',
    'demo.example/clustër',
    'demo.example/clusters',
    'demo.example/cluter',
    'demo.example/clsuter',
    'derno.example/cluster',
    'demo.example\u2215cluster',
    'ｄemo.example/cluster',
)
UNLIKE = ('demo.example/staging', 'other.example/cluster', 'demo', 'demo.example/cluster-eu')


@test
def names_that_look_alike():
    m = at('alike')
    trust(m)
    for k, name in enumerate(ALIKE + UNLIKE):
        options, vkey, text = key(name, f'memory-alike-{k}')
        (f,) = log(f'memory-alike-{k}', (3,), options=options)
        v, ids, _ = judged(f, memory=m, more=['--vkey', vkey])
        if name in UNLIKE:
            check('K11' not in ids and v['exit'] == 0, (name, ids))
            continue
        check('K11' in ids and v['exit'] == 3, (name, ids, v['exit']))
        p = run(EXHIBIT, 'trust', vkey, *m, status=64)
        check('looks like' in p.stderr.decode() and NAME in p.stderr.decode(), (name, p.stderr))
        if not name.isascii():
            check('\\u{' in p.stderr.decode(), p.stderr)
    # confirmed itself, it is a log of its own
    own = at('alike-own')
    trust(own)
    trust(own, vkey, text)
    first = path('memory-alike-0.vkey')
    text = run(EXHIBIT, 'key', first).stdout.decode().split('fingerprint')[1]
    trust(own, first, text)
    f = path('memory-alike-0-0') + '/a.exhibit'
    v, ids, _ = judged(f, memory=own)
    check('K11' not in ids and v['exit'] == 0, ids)
    # numbered names are names
    numbered = at('numbered')
    o1, k1, t1 = key('acme/prod-1', 'memory-n1')
    o2, k2, _ = key('acme/prod-2', 'memory-n2')
    trust(numbered, k1, t1)
    (f,) = log('memory-n2', (3,), options=o2)
    check('K11' not in judged(f, memory=numbered, more=['--vkey', k2])[1], 'prod-2')


@test
def names_are_shown_harmless():
    m = at('harmless')
    name = 'demo.example/\u202ereversed'
    options, vkey, text = key(name, 'memory-bidi')
    for p in (
        trust(m, vkey, text),
        run(EXHIBIT, 'trust', *m),
        run(EXHIBIT, 'trust', *m, '-o', 'json'),
        run(EXHIBIT, 'trust', '--revoke', vkey, *m),
    ):
        check('\u202e' not in (p.stdout + p.stderr).decode(), p.stdout + p.stderr)


@test
def what_a_memory_does_not_believe():
    m, (a, b, c) = at('unmoved'), trail()
    trust(m)
    judged(a, memory=m, more=['--remember'])
    was = data(m[1])

    def unmoved(*files, status, word, more=()):
        v, ids, err = judged(*files, memory=m, more=['--remember', *more], status=status)
        check(word in err and data(m[1]) == was, (word, err))

    d = path('memory-altered')
    os.makedirs(d)
    g = d + '/a.exhibit'
    b_ = bytearray(data(b))
    b_[len(b_) // 2] ^= 1
    open(g, 'wb').write(b_)
    unmoved(a, g, status=1, word='as it was sealed')
    unsealed = archive('memory-unsealed', FIX + '/small.jsonl', options=['--unsealed'])[0]
    unmoved(unsealed, status=3, word='never sealed')
    options, vkey, _ = key('acme/other', 'memory-unknown')
    (x,) = log('memory-unknown', (5,), options=options)
    unmoved(x, more=['--vkey', vkey], status=6, word='not confirmed a key')
    open(path('memory-none.exhibit'), 'w').write('hello')
    unmoved(path('memory-none.exhibit'), status=5, word='cannot be read')
    # a verb that does not say so changes nothing, and beside the evidence it is said
    for verb in ('verify', 'list', 'info', 'cat'):
        run(EXHIBIT, verb, a, b, *m, status=None)
        check(data(m[1]) == was, verb)
    beside = os.path.dirname(a) + '/m'
    shutil.copy(m[1], beside)
    p = run(EXHIBIT, 'verify', a, '--memory', beside)
    check(b'beside the evidence' in p.stderr, p.stderr)
    os.remove(beside)
    for argv in (('verify', a, '--each', '--remember'), ('verify', a, '--remember')):
        p = run(EXHIBIT, *argv, *(m if '--each' in argv else []), status=64)
    check(b'no memory is named' in p.stderr, p.stderr)


@test
def two_logs_in_one_memory():
    m, (a, b, c) = at('two'), trail()
    options, vkey, text = key('acme/other', 'memory-two')
    x, y = log('memory-two', (5, 9), options=options)
    trust(m)
    trust(m, vkey, text)
    judged(a, x, memory=m, more=['--remember'])
    k = {r['origin']: r['size'] for r in listed(m)}
    v, ids, err = judged(x, y, memory=m, more=['--remember'], status=0)
    check(not ids & {'K07', 'K08', 'K09', 'K10', 'K11', 'N05'}, ids)
    now = {r['origin']: r['size'] for r in listed(m)}
    check(now[NAME] == k[NAME] and now['acme/other'] > k['acme/other'], now)
    v, ids, err = judged(a, x, memory=m)
    check(v['exit'] == 4 and 'K08' in ids, 'the one that went back is named')
    check([f for f in v['findings'] if f['id'] == 'K08'][0]['sentence'].count('acme/other'), v)


@test
def memories_that_are_broken_or_not_ones_own():
    m, (a, b, c) = at('broken'), trail()
    trust(m)
    judged(a, memory=m, more=['--remember'])
    f, whole = m[1], data(m[1])
    lines = whole.decode().split('\n')

    def seal(ls):
        text = '\n'.join(ls) + '\n'
        return (text + f'end {hashlib.sha256(text.encode()).hexdigest()}\n').encode()

    body = lines[:-2]
    check(seal(body) == whole, 'the last line is the digest of the others')
    spoiled = [whole[:n] for n in (1, 17, 60, len(whole) - 1)]
    spoiled += [whole + b'\n', whole.replace(b'seen', b'Seen'), b'\0' + whole, b'hello\n']
    for i in range(0, len(whole), 41):
        spoiled.append(bytes([*whole[:i], whole[i] ^ 1, *whole[i + 1 :]]))
    # with a digest that fits, as an editor of the file could make it
    spoiled += [
        seal(ls)
        for ls in (
            ['exhibit-memory/2', *body[1:]],
            [body[0], *body[2:]],
            [*body[:2], *body[3:]],
            [*body[:4], body[4][:-8]],
            [*body[:3], body[3].replace('seen ', 'seen 0'), body[4]],
            [*body[:3], re.sub('seen [0-9]+', 'seen 999', body[3]), body[4]],
            [*body, 'more words'],
            [*body, 'conflict now ' + body[4][5:]],
            [*body[:2], 'confirmed yesterday', *body[3:]],
            [*body, body[4]],
            [*body, body[2]],
            [*body, re.sub('seen [0-9]+', 'seen 1', body[3])],
        )
    ]
    for s in spoiled:
        open(f, 'wb').write(s)
        for argv in (('verify', a, *m), ('trust', *m), ('verify', a, *m, '--remember')):
            p = run(EXHIBIT, *argv, status=65)
            check(b'memory' in p.stderr and p.stdout == b'', (s[-40:], p.stderr))
        check(data(f) == s, 'it is left as it is')
    open(f, 'wb').write(whole)
    os.chmod(f, 0o622)
    for argv in (('verify', a, *m), ('verify', a, *m, '--remember'), ('trust', *m)):
        check(b'others can write' in run(EXHIBIT, *argv, status=77).stderr, argv)
    os.chmod(f, 0o400)
    run(EXHIBIT, 'verify', a, *m)
    check(b'read-only' in run(EXHIBIT, 'verify', a, b, *m, '--remember', status=77).stderr, 'ro')
    check(data(f) == whole, 'read-only')
    os.chmod(f, 0o600)
    if os.getuid() == 0:
        os.chown(f, 12345, 12345)
        check(b'another user' in run(EXHIBIT, 'verify', a, *m, status=77).stderr, 'another user')
        os.chown(f, 0, 0)
    d = os.open(os.path.dirname(f), os.O_RDONLY)
    fcntl.flock(d, fcntl.LOCK_EX)
    check(b'another run' in run(EXHIBIT, 'verify', a, b, *m, '--remember', status=75).stderr, '75')
    run(EXHIBIT, 'verify', a, *m)
    os.close(d)
    # a link stays a link
    link = path('memory-link')
    os.symlink(f, link)
    run(EXHIBIT, 'verify', a, b, '--memory', link, '--remember')
    check(os.path.islink(link) and data(f) != whole, 'the file behind the link')
    check(b'no file' in run(EXHIBIT, 'trust', '--memory', W, status=64).stderr, 'a folder')
    p = trust(['--memory', path('no/m')], status=73)
    check(b'no/m' in p.stderr, p.stderr)


@test
def trust_and_its_words():
    m = at('words')
    for argv, word in (
        ((FIX + '/test.vkey', FIX + '/test.vkey', *m), 'one key'),
        (('--fingerprint', 'x', *m), 'KEY.vkey'),
        ((FIX + '/test.vkey', '--revoke', FIX + '/test.vkey', *m), 'one key'),
        ((FIX + '/test.vkey', '-o', 'json', *m), '-o'),
        ((FIX + '/test.vkey', '--expect', 'a 1 b', *m), '--expect'),
        ((), 'no memory'),
        ((FIX + '/test.vkey',), 'no memory'),
        (('-o', 'csv', *m), 'json'),
    ):
        p = run(EXHIBIT, 'trust', *argv, status=64)
        check(word in p.stderr.decode(), (argv, p.stderr))
    check(b'private key' in run(EXHIBIT, 'trust', FIX + '/test.key', *m, status=65).stderr, 'key')
    check(listed(m) == [], 'an empty memory')


LEDGER = {
    'older': 'An older state of the log presented',
    'split': 'Another version of the log shown to others',
    'holder': 'The holder of the signing key rewrote everything',
    'key': 'The signing key stolen, or changed without notice',
    'other': 'The whole file rewritten and signed with another key',
    'byte': 'A byte of the file changed after sealing',
}


@test
def threats_are_one_ledger():
    m, (a, b, c) = at('ledger'), trail()
    trust(m)
    judged(b, a, memory=m, more=['--remember'])

    def ledger(*files, **kw):
        v, _, _ = judged(*files, **kw)
        for t in v['threats']:
            excluded, left = t['state'] == 'excluded', t['state'] == 'not excluded'
            check(bool(t['why']) == bool(t['if']) == excluded, t)
            check(bool(t['closed_by']) == left, t)
            check(excluded or left or t['state'] == 'found', t)
        s = {t['threat']: t['state'] for t in v['threats']}
        check(set(LEDGER.values()) < set(s), sorted(s))
        return {k: s[n] for k, n in LEDGER.items()}, [t['threat'] for t in v['threats']]

    rs = bare(16)
    rs[1]['event_outcome'] = 'failure' if rs[1]['event_outcome'] != 'failure' else 'success'
    (other,) = log('memory-ledger-split', (16,), rs=rs)
    options, vkey, _ = key(NAME, 'memory-ledger-key')
    (stolen,) = log('memory-ledger-key', (6,), options=options)
    no = 'not excluded'
    for files, found, excluded in (
        ((a, b), (), ('older', 'holder')),
        ((a,), ('older',), ()),
        ((other,), ('split', 'holder'), ()),
        ((stolen,), ('key', 'other', 'older'), ()),
    ):
        s, names = ledger(*files, memory=m)
        check({k for k in s if s[k] == 'found'} == set(found), (files, s))
        check(all(s[k] == 'excluded' for k in excluded), (files, s))
        # without a memory nobody can tell, and it says so
        s, again = ledger(*files, more=VKEY if files[0] != stolen else ['--vkey', vkey])
        check([s[k] for k in ('older', 'split', 'holder', 'key')] == [no] * 4, (files, s))
        check(names == again, 'the same rows, always')
    # terminal and report say what the document says
    p = run(EXHIBIT, 'verify', a, *m, '--threats', status=4).stdout.decode()
    check(re.search(r'(?m)^  found +' + LEDGER['older'], p), p)
    check('Threats' not in run(EXHIBIT, 'verify', a, *m, status=4).stdout.decode(), 'asked for')
    out = path('memory-ledger.html')
    run(EXHIBIT, 'report', a, *m, '--out', out, status=4)
    check(f'you saw <pre>{NAME}\n' in data(out).decode(), 'both notes are quoted')
    rows_ = re.findall(r'<tr><td>([^<]*)</td><td class="[^"]*">([^<]*)</td>', data(out).decode())
    v, _, _ = judged(a, memory=m)
    told = [(t['threat'], t['state']) for t in v['threats']]
    check([r for r in rows_ if r[0] in dict(told)] == told, (rows_, told))
    run(EXHIBIT, 'verify', a, *m, '--threats', '--each', status=64)
