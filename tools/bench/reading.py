#!/usr/bin/env python3
"""Two builds of the analyzer beside each other: time and memory of the verbs that read stories.

usage: reading.py OLD NEW ARCHIVE.exhibit [--vkey FILE] [--rounds N]

OLD and NEW are programs. They take turns, so that whatever else the machine does meets both; the
best of the rounds counts, and what they print must be the same. An archive of 600,000 events:

  python3 tools/bench/make-large.py ../shared/kubernaut-data/sets/big/dump.sql.zst 600000 >big.sql
  ./exhibit-export archive big.sql --out big.exhibit --origin bench --key fixtures/test.key -q
"""

import argparse
import hashlib
import os
import subprocess
import sys
import time

VERBS = (
    ('list', ['list'], 0.5),
    ('controls', ['controls'], 0.6),
    ('approvals', ['approvals'], 0.5),
    ('reconstruct --all', ['reconstruct', '--all', '--partial', '-o', 'jsonl'], 0.6),
)


def run(program, verb, options):
    """Seconds by the clock, seconds of processor, MiB, and a digest of what was printed."""
    begun = time.monotonic()
    p = subprocess.Popen(
        [program, verb[0], ARGS.archive, *options, *verb[1:]],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    digest = hashlib.sha256()
    while piece := p.stdout.read(1 << 20):
        digest.update(piece)
    _, status, use = os.wait4(p.pid, 0)
    if os.waitstatus_to_exitcode(status) >= 64:
        sys.exit(f'{program} {verb[0]}: status {os.waitstatus_to_exitcode(status)}')
    clock = time.monotonic() - begun
    return clock, use.ru_utime + use.ru_stime, use.ru_maxrss / 1024, digest.hexdigest()


def main():
    options = ['--vkey', ARGS.vkey] if ARGS.vkey else []
    print(
        f'{"":18} | {"old s":>7} {"new s":>7} {"ratio":>6} {"want":>5} |'
        f' {"old cpu":>7} {"new cpu":>7} {"ratio":>6} | {"old MiB":>7} {"new MiB":>7} | same'
    )
    for name, verb, want in VERBS:
        got = {ARGS.old: [], ARGS.new: []}
        for _ in range(ARGS.rounds):
            for program in got:
                got[program].append(run(program, verb, options))
        best = [[min(r[k] for r in got[p]) for k in range(3)] for p in (ARGS.old, ARGS.new)]
        same = len({r[3] for p in got for r in got[p]}) == 1
        (a, b, m), (x, y, n) = best
        print(
            f'{name:18} | {a:7.2f} {x:7.2f} {x / a:6.2f} {want:5.1f} |'
            f' {b:7.2f} {y:7.2f} {y / b:6.2f} | {m:7.1f} {n:7.1f} | {"yes" if same else "NO"}',
            flush=True,
        )


if __name__ == '__main__':
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('old')
    parser.add_argument('new')
    parser.add_argument('archive')
    parser.add_argument('--vkey')
    parser.add_argument('--rounds', type=int, default=3)
    ARGS = parser.parse_args()
    main()
