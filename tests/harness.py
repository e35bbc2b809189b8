"""What the tests of the command line share: running the programs, making archives, spoiling them,
comparing screens.
"""

import argparse, base64, gzip, hashlib, json, os, re, shutil, signal, socket, sqlite3, struct
import subprocess, sys, tempfile, time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.append(
    '/usr/lib/python3/dist-packages'
)  # what Debian's packages brought, where another python3 comes first
sys.path.insert(0, os.path.join(TOP, 'tests/second'))
sys.path.insert(0, os.path.join(TOP, 'tools'))
import reader

ap = argparse.ArgumentParser()
ap.add_argument('--bin', default=TOP)
ap.add_argument('--set', action='store_true')
ap.add_argument('--wrap', default='')
ap.add_argument('--plain', action='store_true')
ap.add_argument('only', nargs='*')
A = ap.parse_args()
A.bin = os.path.abspath(A.bin)
EXHIBIT, EXPORT = os.path.join(A.bin, 'exhibit'), os.path.join(A.bin, 'exhibit-export')
FIX = os.path.join(TOP, 'fixtures')
W = tempfile.mkdtemp(prefix='exhibit-suite-')
WRAP = A.wrap.split()
BOX = (
    ['--sandbox', 'off'] if A.plain else []
)  # sanitizers and valgrind need system calls of their own
ORIGIN = [
    '--origin',
    'demo.example/cluster',
    '--key',
    FIX + '/test.key',
    '--started-at',
    '2026-01-01T00:00:00Z',
]
os.chmod(FIX + '/test.key', 0o600)  # as keygen leaves it; git keeps no such modes
VKEY = ['--vkey', FIX + '/test.vkey']
TESTS = []
NOISE = re.compile(
    rb'ERROR: AddressSanitizer|runtime error:|ERROR: LeakSanitizer|ERROR SUMMARY: [1-9]'
)


class Failed(Exception):
    pass


def test(f):
    TESTS.append(f)
    return f


def check(ok, what):
    if not ok:
        raise Failed(what)


def run(*argv, status=0, stdin=None, cwd=W, env=None):
    argv = list(argv)
    if (
        argv[0] == EXHIBIT
        and argv[1] not in ('--help', 'help', '--version')
        and '--help' not in argv
        and len(argv) > 2
        and BOX
    ):
        argv += BOX
    p = subprocess.run(WRAP + argv, input=stdin, capture_output=True, cwd=cwd, timeout=600, env=env)
    if NOISE.search(p.stderr):
        raise Failed(f'sanitizer: {argv[1:4]}: {p.stderr[-1500:].decode("utf-8", "replace")}')
    if status is not None and p.returncode != status:
        raise Failed(
            f'{" ".join(argv[1:5])}: status {p.returncode}, wanted {status}:'
            f' {(p.stderr or p.stdout)[-300:].decode("utf-8", "replace")}'
        )
    return p


def lack_text(x):
    """The sentence of an element of `lacks`, whichever form it has (R-15)."""
    return x if isinstance(x, str) else x['sentence']


def data(f):
    return open(f, 'rb').read()


def path(name):
    return os.path.join(W, name)


def fresh(at):
    """A path, without the file of an earlier run: nothing that is there is replaced."""
    if os.path.exists(at):
        os.remove(at)
    return at


def archive(name, *inputs, status=0, options=ORIGIN, stdin=None):
    d = path(name)
    os.makedirs(d)
    out = os.path.join(d, 'a.exhibit')
    p = run(
        EXPORT, 'archive', *inputs, '--out', out, *options, '-o', 'json', status=status, stdin=stdin
    )
    return out, json.loads(p.stdout) if p.stdout else {}, p.stderr.decode('utf-8', 'replace')


def verify(f, *more, status=None):
    p = run(EXHIBIT, 'verify', f, *more, '-o', 'json', status=status)
    return json.loads(p.stdout)


def without_script(html):
    """The page without its one script, which its policy allows by the digest of its text."""
    m = re.findall(r'<script>(.*?)</script>\n', html, re.S)
    allowed = re.findall(r"script-src 'sha256-([^']*)'", html)
    check(
        len(m) == 1
        and allowed == [base64.b64encode(hashlib.sha256(m[0].encode()).digest()).decode()],
        'one script, of our own',
    )
    return html.replace('<script>' + m[0] + '</script>\n', '')


def rows(name):
    return [l for l in open(os.path.join(FIX, name), encoding='utf-8').read().split('\n') if l]


GOOD = {}


def good():
    """An archive of several blocks, without source hashes so that only the archive is judged."""
    if 'f' not in GOOD:
        out = []
        for k in range(60):
            for r in rows('small.jsonl'):
                o = json.loads(r)
                o['event_id'] = f'{k:08x}' + o['event_id'][8:]
                o['event_hash'] = o['previous_event_hash'] = None
                o['event_data']['padding'] = hashlib.sha256(o['event_id'].encode()).hexdigest() * 12
                out.append(json.dumps(o, ensure_ascii=False))
        open(path('many.jsonl'), 'w').write('\n'.join(out) + '\n')
        GOOD['f'], GOOD['o'], _ = archive('many', path('many.jsonl'))
        v = verify(GOOD['f'], *VKEY, status=0)
        check(
            v['archive']['verdict'] == 'verified'
            and v['archive']['files'][0]['next_position'] > 900,
            'the good archive verifies',
        )
        check(
            sqlite3.connect(GOOD['f']).execute('SELECT count(*) FROM block').fetchone()[0] >= 3,
            'it has several blocks',
        )
    return GOOD['f']


def copy(name):
    d = path('t-' + name)
    os.makedirs(d)
    f = os.path.join(d, 'a.exhibit')
    shutil.copyfile(good(), f)
    return f


def retrailer(f):
    """What anybody can recompute without the key: byte count and digest; the signature stays."""
    b = open(f, 'rb').read()
    old = open(good(), 'rb').read()[-4096:].rstrip(b'\0').decode().split('\n')
    if b[-4096:].startswith(b'exhibit-file/1\n'):
        b = b[:-4096]
    t = '\n'.join(['exhibit-file/1', str(len(b)), hashlib.sha256(b).hexdigest()] + old[3:]).encode()
    open(f, 'wb').write(b + t + b'\0' * (4096 - len(t)))


def edit(f, *sql):
    """SQL on a copy, keeping the trailer where it belongs."""
    b = open(f, 'rb').read()
    trailer, db = b[-4096:], b[:-4096]
    open(f, 'wb').write(db)
    c = sqlite3.connect(f, isolation_level=None)
    c.execute('PRAGMA journal_mode=DELETE')
    for s in sql:
        c.execute(*s) if isinstance(s, tuple) else c.execute(s)
    c.close()
    open(f, 'ab').write(trailer)


def found(v, *ids):
    have = {x['id'] for x in v['findings']}
    check(set(ids) <= have, f'findings {sorted(ids)} in {sorted(have)}')


def altered(f, *ids, also=lambda v: True):
    v = verify(f, *VKEY, status=1)
    check(v['verdict'] == 'altered' and v['archive']['verdict'] == 'altered', v['verdict'])
    found(v, *ids)
    check(also(v), 'what else the verdict must say: ' + json.dumps(v['headline']))
    check(all(x['sentence'] and x['place'] for x in v['findings']), 'every finding names its place')
    return v


def small():
    return [json.loads(r) for r in rows('small.jsonl')]


def as_rest(o):
    r = {
        'event_id': o['event_id'],
        'event_timestamp': o['event_timestamp'].replace('+00:00', 'Z'),
        'event_date': o['event_date'],
        'event_type': o['event_type'],
        'version': o['event_version'],
    }
    for k in (
        'event_category',
        'event_action',
        'event_outcome',
        'correlation_id',
        'parent_event_id',
        'parent_event_date',
    ):
        r[k] = o[k]
    for k in (
        'resource_type',
        'resource_id',
        'namespace',
        'cluster_id',
        'severity',
        'duration_ms',
        'error_code',
        'error_message',
        'actor_id',
        'actor_type',
        'actor_ip',
    ):
        if o.get(k):
            r[k] = o[k]
    for k in ('retention_days', 'is_sensitive', 'event_hash', 'previous_event_hash', 'legal_hold'):
        r[k] = o[k]
    r.update(
        legal_hold_reason='',
        legal_hold_placed_by='',
        legal_hold_placed_at=None,
        event_data=dict(sorted(o['event_data'].items())),
    )
    return r


LC = FIX + '/lifecycles.sql'


def small_collection(folder, sanitised=True, broken=False):
    w = lambda n, t: (
        os.makedirs(os.path.dirname(f'{folder}/{n}'), exist_ok=True),
        open(f'{folder}/{n}', 'wb').write(t.encode() if isinstance(t, str) else t),
    )
    ev = (
        json.dumps(
            {
                'data': [as_rest(json.loads(r)) for r in rows('small.jsonl')],
                'pagination': {'total': 5000},
            },
            separators=(',', ':'),
            ensure_ascii=False,
        )
        + '\n'
    )
    actor = json.loads(rows('small.jsonl')[0])['actor_id']
    w(
        'collection-metadata.json',
        json.dumps(
            {
                'collection_time': '2026-11-21 10:59:37+00:00',
                'sanitization_enabled': sanitised,
                'errors': [],
            }
        ),
    )
    w('datastorage/error.json', '{"error":""}')
    w('datastorage/audit-events.json', ev.replace(actor, '@[REDACTED]', 1) if sanitised else ev)
    if sanitised:
        w('datastorage/audit-events.json.pre-sanitize', ev)
        w('sanitization-report.txt', 'Sanitised\n')
    w(
        'crds/remediationrequests/all-instances.yaml',
        'apiVersion: v1\nitems:\n- apiVersion: kubernaut.ai/v1alpha1\n  kind: RemediationRequest\n '
        ' metadata:\n    name: "rr-ü"\n    namespace: n\n  spec:\n    by: @[REDACTED]\n    text:'
        ' |\n      items:\n      - x\n- apiVersion: v1\n  kind: X\nkind: List\n',
    )
    w('logs/x/y.log', b'\xff\x00binary')
    os.symlink('/etc/passwd', f'{folder}/crds/link')
    subprocess.run(
        'find . -type f ! -name SHA256SUMS -exec sha256sum {} + > SHA256SUMS',
        shell=True,
        cwd=folder,
        check=True,
    )
    if broken:
        open(f'{folder}/logs/x/y.log', 'ab').write(b'!')
        os.unlink(f'{folder}/datastorage/error.json')
        w('new.txt', 'x')


def event_types():
    """Names by the ID of event/types.def."""
    return dict(
        re.findall(r'(?m)^TYPE\((\w+), "([^"]+)"', open(TOP + '/src/event/types.def').read())
    )


def older_names():
    """One older name of each type that has some, by today's."""
    return {
        now: old.split()[-1]
        for now, old in re.findall(
            r'(?m)^TYPE\(\w+, "([^"]+)",\s*"([^"]+)"', open(TOP + '/src/event/types.def').read()
        )
    }
