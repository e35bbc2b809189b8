#!/usr/bin/env python3
"""Puts the analyzer's module, the page around it and its worker into one HTML file.
usage: page.py MODULE OUT.html

The same module gives the same bytes: it is deflated without a time. The policy of the page
(Content-Security-Policy) names the script and the style by digest; nothing may be fetched."""

import base64, gzip, hashlib, io, os, re, sys

HERE = os.path.dirname(os.path.abspath(__file__))


def text(name):
    with open(os.path.join(HERE, name), encoding='utf-8') as f:
        return f.read()


def digest(s):
    return "'sha256-" + base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() + "'"


def main():
    with open(sys.argv[1], 'rb') as f:
        module = f.read()
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode='wb', compresslevel=9, mtime=0) as z:
        z.write(module)
    script, style, worker = text('page.js'), text('page.css'), text('worker.js')
    policy = (
        "default-src 'none'; connect-src 'none'; script-src "
        + digest(script)
        + " 'wasm-unsafe-eval'; style-src "
        + digest(style)
        + "; worker-src blob:; form-action 'none'; base-uri 'none'"
    )
    with open(os.path.join(HERE, '../../src/cmd/version.h')) as f:
        version = re.search(r'EXHIBIT_VERSION "(.*)"', f.read()).group(1)
    values = {
        'POLICY': policy,
        'VERSION': version,
        'STYLE': style,
        'DIGEST': hashlib.sha256(module).hexdigest(),
        'MODULE': base64.b64encode(packed.getvalue()).decode(),
        'WORKER': worker,
        'SCRIPT': script,
    }
    for s in (script, worker):
        if '</script' in s:
            sys.exit('page.py: a script ends itself')
    page = re.sub(r'@([A-Z]+)@', lambda m: values[m.group(1)], text('page.html'))
    with open(sys.argv[2], 'w', encoding='utf-8') as f:
        f.write(page)


main()
