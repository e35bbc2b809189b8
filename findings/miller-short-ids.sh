#!/bin/sh
# Short ids (8 characters of a digest or UUID) in a CSV that Miller turns into JSON.
# Guess: what is no plain number stays a string.
# Seen: Miller 6.6.0 (Debian 12) writes 12345e67, and 00123e45 and 0x1F, which are no JSON at all,
# without quotes. 1.4 % of all ids of eight hex digits have the first form: JSON's
# readers then give a number such as 1.2345e+71, infinity, or refuse the line. -S keeps texts.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
command -v mlr > /dev/null || apt-get install -y -q miller > /dev/null
mlr --version
printf 'id\n12345e67\n00123e45\n0x1F\nabcdef01\n' > a.csv
mlr --icsv --ojsonl cat a.csv | tee seen
grep -qx '{"id": 12345e67}' seen
grep -qx '{"id": 00123e45}' seen
grep -qx '{"id": 0x1F}' seen
grep -qx '{"id": "abcdef01"}' seen
python3 -c 'import json; print(json.loads(open("seen").readline()))'
! python3 -c 'import json; [json.loads(x) for x in open("seen")]' 2> why
tail -n 1 why
mlr -S --icsv --ojsonl cat a.csv | grep -c '": "' | grep -qx 4
echo "seen as before"
