#!/bin/sh
# What programs in Go make of our outputs (formats/bundle.md, rebuild.md B-10, output.md O-12): the
# API server's own validation of rebuilt objects, kube-score of the manifests, node_exporter and
# promtool's linter of --metrics, cosign of a signed bundle, omc of a rebuilt must-gather.
# Outside CI: it fetches and builds large modules (cosign alone some minutes), each once.
# usage: consumers-go.sh FOLDER [objects|manifests|metrics|statement|must-gather]...
# Without names: all but the last, which wants OMC=/path/to/omc (no module proxy has it). CRDs: the
# folder with Kubernaut's CRD files (default: ../shared/reference/crd, else fixtures/crd).
set -eu
cd "$(dirname "$0")/.."
mkdir -p "$1/bin"
folder=$(cd "$1" && pwd)
shift
crds=${CRDS:-../shared/reference/crd}
[ -d "$crds" ] || crds=fixtures/crd
PATH=$PATH:/usr/local/go/bin
export GOFLAGS=-mod=mod GOTOOLCHAIN=local
W=$(mktemp -d)
trap 'rm -rf "$W"' EXIT
bad=0

# Our own two programs, whose modules tools/consumers/go.mod pins.
ours() {
	(cd tools/consumers && GOFLAGS=-mod=readonly go build -o "$folder/bin/" ./...)
}

# tool NAME PACKAGE VERSION: a program of others, of just this version.
tool() {
	[ -x "$folder/bin/$1-$3" ] && return
	echo "building $1 $3"
	mkdir -p "$folder/$1"
	(
		cd "$folder/$1"
		[ -f go.mod ] || go mod init consumer 2>/dev/null
		printf '//go:build tools\npackage consumer\nimport _ "%s"\n' "$2" >tools.go
		go get "$2@$3" 2>go.log || cat go.log
		go build -o "$folder/bin/$1-$3" "$2"
	)
}

# One archive of the fixture; each object that it tells, in both layouts, with its children.
objects() {
	ours
	for layout in nested flat; do
		./exhibit reconstruct "$W/a.exhibit" --all --children --status $layout \
			--out-dir "$W/$layout" >/dev/null
	done
	"$folder/bin/objects" "$crds" "$W"/nested/*.yaml || bad=1
	# of the older layout a server of today drops fields: the head of each file says how many
	"$folder/bin/objects" "$crds" "$W"/flat/*.yaml | tail -n 1
}

manifests() {
	tool kube-score github.com/zegl/kube-score/cmd/kube-score v1.20.0
	"$folder/bin/kube-score-v1.20.0" score tools/must-gather/kubernetes/*.yaml || bad=1
}

metrics() {
	ours
	tool node_exporter github.com/prometheus/node_exporter v1.12.1
	python3 tools/consumers/metrics.py "$folder/bin/node_exporter-v1.12.1" \
		"$folder/bin/metrics" || bad=1
}

# The command of README.txt; another file and another key must fail.
statement() {
	tool cosign github.com/sigstore/cosign/v3/cmd/cosign v3.1.3
	./exhibit bundle "$W/a.exhibit" --vkey fixtures/test.vkey --out "$W/bundle" 2>/dev/null
	./exhibit-export attest "$W/bundle" --key fixtures/test.key 2>/dev/null
	./exhibit-export keygen --name other.example/log --out "$W/other" >/dev/null 2>&1
	cp -r "$W/bundle" "$W/others"
	rm -r "$W/others/attestation"
	./exhibit-export attest "$W/others" --key "$W/other.key" 2>/dev/null
	blob() {
		"$folder/bin/cosign-v3.1.3" verify-blob-attestation --key "$1"/attestation/*.pem \
			--bundle "$W"/bundle/attestation/*.sigstore.json --insecure-ignore-tlog \
			--type https://kubernaut.ai/exhibit/verification/v1 "$2" 2>"$W/cosign.err"
	}
	if ! blob "$W/bundle" "$W/bundle/archives/a.exhibit"; then
		cat "$W/cosign.err"
		bad=1
	elif blob "$W/bundle" "$W/bundle/report.html" ||
		blob "$W/others" "$W/bundle/archives/a.exhibit"; then
		echo "cosign says OK of another file or key"
		bad=1
	else
		echo "cosign verifies the statement, and neither another file nor another key"
	fi
	# an auditor's own key, as README.txt says it: by cosign, without any service
	(
		cd "$W"
		cosign=$folder/bin/cosign-v3.1.3
		COSIGN_PASSWORD='' "$cosign" generate-key-pair
		"$cosign" signing-config create --out none.json
		COSIGN_PASSWORD='' "$cosign" attest-blob --key cosign.key --yes \
			--statement bundle/statement.intoto.json --signing-config none.json \
			--bundle bundle/attestation/mine.sigstore.json bundle/archives/a.exhibit
		"$cosign" verify-blob-attestation --key cosign.pub --insecure-ignore-tlog \
			--bundle bundle/attestation/mine.sigstore.json \
			--type https://kubernaut.ai/exhibit/verification/v1 \
			bundle/archives/a.exhibit
	) >"$W/own.log" 2>&1 || {
		tail -n 5 "$W/own.log"
		bad=1
	}
	./exhibit bundle --check "$W/bundle" --vkey fixtures/test.vkey | grep mine || bad=1
}

# State of omc lies in the home folder: it gets one of its own.
gather() {
	./exhibit reconstruct "$W/a.exhibit" --all --layout must-gather --out-dir "$W/mg" >/dev/null
	mkdir "$W/home"
	HOME=$W/home "$OMC" use "$W/mg"
	HOME=$W/home "$OMC" get remediationrequests.kubernaut.ai -A >"$W/omc" || bad=1
	head -n 5 "$W/omc"
	want=$(find "$W/mg" -path '*/remediationrequests/*.yaml' | wc -l)
	[ "$(tail -n +2 "$W/omc" | wc -l)" = "$want" ] || {
		echo "omc shows other than $want objects"
		bad=1
	}
	head -n 1 "$W/omc" | grep -q 'PHASE.*OUTCOME.*AGE' || bad=1
}

chmod 600 fixtures/test.key
./exhibit-export archive fixtures/lifecycles.sql --origin demo.example/cluster \
	--key fixtures/test.key --out "$W/a.exhibit" >/dev/null 2>&1
[ $# != 0 ] || set -- objects manifests metrics statement
for one; do
	echo "== $one"
	case $one in
	objects | manifests | metrics | statement) $one ;;
	must-gather) gather ;;
	*)
		echo "$one: no such part" >&2
		exit 64
		;;
	esac
done
exit $bad
