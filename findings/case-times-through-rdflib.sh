#!/bin/sh
# CASE/UCO, the exchange format of digital forensics, is RDF: its times are xsd:dateTime, which
# has as many digits as one likes, and its digests xsd:hexBinary. Its tools stand on rdflib.
# Guess: a literal that nobody touched is written as it was read.
# Seen: rdflib 7.6.0 cuts a time to six digits, fills others up to six, turns Z into +00:00, and
# writes a digest in small letters. A time of 24:00:00 stays, with a traceback on standard error.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check rdflib==7.6.0
v/bin/python - <<'P'
import rdflib

def through(text, kind):
    g = rdflib.Graph().parse(format="turtle", data=f'<urn:a> <urn:b> "{text}"^^<http://www.w3.org/2001/XMLSchema#{kind}> .')
    return rdflib.Graph().parse(format="nt", data=g.serialize(format="nt")).serialize(format="nt").split('"')[1]

seen = [through(*x) for x in (("2026-08-01T10:20:30.123456789Z", "dateTime"), ("2026-08-01T10:20:30.1Z", "dateTime"),
                              ("2026-08-01T10:20:30Z", "dateTime"), ("00FFAB", "hexBinary"), ("0.10", "decimal"))]
print(seen)
assert seen == ["2026-08-01T10:20:30.123456+00:00", "2026-08-01T10:20:30.100000+00:00", "2026-08-01T10:20:30+00:00",
                "00ffab", "0.10"]
P
echo "seen as before"
