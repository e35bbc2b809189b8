"""Verdicts of archives that a holder of the key made (forge.py): what each is known to be, with the
status and the states that follow (judgement.md J-1 to J-10). The combinations of facts are walked
by unit/verdict.c; here facts are counted from files.
"""

from harness import *
import forge
from forge import EVENT, REJECT, CONFLICT, Record
from suite_clauses import KEY, STRANGER, base, ends, event_data

CASES = []
STATES = {'+': 'proven', '-': 'disproved', '?': 'not proven', '0': 'not checked'}


def case(name, status, states, head, of='small', argv=VKEY, signers=(KEY,)):
    """states: integrity, sealed to here, source to sealed, authenticity, each one of + - ? 0; head:
    what the first headline holds. The function changes the archive and returns hooks, and with
    `then` arguments for verify; what the archive is known to lack stands in its input-end, as the
    exporter writes it.
    """

    def wrap(f):
        CASES.append((name, status, states, head, of, argv, signers, f))
        return f

    return wrap


def run_case(name, status, states, head, of, argv, signers, f):
    a = base(of)
    hook = f(a) or {}
    then = hook.pop('then', lambda out: [])
    out = a.write(path(f'verdict-{name}/a.exhibit'), *signers, **hook)
    p = run(EXHIBIT, 'verify', out, *then(out), *argv, '-o', 'json', status=None)
    v = json.loads(p.stdout)
    parts = {x['part']: x['state'] for x in v['dimensions']['completeness']['parts']}
    have = [
        v['dimensions']['integrity']['state'],
        parts['sealed-here'],
        parts['source-sealed'],
        v['dimensions']['authenticity']['state'],
    ]
    want = [STATES[c] for c in states]
    check(
        p.returncode == status and have == want and head in v['headline'][0],
        f'{name}: status {p.returncode}, {have}, {v["headline"]}; want {status}, {want}, {head}',
    )
    if status:
        check(
            not any(h.startswith('NO ALTERATION FOUND') for h in v['headline']),
            f'{name}: {v["headline"]}',
        )
    check(
        parts['happened-source'] != 'proven',
        'what happened before the source stored it is proven by no archive',
    )


def known_lack(a, **lack):
    ends(a, lambda o: o['lacks'].append({k.rstrip('_'): v for k, v in lack.items()}))


def compared(a, *what):
    ends(
        a, lambda o: o.update(compared=[{'what': w, 'expected': e, 'read': r} for w, e, r in what])
    )


def drop(a, keep):
    """leaves events out, and counts again as an exporter would that never had them"""
    a.records = [r for r in a.records if r.kind != EVENT or keep(r)]
    a.count()


def reject(a, **more):
    r = Record(kind=REJECT, source=a.events()[0].source, ordinal=0, body=b'{"broken', **more)
    r.set_items({0x101: b'line 99', 0x102: b'it does not end'})
    end = a.contexts('input-end')[0]
    a.records.insert(a.records.index(end), r)
    a.count()
    ends(a, lambda o: o['bytes'].update(read=o['bytes']['read'] + 8, rejected=8))
    return r


def rewritten(a, i, **members):
    """an event with other content under the hash that it had"""
    r = a.events()[i]
    e = json.loads(r.body)
    e.update(members)
    r.body = forge.canonical(e)
    return r


def other_log(a):
    e = a.events()[5]
    o = json.loads(e.body)
    o['event_action'] = 'other'
    e.body = forge.canonical(o)
    e.rehash()


# ---- honest


@case('honest', 0, '++?+', 'NO ALTERATION FOUND')
def _(a):
    pass


@case('counted', 0, '++++', 'NO ALTERATION FOUND')
def _(a):
    compared(a, ('total', 16, 16))


@case('end-mark', 0, '++++', 'NO ALTERATION FOUND', of='pg')
def _(a):
    pass


@case('older-build', 0, '++?+', 'NO ALTERATION FOUND')
def _(a):
    ends(a, lambda o: o.pop('compared', None))


@case('sentence-is-no-lack', 0, '++?+', 'NO ALTERATION FOUND')
def _(a):
    ends(a, lambda o: o['lacks'].append('column trace_id is not carried'))


@case('finished-following', 0, '++?+', 'NO ALTERATION FOUND', of='follow')
def _(a):
    pass


# ---- completeness: source to sealed (J-2)


@case('cut', 2, '++-+', 'ROWS ARE KNOWN TO BE MISSING')
def _(a):
    known_lack(a, type='cut', sentence='it was cut off')


@case('pages-missing', 2, '++-+', 'at least 40')
def _(a):
    known_lack(a, type='pages-missing', sentence='pages 3 and 4 were not given', rows=40)


@case('no-data-section', 2, '++-+', 'ROWS ARE KNOWN TO BE MISSING')
def _(a):
    known_lack(
        a,
        type='no-data-section',
        sentence='a table is defined and its data is not here',
        table='audit_events',
    )


@case('filter', 2, '++-+', 'ROWS ARE KNOWN TO BE MISSING')
def _(a):
    known_lack(a, type='filter', sentence='the address asks for a part')


@case('lack-of-a-later-type', 2, '++-+', 'ROWS ARE KNOWN TO BE MISSING')
def _(a):
    known_lack(a, type='of-tomorrow', sentence='something is not here')


@case('cut-though-counted', 2, '++-+', 'ROWS ARE KNOWN TO BE MISSING')
def _(a):
    compared(a, ('total', 16, 16))
    known_lack(a, type='cut', sentence='it was cut off')


@case('fewer-than-counted', 2, '++-+', 'FEWER ROWS THAN COUNTED')
def _(a):
    compared(a, ('total', 99, 16))


@case('outside', 2, '++-+', 'A PART OF THE SOURCE')
def _(a):
    ends(a, lambda o: o.update(outside=3, rows=o['rows'] + 3))


@case('bare-reject', 2, '++-+', 'ROWS NOT UNDERSTOOD')
def _(a):
    reject(a)


@case('rejected-row', 2, '++-+', 'ROWS NOT UNDERSTOOD', of='odd')
def _(a):
    a.records = [r for r in a.records if r.kind != CONFLICT]
    a.count()


@case('hole-in-a-chain', 2, '++-+', 'GAPS')
def _(a):
    named = {r.previous for r in a.events() if r.previous_form == 2}
    gone = next(r for r in a.events() if r.claimed in named)
    drop(a, lambda r: r is not gone)


@case('more-rows-than-accounted', 1, '-?-+', 'ARCHIVE ALTERED')
def _(a):
    ends(a, lambda o: o.update(rows=o['rows'] + 1))


@case('no-event', 3, '+??+', 'NO EVENT')
def _(a):
    drop(a, lambda r: False)


@case('no-event-and-cut', 2, '+?-+', 'ROWS ARE KNOWN TO BE MISSING')
def _(a):
    drop(a, lambda r: False)
    known_lack(a, type='cut', sentence='it was cut off')


# ---- completeness: sealed to here


@case('later-file-alone', 2, '+-?+', 'RECORDS OF THE LOG ARE MISSING', of='second')
def _(a):
    pass


@case('whole-log', 0, '++?+', 'NO ALTERATION FOUND', of='second')
def _(a):
    return dict(then=lambda f: [base('first').path])


@case('open', 3, '???+', 'STILL OPEN', of='follow')
def _(a):
    for r in a.events():
        r.claimed_form = r.previous_form = (
            0  # rows of its second half would be missed by their links
        )
    return dict(opened=True)


@case('damaged', 1, '--?+', 'ARCHIVE ALTERED', of='many')
def _(a):
    return dict(
        sql=lambda db: db.execute(
            "UPDATE data SET data = CAST(substr(data, 1, 500) || x'00' || substr(data, 502) AS"
            " BLOB) WHERE no = 2"
        )
    )


# ---- integrity and authenticity (J-4, J-5)


@case('nobody', 3, '????', 'ORIGIN NOT PROVEN', argv=[])
def _(a):
    pass


@case('stranger', 3, '????', 'signed, but by none of the keys you gave', signers=(STRANGER,))
def _(a):
    pass


@case('two-signers', 0, '++?+', 'NO ALTERATION FOUND', signers=(KEY, STRANGER))
def _(a):
    pass


@case('trailer-of-a-stranger', 1, '-+?+', 'FILE NOT AS IT WAS SEALED')
def _(a):
    return dict(trailer_signers=(STRANGER,))


@case('unsealed', 3, '????', 'NOT PROVEN', signers=())
def _(a):
    a.origin = ''


@case('unsealed-and-edited', 1, '-???', 'ALTERED SOURCE RECORD', signers=())
def _(a):
    a.origin = ''
    rewritten(a, 4, event_action='other')


@case('expected', 0, '++?+', 'NO ALTERATION FOUND', argv=[])
def _(a):
    h = base('small')
    return dict(
        then=lambda f: [
            '--expect',
            f'{a.origin} {len(a.records) + 1} {forge.Archive(f).whole().root().hex()}',
        ]
    )


@case('another-view', 4, '+?' + '?-', 'CONFLICT')
def _(a):
    h = base('small')
    other_log(a)
    return dict(then=lambda f: ['--expect', f'{h.origin} {h.next} {h.whole().root().hex()}'])


@case('expected-of-another-log', 3, '++?+', 'A CHECKPOINT YOU EXPECT WAS NOT COMPARED')
def _(a):
    return dict(then=lambda f: ['--expect', f'another.log 7 {"a" * 64}'])


@case('expected-beyond', 2, '+-?+', 'RECORDS OF THE LOG ARE MISSING')
def _(a):
    return dict(then=lambda f: ['--expect', f'{a.origin} 999 {"a" * 64}'])


@case('edited', 1, '-+?+', 'ALTERED SOURCE RECORD: 1 of 16')
def _(a):
    rewritten(a, 4, event_action='other')


@case('edited-and-cut', 1, '-+-+', 'ALTERED SOURCE RECORD')
def _(a):
    rewritten(a, 4, event_action='other')
    known_lack(a, type='cut', sentence='it was cut off')


@case('edited-by-nobody-known', 1, '-???', 'ALTERED SOURCE RECORD', argv=[])
def _(a):
    rewritten(a, 4, event_action='other')


@case('two-contents', 1, '-+-+', 'TWO CONTENTS UNDER ONE ID', of='odd')
def _(a):
    r = next(r for r in a.records if r.kind == CONFLICT)
    e = json.loads(r.body)
    e['event_action'] = 'other'
    r.body = forge.canonical(e)
    r.rehash()
    i = r.items()
    i[0x100] = i[0x100][:8] + b'event_action'
    r.set_items(i)


@case('keyed-without-the-key', 3, '++?+', 'NOT CHECKABLE', of='keyed')
def _(a):
    pass


for c in CASES:

    def f(c=c):
        run_case(*c)

    f.__name__ = 'verdict_' + c[0].replace('-', '_')
    test(f)
