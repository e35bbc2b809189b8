"""Tests of the report: what its pages say, and how they look in a browser (design: report)."""

from harness import *

SETS = os.path.join(os.path.dirname(TOP), 'shared/kubernaut-data/sets')
MADE = {}


def lifecycles():
    """The archive of 86 real remediations, and its report."""
    if 'f' not in MADE:
        MADE['f'] = archive('report-lifecycles', SETS + '/lifecycles/dump.sql.zst')[0]
        MADE['html'] = page(MADE['f'])
    return MADE['f'], MADE['html']


def page(f, *more, name='page.html', status=0):
    run(EXHIBIT, 'report', f, *VKEY, *more, '--out', path(name), status=status)
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
        f'{n} exceptions in {some} of {len(k["rules"])} tests , {no} not testable'
        in words(cover).replace('tests,', 'tests ,'),
        words(cover)[-900:],
    )
    for x in json.loads(run(EXHIBIT, 'verify', f, *VKEY, '-o', 'json').stdout)['not_checked']:
        check(x in words(cover), x)
    unsealed, _ = archive('report-bare', FIX + '/lifecycles.sql', options=['--unsealed'])
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
