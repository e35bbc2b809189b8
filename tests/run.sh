#!/bin/sh
# The suite. usage: tests/run.sh [long|asan|valgrind]   Closing line: N passed, N failed
set -u
cd "$(dirname "$0")/.." || exit 1
mode=${1:-all}
passed=0 failed=0
B=build
FLAGS="-std=c11 -D_GNU_SOURCE -g -Wall -Isrc -I/usr/include/postgresql"

ok() { passed=$((passed + 1)); echo "ok      $1"; }
no() { failed=$((failed + 1)); echo "FAILED  $1"; }
step() {
	name=$1
	shift
	if "$@" >"$B/step.log" 2>&1; then
		ok "$name"
	else
		no "$name"
		tail -n 30 "$B/step.log"
	fi
}

if [ "$mode" = asan ]; then
	B=build-asan
	SAN="-fsanitize=address,undefined -fno-sanitize-recover=undefined"
	FLAGS="$FLAGS -O1 $SAN -fno-omit-frame-pointer"
	M="make -s --no-print-directory B=$B STATIC= LDFLAGS="
	CF="-g -O1 -Wall $SAN -fno-omit-frame-pointer"
	$M CFLAGS="$CF" exhibit exhibit-export key-mode || exit 1
	EXPORTER_O=$($M print-exporter)
	ANALYZER_O=$($M print-analyzer)
else
	FLAGS="$FLAGS -O2"
	EXPORTER_O=$(make -s --no-print-directory print-exporter)
	ANALYZER_O=$(make -s --no-print-directory print-analyzer)
fi
if [ "$mode" = valgrind ]; then            # valgrind replaces functions of shared libraries only
	mkdir -p $B/vg
	gcc $FLAGS -o $B/vg/exhibit $ANALYZER_O \
		$(make -s --no-print-directory print-analyzer-libs) || exit 1
	gcc $FLAGS -o $B/vg/exhibit-export $EXPORTER_O -larchive -lz -lbz2 -llzma -lpq -lcurl \
		-lhiredis -lsqlite3 -lzstd -lcrypto -lpthread -lm || exit 1
fi
LIBRARY_O=$(for o in $ANALYZER_O; do case $o in */cmd/*) ;; *) echo "$o" ;; esac; done)
M=${M:-make -s --no-print-directory}
$M ${SAN:+CFLAGS="$CF"} -j2 unit-programs || exit 1
gcc $FLAGS -o $B/flip tests/flip.c $LIBRARY_O $($M print-analyzer-libs) || exit 1

# unit tests: one line each from cmocka
wrap=
[ "$mode" = valgrind ] && wrap="valgrind -q --error-exitcode=9 --leak-check=full"
status=0
: >$B/unit.log
for u in tests/unit/*.c; do
	u=$(basename "$u" .c)
	w=$wrap
	[ "$u" = verdict ] && w=          # a million combinations of facts: too many under valgrind
	$w $B/unit/$u >>$B/unit.log 2>&1 || status=$?
done
for t in $(sed -n 's/^\[       OK \] //p' $B/unit.log); do ok "unit $t"; done
for t in $(sed -n 's/^\[  FAILED  \] \([a-z_]*\)$/\1/p' $B/unit.log | sort -u); do
	no "unit $t"
done
if [ $status != 0 ]; then
	grep -v "^\[" $B/unit.log | head -n 40
	grep -q FAILED $B/unit.log || no "unit tests ended with status $status"
fi

# what valgrind can run in minutes
CHECKED="cli_ tamper_frames tamper_record input_rest input_rejects input_odd input_cut expect
	unsealed hostile log_ merge_ must_gather input_changed children history diff_ selected
	approvals deadline populations the_auditors dead_letters the_report withheld api_pages
	api_bad follows_a four_sources"
VALGRIND="valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite"

case $mode in
all) step "lint: layers, symbols, findings, clauses" sh tools/lint.sh
     step "a model of the writer: honest histories, and tampering on top" \
	     python3 tests/model.py --histories 12
     python3 tests/suite.py | tee $B/suite-$mode.log ;;
long) step "a model of the writer, 300 histories" python3 tests/model.py --histories 300 --seed 7
      step "one correlation of 200,000 events" sh tests/long.sh one
      step "every bit of a small archive" sh tests/long.sh flip
      step "kill -9 at random moments, then --resume" sh tests/long.sh kill
      step "a fault at every allocation, read and write" sh tests/long.sh fault
      step "fuzzing every parser" sh tests/long.sh fuzz
      step "fuzzing queries" sh tests/long.sh sql
      step "ten minutes of following, exporter and server killed" \
	      python3 tests/follow.py --seconds 600
      echo "0 passed, 0 failed" >$B/suite-$mode.log ;;
asan) step "a model of the writer" env ASAN_OPTIONS=detect_leaks=1 \
	      python3 tests/model.py --bin $B --histories 8 --sandbox off
      export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0
      python3 tests/suite.py --bin $B --plain | tee $B/suite-$mode.log ;;
valgrind) python3 tests/suite.py --bin $B/vg --plain --wrap "$VALGRIND" $CHECKED \
	      | tee $B/suite-$mode.log ;;
esac
p=$(sed -n '$s/^\([0-9]*\) passed, \([0-9]*\) failed$/\1/p' $B/suite-$mode.log)
f=$(sed -n '$s/^\([0-9]*\) passed, \([0-9]*\) failed$/\2/p' $B/suite-$mode.log)
[ -n "$p" ] || { no "the suite did not end"; p=0 f=0; }
echo "$((passed + p)) passed, $((failed + f)) failed"
[ $((failed + f)) = 0 ] && [ $((passed + p)) -gt 0 ]
