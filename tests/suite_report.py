"""Tests of the report: what its pages say, and how they look in a browser (design: report)."""

import html
import browser
from harness import *
from suite_analysis import lot
from suite_stories import event, put, AAC, STARTED

SETS = os.path.join(os.path.dirname(TOP), 'shared/kubernaut-data/sets')
MADE = {}


def lifecycles():
    """The archive of 86 real remediations, and its report."""
    if 'f' not in MADE:
        MADE['f'] = archive('report-lifecycles', SETS + '/lifecycles/dump.sql.zst')[0]
        MADE['html'] = page(MADE['f'])
    return MADE['f'], MADE['html']


def page(f, *more, name='page.html', status=0):
    run(EXHIBIT, 'report', f, *VKEY, *more, '--out', fresh(path(name)), status=status)
    return open(path(name), encoding='utf-8').read()


def section(html, name):
    """A section's HTML, from its heading to the next one."""
    at = html.index(f'<h2 id="s-{name}"')
    return html[at : html.find('<h2 ', at + 1)]


def words(html):
    return re.sub(r'\s+', ' ', re.sub(r'<[^>]*>', ' ', html)).strip()


@test
def the_cover_answers_four_questions():
    """Tiles with sign, word and reason; exceptions beside what was not testable; what could not be
    checked; nothing is proven without its by-what.
    """
    f, html = lifecycles()
    cover = section(html, 'cover')
    tiles = re.findall(r'<li class="(s-[a-z]+)"><b>([^<]*)</b>(.*?)</li>', cover, re.S)
    names = ['File', 'Source records', 'Completeness', 'Origin', 'Time']
    check([t[1] for t in tiles] == names, tiles)
    check(
        [len(re.findall('class="sy"', t[2])) for t in tiles] == [1, 1, 3, 1, 1],
        'a sign for each statement',
    )
    for shade, name, text in tiles:
        for word in re.findall(r'<strong>([^<]*)</strong>', text):
            check(not re.fullmatch('proven', word), (name, 'proven by what'))
    k = json.loads(run(EXHIBIT, 'controls', f, *VKEY, '-o', 'json').stdout)
    n = sum(len(r['exceptions']) for r in k['rules'])
    some = sum(1 for r in k['rules'] if r['exceptions'])
    no = sum(len(r['not_testable']) for r in k['rules'])
    check(
        f'{n} exceptions to {some} of {len(k["rules"])} rules , {no} not testable'
        in words(cover).replace('rules,', 'rules ,'),
        words(cover)[-900:],
    )
    for x in json.loads(run(EXHIBIT, 'verify', f, *VKEY, '-o', 'json').stdout)['not_checked']:
        check(x in words(cover), x)
    unsealed = archive('report-bare', FIX + '/lifecycles.sql', options=['--unsealed'])[0]
    bare = page(unsealed, status=3)
    check(
        re.search(r'<li class="s-not"><b>File</b>.*?not proven', bare, re.S)
        and 's-proven"><b>Origin' not in bare,
        'what is not proven is not green',
    )


@test
def the_policy_names_the_entity():
    """Entity, system, period and who prepared it stand on the first page and in the running head,
    as text, whatever they hold.
    """
    evil = 'A"}</style><script>x</script>\\B'
    open(path('entity.yaml'), 'w').write(
        'entity: ' + json.dumps(evil) + '\nsystem: The system\nprepared_by: J. Doe\n'
    )
    f = archive('report-entity', FIX + '/lifecycles.sql')[0]
    html = without_script(page(f, '--policy', path('entity.yaml')))
    cover = section(html, 'cover')
    check('<script' not in html and html.count('</style>') == 1, 'harmless')
    check('A&quot;}&lt;/style&gt;' in cover and 'The system' in cover and 'J. Doe' in cover, cover)
    check('@top-left{content:"A\\000022\\00007d\\00003c/style' in html, 'the running head')


EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u202e</svg></style>'


def hostile():
    """The report of events whose every name is an attack on the page."""
    if 'evil' not in MADE:
        c = 'rr-' + EVIL
        rs = lot(6, name='h') + [
            event(0, 'gateway.signal.received', c=c, signal_name=EVIL, severity=EVIL),
            event(0, STARTED, c=c),
            event(1, AAC, c=c, approval_required=True, confidence=0.2, workflow_id=EVIL),
            event(1, 'aianalysis.rego.evaluation', c=c, outcome='requires_approval',
                  policy_hash=EVIL, reason=EVIL),
            event(2, 'orchestrator.approval.requested', c=c, rar_name='rar-' + c,
                  workflow_id=EVIL),
            event(9, 'webhook.remediationapprovalrequest.decided', c=c, actor='user/' + EVIL,
                  decision='Approved', decision_message=EVIL, decided_by=EVIL),
            event(10, 'remediation.workflow_created', c=c, action_type=EVIL, workflow_id=EVIL),
            event(11, 'remediationworkflow.admitted.update', c=EVIL, actor='user/' + EVIL,
                  workflow_id=EVIL),
            event(12, EVIL, c=c, actor=EVIL + '/' + EVIL),
        ]
        MADE['evil'] = page(put('report-evil', rs), name='evil-page.html', status=None)
    return MADE['evil']


@test
def the_report_has_every_section():
    """All sections in order with their numbers, none empty; every picture has words; every anchor
    is one, and every link lands.
    """
    for html in (lifecycles()[1], hostile()):
        names = re.findall(r'<h2 id="s-([a-z]+)">(\d+)\. ', html)
        check([int(n) for _, n in names] == list(range(1, 21)), names)
        check(
            re.findall(r'<li><a href="#s-([a-z]+)"', html) == [n for n, _ in names], 'contents'
        )
        for n, _ in names:
            check(len(words(section(html, n))) > 80, (n, 'is empty'))
        ids = re.findall(r' id="([^"]*)"', html)
        check(len(ids) == len(set(ids)), [i for i in ids if ids.count(i) > 1][:3])
        check(set(re.findall(r'href="#([^"]*)"', html)) <= set(ids), 'links land')
        svg = re.findall(r'<svg [^>]*>', html)
        said = [x for x in svg if re.search('role="(img|group)".* aria-label="[^"]+"', x)]
        check(svg and said == svg, svg)


@test
def the_report_is_safe_to_read():
    html = without_script(hostile())
    for what in ('<script', '<img', 'url(', '\u202e', 'onerror=alert(2)>'):
        check(what not in html, what)
    check(html.count('</style>') == 1, 'one style')
    for name in ('identities', 'allowed', 'duties', 'changes', 'remediations'):
        check('&lt;script&gt;' in section(html, name), (name, 'shows it as text'))


@test
def the_pictures_count_what_the_verbs_count():
    """The flow is that of the populations; identities have an act for each event; people are no
    machines; policies and decisions are those of approvals.
    """
    f, html = lifecycles()
    p = json.loads(run(EXHIBIT, 'populations', f, *VKEY, '--ids', '-o', 'json').stdout)
    p = p['populations']
    flow = re.findall(r'<a href="#p-([a-z_]+)">[^<]*</a></td><td class="n">(\d+)', html)
    check(len(flow) == 11, flow)
    for name, n in flow:
        check(int(n) == p[name]['count'], (name, n))
    for name, x in p.items():
        at = html.index(f'<details id="p-{name}">')
        some = html[at : html.index('</details>', at)]
        check(re.findall(r'rr-[0-9a-f-]+</a>', some) == [i + '</a>' for i in x['ids']], name)
    who = re.findall(r'<tr><td>', section(html, 'identities'))
    row = re.findall(
        r'<tr><td>([^<]*)</td><td>([^<]*)</td><td>([^<]*)</td><td>([^<]*)</td>'
        r'<td class="n">(\d+)</td>',
        section(html, 'identities'),
    )
    check(len(row) == len(who), 'rows')
    check(sum(int(r[4]) for r in row if 'asserted' not in r[3]) == 4733, 'an act for each event')
    for r in row:
        check((r[2] == 'person') != r[0].startswith('system:'), r) if r[1] == 'user' else None
    ap = [
        json.loads(l)
        for l in run(EXHIBIT, 'approvals', f, *VKEY, '-o', 'jsonl').stdout.decode().split('\n')
        if l
    ]
    duties = section(html, 'duties')
    table = duties[duties.index('c-decisions') :]
    check(table.count('<tr><td>') == sum(1 for x in ap if x['decision']), 'decisions')
    k = json.loads(run(EXHIBIT, 'controls', f, *VKEY, '-o', 'json').stdout)
    own = next(len(r['exceptions']) for r in k['rules'] if r['id'] == 'AP-07')
    check(sum(map(int, re.findall(r'>= (\d+)<', duties))) == own, 'one person in both roles')
    check(
        re.search(r'a4db4c27[0-9a-f]{56}</td>.*?class="n">42<.*?class="n">25<', html, re.S),
        'policies in force',
    )


@test
def remediations_lead_back():
    """Pages of those with exceptions first; a page names its exceptions and its rows, which name
    it; --pages chooses.
    """
    f, html = lifecycles()
    pages = re.findall(r'<h3 id="rr-(rr-[^"]+)"', html)
    k = json.loads(run(EXHIBIT, 'controls', f, *VKEY, '-o', 'json').stdout)
    odd = {x['correlation_id'] for r in k['rules'] for x in r['exceptions']}
    check(set(pages[: len(odd)]) == odd and len(pages) == 86, 'exceptions first')
    n = sum(len(r['exceptions']) for r in k['rules'])
    back = re.findall(r'<a href="#ex-(\d+)">\d+: ', section(html, 'remediations'))
    check(sorted(map(int, back)) == list(range(1, n + 1)), 'each exception is named once')
    for i in pages:
        at = html.index(f'<h3 id="rr-{i}"')
        head = html[at : html.index('<figure', at)]
        for prefix in ('ch', 'al'):
            link = f'<a href="#{prefix}-{i}">' in head
            check(link == (f'<tr id="{prefix}-{i}">' in html), (i, prefix))
        check('Nothing was found of its rows' in head, head)
    bad = archive('report-found', SETS + '/tampered-unkeyed/dump.sql.zst', status=None)[0]
    odd_page = page(bad, name='found.html', status=None)
    told = [
        x for x in verify(bad, *VKEY)['findings'] if x.get('correlation_id') == 'rr-u-e3b2fa82-157'
    ]
    at = odd_page.index('<h3 id="rr-rr-u-e3b2fa82-157"')
    head = odd_page[at : odd_page.index('<figure', at)]
    for x in told:
        n = sum(1 for y in told if y['id'] == x['id'])
        check(f"{n} {x['id']} {x['class']} ({x['level']})" in head, (x, head))
    check(told, 'something to tell')
    link = '<a href="#rr-rr-u-e3b2fa82-157">rr-u-e3b2fa82-157</a>'
    check(link in section(odd_page, 'integrity'), 'a finding leads to the page')
    rests = section(html, 'analysis')
    rests = rests[rests.index('c-advice') :]
    rests = rests[: rests.index('</table>')]
    check(len(re.findall('<a href="#rr-rr-', rests)) > 10, 'so does the analysis')
    few = page(f, '--pages', 'exceptions', name='few.html')
    check(len(re.findall('<h3 id="rr-', few)) == len(odd), 'only those with exceptions')
    check(f'{len(odd)} of 86 remediations shown' in few, 'said')
    run(EXHIBIT, 'report', f, *VKEY, '--pages', 'none', '--out', path('no.html'), status=64)


@test
def the_appendix_has_the_whole_ids():
    """An event is named short, as a link to its whole id in section 20; none is there that no page
    names; the analysis of a remediation names them whole.
    """
    f, html = lifecycles()
    named = re.findall(
        r'<a class="m i" href="#(e-(\d+)-([0-9a-f]{8}))" title="([^"]*)">(\w+) @(\d+)</a>', html
    )
    there = dict(re.findall(r'<li id="(e-[^"]*)">([^<]*)</li>', section(html, 'events')))
    check(len(named) > 1000 and {n[0] for n in named} == set(there), 'named and listed')
    for anchor, place, begin, whole, shown, at in named:
        check(
            there[anchor] == f'{whole} @{place}' and whole.startswith(begin) and at == place
            and shown == begin and len(whole) == 36,
            anchor,
        )
    check(f'{len(there)} of {len(there)} shown' in section(html, 'events'), 'counted')
    out = fresh(path('one.html'))
    one = 'rr-75c18cff5b03-aa21f11c'
    run(EXHIBIT, 'analysis', f, *VKEY, '--id', one, '--out', out)
    j = json.loads(run(EXHIBIT, 'analysis', f, *VKEY, '--id', one, '-o', 'json').stdout)
    j = j.get('analyses', [j])[0]
    for x in j['timeline']:
        for i in x['event_ids'][:4]:
            check(i in data(out).decode(), i)


@test
def the_report_tells_what_an_auditor_asks():
    """A change with who wanted it, the waits and its end; what the approver was shown; questions
    that the entity must answer, the same as in a bundle; the zone; counts of completeness.
    """
    f, html = lifecycles()
    one = 'rr-75c18cff5b03-aa21f11c'
    row = section(html, 'changes')
    at = row.index(f'<tr id="ch-{one}">')
    row = words(row[at : row.index('</tr>', at)])
    a = json.loads(run(EXHIBIT, 'approvals', f, *VKEY, '--id', one, '-o', 'jsonl').stdout)
    for said in (
        f'asked {a["requested_at"]}',
        f'decided {a["decided_at"]}',
        'after 17 h 00 min',
        f'confidence {a["confidence"]}',
        f'ended {a["ended_at"]}',
        'by alice@example.com (asserted by apifrontend)',
    ):
        check(said in row, (said, row))
    shown = re.findall(r'shown</summary>\n(?:<pre class="shown">|<p>Not in evidence)', html)
    asked = json.loads(run(EXHIBIT, 'populations', f, *VKEY, '-o', 'json').stdout)
    check(len(shown) == asked['populations']['approval_requested']['count'], len(shown))
    told = run(EXHIBIT, 'approvals', f, *VKEY, '--id', one).stdout.decode()
    lines = re.findall(r'(?m)^  \| (.*\S)$', told)
    at = html.index(f'<h3 id="rr-{one}"')
    page_ = html[at : html.index('<h3 ', at + 4)].replace('&quot;', '"').replace('&#39;', "'")
    check(len(lines) > 5 and all(l in page_ for l in lines), lines)
    run(EXHIBIT, 'bundle', f, *VKEY, '--out', path('asked'), status=None)
    form = ' '.join(data(path('asked/user-entity-controls.txt')).decode().split())
    form = re.findall(r' \d+\. (.*?\?)', form)
    got = re.findall(r'<li>([^<]*\?)</li>', section(html, 'limitations'))
    check([g.replace('&#39;', "'") for g in got] == form and len(form) > 5, got)
    open(path('zone.yaml'), 'w').write('zone: Europe/Berlin\n')
    cover = section(page(f, '--policy', path('zone.yaml'), name='zone.html'), 'cover')
    check('Europe/Berlin' in cover and '>UTC<' in section(html, 'cover'), 'zone')
    two = page(three_files()[0], three_files()[2], name='absent.html', status=2)
    held = int(re.search(r'no file given holds</th><td>(\d+)<', two)[1])
    check(held > 1000, held)
    check('and 1 more' in two and ' and 1 more (section 3), exhibit' in two, 'in the margins')


def three_files():
    """A log of three files, of which the second brings 24 rows late: the files' paths."""
    if 'three' not in MADE:
        text = subprocess.run(
            ['zstd', '-dc', SETS + '/lifecycles/rows.jsonl.zst'], capture_output=True, check=True
        ).stdout.decode()
        rs = [json.loads(l) for l in text.split('\n') if l]
        rs.sort(key=lambda r: r['event_timestamp'])
        late = {r['event_id'] for r in rs[700:1400:30]}
        parts = [
            [r for r in rs[:1500] if r['event_id'] not in late],
            [r for i, r in enumerate(rs[:3200]) if i >= 1500 or r['event_id'] in late],
            rs[3200:],
        ]
        MADE['three'] = []
        for k, part in enumerate(parts):
            src = path(f'three-{k}.jsonl')
            open(src, 'w').write('\n'.join(json.dumps(r) for r in part) + '\n')
            more = [x for f in MADE['three'] for x in ('--after', f)]
            MADE['three'].append(archive(f'three-{k}', src, options=[*ORIGIN, *more])[0])
    return MADE['three']


@test
def the_ruler_shows_the_log():
    """Files by position and by time, with an axis for each; late rows in both; positions that are
    not here hatched; the table beside it has the same numbers.
    """
    files = three_files()
    whole = section(page(*files, name='three.html'), 'files')
    by_position, by_time = re.findall(r'<svg.*?</svg>', whole, re.S)
    for svg in (by_position, by_time):
        check(len(re.findall(r'v6" stroke="#7a1f04"', svg)) == 24, 'late rows')
        check(len(re.findall('fill="#2f5d8a"', svg)) == 3, 'files')
    check('not here' not in by_position and '>0</text>' in by_position, by_position[:900])
    check('>1,000</text>' in by_position, 'an axis of positions')
    check(set(re.findall(r'>(2026-11-\d\d)</text>', by_time)) >= {'2026-11-17', '2026-11-19'}, 't')
    got = re.findall(
        r'<td class="n">(\d+) to (\d+)</td><td>([^<]*)<br>([^<]*)</td><td>([^<]*)</td>'
        r'<td class="n">(\d+)</td><td class="n">(\d+)</td>',
        whole,
    )
    check([g[6] for g in got] == ['0', '24', '0'], got)
    for f, g in zip(files, got):
        i = json.loads(run(EXHIBIT, 'info', f, *VKEY, '-o', 'json', status=None).stdout)
        m = i['files'][0]['manifest']
        check((m['first_event'], m['last_event'], m['started_at']) == g[2:5], (m, g))
        check(int(g[0]) == m['first_position'], g)
    part = section(page(files[0], files[2], name='two.html', status=2), 'files')
    check('not here' in part and 'fill="#f2d27a"' in part, 'what no file holds')


@test
def the_heat_map_marks_what_happened():
    """The source's key, runs of its retention and exports, as letters in their hour and in words;
    where none lies on the days drawn, in words alone.
    """
    key = SETS + '/lifecycles-keyed/hmac-1.key'
    f = archive('report-keyed', SETS + '/lifecycles-keyed/dump.sql.zst')[0]
    for more, said in (
        (['--hmac-key-file', key], 'with key 1 of the source'),
        ([], 'with a key of the source'),
    ):
        part = section(page(f, *more, name='keyed.html', status=None), 'completeness')
        n = re.search(r'K (\S+) the first row ' + said + r' \((\d+) rows', part)
        check(n and n[2] == '2301', words(part)[-900:])
        svg = re.search(r'<svg.*?</svg>', part, re.S)[0]
        check(re.findall(r'font-weight="bold"[^>]*>([A-Z]+)<', svg) == ['K'], 'one mark')
    bad = archive('report-runs', SETS + '/tampered-unkeyed/dump.sql.zst', status=None)[0]
    part = section(page(bad, name='runs.html', status=None), 'completeness')
    check(re.search(r'R 2026-11-21T09:28:28.284879Z the source.s? ?', part), words(part)[:900])
    check(' R ' in words(part) and 'K 20' not in words(part), 'no key')
    check(re.search(r'E 20\S+ the export of a.exhibit began', part), 'exports')


@test
def the_report_in_a_browser():
    """Nothing is wider than the window or beyond its picture, at three widths and on paper; links
    land; axe-core finds nothing, with everything unfolded. And the measure can fail.
    """
    if not browser.CHROMIUM:
        return
    small = page(archive('report-browser', FIX + '/lifecycles.sql')[0], name='small.html')
    rules = browser.axe()
    bad = small.replace('</main>', '<img src="x"><p class="wide">x</p></main>').replace(
        '</style>', '.wide{width:3000px}</style>'
    )
    b = browser.look(bad, 820, W, rules=rules)
    check(b['beyond'] and (rules is None or any('image-alt' in x for x in b['axe'])), b)
    three = page(*three_files(), name='three-files.html')
    for name, html in (
        ('small', small),
        ('hostile', hostile()),
        ('three', three),
        ('lifecycles', lifecycles()[1]),
    ):
        for width, paper in ((1300, False), (820, False), (390, False), (browser.PAPER, True)):
            axe = rules if (name, width) in (('small', 1300), ('hostile', 390)) else None
            whole = html.replace('<details', '<details open') if axe else html
            b = browser.look(whole, width, W, paper=paper, rules=axe)
            check(
                b['page'] <= b['width']
                and not b['beyond']
                and not b['outside']
                and not b['dead']
                and not b.get('axe'),
                (name, width, b),
            )


@test
def the_report_on_paper():
    """All 86 remediations on at most 80 pages, on which each id that is named stands whole."""
    if browser.CHROMIUM:
        html = lifecycles()[1]
        n = browser.pages(html, W)
        check(20 < n <= 80, n)
        text = subprocess.run(
            ['pdftotext', '-layout', path('paper.pdf'), '-'], capture_output=True, check=True
        ).stdout.decode()
        ids = set(re.findall(r' title="([0-9a-f-]{36})"', html))
        lost = [i for i in ids if i not in text]
        check(len(ids) > 1000 and not lost, lost[:3])


@test
def a_sample_is_drawn_again():
    """Section 14 is the sample of the file, its items have pages and lead back; another sample is
    refused, whatever was changed of it; nothing else of the file is believed.
    """
    f, html = lifecycles()
    draw = ['--population', 'workflow_created', '-n', '10', '--seed', EVIL]
    draw += ['--judgemental', 'rr-7a963e4575fb-4b23ff77']
    run(EXHIBIT, 'sample', f, *VKEY, *draw, '--out', path('drawn.json'))
    doc = json.load(open(path('drawn.json')))
    got = without_script(page(f, '--sample', path('drawn.json'), '--pages', 'exceptions'))
    part = section(got, 'sample')
    ids = [x['correlation_id'] for x in doc['items']]
    check(re.findall(r'<td><a href="#rr-(rr-[0-9a-f-]+)"', part) == ids, 'items in their order')
    check(doc['digest'] in part and '&lt;script&gt;' in part and '<script' not in part, part[:900])
    for x in doc['items']:
        for letter, said in x['attributes'].items():
            check(f'{letter}: {said}'.replace("'", '&#39;') in part.replace('&quot;', '"'), said)
    for b in doc['bounds']:
        check(b['statement'] in part, b)
    check('rr-7a963e4575fb-4b23ff77</a>' in part, 'judgemental')
    check('reproducible' in part and 'cannot be steered' not in part, 'words')
    check('<h2 id="s-sample">14. Sample</h2>' in html and '--sample FILE' in html, 'without one')

    def refused(change, why):
        d = json.loads(json.dumps(doc))
        change(d)
        json.dump(d, open(path('other.json'), 'w'))
        argv = [EXHIBIT, 'report', f, *VKEY, '--sample', path('other.json'), '--out']
        r = run(*argv, path('other.html'), status=65)
        check(why in r.stderr.decode() and not os.path.exists(path('other.html')), r.stderr)

    refused(lambda d: d.update(digest='0' * 64), 'another sample')
    refused(lambda d: d['items'].reverse(), 'another sample')
    refused(lambda d: d['items'].pop(), 'another sample')
    refused(lambda d: d['items'].append(d['items'][0]), 'another sample')
    refused(lambda d: d.update(seed='x'), 'another sample')
    refused(lambda d: d.update(after=1), 'another sample')
    refused(lambda d: d.update(period='2026-11-17..2026-11-18'), 'another sample')
    refused(lambda d: d.update(format='x'), 'of format')
    refused(lambda d: d.update(population='x'), 'population')
    refused(lambda d: d.update(strata='x'), 'strata')
    refused(lambda d: d.update(cluster='x'), '--cluster')
    refused(lambda d: d.update(seed=3), 'a member')
    refused(lambda d: d.update(judgemental=[{'correlation_id': 'rr-none'}]), 'not here')
    lies = json.loads(json.dumps(doc))
    lies['items'][0]['attributes'] = {'A': 'a lie'}
    lies['count'] = 7
    lies['bounds'] = []
    json.dump(lies, open(path('lies.json'), 'w'))
    again = page(f, '--sample', path('lies.json'), '--pages', 'exceptions', name='lies.html')
    check(section(without_script(again), 'sample') == part, 'judged anew')
    open(path('no.json'), 'w').write('{')
    run(EXHIBIT, 'report', f, *VKEY, '--sample', path('no.json'), '--out', '-', status=65)
    run(EXHIBIT, 'report', f, *VKEY, '--sample', path('nowhere'), '--out', '-', status=66)


@test
def the_report_says_where_it_comes_from():
    """What was asked of the source, what of a file is not in evidence; custody and re-performance
    hold the files' digests; findings run by level.
    """
    f, html = lifecycles()
    ipe = words(section(html, 'ipe'))
    check('pg-dump' in ipe and 'Exporter exhibit-export' in ipe, ipe)
    check('Query, isolation, snapshot, role, clocks not in evidence' in ipe, ipe)
    part = archive(
        'report-part',
        FIX + '/lifecycles.sql',
        options=[*ORIGIN, '--since', '2026-11-17T00:00:00Z'],
        status=None,
    )[0]
    ipe = words(section(page(part, status=None, name='part.html'), 'ipe'))
    check('asked for: since 2026-11-17T00:00:00Z' in ipe, ipe)
    digest = hashlib.sha256(data(f)).hexdigest()
    check(digest in section(html, 'custody') and digest in section(html, 'reperformance'), digest)
    check(section(html, 'reperformance').count('SELECT') > 10, 'the rules as SQL')
    bad = archive('report-levels', SETS + '/tampered-unkeyed/dump.sql.zst', status=None)[0]
    v = verify(bad, *VKEY)
    level = ['alarm', 'unreadable', 'gap', 'note']
    got = [level.index(x['level']) for x in v['findings']]
    check(got == sorted(got) and got[0] == 0, 'JSON')
    html = page(bad, name='levels.html', status=None)
    shown = re.findall(r'<td>(alarm|unreadable|gap|note)</td>', section(html, 'integrity'))
    check('<tr id="S01">' in html, 'a finding has an anchor')
    got = [level.index(x) for x in shown]
    check(got == sorted(got) and got[0] == 0 and len(got) > 30, 'the report')


@test
def report_of_a_selftest():
    """O-35: the result is shown as it was given; one whose form or sums are wrong is refused"""
    f = archive('report-selftest', FIX + '/small.jsonl')[0]
    doc = run(EXHIBIT, 'selftest', f, *VKEY, '--changes', '60', '--seed', '9', '-o', 'json').stdout
    j, out = path('selftest.json'), path('selftest.html')

    def report(o, status=0):
        open(j, 'wb').write(o if isinstance(o, bytes) else json.dumps(o).encode())
        if os.path.exists(out):
            os.remove(out)
        p = run(EXHIBIT, 'report', f, *VKEY, '--selftest', j, '--out', out, status=status)
        if status:
            check(b'--selftest' in p.stderr and not os.path.exists(out), p.stderr)
        return p if status else data(out).decode()

    o = json.loads(doc)
    page = report(doc)
    part = page[page.index('A functional test of the program') :]
    part = part[: part.index('>Words<')]
    check(f'{o["found_of_these"]} of {o["must_be_found"]} generated changes found.' in part, part)
    check(hashlib.sha256(doc).hexdigest() in part and o['program_sha256'] in part, 'digests')
    check('MISSED' not in part, part)
    command = re.search('<code>exhibit (selftest[^<]*)</code>', part)[1].split()
    check(command[1] == os.path.basename(f), command)
    command[1] = f
    check(run(EXHIBIT, *command, *VKEY).stdout == doc, 'the command makes it again')
    made = [k for k in o['kinds'] if k['made']]
    rows = re.findall(r'<tr><td[^>]*>([^<]*)</td><td[^>]*>(\w+)</td><td[^>]*>(\d+)</td>', part)
    rows = [(html.unescape(a), by, n) for a, by, n in rows]
    check(rows == [(k['change'], k['by'], str(k['made'])) for k in made], rows)
    check(page == report(doc), 'the same bytes')
    plain = path('selftest-none.html')
    run(EXHIBIT, 'report', f, *VKEY, '--out', plain)
    plain = data(plain).decode()
    check('functional test' not in plain, 'nothing where none was given')
    identity = lambda page: re.search('report <code>([0-9a-f]{64})', page)[1]
    check(identity(plain) != identity(page), 'another input, another report')
    # a miss is loud
    bad = json.loads(doc)
    k = next(k for k in bad['kinds'] if k['must_be'] == 'found' and k['found'])
    k['found'] -= 1
    k['missed'] += 1
    report(bad, 65)
    bad['found_of_these'] -= 1
    page = report(bad)
    check('VERIFICATION MISSED CHANGES THAT IT MUST FIND' in page and '1 MISSED' in page, 'loud')
    # text of others, harmless
    bad = json.loads(doc)
    bad['kinds'][0]['change'] = bad['file'] = '<script>alert(1)</script>\u202e\x1b[2J'
    page = report(bad)
    check('<script>alert' not in page and '\u202e' not in page and '\x1b' not in page, 'harmless')

    def spoil(**more):
        return {**json.loads(doc), **more}

    def of_kind(**more):
        b = json.loads(doc)
        b['kinds'][0].update(more)
        return b

    big = 10**15 + 1
    for bad in (
        b'',
        b'{',
        b'[]',
        b'1',
        b'{}',
        b'[' * 200,
        doc[:-9],
        spoil(seed='1'),
        spoil(seed=-1),
        spoil(file=7),
        spoil(file='x' * 301),
        spoil(rows_of_file=None),
        spoil(program_sha256='g' * 64),
        spoil(program_sha256='00'),
        spoil(changes=o['changes'] + 1),
        spoil(changes=big),
        spoil(must_be_found=o['must_be_found'] + 1),
        spoil(found_of_these=o['found_of_these'] - 1),
        spoil(found_of_these=2**64),
        spoil(kinds={}),
        spoil(kinds=None),
        spoil(kinds=[]),
        spoil(kinds=[1]),
        spoil(kinds=o['kinds'] * 30),
        of_kind(made=o['kinds'][0]['made'] + 1),
        of_kind(made=big, found=big),
        of_kind(by='me'),
        of_kind(must_be='lost'),
        of_kind(change=None),
        of_kind(missed='0'),
        {k: v for k, v in o.items() if k != 'kinds'},
        {k: v for k, v in o.items() if k != 'program_sha256'},
    ):
        report(bad, 65)
    run(EXHIBIT, 'report', f, *VKEY, '--selftest', path('nowhere'), '--out', out, status=66)
    run(EXHIBIT, 'verify', f, *VKEY, '--selftest', j, status=64)
