#!/usr/bin/env python3
"""The analysis beside reconstruct --all on the same archive, in turns in one run. Prints the best
of each in seconds of processor, peak memory, and the ratio.

usage: analysis.py FILE.exhibit VKEY ID [TURNS]
"""
import os
import subprocess
import sys
import time

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
FILE, VKEY, ID = sys.argv[1:4]
TURNS = int(sys.argv[4]) if len(sys.argv) > 4 else 3
COMMANDS = {
    'range': ['analysis', '-o', 'json'],
    'reconstruct --all': ['reconstruct', '--all', '-o', 'jsonl'],
    'one': ['analysis', '--id', ID, '-o', 'json'],
    'one, summary': ['analysis', '--id', ID, '--view', 'summary'],
}


def turn(argv):
    """seconds of processor, seconds by the clock, peak MiB of one run"""
    argv = [os.path.join(TOP, 'exhibit'), argv[0], FILE, '--vkey', VKEY, *argv[1:]]
    began = time.monotonic()
    p = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode:
        sys.exit(f'{" ".join(argv)}: status {p.returncode}')
    return usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss / 1024


best = {}
for _ in range(TURNS):
    for name, argv in COMMANDS.items():
        t = turn(argv)
        best[name] = tuple(map(min, t, best.get(name, t)))
for name, (cpu, clock, memory) in best.items():
    print(f'{name:20} {cpu:8.3f} s of processor {clock:8.3f} s {memory:7.1f} MiB')
print(f'range to reconstruct: {best["range"][0] / best["reconstruct --all"][0]:.2f}')
