#!/bin/sh
# Unpacks a library that is built with the programs. usage: sources.sh PACKAGE FOLDER
#
# The file of tools/sources.txt is taken from SOURCES (a folder; default: exhibit-sources in
# XDG_CACHE_HOME or ~/.cache). What is not there is fetched once, from Debian 12 by apt-get, with a
# list of sources of our own: nothing of the system's lists changes. What has another SHA-256 than
# is written there is not unpacked.
set -eu
package=$1 folder=$2
list=$(dirname "$0")/sources.txt
version=$(awk -v p="$package" '$1 == p { print $2; exit }' "$list")
files=$(awk -v p="$package" '$1 == p { print $3 }' "$list")
[ -n "$files" ] || { echo "$package: not in $list" >&2; exit 1; }
cache=${SOURCES:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/exhibit-sources}
sha_of() { awk -v f="$1" '$3 == f { print $4 }' "$list"; }
same() { echo "$(sha_of "$(basename "$1")")  $1" | sha256sum -c --status 2>/dev/null; }

missing=
for file in $files; do
	same "$cache/$file" || missing="$missing $file"
done
if [ -n "$missing" ]; then
	mkdir -p "$cache"
	tmp=$(mktemp -d "$cache/fetch.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	mkdir -p "$tmp/lists/partial" "$tmp/cache/archives/partial"
	for suite in bookworm bookworm-updates; do
		echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
			"http://deb.debian.org/debian $suite main"
	done >"$tmp/sources.list"
	set -- -q -o Dir::Etc::sourcelist="$tmp/sources.list" -o Dir::Etc::sourceparts=- \
	    -o Dir::State::lists="$tmp/lists" -o Dir::Cache="$tmp/cache" -o APT::Sandbox::User=root
	echo "fetching$missing (Debian's source package $package $version)"
	(
		apt-get "$@" update && cd "$tmp" &&
			apt-get "$@" source --download-only "$package=$version"
	) >"$tmp/log" 2>&1 || {
		cat "$tmp/log" >&2
		for file in $missing; do
			echo "$file cannot be fetched; put it into $cache" \
				"(SHA-256 $(sha_of "$file"))" >&2
		done
		exit 1
	}
	for file in $missing; do
		same "$tmp/$file" || { echo "$file: another SHA-256 than in $list" >&2; exit 1; }
		mv "$tmp/$file" "$cache/$file"
	done
fi
rm -rf "$folder"
mkdir -p "$folder"
for file in $files; do
	case $file in
	*.orig.tar.*) tar -xf "$cache/$file" -C "$folder" --strip-components=1 ;;
	*.debian.tar.*) tar -xf "$cache/$file" -C "$folder" ;;
	*.diff.gz) gzip -dc "$cache/$file" | patch -s -t -d "$folder" -p1 ;;
	esac
done
# Debian's own changes: what was found in a library since its release is mended by them
[ ! -f "$folder/debian/patches/series" ] || sed 's/#.*//' "$folder/debian/patches/series" |
	while read -r name _; do
		[ -z "$name" ] || patch -s -t -d "$folder" -p1 <"$folder/debian/patches/$name"
	done
