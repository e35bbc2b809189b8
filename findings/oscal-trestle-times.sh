#!/bin/sh
# An OSCAL document's last-modified, read and written again by compliance-trestle.
# Guess: the time keeps its offset, and at least its microseconds.
# Seen: compliance-trestle 5.2.0 writes 10:00:00.123456+02:00 as 08:00:00.123+00:00: converted to
# UTC and cut to milliseconds, though nothing was changed. A digest over the document changes by
# opening it.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check compliance-trestle==5.2.0 pydantic==2.14.4
v/bin/python - <<'E'
from trestle.oscal import common

m = common.Metadata(**{"title": "t", "last-modified": "2026-11-01T10:00:00.123456+02:00", "version": "1", "oscal-version": "1.1.3"})
out = m.oscal_serialize_json()
print(out)
assert '"last-modified":"2026-11-01T08:00:00.123+00:00"' in out
E
echo "seen as before"
