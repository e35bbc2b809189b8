#!/bin/sh
# Two packages for RFC 8785 (canonical JSON), for hashes and signatures.
# Guess: both give the same bytes for whatever JSON.stringify takes.
# Seen: json-canonicalize 3.0.1 does not sort what a toJSON() method returns (a Buffer, classes of
# many libraries), so two equal values have two canonical forms; a member that is a symbol gives
# {"a":undefined}, no JSON at all. canonicalize 4.0.0 sorts, and leaves it out.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix . json-canonicalize@3.0.1 canonicalize@4.0.0
cat > m.mjs <<'E'
import assert from 'assert'; import * as c from 'canonicalize'; import {canonicalize as other} from 'json-canonicalize';
const one = c.default || c.canonicalize;
const v = {toJSON() { return {b: 1, a: 2}; }}, buffer = Buffer.from('ab'), symbol = {a: Symbol('x'), b: 1};
for (const x of [v, buffer, symbol]) console.log(one(x), other(x));
assert.strictEqual(one(v), '{"a":2,"b":1}');
assert.strictEqual(other(v), '{"b":1,"a":2}');
assert.strictEqual(other(buffer), '{"type":"Buffer","data":[97,98]}');
assert.strictEqual(one(symbol), '{"b":1}');
assert.strictEqual(other(symbol), '{"a":undefined,"b":1}');
E
node m.mjs
echo "seen as before"
