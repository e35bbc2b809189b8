"""Tests of tools/must-gather: the script that a must-gather image runs, and the files that a
cluster is given.
"""

import yaml

from harness import *
import suite_api, suite_live as live

MG = TOP + '/tools/must-gather'
GATHER = MG + '/gather_exhibit'


def gather(name, status, **env):
    """Runs the script as the image does; (its folder, its status file)."""
    d = path('mg-' + name)
    os.makedirs(d)
    os.makedirs(d + '/bin')
    os.symlink(EXPORT, d + '/bin/exhibit-export')
    e = {
        'PATH': d + '/bin:' + os.environ['PATH'],
        'EXHIBIT_DEST': d + '/must-gather',
        'EXHIBIT_TOKEN_FILE': path('token'),
        'EXHIBIT_KEY': path('no-key'),
        **env,
    }
    p = subprocess.run([GATHER], env=e, capture_output=True, text=True, timeout=120)
    s = json.load(open(d + '/must-gather/audit-archives/collection-status.json'))
    check(
        p.returncode == status == s['exit']
        and s['status'] == ('complete', 'partial', 'failed')[status],
        (p.returncode, s, p.stderr[-500:]),
    )
    out = d + '/must-gather'
    check(open(out + '/version').read().split('\n')[0] == 'exhibit/must-gather', 'version')
    check(
        subprocess.run(
            ['sha256sum', '-c', '--quiet', 'SHA256SUMS'], cwd=out + '/audit-archives'
        ).returncode
        == 0,
        'sums',
    )
    for base, _, files in os.walk(out):
        for f in files:
            check(b'geheim' not in data(os.path.join(base, f)), 'no secret in ' + f)
    check(
        not any(n.startswith('.') for n in os.listdir(out + '/audit-archives')),
        'nothing half done is left',
    )
    return out + '/audit-archives', s


@test
def gathers_the_trail():
    """Zero arguments: an archive of everything, sealed if there is a key, with what the contract of
    must-gather asks for; complete, partial and failed are told by exit status and file.
    """
    suite_api.token()
    rows = suite_api.the_rows()
    a = suite_api.api.Api(rows, token='geheim-1')
    src = {'EXHIBIT_SOURCE': a.url}
    d, s = gather('whole', 0, **src)
    f = f'{d}/{s["file"]}'
    check(
        s['events'] == len(rows)
        and s['sealed'] is False
        and s['since'] is None
        and s['sha256'] == hashlib.sha256(data(f)).hexdigest()
        and s['bytes'] == os.path.getsize(f)
        and 'no signing key' in s['reasons'][0],
        s,
    )
    check(
        verify(f, status=3)['source_chain']['events'] == len(rows)
        and re.fullmatch(r'kubernaut-\d{8}T\d{6}Z\.exhibit', s['file']),
        s['file'],
    )
    shutil.copy(FIX + '/test.key', path('mg.key'))
    d, s = gather('sealed', 0, EXHIBIT_KEY=path('mg.key'), **src)
    check(
        s['sealed'] is True
        and s['reasons'] == []
        and verify(f'{d}/{s["file"]}', *VKEY)['archive']['verdict'] == 'verified',
        s,
    )
    people = [dict(r, event_data=dict(r['event_data'], email='jane@x.org')) for r in rows[:5]]
    b = suite_api.api.Api(people + suite_api.many(1500), token='geheim-1')
    d, s = gather('pii', 0, EXHIBIT_SOURCE=b.url)
    f = f'{d}/{s["file"]}'
    check(
        s['redact'] == 'pii'
        and b'j***@x***.o***' in run(EXHIBIT, 'cat', f, '-o', 'jsonl', status=None).stdout
        and b'jane@x.org' not in run(EXHIBIT, 'cat', f, '-o', 'jsonl', status=None).stdout,
        s,
    )
    d, s = gather('since', 0, MUST_GATHER_SINCE_TIME='2026-11-01T00:00:01Z', EXHIBIT_SOURCE=b.url)
    check(s['since'] == '2026-11-01T00:00:01Z' and 0 < s['events'] < 1505, s)
    d, s = gather('ago', 2, MUST_GATHER_SINCE='1h30m', EXHIBIT_SOURCE=b.url)
    check(s['since'] and 'no audit event' in s['reasons'][-1], s)
    d, s = gather('odd', 0, MUST_GATHER_SINCE='soon', **src)
    check(s['since'] is None and 'no duration' in ' '.join(s['reasons']), s)
    d, s = gather('budget', 2, EXHIBIT_MAX_BYTES='20000', **src)
    check(any('larger than the budget' in r for r in s['reasons']) and s['file'] is None, s)
    now = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() - 600))
    b.rows += [
        dict(
            rows[0],
            event_id=f'{i:08x}-1111-4000-8000-000000000000',
            event_hash='',
            previous_event_hash='',
            event_timestamp=now,
            event_date=now[:10],
        )
        for i in range(3)
    ]
    whole = os.path.getsize(f)
    d, s = gather('fits', 1, EXHIBIT_MAX_BYTES=str(whole * 3 // 4), EXHIBIT_SOURCE=b.url)
    check(
        s['since']
        and 0 < s['events'] < 1508
        and 'larger than the budget' in ' '.join(s['reasons'])
        and s['file'],
        s,
    )
    d, s = gather('down', 2, EXHIBIT_SOURCE='http://127.0.0.1:1/')
    check('connect' in s['reasons'][-1], s)
    d, s = gather('refused', 2, EXHIBIT_SOURCE=a.url, EXHIBIT_TOKEN_FILE=path('wrong-token'))
    check('401' in s['reasons'][-1], s)
    d, s = gather('none', 2, EXHIBIT_REDACT='none', **src)
    check('withheld' in s['reasons'][-1], s)
    bad = path('bad.jsonl')
    open(bad, 'w').write('\n'.join(rows_text()) + '\n{"no":1}\n')
    d, s = gather('rejects', 1, EXHIBIT_SOURCE=bad)
    check(s['rejects'] == 1, s)
    a.close()
    b.close()


def rows_text():
    return rows('small.jsonl')


@test
def files_for_a_cluster():
    """Scripts and manifests lint: nothing runs as root, nothing may be written but what must,
    nothing is reached but what must, the least rights; what the CronJob runs is a command that
    works.
    """
    p = subprocess.run(['shellcheck', '-s', 'sh', GATHER], capture_output=True, text=True)
    check(p.returncode == 0, p.stdout)
    docs = [
        d
        for n in sorted(os.listdir(MG + '/kubernetes'))
        for d in yaml.safe_load_all(open(f'{MG}/kubernetes/{n}'))
    ]
    by = {(d['kind'], d.get('metadata', {}).get('name')): d for d in docs}
    k = by['Kustomization', None]
    check(
        set(k['resources'])
        == set(os.listdir(MG + '/kubernetes')) - {'kustomization.yaml', 'secret.yaml'},
        'the Secret is made by hand',
    )
    check(
        all(
            d['metadata']['labels']['app.kubernetes.io/name'] == 'exhibit'
            for d in docs
            if d['kind'] != 'Kustomization'
        ),
        'labels',
    )
    r = by['Role', 'exhibit-reader']['rules']
    check(
        r == [
            {
                'apiGroups': [''],
                'resources': ['services'],
                'resourceNames': ['data-storage-service'],
                'verbs': ['get'],
            }
        ],
        r,
    )
    b = by['RoleBinding', 'exhibit-reader']
    check(
        b['roleRef']['name'] == 'exhibit-reader'
        and b['subjects']
        == [{'kind': 'ServiceAccount', 'name': 'exhibit', 'namespace': k['namespace']}],
        b,
    )
    n = by['NetworkPolicy', 'exhibit']['spec']
    check(
        set(n['policyTypes']) == {'Ingress', 'Egress'}
        and n['ingress'] == []
        and {p['port'] for e in n['egress'] for p in e['ports']} == {53, 5432, 8080},
        n,
    )
    j = by['CronJob', 'exhibit']['spec']
    t = j['jobTemplate']['spec']['template']
    s = t['spec']
    (c,) = s['containers']
    check(
        j['concurrencyPolicy'] == 'Forbid'
        and t['metadata']['labels'] == n['podSelector']['matchLabels']
        and s['automountServiceAccountToken'] is False
        and s['securityContext']['runAsNonRoot'] is True
        and s['securityContext']['seccompProfile']['type'] == 'RuntimeDefault',
        s,
    )
    check(
        c['securityContext'] == {
            'allowPrivilegeEscalation': False,
            'readOnlyRootFilesystem': True,
            'capabilities': {'drop': ['ALL']},
        }
        and set(c['resources']) == {'requests', 'limits'}
        and all(set(r) == {'cpu', 'memory', 'ephemeral-storage'} for r in c['resources'].values())
        and c['imagePullPolicy'] == 'Always'
        and not c['image'].endswith(':latest')
        and ':' in c['image'],
        c,
    )
    check(
        {m['name'] for m in c['volumeMounts']} == {v['name'] for v in s['volumes']}
        and {
            v['persistentVolumeClaim']['claimName']
            for v in s['volumes']
            if 'persistentVolumeClaim' in v
        }
        == {by['PersistentVolumeClaim', 'exhibit-archives']['metadata']['name']},
        s['volumes'],
    )
    secret = by['Secret', 'exhibit']['stringData']
    check(
        {e['valueFrom']['secretKeyRef']['key'] for e in c['env'] if 'valueFrom' in e}
        | {'exhibit.key'}
        == set(secret)
        and 'PRIVATE+KEY' not in str(secret),
        secret,
    )
    live.fresh('cron')
    d = path('cron')
    os.makedirs(d)
    argv = [
        a.replace('$(EXHIBIT_ORIGIN)', 'demo.example/cluster')
        .replace('/archives', d)
        .replace('/etc/exhibit/exhibit.key', FIX + '/test.key')
        for a in c['args']
    ]
    env = dict(os.environ, PGHOST=live.server(), PGDATABASE='cron', PGUSER='postgres', TMPDIR=d)
    for i in range(3):
        live.plus('cron', 2)
        run(EXPORT, *argv, env=env)
    fs = sorted(os.path.join(d, f) for f in os.listdir(d) if f.endswith('.exhibit'))
    check(
        len(fs) == 3
        and len(live.events_in(*fs)) == int(live.psql('cron', 'SELECT count(*) FROM audit_events')),
        fs,
    )
    f = open(MG + '/Containerfile').read()
    check(
        re.search(r'(?m)^USER (?!0\b|root)', f)
        and ':latest' not in f
        and all(re.search(r'FROM \S+:\S+', l) for l in f.split('\n') if l.startswith('FROM')),
        'Containerfile',
    )
    need = {
        l.split()[0]
        for l in subprocess.run(['ldd', EXPORT], capture_output=True, text=True).stdout.split('\n')
        if l
    }
    check(
        all(
            any(n.startswith(w) for n in need)
            for w in (
                'libarchive',
                'libcurl',
                'libhiredis',
                'libpq',
                'libsqlite3',
                'libcrypto',
                'libzstd',
            )
        ),
        need,
    )
