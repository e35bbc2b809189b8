"""Archives by a holder of the key, written from formats/ alone: an archive that exhibit-export made
is expanded into its records and tables, a test changes what it likes, and it is written again with
everything that follows recomputed and signed. So what a test changed is the only thing that is
wrong. Standard library, and the stock tools zstd and openssl. Clauses stand where they are used.
"""

import base64, copy, datetime, hashlib, json, os, re, sqlite3, struct, subprocess, tempfile

sha = lambda b: hashlib.sha256(b).digest()
EVENT, REJECT, CONTEXT, MANIFEST, CONFLICT, LETTER = range(1, 7)
LATE, MAYBE_REPEAT, TIME_INVALID, ID_ABSENT, INTERIM, WITHHELD, CORRELATION_ABSENT = (
    1 << i for i in range(7)
)
TABLES = [  # C-4
    (
        'CREATE TABLE log(no INTEGER PRIMARY KEY, origin TEXT NOT NULL, first INTEGER NOT NULL,'
        ' compact BLOB NOT NULL, prev_note TEXT NOT NULL, prev_chain BLOB NOT NULL, proofs BLOB NOT'
        ' NULL)'
    ),
    (
        'CREATE TABLE block(no INTEGER PRIMARY KEY, first INTEGER NOT NULL, count INTEGER NOT NULL,'
        ' head_len INTEGER NOT NULL, body_len INTEGER NOT NULL, raw_head INTEGER NOT NULL, raw_body'
        ' INTEGER NOT NULL, nodes BLOB NOT NULL, data_sha256 BLOB NOT NULL, chain BLOB NOT NULL)'
    ),
    'CREATE TABLE data(no INTEGER PRIMARY KEY, data BLOB NOT NULL)',
    (
        'CREATE TABLE idx(no INTEGER PRIMARY KEY, kind INTEGER NOT NULL, low BLOB NOT NULL, sha256'
        ' BLOB NOT NULL, data BLOB NOT NULL)'
    ),
    'CREATE TABLE seal(no INTEGER PRIMARY KEY, note TEXT NOT NULL)',
]


def tool(*argv, stdin=b''):
    p = subprocess.run(argv, input=stdin, capture_output=True)
    if p.returncode:
        raise RuntimeError(f'{argv[0]}: {p.stderr.decode("utf-8", "replace")[:300]}')
    return p.stdout


def with_files(files, f):
    """f(names) with each of `files` written to a file of its own"""
    with tempfile.TemporaryDirectory() as d:
        names = [os.path.join(d, str(i)) for i in range(len(files))]
        for n, b in zip(names, files):
            open(n, 'wb').write(b)
        return f(names)


# ---- keys and notes (S-5, S-6)


class Signer:
    """A .key file, or a fresh key of that name that nobody knows."""

    def __init__(self, keyfile=None, name=None):
        if keyfile:
            self.name, _, secret = (
                open(keyfile).read().strip().removeprefix('PRIVATE+KEY+').split('+', 2)
            )
            seed = base64.b64decode(secret)[1:]
        else:
            self.name, seed = name, os.urandom(32)
        self.private = (
            bytes.fromhex('302e020100300506032b657004220420') + seed
        )  # PKCS #8 (RFC 8410)
        public = (
            b'\x01'
            + tool(
                'openssl',
                'pkey',
                '-inform',
                'DER',
                '-pubout',
                '-outform',
                'DER',
                stdin=self.private,
            )[-32:]
        )
        self.id = sha(self.name.encode() + b'\n' + public)[:4]
        self.vkey = f'{self.name}+{self.id.hex()}+{base64.b64encode(public).decode()}\n'

    def line(self, text):
        sig = with_files(
            (self.private, text.encode()),
            lambda n: tool(
                'openssl',
                'pkeyutl',
                '-sign',
                '-keyform',
                'DER',
                '-inkey',
                n[0],
                '-rawin',
                '-in',
                n[1],
            ),
        )
        return f'— {self.name} {base64.b64encode(self.id + sig).decode()}\n'


def signed(text, *signers):
    return text + '\n' + ''.join(s.line(text) for s in signers)


def checkpoint(origin, size, root):
    return f'{origin}\n{size}\n{base64.b64encode(root).decode()}\n'  # S-7


# ---- numbers and frames


def varint(v):
    out = bytearray()
    while v >= 128:
        out.append(v & 127 | 128)
        v >>= 7
    return bytes(out) + bytes([v])


zigzag = lambda v: 2 * v if v >= 0 else -2 * v - 1
unzigzag = lambda v: (v >> 1) ^ -(v & 1)


class Reading:
    def __init__(self, b):
        self.b, self.at = b, 0

    def take(self, n):
        if self.at + n > len(self.b):
            raise ValueError('too short')
        self.at += n
        return self.b[self.at - n : self.at]

    def be(self, n):
        return int.from_bytes(self.take(n), 'big')

    def varint(self):
        v = shift = 0
        while True:
            c = self.take(1)[0]
            v, shift = v | (c & 127) << shift, shift + 7
            if c < 128:
                return v


def frame(raw, dictionary=None, check=True):  # C-10
    argv = ['zstd', '-q', '-c', '--check' if check else '--no-check', f'--stream-size={len(raw)}']
    return (
        with_files((dictionary,), lambda n: tool(*argv, '-D', n[0], stdin=raw))
        if dictionary
        else tool(*argv, stdin=raw)
    )


def unframe(b, dictionary=None):
    return (
        with_files((dictionary,), lambda n: tool('zstd', '-dqc', '-M16MB', '-D', n[0], stdin=b))
        if dictionary
        else tool('zstd', '-dqc', '-M16MB', stdin=b)
    )


# ---- the tree (S-1, S-3)


def cover(first, count):
    at, end = first, first + count
    while at < end:
        k = 0
        while at % (2 << k) == 0 and at + (2 << k) <= end:
            k += 1
        yield k
        at += 1 << k


class Tree:
    def __init__(self, first=0):
        self.first, self.run = first, []

    def push(self, level, h):
        at = self.run[-1][0] + (1 << self.run[-1][1]) if self.run else self.first
        while self.run and self.run[-1][1] == level and self.run[-1][0] % (2 << level) == 0:
            at, _, left = self.run.pop()
            level, h = level + 1, sha(b'\x01' + left + h)
        self.run.append((at, level, h))

    def push_all(self, first, count, hashes):
        for k, h in zip(cover(first, count), hashes):
            self.push(k, h)

    def root(self):
        if not self.run:
            return sha(b'')
        h = self.run[-1][2]
        for _, _, left in reversed(self.run[:-1]):
            h = sha(b'\x01' + left + h)
        return h

    def hashes(self):
        return [h for _, _, h in self.run]


def leaves_to_nodes(first, leaves):
    t = Tree(first)
    for l in leaves:
        t.push(0, l)
    return t.hashes()


def of_32(b):
    return [b[i : i + 32] for i in range(0, len(b), 32)]


# ---- records


class Record:
    """Fields of R-2 by their names; `digest` is what is stored of a withheld record (R-22); the
    rest follows.
    """

    def __init__(self, **k):
        self.kind, self.flags, self.claimed_form, self.previous_form, self.algorithm, self.form = (
            CONTEXT,
            ID_ABSENT | CORRELATION_ABSENT,
            4,
            4,
            0,
            3,
        )
        self.source = self.ordinal = self.time = 0
        # time and correlation, correlation and type, where a test says what a reader makes of the
        # body
        self.read = self.names = None
        self.body = self.aside = b''
        self.id = self.claimed = self.previous = self.correlation = self.digest = b''
        self.__dict__.update(k)

    @property
    def json(self):
        return json.loads(self.body)

    @json.setter
    def json(self, v):
        self.body = compact(v)

    def body_digest(self):
        return (
            self.digest
            if self.flags & WITHHELD
            else sha((self.previous.hex().encode() if self.previous_form == 2 else b'') + self.body)
        )

    def placed(self):
        if self.read:
            return self.read
        if self.form == 3:
            return self.time, self.correlation or bytes(32)
        try:
            e = json.loads(self.body)
            return micros(e['event_timestamp']), sha(e['correlation_id'].encode())
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return 0, bytes(32)  # what is no event: see the test that wrote it

    def header(self, position):
        time, correlation = self.placed()
        return (
            b'EXR1\x01'
            + bytes([self.kind])
            + struct.pack(
                '>HBBBBIQq',
                self.flags,
                self.claimed_form,
                self.previous_form,
                self.algorithm,
                self.form,
                self.source,
                position,
                time,
            )
            + (self.id or bytes(16))
            + struct.pack('>QQQ', self.ordinal, len(self.body), len(self.aside))
            + self.body_digest()
            + (sha(self.aside) if self.aside else bytes(32))
            + (self.claimed if self.claimed_form == 2 else bytes(32))
            + (self.previous if self.previous_form == 2 else bytes(32))
            + correlation
        )

    def stored(self):
        return self.body if self.form == 3 else self.body[:13] + self.body[49:]

    def size(self):
        return len(self.stored()) + 1 + len(self.aside)

    def items(self):
        r, out = Reading(self.aside), {}
        while r.at < len(r.b):
            tag = r.be(2)
            out[tag] = r.take(r.be(4))
        return out

    def set_items(self, items):
        self.aside = b''.join(
            struct.pack('>HI', t, len(v)) + v
            for t, v in (sorted(items.items()) if isinstance(items, dict) else items)
        )

    def rehash(self):
        """the hash that the source's writer would give it, without a key"""
        self.claimed_form, self.algorithm, self.claimed = (
            2,
            2,
            sha((self.previous.hex().encode() if self.previous_form == 2 else b'') + self.body),
        )


def compact(v):
    return json.dumps(v, separators=(',', ':'), ensure_ascii=False).encode()


def canonical(v):
    """an event's body as E-3 spells strings"""
    t = json.dumps(v, separators=(',', ':'), ensure_ascii=False)
    for c in '<>&\u2028\u2029':
        t = t.replace(c, f'\\u{ord(c):04x}')
    return t.encode()


def micros(text):
    m = re.fullmatch(r'(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?Z', text)
    if not m:
        raise ValueError('no time')
    t = datetime.datetime(*map(int, m.groups()[:6])) - datetime.datetime(1970, 1, 1)
    return t // datetime.timedelta(microseconds=1) + int((m[7] or '').ljust(6, '0'))


def uuid_text(b):
    h = b.hex()
    return '-'.join((h[:8], h[8:12], h[12:16], h[16:20], h[20:]))


def unpack(first, count, head, raw_body):  # R-12, C-8
    h, b, n = Reading(head), Reading(raw_body), range(count)
    rs = [Record() for _ in n]
    for name, size in (
        ('kind', 1),
        ('flags', 2),
        ('claimed_form', 1),
        ('previous_form', 1),
        ('algorithm', 1),
        ('form', 1),
    ):
        for r in rs:
            setattr(r, name, h.be(size))
    v = 0
    for r in rs:
        r.source = v = v + unzigzag(h.varint())
    v = 0
    for r in rs:
        r.ordinal = v = (v + 1 + unzigzag(h.varint())) % 2**64
    lengths, asides = [h.varint() for _ in n], [h.varint() for _ in n]
    own = [h.be(1) == 0 if r.claimed_form == 2 else None for r in rs]
    ref = [h.varint() if r.previous_form == 2 else 0 for r in rs]
    for r in rs:
        if r.form == 3:
            r.time, r.correlation = struct.unpack('>q', h.take(8))[0], h.take(32)
    for r in rs:
        if not r.flags & ID_ABSENT:
            r.id = h.take(16)
    for i in n:
        if own[i] is False:
            rs[i].claimed = h.take(32)
    for i in n:
        if rs[i].previous_form == 2 and not ref[i]:
            rs[i].previous = h.take(32)
    for r in rs:
        if r.flags & WITHHELD:
            r.digest = h.take(32)
    for i in n:
        body = b.take((raw_body.index(b'\n', b.at) - b.at) if lengths[i] == 0 else lengths[i] - 1)
        b.take(1)
        rs[i].body = (
            body if rs[i].form == 3 else body[:13] + uuid_text(rs[i].id).encode() + body[13:]
        )
    for i in n:
        rs[i].aside = b.take(asides[i])
    done = [False] * count
    for i in n:  # a predecessor may be the hash of another record of the block
        todo = [i]
        while todo:
            k = todo[-1]
            j = k + unzigzag(ref[k]) if ref[k] else None
            if j is not None and not done[j]:
                todo.append(j)
                continue
            if j is not None:
                rs[k].previous = rs[j].claimed
            if own[k]:
                rs[k].claimed = rs[k].body_digest()
            done[k] = True
            todo.pop()
    return rs


def pack_head(rs):  # R-12; nothing is referred to, all is explicit
    h, v = (
        b''.join(bytes([r.kind]) for r in rs) + b''.join(struct.pack('>H', r.flags) for r in rs),
        0,
    )
    for name in ('claimed_form', 'previous_form', 'algorithm', 'form'):
        h += bytes(getattr(r, name) for r in rs)
    for r in rs:
        h += varint(zigzag(r.source - v))
        v = r.source
    v = 0
    for r in rs:
        h += varint(zigzag(r.ordinal - v - 1))
        v = r.ordinal
    h += b''.join(varint(len(r.stored()) + 1) for r in rs) + b''.join(
        varint(len(r.aside)) for r in rs
    )
    h += b''.join(b'\x01' for r in rs if r.claimed_form == 2) + b''.join(
        b'\x00' for r in rs if r.previous_form == 2
    )
    h += b''.join(
        struct.pack('>q', r.time) + (r.correlation or bytes(32)) for r in rs if r.form == 3
    )
    h += b''.join(r.id for r in rs if not r.flags & ID_ABSENT)
    h += b''.join(r.claimed for r in rs if r.claimed_form == 2) + b''.join(
        r.previous for r in rs if r.previous_form == 2
    )
    return h + b''.join(r.digest for r in rs if r.flags & WITHHELD)


def pack_body(rs):
    return b''.join(r.stored() + b'\n' for r in rs) + b''.join(r.aside for r in rs)  # C-8


def grouped(records, follows=False):  # C-7
    out, now, size = [], [], 0
    for r in records:
        apart = r.flags & INTERIM and r.kind == MANIFEST
        if now and (apart or size + r.size() > 1048576 or len(now) == 8192):
            out.append(now)
            now, size = [], 0
        now.append(r)
        size += r.size()
        if apart or (follows and r.kind == CONTEXT and r.body.startswith(b'{"context":"poll"')):
            out.append(now)
            now, size = [], 0
    return out + [now] if now else out


# ---- indexes (C-11 to C-13) and days


def names_of(r):
    """correlation and type"""
    if r.names:
        return r.names
    try:
        e = json.loads(r.body)
    except (ValueError, RecursionError):
        e = {}
    return [
        (
            (e.get(k) or '').encode()[:1024]
            if isinstance(e, dict) and isinstance(e.get(k), str)
            else b''
        )
        for k in ('correlation_id', 'event_type')
    ]


def index_pages(blocks, first):
    """[kind, low, page] of blocks [(no, first, records)]"""
    pages = []
    page, low, last = b'', b'', 0
    for prefix, no in sorted(
        (int.from_bytes(r.id[:4], 'big'), no)
        for no, _, rs in blocks
        for r in rs
        if not r.flags & ID_ABSENT
    ):
        add = varint(prefix - last) + varint(no)
        if page and len(page) + len(add) > 65536:
            pages.append([1, low, page])
            page, add = b'', varint(prefix) + varint(no)
        if not page:
            low = prefix.to_bytes(4, 'big')
        page, last = page + add, prefix
    if page:
        pages.append([1, low, page])
    for kind in (2, 3):
        entries = {}
        for _, at, rs in blocks:
            for i, r in enumerate(rs):
                if r.kind in (EVENT, CONFLICT):
                    entries.setdefault(names_of(r)[kind - 2], []).append(at + i)
        page, low, before = b'', b'', b''
        for key in sorted(entries):
            rest = entries[key]
            while rest:

                def group(some):
                    shared = len(os.path.commonprefix((key, before))) if page else 0
                    out, v = (
                        varint(shared)
                        + varint(len(key) - shared)
                        + key[shared:]
                        + varint(len(some)),
                        first,
                    )
                    for p in some:
                        out += varint(p - v)
                        v = p
                    return out

                n = len(rest)
                while n and len(page) + len(group(rest[:n])) > 65536:
                    n -= 1
                if n == 0:
                    pages.append([kind, low, page])
                    page = before = b''
                    continue
                if not page:
                    low = key
                page, before, rest = page + group(rest[:n]), key, rest[n:]
        if page:
            pages.append([kind, low, page])
    times = [
        [r.placed()[0] for r in rs if r.kind == EVENT and not r.flags & TIME_INVALID]
        for _, _, rs in blocks
    ]
    entries = [struct.pack('>qqB', min(t), max(t), 1) if t else bytes(17) for t in times]
    return pages + [[4, b'', b''.join(entries[i : i + 3855])] for i in range(0, len(entries), 3855)]


def index_digests(pages):  # C-13
    kinds = {}
    for kind, low, page in pages:
        kinds.setdefault(kind, []).append(struct.pack('>I', len(low)) + low + sha(page))
    return [
        {'kind': k, 'pages': len(v), 'sha256': sha(b''.join(v)).hex()}
        for k, v in sorted(kinds.items())
    ]


def days_of(records):
    days = {}
    for r in records:
        if r.kind == EVENT and not r.flags & TIME_INVALID:
            kinds = days.setdefault(
                (
                    datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=r.placed()[0])
                ).strftime('%Y-%m-%d'),
                {},
            )
            kind = names_of(r)[1].decode()
            kinds[kind] = kinds.get(kind, 0) + 1
    return {
        d: dict(sorted(k.items(), key=lambda x: x[0].encode())) for d, k in sorted(days.items())
    }


# ---- an archive


class Archive:
    """What an archive holds, to be changed and written again. `records` are all but the last
    manifest.
    """

    def __init__(self, path):
        db = sqlite3.connect(f'file:{path}?immutable=1', uri=True)
        (
            (
                _,
                self.origin,
                self.first,
                self.compact,
                self.prev_note,
                self.prev_chain,
                self.proofs,
            ),
        ) = db.execute('SELECT * FROM log').fetchall()
        self.dictionary = (db.execute('SELECT data FROM data WHERE no=0').fetchone() or [None])[0]
        self.records, self.chain = [], self.prev_chain
        for no, first, count, head_len, chain in db.execute(
            'SELECT no, first, count, head_len, chain FROM block ORDER BY no'
        ).fetchall():
            (blob,) = db.execute('SELECT data FROM data WHERE no=?', (no,)).fetchone()
            self.records += unpack(
                first,
                count,
                unframe(blob[: head_len - 2 * count]),
                unframe(blob[head_len:], self.dictionary),
            )
            self.chain = chain
        self.notes = [n for n, in db.execute('SELECT note FROM seal ORDER BY no').fetchall()]
        db.close()
        self.next = self.first + len(self.records)
        self.leaves = [sha(b'\0' + r.header(self.first + i)) for i, r in enumerate(self.records)]
        self.manifest = json.loads(self.records.pop().body)
        self.follows = bool(self.manifest.get('follows'))

    def copy(self):
        return copy.deepcopy(self)

    def tree(self):
        """of the positions before the file, and of those up to its end"""
        t = Tree()
        t.push_all(0, self.first, of_32(self.compact))
        return t

    def whole(self):
        t = self.tree()
        for l in self.leaves:
            t.push(0, l)
        return t

    def events(self):
        return [r for r in self.records if r.kind == EVENT]

    def contexts(self, name):
        return [
            r
            for r in self.records
            if r.kind == CONTEXT and r.body.startswith(b'{"context":"' + name.encode() + b'"')
        ]

    def count(self):
        """Makes input-ends say what the records are; the manifest repeats them when it is written.
        """
        of = {
            r.json['source']: r.json.get('input', r.json['source'])
            for r in self.contexts('input-start') + self.contexts('table')
        }
        goes_on = lambda r: int.from_bytes(r.items().get(0x0103, bytes(4))[:4], 'big') > 0
        for end in self.contexts('input-end'):
            o = end.json
            mine = [r for r in self.records if of.get(r.source) == o['input']]
            was = sum(o[k] for k in ('events', 'rejects', 'conflicts'))
            o['events'], o['rejects'], o['conflicts'] = (
                sum(r.kind == k and not goes_on(r) for r in mine) for k in (EVENT, REJECT, CONFLICT)
            )
            o['rows'] += sum(o[k] for k in ('events', 'rejects', 'conflicts')) - was
            end.json = o
        return self

    def continues(self, before):
        """Makes it the file of the log behind `before`."""
        t = before.whole()
        self.origin, self.first, self.compact = before.origin, before.next, b''.join(t.hashes())
        self.prev_note, self.prev_chain = before.notes[-1], before.chain
        self.manifest['previous'] = {
            'size': self.first,
            'root': t.root().hex(),
            'chain': self.prev_chain.hex(),
        }
        return self

    def write(self, path, *signers, trailer_signers=None, opened=False, **hook):
        """Writes it, signed by `signers` (none: unsealed). opened: up to the last interim manifest
        and no further, as a file that is still followed (C-19). Hooks get a step's outcome and
        return another (or change it and return None): groups(list of lists of records),
        header(position, bytes), leaf(position, bytes), nodes(no, hashes), head(no, bytes),
        body(no, bytes), blob(no, bytes, head_len), row(dict), chain(no, bytes), pages(list),
        manifest(dict), manifest_body(bytes), last(record), log(dict), notes(list, root),
        sql(connection), db(bytearray), trailer(text), bytes(bytes).
        """

        def step(name, *a):
            got = hook[name](*a) if name in hook else None
            return (
                (
                    a[0]
                    if name not in ('header', 'leaf', 'nodes', 'head', 'body', 'blob', 'chain')
                    else a[1]
                )
                if got is None
                else got
            )

        unknown = set(hook) - set(
            'groups header leaf nodes head body blob row chain pages manifest manifest_body last'
            ' log notes sql db trailer bytes'.split()
        )
        if unknown:
            raise ValueError(unknown)
        if os.path.exists(path):
            os.remove(path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        db = sqlite3.connect(path, isolation_level=None)
        for p in (
            'page_size=4096',
            "encoding='UTF-8'",
            'auto_vacuum=0',
            'journal_mode=MEMORY',
            f'application_id={0x45584842}',
            'user_version=1',
        ):
            db.execute('PRAGMA ' + p)  # C-3
        db.execute('BEGIN')
        for t in TABLES:
            db.execute(t)
        tree, at, no, blocks, leaves, notes = self.tree(), self.first, 0, [], [], []
        prev_root = tree.root()
        chain = self.prev_chain
        if self.dictionary:  # C-9, S-4
            db.execute('INSERT INTO data VALUES(0, ?)', (self.dictionary,))
            chain = sha(
                f'exhibit-dict/1 {len(self.dictionary)} {sha(self.dictionary).hex()}'
                f' {chain.hex()}\n'.encode()
            )

        def put(rs):
            nonlocal at, no, chain
            no += 1
            own = [
                step('leaf', at + i, sha(b'\0' + step('header', at + i, r.header(at + i))))
                for i, r in enumerate(rs)
            ]
            nodes = step('nodes', no, leaves_to_nodes(at, own))
            raw_head, raw_body = step('head', no, pack_head(rs)), step('body', no, pack_body(rs))
            head = frame(raw_head) + b''.join(l[:2] for l in own)
            blob = step('blob', no, head + frame(raw_body, self.dictionary), len(head))
            head_len = len(head)
            row = dict(
                no=no,
                first=at,
                count=len(rs),
                head_len=head_len,
                body_len=len(blob) - head_len,
                raw_head=len(raw_head),
                raw_body=len(raw_body),
                nodes=b''.join(nodes),
                data_sha256=sha(blob),
            )
            row = step('row', row)
            line = (
                'exhibit-block/1 '
                + ' '.join(
                    str(row[k])
                    for k in (
                        'no',
                        'first',
                        'count',
                        'head_len',
                        'body_len',
                        'raw_head',
                        'raw_body',
                    )
                )
                + f' {sha(row["nodes"]).hex()} {row["data_sha256"].hex()} {chain.hex()}\n'
            )  # S-4
            chain = step('chain', no, sha(line.encode()))
            db.execute('INSERT INTO block VALUES(?,?,?,?,?,?,?,?,?,?)', (*row.values(), chain))
            db.execute('INSERT INTO data VALUES(?,?)', (row['no'], blob))
            tree.push_all(at, len(rs), nodes)
            blocks.append((no, at, rs))
            leaves.extend(own)
            at += len(rs)

        def manifest(records, final):
            m = {
                **self.manifest,
                'origin': self.origin,
                'first_position': self.first,
                'records': at - self.first,
                'blocks': no,
                'chain': chain.hex(),
                'dictionary': (
                    {'bytes': len(self.dictionary), 'sha256': sha(self.dictionary).hex()}
                    if self.dictionary
                    else None
                ),
                'counts': {
                    k: sum(r.kind == n for r in records)
                    for k, n in (
                        ('events', EVENT),
                        ('rejects', REJECT),
                        ('conflicts', CONFLICT),
                        ('contexts', CONTEXT),
                        ('dead_letters', LETTER),
                    )
                },
            }
            times = [
                r.placed()[0] for r in records if r.kind == EVENT and not r.flags & TIME_INVALID
            ]
            for k, v in zip(
                ('first_event', 'last_event'), (min(times), max(times)) if times else (None, None)
            ):
                if self.manifest.get(k) is None or v is None or micros(self.manifest[k]) != v:
                    m[k] = (
                        None
                        if v is None
                        else (
                            datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=v)
                        ).isoformat()
                        + 'Z'
                    )
            m['days'] = days_of(records)
            some = lambda name: [
                json.loads(r.body)
                for r in records
                if r.kind == CONTEXT and r.body.startswith(b'{"context":"' + name.encode() + b'"')
            ]
            m['inputs'], m['tables'] = some('input-end'), some('table')
            m['indexes'] = index_digests(pages) if final else []
            return m

        def seal():
            root = tree.root()
            if signers:
                notes.append(signed(checkpoint(self.origin, at, root), *signers))
            return root

        done, pages = [], []
        groups = step('groups', grouped(self.records, self.follows))
        if opened:
            groups = groups[: max(i for i, g in enumerate(groups) if g[0].kind == MANIFEST) + 1]
        for rs in groups:
            if rs[0].kind == MANIFEST and rs[0].flags & INTERIM:  # C-19: what is sealed so far
                rs[0].json = manifest(done, False)
                put(rs)
                seal()
            else:
                put(rs)
            done += [r for r in rs if r.kind != MANIFEST]
        if not opened:
            for i, (kind, low, page) in enumerate(
                pages := step('pages', index_pages(blocks, self.first))
            ):
                db.execute('INSERT INTO idx VALUES(?,?,?,?,?)', (i + 1, kind, low, sha(page), page))
            last = Record(kind=MANIFEST)
            last.body = step('manifest_body', compact(step('manifest', manifest(done, True))))
            put([step('last', last)])
            seal()
        root = tree.root()
        for i, n in enumerate(step('notes', notes, root)):
            db.execute('INSERT INTO seal VALUES(?,?)', (i + 1, n))
        log = dict(
            no=1,
            origin=self.origin,
            first=self.first,
            compact=self.compact,
            prev_note=self.prev_note,
            prev_chain=self.prev_chain,
            proofs=b'',
        )
        if self.first:  # S-9: of the earlier checkpoints the last one alone
            hashes = of_32(self.compact) + leaves_to_nodes(self.first, leaves)
            log['proofs'] = (
                self.first.to_bytes(8, 'big') + prev_root + bytes([len(hashes)]) + b''.join(hashes)
            )
        db.execute('INSERT INTO log VALUES(?,?,?,?,?,?,?)', tuple(step('log', log).values()))
        db.execute('COMMIT')
        if 'sql' in hook:
            hook['sql'](db)
        db.close()
        if opened:
            return path
        data = bytearray(open(path, 'rb').read())
        data = bytes(step('db', data))
        text = f'exhibit-file/1\n{len(data)}\n{hashlib.sha256(data).hexdigest()}\n'  # C-16, S-10
        trailer_signers = signers if trailer_signers is None else trailer_signers
        text = step('trailer', text)
        data += (
            (signed(text, *trailer_signers) if trailer_signers else text)
            .encode()
            .ljust(4096, b'\0')
        )
        open(path, 'wb').write(step('bytes', data))
        return path
