#!/usr/bin/env python3
"""Man pages from what the programs say of themselves (--help) and what formats/ says, so that they cannot differ. usage: man.py FOLDER"""
import os, re, subprocess, sys

top = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..'); out = sys.argv[1]; os.makedirs(out, exist_ok=True)
version = re.search(r'EXHIBIT_VERSION "([^"]+)"', open(top + '/src/cmd/version.h').read())[1]
DATE = 'November 21, 2026'


def esc(t): return re.sub(r'(?m)^([.\'])', r'\\&\1', t.replace('\\', '\\e').replace('-', '\\-'))


def block(t): return '.Bd -literal\n' + esc(t.rstrip('\n')) + '\n.Ed\n'


def text(name): return open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name)).read()


def page(name, section, brief, body):
    open(f'{out}/{name}.{section}', 'w').write(f'.Dd {DATE}\n.Dt {name.upper()} {section}\n.Os Exhibit {version}\n.Sh NAME\n.Nm {name}\n.Nd {brief}\n' + body)


def program(name, brief, see):
    run = lambda *a: subprocess.run([f'{top}/{name}', *a], capture_output=True, text=True, check=True).stdout
    verbs = re.findall(r'(?m)^  ([a-z]+) +(.*)$', run('--help'))
    body = f'.Sh SYNOPSIS\n.Nm {name}\n.Ar verb\n.Ar\n.Op Ar options\n.Sh DESCRIPTION\n' + text(name + '.txt')
    body += '.Sh VERBS\n'
    for v, what in verbs: body += f'.Ss {v}: {esc(what)}\n' + block(run(v, '--help'))
    page(name, 1, brief, body + text(name + '.end.txt') + '.Sh SEE ALSO\n' + see)


program('exhibit', 'verify and read sealed archives of Kubernaut audit events', '.Xr exhibit\\-export 1 ,\n.Xr exhibit 5\n')
program('exhibit-export', 'read Kubernaut audit events and seal them into archives', '.Xr exhibit 1 ,\n.Xr exhibit 5\n')
recipe = re.search(r'```\n(N=.*?)```', open(top + '/formats/seal.md').read(), re.S)[1]
schema = re.search(r'```\n(CREATE TABLE log.*?)```', open(top + '/formats/archive.md').read(), re.S)[1]
page('exhibit', 5, 'archive of Kubernaut audit events', text('exhibit.5.txt').replace('@SCHEMA@\n', block(schema)).replace('@RECIPE@\n', block(recipe)))
