#!/usr/bin/env python3
"""Control rules as SQL: rules/*.sql and src/cmd/analyze/rules_sql.def, made of
src/approval/rules.sql and the tables that the rules themselves are made from.

usage: rules.py [--set]   Without --set: status 1 if a file is not what is made.
"""

import os
import re
import sys

from deftable import TOP, rows, text

SOURCE = 'src/approval/rules.sql'
TABLE = 'src/cmd/analyze/rules_sql.def'


def sections():
    """({part: text}, {rule: (parts, text)}), in order"""
    parts, rules = {}, {}
    for head, body in re.findall(r'(?ms)^==== (.*?)\n(.*?)(?=^====|\Z)', text(SOURCE)):
        words = head.split()
        if words[0] == 'part':
            parts[words[1]] = body.strip()
        else:
            rules[words[0]] = (words[1:], body.strip())
    return parts, rules


TYPES = {r[0]: [r[1], *r[2].split()] for r in rows('src/event/types.def', 'TYPE')}
PARAMETERS = {r[0]: (r[1], r[2]) for r in rows('src/approval/parameters.def', 'PARAMETER')}
POPULATIONS = {r[0]: r[2] for r in rows('src/approval/populations.def', 'POPULATION')}


def us(time):
    """Seconds and the digits below, which no number of SQLite's holds both."""
    return (
        f"CAST(strftime('%s', {time}) AS INTEGER) * 1000000"
        f" + CAST(substr(rtrim(substr({time}, 21), 'Z') || '000000', 1, 6) AS INTEGER)"
    )


def machine(a):
    return (
        f"CASE WHEN coalesce({a}.actor_type, '') IN ('service', 'Service', 'system', 'external',"
        " 'gateway') THEN 1"
        f" WHEN {a}.actor_id = 'system:admin' THEN 0"
        f" ELSE coalesce({a}.actor_id, '') = 'system'"
        f" OR coalesce({a}.actor_id, '') GLOB 'system:*' END"
    )


def text_of(place):
    a, member = place.split('.', 1)
    path = f"'$.{member}'"
    return (
        f"CASE WHEN json_type({a}.event_data, {path}) = 'text'"
        f" THEN nullif({a}.event_data ->> {path}, '') END"
    )


def names(ids):
    return ', '.join(f"'{name}'" for i in ids.split() for name in TYPES[i])


def number(word, unit):
    value, of = PARAMETERS[word]
    if unit and of != 's':
        sys.exit(f'{SOURCE}: {word} is no time')
    return f'{value} * 1000000' if unit else value


def filled(body, event):
    """What stands in braces, replaced. event: the names that the rule and its parts look at."""

    def one(m):
        word, _, rest = ' '.join(m[1].split()).partition(' ')
        if word == 'us':
            return us(rest)
        if word == 'in':
            if rest not in POPULATIONS.values():
                sys.exit(f'{SOURCE}: no population {rest}')
            return f"IN (SELECT correlation_id FROM populations WHERE population = '{rest}')"
        if word == 'types':
            return names(rest)
        if word == 'text':
            return text_of(rest)
        if word == 'machine':
            return machine(rest)
        if word == 'event':
            return event
        return number(word, rest == 'us')

    return re.sub(r'\{([^{}]+)\}', one, body)


def made():
    """{path: text}"""
    parts, rules = sections()
    out, symbols = {}, []
    for r in rows('src/approval/rules.def', 'RULE'):
        name, population, question = r[1], POPULATIONS[r[3]], r[4]
        if name not in rules:
            continue
        wanted, body = rules.pop(name)
        whole = [parts[p] for p in wanted] + [body]
        ids = re.findall(r'\{types ([^}]*)\}', '\n'.join(whole))
        event = names(' '.join(dict.fromkeys(' '.join(ids).split())))
        own = f"own AS (SELECT correlation_id FROM populations WHERE population = '{population}')"
        front = [own] + [filled(parts[p], event) for p in wanted]
        query = 'WITH ' + ',\n'.join(front) + '\n' + filled(body, event) + '\nORDER BY 1;\n'
        out[f'rules/{name}.sql'] = (
            f'-- {name}: {question}\n'
            '-- Each row is an exception, by the default parameters.\n' + query
        )
        symbols.append(f'RULE_SQL("{name}", {name.replace("-", "").lower()})\n')
    if rules:
        sys.exit(f'{SOURCE}: no such rule: {", ".join(rules)}')
    out[TABLE] = (
        '/* RULE_SQL(name, symbol): the control rules of rules/ as SQL, which are part of the'
        ' program for bundles; made by tools/rules.py. */\n' + ''.join(symbols)
    )
    return out


def main(argv):
    if argv not in ([], ['--set']):
        sys.exit(__doc__)
    out, differ = made(), []
    for name in sorted(os.listdir(os.path.join(TOP, 'rules'))):
        if name.endswith('.sql') and f'rules/{name}' not in out:
            differ.append(f'rules/{name}')
            if argv:
                os.remove(os.path.join(TOP, 'rules', name))
    for path, new in out.items():
        old = text(path) if os.path.exists(os.path.join(TOP, path)) else None
        if old != new:
            differ.append(path)
            if argv:
                with open(os.path.join(TOP, path), 'w', encoding='utf-8') as f:
                    f.write(new)
    if differ and not argv:
        sys.exit('not as tools/rules.py makes it (--set): ' + ', '.join(differ))


if __name__ == '__main__':
    main(sys.argv[1:])
