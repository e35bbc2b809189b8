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
run() { printf '\n$ %s\n' "$*"; "$@"; }
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
must 0 exhibit verify evidence.exhibit --vkey demo.vkey
echo; echo "3. The story of one remediation that a person approved"
must 0 exhibit list evidence.exhibit --vkey demo.vkey
must 0 exhibit show evidence.exhibit --vkey demo.vkey --id rr-a0cd2b64efdc
echo; echo "4. Its RemediationRequest, deleted from the cluster long ago, rebuilt"
must 0 exhibit reconstruct evidence.exhibit --vkey demo.vkey --id rr-a0cd2b64efdc -o yaml
echo; echo "   Beside the object as Kubernaut's controllers had left it"
cp "$top"/fixtures/objects/rr-a0cd2b64efdc-*.yaml rr.yaml
must 0 exhibit diff evidence.exhibit --vkey demo.vkey --id rr-a0cd2b64efdc --with rr.yaml
echo; echo "   Who approved it, and whether every change was allowed"
must 0 exhibit approvals evidence.exhibit --vkey demo.vkey --id rr-a0cd2b64efdc
must 0 exhibit populations evidence.exhibit --vkey demo.vkey
must 0 exhibit controls evidence.exhibit --vkey demo.vkey
echo; echo "5. The report"
must 0 exhibit report evidence.exhibit --vkey demo.vkey --out report.html
echo "   open $work/report.html"
echo
echo "6. Somebody edits one decision in the database before the export, rejected to approved"
grep -c '"decision": "Rejected"' dump.sql |
	sed 's/$/ decisions say Rejected; the first becomes Approved/'
awk '!done && sub(/"decision": "Rejected"/, "\"decision\": \"Approved\"") { done = 1 } { print }' \
	dump.sql >edited.sql
mkdir -p edited
must 0 exhibit-export archive edited.sql --out edited/evidence.exhibit $LOG
echo; echo "\$ exhibit verify edited/evidence.exhibit --vkey demo.vkey | head -1"
exhibit verify edited/evidence.exhibit --vkey demo.vkey >verdict; source=$?
head -1 verdict
echo; echo "   What it was before, from the first export"
echo
echo "\$ exhibit compare edited/evidence.exhibit --with evidence.exhibit --vkey demo.vkey |" \
	"head -26"
exhibit compare edited/evidence.exhibit --with evidence.exhibit --vkey demo.vkey >verdict
compared=$?
head -26 verdict
echo
echo "7. Somebody deletes the last event of a remediation: nothing refers to it, so one export" \
	"cannot show it, and two can"
leaf=$(exhibit cat evidence.exhibit --vkey demo.vkey --id rr-a0cd2b64efdc -o jsonl | python3 -c '
import json, sys
r = [json.loads(l) for l in sys.stdin]; named = {x["previous_event_hash"] for x in r}
print(max((x["event_timestamp"], x["event_id"]) for x in r if x["event_hash"] not in named)[1])')
grep -v "^$leaf" dump.sql >shorter.sql
mkdir -p shorter
must 0 exhibit-export archive shorter.sql --out shorter/evidence.exhibit $LOG
echo; echo "\$ exhibit verify shorter/evidence.exhibit --vkey demo.vkey | head -1"
exhibit verify shorter/evidence.exhibit --vkey demo.vkey >verdict; hidden=$?
head -1 verdict
echo
echo "\$ exhibit compare shorter/evidence.exhibit --with evidence.exhibit --vkey demo.vkey |" \
	"tail -20"
exhibit compare shorter/evidence.exhibit --with evidence.exhibit --vkey demo.vkey >verdict; gone=$?
tail -20 verdict
echo; echo "8. Somebody flips one bit of the sealed file"
cp evidence.exhibit tampered.exhibit
size=$(wc -c <tampered.exhibit); at=$((size / 2 + 1001))
byte=$(od -An -tu1 -j $at -N 1 tampered.exhibit | tr -d ' ')
printf "\\$(printf %o $((byte ^ 1)))" |
	dd of=tampered.exhibit bs=1 seek=$at conv=notrunc 2>/dev/null
echo "   bit 0 of byte $at of $size in a copy"
echo; echo "\$ exhibit verify tampered.exhibit --vkey demo.vkey | head -1"
exhibit verify tampered.exhibit --vkey demo.vkey >verdict; file=$?
head -1 verdict
[ "$source $file $compared $gone $hidden" = "1 1 11 11 0" ] || {
	echo "DEMO FAILED: the tampering was not detected"
	exit 1
}
