#!/bin/sh
# Files of several gzip members, xz or bzip2 streams are common: rotated and appended logs, pbzip2.
# Guess: size and content are those of all streams, as xz, bzip2 and gzip -d give them.
# Seen: dfvfs 20260924 counts both gzip members, but of xz and bzip2 ends after the first stream:
# size and content of 8000 bytes where there are 16000, without an error.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check dfvfs==20260924
v/bin/python - <<'E'
import bz2, gzip, lzma, os
from dfvfs.lib import definitions as d
from dfvfs.path import factory
from dfvfs.resolver import context, resolver

data = b'{"a":1}\n' * 1000
sizes = {}
for m, c in (("gz", gzip.compress), ("xz", lzma.compress), ("bzip2", bz2.compress)):
    open(m, "wb").write(c(data) * 2)
    p = factory.Factory.NewPathSpec(d.TYPE_INDICATOR_OS, location=os.path.abspath(m))
    p = (factory.Factory.NewPathSpec(d.TYPE_INDICATOR_GZIP, parent=p) if m == "gz" else
         factory.Factory.NewPathSpec(d.TYPE_INDICATOR_COMPRESSED_STREAM, compression_method=m, parent=p))
    sizes[m] = resolver.Resolver.OpenFileObject(p, resolver_context=context.Context()).get_size()
print(sizes)
assert lzma.decompress(open("xz", "rb").read()) == bz2.decompress(open("bzip2", "rb").read()) == data * 2
assert sizes == {"gz": 16000, "xz": 8000, "bzip2": 8000}
E
echo "seen as before"
