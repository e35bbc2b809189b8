#!/usr/bin/env python3
"""A dump of N events on stdout: a real one repeated with new event ids, correlation ids, days and
hashes (recomputed, so that every row matches).

usage: make-large.py DUMP.sql[.zst] N [--keyed KEYFILE]     Needs ./exhibit-export for the canonical
    bodies.
"""

import argparse, datetime, hashlib, hmac, os, re, sqlite3, subprocess, sys, tempfile

ap = argparse.ArgumentParser()
ap.add_argument('dump')
ap.add_argument('n', type=int)
ap.add_argument('--keyed')
A = ap.parse_args()
top = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
key = open(A.keyed, 'rb').read().rstrip(b'\n') if A.keyed else None
text = subprocess.run(
    ['zstd', '-dcqf', '--long=27', A.dump], capture_output=True, check=True
).stdout.decode()
head = re.search(r'COPY public\.audit_events_\d{4}_\d\d (\(.*\)) FROM stdin;', text).group(1)
rows = [
    r.split('\t')
    for b in re.findall(
        r'(?ms)^COPY public\.audit_events_\d{4}_\d\d \(.*?\) FROM stdin;\n(.*?)^\\\.$', text
    )
    for r in b.split('\n')
    if r
]
del text
col = {c: i for i, c in enumerate(head[1:-1].split(', '))}
with tempfile.TemporaryDirectory() as w:
    subprocess.run(
        [
            top + '/exhibit-export',
            'archive',
            A.dump,
            '--out',
            w + '/a.exhibit',
            '--unsealed',
            '--level',
            '1',
            '-q',
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    db = sqlite3.connect(f'file:{w}/a.exhibit?immutable=1', uri=True)
    d = db.execute('SELECT data FROM data WHERE no=0').fetchone()
    if d:
        open(w + '/dict', 'wb').write(d[0])
    bodies = []
    for hl, data in db.execute('SELECT head_len, data FROM block JOIN data USING(no) ORDER BY no'):
        raw = subprocess.run(
            ['zstd', '-dcq'] + (['-D', w + '/dict'] if d else []),
            input=data[hl:],
            capture_output=True,
            check=True,
        ).stdout
        bodies += [
            l
            for l in raw.decode().split('\n')
            if l.startswith('{"event_id":"","event_timestamp":"')
        ]
assert len(bodies) == len(rows), (len(bodies), len(rows))
C, T, D, I, H, P, G = (
    col[c]
    for c in (
        'correlation_id',
        'event_timestamp',
        'event_date',
        'event_id',
        'event_hash',
        'previous_event_hash',
        'hash_algorithm',
    )
)
by_hash = {r[H]: i for i, r in enumerate(rows)}
out = sys.stdout
out.write(
    'SET client_encoding = \'UTF8\';\nSET standard_conforming_strings = on;\n\nCOPY'
    ' public.audit_events '
    + head
    + ' FROM stdin;\n'
)
done = k = 0
while done < A.n:
    new = {}

    def one(i):
        r = rows[i]
        corr = r[C]
        to = f'{corr}-{k:03d}' if k else corr
        day = r[T][:10]
        moved = (datetime.date.fromisoformat(day) + datetime.timedelta(days=7 * k)).isoformat()
        eid = (
            r[I][:24] + f'{(int(r[I][24:], 16) + k * 0x123456789ab) & 0xffffffffffff:012x}'
        )  # rows of one time keep their order: the writer's links hang on it
        prev = new[r[P]] if r[P] in by_hash else r[P]
        body = '{"event_id":"' + eid + '","event_timestamp":"' + moved + bodies[i][44:]
        body = (prev + body.replace(corr, to)).encode()
        h = (
            hmac.new(key, body, hashlib.sha256).hexdigest()
            if key
            else hashlib.sha256(body).hexdigest()
        )
        new[r[H]] = h
        line = '\t'.join(r).replace(corr, to).split('\t')
        line[I], line[T], line[D], line[H], line[P], line[G] = (
            eid,
            moved + r[T][10:],
            moved,
            h,
            prev,
            'hmac-sha256' if key else 'sha256-unkeyed',
        )
        return '\t'.join(line)

    lines = [None] * len(rows)
    for i in range(len(rows)):
        stack = [i]
        while stack:  # a predecessor may stand behind its successor
            p = by_hash.get(rows[stack[-1]][P])
            if lines[stack[-1]] is not None:
                stack.pop()
            elif p is not None and lines[p] is None:
                stack.append(p)
            else:
                j = stack.pop()
                lines[j] = one(j)
    take = lines[: A.n - done]
    out.write('\n'.join(take) + '\n')
    done += len(take)
    k += 1
out.write('\\.\n')
