#!/bin/sh
# Figures beside stock tools on the same bytes, in one run. usage: tools/bench/bench.sh [ROWS.jsonl[.zst] [DUMP.sql[.zst]]]
# Default input: ../shared/kubernaut-data/sets/big. Prints a table; times are the best of five.
set -eu
cd "$(dirname "$0")/../.."
ROWS=${1:-../shared/kubernaut-data/sets/big/rows.jsonl.zst}
DUMP=${2:-../shared/kubernaut-data/sets/big/dump.sql.zst}
W=$(mktemp -d); trap 'rm -rf "$W"' EXIT
best() { python3 -c '
import resource, subprocess, sys, time
t = []
for _ in range(5):
    b = time.monotonic(); subprocess.run(["sh", "-c", sys.argv[1]], stdout=subprocess.DEVNULL, check=True); t.append(time.monotonic() - b)
print("%.3f %d" % (min(t), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024))' "$1"; }
zstd -dcqf --long=27 "$ROWS" >"$W/rows.jsonl"
zstd -dcqf --long=27 "$DUMP" >"$W/dump.sql"
zstd -9 -q -f "$W/rows.jsonl" -o "$W/rows.9.zst"
zstd -19 --long=27 -q -f -T0 "$W/rows.jsonl" -o "$W/rows.19.zst"
export_it() { echo "rm -f $W/a.exhibit; ./exhibit-export archive $W/$1 --out $W/a.exhibit --origin demo.example/cluster --key fixtures/test.key -q"; }
set -- $(best "$(export_it dump.sql)"); E=$1 EM=$2
sh -c "$(export_it dump.sql)" >/dev/null
EV=$(sqlite3 "file:$W/a.exhibit?immutable=1" 'SELECT sum(count) FROM block')
ID=$(./exhibit list "$W/a.exhibit" | sed -n 2p | cut -d' ' -f1)
./exhibit cat "$W/a.exhibit" 2>/dev/null >"$W/cat.jsonl"; zstd -q -9 -f "$W/cat.jsonl" -o "$W/content.zst"
set -- $(best "./exhibit verify $W/a.exhibit --vkey fixtures/test.vkey"); V=$1 VM=$2
set -- $(best "zstd -dc $W/rows.9.zst | openssl dgst -sha256"); S=$1
# the content we verify, as stock tools would: the canonical bodies alone
python3 - "$W" <<'P'
import sqlite3, subprocess, sys
w = sys.argv[1]; db = sqlite3.connect(f'file:{w}/a.exhibit?immutable=1', uri=True)
d = db.execute('SELECT data FROM data WHERE no=0').fetchone()
if d: open(w + '/dict', 'wb').write(d[0])
with open(w + '/bodies', 'wb') as out:
    for h, data in db.execute('SELECT head_len, data FROM block JOIN data USING(no) ORDER BY no'):
        out.write(subprocess.run(['zstd', '-dcq'] + (['-D', w + '/dict'] if d else []), input=data[h:], capture_output=True, check=True).stdout)
P
zstd -9 -q -f "$W/bodies" -o "$W/bodies.zst"
set -- $(best "zstd -dc $W/bodies.zst | openssl dgst -sha256"); SB=$1
set -- $(best "./exhibit show $W/a.exhibit --vkey fixtures/test.vkey --id $ID"); SH=$1
set -- $(best "zstd -9 -q -c $W/dump.sql"); Z9=$1
size() { wc -c <"$1"; }
python3 - "$EV" "$E" "$EM" "$V" "$VM" "$S" "$SB" "$SH" "$Z9" "$(size "$W/dump.sql")" "$(size "$W/a.exhibit")" "$(size "$W/rows.9.zst")" "$(size "$W/rows.19.zst")" "$(size "$W/bodies")" "$(size "$W/rows.jsonl")" <<'P'
import sys
ev, e, em, v, vm, s, sb, sh, z9, dump, arc, r9, r19, bodies, rows = map(float, sys.argv[1:])
for a, b in (('records', f'{ev:,.0f}'), ('verify', f'{v:.3f} s, {ev / v:,.0f} records/s, peak {vm:.0f} MiB'),
             ('verify ÷ (zstd -dc rows | openssl sha256)', f'{v / s:.2f}   ({s:.3f} s for {rows / 1e6:.0f} MB of rows as JSONL)'),
             ('verify ÷ (zstd -dc bodies | openssl sha256)', f'{v / sb:.2f}   ({sb:.3f} s for {bodies / 1e6:.0f} MB of canonical bodies)'),
             ('export', f'{dump / 1e6 / e:.0f} MB/s of dump, {e:.2f} s, peak {em:.0f} MiB   (zstd -9 of the same dump: {dump / 1e6 / z9:.0f} MB/s)'),
             ('archive', f'{arc:,.0f} bytes, {arc / ev:.1f} B a record'),
             ('archive ÷ zstd -19 --long=27 of the rows', f'{arc / r19:.3f}'), ('archive ÷ zstd -9 of the rows', f'{arc / r9:.3f}'), ('show, one remediation', f'{sh * 1000:.0f} ms')):
    print(f'{a:46} {b}')
P
