#!/usr/bin/env python3
"""A second reader of Exhibit archives, written from formats/ alone. Standard library, and the stock
tools zstd and openssl.

usage: reader.py FILE.exhibit [--vkey FILE] [--hmac-key-file FILE]...
       reader.py FILE.tlog-proof [--vkey FILE] [--hmac-key-file FILE]...
       reader.py GROWTH --root HEX [--vkey FILE]
Prints one JSON object: verdict, what is wrong, and per event position, id, correlation, content and
link as in formats/output.md O-5. Of a proof (S-14) the same of its one record; of a log's growth
whether it leads from the root that is given (in hex).
"""

import base64, hashlib, hmac, json, os, re, sqlite3, struct, subprocess, sys, tempfile

def salt(secret, position, what):
    number = position.to_bytes(8, 'big') + bytes([what])
    return hashlib.sha256(b'exhibit-salt/1' + secret + number).digest()[:16]


def committed(secret, position, values):
    """the five fields of a header of version 2"""
    return b''.join(sha(salt(secret, position, i) + v) for i, v in enumerate(values))


SCHEMA = [  # C-4
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
sha = lambda b: hashlib.sha256(b).digest()
wrong = []


def bad(clause, what):
    wrong.append(f'[{clause}] {what}')


class Bytes:
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
            v |= (c & 127) << shift
            if c < 128:
                if c == 0 and shift:
                    raise ValueError('superfluous zero byte')
                return v
            shift += 7


unzigzag = lambda v: (v >> 1) ^ -(v & 1)


def zstd(frame, want, dictionary):  # C-10
    d = frame[4]
    if frame[:4] != b'\x28\xb5\x2f\xfd' or d & 8 or not d & 4:
        raise ValueError('[C-10] not a frame of this format')
    with tempfile.NamedTemporaryFile() as f:
        args = ['zstd', '-dcq', '-M16MB']
        if dictionary:
            f.write(dictionary)
            f.flush()
            args += ['-D', f.name]
        p = subprocess.run(args, input=frame, capture_output=True)
    if p.returncode or len(p.stdout) != want:
        raise ValueError('[C-10] content')
    return p.stdout


def push(run, level, h):  # S-1, S-3: run is a list of (start, level, hash)
    start = run[-1][0] + (1 << run[-1][1]) if run else push.first
    run.append((start, level, h))
    while len(run) > 1 and run[-1][1] == run[-2][1] and run[-2][0] % (2 << run[-1][1]) == 0:
        s, l, a = run[-2]
        b = run.pop()[2]
        run[-1] = (s, l + 1, sha(b'\x01' + a + b))


def root(run):
    if not run:
        return sha(b'')
    h = run[-1][2]
    for s, l, a in reversed(run[:-1]):
        h = sha(b'\x01' + a + h)
    return h


def cover(first, count):
    p, end = first, first + count
    while p < end:
        k = 0
        while p % (2 << k) == 0 and p + (2 << k) <= end:
            k += 1
        yield k
        p += 1 << k


def ed25519(key, sig, data):
    """does OpenSSL's program say that the signature verifies?"""
    der = bytes.fromhex('302a300506032b6570032100') + key
    with tempfile.TemporaryDirectory() as d:
        for name, b in (('k', der), ('s', sig), ('t', data)):
            open(os.path.join(d, name), 'wb').write(b)
        p = subprocess.run(
            [
                'openssl',
                'pkeyutl',
                '-verify',
                '-pubin',
                '-keyform',
                'DER',
                '-inkey',
                d + '/k',
                '-rawin',
                '-in',
                d + '/t',
                '-sigfile',
                d + '/s',
            ],
            capture_output=True,
        )
    return p.returncode == 0


def note_ok(note, vkey):  # S-5: 'verified', 'false' or 'unknown'
    text, _, sigs = note.rpartition('\n\n')
    text += '\n'
    result, seen = 'unknown', set()
    for line in sigs.strip('\n').split('\n'):
        m = re.fullmatch('— (\\S+) (\\S+)', line)
        if not m:
            return text, 'false'
        sig = base64.b64decode(m[2], validate=True)
        if (m[1], sig[:4]) in seen:
            return text, 'false'
        seen.add((m[1], sig[:4]))
        if vkey and m[1] == vkey['name'] and sig[:4] == vkey['id']:
            if not ed25519(vkey['key'], sig[4:], text.encode()):
                return text, 'false'
            result = 'verified'
    return text, result


def witnessed(note, vkey, witness):  # W-1: a note beside a file, by the key of one witness
    text, state = note_ok(note, vkey)
    if not re.fullmatch('[^\n]+\n(0|[1-9][0-9]*)\n[^\n]+\n', text) or state == 'false':
        return {'verdict': 'altered', 'log': state}
    found = {'verdict': 'not proven', 'log': state, 'size': int(text.split('\n')[1])}
    for line in note[len(text) + 1 :].strip('\n').split('\n'):
        _, name, sig = line.split(' ')
        sig = base64.b64decode(sig)
        if name != witness['name'] or sig[:4] != witness['id']:
            continue
        t = int.from_bytes(sig[4:12], 'big')
        signed = f'cosignature/v1\ntime {t}\n{text}'.encode()
        if len(sig) != 76 or not ed25519(witness['key'], sig[12:], signed):
            return {**found, 'verdict': 'altered'}
        found.update(verdict='verified', time=t)
    return found


def load_vkey(path, kind=1):
    name, kid, rest = open(path).read().strip().split('+', 2)
    raw = base64.b64decode(rest)
    kid = bytes.fromhex(kid)
    assert raw[0] == kind and sha(name.encode() + b'\n' + raw)[:4] == kid
    return {'name': name, 'id': kid, 'key': raw[1:]}


def block_records(row, data, dictionary, salted=False):
    no, first, n, head_len, body_len, raw_head, raw_body = row[:7]
    head = Bytes(zstd(data[: head_len - 2 * n], raw_head, None))
    tags = data[head_len - 2 * n : head_len]
    body = Bytes(zstd(data[head_len:], raw_body, dictionary))
    kind, flags = head.take(n), [head.be(2) for _ in range(n)]
    cf, pf, algo, form = head.take(n), head.take(n), head.take(n), head.take(n)
    source, v = [], 0
    for _ in range(n):
        v += unzigzag(head.varint())
        source.append(v)
    ordinal, v = [], 0
    for _ in range(n):
        v = (v + 1 + unzigzag(head.varint())) % 2**64
        ordinal.append(v)
    lengths = [head.varint() for _ in range(n)]
    asides = [head.varint() for _ in range(n)]
    claim = {i: head.be(1) for i in range(n) if cf[i] == 2}
    ref = {i: head.varint() for i in range(n) if pf[i] == 2}
    verbatim = {
        i: (struct.unpack('>q', head.take(8))[0], head.take(32)) for i in range(n) if form[i] == 3
    }
    ids = {i: head.take(16) for i in range(n) if not flags[i] & 8}
    claimed = {i: head.take(32) for i in claim if claim[i]}
    prev = {i: head.take(32) for i in ref if ref[i] == 0}
    withheld = {i: head.take(32) for i in range(n) if flags[i] & 32}
    secret = head.take(32) if salted else None
    if head.at != len(head.b):
        raise ValueError('[R-12] bytes behind the last section')
    bodies = []
    for i in range(n):
        end = body.b.index(b'\n', body.at) if lengths[i] == 0 else body.at + lengths[i] - 1
        b = body.take(end - body.at)
        if body.take(1) != b'\n':
            raise ValueError('[C-8] a body does not end')
        if form[i] != 3:
            h = ids[i].hex()
            b = b[:13] + '-'.join((h[:8], h[8:12], h[12:16], h[16:20], h[20:])).encode() + b[13:]
        bodies.append(b)
    aside = [body.take(k) for k in asides]
    if body.at != len(body.b):
        raise ValueError('[C-8] bytes behind the last aside')
    digest = {}

    def solve(i):  # R-12 section 12
        todo = [i]
        while todo:
            k = todo[-1]
            j = k + unzigzag(ref[k]) if k in ref and ref[k] else None
            if k in digest:
                todo.pop()
                continue
            if j is not None and j not in digest:
                if j in todo:
                    raise ValueError('[R-12] predecessors form a cycle')
                todo.append(j)
                continue
            if j is not None:
                prev[k] = claimed[j]
            digest[k] = (
                withheld[k]
                if k in withheld
                else sha((prev[k].hex().encode() if pf[k] == 2 else b'') + bodies[k])
            )
            if claim.get(k) == 0:
                claimed[k] = digest[k]
            todo.pop()

    out = []
    for i in range(n):
        solve(i)
    for i in range(n):
        e = json.loads(bodies[i]) if form[i] != 3 else None
        if e:
            t = re.fullmatch(
                r'(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?Z', e['event_timestamp']
            )
            import datetime

            dt = datetime.datetime(*map(int, t.groups()[:6]), tzinfo=datetime.timezone.utc)
            us = (
                dt - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
            ) // datetime.timedelta(microseconds=1) + int((t[7] or '').ljust(6, '0'))
            corr = sha(e['correlation_id'].encode())
        else:
            us, corr = verbatim[i]
        values = [
            digest[i],
            sha(aside[i]) if aside[i] else bytes(32),
            claimed.get(i, bytes(32)),
            prev.get(i, bytes(32)),
            corr,
        ]
        header = (
            b'EXR1'
            + bytes([2 if salted else 1, kind[i]])
            + struct.pack('>HBBBB', flags[i], cf[i], pf[i], algo[i], form[i])
            + struct.pack('>IQq', source[i], first + i, us)
            + ids.get(i, bytes(16))
        )
        if salted:
            header += struct.pack('>QQQ', ordinal[i], 0, 0)
            header += committed(secret, first + i, values)
        else:
            header += struct.pack('>QQQ', ordinal[i], len(bodies[i]), len(aside[i]))
            header += b''.join(values)
        assert len(header) == 232
        leaf = sha(b'\x00' + header)
        if leaf[:2] != tags[2 * i : 2 * i + 2]:
            bad('S-1', f'record at position {first + i}')
        out.append(
            {
                'position': first + i,
                'kind': kind[i],
                'header': header,
                'leaf': leaf,
                'event': e,
                'body': bodies[i],
                'aside': aside[i],
                'cf': cf[i],
                'pf': pf[i],
                'algo': algo[i],
                'form': form[i],
                'claimed': claimed.get(i),
                'prev': prev.get(i),
                'digest': digest[i],
                'id': ids.get(i),
                'corr': corr,
                'source': source[i],
                'secret': secret,
            }
        )
    return out


def opened(r, head):  # what a header of version 2 hides
    h, r['claimed'], r['prev'], r['corr'] = r['header'], None, None, None
    if h[56:72] != bytes(16):
        raise ValueError('[R-26] lengths')
    if r['state'] == 2:
        one, r['corr'] = head.take(16), head.take(32)
        if sha(one + r['corr']) != h[200:232]:
            bad('R-26', f'correlation at position {r["position"]}')
    if r['state'] == 1:
        r['salts'] = [head.take(16) for _ in range(5)]
        r['digest'], claimed, prev, r['corr'] = (head.take(32) for _ in range(4))
        r['claimed'] = claimed if h[8] == 2 else None
        r['prev'] = prev if h[9] == 2 else None
        r['lengths'] = [head.be(8), head.be(8)]


def disclosed_records(row, data):  # C-20, R-25
    no, first, n, head_len, body_len, raw_head, raw_body = row[:7]
    head = Bytes(zstd(data[: head_len - 2 * n], raw_head, None))
    tags = data[head_len - 2 * n : head_len]
    body = Bytes(zstd(data[head_len:], raw_body, None))
    out = []
    for i in range(n):
        shown, h = head.be(1), head.take(232)
        field = lambda at, k: int.from_bytes(h[at : at + k], 'big')
        if h[:4] != b'EXR1' or h[4] not in (1, 2) or shown > h[4] or not 1 <= h[5] <= 6:
            raise ValueError('[R-25] a header')
        if field(16, 8) != first + i or (h[5] == 4 and shown != 1):
            raise ValueError('[C-20] a position, or a manifest that is left out')
        leaf = sha(b'\x00' + h)
        if leaf[:2] != tags[2 * i : 2 * i + 2]:
            bad('S-1', f'record at position {first + i}')
        prev = h[168:200] if h[9] == 2 else None
        out.append(
            {
                'position': first + i,
                'kind': h[5],
                'shown': shown == 1,
                'state': shown,
                'header': h,
                'leaf': leaf,
                'event': None,
                'cf': h[8],
                'pf': h[9],
                'algo': h[10],
                'form': h[11],
                'claimed': h[136:168] if h[8] == 2 else None,
                'prev': prev,
                'digest': h[72:104],
                'id': None if field(6, 2) & 8 else h[32:48],
                'corr': h[200:232],
                'source': field(12, 4),
            }
        )
    for r in out:
        h = r['header']
        r['lengths'] = [int.from_bytes(h[at : at + 8], 'big') for at in (56, 64)]
        r['asided'] = h[104:136]
        if h[4] == 2:
            opened(r, head)
    if head.at != len(head.b):
        raise ValueError('[R-25] bytes behind the last header')
    shown = [r for r in out if r['shown']]
    for r in shown:
        r['body'] = body.take(r['lengths'][0])
        if body.take(1) != b'\n':
            raise ValueError('[C-20] a body does not end')
    for r in shown:
        r['aside'] = body.take(r['lengths'][1])
    if body.at != len(body.b):
        raise ValueError('[C-20] bytes behind the last aside')
    for r in shown:
        h = r['header']
        prefix = r['prev'].hex().encode() if r['prev'] else b''
        if not h[7] & 32 and sha(prefix + r['body']) != r['digest']:
            bad('R-8', f'body at position {r["position"]}')
        d = sha(r['aside']) if r['aside'] else bytes(32)
        if d != r['asided'] and h[4] == 1:
            bad('R-2', f'aside at position {r["position"]}')
        if h[4] == 2:
            values = [r['digest'], d, r['claimed'] or bytes(32), r['prev'] or bytes(32), r['corr']]
            if b''.join(sha(s + v) for s, v in zip(r['salts'], values)) != h[72:232]:
                bad('R-26', f'commitments at position {r["position"]}')
        e = r['event'] = json.loads(r['body']) if r['form'] != 3 else None
        if e and (
            e['event_id'].replace('-', '') != r['id'].hex()
            or microseconds(e['event_timestamp']) != int.from_bytes(h[24:32], 'big', signed=True)
            or sha(e['correlation_id'].encode()) != r['corr']
        ):
            bad('R-9', f'header and body at position {r["position"]}')
    return out


def content(r, keys):  # O-5, without spellings (E-13)
    if r['cf'] in (0, 1, 4):
        return 'no-hash', None
    if r['header'][7] & 32:
        return 'withheld', None
    if r['form'] == 3:
        return 'not-carried', None
    if r['algo'] == 255:
        return 'unknown-algorithm', None
    if r['cf'] != 2:
        return 'mismatch', None
    text = (r['prev'].hex().encode() if r['pf'] == 2 else b'') + r['body']
    if r['algo'] != 3 and sha(text) == r['claimed']:
        return 'match', None
    if r['algo'] in (0, 3):
        for i, k in enumerate(keys):
            if hmac.new(k, text, 'sha256').digest() == r['claimed']:
                return 'match', i
        if not keys:
            return ('no-key' if r['algo'] == 3 else 'undecided'), None
    return 'mismatch', None


def strict64(text):
    """base64 with its padding and zero pad bits (S-5), so that one text says it"""
    b = base64.b64decode(text, validate=True)
    if base64.b64encode(b).decode() != text:
        raise ValueError('[S-14] base64')
    return b


def number(text):
    if not re.fullmatch('0|[1-9][0-9]{0,18}', text):
        raise ValueError('[S-14] a number')
    return int(text)


def key_of(line):
    """a key from its line (S-6)"""
    name, kid, rest = line.split('+', 2)
    raw = strict64(rest)
    if raw[0] != 1 or len(raw) != 33 or sha(name.encode() + b'\n' + raw)[:4].hex() != kid:
        raise ValueError('[S-6] key')
    return {'name': name, 'id': bytes.fromhex(kid), 'key': raw[1:]}


def succession(note):
    """S-15: origin, size, root, and the two keys that signed it"""
    text = note.rpartition('\n\n')[0] + '\n'
    lines = text.split('\n')
    if not note.endswith('\n') or len(lines) != 7 or lines[0] != 'exhibit-succession/1' or lines[6]:
        raise ValueError('[S-15] text')
    size, root_ = number(lines[2]), strict64(lines[3])
    older, younger = key_of(lines[4]), key_of(lines[5])
    if not older['name'] == younger['name'] == lines[1] or older == younger or size == 0:
        raise ValueError('[S-15] keys')
    if any(note_ok(note, k)[1] != 'verified' for k in (older, younger)):
        raise ValueError('[S-15] both keys sign')
    return lines[1], size, root_, older, younger


def checkpoint(lines, vkey):
    """a signed note's lines -> size, root, how its signature stands"""
    note = ''.join(l + '\n' for l in lines)
    text, state = note_ok(note, vkey)
    m = re.fullmatch('([^\n]+)\n(0|[1-9][0-9]*)\n([^\n]+)\n', text)
    if not m or not note.startswith(text + '\n'):
        raise ValueError('[S-7] checkpoint')
    if state == 'false':
        bad('S-5', 'signature')
    if state == 'verified' and vkey['name'] != m[1]:
        state = 'unknown'
    return int(m[2]), strict64(m[3]), state


def up(index, size, leaf, hashes):
    """RFC 9162 2.1.3.2, which is 6962's proof: the root that a leaf and its siblings give"""
    fn, sn, r = index, size - 1, leaf
    for p in hashes:
        if sn == 0:
            raise ValueError('[S-13] too many hashes')
        if fn & 1 or fn == sn:
            r = sha(b'\x01' + p + r)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            r = sha(b'\x01' + r + p)
        fn >>= 1
        sn >>= 1
    if sn:
        raise ValueError('[S-13] too few hashes')
    return r


def onward(old, size, before, hashes):
    """RFC 9162 2.1.4.2: the roots of both sizes"""
    if old == size:
        return before, before
    if old & (old - 1) == 0:
        hashes = [before, *hashes]
    fn, sn = old - 1, size - 1
    while fn & 1:
        fn >>= 1
        sn >>= 1
    fr = sr = hashes[0]
    for c in hashes[1:]:
        if sn == 0:
            raise ValueError('[S-13] too many hashes')
        if fn & 1 or fn == sn:
            fr, sr = sha(b'\x01' + c + fr), sha(b'\x01' + c + sr)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            sr = sha(b'\x01' + sr + c)
        fn >>= 1
        sn >>= 1
    if sn:
        raise ValueError('[S-13] too few hashes')
    return fr, sr


def microseconds(text):
    import datetime

    t = re.fullmatch(r'(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?Z', text)
    dt = datetime.datetime(*map(int, t.groups()[:6]), tzinfo=datetime.timezone.utc)
    since = dt - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return since // datetime.timedelta(microseconds=1) + int((t[7] or '').ljust(6, '0'))


def carried(extra, index):
    """the record that a proof carries (S-14), held against its own header"""
    h, b = extra[:232], Bytes(extra[232:])
    field = lambda at, n: int.from_bytes(h[at : at + n], 'big')
    if len(h) < 232 or h[:4] != b'EXR1' or h[4] not in (1, 2) or not 1 <= h[5] <= 6:
        raise ValueError('[S-14] no record')
    if h[4] == 2:
        salts = [b.take(16) for _ in range(5)]
        values = [b.take(32) for _ in range(4)]
        lengths = b.take(16)
        # the same header of version 1, once the commitments are known to be to these values
        rest = b.b[b.at :]
        n = 0 if h[7] & 32 else int.from_bytes(lengths[:8], 'big')
        values.insert(1, sha(rest[n:]) if rest[n:] else bytes(32))
        if b''.join(sha(s + v) for s, v in zip(salts, values)) != h[72:]:
            bad('R-26', 'commitments')
        plain, sealed = h[:56] + lengths + b''.join(values), h
        return {**carried(plain[:4] + b'\1' + plain[5:] + rest, index), 'header': sealed}
    withheld = h[7] & 32
    body = None if withheld else b.take(field(56, 8))
    aside = b.take(field(64, 8))
    if b.at != len(b.b):
        bad('S-14', 'bytes behind the record')
    if field(16, 8) != index:
        bad('S-14', 'position and index differ')
    prev = h[168:200] if h[9] == 2 else None
    if not withheld and sha((prev.hex().encode() if prev else b'') + body) != h[72:104]:
        bad('R-8', 'body digest')
    if (sha(aside) if aside else bytes(32)) != h[104:136]:
        bad('R-2', 'aside digest')
    e = json.loads(body) if h[11] != 3 and not withheld else None
    if e and (
        e['event_id'].replace('-', '') != h[32:48].hex()
        or microseconds(e['event_timestamp']) != int.from_bytes(h[24:32], 'big', signed=True)
        or sha(e['correlation_id'].encode()) != h[200:232]
    ):
        bad('R-9', 'header and body')
    return {
        'header': h,
        'cf': h[8],
        'pf': h[9],
        'algo': h[10],
        'form': h[11],
        'claimed': h[136:168],
        'prev': prev,
        'body': body,
        'event': e,
    }


def proof(text, vkey, keys):
    """FILE.tlog-proof"""
    out = {}
    try:
        lines = text.decode().split('\n')
        if lines.pop() or lines[0] != 'c2sp.org/tlog-proof@v1':
            raise ValueError('[S-14] first line, or the last does not end')
        if not lines[1].startswith('extra ') or not lines[2].startswith('index '):
            raise ValueError('[S-14] extra and index')
        extra, index = strict64(lines[1][6:]), number(lines[2][6:])
        end = lines.index('', 3)
        hashes = [strict64(l) for l in lines[3:end]]
        size, top, state = checkpoint(lines[end + 1 :], vkey)
        if any(len(h) != 32 for h in hashes) or index >= size:
            raise ValueError('[S-14] hashes, or an index beyond the size')
        r = carried(extra, index)
        if up(index, size, sha(b'\x00' + r['header']), hashes) != top:
            bad('S-13', 'the path does not lead to the root')
        out = {'position': index, 'size': size, 'event_id': r['header'][32:48].hex()}
        if r['header'][5] in (1, 5):
            out['content'] = content(r, keys)[0]
    except Exception as x:  # whatever a damaged text makes of the steps above
        bad('', f'{type(x).__name__}: {x}')
        state = 'unknown'
    return {
        'verdict': 'altered' if wrong else 'verified' if state == 'verified' else 'not proven',
        'wrong': wrong,
        **out,
    }


def growth(text, vkey, before):
    """`old SIZE`, the consistency proof, a checkpoint"""
    size = old = None
    try:
        lines = text.decode().split('\n')
        if lines.pop() or not lines[0].startswith('old '):
            raise ValueError('[S-14] old, or the last line does not end')
        old, end = number(lines[0][4:]), lines.index('', 1)
        hashes = [strict64(l) for l in lines[1:end]]
        size, top, state = checkpoint(lines[end + 1 :], vkey)
        if old == 0 and hashes:
            bad('S-14', 'hashes from nothing')
        if old and onward(old, size, before, hashes) != (before, top):
            bad('S-13', 'it does not lead from the one root to the other')
    except Exception as x:
        bad('', f'{type(x).__name__}: {x}')
        state = 'unknown'
    return {
        'verdict': 'altered' if wrong else 'verified' if state == 'verified' else 'not proven',
        'wrong': wrong,
        'old': old,
        'size': size,
    }


def main():
    args = sys.argv[1:]
    path, vkey, keys, before, witness = args[0], None, [], None, None
    for a, b in zip(args[1::2], args[2::2]):
        if a == '--vkey':
            vkey = load_vkey(b)
        if a == '--hmac-key-file':
            keys.append(re.sub(rb'\n\Z', b'', open(b, 'rb').read()))
        if a == '--witness-vkey':
            witness = load_vkey(b, 4)
        if a == '--root':
            before = bytes.fromhex(b)
    data = open(path, 'rb').read()
    if witness:
        json.dump(witnessed(data.decode(), vkey, witness), sys.stdout)
        return print()
    if before is not None or data.startswith(b'c2sp.org/'):
        found = growth(data, vkey, before) if before is not None else proof(data, vkey, keys)
        json.dump(found, sys.stdout)
        return print()
    text = data[-4096:].rstrip(b'\0').decode(errors='replace')  # C-16
    lines = text.split('\n')
    sealed_file = 'unknown'
    version = int.from_bytes(data[60:64], 'big')
    disclosed, salted = version == 3, version == 2  # C-20, R-26
    trailer = lines[0] == ('exhibit-copy/1' if disclosed else 'exhibit-file/1')
    if not trailer:
        lines = ['']  # perhaps open (C-19)
    elif len(data) % 4096 or int(lines[1]) != len(data) - 4096:
        bad('C-16', 'trailer')
    elif hashlib.sha256(data[:-4096]).hexdigest() != lines[2]:
        bad('C-16', 'the file is not as it was sealed')
    if disclosed and trailer:  # whose text is that of the file behind its own three lines
        text = '\n'.join(lines[3:])
        if not re.fullmatch('exhibit-file/1\n[1-9][0-9]*\n[0-9a-f]{64}', '\n'.join(lines[3:6])):
            bad('C-20', 'the trailer of the file')
    if len(lines) > 4:
        sealed_file = note_ok(text, vkey)[1]
    if sealed_file == 'false':
        bad('S-10', 'trailer signature')
    events, records, verdict = [], [], None
    try:
        db = sqlite3.connect(f'file:{path}?immutable=1', uri=True)
        if [r[0] for r in db.execute('SELECT sql FROM sqlite_schema')] != SCHEMA:
            bad('C-4', 'schema')
        ((no, origin, first, compact, prev_note, prev_chain, proofs),) = db.execute(
            'SELECT * FROM log'
        ).fetchall()
        dictionary = (db.execute('SELECT data FROM data WHERE no=0').fetchone() or [None])[0]
        chain = prev_chain
        if dictionary:
            chain = sha(
                f'exhibit-dict/1 {len(dictionary)} {sha(dictionary).hex()} {prev_chain.hex()}\n'
                .encode()
            )
        push.first, run, at, before = 0, [], first, chain
        halves = lambda b: [b[i : i + 32] for i in range(0, len(b), 32)]
        for k, h in zip(cover(0, first), halves(compact)):
            push(run, k, h)  # C-5
        if len(compact) != 32 * bin(first).count('1'):
            bad('C-5', 'compact range')
        prev_root = root(run) if first else None
        seals = []  # C-14
        for no, note in db.execute('SELECT no, note FROM seal ORDER BY no').fetchall():
            t, ok = note_ok(note, vkey)
            o, size, r64 = t.rstrip('\n').split('\n')
            if o != origin or no != len(seals) + 1 or (seals and int(size) <= seals[-1][0]):
                bad('S-7', f'seal {no}')
            if ok == 'false':
                bad('S-5', f'signature of seal {no}')
            seals.append((int(size), base64.b64decode(r64), ok))
        roots = {}
        for row in db.execute(
            'SELECT no, first, count, head_len, body_len, raw_head, raw_body, nodes, data_sha256,'
            ' chain FROM block ORDER BY no'
        ).fetchall():
            if row[1] != at:
                bad('C-6', f'block {row[0]}')
            if not trailer and seals and at == seals[-1][0]:
                break  # C-19: what is behind the last seal is not read
            at += row[2]
            line = (
                f'exhibit-block/1 {" ".join(map(str, row[:7]))} {sha(row[7]).hex()} {row[8].hex()}'
                f' {chain.hex()}\n'
            )
            before, chain = chain, sha(line.encode())
            if chain != row[9]:
                bad('S-4', f'chain of block {row[0]}')
            (blob,) = db.execute('SELECT data FROM data WHERE no=?', (row[0],)).fetchone()
            if sha(blob) != row[8] or len(blob) != row[3] + row[4]:
                bad('C-6', f'data of block {row[0]}')
            if disclosed:
                recs = disclosed_records(row, blob)
            else:
                recs = block_records(row, blob, dictionary, salted)
            push.first = row[1]
            mine = []
            for r in recs:
                push(mine, 0, r['leaf'])
            if b''.join(h for _, _, h in mine) != row[7]:
                bad('S-3', f'nodes of block {row[0]}')
            push.first = 0
            for k, (_, _, h) in zip(cover(row[1], row[2]), mine):
                push(run, k, h)
            records += recs
            roots[at] = root(run)
            if any(
                r['kind'] == 4 and int.from_bytes(r['header'][6:8], 'big') & 16 for r in recs
            ) and (len(recs) > 1 or at not in [s for s, _, _ in seals]):
                bad('C-19', f'interim manifest of block {row[0]}')
        interim = int.from_bytes(records[-1]['header'][6:8], 'big') & 16
        is_open = bool(interim and not trailer and seals)
        if bool(interim) != is_open or not (trailer or is_open):
            bad('C-16', 'trailer')
        if sum(r['kind'] == 4 for r in records) != max(1, len(seals)):
            bad('C-14', 'as many manifests as seals')
        m = json.loads(records[-1]['body'])
        if (
            records[-1]['kind'] != 4
            or m['records'] != len(records) - 1
            or (m['chain'] != before.hex() and not disclosed)
            or m['first_position'] != first
        ):
            bad('R-20', 'manifest')
        if first:  # S-9
            if m['previous'] != {'size': first, 'root': prev_root.hex(), 'chain': prev_chain.hex()}:
                bad('R-20', 'previous')
            t, was = note_ok(prev_note, vkey)
            if (
                t != f'{origin}\n{first}\n{base64.b64encode(prev_root).decode()}\n'
                or was == 'false'
            ):
                bad('C-5', 'the seal of the file before')
            b, last = Bytes(proofs), 0
            while b.at < len(proofs):
                size, r0, n = int.from_bytes(b.take(8), 'big'), b.take(32), b.take(1)[0]
                hashes, push.first, fold = halves(b.take(32 * n)), 0, []
                for k, h in zip(cover(0, size), hashes):
                    push(fold, k, h)
                head = len(list(cover(0, size)))
                if size <= last or root(fold) != r0:
                    bad('S-9', f'proof from {size}')
                for k, h in zip(cover(size, at - size), hashes[head:]):
                    push(fold, k, h)
                if root(fold) != root(run) or n != head + len(list(cover(size, at - size))):
                    bad('S-9', f'proof from {size} to {at}')
                last = size
            if proofs if is_open else last != first:
                bad('S-9', 'no proof from the file before')
        elif m['previous'] is not None or proofs or prev_note:
            bad('R-20', 'previous')
        counts = {
            k: sum(r['kind'] == n for r in records)
            for k, n in (
                ('events', 1),
                ('rejects', 2),
                ('contexts', 3),
                ('conflicts', 5),
                ('dead_letters', 6),
            )
        }
        if counts != m['counts']:
            bad('R-20', 'counts')
        signed = seals[-1][2] if seals else 'none'
        for size, r0, _ in seals:
            if roots.get(size) != r0:
                bad('S-7', f'seal of size {size}')
        if seals and seals[-1][0] != at:
            bad('S-7', 'seal')
        entries = {
            1: [],
            2: [],
            3: [],
        }  # C-11: rebuilt as sets and compared with what the pages hold
        for r in records:
            if r['id'] is not None:
                block = next(
                    b
                    for b in range(1, 10**9)
                    if r['position']
                    < first
                    + sum(c for c, in db.execute('SELECT count FROM block WHERE no<=?', (b,)))
                )
                entries[1].append((r['id'][:4], block))
            if r['kind'] in (1, 5) and r['event']:
                entries[2].append((r['event']['correlation_id'].encode()[:1024], r['position']))
                entries[3].append((r['event']['event_type'].encode()[:1024], r['position']))
        if not is_open and not disclosed:  # C-13
            sums = {}
            for kind, low, digest in db.execute('SELECT kind, low, sha256 FROM idx ORDER BY no'):
                if kind not in sums:
                    secret = records[-1].get('secret')
                    begin = salt(secret, at - 1, 16 + kind) if salted else b''
                    sums[kind] = [0, hashlib.sha256(begin)]
                sums[kind][0] += 1
                sums[kind][1].update(len(low).to_bytes(4, 'big') + low + digest)
            if m['indexes'] != [
                {'kind': k, 'pages': n, 'sha256': h.hexdigest()} for k, (n, h) in sums.items()
            ]:
                bad('C-13', 'index digests')
        found = {1: [], 2: [], 3: []}
        for kind, low, digest, page in db.execute(
            'SELECT kind, low, sha256, data FROM idx ORDER BY no'
        ):
            if sha(page) != digest:
                bad('C-11', 'index page')
            b, key, prefix = Bytes(page), b'', 0
            while kind < 4 and b.at < len(page):
                if kind == 1:
                    prefix += b.varint()
                    found[1].append((prefix.to_bytes(4, 'big'), b.varint()))
                else:
                    shared, rest = b.varint(), b.varint()
                    key = key[:shared] + b.take(rest)
                    p = first
                    for _ in range(b.varint()):
                        p += b.varint()
                        found[kind].append((key, p))
        if disclosed and any(found.values()):
            bad('C-20', 'an index')
        indexed = not is_open and not disclosed
        if indexed and all(r['form'] != 3 for r in records if r['kind'] in (1, 5)):
            for k in (1, 2, 3):
                if sorted(entries[k]) != found[k]:
                    bad('C-11', f'index {k}')
        known, left = {}, set()
        hiding = any(
            r['kind'] == 1 and r['header'][4] == 2 and not r.get('shown', True) for r in records
        )
        for r in records:
            if r['kind'] == 1 and r['claimed'] and r.get('shown', True):
                known.setdefault(r['claimed'], set()).add(r['corr'])
            elif r['kind'] == 1 and r['claimed']:
                left.add((r['claimed'], r['corr']))
        for r in records:
            if r['kind'] != 1 or not r.get('shown', True):
                continue
            c, key = content(r, keys)
            h = r['id'].hex()
            e = {
                'position': r['position'],
                'event_id': '-'.join((h[:8], h[8:12], h[12:16], h[16:20], h[20:])),
                'content': c,
            }
            if r['event']:
                e['correlation_id'] = r['event']['correlation_id']
            if key is not None:
                e['key'] = key
            if c != 'no-hash' and r['pf'] != 4:
                here = known.get(r['prev'], ())
                hidden = r['pf'] == 2 and r['corr'] not in here
                hidden = hidden and ((r['prev'], r['corr']) in left or (hiding and not here))
                e['link'] = (
                    'first'
                    if r['pf'] in (0, 1)
                    else 'left-out' if hidden else (
                        'missing'
                        if r['pf'] == 3 or r['prev'] not in known
                        else 'linked' if r['corr'] in known[r['prev']] else 'elsewhere'
                    )
                )
            events.append(e)
        verdict = (
            'altered'
            if wrong
            else 'verified' if signed == 'verified' and not is_open else 'not proven'
        )
    except Exception as x:  # whatever a damaged file makes of the steps above
        bad('', f'{type(x).__name__}: {x}')
        verdict = 'altered'
    found = {'verdict': verdict, 'wrong': wrong, 'events': events}
    if disclosed:
        found['left_out'] = sum(not r.get('shown', True) for r in records)
    json.dump(found, sys.stdout)
    print()


if __name__ == "__main__":
    main()
