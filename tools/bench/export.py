#!/usr/bin/env python3
"""An exporter beside an older one on the same inputs, in turn: seconds and peak memory.

usage: export.py OLD-EXPORTER NEW-EXPORTER [--rounds 5] [--set ../shared/kubernaut-data/sets/big]
The set's dump, its rows as JSON lines, and the same rows as CSV; archives are unsealed.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import tempfile
import time

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
SET = os.path.join(TOP, '../shared/kubernaut-data/sets/big')


def unpacked(name, to):
    with open(to, 'wb') as out:
        subprocess.run(['zstd', '-dcq', name], stdout=out, check=True)
    return to


def as_csv(rows, to):
    """What psql --csv prints: objects as JSON, NULL as nothing."""
    with open(rows, encoding='utf-8') as lines, open(to, 'w', encoding='utf-8') as out:
        sheet = None
        for line in lines:
            row = json.loads(line)
            if sheet is None:
                sheet = csv.DictWriter(out, list(row), lineterminator='\n')
                sheet.writeheader()
            for name, value in row.items():
                if isinstance(value, (dict, list)):
                    row[name] = json.dumps(value, ensure_ascii=False)
                elif isinstance(value, bool):
                    row[name] = 't' if value else 'f'
            sheet.writerow(row)
    return to


def once(exporter, source, out):
    """Seconds and MiB of one run."""
    began = time.monotonic()
    child = subprocess.Popen(
        [exporter, 'archive', source, '--out', out, '--unsealed', '-q'], stdout=subprocess.DEVNULL
    )
    _, status, use = os.wait4(child.pid, 0)
    took = time.monotonic() - began
    if os.waitstatus_to_exitcode(status) not in (0, 6):
        raise SystemExit(f'{exporter} {source}: status {os.waitstatus_to_exitcode(status)}')
    os.unlink(out)
    return took, use.ru_maxrss / 1024


def main():
    ask = argparse.ArgumentParser(usage=__doc__)
    ask.add_argument('old')
    ask.add_argument('new')
    ask.add_argument('--rounds', type=int, default=5)
    ask.add_argument('--set', default=SET)
    a = ask.parse_args()
    with tempfile.TemporaryDirectory() as d:
        rows = unpacked(a.set + '/rows.jsonl.zst', d + '/rows.jsonl')
        inputs = {
            'dump': unpacked(a.set + '/dump.sql.zst', d + '/dump.sql'),
            'JSON lines': rows,
            'CSV': as_csv(rows, d + '/rows.csv'),
        }
        print(
            f'{"input":12} {"MB":>5} | {"old s":>6} {"MiB":>4} | {"new s":>6} {"MiB":>4} | new'
            ' ÷ old'
        )
        for name, source in inputs.items():
            runs = {a.old: [], a.new: []}
            for _ in range(a.rounds):
                for exporter, seen in runs.items():
                    seen.append(once(exporter, source, d + '/a.exhibit'))
            (o, om), (n, nm) = (
                (statistics.median(x[0] for x in seen), max(x[1] for x in seen))
                for seen in runs.values()
            )
            print(
                f'{name:12} {os.path.getsize(source) / 1e6:5.0f} | {o:6.2f} {om:4.0f} | '
                f'{n:6.2f} {nm:4.0f} | {n / o:.2f}',
                flush=True,
            )


if __name__ == '__main__':
    main()
