#!/bin/sh
# Approval policies are Rego; a threshold is compared with a sum of weights.
# Guess: numbers are IEEE doubles, so 0.7 + 0.1 >= 0.8 is false everywhere.
# Seen: OPA 1.9.0 calculates with 64 bits of fraction: it is true, 0.1 + 0.2 == 0.3 too, and yet
# 1 - 0.9 == 0.1 is not. rego-cpp (regopy 1.5.2) says false to the first: the same policy decides otherwise.
# 1 < "a" is true in OPA, false in rego-cpp.
set -eu
t=$(mktemp -d)
trap 'chmod -R u+w "$t"; rm -rf "$t"' EXIT
cd "$t"
cat > main.go <<'G'
package main

import (
	"context"
	"fmt"

	"github.com/open-policy-agent/opa/v1/rego"
)

func main() {
	for _, e := range []string{"0.7+0.1 >= 0.8", "0.1+0.2 == 0.3", "1-0.9 == 0.1", `1 < "a"`} {
		r, err := rego.New(rego.Query("x = (" + e + ")")).Eval(context.Background())
		if err != nil || len(r) == 0 {
			r, err = rego.New(rego.Query("x = "+e)).Eval(context.Background())
		}
		fmt.Println(e, r[0].Bindings["x"], err)
	}
}
G
go mod init seen > /dev/null 2>&1
go get github.com/open-policy-agent/opa@v1.9.0 > /dev/null 2>&1
go mod tidy > /dev/null 2>&1
go run . | tee opa
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check regopy==1.5.2
v/bin/python - <<'P' | tee cpp
import json, regopy
for e in '0.7+0.1 >= 0.8', '0.1+0.2 == 0.3', '1-0.9 == 0.1', '1 < "a"':
    print(e, json.loads(str(regopy.Interpreter().query("x = " + e)))["bindings"]["x"])
P
[ "$(sed 's/ <nil>//; s/.* //' opa | tr '\n' ' ')" = "true true false true " ]
[ "$(sed 's/.* //' cpp | tr '\n' ' ')" = "False True False False " ]
echo "seen as before"
