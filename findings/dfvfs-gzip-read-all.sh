#!/bin/sh
# A gzip member opened with dfVFS, and read() without a size.
# Guess: all of it, as from every Python file.
# Seen: dfvfs 20260924 returns no bytes at all; read(100) works; get_size() says 8000. From an xz
# file read() returns everything. A tool that reads whole files sees an empty one.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check dfvfs==20260924
v/bin/python - <<'E'
import gzip, lzma, os
from dfvfs.lib import definitions as d
from dfvfs.path import factory
from dfvfs.resolver import context, resolver

data = b'{"a":1}\n' * 1000
open("e.gz", "wb").write(gzip.compress(data)); open("e.xz", "wb").write(lzma.compress(data))
def opened(f, kind, **k):
    p = factory.Factory.NewPathSpec(d.TYPE_INDICATOR_OS, location=os.path.abspath(f))
    p = factory.Factory.NewPathSpec(kind, parent=p, **k)
    return resolver.Resolver.OpenFileObject(p, resolver_context=context.Context())
g, x = opened("e.gz", d.TYPE_INDICATOR_GZIP), opened("e.xz", d.TYPE_INDICATOR_COMPRESSED_STREAM, compression_method="xz")
print(len(g.read()), g.get_size(), len(opened("e.gz", d.TYPE_INDICATOR_GZIP).read(100)), len(x.read()))
assert len(opened("e.gz", d.TYPE_INDICATOR_GZIP).read()) == 0 and g.get_size() == 8000
assert opened("e.gz", d.TYPE_INDICATOR_GZIP).read(100) == data[:100]
assert opened("e.xz", d.TYPE_INDICATOR_COMPRESSED_STREAM, compression_method="xz").read() == data
E
echo "seen as before"
