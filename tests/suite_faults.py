"""What other programs refused of our outputs, and where each is tested (tools/consumers-go.sh holds
them against the programs themselves):

label of a long name, metadata in `validation`    rebuilt_labels_are_labels
approval requests that lack required fields       rebuilt_children_say_that_they_are_not_valid
a layout of status that a server drops            rebuilt_heads_say_what_a_server_drops
numbers with an exponent in YAML                  rebuilt_numbers_are_numbers
printer columns, creationTimestamp                must_gather_layout (suite_rebuild.py)
metrics of two followers on one node              follows_a_living_database (suite_live.py)
the CronJob's pull policy and ephemeral storage   files_for_a_cluster (suite_gather.py)
"""

import errno

from harness import *
import yaml


def path(name):
    return os.path.join(W, 'faults--' + name)  # no other suite has such names


class Loader(yaml.SafeLoader):
    pass


def renamed(old, new, name):
    """an archive of one remediation under another id, without source hashes"""
    rs = []
    for l in (
        run(EXHIBIT, 'cat', archive('faults-' + name, LC)[0], '--id', old)
        .stdout.decode()
        .splitlines()
    ):
        o = json.loads(json.dumps(json.loads(l)).replace(old, new))
        o['event_hash'] = o['previous_event_hash'] = None
        o.pop('hash_algorithm', None)
        rs.append(json.dumps(o))
    open(path(name + '.jsonl'), 'w').write('\n'.join(rs) + '\n')
    return archive('faults-as-' + name, path(name + '.jsonl'))[0]


ID = 'rr-a0cd2b64efdc-857f82a3'
KEY = 'kubernaut.ai/correlation-id'


def rebuilt(f, id, *more):
    return json.loads(run(EXHIBIT, 'reconstruct', f, *VKEY, '--id', id, '-o', 'json', *more).stdout)


@test
def rebuilt_labels_are_labels():
    for name, new, label, valid in (
        ('long', 'rr-' + 'a' * 70, False, True),
        ('edge', 'r' + 'b' * 62, True, True),
        ('over', 'r' + 'b' * 63, False, True),
        ('capital', 'RR-Big.name', True, False),
        ('slash', 'rr/' + 'c' * 5, False, False),
    ):
        f = renamed(ID, new, 'label-' + name)
        o = rebuilt(f, new, '--children')
        for m in [o['remediation_request']['metadata']] + [
            c['object']['metadata'] for c in o['children']
        ]:
            check(
                all(
                    re.fullmatch(r'([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?', v)
                    for v in m['labels'].values()
                ),
                m['labels'],
            )
            check(
                (m['labels'].get(KEY), m['annotations'].get(KEY))
                == ((new, None) if label else (None, new)),
                m,
            )
        wrong = [e for e in o['validation']['errors'] if 'metadata' in e]
        check(
            bool(wrong) == (not valid) and (valid or not o['validation']['is_valid']),
            (name, o['validation']['errors']),
        )
    f = renamed(ID, 'x' * 300, 'label-far')
    o = rebuilt(f, 'x' * 300)
    check(
        not o['validation']['is_valid']
        and any('metadata.name' in e for e in o['validation']['errors']),
        o['validation'],
    )


@test
def rebuilt_children_say_that_they_are_not_valid():
    f = archive('faults-children', LC)[0]
    text = run(EXHIBIT, 'reconstruct', f, *VKEY, '--id', ID, '--children').stdout.decode()
    o = rebuilt(f, ID, '--children')
    docs = text.split('\n---\n')[1:]
    check(len(docs) == len(o['children']) > 3 and all('# NOT VALID' in d for d in docs), docs)
    (rar,) = [c for c in o['children'] if c['object']['kind'] == 'RemediationApprovalRequest']
    spec = rar['object']['spec']
    check(
        spec['remediationRequestRef'] == {
            'apiVersion': 'kubernaut.ai/v1alpha1',
            'kind': 'RemediationRequest',
            'name': ID,
            'namespace': o['remediation_request']['metadata']['namespace'],
        },
        spec,
    )
    crd = TOP + '/../shared/reference/crd/kubernaut.ai_remediationapprovalrequests.yaml'
    if os.path.exists(crd):
        schema = yaml.safe_load(open(crd))['spec']['versions'][0]['schema']['openAPIV3Schema'][
            'properties'
        ]['spec']
        lacks = {'spec.' + r for r in schema['required'] if r not in spec}
        check(
            lacks == {
                '.'.join(e.split()[0].split('.')[:2])
                for e in rar['errors']
                if '.'.join(e.split()[0].split('.')[1:2]) not in spec
            }
            and lacks,
            (lacks, rar['errors']),
        )
    check('the CRD\'s rules refuse %d fields' % len(rar['errors']) in text, 'the head counts them')
    d = path('faults-tree')
    run(EXHIBIT, 'reconstruct', f, *VKEY, '--all', '--layout', 'must-gather', '--out-dir', d)
    kinds = [
        os.path.join(w, n)
        for w, _, names in os.walk(d)
        for n in names
        if '/remediationapprovalrequests' in w
    ]
    check(kinds and all('# NOT VALID' in open(k).read() for k in kinds if 'namespaces' in k), kinds)


@test
def rebuilt_heads_say_what_a_server_drops():
    """of the older layout of status, which a newer API server neither knows nor refuses (B-9)"""
    f = archive('faults-layout', LC)[0]
    show = lambda *more: run(EXHIBIT, 'reconstruct', f, *VKEY, '--id', ID, *more).stdout.decode()
    nested, flat = show('--status', 'nested'), show('--status', 'flat')
    n = int(re.search(r'(?m)^# status is laid out .* drops (\d+) of its fields', flat)[1])
    check('# status is laid out' not in nested and '--status nested' in flat, nested[:400])
    # as many as stand in the groups of today's layout, counted as the CRD's own fields
    groups = 'completionStatus operatorAudit phaseProgress routingStatus workflowSelection'.split()
    status = yaml.safe_load(nested)['status']
    moved = [k for g in groups for k in status.get(g, {})]
    check(n == len(moved) > 3 and set(moved) <= set(yaml.safe_load(flat)['status']), (n, moved))


@test
def rebuilt_numbers_are_numbers():
    rs = [
        json.loads(l)
        for l in (
            run(EXHIBIT, 'cat', archive('faults-numbers', LC)[0], '--id', ID)
            .stdout.decode()
            .splitlines()
        )
    ]
    out = []
    for o in rs:
        o['event_hash'] = o['previous_event_hash'] = None
        o.pop('hash_algorithm', None)
        out.append(json.dumps(o))
    for token, value in (('1e-7', 1e-7), ('1e+21', 1e21), ('2.5e-9', 2.5e-9), ('0.5', 0.5)):
        text = re.sub(r'"confidence": ?[0-9.]+', f'"confidence": {token}', '\n'.join(out)) + '\n'
        check(token in text, 'a confidence')
        n = 'faults-n' + re.sub(r'\W', '', token)
        open(path(n + '.jsonl'), 'w').write(text)
        f = archive(n, path(n + '.jsonl'))[0]
        got = run(EXHIBIT, 'reconstruct', f, *VKEY, '--id', ID, '--children').stdout.decode()
        found = [
            d['spec']['confidence']
            for d in yaml.load_all(got, Loader)
            if d and d['kind'] == 'RemediationApprovalRequest'
        ]
        check(
            found == [value] and type(found[0]) is float,
            (token, found, [l for l in got.split('\n') if 'onfidence' in l]),
        )
        check(not re.search(r'(?m)^\s*\w+: -?\d+e', got), 'no exponent without a point')


@test
def a_medium_that_cannot_be_read_alters_nothing():
    """A place of the medium that cannot be read is a failure of reading, wherever it lies; another
    byte there is an alteration, and as it was the file verifies.
    """
    if A.plain:
        return
    tool, f = path('refuse'), archive('faults-medium', LC)[0]
    subprocess.run(['gcc', '-O1', '-o', tool, TOP + '/tests/refuse.c'], check=True)
    size = os.path.getsize(f)
    run(EXHIBIT, 'verify', f, *VKEY, status=0)
    changed = path('changed.exhibit')
    for number in (errno.EIO, errno.ESTALE):
        for first in (1, 4096, size // 3 & -4096, size - 8192 & -4096):
            p = subprocess.run(
                [tool, 'pread64', str(number), '3', f'>={first}', EXHIBIT, 'verify', f, *VKEY],
                capture_output=True,
            )
            said = (p.stdout + p.stderr).decode()
            check(
                p.returncode == 74
                and os.strerror(number) in said
                and 'ALTERED' not in said
                and 'disproved' not in said,
                (number, first, p.returncode, said),
            )
    data_ = bytearray(data(f))
    data_[size // 3 & -4096 | 2048] ^= 1
    open(changed, 'wb').write(data_)
    check(b'ALTERED' in run(EXHIBIT, 'verify', changed, *VKEY, status=1).stdout, 'changed')
