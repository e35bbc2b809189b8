#!/usr/bin/env python3
"""The table of clauses in formats/findings.md: each clause of archive, record, seal and event, how tests/suite_clauses.py breaks it, and what verify finds. usage: clauses.py [--set]
Status 1 if the table is another, or a clause has neither a test that breaks it nor a reason; each of these is named."""
import ast, os, re, sys
top = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
clauses = [c for f in ('archive', 'record', 'seal', 'event') for c in re.findall(r'(?m)^\*\*([CRSE]-\d+)\b', open(f'{top}/formats/{f}.md').read())]
clauses.sort(key=lambda c: ('CRSE'.index(c[0]), int(c[2:])))
findings = set(re.findall(r'^FINDING\((\w+)', open(top + '/src/finding/finding.def').read(), re.M))
rows, wrong = {}, []
for node in ast.walk(ast.parse(open(top + '/tests/suite_clauses.py').read())):
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ('breaks', 'unseen')): continue
    a = [x.value for x in node.args]
    rows.setdefault(a[0], []).append((node.lineno, a[1], ', '.join(a[2:]) if node.func.id == 'breaks' else '—'))
    if node.func.id == 'breaks' and not a[2:]: wrong.append(f'{a[0]}: the test that breaks it wants no finding')
    wrong += [f'{a[0]}: no finding {f}' for f in a[2:] if f not in findings]
wrong += [f'{c}: a clause without a test that breaks it and without a reason' for c in clauses if c not in rows]
wrong += [f'{c}: a test of a clause that there is not' for c in rows if c not in clauses]
head = '| clause | violation tried | finding |\n| --- | --- | --- |\n'
body = head + ''.join(f'| {c} | {what} | {found} |\n' for c in clauses for _, what, found in sorted(rows.get(c, [])))
path = top + '/formats/findings.md'; old = open(path).read()
new, n = re.subn(re.escape(head) + r'(\|.*\n)*', lambda m: body, old, count=1)
if n != 1: wrong.append('formats/findings.md has no table of clauses')
if '--set' in sys.argv: open(path, 'w').write(new)
elif old != new: wrong.append('formats/findings.md: the table of clauses is another: tools/clauses.py --set')
print('\n'.join(wrong), end='\n' if wrong else '')
sys.exit(1 if wrong else 0)
