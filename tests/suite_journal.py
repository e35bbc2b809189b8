"""The journal of an examiner (--journal; formats/memory.md M-5): a line for each run, chained."""

import threading
from harness import *

MADE = {}


def trail():
    if 'f' not in MADE:
        MADE['f'] = archive('journal-trail', FIX + '/small.jsonl')[0]
    return MADE['f']


def lines(f):
    """every line, held against the digest of the one before it"""
    before, out = '0' * 64, []
    for n, l in enumerate(data(f).split(b'\n')[:-1], 1):
        o = json.loads(l)
        check(o['before'] == before and o['no'] == n and l.endswith(b'"}'), (n, o))
        before = hashlib.sha256(l + b'\n').hexdigest()
        out.append(o)
    check(data(f).endswith(b'\n') or not data(f), 'the last line ends')
    return out


def ran(f, *argv, status=0):
    """argv with the journal; its line"""
    n = len(lines(f)) if os.path.exists(f) else 0
    run(EXHIBIT, *argv, '--journal', f, status=status)
    now = lines(f)
    check(len(now) == n + 1 and now[-1]['status'] == status, (argv, now[-1]))
    return now[-1]


@test
def each_run_has_its_line():
    f, a = path('journal-each'), trail()
    o = ran(f, 'verify', a, *VKEY)
    x = o['files'][0]
    check(os.stat(f).st_mode & 0o777 == 0o600, 'its own')
    check(o['command'][:4] == ['verify', a, '--vkey', VKEY[1]], o['command'])
    check(o['tool_sha256'] == hashlib.sha256(data(EXHIBIT)).hexdigest() or WRAP, o)
    check(x['sha256'] == hashlib.sha256(data(a)).hexdigest() and x['name'] == 'a.exhibit', x)
    check(x['origin'] == 'demo.example/cluster' and x['size'] and len(x['root']) == 64, x)
    check(re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ', o['time']), o['time'])
    ran(f, 'verify', a, status=3)
    check('sha256' not in ran(f, 'list', a, *VKEY)['files'][0], 'list does not read all of it')
    open(path('journal.yaml'), 'w').write('zone: UTC\n')
    o = ran(f, 'controls', a, *VKEY, '--policy', path('journal.yaml'))
    check(o['policy_sha256'] == hashlib.sha256(b'zone: UTC\n').hexdigest(), o)
    check(len(ran(f, 'compare', a, *VKEY, '--with', a)['files']) == 2, 'both exports')
    out = path('journal.tlog-proof')
    ran(f, 'prove', a, *VKEY, '--position', '3', '--out', out)
    o = ran(f, 'verify', out, *VKEY)
    check(o['files'][0]['sha256'] == hashlib.sha256(data(out)).hexdigest(), o)
    ran(f, 'show', a, *VKEY, '--id', 'nobody', status=66)
    # the option and the environment; nobody asked, nothing written
    env = {**os.environ, 'EXHIBIT_JOURNAL': f}
    n = len(lines(f))
    run(EXHIBIT, 'info', a, *VKEY, env=env)
    check(len(lines(f)) == n + 1, 'the environment')
    run(EXHIBIT, 'info', a, *VKEY)
    run(EXHIBIT, 'verify', a, '--nonsense', env=env, status=64)
    check(len(lines(f)) == n + 1, 'a mistyped command looked at nothing')
    m = path('journal-memory')
    run(EXHIBIT, 'trust', '--memory', m, env=env)
    check(lines(f)[-1]['command'][0] == 'trust', 'trust')
    # what a run prints does not change by it
    plain = run(EXHIBIT, 'verify', a, *VKEY, '-o', 'json').stdout
    check(run(EXHIBIT, 'verify', a, *VKEY, '-o', 'json', '--journal', f).stdout == plain, 'same')


@test
def runs_at_once_are_lines_of_one_chain():
    f, a = path('journal-many'), trail()
    many = [
        threading.Thread(target=lambda: run(EXHIBIT, 'info', a, *VKEY, '--journal', f))
        for _ in range(8)
    ]
    [t.start() for t in many]
    [t.join() for t in many]
    check(len(lines(f)) == 8, len(lines(f)))


@test
def a_journal_that_was_changed():
    f, a = path('journal-changed'), trail()
    for _ in range(4):
        ran(f, 'info', a, *VKEY)
    whole = data(f)
    ls = whole.split(b'\n')
    spoiled = [
        whole[:-1],
        whole[: len(whole) // 2 + 7],
        b'\n'.join(ls[:1] + ls[2:]),
        b'\n'.join(ls[1:]),
        b'\n'.join([ls[0], ls[2], ls[1], *ls[3:]]),
        whole.replace(b'"status":0', b'"status":1', 1),
        whole + b'hello\n',
        whole + b'\n',
        b'\0' + whole,
        b'x' * 200 + b'\n',
    ]
    for s in spoiled:
        open(f, 'wb').write(s)
        p = run(EXHIBIT, 'info', a, *VKEY, '--journal', f, status=65)
        check(b'line' in p.stderr and p.stdout == b'' and data(f) == s, (s[:60], p.stderr))
    # the last lines cut off are not seen in it: their digest, noted elsewhere, is what tells
    open(f, 'wb').write(b'\n'.join(ls[:2]) + b'\n')
    ran(f, 'info', a, *VKEY)
    open(f, 'wb').write(whole)
    os.chmod(f, 0o666)
    run(EXHIBIT, 'info', a, *VKEY, '--journal', f, status=77)
    os.chmod(f, 0o600)
    link = path('journal-link')
    os.symlink(f, link)
    run(EXHIBIT, 'info', a, *VKEY, '--journal', link, status=None)
    check(data(f) == whole, 'a link is not followed')
    run(EXHIBIT, 'info', a, *VKEY, '--journal', path('no/j'), status=73)
    run(EXHIBIT, 'info', a, *VKEY, '--journal', W, status=None)
    if os.path.exists('/dev/full'):
        p = run(EXHIBIT, 'info', a, *VKEY, '--journal', '/dev/full', status=None)
        check(p.returncode >= 64, p.returncode)
