"""Copies of sealed files to show a part of them (exhibit-export disclose; formats/archive.md C-20):
what they prove, what they do not tell, every way to spoil one, and the guessing attack that headers
without salt allow.
"""

import random
from harness import *
import forge
from suite_proofs import events, second

MADE = {}
GUESSABLE = 'who knows the form of an event can test guesses about what was left out'


def disclose(f, *which, name='copy', status=0, key=VKEY, out=None, guessable=True):
    out = out or path(f'{name}-{len(os.listdir(W))}.exhibit')
    more = ['--guessable'] if guessable else []
    p = run(EXPORT, 'disclose', f, *key, *which, *more, '--out', out, status=status)
    return out, p


def apart(all_events):
    """twelve events whose hashes tell of no single one that is left out"""
    for k in range(25):
        some = all_events[k::25][:12]
        told = {e[h] for e in some for h in ('event_hash', 'previous_event_hash')}
        if not any(
            e['event_hash'] in told and (e['previous_event_hash'] or e['event_hash']) in told
            for e in all_events
            if e not in some
        ):
            return some
    raise Failed('no such twelve')


def twelve():
    """an archive, its events, twelve of them, and the copy that shows these"""
    if 'twelve' not in MADE:
        f = archive('disclose', LC)[0]
        all_events = events(f)
        some = apart(all_events)
        ids = path('twelve.txt')
        text = '# twelve of them\n\n' + '\n'.join(e['event_id'] for e in some) + '\n'
        open(ids, 'w').write(text)
        MADE['twelve'] = f, all_events, some, disclose(f, '--ids', ids)[0]
    return MADE['twelve']


def expanded(f):
    """every part of a copy, decompressed, and the file as it lies"""
    db = sqlite3.connect(f'file:{f}?immutable=1', uri=True)
    parts = {'file': data(f)}
    for no, n, head_len, rh, rb, blob in db.execute(
        'SELECT b.no, count, head_len, raw_head, raw_body, data FROM block b JOIN data d ON'
        ' d.no=b.no'
    ):
        parts[f'head {no}'] = reader.zstd(blob[: head_len - 2 * n], rh, None)
        parts[f'body {no}'] = reader.zstd(blob[head_len:], rb, None)
    db.close()
    return parts


def manifest_of(f):
    return forge.Archive(f).manifest


@test
def disclose_twelve_events():
    f, all_events, some, copy_ = twelve()
    v = verify(copy_, *VKEY, status=2)
    states = {k: d['state'] for k, d in v['dimensions'].items()}
    check(states['integrity'] == states['authenticity'] == 'proven', states)
    check(
        v['headline'][0]
        == f'DISCLOSURE COPY: 12 of {len(all_events)} events can be read; all 369 records are those'
        ' of the signed log.',
        v['headline'],
    )
    check(any(GUESSABLE in h for h in v['headline']), v['headline'])
    whole = verify(f, *VKEY, status=0)
    root = lambda x: [a['root'] for a in x['archive']['files']]
    check(root(v) == root(whole), 'the root of the log')
    check([e for e in events(copy_)] == some, 'the twelve are those of the file, column by column')
    limit = v['limits'][0]
    check(
        limit['lack'] == 'left-out'
        and limit['scope']['events'] - limit['scope']['events_left_out'] == 12
        and limit['scope']['records'] == 369,
        limit,
    )
    told = second(copy_, *VKEY)
    check(told['verdict'] == 'verified' and told['left_out'] == 369 - 13, told['wrong'])
    lines = run(EXHIBIT, 'verify', copy_, *VKEY, '--each', status=None).stdout.decode()
    check(told['events'] == [json.loads(l) for l in lines.splitlines()], 'both readers, each event')


@test
def disclose_is_told_by_every_verb():
    f, all_events, some, copy_ = twelve()
    rr = some[0]['correlation_id']
    n = sum(e['correlation_id'] == rr for e in all_events)
    left = n - sum(e['correlation_id'] == rr for e in some)
    for verb in (
        ['info'],
        ['list', '--other'],
        ['show', '--id', rr],
        ['timeline', '--id', rr],
        ['history', '--id', rr],
        ['approvals'],
        ['controls'],
        ['populations'],
        ['analysis'],
        ['cat'],
        
        ['reconstruct', '--id', rr],
    ):
        p = run(EXHIBIT, verb[0], copy_, *verb[1:], *VKEY, status=None)
        err = re.sub(r'\s+', ' ', p.stderr.decode())
        check('DISCLOSURE COPY: 12 of 304 events' in err and GUESSABLE in err, (verb, err))
        if '--id' in verb or verb[0] in ('list', 'controls'):
            check(f'{rr}: {left} of its {n} records are left out' in err, (verb, err))
    j = json.loads(run(EXHIBIT, 'timeline', copy_, '--id', rr, *VKEY, '-o', 'json').stdout)
    check(j['left_out'] == left and j['limits'][0]['lack'] == 'left-out', j)
    p = json.loads(run(EXHIBIT, 'populations', copy_, *VKEY, '-o', 'json').stdout)
    check(
        any(x.get('lower_bound') for x in p['populations'].values())
        and p['limits'][0]['lack'] == 'left-out',
        p['populations'],
    )
    c = json.loads(run(EXHIBIT, 'controls', copy_, *VKEY, '-o', 'json', status=None).stdout)
    check(c['limits'][0]['lack'] == 'left-out', c['limits'])
    out = path('disclose-report.html')
    run(EXHIBIT, 'report', copy_, *VKEY, '--out', out, status=None)
    check('DISCLOSURE COPY' in data(out).decode(), 'the report')
    q = run(EXHIBIT, 'sql', copy_, *VKEY, 'SELECT count(*) n FROM events', '-o', 'json')
    q = json.loads(q.stdout)
    check(q['limits'][0]['lack'] == 'left-out', q)


@test
def disclose_leaves_nothing_behind():
    """No text of a left out body stands anywhere in the copy but where the manifest says it too."""
    f, all_events, some, copy_ = twelve()
    shown = {e['event_id'] for e in some}
    parts = expanded(copy_)
    known = b''.join(
        r.body for r in forge.Archive(f).records if r.id and forge.uuid_text(r.id) in shown
    ).decode()
    known += json.dumps([manifest_of(f), some], ensure_ascii=False)
    texts = set()

    def collect(v):
        if isinstance(v, dict):
            for k, x in v.items():
                collect(x)
        elif isinstance(v, list):
            for x in v:
                collect(x)
        elif isinstance(v, str) and len(v) >= 5:
            texts.add(v)

    for e in all_events:
        if e['event_id'] not in shown:
            collect({k: x for k, x in e.items() if not k.endswith('hash') and k != 'event_id'})
    texts = {t for t in texts if t not in known}
    check(len(texts) > 300, len(texts))
    for name, b in parts.items():
        found = [t for t in texts if t.encode() in b]
        check(not found, (name, found[:5]))
    db = sqlite3.connect(f'file:{copy_}?immutable=1', uri=True)
    check(db.execute('SELECT count(*) FROM idx').fetchone() == (0,), 'no index')
    check(db.execute('SELECT count(*) FROM data WHERE no=0').fetchone() == (0,), 'no dictionary')
    check(db.execute('PRAGMA freelist_count').fetchone() == (0,), 'no free page')
    check(db.execute('PRAGMA integrity_check').fetchone() == ('ok',), 'a whole database')
    db.close()


@test
def disclose_leaves_the_dictionary_behind():
    """a dictionary holds whole bodies of what is left out"""
    a = forge.Archive(good())
    d = path('disclose-samples')
    os.makedirs(d)
    for i, r in enumerate(a.events()):
        open(f'{d}/{i}', 'wb').write(r.body)
    forge.tool('zstd', '-q', '--train', '-r', d, '--maxdict=16384', '-o', d + '.zdict')
    a.dictionary = data(d + '.zdict')
    os.makedirs(path('disclose-dict'))
    f = a.write(path('disclose-dict/a.exhibit'), forge.Signer(FIX + '/test.key'))
    verify(f, *VKEY, status=0)
    event = a.events()[5]
    copy_, _ = disclose(f, '--only', 'id=' + forge.uuid_text(event.id))
    check(verify(copy_, *VKEY)['dimensions']['integrity']['state'] == 'proven', 'it verifies')
    check(second(copy_, *VKEY)['verdict'] == 'verified', 'by both')
    whole = b''.join(expanded(copy_).values())
    padding = lambda r: re.search(rb'"padding":"([0-9a-f]{64})', r.body)[1]
    check(padding(event) in whole, 'what is shown is there')
    left = [padding(r) for r in a.events() if r is not event and padding(r) != padding(event)]
    check(not [p for p in left if p in whole], 'and nothing else')
    check(a.dictionary[64:128] not in whole, 'nor a piece of the dictionary')


@test
def disclose_flips_are_found():
    f, _, _, copy_ = twelve()
    raw = data(copy_)
    used = len(raw) - 4096 + len(raw[-4096:].rstrip(b'\0'))
    rng = random.Random(11)
    bits = [rng.randrange(used * 8) for _ in range(300)]
    bits += [i * 8 + rng.randrange(8) for i in range(len(raw) - 4096, used, 7)]
    bits += [i * 8 + rng.randrange(8) for i in range(0, 100, 3)]
    t = path('disclose-flipped.exhibit')
    for bit in bits:
        b = bytearray(raw)
        b[bit // 8] ^= 1 << bit % 8
        open(t, 'wb').write(b)
        p = run(EXHIBIT, 'verify', t, *VKEY, status=None)
        check(p.returncode in (1, 5), (bit // 8, bit % 8, p.returncode, p.stdout[:300]))


# ---- somebody who makes a copy anew, with every digest that nobody signs


def remade(copy_, change_head=None, change_body=None, block=1, edit=None):
    """The copy with a block's parts changed, and its own digests, chain and trailer made again."""
    t = path(f'remade-{len(os.listdir(W))}.exhibit')
    shutil.copy(copy_, t)
    trailer = data(t)[-4096:].rstrip(b'\0').split(b'\n', 3)[3]
    os.truncate(t, os.path.getsize(t) - 4096)
    db = sqlite3.connect(t)
    rows_ = db.execute(
        'SELECT no, first, count, head_len, body_len, raw_head, raw_body, nodes, data_sha256 FROM'
        ' block ORDER BY no'
    ).fetchall()
    chain = db.execute('SELECT prev_chain FROM log').fetchone()[0]
    for row in rows_:
        no, first, n, hl, bl, rh, rb, nodes, digest = row
        blob = db.execute('SELECT data FROM data WHERE no=?', (no,)).fetchone()[0]
        if no == block and (change_head or change_body):
            head = reader.zstd(blob[: hl - 2 * n], rh, None)
            body = reader.zstd(blob[hl:], rb, None)
            head = change_head(head) if change_head else head
            body = change_body(body) if change_body else body
            tags = b''.join(
                forge.sha(b'\0' + head[i * 233 + 1 : i * 233 + 233])[:2] for i in range(n)
            )
            h, b = forge.frame(head), forge.frame(body)
            blob, hl, bl, rh, rb = h + tags + b, len(h + tags), len(b), len(head), len(body)
            digest = forge.sha(blob)
            db.execute('UPDATE data SET data=? WHERE no=?', (blob, no))
        line = ' '.join(map(str, ['exhibit-block/1', no, first, n, hl, bl, rh, rb]))
        chain = forge.sha(
            f'{line} {forge.sha(nodes).hex()} {digest.hex()} {chain.hex()}\n'.encode()
        )
        db.execute(
            'UPDATE block SET head_len=?, body_len=?, raw_head=?, raw_body=?, data_sha256=?,'
            ' chain=? WHERE no=?',
            (hl, bl, rh, rb, digest, chain, no),
        )
    if edit:
        edit(db)
    db.commit()
    db.execute('VACUUM')
    db.close()
    body = data(t)
    text = f'exhibit-copy/1\n{len(body)}\n{forge.sha(body).hex()}\n'.encode() + trailer
    open(t, 'ab').write(text.ljust(4096, b'\0'))
    return t


def ids(v):
    return {f['id'] for f in v['findings']}


def at_shown(head, which=0):
    """where the header of a record that is shown stands"""
    return [i for i in range(0, len(head), 233) if head[i] == 1][which]


def replaced(b, at, by):
    return b[:at] + by + b[at + len(by) :]


@test
def disclose_bad_copies():
    f, _, some, copy_ = twelve()
    same = verify(remade(copy_), *VKEY, status=2)
    check(not [x for x in same['findings'] if x['level'] == 'alarm'], ids(same))
    # a header changed: one byte of its time, of a record that is left out, and of one that is shown
    left = verify(remade(copy_, lambda h: replaced(h, 1 + 30, bytes([h[31] ^ 1]))), *VKEY, status=1)
    check('A13' in ids(left), ids(left))
    for at, said in ((25 + 6, 'A11'), (13, 'A13'), (33, 'A11'), (201, 'A11'), (137, 'A13')):
        v = verify(
            remade(
                copy_,
                lambda h: replaced(h, at_shown(h) + at, bytes([h[at_shown(h) + at] ^ 1])),
            ),
            *VKEY,
            status=1,
        )
        check(said in ids(v), (at, ids(v)))
    # a body swapped for another one of the same length, and two bodies in each other's place
    name = some[0]['event_type'].encode()
    v = verify(
        remade(copy_, change_body=lambda b: b.replace(name, name.swapcase(), 1)), *VKEY, status=1
    )
    check('A11' in ids(v), ids(v))
    lines = lambda b: b.split(b'\n')
    swap = lambda b: b'\n'.join([lines(b)[1], lines(b)[0], *lines(b)[2:]])
    check('A11' in ids(verify(remade(copy_, change_body=swap), *VKEY, status=1)), 'bodies swapped')
    # more left out than said: a record called left out whose body stands there all the same
    v = verify(remade(copy_, lambda h: replaced(h, at_shown(h), b'\0')), *VKEY, status=1)
    check('A11' in ids(v), ids(v))
    # and one that is left out in earnest: what is said of the copy is what is in it
    first = lambda b: b[: b.index(b'\n')]
    gone = remade(
        copy_,
        lambda h: replaced(h, at_shown(h), b'\0'),
        lambda b: b[len(first(b)) + 1 :],
    )
    v = verify(gone, *VKEY, status=None)
    check(
        v['exit'] == 1 or v['headline'][0].startswith('DISCLOSURE COPY: 11 of 304'),
        v['headline'],
    )
    # the manifest left out; a state that there is not; a header too few; a byte too much
    check('A17' in ids(verify(
        remade(copy_, lambda h: b'\0' + h[1:], lambda b: b'', block=2), *VKEY, status=1
    )), 'a manifest left out')
    for change in (
        lambda h: replaced(h, 0, b'\2'),
        lambda h: h[:-233],
        lambda h: h + b'\0',
        lambda h: replaced(h, 5, b'\2'),
        lambda h: replaced(h, 233 + 1, h[1:233]),
    ):
        v = verify(remade(copy_, change), *VKEY, status=1)
        check(ids(v) & {'A11', 'A12', 'A13'}, ids(v))
    # the seal of another log; a trailer of another file, or of nobody
    v = verify(copy_, '--vkey', FIX + '/test.vkey', status=2)
    stranger = forge.Signer(name='demo.example/cluster')
    def other_seal(db):
        note = db.execute('SELECT note FROM seal').fetchone()[0]
        text = note[: note.index('\n\n') + 1]
        db.execute('UPDATE seal SET note=?', (forge.signed(text, stranger),))
    check(verify(remade(copy_, edit=other_seal), *VKEY)['exit'] in (1, 3), 'a seal by a stranger')
    raw = data(copy_)
    t = path('disclose-trailer.exhibit')
    text = raw[-4096:].rstrip(b'\0')
    for spoilt in (
        text.split(b'exhibit-file/1')[0],
        text[: text.index(b'\n\n')] + b'\n',
        text.replace(b'exhibit-copy/1', b'exhibit-file/1'),
        text + b'x',
    ):
        open(t, 'wb').write(raw[:-4096] + spoilt.ljust(4096, b'\0'))
        check('A02' in ids(verify(t, *VKEY, status=1)), spoilt[-80:])
    open(t, 'wb').write(raw[:60] + (4).to_bytes(4, 'big') + raw[64:])
    v = verify(t, *VKEY, status=5)
    check('version 4' in v['findings'][0]['sentence'], v['findings'])


@test
def disclose_reading_verbs_meet_no_forged_record():
    """who reads without verify sees nothing that its header does not bind"""
    f, _, some, copy_ = twelve()
    name = some[0]['event_type'].encode()
    t = remade(copy_, change_body=lambda b: b.replace(name, name.swapcase(), 1))
    p = run(EXHIBIT, 'cat', t, *VKEY, status=None)
    check(p.returncode == 1 and name.swapcase() not in p.stdout, p.stdout[:200])
    # header and body changed together: only the tree tells
    def both(h):
        at = at_shown(h)
        return replaced(h, at + 1 + 48, (9999).to_bytes(8, 'big'))
    p = run(EXHIBIT, 'cat', remade(copy_, both), *VKEY, status=None)
    check(p.returncode == 1 and b'A13' in p.stderr, p.stderr)


@test
def disclose_what_is_refused():
    f, all_events, some, copy_ = twelve()
    one = ('--only', 'id=' + some[0]['event_id'])
    nowhere = path('nowhere.exhibit')

    def refused(status, *words, **how):
        file = how.pop('file', f)
        which = how.pop('which', one)
        _, p = disclose(file, *which, status=status, out=how.pop('out', nowhere), **how)
        err = p.stderr.decode()
        check(all(w in err for w in words), err)
        check(not os.path.exists(nowhere), 'nothing is written')

    refused(64, GUESSABLE, '--guessable', guessable=False)
    refused(65, 'disclosure copy', file=copy_)
    refused(73, 'exists already', out=copy_)
    refused(64, 'want id=EVENT_ID', which=('--only', 'colour=red'))
    refused(64, 'want an event id', which=('--only', 'id=x'))
    refused(64, '--only RULE or --ids FILE', which=())
    nobody = '0' * 8 + '-0000' * 3 + '-' + '0' * 12
    refused(66, 'no event 00000000-', which=('--only', 'id=' + nobody))
    refused(66, 'no event of these files', which=('--only', 'type=no.such.type'))
    refused(66, 'no event of these files', which=('--only', 'correlation=rr-none'))
    listed = path('ids-refused.txt')
    open(listed, 'w').write(f'{some[0]["event_id"]}\n# one more\nnot an id\n')
    refused(65, '--ids line 3', which=('--ids', listed))
    open(listed, 'w').write(f'\n{some[0]["event_id"]}\n{"1" * 8}-1111-4111-8111-{"1" * 12}\n')
    refused(66, '--ids line 3', which=('--ids', listed))
    open(listed, 'w').write('# nothing\n')
    refused(65, 'names no id', which=('--ids', listed))
    refused(66, 'ids-none', which=('--ids', path('ids-none.txt')))
    spoilt, b = path('disclose-spoilt.exhibit'), bytearray(data(f))
    b[len(b) // 2] ^= 1
    open(spoilt, 'wb').write(b)
    refused(65, 'do not verify', file=spoilt)
    other = path('disclose-other')
    run(EXPORT, 'keygen', '--name', 'demo.example/cluster', '--out', other)
    refused(65, 'do not verify', key=['--vkey', other + '.vkey'])
    unsealed, _, _ = archive('disclose-unsealed', FIX + '/small.jsonl', options=['--unsealed'])
    refused(65, file=unsealed)
    # nothing is continued by a copy, or held against one
    p = run(
        EXPORT, 'archive', FIX + '/small.jsonl', '--after', copy_, *ORIGIN, '--out', nowhere,
        status=None,
    )
    check(p.returncode >= 64 and not os.path.exists(nowhere), p.stderr)
    p = run(EXPORT, 'reconcile', copy_, '--source', LC, *VKEY, status=65)
    check(b'disclosure copy' in p.stderr, p.stderr)


@test
def disclose_rules_and_several_files():
    f, all_events, some, _ = twelve()
    rr = some[0]['correlation_id']
    mine = [e for e in all_events if e['correlation_id'] == rr]
    t, _ = disclose(f, '--only', 'type=*')
    said = ' '.join(verify(t, *VKEY, status=2)['headline'])
    check('304 of 304 events' in said and GUESSABLE in said, said)
    t, p = disclose(f, '--only', 'correlation=' + rr)
    check(events(t) == mine, 'a whole remediation')
    p = run(EXHIBIT, 'timeline', t, '--id', rr, *VKEY)
    check(b'left out' not in p.stdout and b'are left out' not in p.stderr, 'all of it is here')
    v = verify(t, *VKEY, status=2)
    links = [json.loads(l) for l in run(
        EXHIBIT, 'verify', t, *VKEY, '--each', status=None).stdout.decode().splitlines()]
    whole = [json.loads(l) for l in run(
        EXHIBIT, 'verify', f, *VKEY, '--each', status=None).stdout.decode().splitlines()]
    check(links == [l for l in whole if l['correlation_id'] == rr], 'content and links as before')
    kind = mine[0]['event_type']
    t, _ = disclose(f, '--only', 'type=' + kind, '--only', 'id=' + mine[-1]['event_id'])
    check({e['event_type'] for e in events(t)} == {kind, mine[-1]['event_type']}, 'two rules')
    t, p = disclose(f, '--only', 'type=' + kind.split('.')[0] + '.*')
    check(
        len(events(t))
        == sum(e['event_type'].startswith(kind.split('.')[0] + '.') for e in all_events),
        'a beginning',
    )
    # two files of a log: a copy each, which belong together as the files do
    more = path('disclose-more.jsonl')
    bare = dict(event_hash=None, previous_event_hash=None)
    o = [{**json.loads(r), **bare} for r in rows('small.jsonl')]
    open(more, 'w').write('\n'.join(json.dumps(r) for r in o) + '\n')
    b, _, _ = archive('disclose-next', more, options=ORIGIN + ['--after', f])
    both = path('disclose-both')
    os.rename(b, os.path.join(os.path.dirname(b), 'b.exhibit'))
    b = os.path.join(os.path.dirname(b), 'b.exhibit')
    p = run(
        EXPORT, 'disclose', f, b, *VKEY, '--only', 'id=' + some[0]['event_id'], '--only',
        'id=' + o[0]['event_id'], '--guessable', '--out', both, '-o', 'json',
    )
    j = json.loads(p.stdout)['copies']
    check([c['events_shown'] for c in j] == [1, 1] and j[0]['guessable'] is True, j)
    check(j[0]['of_sha256'] == hashlib.sha256(data(f)).hexdigest(), 'of which file')
    v = verify(j[0]['file'], j[1]['file'], *VKEY, status=2)
    check(not [x for x in v['findings'] if x['level'] == 'alarm'], v['findings'])
    check(v['dimensions']['authenticity']['state'] == 'proven', v['dimensions'])
    # beside the file that it was made of, the file is what counts
    v = verify(j[0]['file'], f, *VKEY, status=0)
    check('L03' in ids(v), ids(v))


@test
def disclose_copies_beside_a_log():
    """a copy that lies beside the files of its log is none of them"""
    f, _, _, copy_ = twelve()
    d = path('disclose-beside')
    os.makedirs(d)
    shutil.copy(copy_, d + '/0-copy.exhibit')
    run(EXPORT, 'archive', LC, '--out', d + '/a.exhibit', *ORIGIN)
    more = ['--out', d + '/b.exhibit', '--after', d + '/a.exhibit', *ORIGIN]
    run(EXPORT, 'archive', FIX + '/small.jsonl', *more)
    more = ['--out', d + '/c.exhibit', '--after', d + '/b.exhibit', *ORIGIN]
    run(EXPORT, 'archive', FIX + '/keyed.jsonl', *more)


# ---- the guessing attack (design: trust.md 4)


def headers(f):
    """of what is left out"""
    return [
        h[i + 1 : i + 233]
        for name, h in expanded(f).items()
        if name.startswith('head')
        for i in range(0, len(h), 233)
        if h[i] == 0
    ]


def bodies(copy_):
    """the canonical bodies that a copy shows"""
    return [
        json.loads(line)
        for name, b in expanded(copy_).items()
        if name.startswith('body')
        for line in b.split(b'\n')
        if line.startswith(b'{"event_id":')
    ]


def guessed(form, h, rr, word, name):
    """the body of a decision, made of the form of another one and of what a header says"""
    b = json.loads(json.dumps(form).replace(form['correlation_id'], rr))
    us = int.from_bytes(h[24:32], 'big', signed=True)
    b['event_id'] = forge.uuid_text(h[32:48])
    b['event_timestamp'] = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(us // 10**6))
    b['event_type'] = b['event_data']['event_type'] = 'orchestrator.approval.' + word
    b['event_action'], b['actor_id'] = word, name
    b['event_outcome'] = 'success' if word == 'approved' else 'failure'
    b['event_data']['decision'] = word.capitalize()
    return b['event_id'], json.dumps(b, separators=(',', ':')).encode()


def attack(copy_, names):
    """Who decided what among what is left out, from the copy alone: the form of a decision is that
    of one that is shown, the name of its remediation that of any event of it that is shown; a guess
    is right if it gives a digest that the header holds.
    """
    shown = bodies(copy_)
    form = next(b for b in shown if b['event_type'].startswith('orchestrator.approval.'))
    remediation = {forge.sha(b['correlation_id'].encode()): b['correlation_id'] for b in shown}
    found = {}
    for h in headers(copy_):
        prefix = h[168:200].hex().encode() if h[9] == 2 else b''
        # of a header that hides it, every remediation is tried
        those = [remediation.get(h[200:232])] if h[4] == 1 else list(remediation.values())
        for rr, word, name in (
            (r, w, n) for r in those if r for w in ('approved', 'rejected') for n in names
        ):
            event_id, text = guessed(form, h, rr, word, name)
            if hashlib.sha256(prefix + text).digest() in (h[72:104], h[136:168]):
                found[event_id] = word, name
    return found


def attacked(f, *more):
    """a copy that shows one decision and the first event of each remediation, the decisions of
    persons that it leaves out, and names
    """
    all_events = events(f)
    decided = [
        e
        for e in all_events
        if e['event_type'] in ('orchestrator.approval.approved', 'orchestrator.approval.rejected')
        and e['actor_type'] == 'user'
    ]
    first = {e['correlation_id']: e for e in reversed(all_events)}
    only = [decided[0], *first.values()]
    which = [x for e in only for x in ('--only', 'id=' + e['event_id'])]
    names = {'alice', 'bob', 'dave', 'mallory', 'root'}
    names |= {e['actor_id'] for e in all_events if e['actor_id']}
    return disclose(f, *which, *more)[0], decided[1:], names


@test
def disclose_guessing_attack():
    """it succeeds on a copy of a log without salt, as every screen says"""
    t, decided, names = attacked(twelve()[0])
    check(len(decided) >= 2 and len(names) >= 10, (decided, names))
    found = attack(t, names)
    wanted = {e['event_id']: (e['event_action'], e['actor_id']) for e in decided}
    check(found == wanted, found)
    check(GUESSABLE in ' '.join(verify(t, *VKEY)['headline']), 'and that is said')


# ---- headers of version 2


def salted():
    """the same log with salts, and a copy of the same twelve events"""
    if 'salted' not in MADE:
        f = archive('salted', LC, options=ORIGIN + ['--salted'])[0]
        ids_of = path('twelve-salted.txt')
        open(ids_of, 'w').write('\n'.join(e['event_id'] for e in twelve()[2]))
        MADE['salted'] = f, disclose(f, '--ids', ids_of, guessable=False)[0]
    return MADE['salted']


def each(f):
    lines = run(EXHIBIT, 'verify', f, *VKEY, '--each', status=None).stdout.decode()
    return [json.loads(l) for l in lines.splitlines()]


@test
def salted_archives():
    plain, all_events, _, _ = twelve()
    f, _ = salted()
    v = verify(f, *VKEY, status=0)
    check(v['dimensions']['integrity']['state'] == 'proven', v['dimensions'])
    check(events(f) == all_events and each(f) == each(plain), 'the same events, judged the same')
    told = second(f, *VKEY)
    check(told['verdict'] == 'verified' and told['events'] == each(f), told['wrong'])
    roots = [verify(x, *VKEY)['archive']['files'][0]['root'] for x in (plain, f)]
    again = archive('salted-again', LC, options=ORIGIN + ['--salted'])[0]
    roots.append(verify(again, *VKEY)['archive']['files'][0]['root'])
    check(len(set(roots)) == 3, 'two runs differ: the salts do')
    check(os.path.getsize(f) <= os.path.getsize(plain) * 1.1, 'a secret a block costs little')
    # what reads by index, by type, one correlation, and proofs of one record
    rr = all_events[0]['correlation_id']
    for verb in (['list'], ['show', '--id', rr], ['controls'], ['cat', '--id', rr]):
        p, q = (run(EXHIBIT, verb[0], x, *verb[1:], *VKEY, status=None) for x in (plain, f))
        check(p.stdout == q.stdout and p.returncode == q.returncode, verb)
    t = path('salted.tlog-proof')
    run(EXHIBIT, 'prove', f, '--id', all_events[7]['event_id'], *VKEY, '--out', t)
    run(EXHIBIT, 'verify', t, *VKEY)
    check(second(t, *VKEY)['verdict'] == 'verified', 'a proof of a salted record')
    b = bytearray(base64.b64decode(data(t).split(b'\n')[1][6:]))
    for at in (60, 80, 240, 320, 350, 380, 410, 445, 460):
        spoilt = bytes(b[:at]) + bytes([b[at] ^ 1]) + bytes(b[at + 1 :])
        lines = data(t).split(b'\n')
        lines[1] = b'extra ' + base64.b64encode(spoilt)
        open(t + '-spoilt', 'wb').write(b'\n'.join(lines))
        check(run(EXHIBIT, 'verify', t + '-spoilt', *VKEY, status=None).returncode == 1, at)
        check(second(t + '-spoilt', *VKEY)['verdict'] == 'altered', at)


@test
def salted_runs_are_resumed():
    f, _ = salted()
    before = data(f)
    argv = [EXPORT, 'archive', LC, '--out', f, *ORIGIN, '--salted', '--resume']
    run(*argv)
    check(data(f) == before, 'a finished file stays as it is')
    t = path('salted-cut/a.exhibit')
    os.makedirs(os.path.dirname(t))
    open(t, 'wb').write(before[:-4096])
    db = sqlite3.connect(t)
    last = db.execute('SELECT max(no) FROM block').fetchone()[0]
    for sql in (f'block WHERE no={last}', f'data WHERE no={last}', 'idx', 'seal'):
        db.execute('DELETE FROM ' + sql)
    db.commit()
    db.close()
    run(EXPORT, 'archive', LC, '--out', t, *ORIGIN, '--salted', '--resume')
    root = lambda x: verify(x, *VKEY)['archive']['files'][0]['root']
    rows_of = lambda x: sqlite3.connect(x).execute('SELECT hex(nodes) FROM block').fetchall()[:-1]
    check(rows_of(t) == rows_of(f), 'what was there keeps its salts')
    verify(t, *VKEY)
    p = run(EXPORT, 'archive', LC, '--out', f, *ORIGIN, '--resume', status=65)
    check(b'--salted' in p.stderr, p.stderr)
    for src, more in ((LC, '--write-ids'), ('postgres://nowhere/x', '--follow')):
        p = run(EXPORT, 'archive', src, '--out', path('x'), *ORIGIN, '--salted', more, status=None)
        check(p.returncode == 64 and b'--salted' in p.stderr, p.stderr)
    # a log may go on with salts, or without
    one = archive('salted-one', FIX + '/small.jsonl')[0]
    two, _, _ = archive('salted-two', LC, options=ORIGIN + ['--salted', '--after', one])
    check(verify(one, two, *VKEY)['archive']['verdict'] == 'verified', 'one log of both kinds')


@test
def salted_copies():
    f, copy_ = salted()
    plain, all_events, some, _ = twelve()
    v = verify(copy_, *VKEY, status=2)
    states = {k: d['state'] for k, d in v['dimensions'].items()}
    check(states['integrity'] == states['authenticity'] == 'proven', states)
    said = ' '.join(v['headline'])
    check('12 of 304 events can be read' in said and GUESSABLE not in said, said)
    check(any('hide their hashes' in x for x in v['not_checked']), v['not_checked'])
    check(v['limits'][0]['scope']['guessable'] is False, v['limits'])
    check(events(copy_) == some, 'the twelve')
    told = second(copy_, *VKEY)
    check(told['verdict'] == 'verified' and told['events'] == each(copy_), told['wrong'])
    # no digest of what is left out stands anywhere, but where a shown row of the source names it
    whole = b''.join(expanded(copy_).values())
    shown = {e['event_id'] for e in some}
    named = {e['previous_event_hash'] for e in some}
    for r in forge.Archive(plain).records:
        digest = r.header(0)[72:104]
        if r.id and forge.uuid_text(r.id) not in shown and digest.hex() not in named:
            check(digest not in whole and digest.hex().encode() not in whole, 'a digest')
    check(any('NAMED BY HASHES' in h for h in v['headline']), v['headline'])
    # whole remediations can be told from what is hidden of others no more than any
    rr = some[0]['correlation_id']
    t, _ = disclose(f, '--only', 'correlation=' + rr, guessable=False)
    limit = verify(t, *VKEY)['limits'][0]
    check(limit['scope']['hidden'] > 0 and 'hide which remediations' in limit['sentence'], limit)
    c = json.loads(run(EXHIBIT, 'controls', t, *VKEY, '-o', 'json', status=None).stdout)
    check(any(r['not_testable'] for r in c['rules']), 'nothing is concluded from absence')


@test
def salted_guessing_attack():
    """it finds nothing where there is salt"""
    t, decided, names = attacked(salted()[0])
    check(len(decided) >= 2 and attack(t, names) == {}, 'nothing to be guessed')


@test
def salted_events_between_hashes():
    """what the source's own chain tells of one event between two that are shown"""
    f, _ = salted()
    all_events = events(f)
    by_hash = {e['event_hash']: e for e in all_events}
    parent = lambda e: by_hash.get(e['previous_event_hash'])
    last = next(e for e in all_events if parent(e) and parent(parent(e)))
    only = ['--only', 'id=' + last['event_id'], '--only', 'id=' + parent(parent(last))['event_id']]
    _, p = disclose(f, *only, guessable=False, status=64)
    check(b'1 left out event stands' in p.stderr, p.stderr)
    disclose(f, *only)
    disclose(f, *only, '--only', 'id=' + parent(last)['event_id'], guessable=False)


@test
def salted_bad_copies():
    f, copy_ = salted()
    raw = data(copy_)
    rng = random.Random(5)
    t = path('salted-flipped.exhibit')
    for x in (f, copy_):
        raw = data(x)
        for bit in [rng.randrange((len(raw) - 4096) * 8) for _ in range(60)]:
            b = bytearray(raw)
            b[bit // 8] ^= 1 << bit % 8
            open(t, 'wb').write(b)
            rc = run(EXHIBIT, 'verify', t, *VKEY, status=None).returncode
            check(rc in (1, 5), (bit // 8, bit % 8, rc))
    n = sum(c for c, in sqlite3.connect(copy_).execute('SELECT count FROM block WHERE no=1'))
    flip = lambda at: lambda h: replaced(h, at, bytes([h[at] ^ 1]))
    # behind all headers: what opens them, of a record that is shown and of one that is not
    for at in (n * 233, n * 233 + 17, n * 233 + 30, -1, -20, -60):
        v = verify(remade(copy_, lambda h: flip(at % len(h))(h)), *VKEY, status=1)
        check(ids(v) & {'A11', 'A13'}, (at, ids(v)))
    for change in (lambda h: h[:-48], lambda h: h + bytes(48), lambda h: replaced(h, 0, b'\3')):
        check('A11' in ids(verify(remade(copy_, change), *VKEY, status=1)), 'openings')
    # a length in a header that has none, and one that is called version 1
    for at, by in ((1 + 63, b'\7'), (1 + 4, b'\1')):
        v = verify(remade(copy_, lambda h: replaced(h, at, by)), *VKEY, status=1)
        check(ids(v) & {'A11', 'A12', 'A13'}, (at, ids(v)))


@test
def salted_and_copied_files_are_no_selftest():
    for f, word in ((salted()[0], b'salted'), (twelve()[3], b'disclosure copy')):
        p = run(EXHIBIT, 'selftest', f, *VKEY, status=65)
        check(word in p.stderr, p.stderr)
