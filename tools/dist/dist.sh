#!/bin/sh
# A tarball for a laptop without compiler or network: the static analyzer, the page for a browser,
# man pages, rules, LICENSE, SHA256SUMS. The same sources give the same bytes.
set -eu
cd "$(dirname "$0")/../.."
version=$(sed -n 's/.*EXHIBIT_VERSION "\(.*\)".*/\1/p' src/cmd/version.h)
name=exhibit-$version-linux-$(uname -m)
d=build/dist/$name
rm -rf build/dist; mkdir -p "$d"
cp LICENSE "$d/"
# their licences ask for this in whatever holds the libraries
mkdir "$d/licenses"
cp build/lib/xlsxwriter/License.txt "$d/licenses/libxlsxwriter"
cp build/lib/cjson/LICENSE "$d/licenses/cjson"
for p in libsqlite3-dev libzstd-dev libssl-dev libyaml-dev libpcre2-dev libminizip-dev \
	libexpat1-dev zlib1g-dev libc6-dev; do
	cp "/usr/share/doc/$p/copyright" "$d/licenses/$p"
done
strip -o "$d/exhibit" exhibit
cp build/exhibit.html "$d/"
mkdir "$d/man"
cp man/*.[15] "$d/man"
mkdir "$d/rules"; cp rules/* "$d/rules/"
cat >"$d/README" <<R
Exhibit $version: verifies and reads sealed archives of Kubernaut audit events. Nothing to install:

    sha256sum -c SHA256SUMS                     # that this folder is whole
    ./exhibit verify FILE.exhibit --vkey LOG.vkey
    exhibit.html                                # the same for a browser: open it, drop files on it
    man -l man/exhibit.1                        # or: ./exhibit --help; AN AUDITOR'S DAY in it
                                                # goes from archive and key to a bundle
    ./exhibit sql FILE.exhibit -f rules/AP-01.sql    # control rules as SQL: rules/README.md

License: Apache-2.0 (LICENSE); of the libraries inside: licenses/.
R
chmod 755 "$d/exhibit"
chmod 644 "$d"/man/* "$d"/rules/* "$d/LICENSE" \
	"$d"/licenses/* "$d/README" "$d/exhibit.html"
(cd "$d" && find . -type f ! -name SHA256SUMS | LC_ALL=C sort | xargs sha256sum >SHA256SUMS)
tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=go-w \
	-C build/dist -cf - "$name" |
	gzip -9n >"build/dist/$name.tar.gz"
sha256sum "build/dist/$name.tar.gz"
