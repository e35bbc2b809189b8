"""Tests of what is rebuilt: the object, its children, history, diff, layouts."""

import random

from harness import *
import yaml


def leaves(x, p=''):
    if isinstance(x, dict) and x:
        for k, v in x.items():
            yield from leaves(v, f'{p}.{k}' if p else k)
    elif isinstance(x, list) and x:
        for i, v in enumerate(x):
            yield from leaves(v, f'{p}[{i}]')
    else:
        yield p, x


class Loader(yaml.SafeLoader):
    """times stay texts"""

    yaml_implicit_resolvers = {
        k: [(t, r) for t, r in v if t != 'tag:yaml.org,2002:timestamp']
        for k, v in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


FIVE = sorted(n[:-5] for n in os.listdir(FIX + '/objects'))


def original(name):
    return yaml.load(open(f'{FIX}/objects/{name}.yaml'), Loader)


def lines_of(*argv, **more):
    return [
        json.loads(l)
        for l in run(EXHIBIT, *argv, '-o', 'jsonl', **more).stdout.decode().split('\n')
        if l
    ]


@test
def rebuilt_as_it_was():
    """Requests rebuilt from real events against the objects as they stood: what is called exact or
    derived is equal, nothing is invented, the rest is said.
    """
    import datetime, jsonschema

    def plain(s):
        """the schema without Kubernetes' own words; formats are checked by the values' equality"""
        if isinstance(s, dict):
            return {
                k: plain(v)
                for k, v in s.items()
                if not k.startswith('x-') and not (k == 'format' and isinstance(v, str))
            }
        return [plain(v) for v in s] if isinstance(s, list) else s

    crd = yaml.safe_load(open(FIX + '/crd/kubernaut.ai_remediationrequests.yaml'))
    schema = jsonschema.Draft7Validator(
        plain(crd['spec']['versions'][0]['schema']['openAPIV3Schema'])
    )
    f, _, _ = archive('rebuilt', LC)
    out = [
        json.loads(l)
        for l in (
            run(EXHIBIT, 'reconstruct', f, *VKEY, '--all', '-o', 'jsonl')
            .stdout.decode()
            .split('\n')
        )
        if l
    ]
    fields = re.findall(
        r'^(?:FIELD\(\w+, |ABSENT\()"([^"]*)"', open(TOP + '/src/rebuild/fields.def').read(), re.M
    )
    unknown = re.compile(
        r'\.uid$|observedGeneration|retentionExpiryTime|nextAllowedExecution|blockedUntil'
        r'|deduplicatedByWE|executionBundleDigest|status\.conditions|targetResource\.apiVersion'
    )
    n = near = 0
    for o in out:
        rr, name = o['remediation_request'], o['correlation_id']
        want = dict(
            leaves(
                {
                    k: v
                    for k, v in yaml.load(open(f'{FIX}/objects/{name}.yaml'), Loader).items()
                    if k in ('spec', 'status')
                }
            )
        )
        got = dict(leaves({k: rr[k] for k in ('spec', 'status')}))
        how = {p['path']: p['grade'] for p in o['provenance']}
        grade = lambda p: next(
            (
                how[q]
                for q in (p, re.sub(r'\[.*', '', p), p.rsplit('.', 1)[0], p.rsplit('.', 2)[0])
                if q in how
            ),
            None,
        )
        for p, v in want.items():
            if unknown.search(p) or v in ({}, ''):
                continue
            n += 1
            if p not in got:
                check(
                    any(p == m['path'] or p.startswith(m['path']) for m in o['missing']),
                    (name, p, 'neither filled nor missing'),
                )
                continue
            if got[p] == v:
                continue
            if p == 'spec.originalPayload':
                check(
                    json.loads(got[p], parse_int=float) == json.loads(v, parse_int=float), (name, p)
                )
                continue  # the source rounds integers above 2^53
            check(grade(p) in ('approximate', 'partial'), (name, p, v, got[p], grade(p)))
            if grade(p) == 'approximate' and str(v).endswith('Z'):
                near += 1
                t = [datetime.datetime.fromisoformat(x.replace('Z', '+00:00')) for x in (v, got[p])]
                check(abs((t[0] - t[1]).total_seconds()) <= 5, (name, p, v, got[p]))
        check(
            not [
                p
                for p, v in got.items()
                if p not in want and not unknown.search(p) and v not in ('', {}, [])
            ],
            (name, [p for p in got if p not in want]),
        )
        said = (
            sorted(
                {p['path'] for p in o['provenance'] if 'conditions' in p['path']}
                and {'status.conditions'}
            )
            + [p['path'] for p in o['provenance'] if 'conditions' not in p['path']]
            + [m['path'] for m in o['missing']]
        )
        was = {
            k['type']: k
            for k in yaml.load(open(f'{FIX}/objects/{name}.yaml'), Loader)['status']['conditions']
        }
        for k in rr['status']['conditions']:
            if k['type'] != 'Ready':
                check(
                    {x: k[x] for x in ('status', 'reason', 'message')}
                    == {x: was[k['type']][x] for x in ('status', 'reason', 'message')},
                    (name, k, was[k['type']]),
                )
        check(len(was) == len(rr['status']['conditions']), (name, sorted(was)))
        check(
            sorted(p for p in said if p.startswith('s'))
            == sorted(p for p in fields if p != 'status.routingStatus' or p in how),
            'every field of the map is filled or missing, once',
        )
        check(
            not [list(x.path) for x in schema.iter_errors(rr)],
            (name, [(list(x.path), x.message[:200]) for x in schema.iter_errors(rr)]),
        )
        for loader in (
            (yaml.SafeLoader, yaml.CSafeLoader)
            if hasattr(yaml, 'CSafeLoader')
            else (yaml.SafeLoader,)
        ):
            check(
                yaml.load(o['remediation_request_yaml'], loader) == rr,
                (name, 'YAML reads back as it was'),
            )
    check(len(out) >= 4 and n > 300, (len(out), n))
    # without its first event: refused, and shown in part on request
    rows_ = [
        json.loads(l)
        for l in run(EXHIBIT, 'cat', f, *VKEY, '-o', 'jsonl').stdout.decode().split('\n')
        if l
    ]
    c = out[0]['correlation_id']
    open(path('rebuilt.jsonl'), 'w').write(
        '\n'.join(
            json.dumps(r)
            for r in rows_
            if (r['correlation_id'], r['event_type']) != (c, 'gateway.signal.received')
        )
        + '\n'
    )
    g, _, _ = archive('rebuilt-part', path('rebuilt.jsonl'))
    p = json.loads(run(EXHIBIT, 'reconstruct', g, *VKEY, '--id', c, '-o', 'json', status=65).stdout)
    check(p['status'] == 400 and p['type'].endswith('missing-gateway-event'), p)
    p = json.loads(
        run(EXHIBIT, 'reconstruct', g, *VKEY, '--id', c, '--partial', '-o', 'json').stdout
    )
    check(
        p['remediation_request']['status']['overallPhase']
        == out[0]['remediation_request']['status']['overallPhase']
        and not p['validation']['is_valid'],
        p['validation'],
    )
    check(
        {'spec.firingTime', 'spec.originalPayload'} <= {m['path'] for m in p['missing']},
        p['missing'],
    )


@test
def rebuilt_into_files():
    """--out-dir: one distinct file each, none outside, none overwritten, whatever the ids hold;
    --at: as it was then.
    """
    base = [
        json.loads(l)
        for l in (
            run(EXHIBIT, 'cat', archive('files-base', LC)[0], *VKEY, '-o', 'jsonl')
            .stdout.decode()
            .split('\n')
        )
        if l
    ]
    c = base[0]['correlation_id']
    one = [r for r in base if r['correlation_id'] == c]
    odd = [
        'rr/../../etc/passwd',
        'RR-CASE',
        'rr-case',
        '-rf',
        '.',
        '..',
        '.hidden',
        'con',
        'NUL',
        'com1.x',
        'a\nb',
        "q'\"",
        '%s%n',
        '%2E',
        'x' * 250,
        'x' * 249 + 'y',
        'é',
        ' ',
        '~',
    ]
    rs = []
    for i, n in enumerate(odd):
        for k, r in enumerate(one):
            rs.append(
                dict(
                    r,
                    correlation_id=n,
                    event_id=f'{i:08x}-{k:04x}-4000-8000-000000000000',
                    event_hash=None,
                    previous_event_hash=None,
                )
            )
    open(path('files.jsonl'), 'w').write('\n'.join(json.dumps(r) for r in rs) + '\n')
    f, _, _ = archive('files', path('files.jsonl'))
    before = set(os.listdir(W))
    d = path('files-out')
    run(EXHIBIT, 'reconstruct', f, *VKEY, '--all', '--out-dir', d, status=0)
    names = os.listdir(d)
    check(
        len(names) == len(odd)
        and len({n.lower() for n in names}) == len(odd)
        and set(os.listdir(W)) - before == {'files-out'},
        names,
    )
    check(
        all(
            re.fullmatch(r'[a-z0-9_%][a-zA-Z0-9_.%~-]*\.yaml', n)
            and len(n) < 256
            and os.path.isfile(os.path.join(d, n))
            and not os.path.islink(os.path.join(d, n))
            for n in names
        ),
        names,
    )
    was = data(os.path.join(d, names[0]))
    run(EXHIBIT, 'reconstruct', f, *VKEY, '--all', '--out-dir', d, status=73)
    check(
        data(os.path.join(d, names[0])) == was and len(os.listdir(d)) == len(odd),
        'nothing overwritten',
    )
    f = os.path.join(W, 'files-base', 'a.exhibit')

    def at(t):
        return json.loads(
            run(
                EXHIBIT,
                'reconstruct',
                f,
                *VKEY,
                '--id',
                c,
                '--partial',
                '--at',
                t,
                '-o',
                'json',
                status=None,
            ).stdout
        )

    end = at('9999-01-01T00:00:00Z')['remediation_request']['status']
    times = sorted(r['event_timestamp'] for r in one)
    early = at(times[0])
    check(
        'remediation_request' not in early
        or 'completedAt' not in early['remediation_request']['status'],
        early,
    )
    check('completedAt' in end and at(str(10**9))['remediation_request']['status'] == end, end)
    run(EXHIBIT, 'reconstruct', f, *VKEY, '--id', c, '--at', 'yesterday', status=64)


@test
def guide_answers_as_the_server():
    """--profile guide against what Kubernaut's own server answered on these rows; its payload's
    outermost members come in random order.
    """
    import yaml

    f, _, _ = archive('guide', LC)
    got = {
        o['correlation_id']: o
        for o in map(
            json.loads,
            filter(
                None,
                run(EXHIBIT, 'reconstruct', f, *VKEY, '--all', '--profile', 'guide', '-o', 'jsonl')
                .stdout.decode()
                .split('\n'),
            ),
        )
    }
    n = 0
    for l in filter(None, open(FIX + '/reconstruct.jsonl').read().split('\n')):
        w = json.loads(l)
        g = got[w['correlation_id']]
        n += 1
        check(w['http_status'] == 200, w['http_status'])
        check(
            {k: g['validation'][k] for k in ('is_valid', 'completeness', 'errors', 'warnings')}
            == w['body']['validation'],
            (w['correlation_id'], g['validation']),
        )
        a, b = yaml.safe_load(g['remediation_request_yaml']), yaml.safe_load(
            w['body']['remediation_request_yaml']
        )
        for y in (a, b):
            del y['metadata']['annotations']['kubernaut.ai/reconstructed-at']
            y['metadata']['name'] = re.sub(r'-\d+$', '', y['metadata']['name'])
            if 'originalPayload' in y['spec']:
                y['spec']['originalPayload'] = sorted(y['spec']['originalPayload']), json.loads(
                    y['spec']['originalPayload']
                )
        check(a == b, (w['correlation_id'], a, b))
    check(n == 5, n)
    c = w['correlation_id']
    part = path('guide-part.jsonl')
    real = [
        json.loads(l)
        for l in run(EXHIBIT, 'cat', f, *VKEY, '--id', c, '-o', 'jsonl').stdout.decode().split('\n')
        if l
    ]

    def refused(name, keep, kind, status=65):
        open(part, 'w').write('\n'.join(json.dumps(r) for r in real if keep(r)) + '\n')
        p = json.loads(
            run(
                EXHIBIT,
                'reconstruct',
                archive('guide-' + name, part)[0],
                *VKEY,
                '--id',
                c,
                '--profile',
                'guide',
                '-o',
                'json',
                status=status,
            ).stdout
        )
        check(p['type'].endswith(kind) and p['correlation_id'] == c, p)

    refused(
        'genesis', lambda r: r['event_type'] != 'gateway.signal.received', 'missing-gateway-event'
    )
    refused(
        'none',
        lambda r: r['event_type'] == 'notification.message.sent',
        'correlation-not-found',
        66,
    )
    small_one = [
        dict(
            r,
            event_data={
                **r['event_data'],
                'signal_labels': {},
                'signal_annotations': {},
                'original_payload': None,
            },
        )
        for r in real
        if r['event_type'] == 'gateway.signal.received'
    ]
    open(part, 'w').write(json.dumps(small_one[0]) + '\n')
    p = json.loads(
        run(
            EXHIBIT,
            'reconstruct',
            archive('guide-little', part)[0],
            *VKEY,
            '--id',
            c,
            '--profile',
            'guide',
            '-o',
            'json',
            status=65,
        ).stdout
    )
    check(p['type'].endswith('incomplete-data') and '22%' in p['detail'], p)
    o = json.loads(
        run(
            EXHIBIT,
            'reconstruct',
            f,
            *VKEY,
            '--id',
            c,
            '--profile',
            'guide',
            '--now',
            '2026-12-01T00:00:00Z',
            '-o',
            'json',
        ).stdout
    )
    check(
        o['reconstructed_at'] == '2026-12-01T00:00:00Z'
        and o['remediation_request']['metadata']['name'].endswith('-1796083200'),
        o['remediation_request']['metadata'],
    )
    run(EXHIBIT, 'reconstruct', f, *VKEY, '--id', c, '--profile', 'other', status=64)
    check(
        o['validation']['is_valid']
        and not o['validation']['crd_valid']
        and any('severity' in x for x in o['validation']['crd_errors'])
        and not any('signalName' in x for x in o['validation']['crd_errors']),
        o['validation'],
    )
    open(part, 'w').write('\n'.join(json.dumps({**r, 'cluster_id': 'east'}) for r in real) + '\n')
    check(
        json.loads(
            run(
                EXHIBIT,
                'reconstruct',
                archive('guide-east', part)[0],
                *VKEY,
                '--id',
                c,
                '--profile',
                'guide',
                '-o',
                'json',
            ).stdout
        )['cluster_id']
        == 'east',
        'the cluster',
    )

    # rows of an older table: no request in a session, no end
    def older(name, rs, status):
        open(part, 'w').write(
            '\n'.join(
                json.dumps(
                    {
                        k: v
                        for k, v in {**r, 'cluster_name': 'east'}.items()
                        if k not in ('cluster_id', 'hash_algorithm')
                    }
                )
                for r in rs
            )
            + '\n'
        )
        return json.loads(
            run(
                EXHIBIT,
                'reconstruct',
                archive('guide-older-' + name, part, status=None)[0],
                *VKEY,
                '--id',
                rs[0]['correlation_id'],
                '--profile',
                'guide',
                '-o',
                'json',
                status=status,
            ).stdout
        )

    p = older('all', real, 0)
    check(
        'cluster_id' not in p
        and 'completionStatus' not in p['remediation_request']['status']
        and 'completionStatus' in o['remediation_request']['status'],
        p,
    )
    for name, kind in (
        ('session', 'apifrontend.rr.created'),
        ('end', 'orchestrator.lifecycle.completed'),
    ):
        check(
            older(name, [{**real[0], 'event_type': kind}], 66)['detail']
            == 'No audit events found for correlation_id: ' + c,
            name,
        )
    for name, i, asked in (
        ('slash', 'rr/../a b', 'rr%2F..%2Fa%20b'),
        ('plain', 'rr:a b&c', 'rr:a b&c'),
    ):
        check(
            older(name, [{**real[0], 'event_type': 'x', 'correlation_id': i}], 66)['detail']
            == 'No audit events found for correlation_id: ' + asked,
            name,
        )


@test
def guide_answers_as_every_server():
    """Every answer of the servers of the sets that stand beside this checkout, older ones too, but
    for those that say they failed.
    """
    from suite_stories import SHARED

    for s in ('lifecycles', 'honest-unkeyed', 'every-type', 'v1.4', 'v1.5'):
        d = next(
            (
                x
                for x in (f'{SHARED}/sets/{s}/dump.sql', f'{SHARED}/sets/{s}/dump.sql.zst')
                if os.path.exists(x)
            ),
            None,
        )
        if not d:
            continue
        f = archive('guide-' + s, d, status=None)[0]
        n = 0
        got = {
            o['correlation_id']: o
            for o in map(
                json.loads,
                filter(
                    None,
                    run(
                        EXHIBIT,
                        'reconstruct',
                        f,
                        *VKEY,
                        '--all',
                        '--profile',
                        'guide',
                        '-o',
                        'jsonl',
                        status=None,
                    )
                    .stdout.decode()
                    .split('\n'),
                ),
            )
        }
        for w in map(
            json.loads,
            filter(None, open(f'{SHARED}/sets/{s}/server-reconstruct.jsonl').read().split('\n')),
        ):
            b, g = w['body'], got.get(w['correlation_id'])
            n += w['http_status'] != 404
            if w['http_status'] == 404:
                check(g is None, w['correlation_id'])
            elif w['http_status'] == 400:
                check({k: g[k] for k in b} == b, (b, g))
            elif w['http_status'] == 200:
                check(
                    {k: g['validation'][k] for k in b['validation']} == b['validation']
                    and g.get('cluster_id') == b.get('cluster_id'),
                    (b, g),
                )
        check(n > 1, s)


@test
def children_as_they_were():
    """What events carry of the objects that belong to a request, against those objects: exact and
    derived are equal, nothing is invented.
    """
    objects = {}
    for f in os.listdir(FIX + '/children'):
        o = yaml.load(open(f'{FIX}/children/{f}'), Loader)
        objects[o['kind'], o['metadata']['name']] = o
    f, _, _ = archive('children', LC)
    seen = set()
    n = 0
    for o in lines_of('reconstruct', f, *VKEY, '--all', '--children'):
        for c in o['children']:
            key = c['object']['kind'], c['object']['metadata']['name']
            seen.add(key)
            was = objects[key]
            check(c['object']['metadata']['namespace'] == was['metadata']['namespace'], key)
            want, how = dict(leaves({k: was.get(k, {}) for k in ('spec', 'status')})), {
                p['path']: p['grade'] for p in c['provenance']
            }
            for p, v in leaves({k: c['object'].get(k, {}) for k in ('spec', 'status')}):
                if v == {}:
                    continue
                grade = max((q for q in how if p == q or p.startswith((q + '.', q + '['))), key=len)
                n += 1
                check(
                    want.get(p) == v or how[grade] in ('approximate', 'partial') and p in want,
                    (key, p, v, want.get(p), how[grade]),
                )
    check(seen == set(objects) and n > 300, (n, set(objects) - seen))
    docs = list(
        yaml.load_all(
            run(EXHIBIT, 'reconstruct', f, *VKEY, '--id', FIVE[0], '--children').stdout, Loader
        )
    )
    check(
        docs[0]['kind'] == 'RemediationRequest'
        and {(d['kind'], d['metadata']['name']) for d in docs[1:]}
        == {k for k in objects if k[1].endswith(FIVE[0])},
        'further documents',
    )


# (events behind the request; conditions as (type, status, reason, message, seconds))
ASKED = ('ApprovalDecided', 'False', 'PendingDecision', 'No decision yet', 3)
UNEXPIRED = ('ApprovalExpired', 'False', 'NotExpired', 'Approval has not expired', 3)
AWAITED = ('ApprovalPending', 'True', 'AwaitingDecision', None, 3)
RECORDED = 'Approval audit event orchestrator.approval.%s recorded to DataStorage'
CONDITIONS = {
    'asked': ([], [AWAITED, ASKED, UNEXPIRED]),
    'approved': (
        [('decided', 9, 'user/a', 'Approved', 'go'), ('approved', 10, 'user/a', 'approved')],
        [
            ('ApprovalPending', 'False', 'DecisionMade', 'Decision received', 9),
            ('ApprovalDecided', 'True', 'Approved', 'Approved by a', 9),
            UNEXPIRED,
            ('Ready', 'True', 'Ready', 'Approval decided', 9),
            ('AuditRecorded', 'True', 'AuditSucceeded', RECORDED % 'approved', 10),
        ],
    ),
    'rejected': (
        [('decided', 9, 'user/a', 'Rejected', 'no "b"'), ('rejected', 10, 'user/a', 'rejected')],
        [
            ('ApprovalPending', 'False', 'DecisionMade', 'Decision received', 9),
            ('ApprovalDecided', 'True', 'Rejected', 'Rejected by a: no "b"', 9),
            UNEXPIRED,
            ('Ready', 'True', 'Ready', 'Approval decided', 9),
            ('AuditRecorded', 'True', 'AuditSucceeded', RECORDED % 'rejected', 10),
        ],
    ),
    'expired': (
        [('rejected', 10, 'service/controller', 'expired')],
        [
            ('ApprovalPending', 'False', 'DecisionMade', 'Expired without decision', 10),
            ASKED,
            ('ApprovalExpired', 'True', 'Timeout', None, 10),
            ('Ready', 'False', 'NotReady', 'Approval expired', 10),
            ('AuditRecorded', 'True', 'AuditSucceeded', RECORDED % 'rejected', 10),
        ],
    ),
    'expired by a person': (
        [('rejected', 10, 'user/a', 'expired')],
        [
            AWAITED,
            ASKED,
            UNEXPIRED,
            ('AuditRecorded', 'True', 'AuditSucceeded', RECORDED % 'rejected', 10),
        ],
    ),
    'rejected, its words lost': (
        [('rejected', 10, 'user/a', 'rejected')],
        [
            ('ApprovalPending', 'False', 'DecisionMade', 'Decision received', 10),
            ('ApprovalDecided', 'True', 'Rejected', None, 10),
            UNEXPIRED,
            ('Ready', 'True', 'Ready', 'Approval decided', 10),
            ('AuditRecorded', 'True', 'AuditSucceeded', RECORDED % 'rejected', 10),
        ],
    ),
}


@test
def conditions_of_approval_requests():
    """What the controller sets when it asks, when a person decides, and when nobody does; a message
    that no event tells is left out.
    """
    from suite_stories import event, put, BEGIN, RR

    at = lambda s: f'2026-12-01T10:00:{s:02}Z'
    for name, (events, want) in CONDITIONS.items():
        rs = [event(0, 'gateway.signal.received', signal_name='x')] + BEGIN
        rs.append(event(3, 'orchestrator.approval.requested', rar_name='rar-' + RR))
        for what, s, actor, action, *words in events:
            if what == 'decided':
                kind = 'webhook.remediationapprovalrequest.decided'
                d = {'decision': action, 'decided_at': at(s), 'decision_message': words[0]}
                rs.append(event(s, kind, actor=actor, **d))
            else:
                rs.append(event(s, 'orchestrator.approval.' + what, action=action, actor=actor))
        f = put('conditions-' + name.replace(' ', '-'), rs)
        [o] = lines_of('reconstruct', f, *VKEY, '--all', '--partial', '--children')
        [c] = [c for c in o['children'] if c['object']['metadata']['name'] == 'rar-' + RR]
        got = [
            tuple(x.get(k) for k in ('type', 'status', 'reason', 'message', 'lastTransitionTime'))
            for x in c['object']['status']['conditions']
        ]
        check(got == [(*w[:4], at(w[4])) for w in want], (name, got))
        check(
            {p['grade'] for p in c['provenance'] if p['path'] == 'status.conditions'}
            == {'approximate'},
            name,
        )


@test
def scalars_read_back():
    """A thousand random scalars, as names and as values, through two parsers that share nothing:
    what Kubernetes would read is what was there.
    """
    rnd = random.Random(7)
    odd = [
        '',
        ' ',
        '~',
        'null',
        'Null',
        'yes',
        'No',
        'y',
        'n',
        'on',
        'OFF',
        'true',
        'False',
        '1',
        '-1',
        '0x1f',
        '0o14',
        '014',
        '1e3',
        '.5',
        '-.inf',
        '.NaN',
        '1_000',
        '1:30',
        '190:20:30',
        '2026-11-21',
        '2026-11-21T00:00:00Z',
        '-',
        '- a',
        '?',
        '? a',
        ':',
        'a: b',
        'a:',
        ' a',
        'a ',
        'a #b',
        '#',
        '&a',
        '*a',
        '!a',
        '!!str a',
        '|',
        '>',
        '%a',
        '@a',
        '`a',
        '"',
        "'",
        '{',
        '}',
        '[',
        ']',
        ',',
        '{a: b}',
        '---',
        '...',
        '--- a',
        '<<',
        '=',
        '\\',
        '\n',
        'a\n',
        '\na',
        'a\nb',
        'a\n\nb\n',
        '\t',
        'a\tb',
        '\r',
        'a\r\nb',
        '\u2028',
        'a\u2029b',
        '\u0085',
        '\ufeff',
        '\ufeffa',
        '\x01',
        '\x1b[31m',
        '\x7f',
        '\x9f',
        '\u200b',
        '\u202e',
        '\ue000',
        '\ufffd',
        '\U0001f600',
        'é',
        'ü' * 90,
        'x' * 200,
        'word ' * 60,
        '"' * 5,
        "it's",
        'C:\\dir',
        '$HOME',
        '\ud7ff',
        '\uffff',
    ]
    pool = 'ab01 -_.:,#&*!|>%@`"\'{}[]?~=\\/\n\r\t\x01\x1f\x7f\u0085\u2028\u2029\ufeffé\U0001f600'
    texts = odd + [
        ''.join(rnd.choice(pool) for _ in range(rnd.randint(1, 40))) for _ in range(1000 - len(odd))
    ]
    row = next(
        r
        for r in (
            json.loads(l)
            for l in (
                run(EXHIBIT, 'cat', archive('scalars-base', LC)[0], *VKEY, '-o', 'jsonl')
                .stdout.decode()
                .split('\n')
            )
            if l
        )
        if r['event_type'] == 'gateway.signal.received'
    )
    want = {f'{i:04d}': t for i, t in enumerate(texts)} | {t: f'{i}' for i, t in enumerate(texts)}
    row.update(event_hash=None, previous_event_hash=None)
    row['event_data']['signal_annotations'] = want
    open(path('scalars.jsonl'), 'w').write(json.dumps(row) + '\n')
    f, _, _ = archive('scalars', path('scalars.jsonl'))
    text = run(EXHIBIT, 'reconstruct', f, *VKEY, '--all', '--partial').stdout
    open(path('scalars.yaml'), 'wb').write(text)
    perl = subprocess.run(
        [
            'perl',
            '-MYAML::PP',
            '-MJSON::PP',
            '-e',
            (
                'binmode STDIN, ":utf8"; local $/; my $d = YAML::PP->new(boolean =>'
                ' "JSON::PP")->load_string(<STDIN>); print'
                ' JSON::PP->new->ascii->canonical->encode($d)'
            ),
        ],
        input=text,
        capture_output=True,
    )
    check(perl.returncode == 0, perl.stderr[:600])
    for name, got in (('PyYAML', yaml.safe_load(text)), ('YAML::PP', json.loads(perl.stdout))):
        got = got['spec']['signalAnnotations']
        check(
            got == want,
            (
                name,
                [
                    (k, want.get(k), got.get(k))
                    for k in set(want) | set(got)
                    if want.get(k) != got.get(k)
                ][:5],
            ),
        )


@test
def history_ends_as_the_object():
    """Every change has its event; all of them together are the object."""
    f, _, _ = archive('history', LC)
    for name in FIVE:
        rr = json.loads(run(EXHIBIT, 'reconstruct', f, *VKEY, '--id', name, '-o', 'json').stdout)[
            'remediation_request'
        ]
        steps = lines_of('history', f, *VKEY, '--id', name)
        have = {}
        events = {
            r['event_id']
            for r in map(
                json.loads,
                filter(
                    None,
                    run(EXHIBIT, 'cat', f, *VKEY, '--id', name, '-o', 'jsonl')
                    .stdout.decode()
                    .split('\n'),
                ),
            )
        }
        for s in steps:
            check(s['event_id'] in events and s['changes'], s)
            for c in s['changes']:
                check(have.get(c['path']) == c['from'], (c, have.get(c['path'])))
                if c['to'] is None:
                    del have[c['path']]
                else:
                    have[c['path']] = c['to']
        want = []
        for p, v in leaves({k: v for k, v in rr.items() if k != 'status'}):
            want.append(v)
        for p, v in leaves({k: v for k, v in rr['status'].items() if k != 'conditions'}):
            if v not in ({}, []):
                check(have['status.' + p] == v, (p, v, have.get('status.' + p)))
                want.append(v)
        for c in rr['status']['conditions']:
            for k, v in c.items():
                check(have[f'status.conditions[{c["type"]}].{k}'] == v, (c, k))
                want.append(v)
        check(
            len(have) == len([v for v in want if v not in ({}, [])]), (name, len(have), len(want))
        )
        check(
            b'HISTORY of RemediationRequest' in run(
                EXHIBIT, 'history', f, *VKEY, '--id', name
            ).stdout,
            'the screen',
        )
    run(EXHIBIT, 'history', f, *VKEY, status=64)
    run(EXHIBIT, 'history', f, *VKEY, '--id', 'nobody', status=66)


@test
def diff_tells_who():
    """An object as its events tell; one that was changed by somebody else, by the controller, or is
    another; and none at all.
    """
    f, _, _ = archive('diff', LC)
    name = FIVE[0]
    kept = f'{FIX}/objects/{name}.yaml'

    def diff(o, status=11, *more):
        open(path('diff.yaml'), 'w').write(o if isinstance(o, str) else yaml.safe_dump(o))
        return json.loads(
            run(
                EXHIBIT,
                'diff',
                f,
                *VKEY,
                '--id',
                name,
                '--with',
                path('diff.yaml'),
                '-o',
                'json',
                status=status,
            ).stdout
        )['remediations'][0]

    for n in FIVE:
        d = json.loads(
            run(
                EXHIBIT,
                'diff',
                f,
                *VKEY,
                '--id',
                n,
                '--with',
                f'{FIX}/objects/{n}.yaml',
                '-o',
                'json',
                status=None,
            ).stdout
        )['remediations'][0]
        check(
            not [
                x
                for x in d['differences']
                if x['class'] in ('differs', 'set-by-other', 'only-rebuilt')
            ],
            (n, d['differences']),
        )
    d = json.loads(
        run(EXHIBIT, 'diff', f, *VKEY, '--id', name, '--with', kept, '-o', 'json', status=0).stdout
    )['remediations'][0]
    check(
        d['counts']['equal'] > 60 and d['correlation_id'] == name and not d['partial'], d['counts']
    )
    o = original(name)
    o['metadata']['managedFields'] = [
        {
            'manager': 'remediationorchestrator',
            'fieldsV1': {
                'f:status': {'f:startTime': {}, 'f:overallPhase': {}, 'f:timeoutConfig': {}}
            },
        },
        {
            'manager': 'kubectl-edit',
            'fieldsV1': {'f:status': {'f:timeoutConfig': {'f:global': {}}}},
        },
    ]
    o['status'].setdefault('timeoutConfig', {})['global'] = '99h0m0s'
    o['status']['overallPhase'] = 'Cancelled'
    o['spec']['severity'] = 'x'
    del o['spec']['signalName']
    o['status']['skipReason'] = 'made up'
    got = {x['path']: x for x in diff(o)['differences']}
    check(
        got['status.timeoutConfig.global']['class'] == 'set-by-other'
        and got['status.timeoutConfig.global']['set_by'] == 'kubectl-edit',
        got['status.timeoutConfig.global'],
    )
    check(
        got['status.overallPhase']['class'] == 'differs'
        and got['status.overallPhase']['grade'] == 'derived'
        and got['spec.severity']['class'] == 'differs',
        got,
    )
    check(
        got['spec.signalName']['class'] == 'only-rebuilt'
        and got['status.skipReason']['class'] == 'only-object',
        got,
    )
    check(
        'DIFFERS' in run(
            EXHIBIT, 'diff', f, *VKEY, '--id', name, '--with', path('diff.yaml'), status=11
        ).stdout.decode(),
        'the screen',
    )
    for bad in ('*alias', '- 1\n', 'kind: Pod\nmetadata: {name: x}\n', '{"a": ' * 90):
        open(path('bad.yaml'), 'w').write(bad)
        run(EXHIBIT, 'diff', f, *VKEY, '--id', name, '--with', path('bad.yaml'), status=65)
    run(EXHIBIT, 'diff', f, *VKEY, '--id', name, '--with', path('nothing.yaml'), status=66)
    run(EXHIBIT, 'diff', f, *VKEY, '--id', name, status=64)
    run(EXHIBIT, 'diff', f, *VKEY, '--with', kept, status=64)


@test
def diff_with_files_as_people_have_them():
    """Words of kubectl on top, pairs of escapes in JSON, an object under another name, two of one
    name: read, or refused with the reason.
    """
    f, _, _ = archive('diff-files', LC)
    name = FIVE[0]
    text = open(f'{FIX}/objects/{name}.yaml').read()
    whole = yaml.safe_load(text)

    def diff(text, status=0):
        open(path('with'), 'w').write(text)
        p = run(EXHIBIT, 'diff', f, *VKEY, '--id', name, '--with', path('with'), status=status)
        return p.stdout.decode() + p.stderr.decode()

    for words in (
        'Warning: v1 is deprecated\n',
        'Warning: use "x": {a}\nE1118 12:00:00 memcache.go:265] couldn\'t\n\n',
    ):
        for body in (text, json.dumps(whole), json.dumps(whole, indent=1)):
            said = diff(words + body)
            check('AS ITS EVENTS TELL' in said and 'words of a tool on top' in said, said[:300])
    for form in ('utf-8', 'utf-8-sig', 'utf-16', 'utf-16-le'):
        for body in (text, json.dumps(whole)):
            open(path('with'), 'wb').write(body.encode(form))
            with_ = ['--id', name, '--with', path('with')]
            p = run(EXHIBIT, 'diff', f, *VKEY, *with_, status=None)
            check(p.returncode == 0 and b'words of a tool' not in p.stderr, (form, p))
    rocket = json.loads(json.dumps(whole))
    rocket['metadata'].setdefault('labels', {})['x'] = '\U0001f680 \\ud83d'
    escaped = json.dumps(rocket)
    check('\\ud83d\\ude80' in escaped, 'a pair')
    for body in (escaped, escaped.replace('\\ud83d\\ude80', '\\uD83D\\uDE80')):
        check('labels' in diff(body, 11), 'read')
    other = text.replace(name, 'rr-of-another-name')
    check('is named rr-of-another-name, not ' + name in diff(other, 11), 'said')
    check('AS ITS EVENTS TELL' in diff(f'{text}\n---\n{text}'), 'twice the same')
    edited = text.replace('spec:', 'spec:\n  extra: x', 1)
    said = diff(f'{text}\n---\n{edited}', 65)
    check(f'two objects named {name}' in said, said)
    kind = edited.replace('kind: RemediationRequest', 'kind: Other', 1)
    check('AS ITS EVENTS TELL' in diff(f'{text}\n---\n{kind}'), 'of another kind')
    said = diff(text.replace('spec:', 'kind: Other\nspec:', 1), 65)
    check(re.search('line [0-9]+: the member kind stands twice', said), said)


@test
def diff_with_a_collection():
    """Objects inside a must-gather against the events beside them."""
    d = path('diff-mg')
    small_collection(d, sanitised=False)
    name = 'rr-a95576be482c-1fa828dc'
    f, _, _ = archive('diff-mg-a', d, options=['--unsealed'])
    rr = json.loads(run(EXHIBIT, 'reconstruct', f, '--id', name, '-o', 'json').stdout)[
        'remediation_request'
    ]
    rr['status']['overallPhase'] = 'Skipped'
    open(d + '/crds/remediationrequests/all-instances.yaml', 'w').write(
        yaml.safe_dump({'apiVersion': 'v1', 'items': [rr], 'kind': 'List'})
    )
    f, _, _ = archive('diff-mg-b', d, options=['--unsealed'])
    p = run(EXHIBIT, 'diff', f, '--with-collected', '-o', 'json', status=11)
    o = json.loads(p.stdout)['remediations']
    check(
        [(x['path'], x['class']) for x in o[0]['differences'] if x['class'] != 'not-in-events']
        == [('status.overallPhase', 'differs')]
        and len(o) == 1
        and b'1 compared, 1 differ' in p.stderr,
        (o, p.stderr),
    )


@test
def selected_and_listed():
    """Filters, lists, provenance, comments: the same objects in other clothes."""
    f, _, _ = archive('selected', LC)
    every = {o['correlation_id']: o for o in lines_of('reconstruct', f, *VKEY, '--all')}

    def names(*more):
        return [
            o['correlation_id']
            for o in lines_of('reconstruct', f, *VKEY, '--all', *more, status=None)
        ]

    for key, option in (('overallPhase', '--phase'),):
        for v in {o['remediation_request']['status'][key] for o in every.values()}:
            check(
                sorted(names(option, v))
                == sorted(
                    c for c, o in every.items() if o['remediation_request']['status'][key] == v
                )
                != [],
                v,
            )
    for v in {
        o['remediation_request']['spec']['targetResource']['namespace'] for o in every.values()
    }:
        check(
            sorted(names('--namespace', v))
            == sorted(
                c
                for c, o in every.items()
                if o['remediation_request']['spec']['targetResource']['namespace'] == v
            ),
            v,
        )
    check(
        run(EXHIBIT, 'reconstruct', f, *VKEY, '--all', '--outcome', 'None', status=64).stdout == b''
        and set(names('--outcome', 'Remediated'))
        == {
            c
            for c, o in every.items()
            if o['remediation_request']['status'].get('completionStatus', {}).get('outcome')
            == 'Remediated'
        },
        'outcome',
    )
    first = {
        c: min(
            r['event_timestamp']
            for r in map(
                json.loads,
                filter(
                    None,
                    run(EXHIBIT, 'cat', f, *VKEY, '--id', c, '-o', 'jsonl')
                    .stdout.decode()
                    .split('\n'),
                ),
            )
        )
        for c in every
    }
    days = sorted(t[:10] for t in first.values())
    for a, b in ((days[0], days[0]), (days[0], days[2]), ('', days[1]), (days[1], '')):
        check(
            sorted(names('--period', f'{a}..{b}'))
            == sorted(c for c, t in first.items() if (a or '0') <= t[:10] <= (b or '9')),
            (a, b),
        )
    t = sorted(first.values())[2].replace('+00:00', 'Z')
    check(
        len(names('--period', f'{t}..')) == 3 and len(names('--period', f'..{t}')) == 3,
        'both ends belong to it',
    )
    for bad in ('2026-11-01', 'a..b', '2026-13-01..'):
        run(EXHIBIT, 'reconstruct', f, *VKEY, '--all', '--period', bad, status=64)
    listed = yaml.load(run(EXHIBIT, 'reconstruct', f, *VKEY, '--all', '--list').stdout, Loader)
    as_json = json.loads(
        run(EXHIBIT, 'reconstruct', f, *VKEY, '--all', '--list', '-o', 'json').stdout
    )
    check(
        listed == as_json
        and listed['kind'] == 'List'
        and [i['metadata']['name'] for i in listed['items']] == list(every)
        and listed['items'] == [o['remediation_request'] for o in every.values()],
        'lists',
    )
    check(
        yaml.safe_load(
            run(EXHIBIT, 'reconstruct', f, *VKEY, '--all', '--list', '--phase', 'Skipped').stdout
        )['items']
        == [],
        'an empty list',
    )
    check(
        json.loads(run(EXHIBIT, 'reconstruct', f, *VKEY, '--all', '-o', 'json').stdout) == {
            'remediations': [{k: v for k, v in o.items() if k != 'limits'} for o in every.values()],
            'limits': [],
        },
        'json: one document',
    )
    docs = list(yaml.load_all(run(EXHIBIT, 'reconstruct', f, *VKEY, '--all').stdout, Loader))
    check(docs == listed['items'], 'documents')
    told = run(EXHIBIT, 'reconstruct', f, *VKEY, '--id', FIVE[0]).stdout.decode()
    bare = run(EXHIBIT, 'reconstruct', f, *VKEY, '--id', FIVE[0], '--no-comments').stdout.decode()
    check(
        yaml.safe_load(told) == yaml.safe_load(bare)
        and len(told.split('\n')) == len(bare.split('\n')),
        'comments change nothing',
    )
    commented = [(l, b) for l, b in zip(told.split('\n'), bare.split('\n')) if l != b]
    check(
        len(commented) > 30
        and all(
            re.fullmatch(
                re.escape(b)
                + r'  # (exact|derived|approximate|partial): .* \[[0-9a-f-]{36} @\d+\](; .*)?',
                l,
            )
            for l, b in commented
        ),
        commented[:3],
    )
    table = run(EXHIBIT, 'reconstruct', f, *VKEY, '--id', FIVE[0], '--provenance').stdout.decode()
    o = every[FIVE[0]]
    check(
        all(
            f"{p['event_id']}  {p['position']:9d}  {p['path']}: {p['rule']}" in table
            for p in o['provenance']
        )
        and all(f"  {m['path']}: {m['reason']}" in table for m in o['missing']),
        table[:500],
    )
    only = json.loads(
        run(EXHIBIT, 'reconstruct', f, *VKEY, '--id', FIVE[0], '--provenance', '-o', 'json').stdout
    )
    check(
        only == {**{k: o[k] for k in ('correlation_id', 'provenance', 'missing')}, 'limits': []},
        list(only),
    )
    v = o['validation']
    server = {
        w['correlation_id']: w['body']['validation']
        for w in map(json.loads, filter(None, open(FIX + '/reconstruct.jsonl').read().split('\n')))
    }
    check(
        all(
            (o['validation']['completeness'], o['validation']['warnings'])
            == (server[c]['completeness'], server[c]['warnings'])
            for c, o in every.items()
        ),
        'the source\'s own figures',
    )
    check(sum(v['grades'].values()) == len(o['provenance']) and v['fields']['spec']['of'] == 17, v)
    p = json.loads(
        run(EXHIBIT, 'reconstruct', f, *VKEY, '--id', 'nobody', '-o', 'json', status=66).stdout
    )
    check(p['status'] == 404 and p['type'].endswith('audit/correlation-not-found'), p)


@test
def must_gather_layout():
    """Folders that readers of must-gathers know; the same objects; nothing else."""
    f, _, _ = archive('layout', LC)
    d = path('layout-out')
    run(EXHIBIT, 'reconstruct', f, *VKEY, '--all', '--layout', 'must-gather', '--out-dir', d)
    files = sorted(os.path.relpath(os.path.join(p, n), d) for p, _, ns in os.walk(d) for n in ns)
    every = {
        o['correlation_id']: o for o in lines_of('reconstruct', f, *VKEY, '--all', '--children')
    }
    ns = 'namespaces/kubernaut-system/'
    check({'version', 'timestamp', ns + 'kubernaut-system.yaml'} <= set(files), files[:5])
    check(
        len(
            [
                n
                for n in files
                if n.startswith(
                    'cluster-scoped-resources/apiextensions.k8s.io/customresourcedefinitions/'
                )
            ]
        )
        == 7,
        'CRDs',
    )
    for c, o in every.items():
        m = (one := yaml.load(open(f'{d}/{ns}kubernaut.ai/remediationrequests/{c}.yaml'), Loader))[
            'metadata'
        ]
        check(
            m.pop('creationTimestamp', None) == m['annotations'].get('kubernaut.ai/created-at')
            and one == o['remediation_request'],
            c,
        )
        for k in o['children']:
            plural = (k['object']['kind'].lower() + 's').replace('analysiss', 'analyses')
            name = k['object']['metadata']['name']
            file = open(f'{d}/{ns}kubernaut.ai/{plural}/{name}.yaml')
            check(yaml.load(file, Loader) == k['object'], k)
    check(
        len(files) == 3 + 7 + len(every) + sum(len(o['children']) for o in every.values()),
        len(files),
    )
    crd = yaml.safe_load(
        open(
            d
            + '/cluster-scoped-resources/apiextensions.k8s.io/customresourcedefinitions'
            + '/remediationrequests.kubernaut.ai.yaml'
        )
    )['spec']
    real = yaml.safe_load(open(FIX + '/crd/kubernaut.ai_remediationrequests.yaml'))['spec']
    check(
        crd['group'] == real['group']
        and crd['names'] == {k: v for k, v in real['names'].items() if k in crd['names']}
        and crd['scope'] == real['scope'],
        crd,
    )
    columns = {c['name']: c for c in real['versions'][0]['additionalPrinterColumns']}
    got = crd['versions'][0]['additionalPrinterColumns']
    check([c['name'] for c in got] == ['Phase', 'Outcome', 'Alert', 'Workflow', 'Age'], got)
    nested = any(
        'completionStatus' in o['remediation_request'].get('status', {}) for o in every.values()
    )
    check(not nested or all(columns[c['name']] == c for c in got), got)
    for o in every.values():
        for c in got[:4]:
            at = o['remediation_request']
            for part in c['jsonPath'][1:].split('.'):
                at = (at or {}).get(part)
            check(at is None or isinstance(at, str), c)
        check(o['remediation_request']['status'].get('overallPhase'), 'a phase is shown')
    run(
        EXHIBIT,
        'reconstruct',
        f,
        *VKEY,
        '--all',
        '--layout',
        'must-gather',
        '--out-dir',
        d,
        status=73,
    )
    run(EXHIBIT, 'reconstruct', f, *VKEY, '--all', '--layout', 'must-gather', status=64)


@test
def older_versions():
    """Event types and members under their older names, and status in one level: the same object as
    under today's.
    """
    f, _, _ = archive('older-base', LC)
    name = FIVE[2]
    rows_ = [
        r
        for r in map(
            json.loads,
            filter(
                None,
                run(EXHIBIT, 'cat', f, *VKEY, '--id', name, '-o', 'jsonl')
                .stdout.decode()
                .split('\n'),
            ),
        )
    ]
    today = json.loads(run(EXHIBIT, 'reconstruct', f, *VKEY, '--id', name, '-o', 'json').stdout)[
        'remediation_request'
    ]
    flat = json.loads(
        run(EXHIBIT, 'reconstruct', f, *VKEY, '--id', name, '--status', 'flat', '-o', 'json').stdout
    )
    groups = (
        'completionStatus',
        'operatorAudit',
        'phaseProgress',
        'routingStatus',
        'workflowSelection',
    )
    status = {}
    for k, v in today['status'].items():
        status.update(v if k in groups else {k: v})
    check(
        flat['remediation_request']['status'] == status
        and flat['remediation_request']['spec'] == today['spec']
        and flat['validation']['is_valid'],
        flat['validation'],
    )
    types = older_names()
    members = re.findall(
        r'MEMBER\("([^"]*)", "([^"]*)"\)', open(TOP + '/src/read/members.def').read()
    )
    renamed = 0
    for r in rows_:
        r.update(event_hash=None, previous_event_hash=None)
        old = r['event_type']
        r['event_type'] = types.get(old, old)
        renamed += r['event_type'] != old
        for new, was in members:
            a, b = r['event_data'], r['event_data']
            *way, last = new.split('.')
            for k in way:
                a = a.get(k, {}) if isinstance(a, dict) else {}
            if not isinstance(a, dict) or last not in a:
                continue
            for k in was.split('.')[:-1]:
                b = b.setdefault(k, {})
            b[was.split('.')[-1]] = a.pop(last)
            renamed += 1
        if r['event_type'].startswith('gateway.'):
            r['event_data'] = {'gateway': r['event_data']}
            renamed += 1
        r['cluster_name'] = r.pop('cluster_id')
    check(renamed > 10, renamed)
    open(path('older.jsonl'), 'w').write('\n'.join(map(json.dumps, rows_)) + '\n')
    g, _, _ = archive('older', path('older.jsonl'))
    o = json.loads(run(EXHIBIT, 'reconstruct', g, *VKEY, '--id', name, '-o', 'json').stdout)
    check(
        o['remediation_request'] == flat['remediation_request'],
        [
            (k, o['remediation_request']['status'].get(k), v)
            for k, v in status.items()
            if o['remediation_request']['status'].get(k) != v
        ],
    )


@test
def members_may_be_missing():
    """A remediation from which one member of one event's data is gone, or is of another type, as
    often as there are members: it is rebuilt, or refused, never more.
    """
    f, _, _ = archive('members-base', LC)
    one = [
        dict(r, event_hash=None, previous_event_hash=None)
        for r in map(
            json.loads,
            filter(
                None,
                run(EXHIBIT, 'cat', f, *VKEY, '--id', FIVE[2], '-o', 'jsonl')
                .stdout.decode()
                .split('\n'),
            ),
        )
    ]

    def members(o, p=()):
        for k, v in o.items() if isinstance(o, dict) else enumerate(o):
            yield p + (k,)
            if isinstance(v, (dict, list)):
                yield from members(v, p + (k,))

    cases = [(i, p) for i, r in enumerate(one) for p in members(r['event_data']) if len(p) < 4]
    out, told = [], 0
    for n, (i, p) in enumerate(cases):
        for k, r in enumerate(one):
            r = json.loads(json.dumps(r)) if k == i else dict(r)
            r['correlation_id'] = f'rr-case-{n:05d}'
            r['event_id'] = f'{n:08x}-{k:04x}-4000-8000-000000000000'
            if k == i:
                at = r['event_data']
                for step in p[:-1]:
                    at = at[step]
                if n % 3 == 0:
                    del at[p[-1]]
                else:
                    at[p[-1]] = [[], {'a': None}, 7, '', None][n % 5]
            if k == i or r['event_type'].startswith(
                ('gateway.signal', 'orchestrator', 'remediation.')
            ):
                out.append(json.dumps(r))
    open(path('members.jsonl'), 'w').write('\n'.join(out) + '\n')
    g, _, _ = archive('members', path('members.jsonl'))
    for o in lines_of('reconstruct', g, *VKEY, '--all', '--partial', '--children'):
        check(
            all(
                p['event_id'][:8] == f"{int(o['correlation_id'][8:]):08x}" for p in o['provenance']
            ),
            o['correlation_id'],
        )
        told += 1
    check(told == len(cases) > 300, (told, len(cases)))
