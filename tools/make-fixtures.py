#!/usr/bin/env python3
"""Rebuilds fixtures/ from ../shared/kubernaut-data: real rows of set `lifecycles`, cut down,
nothing changed.

lifecycles.sql   its pg_dump with the rows of five remediations only (approved, rejected, expired,
                 auto-approved, awkward text)
small.jsonl      the 16 rows of one short remediation, as row_to_json prints them
keyed.jsonl      the first rows of one remediation of set `lifecycles-keyed`, after its HMAC key
                 came, and that key
purged.jsonl     rows of set `honest-unkeyed` whose predecessors a retention run of the source
                 deleted
server.jsonl     what Kubernaut's own verify-chain answered on the rows of lifecycles.sql and
                 purged.jsonl
tables/          the made-up remediations of readings/amb, and the rows of the audit tables that are
                 right for them
vectors/         awkward.jsonl.zst, preimages.jsonl.zst as they are
"""

import json, os, re, shutil, subprocess, sys

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DATA = os.path.join(HERE, '../shared/kubernaut-data')
OUT = os.path.join(HERE, 'fixtures')
FIVE = [
    'rr-a0cd2b64efdc-857f82a3',
    'rr-26e61abd09a2-ddee7d95',
    'rr-c450e07f0523-9eb39eef',
    'rr-afc999a0c6c6-d2010ab7',
    'rr-0131b24ce0f7-238f1727',
]


def lines(path):
    return [
        l
        for l in (
            subprocess.run(
                ['zstd', '-dcqf', '--long=27', os.path.join(DATA, path)],
                capture_output=True,
                check=True,
            )
            .stdout.decode()
            .split('\n')
        )
        if l
    ]


def write(name, rows):
    with open(os.path.join(OUT, name), 'w') as f:
        f.writelines(r + '\n' for r in rows)


os.makedirs(os.path.join(OUT, 'vectors'), exist_ok=True)
dump = subprocess.run(
    ['zstd', '-dcq', os.path.join(DATA, 'sets/lifecycles/dump.sql.zst')],
    capture_output=True,
    check=True,
).stdout.decode()
out, copying = [], False
for l in dump.split('\n'):
    if copying and l != '\\.':
        if l.split('\t')[14] in FIVE:
            out.append(l)
        continue
    copying = bool(re.match(r'COPY public\.audit_events_', l))
    out.append(l)
with open(os.path.join(OUT, 'lifecycles.sql'), 'w') as f:
    f.write('\n'.join(out))
rows = lines('sets/lifecycles/rows.jsonl.zst')
write('small.jsonl', [r for r in rows if '"correlation_id":"rr-a95576be482c-1fa828dc"' in r])
keyed = [
    r
    for r in lines('sets/lifecycles-keyed/rows.jsonl.zst')
    if json.loads(r)['hash_algorithm'] == 'hmac-sha256'
]
count = {}
for r in keyed:
    count.setdefault(json.loads(r)['correlation_id'], []).append(r)
write(
    'keyed.jsonl',
    next(
        v
        for c, v in sorted(count.items())
        if 10 <= len(v) <= 40 and any(json.loads(r)['previous_event_hash'] == '' for r in v)
    ),
)
shutil.copyfile(
    os.path.join(DATA, 'sets/lifecycles-keyed/hmac-1.key'), os.path.join(OUT, 'hmac.key')
)
expected = json.load(open(os.path.join(DATA, 'sets/honest-unkeyed/expected.json')))['correlations']
gaps = [c for c, x in expected.items() if x.get('gap')][:3]
write(
    'purged.jsonl',
    [
        r
        for r in lines('sets/honest-unkeyed/rows.jsonl.zst')
        if json.loads(r)['correlation_id'] in gaps
    ],
)
answers = lines('sets/lifecycles/server-verify-chain.jsonl.zst') + [
    l
    for l in (
        open(os.path.join(DATA, 'sets/honest-unkeyed/server-verify-chain.jsonl')).read().split('\n')
    )
    if l
]
write('server.jsonl', [a for a in answers if json.loads(a)['correlation_id'] in FIVE + gaps])
for v in ('awkward.jsonl', 'preimages.jsonl'):
    subprocess.run(
        [
            'zstd',
            '-19',
            '-q',
            '-f',
            os.path.join(DATA, 'vectors', v),
            '-o',
            os.path.join(OUT, 'vectors', v + '.zst'),
        ],
        check=True,
    )
os.makedirs(os.path.join(OUT, 'objects'), exist_ok=True)
os.makedirs(os.path.join(OUT, 'children'), exist_ok=True)
for c in FIVE:
    of = os.path.join(DATA, f'sets/lifecycles/objects/{c}')
    shutil.copyfile(of + '/rr.yaml', os.path.join(OUT, f'objects/{c}.yaml'))
    for f in os.listdir(of):
        if f not in ('rr.yaml', 'agentsession.yaml'):
            shutil.copyfile(
                f'{of}/{f}',
                os.path.join(OUT, f"children/{f[:-5] if c in f else f[:-5] + '-' + c}.yaml"),
            )
write(
    'reconstruct.jsonl',
    [
        a
        for a in lines('sets/lifecycles/server-reconstruct.jsonl')
        if json.loads(a)['correlation_id'] in FIVE
    ],
)
os.makedirs(os.path.join(OUT, 'crd'), exist_ok=True)
shutil.copyfile(
    os.path.join(DATA, '../reference/crd/kubernaut.ai_remediationrequests.yaml'),
    os.path.join(OUT, 'crd/kubernaut.ai_remediationrequests.yaml'),
)
for kind in ('json', 'txt'):
    shutil.copyfile(
        os.path.join(DATA, f'sets/dead-letters/audit-dlq-events.{kind}'),
        os.path.join(OUT, f'dead-letters.{kind}'),
    )
os.makedirs(os.path.join(OUT, 'tables'), exist_ok=True)
shutil.copyfile(
    os.path.join(DATA, 'readings/amb/rows.jsonl.zst'), os.path.join(OUT, 'tables/rows.jsonl.zst')
)
for t in (
    'orchestration_audit',
    'signal_processing_audit',
    'ai_analysis_audit',
    'workflow_execution_audit',
    'notification_audit',
    'effectiveness_audit',
):
    shutil.copyfile(
        os.path.join(DATA, f'truth/amb/{t}.jsonl.zst'), os.path.join(OUT, f'tables/{t}.jsonl.zst')
    )
