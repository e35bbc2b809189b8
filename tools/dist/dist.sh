#!/bin/sh
# A tarball for a laptop without compiler or network: the static analyzer, man pages, rules,
# LICENSE, SHA256SUMS. The same sources give the same bytes.
set -eu
cd "$(dirname "$0")/../.."
version=$(sed -n 's/.*EXHIBIT_VERSION "\(.*\)".*/\1/p' src/cmd/version.h)
name=exhibit-$version-linux-$(uname -m)
d=build/dist/$name
rm -rf build/dist; mkdir -p "$d"
cp LICENSE "$d/"
# its licence asks for this in whatever holds the library
cp build/lib/xlsxwriter/License.txt "$d/LICENSE.libxlsxwriter"
strip -o "$d/exhibit" exhibit
mkdir "$d/man"
cp man/*.[15] "$d/man"
mkdir "$d/rules"; cp rules/* "$d/rules/"
cat >"$d/README" <<R
Exhibit $version: verifies and reads sealed archives of Kubernaut audit events. Nothing to install:

    sha256sum -c SHA256SUMS                     # that this folder is whole
    ./exhibit verify FILE.exhibit --vkey LOG.vkey
    man -l man/exhibit.1                        # or: ./exhibit --help; AN AUDITOR'S DAY in it
                                                # goes from archive and key to a bundle
    ./exhibit sql FILE.exhibit -f rules/AP-01.sql    # control rules as SQL: rules/README.md

License: Apache-2.0 (LICENSE); of the library that writes workbooks: LICENSE.libxlsxwriter.
R
chmod 755 "$d/exhibit"; chmod 644 "$d"/man/* "$d"/rules/* "$d"/LICENSE* "$d/README"
(cd "$d" && find . -type f ! -name SHA256SUMS | LC_ALL=C sort | xargs sha256sum >SHA256SUMS)
tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=go-w \
	-C build/dist -cf - "$name" |
	gzip -9n >"build/dist/$name.tar.gz"
sha256sum "build/dist/$name.tar.gz"
