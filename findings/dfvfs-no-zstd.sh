#!/bin/sh
# dfVFS is how Plaso and other forensic tools look into files within files. Logs, journals,
# packages and images have been zstd for years.
# Guess: it recognises and opens a zstd file as it does gzip, bzip2 and xz.
# Seen: dfvfs 20260924 recognises nothing in it and has no decompressor for it: the text inside
# stays unread, without a word. Exhibit's blocks, taken out for such a tool, have to be expanded
# first.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check dfvfs==20260924
v/bin/python - <<'E'
import bz2, os, subprocess
from dfvfs.analyzer import analyzer
from dfvfs.lib import definitions
from dfvfs.path import factory

open("e.jsonl", "w").write('{"event": 1}\n' * 1000)
subprocess.run(["zstd", "-qk", "e.jsonl"], check=True)
open("e.jsonl.bz2", "wb").write(bz2.compress(open("e.jsonl", "rb").read()))
def kinds(f):
    p = factory.Factory.NewPathSpec(definitions.TYPE_INDICATOR_OS, location=os.path.abspath(f))
    return analyzer.Analyzer.GetCompressedStreamTypeIndicators(p)
print(kinds("e.jsonl.bz2"), kinds("e.jsonl.zst"), [x for x in dir(definitions) if x.startswith("COMPRESSION_METHOD")])
assert kinds("e.jsonl.bz2") == ["BZIP2"] and kinds("e.jsonl.zst") == []
assert not any("ZST" in x.upper() for x in dir(definitions))
E
echo "seen as before"
