"""Proofs of single records (prove, verify FILE.tlog-proof; formats/seal.md S-13, S-14): each held
against RFC 6962 by the second reader, twenty ways to spoil one, and what they must not say.
"""

import random
from harness import *

NODE = lambda a, b: hashlib.sha256(b'\1' + a + b).digest()
MADE = {}


def events(f, *more):
    return [
        json.loads(l) for l in run(EXHIBIT, 'cat', f, *VKEY, *more).stdout.decode().splitlines()
    ]


def second(f, *more):
    p = run(sys.executable, TOP + '/tests/second/reader.py', f, *more)
    return json.loads(p.stdout)


def trail():
    """an archive of one block, its events, and the position of each"""
    if 'trail' not in MADE:
        f = archive('proofs-trail', LC)[0]
        lines = run(EXHIBIT, 'verify', f, *VKEY, '--each').stdout.decode().splitlines()
        MADE['trail'] = f, {e['event_id']: e['position'] for e in map(json.loads, lines)}
    return MADE['trail']


def prove(f, *which, name='p', status=0):
    out = path(f'{name}-{len(os.listdir(W))}.tlog-proof')
    return out, run(EXHIBIT, 'prove', f, *VKEY, *which, '--out', out, status=status)


def judge(f, *more, status=None, key=VKEY):
    p = run(EXHIBIT, 'verify', f, *key, *more, '-o', 'json', status=status)
    v = json.loads(p.stdout)
    check(v['exit'] == p.returncode, (v['exit'], p.returncode))
    check(
        [s['step'] for s in v['steps']] == ['form', 'record', 'path', 'seal', 'source-hash']
        and all(s['why'] for s in v['steps'])
        and len(v['headline']) == 1
        and v['does_not_tell'],
        v,
    )
    return v


def states(v):
    return {s['step']: s['state'] for s in v['steps']}


def spoiled(name, lines):
    f = path(f'spoiled-{name}.tlog-proof')
    open(f, 'wb').write('\n'.join(lines).encode('utf-8', 'surrogateescape'))
    return f


@test
def proofs_of_records_in_every_block():
    for f in (good(), trail()[0]):
        blocks = sqlite3.connect(f).execute('SELECT first, count FROM block').fetchall()
        places = {p for first, n in blocks for p in (first, first + n // 2, first + n - 1)}
        size = sum(n for _, n in blocks)
        for at in sorted(places | set(random.Random(7).sample(range(size), 12))):
            out, _ = prove(f, '--position', str(at))
            v, w = judge(out, status=0), second(out, *VKEY)
            check(w['verdict'] == 'verified' and w['position'] == at, (at, w))
            check(v['proof']['position'] == at and v['proof']['size'] == size, v['proof'])
            check(set(states(v).values()) <= {'proven', 'not checked'}, states(v))
            beside = os.path.getsize(out) - len(data(out).split(b'\n')[1])
            check(beside <= 4096, ('bytes beside the record', beside))


@test
def a_proof_says_what_the_row_says():
    f, at = trail()
    rows_ = {e['event_id']: e for e in events(f)}
    for i in sorted(at)[::40]:
        out, p = prove(f, '--id', i)
        check(str(at[i]).encode() in p.stdout, p.stdout)
        v = judge(out, status=0)
        check(v['record']['event_id'] == i and v['record']['content'] == 'match', v['record'])
        body = v['record']['body']
        for k in ('event_type', 'correlation_id', 'event_data', 'actor_id'):
            check(body[k] == rows_[i][k], (k, body[k], rows_[i][k]))
        check(v['proof']['signed_by'] == 'demo.example/cluster', v['proof'])
        screen = run(EXHIBIT, 'verify', out, *VKEY).stdout.decode()
        check(screen.startswith('PROVEN') and 'take back' in screen and i in screen, screen)
        check(prove(f, '--id', i[:13].upper())[1].returncode == 0, 'eight characters or more')
    plain = data(prove(f, '--id', i)[0])
    check(run(EXHIBIT, 'prove', f, *VKEY, '--id', i, '--out', '-').stdout == plain, 'to stdout')
    for how in (dict(stdin=plain), dict()):
        p = run(EXHIBIT, 'verify', '-', *VKEY, '-o', 'json', **how, status=0 if how else None)
        if how:
            check(json.loads(p.stdout)['proof']['path'] == 'stdin', p.stdout)
    with open(out, 'rb') as h:
        p = subprocess.run([EXHIBIT, 'verify', '-', *VKEY, *BOX], stdin=h, capture_output=True)
        check(p.returncode == 0 and p.stdout.startswith(b'PROVEN'), p.stderr)
    b = data(f)
    check(run(EXHIBIT, 'verify', '-', *VKEY, stdin=b, status=0).stdout, 'an archive still')


def rewrap(lines, change):
    """the record of a proof, changed by change(bytearray)"""
    b = bytearray(base64.b64decode(lines[1][6:]))
    b = change(b) or b
    return [lines[0], 'extra ' + base64.b64encode(b).decode(), *lines[2:]]


def flip(at):
    def f(b):
        b[at] ^= 1

    return f


def hash_again(b):
    """a changed body with the digest that fits it"""
    b[-20] ^= 1
    prev = bytes(b[168:200]).hex().encode() if b[9] == 2 else b''
    n = int.from_bytes(b[56:64], 'big')
    b[72:104] = hashlib.sha256(prev + bytes(b[232 : 232 + n])).digest()


def another_tree(lines, size=None):
    """record and path under a root that fits them, as anybody can compute it"""
    end = lines.index('', 3)
    leaf = hashlib.sha256(b'\0' + base64.b64decode(lines[1][6:])[:232]).digest()
    hashes = [base64.b64decode(l) for l in lines[3:end]]
    top = reader.up(int(lines[2][6:]), int(lines[end + 2]), leaf, hashes)
    return [*lines[: end + 3], base64.b64encode(top).decode(), *lines[end + 4 :]]


FORM, RECORD = (5, 'form', 'not checked'), (1, 'record', 'disproved')
PATH, SEAL = (1, 'path', 'disproved'), (1, 'seal', 'disproved')
SPOILED = {  # name: (what is done to the lines, status, the step that says it, its state, a word)
    'first line': (lambda l: ['c2sp.org/tlog-proof@v2', *l[1:]], 5, None, None, None),
    'no index': (lambda l: [*l[:2], *l[3:]], *FORM, 'index'),
    'a zero before the index': (lambda l: [*l[:2], 'index 0' + l[2][6:], *l[3:]], *FORM, 'zeros'),
    'another index': (lambda l: [*l[:2], l[2] + '0', *l[3:]], *RECORD, 'position'),
    'an index beyond all': (lambda l: [*l[:2], f'index {2**63 - 1}', *l[3:]], *RECORD, 'position'),
    'no extra': (lambda l: [l[0], *l[2:]], *FORM, 'no record'),
    'extra twice': (lambda l: [*l[:2], *l[1:]], *FORM, 'index'),
    'extra is no base64': (lambda l: [l[0], l[1] + '!', *l[2:]], *FORM, 'base64'),
    'a record cut': (lambda l: rewrap(l, lambda b: b[:-3]), *RECORD, 'as long'),
    'a record with more': (lambda l: rewrap(l, lambda b: b + b'\0'), *RECORD, 'as long'),
    'a header cut': (lambda l: rewrap(l, lambda b: b[:200]), *FORM, 'header'),
    'no header': (lambda l: rewrap(l, flip(0)), *FORM, 'newer'),
    'a newer header': (lambda l: rewrap(l, flip(4)), *FORM, 'newer'),
    'another kind': (lambda l: rewrap(l, lambda b: b.__setitem__(5, 9)), *RECORD, 'kind'),
    'another id in the header': (lambda l: rewrap(l, flip(40)), *RECORD, 'same event'),
    'another time in the header': (lambda l: rewrap(l, flip(31)), *RECORD, 'same event'),
    'another ordinal': (lambda l: rewrap(l, flip(55)), *PATH, 'root'),
    'another body': (lambda l: rewrap(l, flip(-20)), *RECORD, 'body'),
    'another body and its digest': (lambda l: rewrap(l, hash_again), *PATH, 'root'),
    'a hash less': (lambda l: [*l[:3], *l[4:]], *PATH, 'root'),
    'a hash more': (lambda l: [*l[:4], *l[3:]], *PATH, 'root'),
    'hashes changed about': (lambda l: [*l[:3], l[4], l[3], *l[5:]], *PATH, 'root'),
    'a hash that is none': (lambda l: [*l[:3], l[3][:-4] + 'AAAA', *l[4:]], *FORM, 'line 4'),
    'a line between hashes': (lambda l: [*l[:4], 'and more', *l[4:]], *FORM, 'line 5'),
    'no checkpoint': (lambda l: l[: l.index('', 3) + 1], *FORM, 'checkpoint'),
    'cut in the signature': (lambda l: [*l[:-2], l[-2][:-9]], *FORM, 'checkpoint'),
    'a line behind the signature': (lambda l: [*l[:-1], 'more', ''], *FORM, 'signature line'),
    'an extension line': (lambda l: [*l[:-3], 'more', *l[-3:]], *FORM, 'no more'),
    'the signature twice': (lambda l: [*l[:-1], *l[-2:]], *FORM, 'two signatures'),
    'CR LF': (lambda l: [x + '\r' for x in l[:-1]] + [''], 5, None, None, None),
    'a root for another body': (lambda l: another_tree(rewrap(l, hash_again)), *SEAL, 'false'),
    'a size more': (lambda l: [*l[:-5], str(int(l[-5]) + 1), *l[-4:]], *SEAL, 'false'),
    'a larger size': (lambda l: [*l[:-5], l[-5] + '0', *l[-4:]], *PATH, 'root'),
    'another origin': (lambda l: [*l[:-6], 'demo.example/clusteR', *l[-5:]], *SEAL, 'false'),
}


@test
def spoiled_proofs_are_refused_with_their_reason():
    f, at = trail()
    lines = data(prove(f, '--id', sorted(at)[5])[0]).decode().split('\n')
    check(len(SPOILED) >= 30, len(SPOILED))
    for name, (change, status, step, state, word) in SPOILED.items():
        s = spoiled(name.replace(' ', '-'), change(list(lines)))
        if step is None:  # what does not begin as a proof is taken for an archive, and is none
            check(run(EXHIBIT, 'verify', s, *VKEY, status=None).returncode in (5, 65), name)
            continue
        v = judge(s, status=status)
        said = {x['step']: x for x in v['steps']}[step]
        check(said['state'] == state and word in said['why'], (name, said))
        check(second(s, *VKEY)['verdict'] != 'verified', (name, 'the second reader'))
        check(not v['headline'][0].startswith('PROVEN'), (name, v['headline']))
        # nothing is shown of a record that is not proven to be one of the log
        check(('record' in v) == (step in ('seal',)), (name, 'record' in v))


@test
def no_bit_of_a_proof_can_change():
    f, at = trail()
    whole = data(prove(f, '--id', sorted(at)[9])[0])
    r = random.Random(11)
    for i in range(160):
        b = bytearray(whole)
        where = r.randrange(len(b))
        b[where] ^= 1 << r.randrange(8)
        s = path('bit.tlog-proof')
        open(s, 'wb').write(b)
        p = run(EXHIBIT, 'verify', s, *VKEY, status=None)
        check(p.returncode in (1, 3, 5, 65), (where, p.returncode, p.stdout[:100]))
        open(s, 'wb').write(whole[: r.randrange(len(whole))])
        p = run(EXHIBIT, 'verify', s, *VKEY, status=None)
        check(p.returncode in (5, 65), ('cut', p.returncode, p.stdout[:100]))


@test
def who_signed_a_proof():
    f, at = trail()
    out, _ = prove(f, '--id', sorted(at)[3])
    v = judge(out, status=3, key=[])
    check('no key was given' in v['steps'][3]['why'] and v['proof']['signed_by'] is None, v)
    run(EXPORT, 'keygen', '--name', 'demo.example/cluster', '--out', path('proofs-other'))
    run(EXPORT, 'keygen', '--name', 'demo.example/other', '--out', path('proofs-else'))
    for k in ('proofs-other', 'proofs-else'):
        v = judge(out, status=3, key=['--vkey', path(k + '.vkey')])
        check('none of the keys' in v['headline'][0], v['headline'])
    o, size, root_ = (v['proof'][k] for k in ('origin', 'size', 'root'))
    check(judge(out, '--expect', f'{o} {size} {root_}', status=0, key=[]), 'expected')
    wrong = root_[:-1] + ('0' if root_[-1] != '0' else '1')
    v = judge(out, '--expect', f'{o} {size} {wrong}', status=4)
    check('CONFLICT' in v['headline'][0], v['headline'])
    judge(out, '--expect', f'{o} {size - 1} {wrong}', status=3, key=[])
    # a key of another name that signs this checkpoint vouches for nothing
    lines = data(out).decode().split('\n')
    text = '\n'.join(lines[-6:-3]) + '\n'
    import forge

    els = forge.Signer(path('proofs-else.key'))
    s = spoiled('signer', [*lines[:-2], els.line(text).rstrip('\n'), ''])
    judge(s, status=3, key=['--vkey', path('proofs-else.vkey')])
    both = spoiled('cosigned', [*lines[:-1], els.line(text).rstrip('\n'), ''])
    judge(both, status=0)
    check(second(both, *VKEY)['verdict'] == 'verified', 'other signatures are passed over')


@test
def a_proof_and_the_source_s_hash():
    f = archive('proofs-keyed', FIX + '/keyed.jsonl')[0]
    keyed = next(e for e in events(f) if e['hash_algorithm'] == 'hmac-sha256')
    out, _ = prove(f, '--id', keyed['event_id'])
    v = judge(out, status=3)
    check(v['record']['content'] == 'no-key' and 'hmac-key-file' in v['steps'][4]['why'], v)
    v = judge(out, '--hmac-key-file', FIX + '/hmac.key', status=0)
    check(v['record']['content'] == 'match' and 'key 1' in v['steps'][4]['why'], v)
    open(path('wrong.key'), 'w').write('not this one')
    judge(out, '--hmac-key-file', path('wrong.key'), status=1)
    # edited before it was sealed: the record is that of the log, and not that of the source
    rows_ = rows('small.jsonl')
    o = json.loads(rows_[4])
    o['event_outcome'] = 'failure' if o['event_outcome'] != 'failure' else 'success'
    open(path('proofs-edited.jsonl'), 'w').write('\n'.join([*rows_[:4], json.dumps(o), *rows_[5:]]))
    f = archive('proofs-edited', path('proofs-edited.jsonl'))[0]
    out, _ = prove(f, '--id', o['event_id'])
    v = judge(out, status=1)
    check(
        'ALTERED SOURCE RECORD' in v['headline'][0]
        and states(v)['path'] == states(v)['seal'] == 'proven'
        and states(v)['source-hash'] == 'disproved',
        v,
    )


@test
def a_withheld_body_is_not_shown_as_proven():
    f = archive('proofs-withheld', FIX + '/small.jsonl', options=ORIGIN + ['--redact', 'actor_id'])[
        0
    ]
    i = json.loads(rows('small.jsonl')[0])['event_id']
    out, _ = prove(f, '--id', i)
    v = judge(out, status=0)
    check(v['record']['body'] is None and 'withheld' in v['steps'][1]['why'], v['record'])
    check(b'[withheld]' not in base64.b64decode(data(out).split(b'\n')[1][6:]), 'no body at all')
    check(b'withheld at export' in run(EXHIBIT, 'verify', out, *VKEY).stdout, 'the screen')
    check(second(out, *VKEY)['verdict'] == 'verified', 'second')
    b = bytearray(base64.b64decode(data(out).split(b'\n')[1][6:]))
    n = int.from_bytes(b[56:64], 'big')
    lines = data(out).decode().split('\n')
    s = spoiled('with-a-body', rewrap(lines, lambda b: b[:232] + b'x' * n + b[232:]))
    judge(s, status=1)


@test
def a_proof_by_hand():
    f, at = trail()
    keyed = archive('proofs-hand', FIX + '/keyed.jsonl')[0]
    k = next(e['event_id'] for e in events(keyed) if e['hash_algorithm'] == 'hmac-sha256')
    odd = path("it's odd \u202e.tlog-proof")
    for g, which, env in (
        (f, ('--id', sorted(at)[7]), {}),
        (good(), ('--position', '0'), {}),
        (f, ('--position', '0'), {}),
        (keyed, ('--id', k), {'HMAC_KEY': FIX + '/hmac.key'}),
    ):
        out, _ = prove(g, *which)
        os.rename(out, odd)
        script = run(EXHIBIT, 'verify', odd, *VKEY, '--by-hand', status=None).stdout
        check('\u202e'.encode() not in script, 'harmless on a terminal')
        p = run(
            'sh', stdin=script, env={**os.environ, 'KEY': FIX + '/test.vkey', **env}
        ).stdout.decode()
        *pairs, verified = p.strip().split('\n')
        check(verified == 'Signature Verified Successfully' and len(pairs) % 2 == 0, p)
        check(len(pairs) >= 4 and pairs[::2] == pairs[1::2], p)
        body = data(odd).replace(b'extra ', b'extra AAAA', 1)
        open(odd, 'wb').write(body)
        p = run(
            'sh', stdin=script, env={**os.environ, 'KEY': FIX + '/test.vkey', **env}, status=None
        )
        *pairs, _ = p.stdout.decode().strip().split('\n')
        check(pairs[::2] != pairs[1::2], 'a changed record differs')


@test
def growth_of_a_log():
    """consistency proofs from every size that is known, S-9's among them"""
    rs, files, sizes = small(), [], [0]
    for k in range(4):
        src = path(f'growth-{k}.jsonl')
        open(src, 'w').write('\n'.join(json.dumps(r) for r in rs[: 6 + 5 * k]))
        more = [x for f in files for x in ('--after', f)]
        files.append(archive(f'growth-{k}', src, options=ORIGIN + more)[0])
        sizes.append(
            sqlite3.connect(files[-1])
            .execute('SELECT first+count FROM block ORDER BY no DESC')
            .fetchone()[0]
        )
    first = sizes[-2]
    known = {*sizes, *range(first, sizes[-1] + 1)}
    for size in range(sizes[-1] + 2):
        out = path(f'growth-{size}.txt')
        want = 0 if size in known else 65 if size < first else 64
        p = run(EXHIBIT, 'prove', files[-1], *VKEY, '--from', str(size), '--out', out, status=None)
        # of the newest file alone the positions before it are not here: a banner, and done
        check(p.returncode in ((0, 2) if want == 0 else (want,)), (size, p.returncode, p.stderr))
        check(os.path.exists(out) == (want == 0), size)
        if want:
            continue
        root_ = re.search(rf' {size} ([0-9a-f]{{64}})`', p.stderr.decode())[1]
        v = second(out, '--root', root_, *VKEY)
        check(v['verdict'] == 'verified' and v['old'] == size, (size, v))
        other = root_[:-1] + ('0' if root_[-1] != '0' else '1')
        if size:
            check(second(out, '--root', other, *VKEY)['verdict'] == 'altered', size)
    lines = data(path(f'growth-{sizes[2]}.txt')).decode().split('\n')
    for change in (
        lambda l: [l[0], *l[2:]],
        lambda l: [l[0], l[1], *l[1:]],
        lambda l: ['old 3', *l[1:]],
    ):
        s = spoiled('growth', change(list(lines)))
        root_ = json.loads(run(EXHIBIT, 'info', files[1], *VKEY, '-o', 'json').stdout)['files'][0][
            'root'
        ]
        check(second(s, '--root', root_, *VKEY)['verdict'] == 'altered', 'spoiled')


@test
def several_proofs_in_a_folder():
    f, at = trail()
    ids = sorted(at)[:3]
    d = path('proofs-folder')
    argv = [x for i in ids for x in ('--id', i)] + ['--position', '0']
    run(EXHIBIT, 'prove', f, *VKEY, *argv, '--out-dir', d)
    import csv

    index = list(csv.DictReader(open(d + '/index.csv', newline='')))
    check([r['event_id'] for r in index] == [*ids, ''], index)
    for r in index:
        p = f'{d}/{r["file"]}'
        check(hashlib.sha256(data(p)).hexdigest() == r['sha256'], r)
        v = judge(p, status=0)
        check(
            (str(v['proof']['position']), v['proof']['root']) == (r['position'], r['root']), (r, v)
        )
    check(
        sorted(os.listdir(d)) == sorted([r['file'] for r in index] + ['index.csv']), os.listdir(d)
    )
    before = data(f'{d}/{index[0]["file"]}')
    p = run(EXHIBIT, 'prove', f, *VKEY, '--id', ids[0], '--out-dir', d, status=73)
    check(b'there already' in p.stderr and data(f'{d}/{index[0]["file"]}') == before, p.stderr)


@test
def all_events_of_a_remediation():
    f, at = trail()
    of = [json.loads(l) for l in run(EXHIBIT, 'list', f, *VKEY, '-o', 'jsonl').stdout.splitlines()]
    d = path('proofs-whole')
    p = run(EXHIBIT, 'prove', f, *VKEY, '--id', of[0]['correlation_id'], '--out-dir', d)
    check(b'no others is not proven' in p.stderr, p.stderr)
    made = sorted(x for x in os.listdir(d) if x != 'index.csv')
    check(len(made) == of[0]['events'], (len(made), of[0]))
    for x in made[::7]:
        v = judge(f'{d}/{x}', status=0)
        check(v['record']['correlation_id'] == of[0]['correlation_id'], v['record'])
    p = run(EXHIBIT, 'prove', f, *VKEY, '--id', 'rr-nobody', '--out-dir', d, status=66)
    check(b'rr-nobody' in p.stderr, p.stderr)


@test
def what_cannot_be_proven():
    f, at = trail()
    i = sorted(at)[0]
    says = lambda p, *w: check(all(x in p.stderr.decode() for x in w), (w, p.stderr))
    out = path('never.tlog-proof')
    for argv, status, word in (
        (('--id', i), 64, '--out'),
        (('--out', out), 64, '--id'),
        (('--id', i, '--from', '3', '--out', out), 64, '--from'),
        (('--id', i, '--id', i, '--out', out), 64, '--out-dir'),
        (('--from', '3', '--out-dir', out), 64, '--from'),
        (('--position', 'x', '--out', out), 64, 'number'),
        (('--from', '-1', '--out', out), 64, 'number'),
        (('--position', '99999', '--out', out), 66, '99999'),
        (('--id', '00000000-1111-2222-3333-444444444444', '--out', out), 66, 'no such event'),
        (('--id', 'rr-26e61abd09a2-ddee7d95', '--out', out), 64, '--out-dir'),
        (('--id', i[:7], '--out', out), 64, 'eight'),
        (('--id', i, '--out', path('no/folder/x')), 73, 'no/folder'),
    ):
        says(run(EXHIBIT, 'prove', f, *VKEY, *argv, status=status), word)
        check(not os.path.exists(out), argv)
    unsealed = archive('proofs-unsealed', LC, options=['--unsealed'])[0]
    says(prove(unsealed, '--id', i, status=65)[1], 'never sealed')
    # a key that is not given is the reader's part
    check(run(EXHIBIT, 'prove', f, '--id', i, '--out', out).returncode == 0, 'without a key')
    judge(out, status=0)
    for more, word in (
        (('--each',), '--each'),
        (('--peer',), '--peer'),
        (('--scope', '2026-11..'), '--scope'),
        ((f,), 'alone'),
        (('--by-hand', '-o', 'json'), '--by-hand'),
    ):
        says(run(EXHIBIT, 'verify', out, *VKEY, *more, status=64), word)
    says(run(EXHIBIT, 'verify', f, *VKEY, '--by-hand', status=64), 'explain')
    says(run(EXHIBIT, 'verify', '-', *VKEY, '--by-hand', stdin=data(out), status=64), 'name')
    says(run(EXHIBIT, 'list', out, *VKEY, status=None), 'UNREADABLE')


@test
def a_damaged_archive_proves_what_is_whole():
    f = copy('proofs-damaged')
    first, n = sqlite3.connect(f).execute('SELECT first, count FROM block WHERE no=2').fetchone()
    edit(f, "UPDATE data SET data = substr(data, 1, 999) || x'00' || substr(data, 1001) WHERE no=2")
    p = prove(f, '--position', str(first + 1), status=65)[1]
    check(b'not as it was sealed' in p.stderr, p.stderr)
    out, p = prove(f, '--position', str(first + n), status=None)
    check(p.returncode in (0, 1) and os.path.exists(out), p.returncode)
    judge(out, status=0)
    # another version and a reject are proven by their position
    rs = small()
    rs[4]['retention_days'] = None
    lines = [json.dumps(r) for r in rs] + [json.dumps(dict(rs[5], legal_hold=True))]
    open(path('proofs-odd.jsonl'), 'w').write('\n'.join(lines))
    f = archive('proofs-odd', path('proofs-odd.jsonl'), status=6)[0]
    out, p = prove(f, '--id', rs[5]['event_id'])
    at = re.search(rb'--position (\d+) proves', p.stderr)[1].decode()
    check(judge(out, status=None)['record']['kind'] == 'event', 'the event')
    v = judge(prove(f, '--position', at)[0], status=None)
    check(v['record']['kind'] == 'conflict' and v['record']['aside'], v['record'])
    v = judge(prove(f, '--id', rs[4]['event_id'])[0], status=None)
    check('body_text' in v['record'] and v['record']['kind'] == 'event', v['record'])
    for kind in ('context', 'manifest'):
        at = (
            json.loads(run(EXHIBIT, 'info', f, *VKEY, '-o', 'json').stdout)['files'][0][
                'next_position'
            ]
            - 1
        )
        at = at if kind == 'manifest' else 0
        v = judge(prove(f, '--position', str(at))[0], status=0)
        check(v['record']['kind'] == kind and states(v)['source-hash'] == 'not checked', v)
