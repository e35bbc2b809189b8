"""A page in a headless browser: how wide it is, where its links lead, what axe-core says of it. The
page stands in a frame of the width that is asked for; scripts that measure are put into a copy.
"""

import html as markup, json, os, re, shutil, subprocess

CHROMIUM = shutil.which('chromium')
AXE = os.path.join(
    os.environ.get('SOURCES')
    or os.path.join(
        os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'), 'exhibit-sources'
    ),
    'axe-core-4.10.3.tgz',
)
AXE_SHA256 = '0f2b4d7dcdf7d1219df8d1959ad68e565f51d14c3f0d88bb71cd59abeb956292'
AXE_URL = 'https://registry.npmjs.org/axe-core/-/axe-core-4.10.3.tgz'
PAPER = 718  # pixels of A4 between its margins of 10 mm

MEASURE = r"""
var w = document.documentElement.clientWidth,
  ids = new Set([...document.querySelectorAll('[id]')].map((e) => e.id)),
  seen = (e) => !e.closest('svg') && e.getBoundingClientRect().width > 0,
  beyond = [...document.querySelectorAll('*')].filter(
    (e) => seen(e) && e.getBoundingClientRect().right > w + 1),
  outside = [...document.querySelectorAll('svg')].filter((s) => {
    var b = s.viewBox.baseVal, r = s.getBBox();
    return r.width && (r.x < -2 || r.y < -4 || r.x + r.width > b.width + 2 ||
      r.y + r.height > b.height + 2);
  }),
  dead = [...document.querySelectorAll("a[href^='#']")].filter(
    (a) => !ids.has(decodeURIComponent(a.getAttribute('href').slice(1))));
result = {
  width: w,
  page: document.documentElement.scrollWidth,
  beyond: beyond.slice(0, 5).map((e) => e.outerHTML.slice(0, 200)),
  outside: outside.slice(0, 5).map((e) => e.getAttribute('aria-label')),
  dead: dead.slice(0, 5).map((a) => a.outerHTML.slice(0, 200)),
  loaded: Math.round(performance.timing.domInteractive - performance.timing.navigationStart),
};
"""


def axe():
    """The text of axe-core as npm's registry has it; None: not at hand and not to be fetched."""
    import hashlib, io, tarfile, urllib.request

    def same(b):
        return hashlib.sha256(b).hexdigest() == AXE_SHA256

    b = open(AXE, 'rb').read() if os.path.exists(AXE) else b''
    if not same(b):
        try:
            b = urllib.request.urlopen(AXE_URL, timeout=60).read()
        except OSError:
            return None
        if not same(b):
            return None
        os.makedirs(os.path.dirname(AXE), exist_ok=True)
        open(AXE, 'wb').write(b)
    t = tarfile.open(fileobj=io.BytesIO(b))
    return t.extractfile('package/axe.min.js').read().decode()


def look(page, width, folder, paper=False, rules=None):
    """What a page is like in a window of a width. rules: axe-core's text; its violations are
    told, too. paper: with the style of print.
    """
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', '', page)
    if paper:
        page = page.replace('@media print', '@media all').replace('@media screen', '@media none')
        page = page.replace('<details', '<details open')
    run = f'var result;{MEASURE}'
    tell = "var p = parent.document.createElement('p'); p.id = 'out';"
    tell += 'p.textContent = JSON.stringify(result); parent.document.body.appendChild(p);'
    if rules:
        run += (
            'axe.run(document, {resultTypes: ["violations"]}).then((r) => {'
            'result.axe = r.violations.map((v) => v.id + ": " + v.nodes.length + " " +'
            'v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | "));'
            f'{tell}}});'
        )
    else:
        run += tell
    script = f'<script>{rules or ""}</script><script>{run}</script>'
    page = page.replace('</body>', script + '</body>')
    outer = os.path.join(folder, 'outer.html')
    with open(outer, 'w', encoding='utf-8') as f:
        f.write(
            '<!DOCTYPE html><html><head><meta charset="utf-8"><title>t</title></head><body>'
            f'<iframe width="{width}" height="900" srcdoc="{markup.escape(page)}"></iframe>'
            '</body></html>'
        )
    argv = [CHROMIUM, '--headless', '--no-sandbox', '--disable-gpu', '--dump-dom']
    argv += [f'--window-size={max(width + 100, 600)},1000', '--virtual-time-budget=120000']
    out = subprocess.run(
        argv + ['file://' + outer], capture_output=True, text=True, timeout=300
    ).stdout
    return json.loads(markup.unescape(re.search(r'id="out">([^<]*)', out)[1]))


def pages(page, folder, size='A4'):
    """How many pages a PDF of it has."""
    at, pdf = os.path.join(folder, 'paper.html'), os.path.join(folder, 'paper.pdf')
    with open(at, 'w', encoding='utf-8') as f:
        f.write(page.replace('@page{size:portrait', '@page{size:' + size))
    argv = [CHROMIUM, '--headless', '--no-sandbox', '--disable-gpu', '--no-pdf-header-footer']
    subprocess.run(
        argv + ['--print-to-pdf=' + pdf, 'file://' + at], capture_output=True, timeout=300
    )
    return len(re.findall(rb'/Type\s*/Page\b', open(pdf, 'rb').read()))
