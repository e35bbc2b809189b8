#!/usr/bin/env python3
"""The tables of formats/findings.md, from src/finding/finding.def.

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


def said(row):
    """{name#} and {name?one:many} as a reader takes them: a number, and a word that follows it."""
    i, _, sentence = map(deftable.plain, row[:3])
    sentence = re.sub(r'\{\w+\?(.*?):(.*?)\}', r'\2', sentence)
    sentence = re.sub(r'\{(\w+)\+(.*?)\}', r'\2{\1}', sentence)
    sentence = re.sub(r'\{(\w+)#?\}', lambda m: '*' + m[1].replace('_', ' ') + '*', sentence)
    return f'| {i} | {cell(sentence)} |\n'


def main():
    path = 'src/finding/finding.def'
    table = ''.join(line(r) for r in deftable.rows(path, 'FINDING'))
    told = ''.join(said(r) for r in deftable.rows(path, 'SAYS'))
    tables = iter((table, told))
    old = deftable.text(PAGE)
    new = re.sub(r'(?m)(^\| [A-Z]\d\d \|.*\n)+', lambda m: next(tables), old, count=2)
    if '--set' in sys.argv:
        with open(PAGE, 'w', encoding='utf-8') as f:
            f.write(new)
        return 0
    return 0 if old == new else 1


if __name__ == '__main__':
    sys.exit(main())
