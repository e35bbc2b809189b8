#!/usr/bin/env python3
"""Tables of formats/ that are made from the .def files which the code is made from. usage: tables.py [--set]   Without --set: status 1 if one differs, or the fields are not sorted."""
import collections, os, re, sys
top = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')


def rows(path, macro):
    """the arguments of every MACRO(…), which goes on in lines that begin with a tab: texts without their quotes, words as they are"""
    lines = re.findall(rf'^{macro}\((.*(?:\n\t.*)*)\)$', open(f'{top}/src/{path}').read(), re.M)
    lines = [re.sub(r'"\n\t+"', '', l) for l in lines]
    return [[a[1:-1] if a[0] == '"' else a for a in re.findall(r'"[^"]*"|[^\s",]+', l)] for l in lines]


def code(t): return '`' + t.replace('|', '\\|') + '`'


fields = [(r[0], code(r[1]), '—', r[2]) if m == 'ABSENT' else (r[1], code(r[2]), r[3], r[4]) for m, r in
          [(re.match(r'\w+', l)[0], r) for l, r in zip(re.findall(r'^(?:FIELD|ABSENT)\(.*\)$', open(top + '/src/rebuild/fields.def').read(), re.M), rows('rebuild/fields.def', '(?:FIELD|ABSENT)'))]]
names = {r[0]: r[2] for r in rows('approval/populations.def', 'POPULATION')}
tables = {
    'rebuild.md': [('| field | check | grade | rule |', [(code(f), c, g, r) for f, c, g, r in fields])],
    'controls.md': [
        ('| population | definition | date |', [(code(r[2]), r[3], r[4]) for r in rows('approval/populations.def', 'POPULATION')]),
        ('| member | form | default | meaning |', [(code(r[0]), r[1], code(r[3].replace(r'\n', ' ')) if r[2] == 'DEFAULT' else '—', r[4]) for r in rows('approval/policy.def', 'MEMBER')]),
        ('| parameter | default | unit | meaning |', [(code(r[0]), r[1], r[2] or '—', r[3]) for r in rows('approval/parameters.def', 'PARAMETER')]),
        ('| rule | version | population | question and test | innocent if |', [(r[1], r[2], code(names[r[3]]), f'**{r[4]}** {r[5][0].upper() + r[5][1:]}.', r[9].replace('|', '; ')) for r in rows('approval/rules.def', 'RULE')]),
        ('| rule | SOC 2 | NIST SP 800-53 r5 | reasoning |', [(r[1], r[6], r[7], r[8]) for r in rows('approval/rules.def', 'RULE')]),
    ],
}


def contract(path):
    """the table of columns of every table that a .def of src/tables declares"""
    parts = collections.OrderedDict()
    for r in rows(path, 'COLUMN'): parts.setdefault(r[0], []).append((code(r[1]), r[2], r[3] or '—', r[4], r[5].replace('|', '\\|') or '—', r[6].replace('|', '\\|') or '—'))
    return [(f'| column of {t} | type | unit | grade | source | rule |', lines) for t, lines in parts.items()]


tables['tables.md'] = contract('tables/audit.def') + contract('tables/more.def')
tables['analysis.md'] = [
    ('| name | what | definition | innocent if | by hand |', [(r[0], r[1], r[2], r[3].replace('|', '; '), code(r[4])) for r in rows('analysis/explain.def', 'EXPLAIN')]),
    ('| fact | rests on | unit | sentence |', [(code(r[0]), r[1] or '—', r[2] or '—', r[3]) for r in rows('analysis/brief.def', 'FACT')]),
    ('| fact of a range | unit | sentence |', [(code(r[0]), r[1] or '—', r[2]) for r in rows('analysis/brief.def', 'RANGE')]),
    ('| each of | sentence |', [(code(r[0]), code(r[1])) for r in rows('analysis/brief.def', 'EACH')])]
fine = [f[0] for f in fields] == sorted((f[0] for f in fields), key=lambda p: p.split('.'))
for name, parts in tables.items():
    path = f'{top}/formats/{name}'; old = new = open(path).read()
    for head, lines in parts:
        body = head + '\n|' + ' --- |' * (head.count('|') - 1) + '\n' + ''.join('| ' + ' | '.join(l) + ' |\n' for l in lines)
        new, n = re.subn(re.escape(head) + r'\n(\|.*\n)*', lambda m: body, new, count=1); fine = fine and n == 1 and len(lines) > (1 if name == 'tables.md' else 3)
    if '--set' in sys.argv: open(path, 'w').write(new)
    else: fine = fine and old == new
sys.exit(0 if fine else 1)
