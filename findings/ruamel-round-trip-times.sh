#!/bin/sh
# ruamel.yaml's round-trip mode is there to change a file without touching the rest of it.
# Guess: a time with nanoseconds stays as it is written; read as a value it is cut to microseconds.
# Seen: ruamel.yaml 0.19.1 writes 10:00:00.123456789Z back as 10:00:00.123457Z: shortened, and
# rounded up. PyYAML 6.0.4 cuts to .123456: the two libraries read two times from one document.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check ruamel.yaml==0.19.1 PyYAML==6.0.4
v/bin/python - <<'E'
import io, yaml, ruamel.yaml

text = "eventTime: 2026-11-01T10:00:00.123456789Z\n"
y = ruamel.yaml.YAML(); out = io.StringIO(); y.dump(y.load(text), out)
micro = ruamel.yaml.YAML(typ="safe").load(text)["eventTime"].microsecond, yaml.safe_load(text)["eventTime"].microsecond
print(out.getvalue(), micro)
assert out.getvalue() == "eventTime: 2026-11-01T10:00:00.123457Z\n"
assert micro == (123457, 123456)
E
echo "seen as before"
