#!/bin/sh
# A zstd frame made by a stream (zstd reading a pipe) does not say its content's size. zstddec is
# the decoder that many pages in a browser use.
# Guess: it decodes such a frame like any other; or it says that it needs the size.
# Seen: zstddec 0.3.4 returns more than 16 MB for a content of 13 bytes, without an error. With the
# size given as the second argument it is right. Exhibit's frames carry their size (C-10).
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix . zstddec@0.3.4
cat > m.mjs <<'E'
import {execSync} from 'child_process'; import assert from 'assert'; import {ZSTDDecoder} from 'zstddec';
const frame = new Uint8Array(execSync(`printf '{"event": 1}\\n' | zstd -qc`, {shell: '/bin/sh'}));
const d = new ZSTDDecoder(); await d.init();
const without = d.decode(frame), given = d.decode(frame, 13);
console.log(frame.length, 'bytes in', without.length, 'out; size given:', Buffer.from(given).toString().trim());
assert(without.length > 16e6);
assert.strictEqual(Buffer.from(given).toString(), '{"event": 1}\n');
E
node m.mjs
echo "seen as before"
