#!/usr/bin/env python3
"""usage: kill.py N FOLDER: kill -9 at N random moments of an export of several blocks, then
--resume: always the bytes of an undisturbed run.
"""

import hashlib, json, os, random, signal, subprocess, sys, time

top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
n, w = int(sys.argv[1]), sys.argv[2]
src, d = w + '/rows.jsonl', w + '/kill'
os.makedirs(d)
os.makedirs(w + '/ref')
with open(src, 'w') as out:  # 20 MB: more than the sample of the dictionary
    small = [json.loads(l) for l in open(top + '/fixtures/small.jsonl')]
    for k in range(1000):
        for o in small:
            x = dict(
                o,
                event_id=f'{k:08x}' + o['event_id'][8:],
                event_hash=None,
                previous_event_hash=None,
            )
            x['event_data'] = dict(
                o['event_data'], padding=hashlib.sha256(x['event_id'].encode()).hexdigest() * 12
            )
            out.write(json.dumps(x, ensure_ascii=False) + '\n')
            if out.tell() > 26e6:
                break
        if out.tell() > 26e6:
            break
args = lambda f, *more: [
    top + '/exhibit-export',
    'archive',
    src,
    '--out',
    f,
    '--origin',
    'demo.example/cluster',
    '--key',
    top + '/fixtures/test.key',
    '--started-at',
    '2026-01-01T00:00:00Z',
    '-q',
    *more,
]
t = time.time()
subprocess.run(args(w + '/ref/a.exhibit'), check=True, stdout=subprocess.DEVNULL)
took = time.time() - t
want = open(w + '/ref/a.exhibit', 'rb').read()
f = d + '/a.exhibit'
rng, seen, bad = (
    random.Random(os.environ.get('SEED', time.time())),
    {'nothing': 0, 'no block': 0, 'some blocks': 0, 'whole': 0},
    0,
)
for i in range(n):
    for x in os.listdir(d):
        os.unlink(d + '/' + x)
    p = subprocess.Popen(args(f), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    delay = rng.random() * took * 1.05
    time.sleep(delay)
    p.send_signal(signal.SIGKILL)
    p.wait()
    v = subprocess.run(
        [top + '/exhibit', 'verify', f, '--vkey', top + '/fixtures/test.vkey', '-o', 'json'],
        capture_output=True,
    )
    if not os.path.exists(f):
        seen['nothing'] += 1
    elif v.returncode == 0:
        seen['whole'] += 1
    else:
        j = json.loads(v.stdout)
        seen['some blocks' if os.path.getsize(f) > 100000 else 'no block'] += 1
        if v.returncode not in (1, 5) or (
            v.returncode == 1 and 'A02' not in {x['id'] for x in j['findings']}
        ):
            bad += 1
            print(f'killed after {delay:.4f} s: verify says {v.returncode}')
    # and once more, killed while it resumes
    if i % 3 == 0:
        p = subprocess.Popen(
            args(f, '--resume'), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(rng.random() * took)
        p.send_signal(signal.SIGKILL)
        p.wait()
    r = subprocess.run(args(f, '--resume'), capture_output=True)
    if r.returncode or open(f, 'rb').read() != want or os.listdir(d) != ['a.exhibit']:
        bad += 1
        print(
            f'killed after {delay:.4f} s: {r.returncode} {r.stderr.decode()[-200:]} {os.listdir(d)}'
        )
print(f'{n} kills: {seen}, {bad} not resumed to the bytes of an undisturbed run')
sys.exit(bad != 0 or seen['some blocks'] == 0)
