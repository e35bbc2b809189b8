#!/usr/bin/env python3
"""The table of clauses in formats/findings.md: how each is broken, and what verify finds.

usage: clauses.py [--set]   Status 1 if the table is another, or a clause of archive, record, seal
and event has neither a test that breaks it nor a reason; each of these is named.
"""

import ast
import os
import re
import sys

import deftable

PAGES = ('archive', 'record', 'seal', 'event')
PAGE = os.path.join(deftable.TOP, 'formats/findings.md')
HEAD = '| clause | violation tried | finding |\n| --- | --- | --- |\n'


def clauses():
    found = []
    for page in PAGES:
        text = deftable.text(f'formats/{page}.md')
        found += re.findall(r'(?m)^\*\*([CRSE]-\d+)\b', text)
    return sorted(found, key=lambda c: ('CRSE'.index(c[0]), int(c[2:])))


def tried():
    """(clause, line, what is tried, findings wanted or None) of each @breaks and unseen"""
    for node in ast.walk(ast.parse(deftable.text('tests/suite_clauses.py'))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ('breaks', 'unseen'):
                clause, what, *wanted = [a.value for a in node.args]
                wanted = wanted if node.func.id == 'breaks' else None
                yield clause, node.lineno, what, wanted


def main():
    known = clauses()
    findings = {r[0] for r in deftable.rows('src/finding/finding.def', 'FINDING')}
    rows, wrong = {}, []
    for clause, number, what, wanted in tried():
        shown = '—' if wanted is None else ', '.join(wanted)
        rows.setdefault(clause, []).append((number, what, shown))
        if wanted == []:
            wrong.append(f'{clause}: the test that breaks it wants no finding')
        wrong += [f'{clause}: no finding {f}' for f in wanted or () if f not in findings]
    for c in known:
        if c not in rows:
            wrong.append(f'{c}: a clause without a test that breaks it and without a reason')
    wrong += [f'{c}: a test of a clause that there is not' for c in rows if c not in known]

    lines = [(c, what, shown) for c in known for _, what, shown in sorted(rows.get(c, []))]
    body = HEAD + ''.join('| ' + ' | '.join(cells) + ' |\n' for cells in lines)
    old = deftable.text(PAGE)
    new, n = re.subn(re.escape(HEAD) + r'(\|.*\n)*', lambda m: body, old, count=1)
    if n != 1:
        wrong.append('formats/findings.md has no table of clauses')
    if '--set' in sys.argv:
        with open(PAGE, 'w', encoding='utf-8') as f:
            f.write(new)
    elif old != new:
        wrong.append('formats/findings.md: the table of clauses is another: tools/clauses.py --set')
    for what in wrong:
        print(what)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
