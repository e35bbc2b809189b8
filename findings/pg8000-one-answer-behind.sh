#!/bin/sh
# pg8000, the PostgreSQL driver in pure Python: a value it can't turn into a Python object.
# Guess: the query raises, the next one is answered.
# Seen: pg8000 1.31.6, PostgreSQL 15: after time '24:00:00' (valid in PostgreSQL, "hour must be in
# 0..23" in Python) has raised, every later query on the connection returns the rows of the query
# before it: 'two' is answered by nothing, 'three' by 'two', 'four' by 'three'. Nothing raises any
# more. A tool that catches the error, skips the row and goes on writes the wrong rows.
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
v/bin/pip install -q --disable-pip-version-check pg8000==1.31.6
v/bin/python - "$t" <<'E'
import sys, pg8000.native

p = pg8000.native.Connection("postgres", unix_sock=sys.argv[1] + "/.s.PGSQL.5432")
assert p.run("select 'one'") == [["one"]]
try:
    raise SystemExit("read now: %r" % p.run("select '24:00:00'::time"))
except ValueError as e:
    print(e)
answers = [p.run("select '%s'" % w) for w in ("two", "three", "four")]
print(answers)
assert answers == [None, [["two"]], [["three"]]]
E
echo "seen as before"
