#!/bin/sh
# A real witness, torchwood's litewitness, cosigns three growing files of one log on loopback, and
# the analyzer verifies what it signed by its key. usage: tools/witness.sh [FOLDER], which keeps
# what Go fetched. It needs Go, ssh-agent and, once, the Go module proxy: no part of the suite.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
keep=${1:-$here/build/witness}
version=v0.9.0
go=$(command -v go || echo /usr/local/go/bin/go)
export GOPATH="$keep/go" GOBIN="$keep/bin" GOFLAGS=-modcacherw
for program in litewitness witnessctl; do
	[ -x "$keep/bin/$program" ] ||
		"$go" install "filippo.io/torchwood/cmd/$program@$version"
done
w=$(mktemp -d)
agent='' witness=''
# shellcheck disable=SC2086  # of what did not begin there is no number
trap 'kill $witness $agent 2>/dev/null; rm -rf "$w"' EXIT
cd "$w"
ssh-keygen -q -t ed25519 -N '' -f key
eval "$(ssh-agent -a "$w/agent")" >/dev/null
agent=$SSH_AGENT_PID
ssh-add -q key
print=$(ssh-keygen -lf key.pub | cut -d' ' -f2)
"$here/exhibit-export" keygen --name tools.example/log --out log >/dev/null
"$keep/bin/witnessctl" add-log -db db -origin tools.example/log
"$keep/bin/witnessctl" add-key -db db -origin tools.example/log -key "$(cat log.vkey)"
"$keep/bin/litewitness" -db db -name witness.example/lite -key "$print" -ssh-agent agent \
	-listen localhost:17380 >witness.log 2>&1 &
witness=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
	curl -s http://localhost:17380/ >page && break
	sleep 0.5
done
grep -o 'witness.example/lite+[0-9a-f]*+[A-Za-z0-9+/=]*' witness.log page | head -n 1 |
	cut -d: -f2- >witness.vkey
[ -s witness.vkey ] || { cat witness.log page; exit 1; }
after=''
n=0
for lines in 5 11 40; do
	n=$((n + 1))
	head -n "$lines" "$here/fixtures/small.jsonl" >"$n.jsonl"
	# shellcheck disable=SC2086  # a list of options
	"$here/exhibit-export" archive "$n.jsonl" --out "$n.exhibit" --origin tools.example/log \
		--key log.key $after --witness http://localhost:17380 --witness-vkey witness.vkey
	after="$after --after $n.exhibit"
done
# an older file behind a newer one is refused, with the reason
"$here/exhibit-export" witness 1.exhibit --witness http://localhost:17380 && exit 1
[ -s 1.exhibit.conflict ]
# the analyzer dates each of them by the witness's key
"$here/exhibit" verify 1.exhibit 2.exhibit 3.exhibit --vkey log.vkey --witness-vkey witness.vkey \
	-o json >verdict.json || [ $? -lt 64 ]
python3 -c 'import json; t = json.load(open("verdict.json"))["time"]; print(t)
assert len(t["dated"]) == 3 and t["not_bounded"] == 0'
cat 3.exhibit.note
echo "litewitness $version cosigned three files, and refused an older one"
