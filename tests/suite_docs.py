"""What README.md and HACKING.md print runs, and what they name is there; make in all its forms.

A fenced block that begins with ```sh is run, line after line, in one shell and a copy of the
checkout. A command with the remark `# status N` (`: words` may follow) ends with N. A block that
begins with ```sh not-run: REASON is not run, and there are few of them.
"""

import shlex, stat

from harness import *
import suite_live

PAGES = ('README.md', 'HACKING.md')
NOT_RUN_MOST = 6
WIDTH = 100


def blocks(page):
    """(what stands behind ```, the lines, the number of the first) of every fenced block"""
    kind, lines, first = None, [], 0
    for n, line in enumerate(open(os.path.join(TOP, page), encoding='utf-8').read().split('\n'), 1):
        if not line.startswith('```'):
            lines.append(line)
        elif kind is None:
            kind, lines, first = line[3:].strip(), [], n + 1
        else:
            yield kind, lines, first
            kind = None


def commands(lines, first):
    """(number of the line, command, status wanted): lines that end with \\ or open a quote go on"""
    whole = ''
    for n, line in enumerate(lines, first):
        whole += line + '\n'
        if line.endswith('\\'):
            continue
        try:
            words = shlex.split(whole, comments=True)
        except ValueError:
            continue
        wanted = re.search(r'# status (\d+)(:|$)', line)
        if words:
            yield n, whole.rstrip('\n'), int(wanted[1]) if wanted else 0
        whole = ''
    check(not whole.strip(), ('a block ends within a command', whole))


def checkout(name):
    """What a fresh checkout holds, with the programs built: links, so that nothing of ours is
    written.
    """
    d = path(name)
    os.makedirs(d)
    for f in os.listdir(TOP):
        if f not in ('build', 'build-asan', '.git', 'exhibit', 'exhibit-export'):
            os.symlink(os.path.join(TOP, f), os.path.join(d, f))
    for program in (EXHIBIT, EXPORT):
        os.symlink(program, os.path.join(d, os.path.basename(program)))
    os.makedirs(d + '/build')
    return d


def made_runnable(command):
    """The same command where the suite runs: another server, an end, a make that only says what it
    would do.
    """
    if command.startswith('make ') or command == 'make':
        return command.replace('make', 'make -n', 1)
    command = command.replace(
        'postgres://reader@db.example/action_history', suite_live.live_audit()
    )
    if '--follow' in command:
        command = command.replace('--follow', '--follow --once')
    if BOX:
        command = re.sub(r'^exhibit (\S+)', r'exhibit \1 ' + ' '.join(BOX), command)
    return command


def run_page(page):
    d = checkout('docs-' + page)
    script = path('docs-' + page + '.sh')
    told = path('docs-' + page + '.told')
    wanted = []
    with open(script, 'w', encoding='utf-8') as f:
        f.write('exec 3>' + shlex.quote(told) + '\n')
        for kind, lines, first in blocks(page):
            if kind != 'sh':
                continue
            for n, command, status in commands(lines, first):
                wanted.append((n, command, status))
                f.write(made_runnable(command) + f'\necho {n} $? >&3\n')
    p = subprocess.run(['bash', '-o', 'pipefail', script], cwd=d, capture_output=True, timeout=600)
    got = [tuple(map(int, l.split())) for l in open(told).read().splitlines()]
    check(len(got) == len(wanted), (page, 'the shell ended early', got[-1:], p.stderr[-500:]))
    for (n, command, status), (_, have) in zip(wanted, got):
        check(
            have == status,
            (f'{page}:{n}', command, 'status', have, 'wanted', status, p.stderr[-500:]),
        )
    return wanted


@test
def docs_readme_runs():
    ran = run_page('README.md')
    check(len(ran) >= 30, len(ran))
    check(
        [c.split('#')[0].strip() for _, c, _ in ran[:2]] == ['make demo', 'make test'],
        'the two commands come first',
    )
    shown = ' '.join(c for _, c, _ in ran)
    check(
        '--after 2026-11.exhibit' in shown and '--after 2026-12.exhibit' in shown,
        'month after month',
    )


@test
def docs_hacking_runs():
    check(len(run_page('HACKING.md')) >= 10, 'its commands')


@test
def docs_say_why_a_block_is_not_run():
    odd = [
        (page, n, kind)
        for page in PAGES
        for kind, _, n in blocks(page)
        if kind not in ('sh', 'c', 'text', 'make')
    ]
    check(len(odd) <= NOT_RUN_MOST, odd)
    for page, n, kind in odd:
        check(re.match(r'sh not-run: \w.{10,}', kind), (page, n, kind))


@test
def docs_name_what_is_there():
    """A path between backticks exists; a finding, a clause, a make target too; no line is a wall.
    """
    targets = set(re.findall(r'(?m)^([a-z][a-z-]*):', open(TOP + '/Makefile').read()))
    clauses = ''.join(
        open(os.path.join(TOP, 'formats', f)).read()
        for f in os.listdir(TOP + '/formats')
        if f.endswith('.md')
    )
    for page in (*PAGES, 'CHANGELOG.md'):
        text = open(os.path.join(TOP, page), encoding='utf-8').read()
        for n, line in enumerate(text.split('\n'), 1):
            check(len(line) <= WIDTH, (page, n, len(line)))
        for name in re.findall(r'`([^`\n]+)`', text):
            if (
                re.fullmatch(r'(src|tests|tools|formats|fixtures|\.ci)/[\w./-]*', name)
                and page != 'CHANGELOG.md'
                and not re.search('NAME|TOPIC', name)
            ):
                check(os.path.exists(os.path.join(TOP, name)), (page, name))
            made = re.fullmatch(r'make ([a-z-]+)', name)
            check(made is None or made[1] in targets, (page, name))
        for clause in set(re.findall(r'\b(?:[BCREOST]|CT)-\d+\b', text)):
            check(re.search(r'\*\*' + clause + r'[ ,*.:]', clauses), (page, clause))


@test
def docs_man_pages_name_every_verb():
    """No line of the texts behind the man pages is a wall, and every verb has its page's section.
    """
    if A.plain:
        return
    subprocess.run(['python3', TOP + '/tools/pages.py', '--bin', A.bin], check=True)
    for program in (EXHIBIT, EXPORT):
        page = open(TOP + '/man/' + os.path.basename(program) + '.1').read()
        for verb in re.findall(r'(?m)^  ([a-z]+) ', run(program, '--help').stdout.decode()):
            check(f'.Ss {verb}: ' in page, verb)
        # what is made of the help fits a terminal, whatever the help's own width
        argv = ['mandoc', '-T', 'ascii', '-O', 'width=78']
        argv.append(TOP + '/man/' + os.path.basename(program) + '.1')
        shown = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
        shown = re.sub('.\b', '', shown)
        verbs = re.search(r'(?ms)^VERBS\n(.*?)^[A-Z]', shown)[1]
        check(len(verbs.split('\n')) > 100, 'verbs')
        check([l for l in verbs.split('\n') if len(l) > 80] == [], [
            l for l in verbs.split('\n') if len(l) > 80
        ])


# ---- completions


def completed(shell, words):
    """What a shell offers behind the words, of which the last may be empty."""
    d = TOP + '/completions'
    if shell == 'bash':
        name = words[0].replace('-', '_')
        script = (
            f'. {d}/{words[0]}.bash; COMP_WORDS=({" ".join(w or chr(39) * 2 for w in words)}); '
        )
        script += f'COMP_CWORD={len(words) - 1}; _{name}; printf "%s\\n" "${{COMPREPLY[@]}}"'
        argv = ['bash', '-c', script]
    elif shell == 'fish':
        script = f'source {d}/{words[0]}.fish; complete -C "{" ".join(words)}"'
        argv = ['fish', '--no-config', '-c', script]
    home = path('docs-home')
    os.makedirs(home, exist_ok=True)
    env = dict(os.environ, HOME=home, XDG_CONFIG_HOME=home, PATH=A.bin + ':' + os.environ['PATH'])
    p = subprocess.run(argv, capture_output=True, text=True, cwd=home, env=env, timeout=60)
    check(p.returncode == 0 and p.stderr == '', (argv, p.stderr))
    return {line.split('\t')[0] for line in p.stdout.split('\n')} - {''}


@test
def docs_completions_complete():
    """bash, zsh and fish are offered verbs, options, and the values that an option has."""
    if A.plain:
        return
    for shell in ('bash', 'fish'):
        check({'verify', 'sql'} <= completed(shell, ['exhibit', '']), shell)
        check(completed(shell, ['exhibit-export', 'ar']) == {'archive'}, shell)
        check('--vkey' in completed(shell, ['exhibit', 'verify', '--v']), shell)
        check(completed(shell, ['exhibit', 'list', '--phase', 'Fa']) == {'Failed'}, shell)
        check({'AP-01'} <= completed(shell, ['exhibit', 'controls', '--rule', 'AP-0']), shell)
        forms = completed(shell, ['exhibit', 'compare', '-o', ''])
        check({'table', 'json'} <= forms and 'csv' not in forms, (shell, forms))
    for name in ('exhibit', 'exhibit-export'):
        text = open(f'{TOP}/completions/_{name}').read()
        check(text.startswith(f'#compdef {name}\n'), name)
        subprocess.run(['zsh', '-n', f'{TOP}/completions/_{name}'], check=True)
        for verb in re.findall(
            r'(?m)^  ([a-z]+) ', run(A.bin + '/' + name, '--help').stdout.decode()
        ):
            check(f'\n{verb})\n' in text, verb)


# ---- make


def make(*words, status=0, **more):
    p = subprocess.run(
        ['make', '-C', TOP, '--no-print-directory', *words],
        capture_output=True,
        text=True,
        timeout=600,
        **more,
    )
    check(
        status is None or p.returncode == status,
        (words, p.returncode, p.stderr[-800:] or p.stdout[-800:]),
    )
    return p


@test
def make_elsewhere_with_other_flags():
    """Objects know their flags; programs and pages go where they are told; the analyzer needs none
    of the exporter's packages.
    """
    if A.plain:
        return
    elsewhere, root = path('make-b'), path('make-root')
    b, quick = elsewhere + '/gcc', '-O0 $(WARN) -Werror'  # as `make warnings` builds
    before = {f: os.stat(os.path.join(TOP, f)).st_mtime_ns for f in ('exhibit', 'exhibit-export')}
    built = make('-j2', f'B={elsewhere}', 'warnings')
    check('warning' not in built.stderr, built.stderr[:500])
    for program in ('/exhibit', '/exhibit-export'):
        said = [
            subprocess.run(
                [elsewhere + f'/{cc}' + program, 'help'], capture_output=True, check=True
            ).stdout
            for cc in ('gcc', 'clang')
        ]
        check(said[0] == said[1] != b'', program)
    check(
        b'exhibit' in subprocess.run(
            [b + '/exhibit', '--version'], capture_output=True, check=True
        ).stdout,
        'it runs',
    )
    check(
        before == {f: os.stat(os.path.join(TOP, f)).st_mtime_ns for f in before},
        'the programs here are as they were',
    )

    def anew(flags):
        """which of two objects are made again with these flags"""
        two = [b + '/base/buf.o', b + '/verify/verdict.o']
        old = [os.stat(o).st_mtime_ns for o in two]
        make(f'B={b}', f'CFLAGS={flags}', *two)
        return [os.stat(o).st_mtime_ns != o_old for o, o_old in zip(two, old)]

    check(anew(quick) == [False, False], 'the same flags: nothing to do')
    check(anew('-O1') == [True, True], 'other flags: everything anew')
    check(anew('-O1') == [False, False], 'and once')
    make('-j2', f'B={b}', 'CFLAGS=' + quick, 'exhibit', 'exhibit-export')

    make(f'B={b}', 'CFLAGS=' + quick, f'DESTDIR={root}', 'PREFIX=/opt/x', 'install')
    files = lambda: sorted(
        os.path.relpath(os.path.join(d, f), root) for d, _, fs in os.walk(root) for f in fs
    )
    man = 'opt/x/share/man/'
    rules = ['opt/x/share/exhibit/rules/' + f for f in os.listdir(TOP + '/rules')]
    shells = ['bash-completion/completions/exhibit', 'bash-completion/completions/exhibit-export']
    shells += ['zsh/site-functions/_exhibit', 'zsh/site-functions/_exhibit-export']
    shells += [
        'fish/vendor_completions.d/exhibit.fish',
        'fish/vendor_completions.d/exhibit-export.fish',
    ]
    rules += ['opt/x/share/' + f for f in shells]
    check(
        files()
        == sorted(
            [
                'opt/x/bin/exhibit',
                'opt/x/bin/exhibit-export',
                man + 'man1/exhibit-export.1',
                man + 'man1/exhibit.1',
                man + 'man5/exhibit.5',
            ]
            + rules
        ),
        files(),
    )
    for f in files():
        check(stat.S_IMODE(os.stat(f'{root}/{f}').st_mode) == (0o755 if '/bin/' in f else 0o644), f)
        if '/man/' in f:
            subprocess.run(
                ['mandoc', '-T', 'lint', '-W', 'warning', f'{root}/{f}'],
                check=True,
                capture_output=True,
            )
    make(f'B={b}', 'CFLAGS=' + quick, f'DESTDIR={root}', 'PREFIX=/opt/x', 'uninstall')
    check(files() == [], files())

    # a machine that has what the analyzer needs only
    lean = path('make-lean')
    os.makedirs(lean)
    open(lean + '/dpkg-query', 'w').write(
        '#!/bin/sh\ncase $* in *libpq*|*curl*|*hiredis*|*archive*|*bz2*|*lzma*) exit 1 ;;'
        ' esac\necho install ok installed\n'
    )
    os.chmod(lean + '/dpkg-query', 0o755)
    env = dict(os.environ, PATH=lean + ':' + os.environ['PATH'])
    for f in ('have-analyzer', 'have-exporter'):
        os.unlink(f'{b}/{f}')
    make(f'B={b}', 'CFLAGS=' + quick, 'exhibit', env=env)
    check(
        os.path.exists(b + '/have-analyzer') and not os.path.exists(b + '/have-exporter'),
        'it asked for its own packages',
    )
    os.unlink(b + '/source/csv.o')
    p = make(f'B={b}', 'CFLAGS=' + quick, 'exhibit-export', status=2, env=env)
    check(
        'libpq-dev' in p.stdout + p.stderr and 'libzstd-dev' not in p.stdout + p.stderr,
        (p.stdout, p.stderr),
    )
    foreign = re.compile(
        r'#include <(archive|archive_entry|libpq-fe|curl/\w+|hiredis/\w+|zlib|bzlib|lzma)\.h>'
    )
    for f in make('print-sources-analyzer').stdout.split():
        check(not foreign.search(open(os.path.join(TOP, f)).read()), f)
