#!/bin/sh
# Fetches what reads our outputs in tests/suite_consumers.py: libraries of PyPI, and the JSON schema
# of OSCAL that a Go module holds. usage: consumers.sh FOLDER. Done once; offline afterwards.
set -eu
cd "$(dirname "$0")/.."
folder=$1
proxy=${GOPROXY:-https://proxy.golang.org}
module=github.com/defenseunicorns/go-oscal/@v/v0.7.0.zip
sha=5d8c5c1eefdf1a1df2560f3f33d6900a12c357dc8fdffe3f396adf4ded3ac216
schema=src/internal/schemas/oscal_complete_schema-1-1-3.json

if cmp -s tests/requirements.txt "$folder/requirements.txt"; then
	exit 0
fi
echo "fetching what the suite reads our outputs with, once (tests/requirements.txt)"
rm -rf "$folder"
mkdir -p "$folder"
python3 -m pip install --quiet --no-compile --no-deps --disable-pip-version-check \
	--root-user-action ignore --target "$folder/site" -r tests/requirements.txt
python3 - "${proxy%%,*}/$module" "$sha" "$schema" "$folder/oscal.json" <<'EOF'
import hashlib, io, sys, urllib.request, zipfile

address, sha, schema, out = sys.argv[1:]
module = urllib.request.urlopen(address, timeout=120).read()
if hashlib.sha256(module).hexdigest() != sha:
    sys.exit(f'{address}: another SHA-256 than is written in tools/consumers.sh')
z = zipfile.ZipFile(io.BytesIO(module))
(name,) = [n for n in z.namelist() if n.endswith(schema)]
open(out, 'wb').write(z.read(name))
EOF
cp tests/requirements.txt "$folder/requirements.txt"
