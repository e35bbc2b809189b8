"""selftest: what it must find is found, what it counts apart is, and what it says when something
is missed (output.md O-35).
"""

from harness import *
import forge

LEDGER = re.findall(r'(?m)^THREAT\("([^"]+)"', open(TOP + '/src/verify/threats.def').read())


def tried(*argv, status=0):
    return json.loads(run(EXHIBIT, 'selftest', *argv, '-o', 'json', status=status).stdout)


def sound(o, changes):
    bad = [k for k in o['kinds'] if k['missed']]
    check(not bad and o['found_of_these'] == o['must_be_found'], bad)
    check(o['changes'] == changes == sum(k['made'] for k in o['kinds']), o['changes'])
    for k in o['kinds']:
        check(k['threat'] in LEDGER, k['threat'])
        check(
            k['made'] == k['found'] + k['not_excluded'] + k['without_effect']
            and sum(k['first'].values()) == k['found'],
            k,
        )
        check(k['must_be'] != 'found' or k['not_excluded'] == 0, k)


@test
def selftest_own_log():
    o = tried()
    sound(o, 1000)
    check(o['every_stage_first'] and all(s['first'] for s in o['stages']), o['stages'])
    check(o['file'] is None and not o['rows_of_file'], o['file'])
    # every kind and both hands, and what nobody could find is counted apart
    made = [k for k in o['kinds'] if k['made'] == 0]
    check([k['change'] for k in made] == ['a bit in the dictionary'], made)
    check({k['by'] for k in o['kinds']} == {'outsider', 'insider'}, 'hands')
    check(all(o['kinds'][i]['must_be'] == 'found' for i in range(14)), 'bytes must be found')
    check({k['threat'] for k in o['kinds']} == set(LEDGER[: len(LEDGER)]) - UNTRIED, 'threats')
    d = hashlib.sha256(open(EXHIBIT, 'rb').read()).hexdigest()
    check(o['program_sha256'] == d, o['program_sha256'])


# what nothing that is changed could show, and what other keys and clocks are for
UNTRIED = {t for t in LEDGER if t not in open(TOP + '/src/selftest/kinds.c').read()}


@test
def selftest_threats_named():
    """each threat that kinds.c names stands in the ledger"""
    text = open(TOP + '/src/selftest/kinds.c').read()
    named = re.findall(r'#define T_\w+ +\\?\s*"([^"]+)"', text)
    check(len(named) > 10 and set(named) <= set(LEDGER), set(named) - set(LEDGER))


@test
def validation_names_tests_that_are_there():
    """formats/validation.md is made of them, and of nothing that failed"""
    import validation

    check(not validation.gone(), validation.gone())
    page = open(TOP + '/formats/validation.md').read()
    check(page.startswith(validation.HEAD) and 'FAILED' not in page, page[:300])
    rows = re.findall(r'(?m)^\| (V-\d+) \| (.*?) \|', page)
    check([r[1] for r in rows] == [r[0] for r in validation.ROWS], rows)


@test
def selftest_of_a_file():
    for name, src, more in (
        ('selftest-lc', 'lifecycles.sql', []),
        ('selftest-small', 'small.jsonl', []),
        ('selftest-keyed', 'keyed.jsonl', ['--hmac-key-file', FIX + '/hmac.key']),
    ):
        f, _, _ = archive(name, FIX + '/' + src)
        before = data(f)
        o = tried(f, *VKEY, *more, '--seed', '3', '--changes', '240')
        sound(o, 240)
        check(o['rows_of_file'], name)
        check(data(f) == before, 'the file is as it was')
    # rows that fit no hash here: its bytes, and the rows of the log that it makes
    f, _, _ = archive('selftest-keyed-2', FIX + '/keyed.jsonl')
    o = tried(f, *VKEY, '--changes', '200')
    sound(o, 200)
    check(not o['rows_of_file'], o['rows_of_file'])


@test
def selftest_many_blocks_and_a_dictionary():
    """the dictionary's bits, and blocks that lie apart"""
    a = forge.Archive(good())
    os.makedirs(path('selftest-samples'))
    for i, r in enumerate(a.events()):
        open(f"{path('selftest-samples')}/{i}", 'wb').write(r.body)
    a.dictionary = None
    forge.tool(
        'zstd',
        '-q',
        '--train',
        '-r',
        path('selftest-samples'),
        '--maxdict=16384',
        '-o',
        path('selftest.zdict'),
    )
    a.dictionary = data(path('selftest.zdict'))
    f = a.write(path('selftest-dict/a.exhibit'), forge.Signer(FIX + '/test.key'))
    o = tried(f, *VKEY, '--changes', '300')
    sound(o, 300)
    check(
        [k['made'] > 0 for k in o['kinds'] if k['change'] == 'a bit in the dictionary'] == [True],
        'dictionary',
    )


@test
def selftest_same_seed_same_bytes():
    f, _, _ = archive('selftest-same', FIX + '/small.jsonl')
    one, two, other = (
        run(EXHIBIT, 'selftest', f, *VKEY, '--changes', '110', '--seed', s).stdout
        for s in ('7', '7', '8')
    )
    check(one == two and one != other, 'seed')


@test
def selftest_screen():
    out = run(EXHIBIT, 'selftest', '--changes', '120', '--width', '80').stdout.decode()
    check(re.match(r'\d+ of \d+ generated changes found\.\n', out), out[:80])
    check('%' not in out and 'probab' not in out and 'no rate' in out, 'no rate')


@test
def selftest_is_refused():
    f, _, _ = archive('selftest-bad', FIX + '/small.jsonl')
    b = bytearray(data(f))
    b[len(b) // 2] ^= 1
    open(path('selftest-altered'), 'wb').write(b)
    p = run(EXHIBIT, 'selftest', path('selftest-altered'), *VKEY, status=65)
    check(b'not as it was sealed' in p.stderr and p.stdout == b'', p.stderr)
    run(EXHIBIT, 'selftest', FIX + '/small.jsonl', status=65)
    run(EXHIBIT, 'selftest', f, f, status=64)
    run(EXHIBIT, 'selftest', '--seed', 'x', status=64)
