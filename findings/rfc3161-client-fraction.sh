#!/bin/sh
# A time stamp (RFC 3161) with a fraction of a second, as an authority with an exact clock makes
# it.
# Guess: rfc3161-client, the library of the signing tools, keeps the microseconds of genTime.
# Seen: rfc3161-client 1.0.9 verifies the token and gives gen_time in whole seconds; openssl ts
# (3.0) shows .626373 of the same token. An event half a second before the stamp is then "after"
# it.
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
v/bin/pip install -q --disable-pip-version-check rfc3161-client==1.0.9
v/bin/python - <<'E'
import re, rfc3161_client
from cryptography import x509

r = rfc3161_client.decode_timestamp_response(open("r.tsr", "rb").read())
cert = x509.load_pem_x509_certificate(open("c.pem", "rb").read())
assert rfc3161_client.VerifierBuilder().add_root_certificate(cert).build().verify_message(r, b"data\n")
said = re.search(r":(\d\d)\.(\d+) ", open("said").read())
print(r.tst_info.gen_time)
assert said and int(said[1]) == r.tst_info.gen_time.second and r.tst_info.gen_time.microsecond == 0
E
echo "seen as before"
