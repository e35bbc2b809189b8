"""exhibit.html: the analyzer in a browser (make wasm), opened from disk without a network and
driven as a person would. What it says is what the command line says.
"""

import hashlib
from harness import *
import browser, devtools, suite_report

PAGE = TOP + '/build/exhibit.html'
KEY = TOP + '/fixtures/test.vkey'
MADE = {}


def path(name):
    return os.path.join(W, 'page--' + name)  # no other suite has such names


def lifecycles():
    """The archive of five remediations."""
    if 'lifecycles' not in MADE:
        MADE['lifecycles'] = archive('page-lifecycles', TOP + '/fixtures/lifecycles.sql')[0]
    return MADE['lifecycles']


def opened(*files, width=1300):
    check(os.path.exists(PAGE), 'make wasm builds it')
    p = devtools.Page('file://' + PAGE, width)
    if files:
        p.drop('#pick', *files)
        p.until(f"document.querySelectorAll('#files li').length === {len(files)}")
    return p


def text(p, id):
    return p.value(f"document.getElementById('{id}').textContent")


def chosen(p, verb, typed=None):
    """Presses a button, and perhaps types what it asks for; waits until something is said."""
    p.value("document.getElementById('state').textContent = ''")
    p.value(f"document.querySelector('[data-verb={verb}]').click()")
    if typed is not None:
        field = 'query' if verb == 'sql' else 'name'
        p.value(f"document.getElementById('{field}').value = {json.dumps(typed)}")
        p.value("document.getElementById('go').click()")
    p.until(
        "document.getElementById('state').textContent.startsWith('Done') ||"
        " document.getElementById('problem').textContent"
    )


def terminal(f, verb, *more):
    """What the command line prints, the file and the key named as they are on the page."""
    argv = [EXHIBIT, verb, os.path.basename(f), '--vkey', os.path.basename(KEY), *more]
    folder = os.path.dirname(f)
    if not os.path.exists(folder + '/test.vkey'):
        shutil.copy(KEY, folder)
    return run(*argv, status=None, cwd=folder).stdout.decode()


@test
def the_page_says_what_the_command_line_says():
    """Every verb of the page, byte for byte behind what stderr says; tables of JSON besides."""
    f = lifecycles()
    one = json.loads(terminal(f, 'list', '-o', 'jsonl').splitlines()[0])['correlation_id']
    with opened(f, KEY) as p:
        for verb, typed, more in (
            ('verify', None, ()),
            ('list', None, ()),
            ('show', one, ('--id', one)),
            ('approvals', None, ()),
            ('controls', None, ()),
            ('populations', None, ()),
            ('analysis', None, ()),
            ('reconstruct', one, ('--id', one)),
            ('sql', 'SELECT event_type, count(*) FROM events GROUP BY 1', ()),
            ('info', None, ()),
        ):
            more = (typed,) if verb == 'sql' else more
            want = terminal(f, verb, *more)
            chosen(p, verb, typed)
            got = text(p, 'text')
            # what the sandbox of a platform is called is all that may differ
            got, want = (re.sub(r'Sandbox: [^.]*', '', x) for x in (got, want))
            check(want and got.endswith(want), (verb, got[-500:], want[-500:]))
            check('exhibit ' + verb in text(p, 'command'), text(p, 'command'))
        chosen(p, 'list')
        check(
            p.value("document.querySelectorAll('#sheet tbody tr').length") == 5,
            text(p, 'count'),
        )
        p.value("document.getElementById('filter').value = 'carol';"
                "document.getElementById('filter').dispatchEvent(new Event('input'))")
        check(text(p, 'count').startswith('2 of 5'), text(p, 'count'))
        check(not p.said(), p.said())


@test
def the_page_saves_what_the_command_line_writes():
    """The report as a file: the same bytes."""
    f = lifecycles()
    out = path('report.html')
    terminal(f, 'report', '--out', out)
    with opened(f, KEY) as p:
        chosen(p, 'report')
        folder = path('saved')
        os.makedirs(folder, exist_ok=True)
        p.session, keep = None, p.session
        p.ask('Browser.setDownloadBehavior', behavior='allow', downloadPath=folder)
        p.session = keep
        p.value("[...document.querySelectorAll('#saves button')].find((b) =>"
                " b.textContent.includes('report.html')).click()")
        at = folder + '/report.html'
        for _ in range(200):
            if os.path.exists(at):
                break
            time.sleep(0.1)
        check(os.path.exists(at), os.listdir(folder))
        with open(at, 'rb') as a, open(out, 'rb') as b:
            check(hashlib.sha256(a.read()).digest() == hashlib.sha256(b.read()).digest(),
                  'the report that is saved is another')


@test
def the_page_finds_what_was_changed():
    """A byte of a copy is changed: alarm, with a sign and a word; without a key nothing is called
    proven."""
    f = lifecycles()
    bad = path('bad.exhibit')
    b = bytearray(open(f, 'rb').read())
    b[len(b) // 2] ^= 1
    with open(bad, 'wb') as o:
        o.write(b)
    with opened(bad, KEY) as p:
        chosen(p, 'verify')
        head = p.value("document.querySelector('.tile').className + document.querySelector("
                       "'.tile').textContent")
        check(head.startswith('tile bad') and '✗' in head, head)
        tiles = text(p, 'tiles')
        check('✗ integrity: disproved' in tiles and '? integrity' not in tiles, tiles)
    with opened(f) as p:
        chosen(p, 'verify')
        tiles = text(p, 'tiles')
        check('authenticity: not proven' in tiles and '✓ authenticity' not in tiles, tiles)
        check('completeness, happened to source: not proven' in tiles, tiles)


@test
def the_page_stays_alive():
    """What is no archive, nothing, a wrong key, an id that is not there, wrong SQL: one message,
    and the next run answers."""
    f = lifecycles()
    junk, empty = path('junk.exhibit'), path('empty.exhibit')
    with open(junk, 'wb') as o:
        o.write(b'PK\3\4' * 5000)
    open(empty, 'wb').close()
    for file in (junk, empty):
        with opened(file) as p:
            chosen(p, 'list')
            check(text(p, 'problem') or 'not' in text(p, 'text'), file)
            p.value("document.querySelector('#files button').click()")
            p.drop('#pick', f)
            p.until("document.querySelectorAll('#files li').length === 1")
            chosen(p, 'list')
            check('5 remediations' in text(p, 'text'), text(p, 'text'))
    with opened(f, KEY) as p:
        chosen(p, 'show', 'rr-nobody')
        check('rr-nobody' in text(p, 'problem'), text(p, 'problem'))
        chosen(p, 'sql', 'SELECT FROM')
        check('syntax error' in text(p, 'problem'), text(p, 'problem'))
        p.value("document.querySelector('[data-verb=report]').click()")
        p.value("document.getElementById('cancel').click()")
        check(text(p, 'state') == 'Cancelled', text(p, 'state'))
        chosen(p, 'info')
        check(text(p, 'state') == 'Done, status 0', text(p, 'state'))


@test
def hostile_text_is_text_in_the_page():
    """Names that are markup, of events, of a file: no element, no request and no script of them
    appears."""
    suite_report.hostile()
    f = path('"><img src=x onerror=alert(1)>.exhibit')
    shutil.copy(os.path.join(W, 'report-evil') + '/a.exhibit', f)
    with opened(f) as p:
        for verb, typed in (('list', None), ('controls', None), ('approvals', None),
                            ('sql', 'SELECT * FROM events'), ('verify', None)):
            chosen(p, verb, typed)
            check('<img src=x' in text(p, 'result') + text(p, 'files'), verb)
            more = p.value("document.querySelectorAll('img, svg, main script, main style').length")
            check(more == 0, (verb, more))
        check(not p.said(), p.said())


@test
def the_page_fits_and_can_be_used_by_all():
    """No wider than the window at three widths; axe-core finds nothing; at most 4 MiB; nothing may
    be fetched."""
    check(os.path.getsize(PAGE) <= 4 << 20, os.path.getsize(PAGE))
    with open(PAGE, encoding='utf-8') as f:
        html = f.read()
    check("default-src 'none'; connect-src 'none'; script-src 'sha256-" in html, html[:900])
    check(html.count('src=') == 0 and html.count('href=') == 0, 'a link leads out')
    rules = browser.axe()
    check(rules, 'axe-core is fetched once')
    f = lifecycles()
    for width in (1300, 820, 390):
        with opened(f, KEY, width=width) as p:
            for verb in ('verify', 'list'):
                chosen(p, verb)
                wide = p.value('document.documentElement.scrollWidth')
                check(wide <= width, (width, verb, wide))
                p.ask('Page.setBypassCSP', enabled=True)
                p.value(rules + ';0')
                found = p.value(
                    "axe.run(document, {resultTypes: ['violations']}).then((r) =>"
                    " r.violations.map((v) => v.id + ' ' + v.nodes[0].html.slice(0, 200)))"
                )
                check(not found, (width, verb, found))
