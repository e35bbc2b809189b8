"""The auditor's file: what `policy --print` prints, what may stand in it, and zones by name
(controls.md CT-9).
"""

import datetime, random, zoneinfo
from harness import *
import yaml


def path(name):
    return os.path.join(W, 'policy--' + name)  # no other suite has such names


def trail():
    if 'policy' not in GOOD:
        GOOD['policy'] = archive('policy-trail', LC)[0]
    return GOOD['policy']


def policy(text):
    open(path('policy.yaml'), 'w').write(text)
    return ['--policy', path('policy.yaml')]


def printed():
    return subprocess.run(
        [EXHIBIT, 'policy', '--print'], capture_output=True, check=True
    ).stdout.decode()


@test
def policy_print_changes_nothing():
    text = printed()
    f = trail()
    table = re.findall(
        r'^PARAMETER\((\w+), ([\d.]+)', open(TOP + '/src/approval/parameters.def').read(), re.M
    )
    members = re.findall(r'^MEMBER\((\w+), ', open(TOP + '/src/approval/policy.def').read(), re.M)
    given = yaml.safe_load(text)
    check(
        {k: float(v) for k, v in given['parameters'].items()} == {k: float(v) for k, v in table}
        and table,
        given,
    )
    check(
        all(f'# {m}: ' in text for m in members) and all(len(l) <= 100 for l in text.splitlines()),
        'every member is explained',
    )
    for verb, more in (
        ('controls', ()),
        ('populations', ()),
        ('sample', ('--population', 'remediations', '-n', '3', '--seed', 'x')),
    ):
        plain, read = (
            json.loads(run(EXHIBIT, verb, f, *VKEY, *more, *p, '-o', 'json').stdout)
            for p in ((), policy(text))
        )
        plain.pop('parameters_sha256', None)
        digest = read.pop('parameters_sha256', None)
        check(plain == read and digest in (None, hashlib.sha256(text.encode()).hexdigest()), verb)
    check(verify(f, *VKEY, *policy(text)) == verify(f, *VKEY), 'verify')
    # what stands behind a # without a blank is a member as it may be given
    whole = re.sub(r'(?m)^#(?=\S)', '', text)
    check(set(yaml.safe_load(whole)) == set(members) | {'parameters'}, 'all members')
    check(
        run(EXHIBIT, 'controls', f, *policy(whole), status=None).returncode not in (64, 65),
        'all of it',
    )
    for m in members:
        check(
            run(
                EXHIBIT,
                'controls',
                f,
                *policy(yaml.safe_dump({m: yaml.safe_load(whole)[m]}, default_flow_style=None)),
                status=None,
            ).returncode
            not in (64, 65),
            m,
        )
    run(EXHIBIT, 'policy', status=64)
    run(EXHIBIT, 'policy', '--print', f, status=64)


@test
def policy_members_of_a_line():
    f = trail()
    for m in ('entity', 'system', 'prepared_by'):
        for bad in ('7', '[a]', '""', '"a\\nb"', 'x' * 300):
            check(
                m in run(
                    EXHIBIT, 'controls', f, *policy(f'{m}: {bad}\n'), status=65
                ).stderr.decode(),
                (m, bad),
            )
    for bad in ('2026', '2026-11-30..2026-11-01', '..x', '7'):
        check(
            'period' in run(
                EXHIBIT, 'controls', f, *policy(f'period: {bad}\n'), status=65
            ).stderr.decode(),
            bad,
        )
    says = run(EXHIBIT, 'controls', f, *policy('nonsense: 1\n'), status=65).stderr.decode()
    check('nonsense' in says and 'expectations' in says and 'known_policy_hashes' in says, says)


@test
def policy_period_and_expectations():
    f = trail()
    first = min(
        json.loads(l)['event_timestamp']
        for l in run(EXHIBIT, 'cat', f).stdout.decode().splitlines()
    )[:10]
    count = lambda *more: json.loads(
        run(EXHIBIT, 'populations', f, *VKEY, *more, '-o', 'json', status=None).stdout
    )['populations']['remediations']['count']
    day = f'{first}..{first}'
    check(
        count(*policy(f'period: {day}\n')) == count('--period', day) < count()
        or count() == count('--period', day),
        'the period of the policy',
    )
    nothing = policy('period: 2001-01-01..2001-01-31\n')
    check(
        count(*nothing) == 0 and count(*nothing, '--period', '..') == count() > 0,
        'the option outranks it',
    )
    rule = lambda *more: json.loads(
        run(EXHIBIT, 'controls', f, *VKEY, *more, '-o', 'json', status=None).stdout
    )['rules'][0]['population']
    check(rule(*nothing) == 0 < rule(), 'controls')
    # nothing was looked at then: no count of zero stands without it (J-2)
    check(
        run(EXHIBIT, 'controls', f, *VKEY, *nothing, status=None).returncode == 2,
        'the period is not covered',
    )
    check(
        verify(f, *VKEY, *policy(f'period: {day}\n')) == verify(f, *VKEY, '--scope', day),
        'a scope of verify',
    )
    seal = verify(f, *VKEY)['archive']['files'][0]
    line = f"{seal['origin']} {seal['next_position']} {seal['root']}"
    check(
        verify(f, *policy(f'expectations: [{line}]\n')) == verify(f, '--expect', line),
        'an expectation',
    )
    check(
        verify(
            f, *policy(f"expectations: [{seal['origin']} {seal['next_position']} {'0' * 64}]\n")
        )['exit']
        not in (0, 3),
        'one that the log does not meet',
    )
    check(
        'expectations' in run(
            EXHIBIT, 'verify', f, *policy('expectations: [a b]\n'), status=65
        ).stderr.decode(),
        'what is none',
    )


@test
def policy_reaches_every_output():
    """each member that an auditor sets: in screens, report and bundle (CT-9)"""
    f = trail()
    v = verify(f, *VKEY)['archive']['files'][0]
    line = f"{v['origin']} {v['next_position']} {v['root']}"
    whose = {'entity': 'ACME <Ltd>', 'system': 'shop & till', 'prepared_by': 'J. Doe'}
    whole = (
        ''.join(f'{k}: "{t}"\n' for k, t in whose.items())
        + 'period: 2020-01-01..2030-12-31\nzone: Europe/Berlin\n'
        + 'approvers: [nobody@example.com]\nworking_hours: {from: "00:00", to: "00:01"}\n'
    )
    p = policy(whole + 'vkeys:\n- %s' % data(VKEY[1]).decode())
    out = path('reach')
    run(EXHIBIT, 'bundle', f, *p, '--out', out, status=2)  # nobody looked until 2030
    html, text = (data(f'{out}/{n}').decode() for n in ('report.html', 'README.txt'))
    about = data(out + '/about.csv').decode()
    for t in whose.values():
        check(t in text and t in about, t)
        check(t.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;') in html, t)
    check('2020-01-01..2030-12-31' in text and 'NOT PROVEN' not in text, 'period, vkeys')
    rules = json.loads(run(EXHIBIT, 'controls', f, *p, '-o', 'json', status=2).stdout)['rules']
    found = {r['id'] for r in rules if r['exceptions']}
    check({'AP-16', 'AP-19'} <= found, found)
    check('AP-16' in html and 'nobody' not in text, 'rules')
    want = 'period      2020-01-01T00:00:00Z until before 2031-01-01T00:00:00Z, of the policy'
    for verb in ('controls', 'populations'):
        said = run(EXHIBIT, verb, f, *p, status=2).stdout.decode()
        check(want in said, said[:300])
        said = run(EXHIBIT, verb, f, *p, '--period', '2026-01-01..', status=None).stdout.decode()
        check('period      2026-01-01T00:00:00Z until before no end\n' in said, said[:300])
        check('period  ' not in run(EXHIBIT, verb, f, *VKEY).stdout.decode(), verb)
    p = policy(f'expectations:\n- {line}\n')
    run(EXHIBIT, 'bundle', f, *p, '--out', path('expected'), status=0)
    check(line in data(path('expected') + '/keys/expectations.txt').decode(), 'expectations')


@test
def zones_by_name():
    """AP-16 in summer and winter: noon of a place, wherever it is."""
    f = trail()
    rows_ = [
        json.loads(l)
        for l in run(EXHIBIT, 'approvals', f, *VKEY, '-o', 'jsonl').stdout.decode().splitlines()
    ]
    at = [
        datetime.datetime.fromisoformat(r['decided_at'].replace('Z', '+00:00'))
        for r in rows_
        if r['path'] in ('approved', 'rejected') and r['decided_at']
    ]
    check(at, 'somebody decided')
    for zone in (
        'Europe/Berlin',
        'Asia/Kolkata',
        'America/New_York',
        'Pacific/Auckland',
        'UTC',
        '-03:30',
    ):
        tz = (
            zoneinfo.ZoneInfo(zone)
            if zone[0] != '-'
            else datetime.timezone(-datetime.timedelta(hours=3, minutes=30))
        )
        local = [a.astimezone(tz) for a in at]
        lo = min(x.hour for x in local)
        hi = max(x.hour for x in local) + 1
        days = '[mon, tue, wed, thu, fri, sat, sun]'
        rule = lambda a, b: json.loads(
            run(
                EXHIBIT,
                'controls',
                f,
                *VKEY,
                *policy(
                    f'zone: "{zone}"\nworking_hours: {{days: {days}, from: "{a:02}:00", to:'
                    f' "{b:02}:00"}}\n'
                ),
                '--rule',
                'AP-16',
                '-o',
                'json',
            ).stdout
        )['rules'][0]
        check(rule(lo, hi)['exceptions'] == [] and rule(lo, hi)['passed'], zone)
        if lo:
            check(len(rule(0, lo)['exceptions']) == rule(lo, hi)['passed'], zone)
    for bad in ('Europe/Belin', 'europe/berlin', 'CEST', '+15:00', '+01:00x', '7'):
        check(
            'zone' in run(
                EXHIBIT, 'controls', f, *policy(f'zone: {bad!r}\n'), status=65
            ).stderr.decode(),
            bad,
        )


@test
def zones_are_those_of_the_database():
    exe = path('zone')
    subprocess.run(
        [
            'gcc',
            '-std=c11',
            '-D_GNU_SOURCE',
            f'-I{TOP}/src',
            '-o',
            exe,
            TOP + '/tests/zone.c',
            *(f'{TOP}/src/base/{c}.c' for c in ('zone', 'utc', 'buf', 'text', 'err')),
        ],
        check=True,
    )
    day = lambda *d: int(datetime.datetime(*d, tzinfo=datetime.timezone.utc).timestamp())
    r = random.Random(20)
    at = [day(2020, 1, 1) + r.randrange(18 * 365 * 86400) for _ in range(300)] + [
        day(y, m, d, h) + s
        for y in (2025, 2026)
        for m in (3, 4, 10, 11)
        for d in range(1, 31)
        for h in (1, 2, 3)
        for s in (-1, 0)
    ]
    lines = [
        l.split()
        for l in subprocess.run(
            [exe, *map(str, at)], capture_output=True, text=True
        ).stdout.splitlines()
    ]
    got = {l[0]: list(map(int, l[1:])) for l in lines[1:]}
    # by hand: the summer of 2026, its last and first second, and a place without one
    known = {
        'Europe/Berlin': [
            (day(2026, 3, 29, 1) - 1, 3600),
            (day(2026, 3, 29, 1), 7200),
            (day(2026, 10, 25, 1) - 1, 7200),
            (day(2026, 10, 25, 1), 3600),
        ],
        'Australia/Sydney': [(day(2026, 4, 4, 16) - 1, 39600), (day(2026, 4, 4, 16), 36000)],
        'Asia/Kolkata': [(day(2026, 7, 1), 19800)],
        'America/New_York': [(day(2026, 12, 31, 23), -18000), (day(2027, 1, 1, 1), -18000)],
    }
    for zone, moments in known.items():
        out = subprocess.run(
            [exe, *(str(t) for t, _ in moments)], capture_output=True, text=True
        ).stdout
        check(f'\n{zone} ' + ' '.join(str(o) for _, o in moments) + '\n' in out, zone)
    check(len(got) > 500, len(got))
    zi = '/usr/share/zoneinfo/tzdata.zi'
    if not os.path.exists(zi) or open(zi).readline().split()[-1] != lines[0][0]:
        return  # another release of this machine's: known answers suffice
    for zone, offsets in got.items():
        z = zoneinfo.ZoneInfo(zone)
        check(
            offsets == [
                int(datetime.datetime.fromtimestamp(t, z).utcoffset().total_seconds()) for t in at
            ],
            zone,
        )
