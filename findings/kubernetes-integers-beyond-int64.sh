#!/bin/sh
# A custom resource with a field of any content (x-kubernetes-preserve-unknown-fields) goes through
# Kubernetes' own library for objects without a type.
# Guess: an integer of more than 64 bits is refused, as 1e400 is.
# Seen: apimachinery 0.34.1 makes it a float and writes its first 17 digits and zeros: another
# number of the same length. Above 10^21 it becomes 1e+23. 9007199254740993 stays.
set -eu
t=$(mktemp -d)
trap 'chmod -R u+w "$t"; rm -rf "$t"' EXIT
cd "$t"
cat > main.go <<'G'
package main

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func main() {
	for _, n := range []string{"9007199254740993", "12345678901234567890", "100000000000000000000000", "1e400"} {
		u := &unstructured.Unstructured{}
		err := u.UnmarshalJSON([]byte(`{"apiVersion":"a/v1","kind":"K","n":` + n + `}`))
		fmt.Println(n, u.Object["n"] != nil, err != nil)
		if b, err := u.MarshalJSON(); err == nil {
			fmt.Print(string(b))
		}
	}
}
G
go mod init seen > /dev/null 2>&1
go get k8s.io/apimachinery@v0.34.1 > /dev/null 2>&1
go mod tidy > /dev/null 2>&1
go run . | tee seen
grep -q '"n":9007199254740993}' seen
grep -q '"n":12345678901234567000}' seen
grep -q '"n":1e+23}' seen
grep -q '^1e400 false true' seen
echo "seen as before"
