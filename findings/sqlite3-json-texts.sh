#!/bin/sh
# sqlite3 -json, as it is in Debian 12 (3.40.1), of a text with a NUL and of a BLOB.
# Guess: the text is "a\u0000b"; the BLOB is hex or base64 text, or null.
# Seen: the text is "a", cut at the NUL; the BLOB's bytes go into a JSON string as they are, so the
# output is not UTF-8 and no JSON; infinity is 1e999. -quote has the BLOB right and cuts the text,
# too.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
command -v sqlite3 > /dev/null || apt-get install -y -q sqlite3 > /dev/null
case $(sqlite3 -version) in 3.40.1*) ;; *) echo "another version: $(sqlite3 -version)"; exit 1;; esac
sqlite3 -json :memory: "SELECT 'a'||char(0)||'b' t, length(CAST('a'||char(0)||'b' AS BLOB)) n, x'00ff' b, 1e999 i" > out
sqlite3 -quote :memory: "SELECT 'a'||char(0)||'b', x'00ff'" > quote
python3 - <<'E'
out, quote = open("out", "rb").read(), open("quote", "rb").read()
print(out, quote)
assert out == b'[{"t":"a","n":3,"b":"\\u0000\xff","i":1e999}]\n'
assert quote == b"'a',X'00ff'\n"
E
echo "seen as before"
