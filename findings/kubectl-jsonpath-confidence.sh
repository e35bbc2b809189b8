#!/bin/sh
# kubectl get … -o jsonpath filters by a confidence: ?(@.c>=0.9), and those of ?(@.c>=1).
# Guess: numbers compare as numbers.
# Seen: client-go 0.34.1, as kubectl uses it: a number written 1 is an integer and one written 1.5
# a float, and the two can't be compared: one remediation with a confidence of exactly 1 among the
# others, and the whole query ends with "incompatible types for comparison", whatever is asked.
set -eu
t=$(mktemp -d)
trap 'chmod -R u+w "$t"; rm -rf "$t"' EXIT
cd "$t"
cat > main.go <<'G'
package main

import (
	"bytes"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/util/jsonpath"
)

func main() {
	for _, ones := range []string{`0.95`, `1`} {
		for _, query := range []string{`{.x[?(@.c>=0.9)].n}`, `{.x[?(@.c>=1)].n}`} {
			u := &unstructured.Unstructured{}
			if err := u.UnmarshalJSON([]byte(`{"apiVersion":"a/v1","kind":"K","x":[{"n":"a","c":` + ones + `},{"n":"b","c":0.5}]}`)); err != nil {
				panic(err)
			}
			j := jsonpath.New("q")
			if err := j.Parse(query); err != nil {
				panic(err)
			}
			var b bytes.Buffer
			fmt.Println(ones, query, j.Execute(&b, u.Object), b.String())
		}
	}
}
G
go mod init seen > /dev/null 2>&1
go get k8s.io/apimachinery@v0.34.1 k8s.io/client-go@v0.34.1 > /dev/null 2>&1
go mod tidy > /dev/null 2>&1
go run . | tee seen
[ "$(grep -c 'incompatible types for comparison' seen)" = 3 ]
grep -q '^0.95 .*0.9.* <nil> a$' seen
echo "seen as before"
