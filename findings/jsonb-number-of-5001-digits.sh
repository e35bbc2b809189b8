#!/bin/sh
# jsonb holds numbers as numeric: {"n": 1e5000} is a valid row, 10 bytes as they were sent.
# Guess: psycopg gives an integer, or infinity as it does for json.
# Seen: PostgreSQL 15 writes jsonb's 1e5000 out with 5001 digits, and Python 3.11 and later refuse
# integers of more than 4300: psycopg 3.3.9 raises ValueError, so one such row makes a whole query
# unreadable. The same row as json arrives as written, and is inf. pg_dump holds the digits, not
# 1e5000.
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
v/bin/pip install -q --disable-pip-version-check 'psycopg[binary]==3.3.9'
v/bin/python - "$t" <<'E'
import sys, psycopg

c = psycopg.connect(host=sys.argv[1], user="postgres", autocommit=True)
one = lambda q: c.execute(q).fetchone()[0]
assert one("""select '{"n":1e5000}'::json""") == {"n": float("inf")}
assert one("""select length('{"n":1e5000}'::jsonb::text)""") == 5001 + len('{"n": }')
try:
    raise SystemExit("read now: %.40r" % one("""select '{"n":1e5000}'::jsonb"""))
except ValueError as e:
    print(e)
    assert "4300 digits" in str(e)
E
echo "seen as before"
