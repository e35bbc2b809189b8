#!/bin/sh
# Strings that sigs.k8s.io/yaml wrote (as kubectl get -o yaml does), read in Python.
# Guess: what looks like another type is quoted, so every string comes back.
# Seen: v1.6.0 writes the strings "=" and "<<" bare; PyYAML 6.0.4 and ruamel.yaml 0.19.1 (safe)
# refuse the whole document ("could not determine a constructor"): one label selector operator or
# argument that is "=" makes a list unreadable. "2001-01-01 01:02:03 Z" comes back as a time.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
cat > m.go <<'E'
package main

import (
	"fmt"

	"sigs.k8s.io/yaml"
)

func main() {
	for _, s := range []string{"=", "<<", "2001-01-01 01:02:03 Z", "on", "1e3"} {
		b, _ := yaml.Marshal(map[string]string{"v": s})
		fmt.Print(string(b))
	}
}
E
export GOFLAGS=-mod=mod GOTOOLCHAIN=local
go mod init find 2> log
go get sigs.k8s.io/yaml@v1.6.0 2>> log || { cat log; exit 1; }
go run m.go > out
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check PyYAML==6.0.4 ruamel.yaml==0.19.1
v/bin/python - <<'E'
import datetime, yaml, ruamel.yaml

lines = open("out").read().splitlines()
print(lines)
assert lines[:3] == ["v: =", "v: <<", "v: 2001-01-01 01:02:03 Z"], lines
for read in (yaml.safe_load, ruamel.yaml.YAML(typ="safe", pure=True).load):
    for bad in lines[:2]:
        try:
            raise SystemExit("%r is read now: %r" % (bad, read(bad)))
        except Exception as e:
            assert "could not determine a constructor" in str(e), e
    assert isinstance(read(lines[2])["v"], datetime.datetime)
    assert [read(x)["v"] for x in lines[3:]] == ["on", "1e3"]
E
echo "seen as before"
