#!/bin/sh
# timestamptz 'infinity' (retention without end) and '-infinity' read through ADBC into Arrow.
# Guess: an error, or null.
# Seen: adbc-driver-postgresql 1.13.0 with PostgreSQL 15: 'infinity' becomes a number one less than
# that of '-infinity': both lie before all other times, the endless one first. Sorted or filtered in
# Arrow, what never expires expired first; only turning it into a Python time raises.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
command -v /usr/lib/postgresql/15/bin/initdb > /dev/null || apt-get install -y -q postgresql-15 > /dev/null
bin=/usr/lib/postgresql/15/bin
as=
[ "$(id -u)" != 0 ] || { chown postgres "$t"; chmod 755 "$t"; as="runuser -u postgres --"; }
$as $bin/initdb -D "$t/d" -A trust -U postgres > "$t/log"
trap '$as $bin/pg_ctl -D "$t/d" -m immediate stop > /dev/null; cd /; rm -rf "$t"' EXIT
$as $bin/pg_ctl -D "$t/d" -w -o "-k $t -c listen_addresses=" -l "$t/server" start > /dev/null
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check adbc-driver-postgresql==1.13.0 pyarrow==24.0.0
v/bin/python - "$t" <<'P'
import sys, adbc_driver_postgresql.dbapi as adbc, pyarrow, pyarrow.compute as pc

with adbc.connect(f"postgresql:///postgres?host={sys.argv[1]}&user=postgres") as c, c.cursor() as k:
    k.execute("select * from (values ('infinity'::timestamptz), ('-infinity'), ('2026-08-01 10:20:30+00')) as x(t)")
    t = k.fetch_arrow_table()["t"]
never, always, day = t.cast(pyarrow.int64()).to_pylist()
print(t.type, never, always, day)
assert never == always - 1 and never < day
assert pc.sort_indices(t).to_pylist() == [0, 1, 2]
P
echo "seen as before"
