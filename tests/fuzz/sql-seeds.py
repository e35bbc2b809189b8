#!/usr/bin/env python3
"""Archives for the fuzzing of queries: honest ones, hostile rows, records forged and signed by the
key's holder, damage. usage: sql-seeds.py FOLDER
"""

import json, os, random, shutil, sys

to = os.path.abspath(sys.argv[1])
sys.argv = ['suite']
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
os.makedirs(to, exist_ok=True)
import forge
from harness import *
from suite_stories import event, put, BEGIN

rng = random.Random(18)
KEY = forge.Signer(FIX + '/test.key')
WORDS = [
    '',
    'a',
    "'",
    '"',
    '%',
    '_',
    '\x01',
    '\u202e',
    '=1+1',
    'x' * 3000,
    '{',
    '[]',
    '{"a":1}',
    '9' * 40,
    '1e400',
    '-0',
    'NaN',
    '2026-12-01T10:00:00Z',
    '0001-01-01',
    '\ufffd',
    'rr-a',
    'ä' * 700,
    '🂡',
]


def value(depth=0):
    k = rng.randrange(9 if depth < 6 else 7)
    return (
        [
            None,
            True,
            rng.choice(WORDS),
            rng.randrange(-(2**70), 2**70),
            rng.random() * 10 ** rng.randrange(-300, 300),
            0,
            rng.choice(WORDS) + 'z',
        ][k]
        if k < 7
        else (
            [value(depth + 1) for _ in range(rng.randrange(4))]
            if k == 7
            else {rng.choice(WORDS): value(depth + 1) for _ in range(rng.randrange(4))}
        )
    )


def hostile(rs):
    """Rows with members of wrong types, times at the edges, names that are no names."""
    for r in rs:
        for _ in range(rng.randrange(4)):
            d = (
                r['event_data']
                if isinstance(r.get('event_data'), dict) and rng.random() < 0.7
                else r
            )
            if d:
                d[rng.choice(list(d))] = value()
        if rng.random() < 0.1:
            r['event_timestamp'] = rng.choice(
                [
                    'infinity',
                    '-infinity',
                    '0001-01-01T00:00:00Z',
                    '9999-12-31T23:59:59.999999Z',
                    'x',
                    '294276-12-31T23:59:59Z',
                ]
            )
        if rng.random() < 0.05:
            deep = 'x'
            [deep := [deep] for _ in range(900)]
            r['event_data'] = {'deep': deep}
    return rs


def rows(name, rs):
    open(path(name + '.jsonl'), 'w').write('\n'.join(map(json.dumps, rs)) + '\n')
    return archive(name, path(name + '.jsonl'), status=None)[0]


lc = archive('lc', FIX + '/lifecycles.sql')[0]
n = 0


def keep(f, kind='honest'):
    global n
    if os.path.exists(f):
        shutil.copyfile(f, f'{to}/{kind}-{n:02d}.exhibit')
        n += 1


keep(lc)
real = [json.loads(l) for l in run(EXHIBIT, 'cat', lc, *VKEY).stdout.decode().split('\n') if l]
for k in range(6):
    rs = hostile(json.loads(json.dumps(real)))
    for r in rs:
        r['event_hash'] = r['previous_event_hash'] = None
    keep(rows(f'hostile-{k}', rs))
keep(
    rows(
        'odd',
        hostile(
            [
                event(
                    i,
                    rng.choice(
                        ['gateway.signal.received', 'x', 'orchestrator.lifecycle.completed']
                    ),
                    c=rng.choice(WORDS) or 'c',
                    **{k: value() for k in ('a', 'signal_name', 'namespace')},
                )
                for i in range(300)
            ]
        ),
    )
)
keep(
    rows(
        'long',
        [
            event(i, 'notification.message.sent', c=f'rr-{i // 40}', body=rng.randbytes(2000).hex())
            for i in range(1500)
        ]
        + BEGIN,
    )
)
nxt = path('next/b.exhibit')
os.makedirs(os.path.dirname(nxt))
run(
    EXPORT, 'archive', FIX + '/small.jsonl', '--out', nxt, '--after', lc, *ORIGIN, '-q', status=None
)
keep(nxt)
for k in range(12):  # whatever a holder of the key may write
    a = forge.Archive(lc)
    for r in a.records:
        if rng.random() > 0.05:
            continue
        what = rng.randrange(8)
        if what == 0:
            b = bytearray(r.body)
            b and b.__setitem__(rng.randrange(len(b)), rng.randrange(256))
            r.body = bytes(b)
        elif what == 1:
            r.body = json.dumps(value()).encode() or b'x'
        elif what == 2:
            r.aside = rng.randbytes(rng.randrange(60))
        elif what == 3:
            r.time = rng.choice([-(2**63), 2**63 - 1, 0, -1])
        elif what == 4:
            r.source = rng.choice([0, 1, 2**32 - 1, 7])
        elif what == 5:
            r.flags ^= 1 << rng.randrange(8)
        elif what == 6:
            r.body = r.body[: rng.randrange(len(r.body) + 1)]
        else:
            r.kind = rng.choice([1, 2, 3, 5, 6])
    try:
        keep(a.write(path(f'forged-{k}/a.exhibit'), KEY), 'forged')
    except Exception as x:
        print('not forged:', x)
for k in range(6):  # damage that is nobody's
    f = path(f'damaged-{k}.exhibit')
    b = bytearray(data(lc))
    for _ in range(rng.choice([1, 5, 100])):
        b[rng.randrange(4096, len(b))] = rng.randrange(256)
    open(f, 'wb').write(b)
    keep(f, 'damaged')
print(n, 'archives')
