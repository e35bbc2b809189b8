#!/usr/bin/env python3
"""The table of formats/findings.md from src/finding/finding.def. usage: findings.py [--set]   Without --set: status 1 if they differ."""
import os, re, sys
top = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
text = open(top + '/src/finding/finding.def').read()
string = r'"((?:[^"\\]|\\.)*)"'
rows = []
for m in re.finditer(r'FINDING\((\w+), ' + string + r', (\w+), \w+, ' + string + r',\s*' + string + r',\s*' + string + r',\s*' + string + r'\)', text):
    i, cl, level, clause, meaning, todo, hand = (g.replace('\\"', '"').replace('\\\\', '\\') for g in m.groups())
    esc = lambda t: t.replace('|', '\\|')
    rows.append(f'| {i} | `{cl}` | {level.lower()} | {clause} | {esc(meaning)} | {esc(todo)} | {"`" + esc(hand) + "`" if hand else ""} |')
path = top + '/formats/findings.md'
old = open(path).read()
new = re.sub(r'(?m)(^\| [A-Z]\d\d \|.*\n)+', lambda m: '\n'.join(rows) + '\n', old, count=1)
if '--set' in sys.argv: open(path, 'w').write(new)
sys.exit(0 if old == new or '--set' in sys.argv else 1)
