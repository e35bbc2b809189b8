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
