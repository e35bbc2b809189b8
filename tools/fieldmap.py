#!/usr/bin/env python3
"""The table of formats/rebuild.md from src/rebuild/status.def. usage: fieldmap.py [--set]   Without --set: status 1 if they differ, or the table is not sorted."""
import os, re, sys
top = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
rows = re.findall(r'STATUS_FIELD\(\w+, "([^"]*)", "([^"]*)", "([^"]*)"\)', open(top + '/src/rebuild/status.def').read())
path = top + '/formats/rebuild.md'
old = open(path).read()
new = re.sub(r'(\| --- \| --- \| --- \|\n)(\|.*\n)+', lambda m: m.group(1) + ''.join(f'| `{p}` | {g} | {r} |\n' for p, g, r in rows), old, count=1)
if '--set' in sys.argv: open(path, 'w').write(new)
in_order = [p for p, g, r in rows] == sorted((p for p, g, r in rows), key=lambda p: p.split('.'))
sys.exit(0 if in_order and rows and (old == new or '--set' in sys.argv) else 1)
