#!/bin/sh
# JSON lines with a time, 2026-11-01T10:00:00+02:00, in pyarrow.json.
# Guess: a timestamp with a zone, with or without a fraction of a second, as pyarrow.csv has it.
# Seen: pyarrow 26.0.1: timestamp[s] without a zone (converted to UTC, which it does not say); with
# a fraction in one row the column is text. A file's schema depends on whether an event fell on a
# whole second; pyarrow.csv gives timestamp[ns, tz=UTC] for both.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check pyarrow==26.0.1
v/bin/python - <<'E'
import io, pyarrow.csv, pyarrow.json

def types(*times):
    j = pyarrow.json.read_json(io.BytesIO("".join('{"t":"%s"}\n' % t for t in times).encode()))
    c = pyarrow.csv.read_csv(io.BytesIO(("t\n" + "".join(t + "\n" for t in times)).encode()))
    return str(j.schema.types[0]), str(c.schema.types[0])
whole, part = "2026-11-01T10:00:00+02:00", "2026-11-01T10:00:00.5+02:00"
print(types(whole), types(whole, part))
assert types(whole)[0] == "timestamp[s]" and "UTC" in types(whole)[1]
assert types(whole, part)[0] == "string" and types(whole, part)[1] == "timestamp[ns, tz=UTC]"
E
echo "seen as before"
