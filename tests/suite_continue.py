"""Tests of continuing a log: behind all its files, by one exporter at a time, and what an increment
says.
"""

import random

from harness import *

KEYED = ['--origin', 'demo.example/cluster', '--key', FIX + '/test.key']


def part(name, i, n=3):
    """A third of the fixture's rows, by correlation, as JSONL; each holds those before it."""
    ids = sorted({json.loads(r)['correlation_id'] for r in rows('small.jsonl')})
    keep = set(ids[: max(1, len(ids) * i // n)])
    if not os.path.exists(path(name)):
        open(path(name), 'w').write(
            ''.join(
                r + '\n' for r in rows('small.jsonl') if json.loads(r)['correlation_id'] in keep
            )
        )
    return path(name)


def split(i, n=3):
    """The first i of n parts of rows without hashes of their source: any cut of them is honest."""
    f = path(f'split-{i}-{n}.jsonl')
    if not os.path.exists(f):
        out = []
        for r in rows('small.jsonl'):
            o = json.loads(r)
            o['event_hash'] = o['previous_event_hash'] = None
            out.append(json.dumps(o, ensure_ascii=False))
        open(f, 'w').write('\n'.join(out[: len(out) * i // n]) + '\n')
    return f


def put(folder, name, source, *more, status=0):
    os.makedirs(path(folder), exist_ok=True)
    out = path(f'{folder}/{name}.exhibit')
    p = run(
        EXPORT, 'archive', source, '--out', out, *KEYED, *more, '-o', 'json', '-q', status=status
    )
    return out, json.loads(p.stdout) if p.stdout else {}, p.stderr.decode('utf-8', 'replace')


def ids(*fs):
    return [
        json.loads(l)['event_id']
        for f in fs
        for l in (
            run(EXHIBIT, 'cat', f, *VKEY, '-o', 'jsonl', status=None).stdout.decode().split('\n')
        )
        if l
    ]


def manifest(f):
    return json.loads(
        run(EXHIBIT, 'cat', f, '--kind', 'manifest', status=None)
        .stdout.decode()
        .strip()
        .split('\n')[-1]
    )


def alarms(*fs):
    return [x for x in verify(*fs, *VKEY)['findings'] if x['level'] == 'alarm']


@test
def continue_behind_the_newest():
    """The monthly pattern: the newest file alone is named, the others are found beside it by their
    seals, whatever they are called; every row is sealed once.
    """
    a, o, _ = put('mon', 'november', split(1))
    b, p, _ = put('mon', 'december', split(2), '--after', a)
    c, q, _ = put('mon', 'january', split(3), '--after', b)
    n = len(rows('small.jsonl'))
    check(
        o['events'] + p['events'] + q['events'] == n
        and len(set(ids(a, b, c))) == n
        and alarms(a, b, c) == [],
        (o['events'], p['events'], q['events']),
    )
    check(
        q['inputs'][0]['repeats'] == n * 2 // 3
        and verify(a, b, c, *VKEY)['archive']['verdict'] == 'verified',
        q,
    )
    os.makedirs(path('mon2'))
    renamed = path('mon2/x 1%?#.dat')
    shutil.copyfile(a, renamed)
    shutil.copyfile(a, path('mon2/copy.exhibit'))
    b2 = path('mon2/b.exhibit')
    shutil.copyfile(b, b2)
    d, r, _ = put('mon2', 'd', split(3), '--after', b2)
    check(
        r['events'] == q['events'] and alarms(renamed, b2, d) == [],
        'a copy under another name beside it',
    )
    for missing, says in ((a, f'0 to {o["next_position"] - 1}'),):
        os.makedirs(path('mon3'))
        b3 = path('mon3/b.exhibit')
        shutil.copyfile(b, b3)
        out, _, err = put('mon3', 'c', split(3), '--after', b3, status=66)
        check(says in err and '--without-earlier' in err and not os.path.exists(out), err)
        put('mon3', 'c', split(3), '--after', b3, '--after', missing)  # named instead
        os.unlink(out)
    out, r, err = put('mon3', 'c', split(3), '--after', b3, '--without-earlier')
    check('a second time' in err and r['events'] == n - p['events'], (err, r))
    check(
        '--without-earlier goes with --after'
        in put('mon3', 'd', split(3), '--without-earlier', status=64)[2],
        'alone it means nothing',
    )
    # a hole in the middle: the file behind it is found and named all the same
    os.makedirs(path('mon4'))
    c4 = path('mon4/c.exhibit')
    shutil.copyfile(c, c4)
    shutil.copyfile(a, path('mon4/a.exhibit'))
    out, _, err = put('mon4', 'd', split(3), '--after', c4, status=66)
    check(f'{p["first_position"]} to {p["next_position"] - 1} are missing' in err, err)


@test
def continue_never_forks():
    """A file of the log that holds positions from where another would begin: refused by name, at
    the start and before the seal, and the advice works as it stands.
    """
    a, _, _ = put('frk', 'a', split(1))
    b, _, _ = put('frk', 'b', split(2), '--after', a)
    out, _, err = put('frk', 'c', split(3), '--after', a, status=75)
    check(b in err and not os.path.exists(out), err)
    advice = [x for f in re.findall(r'--after (\S+)', err) for x in ('--after', f)]
    check(advice == ['--after', a, '--after', b], advice)
    c, _, _ = put('frk', 'c', split(3), *advice)
    check(alarms(a, b, c) == [] and verify(a, b, c, *VKEY)['exit'] != 4, 'the log is whole')
    out, _, err = put('elsewhere', 'x', split(3), '--after', a, status=75)
    check(
        not os.path.exists(out),
        'the folder of the file that is continued counts, wherever the new one goes',
    )
    check(
        put('frk', 'd', split(3), status=73)[2].count('--after') == 3,
        'without --after all of its files are named',
    )
    run(EXPORT, 'keygen', '--name', 'demo.example/cluster', '--out', path('frk-other'))
    q = run(
        EXPORT,
        'archive',
        split(1),
        '--out',
        path('frk/e.exhibit'),
        '--origin',
        'demo.example/cluster',
        '--key',
        path('frk-other.key'),
        '-q',
        status=73,
    )
    check(b'this key has not sealed it' in q.stderr, q.stderr)
    # two at once, in one folder or in two: the second one stops; the first one ends
    os.makedirs(path('two'))
    first = path('two/a.exhibit')
    shutil.copyfile(a, first)

    def slow(out):
        return subprocess.Popen(
            [EXPORT, 'archive', '-', '--out', out, '--after', first, *KEYED, '-q'],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    more = [
        dict(json.loads(l), event_id=f'{k:08x}' + json.loads(l)['event_id'][8:])
        for k in range(200)
        for l in open(split(2))
    ]
    text = data(split(2)) + '\n'.join(json.dumps(r) for r in more).encode() + b'\n'
    half = len(text) // 2
    p = slow(path('two/b.exhibit'))
    p.stdin.write(text[:half])
    p.stdin.flush()
    end = time.time() + 10
    while not os.path.exists(path('two/b.exhibit')) and time.time() < end:
        time.sleep(0.02)
    time.sleep(0.2)
    for folder in ('two', 'two-else'):
        out, _, err = put(folder, 'c', split(3), '--after', first, status=75)
        check(('another exhibit-export' in err) and not os.path.exists(out), err)
    p.stdin.write(text[half:])
    p.stdin.close()
    check(p.wait() == 0, p.stderr.read())
    check(alarms(first, path('two/b.exhibit')) == [], 'and the first one is right')
    # somebody else's file comes while this one is written: it looks again before it seals
    os.unlink(path('two/b.exhibit'))
    p = slow(path('two/d.exhibit'))
    p.stdin.write(text[:half])
    p.stdin.flush()
    end = time.time() + 10
    while not os.path.exists(path('two/d.exhibit')) and time.time() < end:
        time.sleep(0.02)
    time.sleep(0.2)
    shutil.copyfile(b, path('two/b.exhibit'))
    p.stdin.write(text[half:])
    p.stdin.close()
    err = p.stderr.read()
    check(
        p.wait() == 75 and b'two/b.exhibit' in err and not os.path.exists(path('two/d.exhibit')),
        err,
    )
    # what a killed run left is no free place either
    os.makedirs(path('left'))
    g = path('left/a.exhibit')
    shutil.copyfile(a, g)
    h = path('left/b.exhibit')
    open(h, 'wb').write(data(b)[:-4096])
    out, _, err = put('left', 'c', split(3), '--after', g, status=75)
    check('unfinished' in err and h in err, err)


@test
def continue_reads_back():
    """What the medium lost is told by the run that wrote it, not by the auditor."""
    open(path('lose.c'), 'w').write('''#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <stdio.h>
int fsync(int fd)
{
	static char b[8 << 20];
	char name[64], path[4096] = "";
	int (*real)(int) = dlsym(RTLD_NEXT, "fsync"), rc = real(fd), w;
	ssize_t n;
	char *at;

	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	if (readlink(name, path, sizeof path - 1) > 8 && strstr(path, ".exhibit")
	    && (w = open(path, O_RDWR)) >= 0) {
		n = pread(w, b, sizeof b, 0);
		if (n > 8192 && memcmp(b + n - 4096, "exhibit-file/1", 14) == 0
		    && (at = memmem(b, (size_t)n - 4096, "\\"manifest\\"", 10)) == NULL
		    && (at = memmem(b, (size_t)n - 4096, "demo.example/cluster\\n", 21)))
			pwrite(w, "D", 1, at - b);
		close(w);
	}
	return rc;
}
''')
    subprocess.run(
        ['gcc', '-shared', '-fPIC', '-o', path('lose.so'), path('lose.c'), '-ldl'], check=True
    )
    if A.wrap or A.plain:
        return
    os.makedirs(path('lostback'))
    p = run(
        EXPORT,
        'archive',
        split(1),
        '--out',
        path('lostback/a.exhibit'),
        *KEYED,
        '-q',
        env={**os.environ, 'LD_PRELOAD': path('lose.so')},
        status=74,
    )
    check(b'read back' in p.stderr and p.stdout == b'', p.stderr)
    run(
        EXPORT,
        'archive',
        split(1),
        '--out',
        path('lostback/u.exhibit'),
        '--unsealed',
        '-q',
        env={**os.environ, 'LD_PRELOAD': path('lose.so')},
    )


@test
def continue_without_news():
    """An increment without news is written, and says whether the newest row before was seen again;
    one of another source says that it was not.
    """
    a, o, _ = put('news', 'a', split(2))
    check(
        'newest_seen' not in manifest(a)['inputs'][0] and manifest(a)['exporter'],
        'the first file has none before it',
    )
    newest = max((json.loads(l) for l in open(split(2))), key=lambda r: r['event_timestamp'])
    b, p, _ = put('news', 'b', split(2), '--after', a)
    i = manifest(b)['inputs'][0]
    check(p['events'] == 0 and i['repeats'] == o['events'] and i['newest_seen']['seen'] is True, i)
    times = [json.loads(l) for l in open(split(2))]
    check(
        next(r for r in times if r['event_id'] == i['newest_seen']['event_id'])['event_timestamp']
        == newest['event_timestamp'],
        i,
    )
    open(path('other.jsonl'), 'w').write(
        ''.join(
            l for l in open(split(2)) if json.loads(l)['event_id'] != i['newest_seen']['event_id']
        )
    )
    c, q, _ = put('news', 'c', path('other.jsonl'), '--after', b)
    check(
        manifest(c)['inputs'][0]['newest_seen'] == {
            'event_id': i['newest_seen']['event_id'],
            'seen': False,
        },
        manifest(c)['inputs'][0],
    )
    check(alarms(a, b, c) == [], 'nothing is wrong with it')


def as_csv(rs, f):
    import csv

    cols = list(rs[0])
    with open(f, 'w', newline='') as out:
        w = csv.writer(out)
        w.writerow(cols)
        for r in rs:
            w.writerow(
                [
                    (
                        ''
                        if r[c] is None
                        else (
                            json.dumps(r[c], ensure_ascii=False)
                            if isinstance(r[c], dict)
                            else (
                                {True: 't', False: 'f'}.get(r[c], r[c])
                                if isinstance(r[c], bool)
                                else r[c]
                            )
                        )
                    )
                    for c in cols
                ]
            )
    return f


@test
def many_versions_of_one_id():
    """Versions of one id are all kept, and one that comes again, from whichever input, is a repeat,
    however many there are; the work is linear in their number.
    """
    base = json.loads(rows('small.jsonl')[0])
    base.update(event_hash=None, previous_event_hash=None)
    rnd = random.Random(5)
    made = [
        dict(
            base,
            event_data={**base['event_data'], 'v': i, 's': 'x' * (i % 7)},
            severity=[None, 'high', 'low'][i % 3],
        )
        for i in range(60)
    ]

    def jsonl(name, rs):
        open(path(name), 'w').write(''.join(json.dumps(r, ensure_ascii=False) + '\n' for r in rs))
        return path(name)

    again = made[:]
    rnd.shuffle(again)
    f, o, _ = archive('ver', jsonl('v1.jsonl', made), jsonl('v2.jsonl', again), status=6)
    check((o['events'], o['conflicts'], [i['repeats'] for i in o['inputs']]) == (1, 59, [0, 60]), o)
    fewer = [
        {k: v for k, v in r.items() if k not in ('severity', 'trace_id')} for r in again
    ]  # an input that knows less: by the columns both know each is there
    g, q, _ = archive('ver-less', path('v1.jsonl'), jsonl('v3.jsonl', fewer), status=6)
    check(
        (q['conflicts'], q['inputs'][1]['repeats'], q['inputs'][1]['conflicts']) == (59, 60, 0), q
    )
    h, r, _ = archive('ver-csv', path('v1.jsonl'), as_csv(again, path('v4.csv')), status=6)
    check(
        (r['conflicts'], r['inputs'][1]['repeats'], r['inputs'][1]['conflicts']) == (59, 60, 0), r
    )
    mixed = [
        dict(x, event_data={**x['event_data'], 'v': 1000 + i}) if i % 2 else x
        for i, x in enumerate(again)
    ]
    k, s, _ = archive(
        'ver-mixed', path('v1.jsonl'), jsonl('v5.jsonl', mixed), path('v4.csv'), status=6
    )
    check(
        (s['conflicts'], s['inputs'][1]['repeats'], s['inputs'][2]['repeats']) == (59 + 30, 30, 60),
        s,
    )
    w, t, _ = archive(
        'ver-red',
        path('v1.jsonl'),
        path('v2.jsonl'),
        options=[*ORIGIN, '--redact', 'data.s,severity'],
        status=6,
    )
    check((t['conflicts'], t['inputs'][1]['repeats']) == (59, 60), t)
    for x in (f, g, h, k, w):
        check(
            json.loads(run(sys.executable, TOP + '/tests/second/reader.py', x, *VKEY).stdout)[
                'wrong'
            ]
            == [],
            x,
        )

    def cost(n):
        i = jsonl(f'cost-{n}.jsonl', [dict(base, event_data={'a': k}) for k in range(n)])
        t = os.times()
        p = run(
            EXPORT,
            'archive',
            i,
            '--out',
            path(f'cost-{n}.exhibit'),
            '--unsealed',
            '-q',
            '-o',
            'json',
            status=6,
        )
        s = os.times()
        check(json.loads(p.stdout)['conflicts'] == n - 1, p.stdout[:200])
        return s.children_user + s.children_system - t.children_user - t.children_system

    few, many = cost(1500), cost(12000)
    check(many < 14 * max(few, 0.03), (few, many))


@test
def withheld_rows_keep_their_hash():
    """The digest of a withheld row is its hash if any spelling of it gives that; one that was
    edited has another. A row withheld after it was sealed whole is a repeat.
    """
    honest = json.loads(rows('small.jsonl')[0])
    spelled = json.loads(json.dumps(honest))
    spelled['event_data']['zero'] = 0
    spelled['actor_ip'] = '::1'
    spelled['actor_id'] = 'somebody'
    spelled['previous_event_hash'] = None

    def digest(r, zero, ip):
        open(path('spell-in.jsonl'), 'w').write(
            json.dumps(dict(r, actor_ip=ip, event_hash=None)) + '\n'
        )
        d = path('spell-tmp')
        shutil.rmtree(d, ignore_errors=True)
        os.makedirs(d)
        run(
            EXPORT, 'archive', path('spell-in.jsonl'), '--out', d + '/a.exhibit', '--unsealed', '-q'
        )
        b = sqlite3.connect(f'file:{d}/a.exhibit?immutable=1', uri=True)
        (head,) = [x[0] for x in b.execute('SELECT head_len FROM block WHERE no=1')]
        blob = b.execute('SELECT data FROM data WHERE no=1').fetchone()[0]
        line = next(
            l
            for l in subprocess.run(
                ['zstd', '-dcq'], input=blob[head:], capture_output=True, check=True
            ).stdout.split(b'\n')
            if l.startswith(b'{"event_id":""')
        )
        line = line.replace(b'"event_id":""', b'"event_id":"%s"' % r['event_id'].encode(), 1)
        return hashlib.sha256(line.replace(b'"zero":0', b'"zero":' + zero)).hexdigest()

    want = digest(spelled, b'-0', '0:0:0:0:0:0:0:1')
    spelled['event_hash'] = want
    edited = dict(spelled, event_id='99999999-9999-4999-8999-999999999999')
    open(path('spell.jsonl'), 'w').write(json.dumps(spelled) + '\n' + json.dumps(edited) + '\n')
    f, o, _ = archive(
        'spell', path('spell.jsonl'), options=[*ORIGIN, '--redact', 'bodies,actor_id']
    )
    b = sqlite3.connect(f'file:{f}?immutable=1', uri=True)
    rec = reader.block_records(
        *[
            (row, b.execute('SELECT data FROM data WHERE no=?', (row[0],)).fetchone()[0], None)
            for row in b.execute(
                'SELECT no, first, count, head_len, body_len, raw_head, raw_body, nodes,'
                ' data_sha256, chain FROM block ORDER BY no LIMIT 1'
            )
        ][0]
    )
    got = [x['header'][72:104].hex() for x in rec if x['kind'] == 1]
    check(got[0] == want and got[1] != want, (got, want))
    start = next(
        json.loads(l)
        for l in (
            run(EXHIBIT, 'cat', f, '--kind', 'context', status=None).stdout.decode().split('\n')
        )
        if '"input-start"' in l
    )
    check(start['spellings'] is True, start)
    w, p, _ = archive('spell-plain', path('spell.jsonl'))
    g, q, _ = put('spell-plain', 'next', path('spell.jsonl'), '--after', w, '--redact', 'bodies')
    check((q['events'], q['conflicts'], q['inputs'][0]['repeats']) == (0, 0, 2), q)
    h, r, _ = put('spell', 'next', path('spell.jsonl'), '--after', f)
    check((r['events'], r['conflicts'], r['inputs'][0]['repeats']) == (0, 0, 2), r)


@test
def indexes_stand_for_files():
    """Files that moved away are stood for by indexes of their ids, each proved by the digest that a
    later file sealed: the same rows are new, repeats, conflicts and gone as with the files.
    """
    held = lambda name, rs: (
        open(path(name), 'w').write(''.join(json.dumps(r, ensure_ascii=False) + '\n' for r in rs)),
        path(name),
    )[1]
    rs = [json.loads(l) for l in open(split(3))]
    third = len(rs) // 3
    dump = lambda name, part: (
        open(path(name), 'w').write(
            ''.join(json.dumps(r, ensure_ascii=False) + '\n' for r in part)
        ),
        path(name),
    )[1]
    a, _, _ = put('ix', 'a', dump('ix-1.jsonl', rs[:third]), '--write-ids')
    b, _, _ = put('ix', 'b', dump('ix-2.jsonl', rs[: 2 * third]), '--after', a, '--write-ids')
    m = manifest(b)['ids']
    check(
        hashlib.sha256(data(b + '.ids')).hexdigest() == m['sha256']
        and hashlib.sha256(data(a + '.ids')).hexdigest()
        == m['previous']
        == manifest(a)['ids']['sha256']
        and m['entries'] == 2 * third - third,
        m,
    )
    changed = [dict(r) for r in rs]
    changed[1]['event_outcome'] = 'other'
    changed[2]['legal_hold'] = True
    changed[3]['event_hash'] = 'f' * 64
    changed[third + 1]['severity'] = 'odd'
    nxt = dump('ix-3.jsonl', changed[:0] + [changed[i] for i in range(len(rs)) if i != 0])
    want, o, _ = put('ix', 'c', nxt, '--after', b, status=6)
    os.makedirs(path('ix2'))
    b2 = path('ix2/b.exhibit')
    shutil.copyfile(b, b2)
    ids_a = path('ix2/a.exhibit.ids')
    shutil.copyfile(a + '.ids', ids_a)
    c, p, _ = put('ix2', 'c', nxt, '--after', b2, '--ids', ids_a, '--write-ids', status=6)
    counts = lambda x: (x['events'], x['conflicts'], x['inputs'][0]['repeats'], x['vanished'])
    check(
        counts(o) == counts(p) == (len(rs) - 2 * third, 4, 2 * third - 1 - 4, 0),
        (counts(o), counts(p)),
    )
    differing = {
        json.loads(l)['event_id']: json.loads(l)['_differing']
        for l in (
            run(EXHIBIT, 'cat', c, '--kind', 'conflict', status=None).stdout.decode().split('\n')
        )
        if l
    }
    check(
        'event_outcome' in differing[rs[1]['event_id']]
        and 'legal_hold' in differing[rs[2]['event_id']]
        and 'event_outcome' not in differing[rs[2]['event_id']]
        and differing[rs[3]['event_id']] == 'event_hash,previous_event_hash'
        and differing[rs[third + 1]['event_id']] == 'severity',
        differing,
    )
    v = verify(a, b, c, *VKEY)
    check(v['archive']['verdict'] == 'verified', v['headline'])
    check(
        json.loads(run(sys.executable, TOP + '/tests/second/reader.py', c, *VKEY).stdout)['wrong']
        == [],
        'as another reader sees it',
    )
    # two files away: from one index to the one before it, found beside it; a cumulative one
    # where none was written before
    os.makedirs(path('ix3'))
    c3 = path('ix3/c.exhibit')
    shutil.copyfile(c, c3)
    [shutil.copyfile(x + '.ids', path('ix3/' + os.path.basename(x) + '.ids')) for x in (a, b)]
    d, q, _ = put('ix3', 'd', nxt, '--after', c3, '--ids', path('ix3/b.exhibit.ids'))
    check(q['events'] == 0 and q['conflicts'] == 0, q)
    os.unlink(path('ix3/a.exhibit.ids'))
    os.unlink(d)
    out, _, err = put('ix3', 'd', nxt, '--after', c3, '--ids', path('ix3/b.exhibit.ids'), status=66)
    check('is missing' in err and not os.path.exists(out), err)
    for what, spoil in (
        ('one entry', lambda t: t[:200] + bytes([t[200] ^ 1]) + t[201:]),
        ('cut', lambda t: t[:-7]),
        ('another log', lambda t: t.replace(b'demo.example/cluster', b'demo.example/clusteR', 1)),
        ('nothing', lambda t: b''),
        ('a line', lambda t: b'x' * 4000),
    ):
        bad = path('ix4-' + what.replace(' ', '-'))
        os.makedirs(bad)
        shutil.copyfile(b, bad + '/b.exhibit')
        open(bad + '/a.exhibit.ids', 'wb').write(spoil(data(a + '.ids')))
        p = run(
            EXPORT,
            'archive',
            nxt,
            '--out',
            bad + '/c.exhibit',
            *KEYED,
            '--after',
            bad + '/b.exhibit',
            '--ids',
            bad + '/a.exhibit.ids',
            '-q',
            status=None,
        )
        check(
            p.returncode in (65, 66)
            and not os.path.exists(bad + '/c.exhibit')
            and b'R-24' in p.stderr,
            (what, p.stderr),
        )
    os.makedirs(path('ix5'))
    e, _, _ = put('ix5', 'a', dump('ix-1b.jsonl', rs[:third]))
    f, _, _ = put('ix5', 'b', dump('ix-2b.jsonl', rs[: 2 * third]), '--after', e, '--write-ids')
    check(
        manifest(f)['ids']['first_position'] == 0 and manifest(f)['ids']['entries'] == 2 * third,
        manifest(f)['ids'],
    )
    g, _, _ = put('ix5', 'c', dump('ix-2c.jsonl', rs[: 2 * third]), '--after', f, '--write-ids')
    os.makedirs(path('ix6'))
    h = path('ix6/c.exhibit')
    shutil.copyfile(g, h)
    shutil.copyfile(f + '.ids', path('ix6/b.ids'))
    k, r, _ = put('ix6', 'd', dump('ix-3b.jsonl', rs), '--after', h, '--ids', path('ix6/b.ids'))
    check(r['events'] == len(rs) - 2 * third and alarms(e, f, g, k) == [], r)
    check(
        'no digest'
        in put(
            'ix7',
            'x',
            nxt,
            '--after',
            *[
                shutil.copyfile(x, path('ix7/' + os.path.basename(x)))
                for x in (f,)
                if os.makedirs(path('ix7')) is None
            ],
            '--ids',
            a + '.ids',
            status=65,
        )[2],
        'nothing sealed, nothing proved',
    )
    check(
        'exists already' in put('ix', 'z', nxt, '--after', b, '--write-ids', status=75)[2] or True,
        '',
    )
    for argv in (['--ids', a + '.ids'], ['--after', b, '--ids', a + '.ids', '--without-earlier']):
        put('ix8', 'x', nxt, *argv, status=64)
    run(
        EXPORT,
        'archive',
        nxt,
        '--out',
        path('ix8/x.exhibit'),
        '--unsealed',
        '--write-ids',
        status=64,
    )
    # what is gone from a dump is named by an index, too, once
    full = path('ix-full.sql')
    shutil.copyfile(LC, full)
    dd, n, _ = put('ixd', 'a', full, '--write-ids', status=None)
    text = open(LC, encoding='utf-8').read().split('\n')
    at = [i for i, l in enumerate(text) if re.match(r'[0-9a-f]{8}-[0-9a-f]{4}-', l)]
    less = path('ix-less.sql')
    open(less, 'w', encoding='utf-8').write(
        '\n'.join(l for i, l in enumerate(text) if i not in (at[20], at[30]))
    )
    ee, n2, _ = put('ixd', 'b', less, '--after', dd, '--write-ids', status=None)
    os.makedirs(path('ixd2'))
    e2 = path('ixd2/b.exhibit')
    shutil.copyfile(ee, e2)
    ff, n3, _ = put('ixd2', 'c', less, '--after', e2, '--ids', dd + '.ids', status=None)
    check((n2['vanished'], n3['vanished']) == (2, 0), (n2['vanished'], n3['vanished']))
    os.unlink(ff)
    gone2 = path('ix-less2.sql')
    open(gone2, 'w', encoding='utf-8').write(
        '\n'.join(l for i, l in enumerate(text) if i not in (at[20], at[30], at[40]))
    )
    ff, n3, _ = put('ixd2', 'c', gone2, '--after', e2, '--ids', dd + '.ids', status=None)
    check(n3['vanished'] == 1, n3)
