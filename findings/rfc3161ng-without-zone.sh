#!/bin/sh
# rfc3161ng.get_timestamp(token): when was it stamped?
# Guess: a datetime in UTC that says so, as the token does (genTime ends with Z by its definition).
# Seen: rfc3161ng 2.1.3 gives a datetime without a zone unless naive=False is given; .timestamp()
# of it reads it as local time: nine hours off in Tokyo.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
cat > c.cnf <<'X'
[req]
distinguished_name=dn
x509_extensions=v
prompt=no
[dn]
CN=tsa
[v]
extendedKeyUsage=critical,timeStamping
keyUsage=critical,digitalSignature
[t]
serial=./serial
signer_cert=./c.pem
signer_key=./k.pem
signer_digest=sha256
default_policy=1.2.3.4
digests=sha256
clock_precision_digits=6
X
openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -config c.cnf -days 30 2> log
printf "01\n" > serial
printf "data\n" > data
openssl ts -query -data data -sha256 -cert -out q.tsq 2> log
openssl ts -reply -config c.cnf -section t -queryfile q.tsq -out r.tsr 2> log
openssl ts -reply -in r.tsr -text 2> log | grep "^Time stamp" | tee said
openssl ts -reply -in r.tsr -token_out -out t.tok 2> log

python3 -m venv v
v/bin/pip install -q --disable-pip-version-check rfc3161ng==2.1.3
TZ=Asia/Tokyo v/bin/python - <<'E'
import rfc3161ng

token = open("t.tok", "rb").read()
plain, zoned = rfc3161ng.get_timestamp(token), rfc3161ng.get_timestamp(token, naive=False)
print(plain, zoned, zoned.timestamp() - plain.timestamp())
assert plain.tzinfo is None and zoned.utcoffset().total_seconds() == 0
assert zoned.timestamp() - plain.timestamp() == 9 * 3600
E
echo "seen as before"
