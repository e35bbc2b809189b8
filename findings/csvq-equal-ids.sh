#!/bin/sh
# csvq asks a CSV of ids with SQL.
# Guess: where id = '12' compares two texts.
# Seen: csvq 1.18.1 compares what they could mean: 0012 and 12 are one id, 12345e3 is
# 12345000, ABC is abc, true is 1; group by and count(distinct) join the same ones, but for 12345e3.
# Digests of digits and of other case fall together without a word.
set -eu
t=$(mktemp -d)
trap 'chmod -R u+w "$t"; rm -rf "$t"' EXIT
cd "$t"
GOPATH="$t/go" GOBIN="$t/bin" go install github.com/mithrandie/csvq@v1.18.1 > /dev/null 2>&1
printf 'id\n0012\n12\n12345e3\n12345000\nABC\nabc\ntrue\n1\n' > a.csv
ask() { bin/csvq -N -f CSV "$1" | tr '\n' ' '; }
[ "$(ask "select id from a where id = '12'" | tee /dev/stderr)" = "0012 12 " ]
[ "$(ask "select id from a where id = '12345000'" | tee /dev/stderr)" = "12345e3 12345000 " ]
[ "$(ask "select id from a where id = 'abc'" | tee /dev/stderr)" = "ABC abc " ]
[ "$(ask "select id from a where id = 'true'" | tee /dev/stderr)" = "true 1 " ]
[ "$(ask "select count(distinct id) from a" | tee /dev/stderr)" = "5 " ]
echo "seen as before"
