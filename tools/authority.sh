#!/bin/sh
# An authority of another make, sigstore's timestamp-server, stamps a seal on loopback; the analyzer
# and OpenSSL's program verify it. usage: tools/authority.sh [FOLDER], which keeps what Go fetched.
# It needs Go and, once, the Go module proxy (some hundred packages): no part of the suite.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
keep=${1:-$here/build/witness}
version=v1.2.9
go=$(command -v go || echo /usr/local/go/bin/go)
export GOPATH="$keep/go" GOBIN="$keep/bin" GOFLAGS=-modcacherw
[ -x "$keep/bin/timestamp-server" ] ||
	"$go" install "github.com/sigstore/timestamp-authority/cmd/timestamp-server@$version"
w=$(mktemp -d)
server=''
# shellcheck disable=SC2086  # of what did not begin there is no number
trap 'kill $server 2>/dev/null; rm -rf "$w"' EXIT
cd "$w"
"$keep/bin/timestamp-server" serve --port 17381 --disable-ntp-monitoring \
	--include-chain-in-response >server.log 2>&1 &
server=$!
url=http://localhost:17381/api/v1/timestamp
for _ in 1 2 3 4 5 6 7 8 9 10; do
	curl -sf "$url/certchain" >chain.pem && break
	sleep 0.5
done
"$here/exhibit-export" keygen --name tools.example/log --out log >/dev/null
"$here/exhibit-export" archive "$here/fixtures/small.jsonl" --out a.exhibit \
	--origin tools.example/log --key log.key --tsa "$url" --tsa-ca chain.pem
"$here/exhibit-export" stamp a.exhibit --tsa "$url" --tsa-ca chain.pem --renew
"$here/exhibit" verify a.exhibit --vkey log.vkey --tsa-ca chain.pem -o json >verdict.json
python3 -c 'import json; v = json.load(open("verdict.json")); print(v["time"])
assert len(v["time"]["dated"]) == 1 and v["time"]["not_bounded"] == 0
assert sum(f["id"] == "W08" for f in v["findings"]) == 2'
sqlite3 'file:a.exhibit?immutable=1' 'SELECT note FROM seal ORDER BY no DESC LIMIT 1' >seal
# the shell prints one line feed behind the seal that stands there
python3 -c 'b = open("seal", "rb").read(); open("seal", "wb").write(b[:-1])'
openssl ts -verify -in a.exhibit.tsr -data seal -CAfile chain.pem
echo "timestamp-server $version stamped a seal, and its stamp"
