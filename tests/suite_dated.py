"""What the analyzer makes of notes and stamps (formats/trust.md W-7, W-8): whose word dates a
checkpoint, what contradicts, what counts for nothing and why, what it bounds.
"""

import datetime

from harness import *
import forge
import suite_stamp as st
import suite_witness as wi
from authority import Authority, Certificates, info_of
from witness import Cosigner, Witness

MADE = {}


def dated():
    """three files of one log, cosigned and stamped; witness, its key, authorities"""
    if 'f' not in MADE:
        c, w = st.certificates(), Witness(wi.KNOWN)
        a = Authority(c, 'ec')
        files = wi.growing('dated')
        for f in files:
            wi.ask(f, w)
            st.stamp(f, a, '--tsa-ca', c.ca)
        MADE['f'] = files, w, ['--witness-vkey', wi.key_of(w, 'dated')], ['--tsa-ca', c.ca]
        a.close()
    return MADE['f']


def judged(files, *more, status=0, key=VKEY):
    files = [files] if isinstance(files, str) else files
    p = run(EXHIBIT, 'verify', *files, *key, *more, '-o', 'json', status=status)
    return json.loads(p.stdout)


def threat(v, name):
    (state,) = [t['state'] for t in v['threats'] if t['threat'].startswith(name)]
    return state


def said(v, which):
    return [x['sentence'] for x in v['findings'] if x['id'] == which]


def alone(name, f, *endings):
    """a copy of a file with some of what lay beside it"""
    d = path('alone-' + name)
    os.makedirs(d)
    out = d + '/a.exhibit'
    for e in ('', *endings):
        shutil.copy(f + e, out + e)
    return out


REWRITTEN = 'The holder of the signing key rewrote everything'
SPLIT = 'Another version of the log shown'
OLDER = 'An older state'
BACKDATED = 'Times backdated'


@test
def dated_by_witness_and_authority():
    files, w, witness, ca = dated()
    for more, kinds in ((witness, {'witness'}), (ca, {'stamp'}), (witness + ca, None)):
        v = judged(files, *more)
        t = v['time']
        check({d['kind'] for d in t['dated']} == (kinds or {'witness', 'stamp'}), t['dated'])
        check({d['size'] for d in t['dated']} == {9, 19, 28}, t['dated'])
        check(t['bounded'] == 16 and t['not_bounded'] == 0, t)
        bound = min(d['before'] for d in t['dated'] if d['size'] == 9)
        first = min(
            datetime.datetime.fromisoformat(json.loads(l)['event_timestamp'].replace('Z', '+00:00'))
            for l in rows('small.jsonl')
        )
        window = datetime.datetime.fromisoformat(bound.replace('Z', '+00:00')) - first
        least = window.total_seconds() * 1e6
        check(least <= t['backdating_window_us'] <= least + 60e6, (t, least))
        check('had been sealed before' in v['dimensions']['time']['why'], v['dimensions']['time'])
        check(v['dimensions']['time']['state'] == 'not proven', 'the source states them')
        check(threat(v, REWRITTEN) == 'excluded' and threat(v, BACKDATED) == 'excluded', v)
        check(threat(v, SPLIT) == ('not excluded' if more == ca else 'excluded'), more)
        check('revoked' in ' '.join(v['not_checked']) or more == witness, v['not_checked'])
    # what lies beside counts by nothing of its own
    v = judged(files)
    check(not v['time']['dated'] and v['time']['backdating_window_us'] is None, v['time'])
    for t in (REWRITTEN, SPLIT, OLDER, BACKDATED):
        check(threat(v, t) == 'not excluded', t)
    check(len(said(v, 'W09')) == 6 and 'given by the sender' in said(v, 'W09')[0], said(v, 'W09'))
    # one dated seal bounds what lies below it
    f = alone('middle', files[1])
    v = judged([alone('first', files[0], '.note'), f], *witness, status=2)
    check((v['time']['bounded'], v['time']['not_bounded']) == (5, 6), v['time'])
    check(threat(v, REWRITTEN) == 'not excluded', 'positions behind it are not covered')


@test
def dated_notes_by_option_and_key_as_text():
    files, w, witness, ca = dated()
    f = alone('option', files[0])
    for key in (witness, ['--witness-vkey', w.key.vkey.strip()]):
        v = judged(f, '--note', files[0] + '.note', *key, status=2)
        check(len(v['time']['dated']) == 1 and 'sender' not in said(v, 'W08')[0], v['time'])
    # a second reader, written from the clause, says the same
    second = [sys.executable, TOP + '/tests/second/reader.py']
    r = json.loads(run(*second, files[0] + '.note', *VKEY, *witness).stdout)
    when = datetime.datetime.fromtimestamp(r['time'] + 1, datetime.timezone.utc)
    check(v['time']['dated'][0]['before'] == when.strftime('%Y-%m-%dT%H:%M:%SZ'), (v['time'], r))
    check((r['verdict'], r['log'], r['size']) == ('verified', 'verified', 9), r)
    b = data(files[0] + '.note')
    open(path('second.note'), 'wb').write(b.replace(b'\n9\n', b'\n8\n'))
    r = json.loads(run(*second, path('second.note'), *witness).stdout)
    check(r['verdict'] == 'altered', r)
    v = judged(f, *witness, *ca, status=2)
    check(len([s for s in said(v, 'W09') if 'that you gave dated no checkpoint' in s]) == 2, v)
    proof = path('dated.tlog-proof')
    run(EXHIBIT, 'prove', f, *VKEY, '--position', '1', '--out', proof)
    for more in (witness, ca, ['--note', files[0] + '.note'], ['--stamp', files[0] + '.tsr']):
        p = run(EXHIBIT, 'verify', proof, *VKEY, *more, status=64)
        check(more[0].encode() in p.stderr, p.stderr)
    policy = path('witnesses.yaml')
    open(policy, 'w').write('witness_vkeys:\n- ' + w.key.vkey)
    v = judged(f, '--note', files[0] + '.note', '--policy', policy, status=2)
    check(len(v['time']['dated']) == 1, v['time'])
    open(policy, 'w').write('witness_vkeys:\n- nonsense\n')
    p = run(EXHIBIT, 'verify', f, *VKEY, '--policy', policy, status=65)
    check(b'not the key of a witness' in p.stderr and b'witnesses.yaml' in p.stderr, p.stderr)
    v = judged(f, '--stamp', files[0] + '.tsr', *ca, status=2)
    check(len(v['time']['dated']) == 1, v['time'])
    for argv, status, wanted in (
        (['--witness-vkey', FIX + '/test.vkey'], 65, b'key of a log'),
        (['--tsa-ca', FIX + '/test.vkey'], 65, b'not the certificates'),
        (['--note', path('nowhere')], 66, b'nowhere'),
    ):
        p = run(EXHIBIT, 'verify', f, *VKEY, *argv, status=status)
        check(wanted in p.stderr, p.stderr)


@test
def dated_contradictions():
    files, w, witness, ca = dated()
    older = alone('older', files[0])
    for key in (witness, []):
        # the log's own key is known: its signature in the note is enough
        v = judged(older, '--note', files[2] + '.note', *key, status=4)
        check(said(v, 'W02') and threat(v, OLDER) == 'found', v['headline'])
        check('ROLLED BACK' in v['headline'][0], v['headline'])
        check('of 28 records of the log demo.example/cluster' in said(v, 'W02')[0], said(v, 'W02'))
    v = judged(older, status=2)
    check(threat(v, OLDER) == 'not excluded', 'nothing tells')
    # the holder of the key rewrote the log after it was witnessed
    rs = [json.loads(r) for r in rows('small.jsonl')][:5]
    rs[3]['event_action'] = 'another'
    for r in rs:
        r['event_hash'] = r['previous_event_hash'] = None
    src = path('dated-other.jsonl')
    open(src, 'w').write('\n'.join(map(json.dumps, rs)) + '\n')
    other = archive('dated-other', src)[0]
    v = judged(other, '--note', files[0] + '.note', *witness, status=4)
    check(said(v, 'W01') and threat(v, SPLIT) == 'found', v['headline'])
    check(threat(v, REWRITTEN) == 'found', v['threats'])
    x = [f for f in v['findings'] if f['id'] == 'W01'][0]
    check('witness.example/w1' in x['expected'] and 'demo.example' in x['found'], 'both notes')
    v = judged(other, status=None)
    for t in (REWRITTEN, SPLIT, OLDER):
        check(threat(v, t) == 'not excluded', (t, v['exit']))
    # nobody whose key was given signed it: it contradicts nothing
    text = data(files[0] + '.note').decode().split('\n\n')[0] + '\n'
    fake = path('fake.note')
    open(fake, 'w').write(forge.signed(text, forge.Signer(name='demo.example/cluster')))
    v = judged(other, '--note', fake, *witness, status=None)
    check(not said(v, 'W01') and 'nobody whose key' in said(v, 'W04')[0], v['findings'])


@test
def dated_notes_that_count_for_nothing():
    files, w, witness, ca = dated()
    note = data(files[0] + '.note')
    text = note.decode().split('\n\n')[0] + '\n'
    own = note.decode().split('\n')[4] + '\n'
    later = lambda s: bytes(7) + b'\7' + s[8:]
    flip = lambda i: note[:i] + bytes([note[i] ^ 1]) + note[i + 1 :]
    stranger = Cosigner('witness.example/w1')
    ml = Cosigner('witness.example/ml', kind=6)
    open(path('dated-ml.vkey'), 'w').write(ml.vkey)
    other = text.replace('demo.example/cluster', 'demo.example/elsewhere')
    cases = {
        'empty': (b'', 'W04', 'no signed note'),
        'no note': (b'hello\n', 'W04', 'no signed note'),
        'base64': (note.replace(b'=\n', b'*\n'), 'W04', 'malformed signature line'),
        'twice': (note + note.split(b'\n')[-2] + b'\n', 'W04', 'two signatures of one key'),
        'another log': (forge.signed(other, w.key).encode(), 'W04', 'no file of its log'),
        'own false': (flip(note.index(own.encode()) + 40), 'W04', "log's own signature"),
        'no checkpoint': (b'hello\n\n' + own.encode(), 'W04', 'no checkpoint'),
        'stranger': ((text + '\n' + own + stranger.cosign(text)).encode(), 'W09', 'not given'),
        'ML-DSA': ((text + '\n' + own + ml.cosign(text)).encode(), 'W09', 'ML-DSA-44 is not'),
        'unlinked': (
            (text.replace('\n9\n', '\n5\n') + '\n' + own + w.key.cosign(text)).encode(),
            'W04',
            "log's own signature",
        ),
        'other time': (
            (text + '\n' + own + w.key.cosign(text, spoil=later)).encode(),
            'W04',
            'not over this checkpoint',
        ),
        'short': (
            (text + '\n' + own + w.key.cosign(text, spoil=lambda s: s[:-1])).encode(),
            'W04',
            'not over this checkpoint',
        ),
    }
    f = alone('nothing', files[0])
    before = judged(f, status=2)
    for what, (b, which, wanted) in cases.items():
        open(f + '.note', 'wb').write(b)
        v = judged(f, *witness, '--witness-vkey', path('dated-ml.vkey'), status=2)
        check(any(wanted in s for s in said(v, which)), (what, said(v, 'W04'), said(v, 'W09')))
        check(not v['time']['dated'] and v['headline'] == before['headline'], what)
        check(v['dimensions']['integrity'] == before['dimensions']['integrity'], what)
    os.remove(f + '.note')
    os.mkfifo(f + '.note')
    judged(f, *witness, status=2)


@test
def dated_stamps_that_count_for_nothing():
    files, w, witness, ca = dated()
    c = st.certificates()
    f = alone('stamps', files[0])
    good_ = data(files[0] + '.tsr')
    by = lambda name, **how: c.sign(info_of(good_), name, **how)
    spare = Authority(c, 'ec', ess='sha1')
    sha1 = spare.reply(st.question_of(files[0]))
    spare.close()
    cases = {
        'empty': (b'', 'it is empty'),
        'another file': (data(files[1] + '.tsr'), 'it is over other bytes'),
        'cut': (good_[:-1], 'no answer of RFC 3161'),
        'server': (by('server'), 'not for time stamping'),
        'both': (by('both'), 'not for time stamping'),
        'expired': (by('old'), 'had ended at the time'),
        'young': (by('young'), 'was not valid yet'),
        'unbound': (by('ec', binding=False), 'does not bind'),
        'SHA-1': (sha1, 'by SHA-1 alone'),
        'rejected': (st.REJECTED, 'did not grant it'),
    }
    for what, (b, wanted) in cases.items():
        open(f + '.tsr', 'wb').write(b)
        v = judged(f, *ca, status=2)
        check(any(wanted in s for s in said(v, 'W05')), (what, said(v, 'W05')))
        check(not v['time']['dated'], what)
    stranger = Certificates(path('dated-other-tsa'))
    open(f + '.tsr', 'wb').write(good_)
    v = judged(f, '--tsa-ca', stranger.ca, status=2)
    check('none of the authorities' in said(v, 'W05')[0], said(v, 'W05'))
    # an authority's clock before the events
    i = info_of(good_)
    at = re.search(rb'\x18\x0f(20\d{12})Z', i).start(1)
    open(f + '.tsr', 'wb').write(c.sign(i[:at] + b'20200301000000' + i[at + 14 :], 'old'))
    v = judged(f, *ca, status=2)
    check(v['time']['behind_their_bound'] == 5 and said(v, 'W03'), v['time'])
    check(threat(v, BACKDATED) == 'found', v['threats'])


@test
def dated_stamps_renewed():
    c = st.certificates()
    f = archive('dated-renewed', FIX + '/small.jsonl')[0]
    a = Authority(c, 'rsa')
    st.stamp(f, a)
    st.stamp(f, a, '--renew')
    v = judged(f, '--tsa-ca', c.ca)
    check(len(v['time']['dated']) == 1 and len(said(v, 'W08')) == 2, said(v, 'W08'))
    check('a.exhibit.tsr existed before' in said(v, 'W08')[1], said(v, 'W08'))
    os.remove(f + '.tsr.2')
    shutil.copy(f + '.tsr', f + '.tsr.2')
    v = judged(f, '--tsa-ca', c.ca)
    check('it is over other bytes' in said(v, 'W05')[0], said(v, 'W05'))
    a.close()


@test
def dated_answers_that_are_missing():
    c, w = st.certificates(), Witness(wi.KNOWN)
    a = Authority(c, 'ec')
    f, _, _ = archive(
        'dated-asked',
        FIX + '/small.jsonl',
        options=ORIGIN + ['--witness', w.url, '--tsa', a.url],
    )
    check(not said(judged(f), 'W06'), 'both are here')
    for ending, word in (('note', 'witnesses were'), ('tsr', 'an authority was')):
        os.rename(f'{f}.{ending}', path('dated-away'))
        v = judged(f)
        check(len(said(v, 'W06')) == 1 and word in said(v, 'W06')[0], said(v, 'W06'))
        more = ['--note' if ending == 'note' else '--stamp', path('dated-away')]
        check(not said(judged(f, *more), 'W06'), 'given by an option')
        os.rename(path('dated-away'), f'{f}.{ending}')
    w.close()
    a.close()


@test
def dated_late_rows():
    """a row that states an early time and comes behind a dated seal is late; others are not"""
    rs = [json.loads(r) for r in rows('small.jsonl')]
    for r in rs:
        r['event_hash'] = r['previous_event_hash'] = None
    rs.sort(key=lambda r: r['event_timestamp'])
    rs[-1]['event_timestamp'] = '2026-11-19T12:00:00Z'
    rs[-1]['event_date'] = '2026-11-19'
    one, two = path('late-1.jsonl'), path('late-2.jsonl')
    open(one, 'w').write('\n'.join(map(json.dumps, rs[:10])) + '\n')
    open(two, 'w').write('\n'.join(map(json.dumps, rs)) + '\n')
    a = archive('late-a', one)[0]
    b = archive('late-b', two, options=ORIGIN + ['--after', a])[0]
    w = Witness(wi.KNOWN)
    wi.ask([a, b], w)
    v = judged([a, b], '--witness-vkey', wi.key_of(w, 'late'), status=None)
    check(v['time']['late'] == 1, v['time'])
    x = [f for f in v['findings'] if f['id'] == 'W07'][0]
    check(x['event_ids'] == [rs[-1]['event_id']], x)
    check(threat(v, BACKDATED) == 'not excluded', 'a late row may be backdated')
    check(v['time']['looks'] == 2 and v['time']['longest_without_a_look_us'] == 0, v['time'])
    w.close()


@test
def dated_events_and_approvals():
    """each event has the earliest bound that holds for it, wherever it is shown"""
    f = archive('dated-rr', FIX + '/lifecycles.sql')[0]
    w = Witness(wi.KNOWN)
    wi.ask(f, w)
    key = ['--witness-vkey', wi.key_of(w, 'dated-rr')]
    w.close()
    rr = json.loads(run(EXHIBIT, 'list', f, *VKEY, '-o', 'json').stdout)['remediations'][0]
    rr = ['--id', rr['correlation_id']]
    (d,) = judged(f, *key, status=None)['time']['dated']
    for verb in ('show', 'timeline'):
        for more, bound in ((key, d['before']), ([], None)):
            p = run(EXHIBIT, verb, f, *VKEY, *rr, *more, '-o', 'json', status=None)
            steps = json.loads(p.stdout)['steps']
            check(steps and {s.get('sealed_before') for s in steps} == {bound}, steps[0])
            text = run(EXHIBIT, verb, f, *VKEY, *rr, *more, status=None).stdout.decode()
            n = text.count(f'sealed before {d["before"]}')
            head = f'sealed before    {d["before"]}, says witness.example/w1' in text
            each = len(steps) if bound and verb == 'timeline' else 0
            check(head == bool(bound) and n == each, (verb, n))
    a = run(EXHIBIT, 'approvals', f, *VKEY, *key, '-o', 'json', status=None)
    a = json.loads(a.stdout)['approvals']
    check(any(x.get('sealed_before') == d['before'] for x in a), a[0])
    page = run(EXHIBIT, 'approvals', f, *VKEY, *key, '--id', a[0]['correlation_id'], status=None)
    check(b'sealed before ' + d['before'].encode() in page.stdout, page.stdout[-600:])


@test
def dated_in_the_report():
    """the cover has both numbers, and a remediation's page since when its events have existed"""
    f = archive('dated-report', FIX + '/lifecycles.sql')[0]
    w = Witness(wi.KNOWN)
    wi.ask(f, w)
    key = ['--witness-vkey', wi.key_of(w, 'dated-report')]
    w.close()
    v = judged(f, *key, status=None)
    bound = v['time']['dated'][0]['before']
    html = run(EXHIBIT, 'report', f, *VKEY, *key, '--out', '-', status=None).stdout.decode()
    check(f'events had been sealed before {bound}, says witness.example/w1' in html, 'the cover')
    check('the source was looked at once' in html, 'looks')
    pages = re.findall(r'<p>(\d+) of its \1 events had been sealed', html)
    check(pages, 'a page of a remediation')
    html = run(EXHIBIT, 'report', f, *VKEY, '--out', '-', status=None).stdout.decode()
    check('not bounded: no witness or authority' in html and bound not in html, 'nobody said so')


@test
def dated_seals_stand_on_the_ruler():
    """The report draws each dated checkpoint on the axis of positions, and on that of times where
    it lies there, and names each with who says it.
    """
    files, _, witness, ca = dated()
    v = judged(files, *witness, *ca)
    out = path('dated-ruler.html')
    run(EXHIBIT, 'report', *files, *VKEY, *witness, *ca, '--out', out)
    html = data(out).decode()
    at = html.index('<h2 id="s-files"')
    part = html[at : html.index('<h2 ', at + 1)]
    by_position = re.search(r'<svg.*?</svg>', part, re.S)[0]
    n = len(v['time']['dated'])
    check(n == 6 and by_position.count('l-4 -7h8z') == n, (n, by_position))
    told = re.search(r'<p>Dated: (.*?)</p>', part, re.S)[1]
    for d in v['time']['dated']:
        check(f"{d['size']} records were sealed before {d['before']}, says" in told, (d, told))
    run(EXHIBIT, 'report', *files, *VKEY, '--out', path('undated-ruler.html'), status=0)
    check('<p>Dated: ' not in data(path('undated-ruler.html')).decode(), 'none that counts')
