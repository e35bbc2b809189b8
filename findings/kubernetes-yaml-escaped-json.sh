#!/bin/sh
# sigs.k8s.io/yaml is what Kubernetes tools read manifests with, YAML or JSON: JSON is YAML.
# Guess: any valid JSON is read, as encoders that write ASCII only produce it, too.
# Seen: v1.6.0 refuses a character beyond U+FFFF written as two escapes ("found invalid Unicode
# character escape code") and the escaped slash \/ ("found unknown escape character"), in
# YAMLToJSON and in JSONToYAML, whose input can be nothing but JSON.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
cat > m.go <<'E'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	for _, s := range []string{`{"a":"\ud83d\ude00"}`, `{"a":"\/"}`} {
		_, e1 := yaml.YAMLToJSON([]byte(s))
		_, e2 := yaml.JSONToYAML([]byte(s))
		fmt.Println(s, json.Valid([]byte(s)), e1, e2)
		if !json.Valid([]byte(s)) || e1 == nil || e2 == nil {
			os.Exit(1)
		}
	}
}
E
export GOFLAGS=-mod=mod GOTOOLCHAIN=local
go mod init find 2> log
go get sigs.k8s.io/yaml@v1.6.0 2>> log || { cat log; exit 1; }
go run m.go
echo "seen as before"
