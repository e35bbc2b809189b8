#!/bin/sh
# A lease's renewTime is a MicroTime. A tool in Python reads a lease and writes it back.
# Guess: the Python client keeps the six digits; and Kubernetes' own type takes any RFC 3339 time.
# Seen: kubernetes 37.0.2 writes 10:00:00.000000Z as 10:00:00+00:00, and MicroTime
# (k8s.io/apimachinery v0.34.1) refuses a time without exactly six digits of fraction: not none,
# not three, not nine. It works but for one time in a million, the whole second. Times of
# Kubernetes collected by way of Python are not what the API server would take or had given.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check kubernetes==37.0.2 pydantic==2.14.4
v/bin/python - > out <<'E'
import json
from kubernetes import client

c = client.ApiClient()
for t in ("2026-11-01T10:00:00.000000Z", "2026-11-01T10:00:00.000001Z"):
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "x"}, "spec": {"renewTime": t}}
    print(json.dumps(c.sanitize_for_serialization(c.deserialize(json.dumps(lease), "V1Lease", "application/json"))["spec"]["renewTime"]))
E
cat out
printf '"2026-11-01T10:00:00+00:00"\n"2026-11-01T10:00:00.000001+00:00"\n' | cmp - out
cat > m.go <<'E'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	v1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func main() {
	for s, ok := range map[string]bool{
		"2026-11-01T10:00:00+00:00": false, "2026-11-01T10:00:00.123Z": false, "2026-11-01T10:00:00.123456789Z": false,
		"2026-11-01T10:00:00.000001+00:00": true} {
		var t v1.MicroTime
		e := json.Unmarshal([]byte(`"`+s+`"`), &t)
		fmt.Println(s, e)
		if (e == nil) != ok {
			os.Exit(1)
		}
	}
}
E
export GOFLAGS=-mod=mod GOTOOLCHAIN=local
go mod init find 2> log
go get k8s.io/apimachinery@v0.34.1 2>> log || { cat log; exit 1; }
go run m.go
echo "seen as before"
