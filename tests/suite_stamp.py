"""Time stamps (exhibit-export stamp, formats/trust.md W-5 and W-6): asked of authorities made with
`openssl ts`, held against the question, kept, renewed, refused with the right reason.
"""

import random

from harness import *
import suite_live as live
from authority import Authority, Certificates, info_of

MADE = {}


def certificates():
    if 'c' not in MADE:
        MADE['c'] = c = Certificates(path('tsa'))
        for name, how in {
            'rsa': dict(kind='rsa'),
            'ec': {},
            'server': dict(purpose='server'),
            'loose': dict(purpose='not critical'),
            'both': dict(purpose='both'),
            'old': dict(dates=('20200101', '20200601')),
            'young': dict(dates=('20800101', '20810101')),
        }.items():
            c.make(name, **how)
    return MADE['c']


def stamp(f, a, *more, status=0):
    return run(EXPORT, 'stamp', f, '--tsa', a.url, *more, status=status).stderr.decode()


def sealed(name):
    return archive('stamped-' + name, FIX + '/small.jsonl')[0]


def seal_of(f):
    s = sqlite3.connect(f).execute('SELECT note FROM seal ORDER BY no DESC').fetchone()[0]
    return s.encode() if isinstance(s, str) else s


@test
def stamps_of_rsa_and_ec():
    c = certificates()
    for kind in ('rsa', 'ec'):
        f, a = sealed(kind), Authority(c, kind)
        before = data(f)
        said = stamp(f, a, '--tsa-ca', c.ca)
        check('existed before 20' in said and '/CN=' + kind in said, said)
        check('was not checked' not in said and data(f) == before, said)
        check(a.asked[0][0] == 'application/timestamp-query', a.asked[0][0])
        # by hand, with stock tools
        open(path('seal-' + kind), 'wb').write(seal_of(f))
        p = run(
            *['openssl', 'ts', '-verify', '-in', f + '.tsr', '-data', path('seal-' + kind)],
            *['-CAfile', c.ca],
        )
        check(b'Verification: OK' in p.stdout + p.stderr, p.stderr)
        # never replaced, but renewed: over the stamp's bytes
        had = data(f + '.tsr')
        check('--renew' in stamp(f, a, status=73) and data(f + '.tsr') == had, 'replaced')
        for n in ('2', '3'):
            old = f + '.tsr' + ('' if n == '2' else '.2')
            stamp(f, a, '--renew', '--tsa-ca', c.ca)
            p = run(
                *['openssl', 'ts', '-verify', '-in', f'{f}.tsr.{n}', '-data', old],
                *['-CAfile', c.ca],
            )
            check(b'Verification: OK' in p.stdout + p.stderr, p.stderr)
        a.close()
    f = sealed('created')
    a = Authority(c, 'ec', change=lambda q, r: (201, None, r))
    stamp(f, a, '--tsa-ca', c.ca)
    a.close()
    f = sealed('none')
    a = Authority(c, 'ec')
    check('no stamp is there' in stamp(f, a, '--renew', status=66), 'nothing to renew')
    check('was not checked' in stamp(f, a), 'no authority given')
    a.close()


@test
def stamp_within_archive():
    c = certificates()
    a = Authority(c, 'ec')
    f, _, said = archive(
        'stamp-in', FIX + '/small.jsonl', options=ORIGIN + ['--tsa', a.url, '--tsa-ca', c.ca]
    )
    check('existed before' in said and os.path.exists(f + '.tsr'), said)
    manifest = json.loads(run(EXHIBIT, 'cat', f, *VKEY, '--kind', 'manifest').stdout)
    check(manifest['asked'] == {'authorities': [a.url]}, manifest['asked'])
    a.close()
    f, _, said = archive(
        'stamp-none', FIX + '/small.jsonl', options=ORIGIN + ['--tsa', a.url], status=6
    )
    check('sealed all the same' in said and not os.path.exists(f + '.tsr'), said)


def bad(c):
    """what is wrong: (which signer, other options of the authority, wanted reason)"""
    spare = Authority(c, 'ec')

    def other_nonce(q, r):
        return spare.reply(question(q, nonce=b'\x42' * 8))

    def other_imprint(q, r):
        return spare.reply(question(q, imprint=b'\x07' * 32))

    def no_nonce(q, r):
        return spare.reply(question(q, nonce=b''))

    def no_certificates(q, r):
        return spare.reply(question(q, certs=False))

    # openssl makes none, so the signer's certificate is exchanged for one of equal length
    twin = c.twin('ec', 'ed25519')

    def ed25519(q, r):
        return c.sign(info_of(r), 'ec').replace(c.der('ec'), twin)

    def by(name, **how):
        return dict(change=lambda q, r: c.sign(info_of(r), name, **how))

    return {
        'rejected': ('ec', dict(change=lambda q, r: REJECTED), 'did not grant it (status 2: no)'),
        'no token': ('ec', dict(change=lambda q, r: GRANTED), 'it is no answer of RFC 3161'),
        'other nonce': ('ec', dict(change=other_nonce), 'its nonce is not the one'),
        'no nonce': ('ec', dict(change=no_nonce), 'its nonce is not the one'),
        'other imprint': ('ec', dict(change=other_imprint), 'it is over other bytes'),
        'no certificates': ('ec', dict(change=no_certificates), 'it holds no certificates'),
        'SHA-1 binding': ('ec', dict(ess='sha1'), 'by SHA-1 alone'),
        'of a server': ('ec', by('server'), 'the certificate of its signer is not for time st'),
        'not critical': ('ec', by('loose'), 'the certificate of its signer is not for time st'),
        'other purposes': ('ec', by('both'), 'the certificate of its signer is not for time st'),
        'Ed25519': ('ec', dict(change=ed25519), 'signs with Ed25519'),
        'not bound': ('ec', by('ec', binding=False), 'does not bind the certificate'),
        'expired by name': ('ec', by('old'), 'had ended at the time of the stamp'),
        'not yet': ('ec', by('young'), 'was not valid yet'),
        'html': ('ec', dict(change=lambda q, r: (200, 'text/html', b'<html>')), 'text/html'),
        'empty': ('ec', dict(change=lambda q, r: b''), 'it is empty'),
        'more behind': ('ec', dict(change=lambda q, r: r + b'\0'), 'no answer of RFC 3161'),
        'cut': ('ec', dict(change=lambda q, r: r[:-9]), 'no answer of RFC 3161'),
        'too long': ('ec', dict(change=lambda q, r: bytes(65537)), 'longer than 65536'),
        'redirect': ('ec', dict(change=lambda q, r: (302, None, b'')), 'redirection'),
        'server error': ('ec', dict(change=lambda q, r: (500, None, b'')), 'it answers 500'),
    }


# PKIStatusInfo alone: rejection with a word of text; granted, and nothing behind
REJECTED = bytes.fromhex('300b300902010230040c026e6f')
GRANTED = bytes.fromhex('30053003020100')


def question(query, nonce=None, imprint=None, certs=True):
    """the query, asked otherwise"""
    at = query.index(bytes.fromhex('0420')) + 2
    digest = imprint or query[at : at + 32]
    own = query[at + 32 :]
    n = own[2:10] if nonce is None else nonce
    body = bytes.fromhex('020101') + bytes.fromhex('3031300d06096086480165030402010500') + b'\4 '
    body += digest + (b'\2' + bytes([len(n)]) + n if n else b'')
    body += b'\1\1\xff' if certs else b''
    return b'\x30' + bytes([len(body)]) + body


@test
def stamp_bad_answers():
    c = certificates()
    f = sealed('bad')
    for what, (name, how, wanted) in bad(c).items():
        a = Authority(c, name, **how)
        said = stamp(f, a, '--tsa-ca', c.ca, status=6)
        check(wanted in said and a.url in said and 'sealed all the same' in said, (what, said))
        check(not os.path.exists(f + '.tsr'), what)
        a.close()
    other = Certificates(path('tsa-other'))
    other.make('ec')
    a = Authority(other, 'ec')
    said = stamp(f, a, '--tsa-ca', c.ca, status=6)
    check('leads to none of the authorities' in said, said)
    a.close()
    b = Authority(c, 'ec')
    p = run(EXPORT, 'stamp', f, '--tsa', b.url, '--tsa-ca', FIX + '/test.vkey', status=65)
    check(b'not the certificates' in p.stderr, p.stderr)
    b.close()


@test
def stamp_mutations():
    """one byte of an answer changed, at 20 places of everything that is signed or binds"""
    c = certificates()
    R = random.Random(11)
    for kind in ('rsa', 'ec'):
        f = sealed('mut-' + kind)
        a = Authority(c, kind)
        seen = []
        size = len(a.reply(bytes(0) or question_of(f)))
        places = R.sample(range(size), size)
        while len(seen) < 20:
            at = places.pop()

            def change(q, r, at=at):
                at = min(at, len(r) - 1)
                return r[:at] + bytes([r[at] ^ (1 << R.randrange(8))]) + r[at + 1 :]

            a.change = change
            p = run(EXPORT, 'stamp', f, '--tsa', a.url, '--tsa-ca', c.ca, status=None)
            said = p.stderr.decode()
            # what binds nothing may differ: then it is a stamp all the same, and openssl says so
            if p.returncode == 0:
                open(path('mut-seal'), 'wb').write(seal_of(f))
                run(
                    *['openssl', 'ts', '-verify', '-in', f + '.tsr', '-data', path('mut-seal')],
                    *['-CAfile', c.ca],
                )
                os.remove(f + '.tsr')
                continue
            check(
                p.returncode == 6 and 'nothing was kept' in said, (at, p.returncode, said)
            )
            seen.append(said)
        for why in ('signature does not verify', 'no answer of RFC 3161'):
            check(any(why in said for said in seen), (why, seen))
        a.close()


def question_of(f):
    return question(
        b'\0\4\x20' + hashlib.sha256(seal_of(f)).digest() + b'\2\x08' + b'\x42' * 8
    )


@test
def stamp_sets_out_of_order():
    """openssl orders no certificates: one of both orders is that of DER, and the other is said"""
    c = certificates()
    said = []
    for swap in (False, True):
        f = sealed('order-%d' % swap)
        a, b = c.der('ec'), c.der('ca')

        def change(q, r):
            one, two = (a, b) if a + b in r else (b, a)
            check(one + two in r, 'both stand there')
            return r.replace(one + two, two + one) if swap else r

        t = Authority(c, 'ec', change=change)
        said.append('as DER wants it' in stamp(f, t, '--tsa-ca', c.ca))
        t.close()
    check(sorted(said) == [False, True], said)


@test
def stamp_of_a_slow_clock():
    """an authority whose clock stands before the events, and whose certificate fits it"""
    c = certificates()
    f = sealed('slow')

    def change(q, r):
        i = info_of(r)
        at = re.search(rb'\x18\x0f(20\d{12})Z', i).start(1)
        return c.sign(i[:at] + b'20200301000000' + i[at + 14 :], 'old')

    a = Authority(c, 'ec', change=change)
    said = stamp(f, a, '--tsa-ca', c.ca)
    check("the authority's clock says 2020-03-01" in said and 'an event of this file' in said, said)
    a.close()


@test
def stamp_usage():
    f = sealed('usage')
    for argv, wanted in (
        ([f], 'wants sealed files and --tsa'),
        ([f, '--tsa', 'ldap://x'], 'want an address http'),
        ([f, '--tsa', 'http://u:secret@x'], 'sealed'),
    ):
        p = run(EXPORT, 'stamp', *argv, status=64)
        check(wanted in p.stderr.decode() and b'secret' not in p.stderr, p.stderr)


@test
def stamp_of_a_log_that_follows():
    """the last seal of a run is stamped, and each finished file; what is missing is 6"""
    c = certificates()
    live.fresh('sfol')
    a = Authority(c, 'ec')
    more = ['--interval', '300ms', '--tsa', a.url, '--tsa-ca', c.ca]
    p = live.follow('sfol', 'sfol', *more)
    live.until(lambda: live.files_of('sfol'))
    live.plus('sfol', 3)
    time.sleep(1)
    p.terminate()
    check(p.wait() == 0 and len(a.asked) == 1, data(path('sfol.err'))[-400:])
    (f,) = live.files_of('sfol')
    (interim,) = [n for n in os.listdir(path('sfol')) if n.endswith('.tsr')]
    check(re.fullmatch(r'f-0{12}\.exhibit\.\d+\.tsr', interim), interim)
    ca = ['--tsa-ca', c.ca, '-o', 'json']
    v = json.loads(run(EXHIBIT, 'verify', f, *VKEY, *ca, status=3).stdout)
    check(len(v['time']['dated']) == 1 and v['time']['not_bounded'] == 0, v['time'])
    p = live.follow('sfol', 'sfol', '--once', *more)
    check(p.wait() == 0 and os.path.exists(f + '.tsr'), data(path('sfol.err'))[-400:])
    v = json.loads(run(EXHIBIT, 'verify', f, *VKEY, '--tsa-ca', c.ca, '-o', 'json').stdout)
    check(v['time']['not_bounded'] == 0 and v['time']['looks'] > 1, v['time'])
    # the one of the interim seal still counts, in the finished file
    sizes = {d['size'] for d in v['time']['dated']}
    check(len(sizes) == 2 and int(interim.split('.')[2]) in sizes, v['time'])
    a.close()
    live.plus('sfol', 2)
    p = live.follow('sfol', 'sfol', '--once', *more)
    check(p.wait() == 6 and b'nothing was kept' in data(path('sfol.err')), 'no answer')
