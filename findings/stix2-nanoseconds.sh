#!/bin/sh
# STIX 2.1 says of a timestamp that it may have more digits than three, and sets no limit.
# Guess: the OASIS library takes nine and keeps six.
# Seen: stix2 3.0.2 takes up to six, and calls a time of seven or nine digits no time at all; the
# whole object is refused.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check stix2==3.0.2
v/bin/python - <<'P'
import json, stix2

def through(t):
    o = {"type": "observed-data", "spec_version": "2.1", "id": "observed-data--b67d30ff-02ac-498a-92f9-32f845f448cf",
         "created": "2026-08-01T10:20:30Z", "modified": "2026-08-01T10:20:30Z", "first_observed": t, "last_observed": t,
         "number_observed": 1, "object_refs": ["ipv4-addr--efcd5e80-570d-4131-b213-62cb18eaa6a8"]}
    try:
        return json.loads(stix2.parse(o).serialize())["first_observed"]
    except stix2.exceptions.InvalidValueError as e:
        return str(e).split(": ")[-1]

seen = [through(f"2026-08-01T10:20:30.{digits}Z") for digits in ("12345", "123456", "1234567", "123456789")]
print(seen)
assert seen[:2] == ["2026-08-01T10:20:30.12345Z", "2026-08-01T10:20:30.123456Z"]
assert all("recognizable format" in x for x in seen[2:])
P
echo "seen as before"
