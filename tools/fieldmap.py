#!/usr/bin/env python3
"""The table of formats/rebuild.md from src/rebuild/fields.def. usage: fieldmap.py [--set]   Without --set: status 1 if they differ, or the table is not sorted."""
import os, re, sys
top = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
source = open(top + '/src/rebuild/fields.def').read()
rows = re.findall(r'^(?:FIELD\(\w+, |ABSENT\()"([^"]*)", "([^"]*)", (?:"([^"]*)", )?"([^"]*)"\)$', source, re.M)
path = top + '/formats/rebuild.md'
old = open(path).read()
new = re.sub(r'(\| --- \| --- \| --- \| --- \|\n)(\|.*\n)+', lambda m: m.group(1) + ''.join('| `%s` | %s | %s | %s |\n' % (p, '`' + c.replace('|', '\\|') + '`', g or '—', r) for p, c, g, r in rows), old, count=1)
if '--set' in sys.argv: open(path, 'w').write(new)
in_order = [p for p, *_ in rows] == sorted((p for p, *_ in rows), key=lambda p: p.split('.'))
whole = len(rows) == len(re.findall(r'^(?:FIELD|ABSENT)\(', source, re.M))
sys.exit(0 if in_order and whole and rows and (old == new or '--set' in sys.argv) else 1)
