"""A key of a log follows another (seal.md S-15): announced, confirmed, and what neither a thief of
the older key nor a changed note can make of it.
"""

from harness import *
from suite_memory import bare, judged, key, listed, rows_file, trust

MADE = {}


def sealed(name, n, options, *more, status=0):
    """n rows as a file of a folder of its own log"""
    f = path(f'succession/{name}.exhibit')
    os.makedirs(os.path.dirname(f), exist_ok=True)
    rows = rows_file('succession-rows', bare(n))
    run(EXPORT, 'archive', rows, '--out', f, '-q', *options, *more, status=status)
    return f


def follow(old, after, base, status=0):
    """a key that follows: as suite_memory.key, and its note"""
    run(EXPORT, 'keygen', '--succeeds', old, '--after', after, '--out', path(base), status=status)
    if status:
        return None
    text = run(EXHIBIT, 'key', path(base + '.vkey')).stdout.decode()
    name = text.split()[1]
    at = ['--started-at', '2026-01-01T00:00:00Z']
    return (
        ['--origin', name, '--key', path(base + '.key'), *at],
        path(base + '.vkey'),
        re.search(r'fingerprint +(.*)', text)[1],
        path(base + '.succession'),
    )


def log():
    if not MADE:
        old = key('succession.example/log', 'succession-old')
        one = sealed('one', 6, old[0])
        new = follow(old[0][3], one, 'succession-new')
        two = sealed('two', 9, new[0], '--succession', new[3], '--after', one)
        three = sealed('three', 12, new[0], '--succession', new[3], '--after', two)
        MADE.update(old=old, new=new, files=[one, two, three])
    return MADE


def at(name):
    os.makedirs(path('succession-m'), exist_ok=True)
    m = ['--memory', path('succession-m/' + name)]
    o = log()['old']
    trust(m, o[1], o[2])
    return m


def memory_is(m, then):
    check(data(m[1]) == then, 'the memory is as it was')


@test
def a_key_that_follows_is_announced_then_confirmed():
    l = log()
    one, two, three = l['files']
    m = at('told')
    # the note is sealed in the manifest, and a second reader reads it so
    info = json.loads(run(EXHIBIT, 'info', two, '-o', 'json').stdout)
    note = info['files'][0]['manifest']['succession']
    check(note == open(l['new'][3]).read(), 'the manifest has the whole note')
    origin, size, _, older, younger = reader.succession(note)
    check(origin == 'succession.example/log' and size == info['files'][0]['first_position'], size)
    keys = [reader.load_vkey(l[k][1]) for k in ('old', 'new')]
    check([older, younger] == keys, 'keys')
    # announced: whatever is given of the log, no status 0, and nothing is remembered
    before = data(m[1])
    for files in ([two], [one, two], [one, two, three]):
        for more in ([], ['--remember'], ['--vkey', l['old'][1]]):
            v, ids, _ = judged(*files, memory=m, more=more)
            check(v['exit'] in (2, 3) and 'K13' in ids and 'K10' not in ids, (files, ids))
            check(v['dimensions']['authenticity']['state'] == 'not proven', v['headline'])
        v, ids, _ = judged(*files, memory=m, more=['--vkey', l['new'][1]])
        check(v['exit'] in (2, 3) and 'K13' in ids, (files, ids))
    memory_is(m, before)
    # its fingerprint is what confirms it
    new = l['new']
    trust(m, new[1], new[2], status=4)
    for text in (l['old'][2], 'ffff'):
        argv = (EXHIBIT, 'trust', new[1], *m, '--succession', new[3], '--fingerprint', text)
        run(*argv, status=4)
    memory_is(m, before)
    argv = (EXHIBIT, 'trust', new[1], *m, '--succession', new[3], '--fingerprint', new[2])
    run(*argv)
    check(b'\nsucceeded ' in data(m[1]), data(m[1]))
    v, ids, _ = judged(one, two, three, memory=m, status=0, more=['--remember'])
    check(not ids & {'K10', 'K13', 'K14'}, ids)
    check([k['size'] for k in listed(m)][1] > size, listed(m))
    # the older key counts up to its end
    v, ids, _ = judged(one, memory=m)
    check('K08' in ids and 'K14' not in ids, ids)


@test
def what_a_thief_of_the_older_key_can_do():
    l = log()
    # elsewhere, since beside its files a log is never signed twice from one place
    d = path('succession-thief-files')
    for x in ('', '/older', '/anew'):
        os.makedirs(d + x)
        if x != '/anew':
            shutil.copy(l['files'][0], d + x + '/one.exhibit')
    one = d + '/one.exhibit'
    # he names a key of his own, and seals a log of it: announced, and never 0
    his = follow(l['old'][0][3], one, 'succession-thief')
    rows = rows_file('succession-thief', bare(10))
    f = d + '/two.exhibit'
    argv = ('--succession', his[3], '--after', one)
    run(EXPORT, 'archive', rows, '--out', f, '-q', *his[0], *argv)
    m = at('thief')
    v, ids, _ = judged(one, f, memory=m, status=3)
    check('K13' in ids, ids)
    # once the owner's key is confirmed, the thief's is another one, and so is what the older signs
    new = l['new']
    run(EXHIBIT, 'trust', new[1], *m, '--succession', new[3], '--fingerprint', new[2])
    v, ids, _ = judged(one, f, memory=m, status=3)
    check('K10' in ids and 'K13' not in ids, ids)
    g = d + '/older/three.exhibit'
    argv = ('--after', d + '/older/one.exhibit')
    run(EXPORT, 'archive', rows, '--out', g, '-q', *l['old'][0], *argv)
    v, ids, _ = judged(one, g, memory=m, status=4)
    check('K14' in ids, ids)
    # the log up to the end, written anew by the older key
    h = d + '/anew/one.exhibit'
    other = rows_file('succession-anew', [dict(r, actor_id='somebody') for r in bare(6)])
    run(EXPORT, 'archive', other, '--out', h, '-q', *l['old'][0])
    v, ids, _ = judged(h, memory=m, status=4)
    check('K14' in ids, ids)
    # a note that says less than what was seen of the older key is refused
    m = at('seen')
    judged(one, g, memory=m, status=0, more=['--remember'])
    before = data(m[1])
    argv = ('--succession', new[3], '--fingerprint', new[2])
    p = run(EXHIBIT, 'trust', new[1], *m, *argv, status=4)
    check(b'you saw' in p.stderr, p.stderr)
    memory_is(m, before)
    # a younger key that is none of the note's, and a log that has no older one
    p = run(EXHIBIT, 'trust', his[1], *at('none'), *argv[:2], '--fingerprint', his[2], status=4)
    m = ['--memory', path('succession-m/empty')]
    p = run(EXHIBIT, 'trust', new[1], *m, *argv, status=4)
    check(b'nothing was stored' in p.stderr, p.stderr)


@test
def notes_of_succession_that_are_none():
    l = log()
    one, two, _ = l['files']
    new, whole = l['new'], open(l['new'][3]).read()
    lines = whole.split('\n')
    swapped = lines[:4] + [lines[5], lines[4]] + lines[6:]
    spoiled = ['', 'x\n', whole[:-1], whole + 'x', whole.replace('/1\n', '/2\n', 1)]
    spoiled += ['\n'.join(x) for x in (lines[:7] + lines[8:], lines[:8] + lines[9:], swapped)]
    spoiled.append('\n'.join([*lines[:2], '7', *lines[3:]]))
    spoiled.append('\n'.join([*lines[:6], 'more', *lines[6:]]))
    for i in range(0, len(whole.encode()), 37):
        b = bytearray(whole.encode())
        b[i] ^= 1
        spoiled.append(bytes(b).decode('utf-8', 'replace'))
    m = at('spoiled')
    before = data(m[1])
    for i, s in enumerate(spoiled):
        f = path('succession-spoiled')
        open(f, 'w', newline='').write(s)
        argv = ('--succession', f, '--fingerprint', new[2])
        p = run(EXHIBIT, 'trust', new[1], *m, *argv, status=65)
        check(b'--succession' in p.stderr and p.stdout == b'', (i, p.stderr))
        rows = rows_file('succession-rows', bare(9))
        out = path('succession-spoiled.exhibit')
        argv = ('--out', out, '-q', *new[0], '--succession', f, '--after', one)
        run(EXPORT, 'archive', rows, *argv, status=65)
        try:
            reader.succession(s)
        except Exception:
            continue
        check(False, f'the second reader takes it: {s}')
    memory_is(m, before)
    # what a memory says of it is of one form
    run(EXHIBIT, 'trust', new[1], *m, '--succession', new[3], '--fingerprint', new[2])
    text = data(m[1]).decode().split('\n')
    for change in (
        lambda s: s.replace('succeeded ', 'succeeded 0'),
        lambda s: s.replace('succeeded ', 'succeeded x '),
        lambda s: s + 'a',
        lambda s: s + '\n' + s,
    ):
        body = '\n'.join(change(s) if s.startswith('succeeded') else s for s in text[:-2]) + '\n'
        end = f'end {hashlib.sha256(body.encode()).hexdigest()}\n'
        open(path('succession-m/broken'), 'w').write(body + end)
        os.chmod(path('succession-m/broken'), 0o600)
        run(EXHIBIT, 'verify', one, '--memory', path('succession-m/broken'), status=65)


@test
def keys_follow_at_the_end_alone():
    l = log()
    one, two, _ = l['files']
    new, old = l['new'], l['old']
    # neither the wrong end nor another key's file, and no key is left behind
    for argv in (
        ('--succeeds', old[0][3], '--after', two, '--out', path('succession-no')),
        ('--succeeds', old[0][3], '--after', FIX + '/small.jsonl', '--out', path('succession-no')),
    ):
        run(EXPORT, 'keygen', *argv, status=65)
    for argv in (
        ('--succeeds', old[0][3], '--out', path('succession-no')),
        ('--succeeds', old[0][3], '--after', one),
        ('--after', one, '--name', 'x', '--out', path('succession-no')),
        ('--succeeds', old[0][3], '--after', one, '--name', 'x', '--out', path('succession-no')),
    ):
        run(EXPORT, 'keygen', *argv, status=64)
    check(not os.path.exists(path('succession-no.key')), 'no key')
    rows = rows_file('succession-rows', bare(9))
    out = ('--out', path('succession-no.exhibit'), '-q')
    # without the note, with it and the older key, and where nothing is continued
    run(EXPORT, 'archive', rows, *out, *new[0], '--after', one, status=65)
    run(EXPORT, 'archive', rows, *out, *old[0], '--succession', new[3], '--after', one, status=65)
    run(EXPORT, 'archive', rows, *out, *new[0], '--succession', new[3], status=64)
    check(not os.path.exists(path('succession-no.exhibit')), 'no file')
