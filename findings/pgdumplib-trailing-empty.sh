#!/bin/sh
# pgdumplib reads pg_dump's custom format without PostgreSQL.
# Guess: NULL is None and '' is '', wherever they stand.
# Seen: pgdumplib 4.0.0 strips a line's white space before it cuts it into columns: an empty text in
# the last column takes the column with it, and two of them take two; the row is shorter than the
# table. White space at the end of the last text goes, too.
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
$as $bin/psql -q -h "$t" -U postgres -c "create table e(id int, a text, b text)" \
    -c "insert into e values (1, 'x', ''), (2, '', ''), (3, '', 'y'), (4, 'x', NULL), (5, 'x', 'y  ')"
$as $bin/pg_dump -h "$t" -U postgres -Fc postgres > a.dump
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check pgdumplib==4.0.0
v/bin/python - <<'P'
import pgdumplib

rows = list(pgdumplib.load("a.dump").table_data("public", "e"))
print(rows)
assert rows == [("1", "x"), ("2",), ("3", "", "y"), ("4", "x", None), ("5", "x", "y")]
P
echo "seen as before"
