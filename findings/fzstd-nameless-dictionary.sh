#!/bin/sh
# A zstd frame may need a dictionary and not name it (raw content, zstd -D FILE).
# Guess: without the dictionary every decoder refuses it: a match reaches before the beginning.
# Seen: zstd 1.5.4 says "Data corruption detected"; fzstd 0.1.1 (JavaScript) returns the right
# number of bytes, zeros, without an error. Exhibit's frames name theirs (C-9).
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix . fzstd@0.1.1
line='{"event_id":"00039595","event_type":"aianalysis.completed"}'
printf 'some text in front %s' "$line" > dict
printf '%s' "$line" | zstd -q --no-check -D dict -c > e.zst
if zstd -dqc < e.zst > out 2> said; then echo "zstd reads it now"; exit 1; fi
grep -q 'corruption' said
cat > m.js <<'E'
const assert = require('assert'), b = require('fzstd').decompress(new Uint8Array(require('fs').readFileSync('e.zst')));
console.log(b.length, 'bytes, not zero:', b.filter(x => x).length);
assert(b.length > 0 && b.filter(x => x).length < b.length / 2);
E
node m.js
echo "seen as before"
