"""Man pages and completions, from what the programs say of themselves and what formats/ says.

usage: pages.py [--set] [--bin FOLDER]   Status 1: a page of man/ or completions/ is not current.
--set writes them. FOLDER: of the programs.

A man page is the text beside it (man/NAME.txt, man/NAME.end.txt) around the help of each verb;
completions are made of the tables of options (PROGRAM --list-options).
"""

import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BIN = sys.argv[sys.argv.index('--bin') + 1] if '--bin' in sys.argv else TOP
DATE = 'November 30, 2026'
PROGRAMS = {
    'exhibit': 'verify and read sealed archives of Kubernaut audit events',
    'exhibit-export': 'read Kubernaut audit events and seal them into archives',
}


def text(path):
    with open(os.path.join(TOP, path), encoding='utf-8') as f:
        return f.read()


def run(name, *argv):
    argv = [os.path.join(BIN, name), *argv]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


VERSION = re.search(r'EXHIBIT_VERSION "([^"]+)"', text('src/cmd/version.h'))[1]


# ---- man pages


def esc(t):
    """A text as mdoc takes it: no requests, no escapes, minus signs, ASCII alone."""
    t = re.sub(r'(?m)^([.\'])', r'\\&\1', t.replace('\\', '\\e').replace('-', '\\-'))
    return re.sub(r'[^\x00-\x7f]', lambda m: f'\\[u{ord(m[0]):04X}]', t)


def filled(t):
    """A text that is filled: a line a sentence, no word of a shell cut at a hyphen."""
    t = re.sub(r'([.!?:][)`\']?) +(?=\S)', r'\1\n', ' '.join(t.split()))
    t = re.sub(r'(?m)(^| )((?:[$`]|\\-\\-|\S*_)\S*)', r'\1\\%\2', esc(t))
    return t + '\n'


def one(t):
    """A text as one argument of a macro."""
    return '"' + esc(t).replace('"', '\\(dq') + '"'


WIDE = 66  # columns of an example: a page of 80, less its margins


def command(t):
    """A command of a shell, continued where it is wider than a page."""
    lines = ['']
    for word in re.findall(r"(?:[^\s']|'[^']*')+", t):
        if lines[-1] and len(lines[-1]) + len(word) + 3 > WIDE:
            lines[-1] += ' \\'
            lines.append('   ')
        lines[-1] += (' ' if lines[-1].strip() else '') + word
    return '\n'.join(lines)


def examples(lines):
    """Commands, a line each unless it ends with a backslash."""
    whole = re.sub(r'\\\n\s*', '', '\n'.join(lines)).split('\n')
    return '\n'.join(command(w.strip()) for w in whole)


def options(lines):
    """A list of options: at two blanks what is written; behind two more, at the column of all
    texts, or below, what it does.
    """
    out, items = '.Bl -tag -width 6n\n', []
    begun = [re.match(r'  -.*?  +(?=\S)', line) for line in lines]
    column = min((m.end() for m in begun if m), default=2)
    for line, m in zip(lines, begun):
        if not line.startswith('  -'):
            items[-1][1].append(line)
        elif m:
            items.append((m[0].strip(), [line[m.end() :]]))
        elif line[column - 1 : column] == ' ':
            items.append((line[2:column].strip(), [line[column:]]))
        else:
            items.append((line.strip(), []))
    for what, does in items:
        out += '.It Sy ' + one(what) + '\n' + (filled(' '.join(does)) if does else '')
    return out + '.El\n'


def help_page(t):
    """The help of a verb, so that a page of any width can be made of it."""
    out = ''
    for part in re.split(r'\n\n+', t.strip('\n')):
        lines = part.split('\n')
        if lines[0] == 'Examples:':
            out += 'Examples:\n' + block(examples(lines[1:])).replace(
                '.Bd -literal', '.Bd -literal -offset 2n'
            )
        elif lines[0].startswith('  -'):
            out += options(lines)
        else:
            out += '.Pp\n' + filled(part)
    return out


def block(t):
    return '.Bd -literal\n' + esc(t.rstrip('\n')) + '\n.Ed\n'


def page(name, section, brief, body):
    head = '.\\" made by tools/pages.py: change what it is made of\n'
    head += f'.Dd {DATE}\n.Dt {name.upper()} {section}\n.Os Exhibit {VERSION}\n'
    return head + f'.Sh NAME\n.Nm {name}\n.Nd {brief}\n' + body


def program(name, see):
    body = f'.Sh SYNOPSIS\n.Nm {name}\n.Ar verb\n.Ar\n.Op Ar options\n'
    body += '.Sh DESCRIPTION\n' + text(f'man/{name}.txt') + '.Sh VERBS\n'
    for verb, what in re.findall(r'(?m)^  ([a-z]+) +(.*)$', run(name, '--help')):
        body += f'.Ss {verb}: {esc(what)}\n' + help_page(run(name, verb, '--help'))
    body += text(f'man/{name}.end.txt') + '.Sh SEE ALSO\n' + see
    return page(name, 1, PROGRAMS[name], body)


def example(page_of, first):
    """The block of a page of formats/ that begins so."""
    return re.search(r'```\n(' + first + r'.*?)```', text('formats/' + page_of), re.S)[1]


def archive_page():
    body = text('man/exhibit.5.txt')
    body = body.replace('@SCHEMA@\n', block(example('archive.md', 'CREATE TABLE log')))
    body = body.replace('@RECIPE@\n', block(example('seal.md', 'N=')))
    return page('exhibit', 5, 'archive of Kubernaut audit events', body)


# ---- completions


def tables(name):
    """[(verb, summary, [(option, letter, kind, values)])] of a program"""
    verbs = []
    for line in run(name, '--list-options').splitlines():
        kind, *words = line.split('\t')
        if kind == 'verb':
            verbs.append((*words, []))
        else:
            option, letter, kind, values = words
            verbs[-1][2].append((option, '' if letter == '-' else letter, kind, values))
    return verbs


def function(name):
    return '_' + name.replace('-', '_')


def bash(name):
    verbs = tables(name)
    words, switches = [], []
    for verb, _, options in verbs:
        for option, letter, kind, values in options:
            cases = [f'"{verb} --{option}"'] + ([f'"{verb} -{letter}"'] if letter else [])
            if values:
                words.append(f'\t{" | ".join(cases)}) words="{values}" ;;\n')
            elif kind != 'switch':
                words.append(f'\t{" | ".join(cases)}) files=1 ;;\n')
        flags = ' '.join(f'--{o[0]}' for o in options)
        switches.append(f'\t{verb}) words="{flags} --help" ;;\n')
    f = function(name)
    return f'''# Completion of {name} for bash; made by tools/pages.py.
{f}() {{
	local cur=${{COMP_WORDS[COMP_CWORD]}} verb=${{COMP_WORDS[1]}} before="" words="" files=""
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		words="{' '.join(v[0] for v in verbs)} help --help --version"
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
		return
	fi
	before=${{COMP_WORDS[COMP_CWORD - 1]}}
	case "$verb $before" in
{''.join(words)}	esac
	if [ -z "$words$files" ] && [[ $cur == -* ]]; then
		case "$verb" in
{''.join('	' + s for s in switches)}		esac
	fi
	if [ -n "$words" ]; then
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}}
complete -o filenames -F {f} {name}
'''


def quoted(t):
    return "'" + t.replace("'", "'\\''") + "'"


def zsh_option(option, letter, kind, values):
    name = f'{{-{letter},--{option}}}' if letter else f'--{option}'
    value = '' if kind == 'switch' else f':{option}:' + (f'({values})' if values else '_files')
    return f"\t\t'*'{name}{quoted(value) if value else ''}"


def zsh(name):
    verbs = tables(name)
    out = f'#compdef {name}\n# Completion of {name} for zsh; made by tools/pages.py.\n'
    out += 'local -a verbs\nverbs=(\n'
    out += ''.join('\t' + quoted(f'{v}:{s}') + '\n' for v, s, _ in verbs) + ')\n'
    out += 'if ((CURRENT == 2)); then\n\t_describe verb verbs\n\treturn\nfi\n'
    out += 'local verb=$words[2]\nshift words\n((CURRENT--))\ncase $verb in\n'
    for verb, _, options in verbs:
        lines = [zsh_option(*o) for o in options] + ["\t\t'*:file:_files'"]
        out += f'{verb})\n\t_arguments -S \\\n' + ' \\\n'.join(lines) + '\n\t;;\n'
    return out + 'esac\n'


def fish(name):
    verbs = tables(name)
    out = f'# Completion of {name} for fish; made by tools/pages.py.\n'
    for verb, summary, options in verbs:
        out += f'complete -c {name} -f -n __fish_use_subcommand -a {verb} -d {quoted(summary)}\n'
        for option, letter, kind, values in options:
            line = f"complete -c {name} -n '__fish_seen_subcommand_from {verb}' -l {option}"
            line += f' -s {letter}' if letter else ''
            if values:
                line += f' -x -a {quoted(values)}'
            elif kind != 'switch':
                line += ' -r -F'
            out += line + '\n'
    return out


def pages():
    yield 'man/exhibit.1', program('exhibit', '.Xr exhibit\\-export 1 ,\n.Xr exhibit 5\n')
    yield 'man/exhibit-export.1', program('exhibit-export', '.Xr exhibit 1 ,\n.Xr exhibit 5\n')
    yield 'man/exhibit.5', archive_page()
    for name in PROGRAMS:
        yield f'completions/{name}.bash', bash(name)
        yield f'completions/_{name}', zsh(name)
        yield f'completions/{name}.fish', fish(name)


def main():
    stale = False
    for path, made in pages():
        there = os.path.exists(os.path.join(TOP, path)) and text(path) == made
        if not there and '--set' in sys.argv:
            with open(os.path.join(TOP, path), 'w', encoding='utf-8') as f:
                f.write(made)
        elif not there:
            print(f'{path} is not what it is made of: python3 tools/pages.py --set')
            stale = True
    sys.exit(1 if stale else 0)


if __name__ == '__main__':
    main()
