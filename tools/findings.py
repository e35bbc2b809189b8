#!/usr/bin/env python3
"""The table of formats/findings.md, from src/finding/finding.def.

usage: findings.py [--set]   Without --set: status 1 if they differ.
"""

import os
import re
import sys

import deftable

PAGE = os.path.join(deftable.TOP, 'formats/findings.md')


def cell(t):
    return t.replace('|', '\\|')


def line(row):
    i, name, level, _, clause, meaning, todo, hand = map(deftable.plain, row[:8])
    hand = f'`{cell(hand)}`' if hand else ''
    cells = [i, f'`{name}`', level.lower(), clause, cell(meaning), cell(todo), hand]
    return '| ' + ' | '.join(cells) + ' |\n'


def main():
    table = ''.join(line(r) for r in deftable.rows('src/finding/finding.def', 'FINDING'))
    old = deftable.text(PAGE)
    new = re.sub(r'(?m)(^\| [A-Z]\d\d \|.*\n)+', lambda m: table, old, count=1)
    if '--set' in sys.argv:
        with open(PAGE, 'w', encoding='utf-8') as f:
            f.write(new)
        return 0
    return 0 if old == new else 1


if __name__ == '__main__':
    sys.exit(main())
