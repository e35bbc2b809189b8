#!/usr/bin/env python3
"""Makes src/base/zone.def: the zones of the IANA database, from 2020 on, out of Debian's package
tzdata.
usage: zones.py FOLDER     FOLDER: /usr/share/zoneinfo, or that of an unpacked package; prints the
                           table
"""

import calendar, os, re, struct, sys, textwrap, zoneinfo

FROM, UNTIL = calendar.timegm((2020, 1, 1, 0, 0, 0)), calendar.timegm((2038, 1, 1, 0, 0, 0))
folder = sys.argv[1]
release = re.match(r'# version (\S+)', open(f'{folder}/tzdata.zi').readline())[1]


def read(name):
    """what a TZif file (RFC 8536) says: [(instant, offset from then on)], and its footer"""
    b = open(f'{folder}/{name}', 'rb').read()
    size = lambda h, t: h[3] * t + h[3] + h[4] * 6 + h[5] + h[2] * (t + 4) + h[1] + h[0]
    head = lambda at: struct.unpack(
        '>6I', b[at + 20 : at + 44]
    )  # isutcnt isstdcnt leapcnt timecnt typecnt charcnt
    at = 44 + size(head(0), 4)
    h = head(at)
    p = at + 44
    times = struct.unpack(f'>{h[3]}q', b[p : p + 8 * h[3]])
    p += 8 * h[3]
    kinds = b[p : p + h[3]]
    p += h[3]
    offset = [struct.unpack('>i', b[p + 6 * k : p + 6 * k + 4])[0] for k in range(h[4])]
    return [(-1 << 62, offset[0])] + [(t, offset[k]) for t, k in zip(times, kinds)], b[
        at + 44 + size(h, 8) :
    ].decode().strip()


def seconds(text):
    sign, h, m, s = re.fullmatch(r'([+-]?)(\d+)(?::(\d+))?(?::(\d+))?', text).groups()
    return (-1 if sign == '-' else 1) * (int(h) * 3600 + int(m or 0) * 60 + int(s or 0))


def footer(text):
    """standard offset, summer offset, and the two days (month, week, day of the week, second) of a
    POSIX rule"""
    name = r'(?:<[^>]+>|[A-Za-z]+)'
    m = re.fullmatch(rf'{name}([+-]?[\d:]+)(?:{name}([+-]?[\d:]+)?,(.*),(.*))?', text)
    std = -seconds(m[1])
    if not m[3]:
        return std, std, None, None
    day = lambda t: (lambda x: (int(x[1]), int(x[2]), int(x[3]), seconds(x[4]) if x[4] else 7200))(
        re.fullmatch(r'M(\d+)\.(\d)\.(\d)(?:/([+-]?[\d:]+))?', t)
    )
    return std, -seconds(m[2]) if m[2] else std + 3600, day(m[3]), day(m[4])


def instant(year, rule, offset):
    month, week, day, at = rule
    first = (calendar.weekday(year, month, 1) + 1) % 7
    d = 1 + (day - first) % 7 + (week - 1) * 7
    while d > calendar.monthrange(year, month)[1]:
        d -= 7
    return calendar.timegm((year, month, d, 0, 0, 0)) + at - offset


def by_rule(f):
    std, dst, begin, end = f
    if begin is None:
        return [(-1 << 62, std)]
    out = []
    for y in range(2019, 2089):
        out += [(instant(y, begin, std), dst), (instant(y, end, dst), std)]
    return sorted(out)


def at(moves, t):
    return [o for i, o in moves if i <= t][-1]


print(f'''/*
 * ZONE(name, standard, summer, month, week, day, second, month, week, day, second, before): a zone
 * of the IANA database, release {release}, made by tools/zones.py from Debian's package tzdata.
 * Offsets are seconds east of UTC; the days that summer time begins and ends on, by the clock that
 * stands then, are those of a POSIX rule; 0: none. before: what held earlier, from 2020 on: an
 * offset and the second since 1970 that it held until, in pairs. FIXED(name, offset): the same
 * offset all the time.
 */
ZONES_RELEASE("{release}")''')
os.environ['PYTHONTZPATH'] = folder
for name in sorted(
    n for n in zoneinfo.available_timezones() if n not in ('localtime', 'Factory', 'posixrules')
):
    moves, rule = read(name)
    f = footer(rule)
    ruled = by_rule(f)
    edges = sorted(
        {FROM} | {t for t, _ in moves + ruled if FROM <= t < max(UNTIL, moves[-1][0] + 1)}
    )
    wrong = [k for k, t in enumerate(edges) if at(moves, t) != at(ruled, t)]
    before = []
    if wrong:
        last = wrong[-1] + 1
        for k in range(last):
            until = edges[k + 1]
            if before and before[-1][0] == at(moves, edges[k]):
                before[-1][1] = until
            else:
                before.append([at(moves, edges[k]), until])
    std, dst, begin, end = f
    if begin is None and not before:
        print(f'FIXED("{name}", {std})')
        continue
    words = ' '.join(f'{o} {t}' for o, t in before)
    lines = textwrap.wrap(words, 118) or ['']
    lines = [l + ' ' for l in lines[:-1]] + lines[-1:]
    print(
        f'ZONE("{name}", {std}, {dst},'
        f' {", ".join(map(str, (begin or (0,) * 4) + (end or (0,) * 4)))},'
        + (
            f' "{lines[0]}"'
            if len(lines) == 1 and len(lines[0]) < 60
            else ''.join(f'\n\t"{l}"' for l in lines)
        )
        + ')'
    )
