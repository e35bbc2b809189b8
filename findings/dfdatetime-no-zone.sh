#!/bin/sh
# dfDateTime holds the times of Plaso and other forensic tools.
# Guess: a time without a zone stays one without a zone when it is printed.
# Seen: dfdatetime 20261027 remembers that there was none, and prints +00:00: the report says UTC
# of a time of which nobody knows that. A time of whole minutes with Z forgets its zone.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check dfdatetime==20261027
v/bin/python - <<'P'
from dfdatetime import time_elements

def through(s):
    t = time_elements.TimeElementsInMicroseconds()
    t.CopyFromStringISO8601(s)
    return t.time_zone_offset, t.CopyToDateTimeStringISO8601()

seen = [through(s) for s in ("2026-08-01T10:20:30.5", "2026-08-01T10:20:30.5Z", "2026-08-01T10:20:30.5+02:00", "2026-08-01T10:20Z")]
print(seen)
assert seen == [(None, "2026-08-01T10:20:30.500000+00:00"), (0, "2026-08-01T10:20:30.500000+00:00"),
                (120, "2026-08-01T10:20:30.500000+02:00"), (None, "2026-08-01T10:20:00.000000+00:00")]
P
echo "seen as before"
