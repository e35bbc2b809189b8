"""Tests of asking: what a query reads of a damaged file, list and its filters, grep."""
import csv, io, itertools, zipfile

from harness import *
from suite_stories import event, put, BEGIN, go, end
from suite_tables import ask, sql, lc


def lines(*argv, status=0): return [json.loads(l) for l in run(EXHIBIT, *argv, status=status).stdout.decode().split('\n') if l]



def far_apart(name):
    """An archive of several blocks; two correlations at its ends."""
    import random
    rng = random.Random(5)
    noise = [event(i, 'notification.message.sent', c=f'rr-fill-{i // 3:05d}', body=rng.randbytes(3000).hex()) for i in range(1200)]
    return put(name, [event(-1, 'gateway.signal.received', c='rr-first', signal_name='x')] + noise + [event(9000, 'gateway.signal.received', c='rr-last', signal_name='y')])


def break_last(f):
    """The last block of rows is zeroes; its bytes are no secret of anybody."""
    edit(f, 'UPDATE data SET data = zeroblob(length(data)) WHERE no = (SELECT max(no) - 1 FROM data)'); shutil.copyfile(f, f + '.kept')
    b = open(f, 'rb').read()
    old = b[-4096:].rstrip(b'\0').decode().split('\n'); b = b[:-4096]
    t = '\n'.join(['exhibit-file/1', str(len(b)), hashlib.sha256(b).hexdigest()] + old[3:]).encode()
    open(f, 'wb').write(b + t + bytes(4096 - len(t)))


@test
def a_query_reads_what_it_asks_for():
    """Damage that a query does not meet is not looked for; what it meets is said, in the head of its document, with status 1."""
    f = far_apart('ask-far'); whole = ask(f, 'SELECT count(*) n FROM events')[0]['n']; break_last(f)
    q = "SELECT event_id FROM events WHERE correlation_id = 'rr-first'"
    o = json.loads(sql(f, q, '-o', 'json').stdout); check(o['status'] == 0 and o['limits'] == [] and len(o['rows']) == 1, o)
    check(list(o) == ['status', 'limits', 'rows'], 'the verdict is at its head')
    p = sql(f, 'SELECT count(*) n FROM events', '-o', 'json', status=1); o = json.loads(p.stdout)
    check(o['status'] == 1 and [x['lack'] for x in o['limits']] == ['damaged'] and 0 < o['rows'][0]['n'] < whole and b'known to be missing' in p.stderr, o)
    two = sql(f, q + '; SELECT count(*) n FROM events', '-o', 'json', status=1).stdout.decode().strip().split('\n')
    check([json.loads(x)['status'] for x in two] == [0, 1], 'each by what was read until then')
    o = json.loads(sql(f, 'SELECT * FROM events', '-o', 'json', status=1).stdout); check(o['status'] == 1 and [x['lack'] for x in o['limits']] == ['damaged'] and len(o['rows']) > 500, 'rows that are too many to wait')
    c = {x['rule']: x for x in ask(f, 'SELECT * FROM controls', status=1)}; k = json.loads(run(EXHIBIT, 'controls', f, *VKEY, '-o', 'json', status=None).stdout)['rules']
    check({r['id']: (r['passed'], r['not_testable'] if isinstance(r['not_testable'], int) else len(r['not_testable'])) for r in k} == {i: (x['passed'], x['not_testable']) for i, x in c.items()}, 'controls as the verb has them')


def listed(f, *argv, status=0): return lines('list', f, *VKEY, '-o', 'jsonl', *argv, status=status)


@test
def list_chooses_and_tells():
    """Every filter gives what its column says, in every form; sorted; what nothing has is said with what there is."""
    f = lc(); all_ = listed(f); t = {x['correlation_id']: x for x in ask(f, 'SELECT * FROM remediations')}
    check(len(all_) == len(t) > 3, all_)
    for x in all_:
        for k in ('phase', 'outcome', 'path', 'target', 'namespace', 'cluster', 'signal', 'severity', 'workflow', 'first', 'last', 'ended_at', 'duration_ms', 'events', 'result'): check(x[k] == t[x['correlation_id']][k], (k, x))
    a = {x['correlation_id']: x['decided_by'] for x in ask(f, 'SELECT * FROM approvals')}; check(all(a[x['correlation_id']] == x['decided_by'] for x in all_), a)
    for option, k in (('phase', 'phase'), ('outcome', 'outcome'), ('path', 'path'), ('approval', 'approval'), ('by', 'decided_by'), ('namespace', 'namespace')):
        for v in {x[k] for x in all_ if x[k]}: check(listed(f, '--' + option, v) == [x for x in all_ if x[k] == v], (option, v))
    day = sorted(x['first'] for x in all_)[2][:10]
    check(listed(f, '--since', day) == [x for x in all_ if x['first'] >= day] and listed(f, '--until', day) == [x for x in all_ if x['first'][:10] <= day], day)
    check(listed(f, '--period', f'{day}..{day}') == [x for x in all_ if x['first'][:10] == day] == listed(f, '--since', day, '--until', day), day)
    for k, key in (('first', lambda x: x['first']), ('last', lambda x: x['last']), ('events', lambda x: -x['events']), ('duration', lambda x: -(x['duration_ms'] or -1))):
        check(listed(f, '--sort', k) == sorted(all_, key=key), k); check(listed(f, '--sort', k, '--limit', '2') == sorted(all_, key=key)[:2], k)
    o = json.loads(run(EXHIBIT, 'list', f, *VKEY, '-o', 'json').stdout); check(o == {'remediations': all_, 'limits': []}, 'one document')
    r = list(csv.DictReader(io.StringIO(run(EXHIBIT, 'list', f, *VKEY, '-o', 'csv').stdout.decode(), newline='')))
    check([{k: '' if v is None else str(v) for k, v in x.items()} for x in all_] == [{k: v for k, v in x.items() if k != '_escaped'} for x in r], r[0])
    check(b'2 shown' in run(EXHIBIT, 'list', f, *VKEY, '--limit', '2').stdout, 'counts')
    for option, v in (('namespace', 'no\033here'), ('approval', 'perhaps')):
        p = run(EXHIBIT, 'list', f, *VKEY, '--' + option, v, '-o', 'json'); check(json.loads(p.stdout)['remediations'] == [] and b'there are:' in p.stderr and b'\033' not in p.stderr, p.stderr)
    check(b'sre-oncall' in run(EXHIBIT, 'list', f, *VKEY, '--by', 'nobody', status=64).stderr, 'a person nobody knows')
    for option, v in (('phase', 'failed'), ('sort', 'age'), ('limit', '-1'), ('since', 'yesterday'), ('period', '2026-12-02..2026-12-01'), ('cluster', '')): run(EXHIBIT, 'list', f, *VKEY, '--' + option, v, status=64)


@test
def list_of_clusters():
    """Remediations of no cluster are counted apart; hostile names stay text."""
    evil = 'c\033[2J,"=1'
    rs = [dict(event(0, 'gateway.signal.received', c=f'rr-{i}', signal_name='=cmd()\u202e'), cluster_id=n) for i, n in enumerate(('east', 'west', None, evil, 'east'))]
    f = put('ask-clusters', rs)
    check([x['correlation_id'] for x in listed(f, '--cluster', 'east')] == ['rr-0', 'rr-4'] and [x['cluster'] for x in listed(f, '--cluster', evil)] == [evil], 'by cluster')
    p = run(EXHIBIT, 'list', f, *VKEY, '--cluster', 'east'); check(b'1 remediations are left out because no event of theirs names a cluster' in p.stderr, p.stderr)
    for form in ('table', 'csv'):
        out = run(EXHIBIT, 'list', f, *VKEY, '-o', form).stdout.decode(); check('\033' not in out and '\u202e' not in out, out)
    r = list(csv.DictReader(io.StringIO(run(EXHIBIT, 'list', f, *VKEY, '-o', 'csv').stdout.decode(), newline=''))); check(r[0]['signal'].startswith("'=") and r[0]['_escaped'] == 'yes', r[0])
    p = run(EXHIBIT, 'list', f, *VKEY, '--cluster', 'nowhere'); check(b'no event here names it; there are: east, west' in p.stderr and b'\033' not in p.stderr, p.stderr)
