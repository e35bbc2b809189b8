#!/bin/sh
# Two parts of a tool open the same file with dfVFS's resolver.
# Guess: two file objects, each with a position of its own, as from open().
# Seen: dfvfs 20260924 gives the same object twice (one context, the default one): what one part
# reads moves the other. The second reader begins at byte 10 and loses the first 10.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check dfvfs==20260924
v/bin/python - <<'E'
import os
from dfvfs.lib import definitions
from dfvfs.path import factory
from dfvfs.resolver import resolver

open("e.jsonl", "w").write('{"event": 1}\n{"event": 2}\n')
p = factory.Factory.NewPathSpec(definitions.TYPE_INDICATOR_OS, location=os.path.abspath("e.jsonl"))
a = resolver.Resolver.OpenFileObject(p)
b = resolver.Resolver.OpenFileObject(p)
a.read(10)
print(a is b, b.tell())
assert a is b and b.tell() == 10
E
echo "seen as before"
