#!/bin/sh
# The whole path on real input, in a folder of its own; every command is shown as it is run.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
work=$top/build/demo
rm -rf "$work"
mkdir -p "$work"
cd "$work" || exit 1
# the log that its archives are of
LOG="--origin demo.example/cluster --key demo.key"
PATH=$top:$PATH
# where no terminal says how wide it is
WIDE=
[ -t 1 ] || WIDE="--width 80"
# a command as it would be typed on a terminal of 80 columns
say() { printf '\n'; printf '$ %s\n' "$*" | fold -s -w 76 | sed '$!s/ *$/ \\/; 2,$s/^/    /'; }
run() { say "$@"; "$@"; }
# lines of a text as far as a screen shows them
first() { head -"$1" "$2" | fold -s -w 79; }
must() {
	want=$1
	shift
	run "$@"
	got=$?
	[ "$got" = "$want" ] || {
		echo "DEMO FAILED: status $got, wanted $want"
		exit 1
	}
}

cp "$top/fixtures/lifecycles.sql" dump.sql
echo "1. Export: a real pg_dump of Kubernaut's database into a sealed archive"
must 0 exhibit-export keygen --name demo.example/cluster --out demo
must 0 exhibit-export archive dump.sql --out evidence.exhibit $LOG
echo; echo "2. Verify, as an auditor with the file and the public key"
must 0 exhibit verify evidence.exhibit --vkey demo.vkey $WIDE
echo; echo "3. The story of one remediation that a person approved"
must 0 exhibit list evidence.exhibit --vkey demo.vkey $WIDE
must 0 exhibit show evidence.exhibit --vkey demo.vkey --id rr-a0cd2b64efdc $WIDE
echo; echo "4. Its RemediationRequest, deleted from the cluster long ago, rebuilt"
say "exhibit reconstruct evidence.exhibit --vkey demo.vkey --id rr-a0cd2b64efdc >rebuilt.yaml"
exhibit reconstruct evidence.exhibit --vkey demo.vkey --id rr-a0cd2b64efdc >rebuilt.yaml || exit 1
echo "   its first lines, cut; the comments say how sure each value is"
head -24 rebuilt.yaml | cut -c 1-79
echo; echo "   Beside the object as Kubernaut's controllers had left it"
cp "$top"/fixtures/objects/rr-a0cd2b64efdc-*.yaml rr.yaml
say "exhibit diff evidence.exhibit --vkey demo.vkey --id rr-a0cd2b64efdc --with rr.yaml"
exhibit diff evidence.exhibit --vkey demo.vkey --id rr-a0cd2b64efdc --with rr.yaml >verdict ||
	exit 1
fold -s -w 79 verdict
echo; echo "   Who approved it, and whether every change was allowed"
must 0 exhibit approvals evidence.exhibit --vkey demo.vkey --id rr-a0cd2b64efdc $WIDE
must 0 exhibit populations evidence.exhibit --vkey demo.vkey $WIDE
must 0 exhibit controls evidence.exhibit --vkey demo.vkey $WIDE
echo; echo "5. The report"
must 0 exhibit report evidence.exhibit --vkey demo.vkey --out report.html
echo "   open $work/report.html"
echo
echo "6. Somebody edits one decision in the database before the export: approved"
grep -c '"decision": "Rejected"' dump.sql |
	sed 's/$/ decisions say Rejected; the first becomes Approved/'
awk '!done && sub(/"decision": "Rejected"/, "\"decision\": \"Approved\"") { done = 1 } { print }' \
	dump.sql >edited.sql
mkdir -p edited
must 0 exhibit-export archive edited.sql --out edited/evidence.exhibit $LOG
say "exhibit verify edited/evidence.exhibit --vkey demo.vkey | head -1"
exhibit verify edited/evidence.exhibit --vkey demo.vkey >verdict; source=$?
first 1 verdict
echo; echo "   What it was before, from the first export"
say "exhibit compare edited/evidence.exhibit --with evidence.exhibit --vkey demo.vkey | head -26"
exhibit compare edited/evidence.exhibit --with evidence.exhibit --vkey demo.vkey >verdict
compared=$?
first 26 verdict
echo
echo "7. Somebody deletes the last event of a remediation: nothing refers to it, so"
echo "   one export cannot show it, and two can"
leaf=$(exhibit cat evidence.exhibit --vkey demo.vkey --id rr-a0cd2b64efdc -o jsonl | python3 -c '
import json, sys
r = [json.loads(l) for l in sys.stdin]; named = {x["previous_event_hash"] for x in r}
print(max((x["event_timestamp"], x["event_id"]) for x in r if x["event_hash"] not in named)[1])')
grep -v "^$leaf" dump.sql >shorter.sql
mkdir -p shorter
must 0 exhibit-export archive shorter.sql --out shorter/evidence.exhibit $LOG
say "exhibit verify shorter/evidence.exhibit --vkey demo.vkey | head -1"
exhibit verify shorter/evidence.exhibit --vkey demo.vkey >verdict; hidden=$?
first 1 verdict
say "exhibit compare shorter/evidence.exhibit --with evidence.exhibit --vkey demo.vkey | tail -20"
exhibit compare shorter/evidence.exhibit --with evidence.exhibit --vkey demo.vkey >verdict; gone=$?
tail -20 verdict | fold -s -w 79
echo; echo "8. Somebody flips one bit of the sealed file"
cp evidence.exhibit tampered.exhibit
size=$(wc -c <tampered.exhibit); at=$((size / 2 + 1001))
byte=$(od -An -tu1 -j $at -N 1 tampered.exhibit | tr -d ' ')
printf "\\$(printf %o $((byte ^ 1)))" |
	dd of=tampered.exhibit bs=1 seek=$at conv=notrunc 2>/dev/null
echo "   bit 0 of byte $at of $size in a copy"
say "exhibit verify tampered.exhibit --vkey demo.vkey | head -1"
exhibit verify tampered.exhibit --vkey demo.vkey >verdict; file=$?
first 1 verdict
[ "$source $file $compared $gone $hidden" = "1 1 11 11 0" ] || {
	echo "DEMO FAILED: the tampering was not detected"
	exit 1
}
