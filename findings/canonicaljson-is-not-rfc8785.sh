#!/bin/sh
# canonicaljson (Matrix's canonical JSON) and RFC 8785 share a name and a purpose.
# Guess: for strings, keys and ordinary floats both give the same bytes.
# Seen: canonicaljson 2.0.0 keeps 1.0 and -0.0, writes 1e+16 where RFC 8785 has all digits, and
# sorts keys by code point, RFC 8785 by UTF-16 unit: two orders beyond U+FFFF.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check canonicaljson==2.0.0 rfc8785==0.1.4
v/bin/python - <<'E'
import canonicaljson, rfc8785

pairs = [(canonicaljson.encode_canonical_json(v), rfc8785.dumps(v))
         for v in (1.0, -0.0, 1e16, 1e-7, {"\ue000": 1, "\U0001f600": 2})]
for p in pairs: print(*p)
assert [p[0] for p in pairs[:4]] == [b"1.0", b"-0.0", b"1e+16", b"1e-07"]
assert [p[1] for p in pairs[:4]] == [b"1", b"0", b"10000000000000000", b"1e-7"]
a, b = pairs[4]
assert a.index(b"\xee") < a.index(b"\xf0") and b.index(b"\xf0") < b.index(b"\xee")
E
echo "seen as before"
