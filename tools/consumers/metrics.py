"""What node_exporter makes of the metrics of two followers on one node (formats/output.md O-12):
nothing is merged, nothing is refused; and what promtool's linter says. usage: metrics.py
NODE_EXPORTER LINTER
"""

import os
import re
import socket
import sys
import urllib.request

node_exporter, linter = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'tests'))
from suite_live import *

TEXTS = path('textfiles')


def followed(name, *key):
    """A follower's metrics of a database of the fixture, whole."""
    fresh(name)
    prom = f'{TEXTS}/{name}.prom'
    p = follow(name, name, '--metrics', prom, key=key or ORIGIN)
    until(lambda: os.path.exists(prom) and re.search(r'up\{[^}]*\} 1', data(prom).decode()))
    p.terminate()
    p.wait()
    return data(prom).decode()


def scraped():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    p = subprocess.Popen(
        [
            node_exporter,
            '--collector.disable-defaults',
            '--collector.textfile',
            '--collector.textfile.directory=' + TEXTS,
            f'--web.listen-address=127.0.0.1:{port}',
        ],
        stderr=open(path('node.err'), 'w'),
    )
    try:
        page = lambda: urllib.request.urlopen(f'http://127.0.0.1:{port}/metrics').read().decode()

        def answer():
            try:
                return page()
            except OSError:
                return None

        return until(answer)
    finally:
        p.terminate()
        p.wait()


os.makedirs(TEXTS)
run(EXPORT, 'keygen', '--name', 'other.example/two', '--out', path('two'))
two = ('--origin', 'other.example/two', '--key', path('two.key'))
want = followed('metrics_one') + followed('metrics_two', *two)
got = scraped()
stop()
lint = subprocess.run([linter, *(f'{TEXTS}/{n}' for n in sorted(os.listdir(TEXTS)))])
samples = [l for l in want.splitlines() if l.startswith('exhibit_')]
series = lambda l: l.rsplit(' ', 1)[0]
lost = [l for l in samples if series(l) not in {series(g) for g in got.splitlines()}]
bad = re.findall(r'(?m)^node_textfile_scrape_error (\S+)', got) != ['0']
print(f'{len(samples)} samples of two followers, {len(lost)} not there, refused: {bad}')
print(*lost, open(path('node.err')).read() if bad else '', sep='\n')
shutil.rmtree(W)
doubled = len(set(map(series, samples))) != len(samples)
sys.exit(1 if lost or bad or doubled or lint.returncode else 0)
