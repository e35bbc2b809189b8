#!/usr/bin/env python3
"""Figures beside stock tools on the same bytes, in one run; times are the best of three. Prints
tables.

usage: bench.py [--events N[,N…]] [DUMP.sql[.zst]]     default: 110540,1000000,3000000 events made
    from ../shared/kubernaut-data/sets/big Needs some 10 GB in $TMPDIR for 3,000,000 events, and 10
    minutes.
"""

import argparse, os, re, resource, sqlite3, subprocess, sys, tempfile, time

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
os.chdir(TOP)
ap = argparse.ArgumentParser()
ap.add_argument('--events', default='110540,1000000,3000000')
ap.add_argument('dump', nargs='?', default='../shared/kubernaut-data/sets/big/dump.sql.zst')
A = ap.parse_args()
KEY, VKEY = 'fixtures/test.key', 'fixtures/test.vkey'


def sh(command, best=1, ok=(0,)):
    """seconds and peak MiB of the largest process, best of so many"""
    out = []
    for _ in range(best):
        t = time.monotonic()
        p = subprocess.Popen(
            ['bash', '-c', 'set -o pipefail; ' + command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        err = p.stderr.read()
        _, status, use = os.wait4(p.pid, 0)
        if os.waitstatus_to_exitcode(status) not in ok:
            sys.exit(f'{command}: {err.decode()[-300:]}')
        out.append((time.monotonic() - t, use.ru_maxrss / 1024))
    return min(out)


def size(f):
    return os.path.getsize(f)


def bodies(archive, to):
    """the canonical bodies, which is what a verification hashes, one a line"""
    db = sqlite3.connect(f'file:{archive}?immutable=1', uri=True)
    d = db.execute('SELECT data FROM data WHERE no=0').fetchone()
    if d:
        open(to + '.dict', 'wb').write(d[0])
    with open(to, 'wb') as out:
        for h, data in db.execute(
            'SELECT head_len, data FROM block JOIN data USING(no) ORDER BY no'
        ):
            out.write(
                subprocess.run(
                    ['zstd', '-dcq'] + (['-D', to + '.dict'] if d else []),
                    input=data[h:],
                    capture_output=True,
                    check=True,
                ).stdout
            )


def export(dump, to):
    return (
        f'rm -f {to}; exec ./exhibit-export archive {dump} --out {to} --origin demo.example/cluster'
        f' --key {KEY} -q'
    )


W = tempfile.TemporaryDirectory()
w = W.name
print(
    f'{"events":>9} {"dump MB":>8} | {"export s":>8} {"MB/s":>5} {"peak MiB":>8}'
    f' {"zstd -9 MB/s":>12} | {"verify s":>8} {"events/s":>9} {"÷ pipe":>6} {"peak MiB":>8} |'
    f' {"archive":>11} {"B/event":>7} | {"show ms":>7} | {"rebuild all s":>13} {"peak MiB":>8}'
    f' {"one ms":>6}'
)
for n in map(int, A.events.split(',')):
    dump, arc, content = f'{w}/d.sql', f'{w}/{n}/a.exhibit', f'{w}/content'
    os.makedirs(f'{w}/{n}')
    sh(f'python3 tools/bench/make-large.py {A.dump} {n} > {dump}')
    es, em = sh(export(dump, arc), 3 if n < 500000 else 1)
    z9, _ = sh(f'exec zstd -9 -q -f {dump} -o {w}/d.zst')
    vs, vm = sh(f'exec ./exhibit verify {arc} --vkey {VKEY}', 3, (0, 2))
    bodies(arc, content)
    sh(f'zstd -9 -T0 -q -f {content} -o {content}.zst')
    ps, _ = sh(f'zstd -dc {content}.zst | openssl dgst -sha256', 3)
    ident = subprocess.run(
        f'zstd -dcq {content}.zst | grep -m1 orchestrator.lifecycle.created',
        shell=True,
        capture_output=True,
    ).stdout.decode()
    ident = re.search(r'"correlation_id":"([^"]+)"', ident).group(1)
    ss, _ = sh(f'exec ./exhibit show {arc} --vkey {VKEY} --id {ident}', 5)
    rs, rm = sh(
        f'exec ./exhibit reconstruct {arc} --vkey {VKEY} --all --partial -o jsonl', ok=(0, 2)
    )
    one, _ = sh(f'exec ./exhibit reconstruct {arc} --vkey {VKEY} --id {ident}', 5)
    print(
        f'{n:9,} {size(dump) / 1e6:8.0f} | {es:8.2f} {size(dump) / 1e6 / es:5.0f} {em:8.0f}'
        f' {size(dump) / 1e6 / z9:12.0f} | {vs:8.2f} {n / vs:9,.0f} {vs / ps:6.2f} {vm:8.0f} |'
        f' {size(arc):11,} {size(arc) / n:7.1f} | {ss * 1000:7.1f} | {rs:13.2f} {rm:8.0f}'
        f' {one * 1000:6.1f}',
        flush=True,
    )
    for f in (dump, w + '/d.zst', arc, content, content + '.zst'):
        os.unlink(f)

print(
    '\nSize: archive at the default level ÷ zstd -19 --long=27 of the same rows as JSONL (110,540'
    ' events)'
)
open(w + '/hmac.key', 'w').write('a key for this measurement only\n')
for kind, more in (('unkeyed', ''), ('keyed', f'--keyed {w}/hmac.key')):
    os.makedirs(f'{w}/{kind}')
    arc = f'{w}/{kind}/a.exhibit'
    sh(f'python3 tools/bench/make-large.py {A.dump} 110540 {more} > {w}/d.sql')
    sh(export(w + '/d.sql', arc))
    sh(
        f'./exhibit cat {arc} -o jsonl 2>/dev/null | zstd -19 --long=27 -T0 -q -f -o {w}/rows.zst',
        ok=(0, 3),
    )
    print(
        f'{kind:8} {size(arc):11,} bytes, {size(arc) / 110540:6.1f} B an event; rows'
        f' {size(w + "/rows.zst"):11,}; ratio {size(arc) / size(w + "/rows.zst"):.3f}',
        flush=True,
    )
