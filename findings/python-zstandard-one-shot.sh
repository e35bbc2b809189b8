#!/bin/sh
# RFC 8878: concatenated frames are one content; skippable frames may stand anywhere (seekable
# zstd, pzstd, zstd -r write them).
# Guess: ZstdDecompressor().decompress(data) gives the content of all frames, and passes over
# skippable ones, as the command zstd, pyzstd and this library's own streams do.
# Seen: zstandard 0.25.0 decompress(): of two frames only the first, silently; a skippable frame in
# front is an error ("decompressed 0 bytes; expected 4": the frame's length taken for the
# content's).
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check zstandard==0.25.0 pyzstd==0.20.0
v/bin/python - <<'E'
import io, zstandard, pyzstd

z = zstandard.ZstdCompressor()
two = z.compress(b"first\n") + z.compress(b"second\n")
skip = bytes.fromhex("502a4d18") + (4).to_bytes(4, "little") + b"note" + z.compress(b"first\n")
d = zstandard.ZstdDecompressor()
assert pyzstd.decompress(two) == d.stream_reader(io.BytesIO(two)).read() == b"first\nsecond\n"
assert pyzstd.decompress(skip) == d.stream_reader(io.BytesIO(skip)).read() == b"first\n"
print(d.decompress(two))
assert d.decompress(two) == b"first\n"
try:
    raise SystemExit("now: %r" % d.decompress(skip))
except zstandard.ZstdError as e:
    print(e)
    assert "expected 4" in str(e)
E
echo "seen as before"
