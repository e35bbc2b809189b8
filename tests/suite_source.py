"""What the source did, told from its rows: keys that came half-way, the newer writer's numbers, a database restored from a backup."""
import copy, json
from harness import *
from suite_tools import honest, chain, jsonl, body, pg, COLUMNS
import hashlib, hmac

KEY = b'a key of the source'


def key_file():
    open(path('source.key'), 'wb').write(KEY)
    return ('--hmac-key-file', path('source.key'))


def switched(late=(), days=2):
    """unkeyed remediations, then keyed ones; late: days on which one more is unkeyed"""
    rs = honest(18, correlation='rr-before', start='2026-07-01T08')
    for d in range(days):
        rs += honest(18, key=KEY, correlation=f'rr-keyed{d}', start=f'2026-07-{2 + d:02d}T08')
    for d in late: rs += honest(18, correlation=f'rr-late{d}', start=f'2026-07-{2 + d:02d}T11')
    return rs


def judged(name, rs, *more, status=None):
    f, o, _ = archive(name, jsonl(name + '.jsonl', rs))
    return verify(f, *VKEY, *more, status=status)


def of_class(v, name, level=None): return [x for x in v['findings'] if x['class'] == name and level in (None, x['level'])]


@test
def source_got_its_key_half_way():
    k = key_file()
    for name, rs in (('half', switched()), ('half-backwards', switched()[::-1])):
        for given, more in (('', ()), ('-key', k)):
            v = judged(name + given, rs, *more)
            check(not of_class(v, 'algorithm-downgrade') and not [x for x in v['findings'] if x['level'] == 'alarm'], v['headline'])


@test
def source_without_its_key_for_a_while():
    k = key_file()
    v = judged('downgrade', switched(late=(0, 3)), *k, status=None)
    d = of_class(v, 'algorithm-downgrade', 'gap')
    check(len(d) == 2 and v['exit'] in (0, 2) and not of_class(v, 'algorithm-downgrade', 'alarm'), [x['sentence'] for x in d])
    check(sorted(d[0]['correlation_ids']) == [f'rr-late0-{i}' for i in range(3)] and '3 correlations with 18 hashed rows' in d[0]['sentence'] and
          '2026-07-02T11:00:07' in d[0]['sentence'] and '2026-07-02T11:17:07' in d[0]['sentence'], d[0])
    check(any('actors: system:serviceaccount:kubernaut:notifier' in e['sentence'] and e['state'] == 'fits' for e in d[0]['explanations']), d[0]['explanations'])
    slow = path('slow.yaml'); open(slow, 'w').write('parameters:\n  key_rollout: 864000\n')
    check(not of_class(judged('downgrade-slow', switched(late=(0, 3)), *k, '--policy', slow), 'algorithm-downgrade'), 'a roll-out of ten days')
    rs = switched()                                        # a row made without the key behind a keyed one stays an alarm
    last = [r for r in rs if r['correlation_id'] == 'rr-keyed1-0'][-1]
    more = honest(1, correlation='x', start='2026-07-03T09')[0]
    more.update(correlation_id='rr-keyed1-0', previous_event_hash=last['event_hash'])
    more['event_hash'] = hashlib.sha256((more['previous_event_hash'] + body(more)).encode()).hexdigest()
    v = judged('downgrade-row', rs + [more], *k, status=1)
    check(len(of_class(v, 'algorithm-downgrade', 'alarm')) == 1, v['headline'])


def without_algorithm(rs): return [{k: v for k, v in r.items() if k != 'hash_algorithm'} for r in rs]


@test
def source_that_names_no_algorithm():
    rs = without_algorithm(switched())
    for name, order in (('noname', rs), ('noname-backwards', rs[::-1])):
        v = judged(name, order)
        check(not [x for x in v['findings'] if x['level'] == 'alarm'] and v['source_chain']['no_key'] == 36, v['source_chain'])
    late = honest(3, correlation='rr-x', start='2026-07-01T09')           # a batch that waited while the key came: earlier times, behind a row without
    for i, r in enumerate(late): r['correlation_id'] = 'rr-x'; r['event_timestamp'] = f'2026-07-01T09:0{(0, 5, 3)[i]}:00+00:00'
    chain(late)
    chain_late = dict(late[2], hash_algorithm='hmac-sha256')
    chain_late['event_hash'] = hmac.new(KEY, (chain_late['previous_event_hash'] + body(chain_late)).encode(), 'sha256').hexdigest()
    v = judged('noname-late', without_algorithm(switched() + late[:2] + [chain_late]))
    check(not [x for x in v['findings'] if x['level'] == 'alarm'], v['headline'])
    for k, at in (('early', 3), ('leaf', 17)):             # an edited row: rows written behind it, or the next ones in time, fit without a key
        bad = honest(40, correlation='rr-before', start='2026-07-01T08')
        bad[at] = dict(bad[at], event_outcome='failure')
        v = judged('noname-' + k, without_algorithm(bad + honest(18, key=KEY, correlation='rr-k', start='2026-07-02T08')))
        check(v['source_chain']['mismatching'] == 1 and v['exit'] == 1, v['source_chain'])
