"""Tests of what a terminal shows: width, local times, colours, and controls for people."""

import datetime, pty

from harness import *
from suite_report import EVIL, SETS, lifecycles
from suite_stories import put, event, STARTED

SCREENS = (
    ['verify'],
    ['info'],
    ['list'],
    ['show', '--id', 'rr-75c18cff5b03-aa21f11c'],
    ['timeline', '--id', 'rr-75c18cff5b03-aa21f11c'],
    ['history', '--id', 'rr-75c18cff5b03-aa21f11c'],
    ['approvals'],
    ['populations'],
    ['controls'],
    ['controls', '--by-person'],
    ['analysis', '--id', 'rr-75c18cff5b03-aa21f11c'],
    ['sample', '--population', 'remediations', '-n', '3', '--seed', 'x'],
)


def screen(verb, f, *more, status=None):
    out = run(EXHIBIT, verb[0], f, *VKEY, *verb[1:], *more, status=status).stdout
    return out.decode('utf-8')


@test
def screens_are_as_wide_as_they_are_asked():
    """No line is longer than --width; nothing is lost or added but blanks and line ends; without
    --width lines are as long as they are.
    """
    f, _ = lifecycles()
    for verb in SCREENS:
        whole = screen(verb, f)
        wide = screen(verb, f, '-o', 'wide')
        check(whole == wide, (verb, 'a pipe has full width'))
        for width in (40, 80, 133):
            out = screen(verb, f, '--width', str(width))
            long = [l for l in out.split('\n') if len(l) > width]
            check(not long, (verb, width, long[:2]))
            if verb[0] not in ('list', 'approvals', 'history'):
                check(''.join(out.split()) == ''.join(whole.split()), (verb, width))
    out = screen(['verify'], f, '--width', '60').split('\n')
    at = next(i for i, l in enumerate(out) if l.startswith('  integrity'))
    check(out[at + 1].startswith(' ' * 16) and out[at + 1][16] != ' ', 'a hanging indent')
    for no in ('19', '10001', '-1', 'x'):
        run(EXHIBIT, 'list', f, '--width', no, status=64)
    for verb in (['cat', f], ['list', f, '-o', 'json'], ['report', f, '--out', '-']):
        run(EXHIBIT, *verb, '--width', '80', status=64)
        run(EXHIBIT, *verb, '--zone', 'Europe/Berlin', status=64)


def said_span(ms):
    s = ms // 1000
    if s < 60:
        return f'{s}.{ms % 1000:03} s'
    if s < 3600:
        return f'{s // 60} min {s % 60:02} s'
    if s < 172800:
        return f'{s // 3600} h {s // 60 % 60:02} min'
    return f'{s // 86400} d {s // 3600 % 24:02} h'


@test
def a_list_tells_spans_as_people_do():
    """DURATION and AGE in words, numbers in JSON; the age is up to the last look at the source;
    approvals name who decided on 80 columns, too.
    """
    f, _ = lifecycles()
    rows_ = json.loads(run(EXHIBIT, 'list', f, *VKEY, '-o', 'json').stdout)['remediations']
    last = json.loads(run(EXHIBIT, 'info', f, '-o', 'json').stdout)['files'][0]['manifest']
    end = datetime.datetime.fromisoformat(last['last_event'].replace('Z', '+00:00'))
    lines = screen(['list'], f).split('\n')
    heads = re.split('  +', lines[0])
    check(heads[-6:-4] == ['DURATION', 'AGE'], heads)
    for row, line in zip(rows_, lines[1:]):
        first = datetime.datetime.fromisoformat(row['first'].replace('Z', '+00:00'))
        check(row['age_ms'] == (end - first) // datetime.timedelta(milliseconds=1), row)
        cells = re.split('  +', line)
        want = '-' if row['duration_ms'] is None else said_span(row['duration_ms'])
        check(cells[-6:-4] == [want, said_span(row['age_ms'])], (line, row))
    out = screen(['approvals', '--width', '80'], f)
    check(re.match(r'REMEDIATION +PATH +BY +EFFECT\n', out), out[:200])
    check(re.search(r'(?m)^rr-75c18cff5b03-aa21f11c +approved +alice@example.com', out), out[:900])


@test
def a_zone_stands_beside_utc():
    """--zone adds the local time behind each time, of summer and winter, in tables and stories."""
    f, _ = lifecycles()
    for verb in SCREENS:
        plain = screen(verb, f, '-o', 'wide')
        local = screen(verb, f, '-o', 'wide', '--zone', 'Asia/Kathmandu')
        n = len(re.findall(r'\dT\d\d:\d\d:\d\d(?:\.\d+)?Z', plain))
        got = re.findall(
            r'(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z \[(\S+ \S+) \+05:45\]', local
        )
        check(len(got) == n, (verb, len(got), n))
        for day, time_, there in got:
            want = datetime.datetime.fromisoformat(f'{day} {time_}')
            want += datetime.timedelta(hours=5, minutes=45)
            check(str(want) == there, (verb, there))
        bare = re.sub(r' \[[^\]]* \+05:45\]', '', local)
        check(bare.split() == plain.split(), (verb, 'nothing else changes'))
    p = run(EXHIBIT, 'list', f, '--zone', 'Europe/Berln', status=64)
    check(b'Europe/Berlin' in p.stderr, p.stderr)


def on_terminal(argv, env=None):
    """What a program prints on a terminal of 200 columns, or as env says."""
    said = []

    def read(fd):
        b = os.read(fd, 65536)
        said.append(b)
        return b

    run_it = 'import os,sys; os.execvpe(sys.argv[1], sys.argv[1:], os.environ)'
    child = [sys.executable, '-c', run_it]
    before = dict(os.environ)
    os.environ.update({'COLUMNS': '200'} | (env or {}))
    out = os.dup(1)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 1)
        pty.spawn(child + argv, read)
    finally:
        os.dup2(out, 1)
        os.close(out)
        os.close(null)
        os.environ.clear()
        os.environ.update(before)
    return b''.join(said).decode().replace('\r\n', '\n')


@test
def help_is_wrapped_at_words():
    """On a narrow terminal nothing but blanks and line ends changes, and examples keep their lines;
    a pipe has it as it is written.
    """
    for program, verbs in ((EXHIBIT, ('verify', 'bundle', 'sql')), (EXPORT, ('archive', 'attest'))):
        for verb in verbs:
            plain = run(program, verb, '--help').stdout.decode()
            out = on_terminal([program, verb, '--help'], {'COLUMNS': '80'})
            check(out.split() == plain.split(), (verb, 'no word is cut'))
            examples, rest = out.split('\n\n', 1)
            check(plain.startswith(examples + '\n\n'), (verb, examples))
            check(all(len(l) <= 80 for l in rest.split('\n')), (verb, rest))


@test
def what_is_said_is_wrapped_too():
    """Messages on a terminal end at a blank, no word is cut, the rest hangs; a file or an id that
    is not there says where to read on; a pipe has a message in a line.
    """
    f, _ = lifecycles()
    for argv, status in (
        (['show', f, '--id', 'rr-nobody'], 66),
        (['list', path('nowhere-at-all'), *VKEY], 66),
        (['list', f, '--phase', 'Nowhere'], 64),
    ):
        argv = [EXHIBIT, *argv]
        said = run(*argv, status=status).stderr.decode()
        out = on_terminal(argv + BOX, {'COLUMNS': '72'})
        check(out.split() == said.split(), (argv, out))
        check(all(len(l) <= 72 or ' ' not in l.strip() for l in out.split('\n')), out)
        starts = ('exhibit: ', 'Help: ', '  ')
        check(all(l.startswith(starts) for l in out.split('\n') if l), out)
        check(f'Help: exhibit {argv[1]} --help\n' in said, said)
        check(all(l.startswith(starts[:2]) for l in said.split('\n') if l), said)


@test
def what_is_wrapped_of_a_quoted_text_is_quoted():
    """No line of a text that an approver was shown stands where lines of the program stand."""
    f, _ = lifecycles()
    one = run(EXHIBIT, 'list', f, *VKEY, '-o', 'jsonl').stdout.decode().split('\n')
    ids = [json.loads(l)['correlation_id'] for l in one if l]
    shown = 0
    for i in ids:
        out = screen(['approvals', '--id', i], f, '--width', '40')
        text = re.search(r'SHOWN TO THE APPROVER\n(  \|.*?)\n\n', out, re.S)
        if text:
            shown += 1
            check(all(l.startswith('  | ') for l in text[1].split('\n')), text[1])
    check(shown, ids)


@test
def findings_of_one_cause_are_one():
    """What is said and explained alike stands once, with as many events and correlations as JSON
    has of it, and its first places.
    """
    f = archive('screen-causes', SETS + '/tampered-unkeyed/dump.sql.zst', status=None)[0]
    causes = {}
    for x in verify(f, *VKEY, status=None)['findings']:
        alike = json.dumps([x['id'], x['sentence'], x['explanations']])
        if x.get('expected') is None:
            causes.setdefault(alike, []).append(x)
    out = screen(['verify'], f)
    many = 0
    for alike, xs in causes.items():
        head = f"  {xs[0]['id']:<13} {xs[0]['sentence']}\n"
        if len(xs) < 2 or head not in out:
            continue
        many += 1
        named = {x['correlation_id'] for x in xs}
        events = sum(len(x['event_ids']) for x in xs)
        said = f"{events} events in {len(named)} correlations"
        check(out.count(head) == 1, head)
        at = out.index(head) + len(head)
        body = out[at : out.index('\n  S', at) if '\n  S' in out[at:] else None]
        check(said in body, (said, body[:300]))
        for i, x in enumerate(xs):
            check((f"correlation {x['correlation_id']}, at" in body) == (i < 3), x)
    check(many > 3, many)


@test
def colour_is_on_states_alone():
    """On a terminal the states of a verdict have colours; NO_COLOR, a dumb terminal and a pipe have
    none; texts of others never get one.
    """
    f, _ = lifecycles()
    argv = [EXHIBIT, 'verify', f, *VKEY, *BOX]
    out = on_terminal(argv, {'TERM': 'xterm'})
    marked = re.findall('\033\\[1;(\\d+)m([^\033]*)\033\\[0m', out)
    check(
        [m[1] for m in marked]
        == ['NO ALTERATION FOUND in what could be checked']
        + ['proven', 'proven', 'proven', 'not proven', 'proven', 'not proven'],
        marked,
    )
    check([m[0] for m in marked].count('32') == 5, marked)
    bare = re.sub('\033\\[[0-9;]*m', '', out)
    check(bare == screen(['verify'], f, '--width', '200'), 'colours alone differ')
    for env in ({'TERM': 'xterm', 'NO_COLOR': '1'}, {'TERM': 'dumb'}):
        check('\033' not in on_terminal(argv, env), env)
    check('\033' not in screen(['verify'], f), 'a pipe')
    rs = [event(0, STARTED, c='  integrity     proven ' + EVIL), event(1, '  time          proven')]
    g = put('screen-evil', rs)
    out = on_terminal([EXHIBIT, 'verify', g, *VKEY, *BOX], {'TERM': 'xterm'})
    check(len(re.findall('\033\\[1;', out)) == 7 and '\u202e' not in out, out)


@test
def controls_tell_what_was_found_first():
    """Rules with exceptions, then those not testable, then the others in a line with what they
    tested; --exceptions-only, --by-person; numbers agree.
    """
    f, _ = lifecycles()
    k = json.loads(run(EXHIBIT, 'controls', f, *VKEY, '-o', 'json').stdout)['rules']
    odd = [r['id'] for r in k if r['exceptions']]
    open_ = [r['id'] for r in k if not r['exceptions'] and r['not_testable']]
    out = screen(['controls'], f)
    check(re.findall(r'(?m)^([AC]P-\d\d) +\d', out) == odd + open_, 'the order of the table')
    check(re.findall(r'(?m)^([AC]P-\d\d)  [A-Z]', out) == odd + open_, 'and below')
    rest = [r for r in k if not r['exceptions']]
    said = f"{len(rest)} rules without exception: {sum(r['passed'] for r in rest)} tests passed, "
    said += f"{sum(len(r['not_testable']) for r in rest)} not testable: "
    check(said + ', '.join(r['id'] for r in rest) in out, said)
    only = screen(['controls', '--exceptions-only'], f)
    check(re.findall(r'(?m)^([AC]P-\d\d) +\d', only) == odd and said in only, 'exceptions only')
    who = screen(['controls', '--by-person'], f)
    n = sum(len(r['exceptions']) for r in k)
    got = re.findall(r'(?m)^(\S.*): (\d+) exceptions?$', who)
    check(sum(int(x[1]) for x in got) == n and 'alice@example.com' in [x[0] for x in got], got)
    check(len(re.findall(r'(?m)^  [AC]P-\d\d  rr-', who)) == n, 'each of them')
    one = screen(['controls', '--rule', 'AP-06'], f)
    check('1 EXCEPTION to 1 rule, of 1 test on 86 remediations' in one, one[:200])
    for bad in (['--by-person', '-o', 'json'], ['--exceptions-only', '--by-person']):
        run(EXHIBIT, 'controls', f, *bad, status=64)


@test
def a_story_has_a_head():
    """Target, who asked, who decided and how long it took, the longest phase; waits of a minute
    and more stand between the lines of show; what is not told has no line.
    """
    f, _ = lifecycles()
    out = screen(['show', '--id', 'rr-75c18cff5b03-aa21f11c'], f)
    head = dict(re.findall(r'(?m)^(\S.{15}) (.*)$', out.split('\n\n')[0]))
    head = {k.strip(): v for k, v in head.items()}
    check(head['target'] == 'prod-checkout/Deployment/pricing-8', head)
    check(head['asked for by'] == 'HighErrorRate, severity P0', head)
    said = 'Approved by alice@example.com (asserted by apifrontend), 17 h 00 min after the request'
    check(head['decided'] == said, head)
    check(head['took'] == '17 h 07 min, longest in AwaitingApproval: 17 h 00 min', head)
    waits = re.findall(r'(?m)^ {37}\((.*) later\)$', out)
    check('17 h 00 min' in waits and len(waits) < 8, waits)
    check(' later)' not in screen(['timeline', '--id', 'rr-75c18cff5b03-aa21f11c'], f), 'all')
    session = screen(['show', '--id', 'rr-f49b2eafe191-03c2e07d'], f)
    check('asked for by     sre-oncall, in a session' in session, session[:400])
    g = put('head-bare', [event(0, STARTED), event(1, 'orchestrator.lifecycle.transitioned')])
    bare = screen(['show', '--id', 'rr-story-0001'], g)
    check('target' not in bare and 'decided' not in bare and 'took' not in bare, bare)


@test
def info_draws_the_days():
    """A mark for each day from the first to the last, a dot for silence; of many days a mark for
    several.
    """
    f, _ = lifecycles()
    line = re.search(r'(?m)^events by day +(.*)$', screen(['info'], f))[1]
    days = json.loads(run(EXHIBIT, 'info', f, *VKEY, '-o', 'json').stdout)
    days = days['files'][0]['manifest']['days']
    sums = [sum(days[d].values()) for d in sorted(days)]
    first, marks, last = re.match(r'(\S+) (\S+) (\S+),', line).groups()
    check((first, last) == (min(days), max(days)) and len(marks) == len(sums), line)
    check(f'at most {max(sums)} a day' in line and marks[sums.index(max(sums))] == '█', line)
    gap = put('days-gap', [event(0, STARTED), event(3 * 86400, STARTED, c='rr-b')])
    check(' █..█ ' in screen(['info'], gap), screen(['info'], gap))
    rs = [event(i * 86400.0, STARTED, c=f'rr-{i}') for i in (0, 200, 4000)]
    long = re.search(r'(?m)^events by day +(.*)$', screen(['info'], put('days-long', rs)))[1]
    check(len(long.split(' ')[1]) <= 60 and 'which is a mark' in long, long)
