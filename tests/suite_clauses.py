"""Every clause of formats/ broken once by a holder of the key (forge.py), and what verify must say
of it. The honest twin, written again unchanged, raises none of it. Where nobody could tell, or a
reader need not look, the reason stands here and in the clause. tools/clauses.py makes the table of
formats/findings.md of this.
"""

from harness import *
import forge
from forge import EVENT, REJECT, CONTEXT, CONFLICT, LETTER, Record, sha
from suite_disclose import disclose, remade, replaced

BREAKS = []  # (clause, what is done, findings, base, status, function)


def breaks(clause, what, *findings, base='small', status=1):
    """The function changes the archive and returns hooks of its writer (or None); with a member
    `then`, arguments for verify by the path written.
    """

    def wrap(f):
        BREAKS.append((clause, what, findings, base, status, f))
        return f

    return wrap


def unseen(clause, reason):
    pass  # read by tools/clauses.py; the clause itself says it too


KEY = forge.Signer(FIX + '/test.key')
STRANGER = forge.Signer(name=KEY.name)
BASES, TWINS = {}, {}


def odd_rows():
    """a row with columns beside its body, one without a canonical form, one that cannot be read,
    and one that comes again with other content
    """
    o = small()
    for r in o:
        r['event_hash'] = r['previous_event_hash'] = None
    o[3]['trace_id'] = 'trace-1'
    o[4]['retention_days'] = None
    again = dict(o[5], legal_hold=True)
    return [json.dumps(r) for r in o] + [
        json.dumps(dict(o[6], event_id='11111111-2222-4333-8444-555555555555', duration_ms='soon')),
        json.dumps(again),
    ]


def base(name):
    """an archive of the exporter's, expanded; the same is changed by many tests, so it is copied"""
    if name not in BASES:
        if name == 'many':
            f = good()
        elif name in ('small', 'pg', 'letters', 'withheld', 'keyed'):
            src, more = {
                'small': ('small.jsonl', []),
                'pg': ('lifecycles.sql', []),
                'letters': ('dead-letters.json', []),
                'keyed': ('keyed.jsonl', []),
                'withheld': ('small.jsonl', ['--redact', 'actor_id']),
            }[name]
            f, _, _ = archive('base-' + name, FIX + '/' + src, options=ORIGIN + more)
        elif name == 'odd':
            open(path('odd.jsonl'), 'w').write('\n'.join(odd_rows()) + '\n')
            f, _, _ = archive('base-odd', path('odd.jsonl'), status=6)
        elif name == 'second':
            rs = odd_rows()[:16]
            a, b = path('one.jsonl'), path('two.jsonl')
            open(a, 'w').write('\n'.join(rs[:8]) + '\n')
            open(b, 'w').write('\n'.join(rs) + '\n')
            one, _, _ = archive('base-first', a)
            f, _, _ = archive('base-second', b, options=ORIGIN + ['--after', one])
            BASES['first'] = forge.Archive(one)
            BASES['first'].path = one
        elif name == 'first':
            base('second')
            return base('first')
        elif name == 'follow':
            BASES[name] = following(base('small'))
            return base(name)
        elif name == 'dict':
            BASES[name] = with_dictionary(base('many'))
            return base(name)
        if name not in BASES:
            BASES[name] = forge.Archive(f)
            BASES[name].path = f
    return BASES[name].copy()


def following(a):
    """What a file looks like that follows its source: a poll ends a block, an interim manifest
    stands alone (C-19).
    """
    a.follows = a.manifest['follows'] = True
    end = a.records.index(a.contexts('input-end')[0])
    poll = lambda rows: Record(
        source=1,
        body=forge.compact(
            {
                'context': 'poll',
                'input': 1,
                'at': '2026-01-01T00:00:01Z',
                'snapshot': '7:7:',
                'swept': '7:7:',
                'server': '1/1/',
                'rows': rows,
                'repeats': 0,
            }
        ),
    )
    a.records[end:end] = [poll(len(a.events()))]
    half = end - len(a.events()) // 2
    a.records[half:half] = [
        poll(half),
        Record(
            kind=forge.MANIFEST, flags=forge.ID_ABSENT | forge.CORRELATION_ABSENT | forge.INTERIM
        ),
    ]
    o = a.contexts('input-end')[0].json
    o['contexts'] = 2
    a.contexts('input-end')[0].json = o
    return a


def with_dictionary(a):
    d = path('samples-of-bodies')
    os.makedirs(d)
    for i, r in enumerate(a.events()):
        open(f'{d}/{i}', 'wb').write(r.body)
    forge.tool('zstd', '-q', '--train', '-r', d, '--maxdict=16384', '-o', d + '.zdict')
    a.dictionary = data(d + '.zdict')
    return a


ARCHIVE_LEVEL = re.compile('[AKLU][0-9]')


def judged(f, argv):
    p = run(EXHIBIT, 'verify', *argv, *VKEY, '-o', 'json', status=None)
    v = json.loads(p.stdout)
    return p.returncode, {x['id'] for x in v['findings']}, v


def twin(name):
    if name not in TWINS:
        a = base(name)
        f = a.write(path(f'twin-{name}/a.exhibit'), KEY)
        TWINS[name] = judged(f, [f] + ([base('first').path] if a.first else []))[1]
    return TWINS[name]


def run_break(i, what, findings, name, status, f):
    a = base(name)
    hook = f(a) or {}
    then, signers = hook.pop('then', None), hook.pop('signers', (KEY,))
    out = a.write(path(f'break-{i}/a.exhibit'), *signers, **hook)
    argv = [out] + ([base('first').path] if a.first else []) + (then(out) if then else [])
    rc, have, v = judged(out, argv)
    archive_level = {x for x in have if ARCHIVE_LEVEL.match(x)}
    wanted = {x for x in findings if ARCHIVE_LEVEL.match(x)}
    check(
        set(findings) <= have and archive_level <= wanted,
        f'{what}: want {sorted(findings)}, have {sorted(have)}:'
        f' {[x["sentence"] for x in v["findings"] if x["id"] in archive_level]}',
    )
    check(
        not set(findings) & twin(name),
        f'{what}: the honest twin has {sorted(set(findings) & twin(name))}',
    )
    check(rc == status, f'{what}: status {rc}, want {status}')


# ---- archive.md


@breaks('C-1', 'a byte behind the trailer', 'A02', 'A05')
def _(a):
    return dict(bytes=lambda b: b + b'\0')


@breaks('C-2', 'no trailer, and a journal beside the file', 'U03', status=5)
def _(a):
    def then(f):
        open(f + '-journal', 'wb').write(b'\xd9\xd5\x05\xf9' * 200)
        return []

    return dict(bytes=lambda b: b[:-4096], then=then)


@breaks('C-3', 'the header counts a page of a freelist', 'A05')
def _(a):
    def db(b):
        b[39] = 1

    return dict(db=db)


@breaks('C-4', 'a sixth table', 'A04')
def _(a):
    return dict(sql=lambda db: db.execute('CREATE TABLE more(x)'))


@breaks('C-5', 'a first file whose chain begins with another file\'s', 'A23')
def _(a):
    a.prev_chain = b'\1' * 32


@breaks('C-6', 'a gap in the numbers of blocks', 'A07')
def _(a):
    def row(r):
        r['no'] += r['no'] == 2

    return dict(row=row)


@breaks('C-7', 'a block that closes before its data makes it', 'A07', base='many')
def _(a):
    return dict(groups=lambda g: [g[0][:100], g[0][100:]] + g[1:])


@breaks('C-7', 'a block that goes on behind a poll', 'A07', base='follow')
def _(a):
    for r in [r for r in a.records if r.kind == forge.MANIFEST]:
        a.records.remove(r)
    return dict(groups=lambda g: [sum(g, [])])


@breaks('C-8', 'bytes behind the last aside', 'A11', 'A26', 'A29')
def _(a):
    return dict(body=lambda no, b: b + b'x' if no == 1 else b)


@breaks('C-9', 'a dictionary that a frame does not name', 'A10', 'A26', 'A29', base='dict')
def _(a):
    return dict(
        blob=lambda no, b, n: (
            b[:n] + forge.frame(forge.unframe(b[n:], a.dictionary)) if no == 1 else b
        )
    )


@breaks('C-10', 'a skippable frame behind the body', 'A10', 'A26', 'A29')
def _(a):
    return dict(blob=lambda no, b, n: b + b'\x50\x2a\x4d\x18\4\0\0\0more' if no == 1 else b)


@breaks('C-11', 'times of a block that are not those of its events', 'A20')
def _(a):
    def pages(p):
        p[-1][2] = (int.from_bytes(p[-1][2][:8], 'big') + 1).to_bytes(8, 'big') + p[-1][2][8:]

    return dict(pages=pages)


@breaks('C-12', 'a page cut before it is full', 'A20')
def _(a):
    def pages(p):
        r = forge.Reading(p[0][2])
        first = r.varint()
        r.varint()
        at = r.at
        second = first + r.varint()
        p[0:1] = [
            [1, p[0][1], p[0][2][:at]],
            [1, second.to_bytes(4, 'big'), forge.varint(second) + p[0][2][r.at :]],
        ]

    return dict(pages=pages)


@breaks('C-13', 'the digest of an index in the manifest', 'A20')
def _(a):
    def manifest(m):
        m['indexes'][1]['sha256'] = '0' * 64

    return dict(manifest=manifest)


@breaks('C-14', 'two seals of one size', 'A16')
def _(a):
    return dict(notes=lambda n, root: n * 2)


def bare(a, i, body):
    """A body that is none: nothing of it can be read into the header (R-9), so nothing is."""
    r = a.events()[i]
    r.body, r.read = body, (0, bytes(32))


def event_data(a, i, text):
    b = a.events()[i].body
    return b[: b.index(b'"event_data":') + 13] + text + b'}'


@breaks('C-15', 'event_data 10,001 deep', 'A21')
def _(a):
    r = a.events()[2]
    at, names = r.placed(), forge.names_of(r)
    bare(a, 2, event_data(a, 2, b'{"a":' * 10001 + b'1' + b'}' * 10001))
    r.read, r.names = at, names


@breaks('C-16', 'a trailer, signed, of other bytes', 'A01')
def _(a):
    return dict(trailer=lambda t: t[:-65] + 'f' * 64 + '\n')


@breaks('C-17', 'a table that some tool added after sealing', 'A02', 'A04')
def _(a):
    def then(f):
        edit(f, 'CREATE TABLE sqlitebrowser_rename_column_new_table(x)')
        return []

    return dict(then=then)


unseen('C-18', 'how a file was resumed does not show: its bytes are those of an undisturbed run')


@breaks('C-19', 'an interim manifest beside other records', 'A17', base='follow')
def _(a):
    return dict(groups=lambda g: [g[0], g[1] + g[2], *g[3:]])


def shown_in_part(salt=(), **changes):
    """the archive, and a disclosure copy of it that somebody changed, with every digest that nobody
    signs made again
    """

    def then(f):
        if salt:
            f = archive('break-salted', FIX + '/small.jsonl', options=ORIGIN + ['--salted'])[0]
        copy_, _ = disclose(f, '--only', 'type=*', name='break-copy')
        return [remade(copy_, **changes)]

    return dict(then=then)


@breaks('C-20', 'a header of a disclosure copy that the tree is not made of', 'A13', 'L03')
def _(a):
    return shown_in_part(change_head=lambda h: replaced(h, 8, bytes([h[8] ^ 1])))


# ---- record.md


@breaks('R-1', 'a leaf over header and body', 'A12', 'A13', 'A26')
def _(a):
    at = a.first + 5
    return dict(
        leaf=lambda p, l: sha(b'\0' + a.records[5].header(p) + a.records[5].body) if p == at else l
    )


@breaks('R-2', 'a header of version 2', 'A12', 'A13', 'A26')
def _(a):
    return dict(header=lambda p, h: h[:4] + b'\2' + h[5:] if p == 5 else h)


@breaks('R-3', 'a kind that there is not', 'A11', 'A26', 'A29')
def _(a):
    a.events()[3].kind = 7


@breaks('R-4', 'a flag that there is not', 'A11', 'A26', 'A29')
def _(a):
    a.events()[3].flags |= 0x80


@breaks('R-4', 'an event called late in the first file', 'A28')
def _(a):
    a.events()[3].flags |= forge.LATE


@breaks('R-4', 'an event called late that comes behind all before it', 'A28', base='second')
def _(a):
    r = max(a.events(), key=lambda r: r.placed()[0])
    r.flags |= forge.LATE
    assert r.placed()[0] >= max(e.placed()[0] for e in base('first').events())


@breaks('R-5', 'a form of a hash that there is not', 'A11', 'A26', 'A29')
def _(a):
    a.events()[3].claimed_form = 5


@breaks('R-5', 'a hash called another text that stands nowhere', 'A22')
def _(a):
    a.events()[3].claimed_form = 3


@breaks('R-6', 'an algorithm that there is not', 'A11', 'A26', 'A29')
def _(a):
    a.events()[3].algorithm = 4


@breaks('R-7', 'a context record that is called canonical', 'A11', 'A26', 'A29')
def _(a):
    r = a.contexts('input-end')[0]
    r.form, r.flags, r.id = 1, 0, bytes(16)
    r.body = b' ' * 60 + r.body


@breaks('R-8', 'a body digest without its predecessor', 'A12', 'A13', 'A26')
def _(a):
    at = next(i for i, r in enumerate(a.records) if r.previous_form == 2)
    return dict(header=lambda p, h: h[:72] + sha(a.records[at].body) + h[104:] if p == at else h)


@breaks('R-9', 'a time beside the body that is another', 'A22')
def _(a):
    r = a.events()[3]
    r.set_items({3: b'\x012020-01-01T00:00:00+00:00'})


@breaks('R-9', 'a header that names another event than its row', 'A22', base='odd')
def _(a):
    verbatim(a).id = b'\5' * 16


def verbatim(a):
    return next(r for r in a.events() if r.form == 3)


@breaks('R-10', 'items that do not ascend', 'A22', base='odd')
def _(a):
    r = a.events()[3]
    r.set_items(list(r.items().items()) * 2)


@breaks('R-11', 'a state that there is not', 'A22', base='odd')
def _(a):
    a.events()[3].set_items({18: b'\x09'})


@breaks('R-12', 'bytes behind the last section', 'A11', 'A26', 'A29')
def _(a):
    return dict(head=lambda no, b: b + b'\0' if no == 1 else b)


@breaks('R-13', 'a stored body without the place of its id', 'A11', 'A26', 'A29')
def _(a):
    bare(a, 2, b'{}')


@breaks('R-14', 'a verbatim row that is no object', 'A22', base='odd')
def _(a):
    verbatim(a).body = b'["a"]'


@breaks('R-15', 'a member of an input-start that stands twice', 'A28')
def _(a):
    r = a.contexts('input-start')[0]
    r.body = r.body.replace(b'"kind":', b'"kind":"x","kind":')


@breaks('R-16', 'a table record behind rows that name it', 'A28', 'A18')
def _(a):
    t = a.contexts('table')[0]
    i = a.records.index(t)
    a.records.insert(i + 3, a.records.pop(i))


@breaks('R-17', 'a reject without its reason', 'A22', base='odd')
def _(a):
    r = next(r for r in a.records if r.kind == REJECT)
    i = r.items()
    del i[0x0102]
    r.set_items(i)


def conflict(a):
    return next(r for r in a.records if r.kind == CONFLICT)


@breaks('R-18', 'a conflict that names nothing', 'A22', base='odd')
def _(a):
    r = conflict(a)
    i = r.items()
    del i[0x0100]
    r.set_items(i)


@breaks('R-18', 'a conflict with what comes behind it', 'A22', base='odd')
def _(a):
    r = conflict(a)
    i = r.items()
    i[0x0100] = (99).to_bytes(8, 'big') + i[0x0100][8:]
    r.set_items(i)


@breaks('R-18', 'a conflict in a column that there is not', 'A22', base='odd')
def _(a):
    r = conflict(a)
    i = r.items()
    i[0x0100] += b',no_such_column'
    r.set_items(i)


@breaks('R-19', 'a row that equals one before it, as an event', 'A30')
def _(a):
    r = a.events()[5]
    n = Record(**{**r.__dict__, 'ordinal': len(a.events()) + 1})
    a.records.insert(a.records.index(a.events()[-1]) + 1, n)
    a.count()


@breaks('R-20', 'a manifest that counts an event more', 'A18')
def _(a):
    def manifest(m):
        m['counts']['events'] += 1

    return dict(manifest=manifest)


@breaks('R-21', 'a dead letter in an input that brings none', 'A28')
def _(a):
    a.records.insert(
        a.records.index(a.contexts('input-end')[0]),
        Record(kind=LETTER, source=1, body=b'{"type":"x","payload":{}}'),
    )


@breaks('R-21', 'a dead letter without a payload', 'A28', base='letters')
def _(a):
    r = next(r for r in a.records if r.kind == LETTER)
    r.body = b'{"type":"x"}'


@breaks('R-22', 'a row called withheld where nothing was to be', 'A28')
def _(a):
    r = a.events()[3]
    r.digest = r.body_digest()
    r.flags |= forge.WITHHELD


def ends(a, change):
    r = a.contexts('input-end')[0]
    o = r.json
    change(o)
    r.json = o


@breaks('R-23', 'bytes that were neither understood nor kept aside', 'I03', status=2)
def _(a):
    ends(a, lambda o: o['bytes'].update(understood=o['bytes']['understood'] - 1))


unseen(
    'R-24',
    'an index of ids stands beside the file, for the exporter that continues the log; nothing that'
    ' verify says rests on it',
)


@breaks('R-25', 'a record that is neither left out nor shown', 'A11', 'L03')
def _(a):
    return shown_in_part(change_head=lambda h: b'\2' + h[1:])


@breaks('R-26', 'a salt that is not that of a commitment', 'A11', 'A29', 'L02')
def _(a):
    return shown_in_part(salt=True, change_head=lambda h: h[:-1] + bytes([h[-1] ^ 1]))


# ---- seal.md


@breaks('S-1', 'a node without the byte of a node', 'A13', 'A26')
def _(a):
    def nodes(no, h):
        return [sha(h[0])] + h[1:] if no == 1 else h

    return dict(nodes=nodes)


@breaks('S-2', 'two files that begin a log and go on differently', 'L02')
def _(a):
    a.events()[4].json = {**a.events()[4].json, 'event_action': 'other'}
    return dict(then=lambda f: [base('small').path])


@breaks('S-3', 'a cover that is not the canonical one', 'A07', 'A13', 'A14')
def _(a):
    return dict(nodes=lambda no, h: h + [h[-1]] if no == 1 else h)


@breaks('S-4', 'a chain value that does not follow', 'A08', base='many')
def _(a):
    return dict(chain=lambda no, c: b'\7' * 32 if no == 2 else c)


@breaks('S-5', 'a signature line twice', 'A16')
def _(a):
    return dict(notes=lambda n, root: [n[0] + n[0].split('\n\n')[1]])


@breaks('S-6', 'a key of the same name', 'K02', status=3)
def _(a):
    return dict(signers=(STRANGER,))


@breaks('S-7', 'a checkpoint with a line more', 'A16')
def _(a):
    return dict(notes=lambda n, root: [forge.signed(n[0].split('\n\n')[0] + '\nmore\n', KEY)])


@breaks('S-8', 'blocks of other records than those of the tree', 'A12', 'A13', 'A26')
def _(a):
    honest = base('small')
    leaves = honest.leaves
    a.events()[4].json = {**a.events()[4].json, 'event_action': 'other'}
    return dict(leaf=lambda p, l: leaves[p] if p < len(a.records) else l)


@breaks('S-9', 'a proof that does not lead to the seal', 'A27', base='second')
def _(a):
    def log(l):
        l['proofs'] = l['proofs'][:-1] + bytes([l['proofs'][-1] ^ 1])

    return dict(log=log)


@breaks('S-10', 'a trailer signed by another key', 'A03')
def _(a):
    return dict(trailer_signers=(STRANGER,))


@breaks('S-11', 'another log than the one whose checkpoint is expected', 'K04', status=4)
def _(a):
    e = a.events()[4]
    e.json = {**e.json, 'actor_id': 'somebody'}
    e.rehash()
    h = base('small')
    return dict(then=lambda f: ['--expect', f'{h.origin} {h.next} {h.whole().root().hex()}'])


unseen('S-12', 'how to redo it with stock tools; the suite runs that text')
unseen('S-13', 'how proofs are made of what is stored; each is held against RFC 6962')
unseen('S-14', 'the text of a proof, which is no file of the log; tests/suite_proofs.py breaks it')
unseen(
    'S-15',
    'a note of two keys, which no file of one key is; tests/suite_succession.py breaks it',
)


# ---- event.md


@breaks('E-1', 'an item of a column that there is not', 'A22')
def _(a):
    a.events()[3].set_items({37: b'\x01x'})


def instead(old, new):
    def f(b):
        assert old in b, (old, b)
        return b.replace(old, new, 1)

    return f


@breaks('E-2', 'members in another order', 'A21', 'A18', 'A20')
def _(a):
    bare(
        a,
        2,
        instead(b'"is_sensitive":false,"event_hash":"",', b'"event_hash":"","is_sensitive":false,')(
            a.events()[2].body
        ),
    )


@breaks('E-3', 'a < as it is', 'A21', 'A18', 'A20')
def _(a):
    bare(a, 2, instead(b'"event_action":"', b'"event_action":"<')(a.events()[2].body))


@breaks('E-4', 'a number with a zero too much', 'A21')
def _(a):
    a.events()[2].body = event_data(a, 2, b'{"n":1.50}')


@breaks('E-5', 'a time with a zero at its end', 'A21', 'A18', 'A20')
def _(a):
    bare(a, 2, re.sub(rb'("event_timestamp":"[^"]*)Z"', rb'\1.10Z"', a.events()[2].body))


@breaks('E-6', 'keys of event_data that are not sorted', 'A21')
def _(a):
    a.events()[2].body = event_data(a, 2, b'{"b":1,"a":2}')


@breaks('E-7', 'U+0000 in a text of the envelope', 'A21', 'A18', 'A20')
def _(a):
    bare(a, 2, instead(b'"event_action":"', b'"event_action":"\\u0000')(a.events()[2].body))


@breaks('E-8', 'an integer beyond 64 bits', 'A21', 'A18', 'A20')
def _(a):
    bare(
        a,
        2,
        re.sub(
            rb'"retention_days":\d+', b'"retention_days":9223372036854775808', a.events()[2].body
        ),
    )


@breaks('E-9', 'a row kept verbatim that has a canonical form', 'A22', base='odd')
def _(a):
    r = verbatim(a)
    r.body = re.sub(rb'"retention_days": ?null', b'"retention_days":30', r.body)


@breaks('E-10', 'a style of texts that there is not', 'A17', 'A22', base='odd')
def _(a):
    r = a.contexts('table')[0]
    o = r.json
    o['style'] = 'own'
    r.json = o


@breaks(
    'E-11',
    'event_data said to stand as PostgreSQL prints it, where that is the default',
    'A22',
    base='pg',
)
def _(a):
    a.events()[3].set_items({22: b'\x05'})


@breaks('E-12', 'an item that says its default', 'A22')
def _(a):
    a.events()[3].set_items({18: b'\x00'})


@breaks('E-13', 'a row whose hash no spelling gives', 'S01')
def _(a):
    r = a.events()[3]
    b = r.body
    r.body = b.replace(b'"event_action":"', b'"event_action":"X', 1)
    r.rehash()
    r.body = b


# one test a clause, so that each can be run alone
for clause in sorted({b[0] for b in BREAKS}, key=lambda c: ('CRSE'.index(c[0]), int(c[2:]))):

    def f(clause=clause):
        for i, (c, *rest) in enumerate(BREAKS):
            if c == clause:
                run_break(i, *rest)

    f.__name__ = 'clause_' + clause.lower().replace('-', '')
    test(f)


@test
def clauses_without_a_test_are_named():
    """tools/clauses.py fails on a clause that nothing breaks, on a test that wants nothing, and on
    a table that is another.
    """

    def tree(name):
        d = path('tree-' + name)
        for f in (
            'tools/clauses.py',
            'tools/deftable.py',
            'tests/suite_clauses.py',
            'src/finding/finding.def',
            'formats/archive.md',
            'formats/record.md',
            'formats/seal.md',
            'formats/event.md',
            'formats/findings.md',
        ):
            os.makedirs(os.path.dirname(f'{d}/{f}'), exist_ok=True)
            shutil.copyfile(f'{TOP}/{f}', f'{d}/{f}')
        return d

    def lint(d):
        return subprocess.run(
            [sys.executable, d + '/tools/clauses.py'], capture_output=True, text=True
        )

    d = tree('as-it-is')
    check(lint(d).returncode == 0, lint(d).stdout)
    d = tree('new')
    open(d + '/formats/seal.md', 'a').write('\n**S-99 New.** Nobody looks.\n')
    p = lint(d)
    check(p.returncode == 1 and 'S-99: a clause without a test' in p.stdout, p.stdout)
    d = tree('nothing')
    open(d + '/tests/suite_clauses.py', 'a').write("\n@breaks('C-1', 'nothing')\ndef _(a): pass\n")
    p = lint(d)
    check(p.returncode == 1 and 'wants no finding' in p.stdout, p.stdout)
    d = tree('other')
    open(d + '/tests/suite_clauses.py', 'a').write(
        "\n@breaks('C-1', 'more', 'A01')\ndef _(a): pass\n"
    )
    p = lint(d)
    check(p.returncode == 1 and 'another' in p.stdout, p.stdout)
