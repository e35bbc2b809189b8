#!/bin/sh
# The export of a living PostgreSQL beside what stock tools need for the same rows, one after the
# other, several times. usage: postgres.sh URI [RUNS] URI as libpq reads it; rows of audit_events
# are read whole. Prints seconds and the ratio: how fast the export is, of `psql COPY | zstd -9`.
set -eu
uri=$1 runs=${2:-3}
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
now() { date +%s.%N; }
for i in $(seq "$runs"); do
	rm -f "$work"/a.exhibit*
	a=$(now)
	psql -X -q "$uri" -c 'COPY (SELECT * FROM audit_events) TO STDOUT' |
		zstd -9 -q -c >"$work/rows.zst"
	b=$(now)
	/usr/bin/time -f %M -o "$work/memory" "$top/exhibit-export" archive "$uri" \
		--out "$work/a.exhibit" --unsealed -q >/dev/null
	c=$(now)
	bytes=$(stat -c %s "$work/rows.zst" "$work/a.exhibit" | tr '\n' ' ')
	echo "$a $b $c $(cat "$work/memory") $bytes" | awk '{
		printf "psql | zstd -9: %.2f s, %d bytes   ", $2 - $1, $5
		printf "exhibit-export: %.2f s, %d bytes, %.0f MiB   ", $3 - $2, $6, $4 / 1024
		printf "%.0f %%\n", 100 * ($2 - $1) / ($3 - $2)
	}'
done
