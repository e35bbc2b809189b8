#!/usr/bin/env python3
"""Man pages from what the programs say of themselves (--help) and what formats/ says, so that they
cannot differ. usage: man.py FOLDER [PROGRAMS]   PROGRAMS: the folder of the programs"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, '../..')
OUT = sys.argv[1]
PROGRAMS = sys.argv[2] if len(sys.argv) > 2 else TOP
DATE = 'November 30, 2026'


def text(path):
    return open(path, encoding='utf-8').read()


VERSION = re.search(r'EXHIBIT_VERSION "([^"]+)"', text(TOP + '/src/cmd/version.h'))[1]


def esc(t):
    """A text as mdoc takes it: no requests, no escapes, minus signs."""
    return re.sub(r'(?m)^([.\'])', r'\\&\1', t.replace('\\', '\\e').replace('-', '\\-'))


def block(t):
    return '.Bd -literal\n' + esc(t.rstrip('\n')) + '\n.Ed\n'


def page(name, section, brief, body):
    head = f'.Dd {DATE}\n.Dt {name.upper()} {section}\n.Os Exhibit {VERSION}\n'
    with open(f'{OUT}/{name}.{section}', 'w', encoding='utf-8') as f:
        f.write(head + f'.Sh NAME\n.Nm {name}\n.Nd {brief}\n' + body)


def program(name, brief, see):
    def run(*argv):
        argv = [os.path.join(PROGRAMS, name), *argv]
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout

    body = f'.Sh SYNOPSIS\n.Nm {name}\n.Ar verb\n.Ar\n.Op Ar options\n'
    body += '.Sh DESCRIPTION\n' + text(f'{HERE}/{name}.txt') + '.Sh VERBS\n'
    for verb, what in re.findall(r'(?m)^  ([a-z]+) +(.*)$', run('--help')):
        body += f'.Ss {verb}: {esc(what)}\n' + block(run(verb, '--help'))
    page(name, 1, brief, body + text(f'{HERE}/{name}.end.txt') + '.Sh SEE ALSO\n' + see)


def example(page_of, first):
    """The block of a page of formats/ that begins so."""
    return re.search(r'```\n(' + first + r'.*?)```', text(f'{TOP}/formats/{page_of}'), re.S)[1]


os.makedirs(OUT, exist_ok=True)
program('exhibit', 'verify and read sealed archives of Kubernaut audit events',
        '.Xr exhibit\\-export 1 ,\n.Xr exhibit 5\n')
program('exhibit-export', 'read Kubernaut audit events and seal them into archives',
        '.Xr exhibit 1 ,\n.Xr exhibit 5\n')
body = text(HERE + '/exhibit.5.txt')
body = body.replace('@SCHEMA@\n', block(example('archive.md', 'CREATE TABLE log')))
body = body.replace('@RECIPE@\n', block(example('seal.md', 'N=')))
page('exhibit', 5, 'archive of Kubernaut audit events', body)
