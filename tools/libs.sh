#!/bin/sh
# The libraries of the analyzer for another platform than this one, from Debian's source packages
# (tools/sources.txt). usage: libs.sh wasi|windows|aarch64 FOLDER
#
# FOLDER/include and FOLDER/lib*.a come of it; what is there is not made again. CC, AR and CFLAGS
# are the Makefile's.
set -eu
platform=$1 to=$2
top=$(cd "$(dirname "$0")/.." && pwd)
: "${CC:?}" "${AR:=ar}" "${CFLAGS:=-O2}"
mkdir -p "$to/include" "$to/src"
to=$(cd "$to" && pwd)
cd "$to"

# Only what reads may differ: what this platform lacks is left out of a library, not replaced.
case $platform in
wasi) openssl=linux-generic32 ;;
windows) openssl=mingw64 ;;
aarch64) openssl=linux-aarch64 ;;
*) echo "no such platform: $platform" >&2; exit 2 ;;
esac

unpack() { # PACKAGE
	[ -d "src/$1" ] || {
		sh "$top/tools/sources.sh" "$1" "$to/src/.$1"
		mv "$to/src/.$1" "$to/src/$1"
	}
}

# archive LIBRARY SOURCE...: compiles each and puts them into a static library. FLAGS: its own.
archive() {
	lib=$1
	shift
	rm -rf "o/$lib"
	mkdir -p "o/$lib"
	for c in "$@"; do
		# two files of one name may lie in two folders
		o=$(echo "${c%.c}" | tr / _)
		echo "$c o/$lib/$o.o"
	done | xargs -P "$(nproc)" -L 1 sh -c \
		'$0 $CFLAGS $FLAGS -w -c "$1" -o "$2" || exit 255' "$CC"
	rm -f "lib$lib.a"
	$AR rcs "lib$lib.a" o/"$lib"/*.o
	rm -rf "o/$lib"
}
export CC AR CFLAGS FLAGS

# One file that this source makes of all others needs tclsh.
[ -f libsqlite3.a ] || {
	unpack sqlite3
	(cd src/sqlite3 && CC=cc CFLAGS= ./configure --disable-tcl >/dev/null 2>&1 &&
		make -s CC=cc sqlite3.c >/dev/null 2>&1)
	cp src/sqlite3/sqlite3.h include/
	# SQLite has no file of its own to open where the platform has no POSIX: archives come by
	# the VFS of src/archive/vfs.c.
	FLAGS="-DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_DEFAULT_MEMSTATUS=1 \
		-DSQLITE_ENABLE_COLUMN_METADATA -DSQLITE_ENABLE_FTS3 -DSQLITE_ENABLE_FTS4 \
		-DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_MATH_FUNCTIONS -DSQLITE_ENABLE_RTREE \
		-DSQLITE_MAX_VARIABLE_NUMBER=250000 -DSQLITE_TEMP_STORE=1 \
		-DSQLITE_ENABLE_UPDATE_DELETE_LIMIT"
	[ "$platform" != wasi ] || FLAGS="$FLAGS -DSQLITE_OS_OTHER=1 -DSQLITE_OMIT_WAL"
	archive sqlite3 src/sqlite3/sqlite3.c
}
[ -f libzstd.a ] || {
	unpack libzstd
	cp src/libzstd/lib/*.h include/
	FLAGS="-DZSTD_DISABLE_ASM -DZSTD_LEGACY_SUPPORT=0"
	archive zstd src/libzstd/lib/common/*.c src/libzstd/lib/decompress/*.c \
		src/libzstd/lib/compress/*.c
}
[ -f libyaml.a ] || {
	unpack libyaml
	cp src/libyaml/include/yaml.h include/
	FLAGS="-Isrc/libyaml/include -DYAML_VERSION_MAJOR=0 -DYAML_VERSION_MINOR=2 \
		-DYAML_VERSION_PATCH=5 -DYAML_VERSION_STRING=\"0.2.5\""
	archive yaml src/libyaml/src/*.c
}
[ -f libpcre2-8.a ] || {
	unpack pcre2
	p=src/pcre2/src
	cp $p/pcre2.h.generic include/pcre2.h
	cp $p/pcre2.h.generic $p/pcre2.h
	cp $p/config.h.generic $p/config.h
	cp $p/pcre2_chartables.c.dist $p/pcre2_chartables.c
	FLAGS="-DHAVE_CONFIG_H -DPCRE2_CODE_UNIT_WIDTH=8 -DSUPPORT_UNICODE -DPCRE2_STATIC -I$p"
	archive pcre2-8 $p/pcre2_auto_possess.c $p/pcre2_chartables.c $p/pcre2_compile.c \
		$p/pcre2_config.c $p/pcre2_context.c $p/pcre2_convert.c $p/pcre2_dfa_match.c \
		$p/pcre2_error.c $p/pcre2_extuni.c $p/pcre2_find_bracket.c \
		$p/pcre2_jit_compile.c $p/pcre2_maketables.c $p/pcre2_match.c \
		$p/pcre2_match_data.c $p/pcre2_newline.c $p/pcre2_ord2utf.c \
		$p/pcre2_pattern_info.c $p/pcre2_script_run.c $p/pcre2_serialize.c \
		$p/pcre2_string_utils.c $p/pcre2_study.c $p/pcre2_substitute.c \
		$p/pcre2_substring.c $p/pcre2_tables.c $p/pcre2_ucd.c $p/pcre2_valid_utf.c \
		$p/pcre2_xclass.c
}
[ -f libz.a ] || {
	unpack zlib
	cp src/zlib/zlib.h src/zlib/zconf.h include/
	FLAGS="-DHAVE_UNISTD_H"
	archive z src/zlib/*.c
}
[ -f libexpat.a ] || {
	unpack expat
	p=src/expat/expat/lib
	[ -d $p ] || p=src/expat/lib
	cp $p/expat.h $p/expat_external.h include/
	# what its configure would find out
	printf '#define %s\n' 'XML_DTD 1' 'XML_NS 1' 'XML_GE 1' 'XML_CONTEXT_BYTES 1024' \
		'BYTEORDER 1234' 'XML_POOR_ENTROPY 1' >$p/expat_config.h
	FLAGS="-DXML_STATIC -I$p"
	archive expat $p/xmlparse.c $p/xmlrole.c $p/xmltok.c
}
[ -f libminizip.a ] || {
	unpack minizip
	mkdir -p include/minizip
	cp src/minizip/*.h include/minizip/
	FLAGS="-Iinclude -DUSE_FILE32API -DNOCRYPT -DNOUNCRYPT"
	archive minizip src/minizip/ioapi.c src/minizip/unzip.c src/minizip/zip.c
}
[ -f libcrypto.a ] || {
	unpack openssl
	(
		cd src/openssl
		# shellcheck disable=SC2086
		./Configure $openssl no-asm no-threads no-sock no-dso no-ui-console no-shared \
			no-engine no-async no-tests no-dgram no-module no-afalgeng \
			no-autoload-config --with-rand-seed=$([ "$platform" = wasi ] &&
			echo none || echo os) -DNO_SYSLOG $CFLAGS
		make -s build_generated
		make -s -j"$(nproc)" libcrypto.a AR="$AR" RANLIB=true
	) >openssl.log 2>&1 || { tail -n 20 openssl.log >&2; exit 1; }
	cp -r src/openssl/include/openssl include/
	cp src/openssl/libcrypto.a .
}
rmdir o 2>/dev/null || :
