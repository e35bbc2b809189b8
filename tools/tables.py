#!/usr/bin/env python3
"""Tables of formats/ that are made from the .def files which the code is made from.

usage: tables.py [--set]   Without --set: status 1 if one differs, or the fields are not sorted.
"""

import collections
import os
import re
import sys

from deftable import TOP, named_rows, rows, text


def code(t):
    return '`' + t.replace('|', '\\|') + '`'


def cell(t):
    return t.replace('|', '\\|') or '—'


def fields():
    for macro, r in named_rows('src/rebuild/fields.def', 'FIELD|ABSENT'):
        if macro == 'ABSENT':
            yield r[0], code(r[1]), '—', r[2]
        else:
            yield r[1], code(r[2]), r[3].lower(), r[4]


def rules():
    names = {r[0]: r[2] for r in rows('src/approval/populations.def', 'POPULATION')}
    for r in rows('src/approval/rules.def', 'RULE'):
        test = f'**{r[4]}** {r[5][0].upper() + r[5][1:]}.'
        yield r[1], r[2], code(names[r[3]]), test, r[9].replace('|', '; ')


def members():
    for r in rows('src/approval/policy.def', 'MEMBER'):
        usual = code(r[3].replace(r'\n', ' ')) if r[2] == 'DEFAULT' else '—'
        yield code(r[0]), r[1], usual, r[4]


def contract(path):
    """A table of columns for every table that a .def of src/tables declares."""
    parts = collections.OrderedDict()
    for r in rows(path, 'COLUMN'):
        line = (code(r[1]), r[2], r[3] or '—', r[4], cell(r[5]), cell(r[6]))
        parts.setdefault(r[0], []).append(line)
    for name, lines in parts.items():
        yield f'| column of {name} | type | unit | grade | source | rule |', lines


def tables():
    """{page: [(head of a table, its lines)]}"""
    populations = rows('src/approval/populations.def', 'POPULATION')
    parameters = rows('src/approval/parameters.def', 'PARAMETER')
    criteria = rows('src/approval/rules.def', 'RULE')
    explained = rows('src/analysis/explain.def', 'EXPLAIN')
    brief = 'src/analysis/brief.def'
    return {
        'rebuild.md': [
            ('| field | check | grade | rule |', [(code(f), c, g, r) for f, c, g, r in fields()]),
        ],
        'controls.md': [
            ('| population | definition | date |', [(code(r[2]), r[3], r[4]) for r in populations]),
            ('| member | form | default | meaning |', list(members())),
            (
                '| parameter | default | unit | meaning |',
                [(code(r[0]), r[1], r[2] or '—', r[3]) for r in parameters],
            ),
            ('| rule | version | population | question and test | innocent if |', list(rules())),
            (
                '| rule | SOC 2 | NIST SP 800-53 r5 | reasoning |',
                [(r[1], r[6], r[7], r[8]) for r in criteria],
            ),
        ],
        'tables.md': [
            *contract('src/tables/audit.def'),
            *contract('src/tables/more.def'),
        ],
        'analysis.md': [
            (
                '| name | what | definition | innocent if | by hand |',
                [(r[0], r[1], r[2], r[3].replace('|', '; '), code(r[4])) for r in explained],
            ),
            (
                '| fact | rests on | unit | sentence |',
                [(code(r[0]), r[1] or '—', r[2] or '—', r[3]) for r in rows(brief, 'FACT')],
            ),
            (
                '| fact of a range | unit | sentence |',
                [(code(r[0]), r[1] or '—', r[2]) for r in rows(brief, 'RANGE')],
            ),
            ('| each of | sentence |', [(code(r[0]), code(r[1])) for r in rows(brief, 'EACH')]),
        ],
    }


def main():
    names = [f[0] for f in fields()]
    fine = names == sorted(names, key=lambda path: path.split('.'))
    for name, parts in tables().items():
        path = os.path.join(TOP, 'formats', name)
        old = new = text(path)
        for head, lines in parts:
            body = head + '\n|' + ' --- |' * (head.count('|') - 1) + '\n'
            body += ''.join('| ' + ' | '.join(cells) + ' |\n' for cells in lines)
            pattern = re.escape(head) + r'\n(\|.*\n)*'
            new, n = re.subn(pattern, lambda m, made=body: made, new, count=1)
            fine = fine and n == 1 and len(lines) > (1 if name == 'tables.md' else 3)
        if '--set' in sys.argv:
            with open(path, 'w', encoding='utf-8') as f:
                f.write(new)
        else:
            fine = fine and old == new
    return 0 if fine else 1


if __name__ == '__main__':
    sys.exit(main())
