#!/bin/sh
# A C2SP tlog-proof that carries its record in the line `extra`, read by the Go library of the
# format (transparency-dev/formats/proof), which wrote it a moment ago.
# Guess: what Marshal writes, Unmarshal reads, as long as it fits into memory.
# Seen: 0.1.1 reads lines of fewer than 64 KiB: extra data of 49,146 bytes come back, and of 49,147
# or more nothing does. The error doesn't tell of a length but of a "missing required index", though
# the index is there, one line further on.
set -eu
t=$(mktemp -d)
trap 'chmod -R u+w "$t"; rm -rf "$t"' EXIT
cd "$t"
cat > main.go <<'G'
package main

import (
	"fmt"

	"github.com/transparency-dev/formats/proof"
)

func main() {
	note := []byte("example.org/log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n")
	for _, n := range []int{232, 49146, 49147, 80000} {
		p := proof.TLogProof{Index: 0, Checkpoint: note, ExtraData: make([]byte, n)}
		var q proof.TLogProof
		err := q.Unmarshal(p.Marshal())
		fmt.Println(n, len(q.ExtraData) == n, err)
	}
}
G
go mod init seen > /dev/null 2>&1
go get github.com/transparency-dev/formats@v0.1.1 > /dev/null 2>&1
go mod tidy > /dev/null 2>&1
go run . | tee seen
grep -q '^232 true <nil>$' seen
grep -q '^49146 true <nil>$' seen
grep -q '^49147 false .*index$' seen
grep -q '^80000 false .*index$' seen
echo "seen as before"
