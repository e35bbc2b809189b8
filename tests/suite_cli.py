"""Command-line cases, each a file: tests/cli/TOPIC/CASE.sh, and what it prints in TOPIC/CASE.out.

A case is a shell script in an empty folder, behind tests/cli/prelude.sh. What it must print is its
standard output, then `-- stderr` and what it said there, if anything, and `-- status N`. One is run
alone by its name, `python3 tests/suite.py cli_verify_good`; `--set` writes what it prints now.
"""

import difflib
import glob

from harness import *

CASES = os.path.join(TOP, 'tests', 'cli')

# What differs from run to run, or from build to build, and means nothing.
PLAIN = (
    (r'(?m)^(  sha256 +)[0-9a-f]{64}$', r'\1SHA256'),
    (r'\([0-9,]+ bytes\)', '(BYTES)'),
    (r'Sandbox: .*', 'Sandbox: STATE.'),
    (r'(exhibit(?:-export)?) [0-9]+\.[0-9.]+[0-9a-z.+-]*', r'\1 VERSION'),
)


def plain(text, folder):
    for pattern, instead in PLAIN:
        text = re.sub(pattern, instead, text)
    return text.replace(folder + '/', '').replace(FIX + '/', 'FIXTURES/')


def transcript(script, folder):
    """What a case prints, as its .out file has it."""
    env = dict(os.environ, BIN=A.bin, FIXTURES=FIX, CASES=CASES, WRAP=A.wrap, BOX=' '.join(BOX))
    with open(os.path.join(CASES, 'prelude.sh'), encoding='utf-8') as f:
        text = f.read()
    with open(script, encoding='utf-8') as f:
        text += f.read()
    p = subprocess.run(['sh', '-c', text], cwd=folder, env=env, capture_output=True, timeout=600)
    if NOISE.search(p.stderr):
        raise Failed(f'sanitizer: {p.stderr[-1500:].decode("utf-8", "replace")}')
    out = p.stdout.decode('utf-8', 'replace')
    if p.stderr:
        out += '-- stderr\n' + p.stderr.decode('utf-8', 'replace')
    return plain(out, folder) + f'-- status {p.returncode}\n'


def case(script):
    topic, name = os.path.relpath(script, CASES)[: -len('.sh')].split('/')
    expected = script[: -len('.sh')] + '.out'

    def one():
        folder = path(f'cli-{topic}-{name}')
        os.makedirs(folder)
        have = transcript(script, folder)
        if A.set:
            with open(expected, 'w', encoding='utf-8', newline='') as f:
                f.write(have)
        with open(expected, encoding='utf-8', newline='') as f:
            want = f.read()
        lines = difflib.unified_diff(want.split('\n'), have.split('\n'), lineterm='', n=0)
        check(have == want, f'tests/cli/{topic}/{name} differs:\n' + '\n'.join(lines))

    one.__name__ = re.sub(r'\W', '_', f'cli_{topic}_{name}')
    return test(one)


for script in sorted(glob.glob(CASES + '/*/*.sh')):
    case(script)


@test
def cli_cases_have_what_they_print():
    """No expected output without its case, and every case says in its first line what it shows."""
    for out in glob.glob(CASES + '/*/*.out'):
        check(os.path.exists(out[: -len('.out')] + '.sh'), out)
    for script in glob.glob(CASES + '/*/*.sh'):
        with open(script, encoding='utf-8') as f:
            check(re.match(r'# \S.{10,}\n', f.readline()), script)
