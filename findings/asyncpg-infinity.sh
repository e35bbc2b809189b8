#!/bin/sh
# A timestamptz 'infinity' (retention without end, valid_until) read with asyncpg.
# Guess: it raises, as psycopg does, since Python has no such time; or a marker.
# Seen: asyncpg 0.32.0, PostgreSQL 15: datetime.max, 9999-12-31 23:59:59.999999, and without a
# zone, where all other timestamptz have one: it can't be told from a real time, and comparing it
# with them raises.
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
v/bin/pip install -q --disable-pip-version-check asyncpg==0.32.0
v/bin/python - "$t" <<'E'
import asyncio, datetime, sys, asyncpg

async def main():
    c = await asyncpg.connect(host=sys.argv[1], user="postgres")
    return await c.fetchval("select timestamptz 'infinity'"), await c.fetchval("select timestamptz '2026-11-01 10:00:00+00'")
inf, now = asyncio.run(main())
print(repr(inf), repr(now))
assert inf == datetime.datetime.max and inf.tzinfo is None and now.tzinfo is not None
E
echo "seen as before"
