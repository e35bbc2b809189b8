#!/bin/sh
# sql.js (SQLite in a browser): a database is opened, nothing is written, export() is called.
# Guess: the bytes that were put in; also those behind the last page (Exhibit's trailer, C-16).
# Seen: sql.js 1.17.0 changes the header (change counter, the version fields) and leaves out what
# stands behind the last page: the copy that a page offers for download is another file, of another
# digest. Look at archives with it; never pass its export on.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix . sql.js@1.17.0
python3 - <<'E'
import sqlite3
c = sqlite3.connect("a.db"); c.execute("create table t(a)"); c.execute("insert into t values(1)"); c.commit(); c.close()
open("a.db", "ab").write(b"a trailer\n".ljust(4096, b"."))
E
cat > m.js <<'E'
const fs = require('fs'), assert = require('assert');
require('sql.js')().then(S => {
	const a = fs.readFileSync('a.db'), d = new S.Database(a), b = Buffer.from(d.export());
	const differ = [...b.keys()].filter(i => a[i] !== b[i]);
	console.log(a.length, b.length, 'differing offsets', differ.join(' '));
	assert.strictEqual(b.length, a.length - 4096);
	assert(differ.length > 0 && differ.every(i => i < 100));
});
E
node m.js
echo "seen as before"
