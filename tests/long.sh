#!/bin/sh
# The slow parts: tests/long.sh one|flip|kill|fault|fuzz|sql|peer. All but the last are run by
# tests/run.sh long.
set -eu
cd "$(dirname "$0")/.."
B=build
READERS="sql jsonl answers export csv letters gather zip" # one for each reader of inputs
DAY1=2026-01-01T00:00:00Z
W=$(mktemp -d)
trap 'rm -rf "$W"' EXIT

fail() {
	echo "$*"
	exit 1
}

# told what is wrong, the loop goes on to the next fault
wrong() {
	echo "$*"
	bad=1
}

# seal INPUT FILE [OPTION...]: signed, of the fixtures' log
seal() {
	from=$1 to=$2
	shift 2
	./exhibit-export archive "$from" --out "$to" --origin demo.example/cluster \
		--key fixtures/test.key "$@" >/dev/null
}

seal fixtures/small.jsonl "$W/small.exhibit" --started-at $DAY1

# Verified, compared and answered for the server in seconds each: honest, and made to be searched
# through.
one() {
	python3 tests/model.py --one 200000 "$W/honest.sql"
	python3 tests/model.py --one 200000 "$W/hostile.sql" --hostile
	for k in honest hostile; do
		mkdir "$W/$k"
		./exhibit-export archive "$W/$k.sql" --out "$W/$k/a.exhibit" --unsealed -q \
			>/dev/null
		status=0
		timeout 60 ./exhibit verify "$W/$k/a.exhibit" >"$W/$k.txt" || status=$?
		case "$k $status" in
		"honest 3" | "hostile 1") ;;
		*)
			head -5 "$W/$k.txt"
			fail "$k: status $status"
			;;
		esac
	done
	status=0
	timeout 60 ./exhibit compare "$W/hostile/a.exhibit" --with "$W/honest/a.exhibit" \
		>/dev/null 2>&1 || status=$?
	[ $status = 11 ] || fail "compare: status $status"
}

# A disclosure copy of twelve events (C-20), and a salted archive (R-26) with a copy of it.
disclosed() {
	[ -e "$W/copy.exhibit" ] && return
	mkdir "$W/salted"
	seal fixtures/small.jsonl "$W/salted/salted.exhibit" --started-at $DAY1 --salted
	./exhibit-export disclose "$W/salted/salted.exhibit" --vkey fixtures/test.vkey \
		--only 'type=*' --out "$W/salted/salted-copy.exhibit" >/dev/null
	seal fixtures/lifecycles.sql "$W/lifecycles.exhibit" --started-at $DAY1
	./exhibit cat "$W/lifecycles.exhibit" 2>/dev/null |
		sed -n 's/^{"event_id":"\([^"]*\)".*/\1/p' |
		awk 'NR % 25 == 4 && NR < 300' >"$W/ids"
	./exhibit-export disclose "$W/lifecycles.exhibit" --vkey fixtures/test.vkey \
		--ids "$W/ids" --guessable --out "$W/copy.exhibit" >/dev/null
}

# Every bit of the file, in one process; and of a disclosure copy; and a sample of a file that
# continues a log, with what it says of the file before.
flip() {
	$B/flip "$W/small.exhibit" fixtures/test.vkey
	seal fixtures/lifecycles.sql "$W/next.exhibit" --after "$W/small.exhibit" \
		--started-at 2026-01-02T00:00:00Z
	$B/flip "$W/next.exhibit" fixtures/test.vkey 20000 7
	disclosed
	$B/flip "$W/copy.exhibit" fixtures/test.vkey
	$B/flip "$W/salted/salted.exhibit" fixtures/test.vkey 20000 9
	$B/flip "$W/salted/salted-copy.exhibit" fixtures/test.vkey 20000 9
}

# export_of_fault OPTION...: the run that faults are put into
export_of_fault() {
	./exhibit-export archive fixtures/small.jsonl --unsealed --started-at $DAY1 "$@" >/dev/null
}

# one fault in the exporter: a clear error, and never a file that looks finished
fault_exporter() {
	rm -f "$W/f.exhibit" "$W/f.exhibit-journal"
	status=0
	FAULT_CALL=$call FAULT_AT=$n LD_PRELOAD=$PWD/$B/fault.so ./exhibit-export archive \
		fixtures/small.jsonl --out "$W/f.exhibit" --unsealed --started-at $DAY1 \
		>/dev/null 2>"$W/err" || status=$?
	case $status in
	0 | 6)
		v=0
		./exhibit verify "$W/f.exhibit" >/dev/null || v=$?
		[ $v = 3 ] || wrong "$call $n: exported with status 0, verify says $v"
		;;
	71) ;; # libcrypto or a library ended it: what is left says it is unfinished
	6[4-9] | 7[0-8])
		[ ! -e "$W/f.exhibit" ] || grep -q 'with --resume' "$W/err" \
			|| wrong "$call $n: status $status, a file is left and nothing says so"
		;;
	1 | 139) grep -q 'libarchive\|hit' "$W/err" || bad=1 ;; # libarchive itself ends or crashes
	*) wrong "$call $n: exporter ended with status $status: $(head -c 200 "$W/err")" ;;
	esac
	grep -q hit "$W/err" || ended=1

	# whatever was left, and whether the failure was told or not: the same command with --resume
	# ends with the bytes of an undisturbed run
	if [ -e "$W/f.exhibit" ]; then
		resumed=$((resumed + 1))
		export_of_fault --out "$W/f.exhibit" --resume 2>"$W/err2" \
			|| wrong "$call $n: cannot be resumed: $(cat "$W/err2")"
		if [ "$(sha256sum <"$W/f.exhibit")" != "$want" ] \
			|| [ -e "$W/f.exhibit-journal" ]; then
			wrong "$call $n: resumed to other bytes"
		fi
	fi
}

# one fault in the analyzer, at `what`: the tool fails, or it says what it says without a fault; a
# failing read inside SQLite may look like a malformed page
fault_analyzer() {
	status=0
	# shellcheck disable=SC2086
	FAULT_CALL=$call FAULT_AT=$n2 LD_PRELOAD=$PWD/$B/fault.so \
		$B/exhibit-dyn $what --sandbox off >"$W/out" 2>"$W/err" || status=$?
	grep -q hit "$W/err" || ended=1
	case $status in
	6[4-9] | 7[0-8]) ;;
	"$usual")
		[ "$call" != malloc ] || cmp -s "$W/want.out" "$W/out" \
			|| wrong "$call $n2: $what: status $status, other output"
		;;
	1 | 5) [ "$call" = read ] || wrong "$call $n2: $what: status $status, wanted $usual" ;;
	*) wrong "$call $n2: $what: status $status, wanted $usual: $(head -c 200 "$W/err")" ;;
	esac
}

# The Nth allocation, read or write fails.
fault() {
	gcc -shared -fPIC -O1 -o $B/fault.so tests/fault.c -ldl
	obj=$(make -s --no-print-directory print-analyzer)
	# shellcheck disable=SC2086,SC2046
	gcc -o $B/exhibit-dyn $obj $(make -s --no-print-directory print-analyzer-libs)
	export_of_fault --out "$W/want.exhibit"
	want=$(sha256sum <"$W/want.exhibit")

	# every kind of odd row, so that the search for causes has its faults as well
	python3 - >"$W/odd.jsonl" <<'PYTHON'
import json

r = [json.loads(line) for line in open('fixtures/small.jsonl') if line.strip()]
r[3]['actor_id'] = 'm'
r[5]['event_hash'] = 'ab' * 32
r[6]['event_hash'] = r[6]['previous_event_hash'] = None
r[2]['event_timestamp'] = 'infinity'
r[1]['correlation_id'] = 'other'
print(*map(json.dumps, r[:-2]), sep='\n')
PYTHON
	./exhibit-export archive "$W/odd.jsonl" --out "$W/odd.exhibit" --unsealed -q >/dev/null

	for call in malloc read write; do
		n=1 ended=0 bad=0 resumed=0
		while [ $n -le 4000 ] && [ $ended = 0 ]; do
			fault_exporter
			n=$((n + 1))
		done
		faults=0
		for what in \
			"verify $W/small.exhibit --vkey fixtures/test.vkey" \
			"verify $W/odd.exhibit -o json" \
			"compare $W/odd.exhibit --with $W/small.exhibit -o json" \
			"reconstruct $W/odd.exhibit --all --partial --children -o jsonl" \
			"history $W/odd.exhibit --id rr-a95 --partial -o json"; do
			n2=1 ended=0 usual=0
			# shellcheck disable=SC2086
			$B/exhibit-dyn $what --sandbox off >"$W/want.out" 2>/dev/null || usual=$?
			while [ $n2 -le 5000 ] && [ $ended = 0 ]; do
				fault_analyzer
				n2=$((n2 + 1))
			done
			faults=$((faults + n2 - 1))
		done
		echo "$call: $((n - 1)) faults in the exporter" \
			"($resumed left a file, all resumed), $faults in the analyzer"
		[ $bad = 0 ]
	done
}

# seeds TARGET FOLDER: what its fuzzing begins with
seeds() {
	case $1 in
	archive)
		disclosed
		cp "$W/small.exhibit" "$W/copy.exhibit" "$W"/salted/*.exhibit "$2/"
		;;
	block) python3 tests/fuzz/block-seeds.py "$W/small.exhibit" "$2" ;;
	rows)
		cp fixtures/small.jsonl fixtures/keyed.jsonl "$2/"
		rm -rf "$W/mg"
		python3 - "$W/mg" <<'PYTHON'
import sys

sys.path.insert(0, 'tests')
folder = sys.argv[1]
sys.argv = ['suite']
import harness

harness.small_collection(folder)
PYTHON
		tar cf "$2/tar" -C "$W/mg" .
		head -c 200000 fixtures/lifecycles.sql | tail -c 60000 >"$2/sql"
		python3 tests/fuzz/input-seeds.py "$2"
		;;
	sql | jsonl | answers | export | csv | letters | gather | zip)
		python3 tests/fuzz/input-seeds.py "$2" "$1"
		;;
	workbook) python3 tests/fuzz/workbook-seeds.py "$2" ;;
	rebuild) python3 tests/fuzz/rebuild-seeds.py "$2" ;;
	proof)
		for at in 0 1 7; do
			./exhibit prove "$W/small.exhibit" --vkey fixtures/test.vkey \
				--position $at --out "$2/$at" >/dev/null
		done
		;;
	cosigned) python3 tests/fuzz/stamp-seeds.py notes "$2" ;;
	stamp) python3 tests/fuzz/stamp-seeds.py stamps "$2" ;;
	memory)
		key=$(./exhibit key fixtures/test.vkey | sed -n 's/^fingerprint *//p')
		./exhibit trust fixtures/test.vkey --memory "$2/trusted" --fingerprint "$key" \
			>/dev/null
		rm -f "$2/seen"
		cp "$2/trusted" "$2/seen"
		./exhibit verify "$W/small.exhibit" --memory "$2/seen" --remember >/dev/null
		;;
	yaml) printf 'a:\n- b: "c"\n  d: [1, {e: f}]\n  g: |\n    h\n' >"$2/seed" ;;
	*)
		head -2 fixtures/small.jsonl >"$2/row"
		cat fixtures/test.vkey >"$2/vkey"
		;;
	esac
}

# libFuzzer where clang is there; FUZZ_SECONDS for each target; FUZZ_TARGETS chooses.
fuzz() {
	command -v clang >/dev/null \
		|| apt-get install -y -q --no-install-recommends clang libclang-rt-14-dev >/dev/null
	src=$(make -s --no-print-directory print-sources-exporter | tr ' ' '\n' | grep -v 'cmd/')
	src="$src src/report/memory.c src/report/xlsx_read.c src/report/xlsx_sheet.c"
	src="$src $(ls src/trust/*.c)"
	src="$src src/yaml/yaml.c $(ls src/rebuild/*.c src/read/*.c | grep -v select.c)"
	# what both lists name is linked once
	src=$(printf '%s\n' $src | sort -u)
	flags="-std=c11 -D_GNU_SOURCE -g -O1 -fsanitize=address,undefined"
	flags="$flags -fno-sanitize-recover=undefined -Isrc -I/usr/include/postgresql"
	libs="-lyaml -larchive -lz -lbz2 -llzma -lpq -lcurl -lhiredis -lsqlite3 -lzstd -lcrypto"
	libs="$libs -lexpat -lminizip"
	F=$B/fuzz
	mkdir -p "$F/o"

	# compiled once, linked for each target
	objects=
	for c in $src; do objects="$objects $F/o/$(echo "$c" | tr / _).o"; done
	for c in $src; do
		o=$F/o/$(echo "$c" | tr / _).o
		[ "$o" -nt "$c" ] && ! find src -name '*.[hd]*' -newer "$o" | grep -q . \
			|| echo "$c $o"
	done | xargs -r -n 2 -P 2 sh -c 'clang '"$flags"' -fsanitize=fuzzer-no-link -c "$0" -o "$1"'

	all="json body block archive note cosigned stamp memory proof yaml rebuild rows workbook"
	all="$all $READERS"
	for t in ${FUZZ_TARGETS:-$all}; do
		mkdir -p "$F/$t"
		define=-DTARGET_$t
		case $t in
		sql) define="-DTARGET_rows -DREADER=INPUT_PG_DUMP" ;;
		jsonl) define="-DTARGET_rows -DREADER=INPUT_ROWS_JSONL" ;;
		answers) define="-DTARGET_rows -DREADER=INPUT_REST_EVENTS" ;;
		export) define="-DTARGET_rows -DREADER=INPUT_SERVER_EXPORT" ;;
		csv) define="-DTARGET_rows -DREADER=INPUT_ROWS_CSV" ;;
		letters) define="-DTARGET_rows -DREADER=INPUT_DEAD_LETTERS" ;;
		esac
		# shellcheck disable=SC2086
		clang $flags -fsanitize=fuzzer $define -o "$F/$t.bin" tests/fuzz/fuzz.c $objects \
			$libs -lpthread -lm
		seeds "$t" "$F/$t"
		"$F/$t.bin" -max_total_time="${FUZZ_SECONDS:-60}" -rss_limit_mb=4096 \
			-max_len=200000 -timeout=20 -print_final_stats=1 \
			-artifact_prefix="$F/found-$t-" "$F/$t" \
			>"$F/$t.log" 2>&1 || {
			tail -n 40 "$F/$t.log"
			exit 1
		}
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$F/$t.log")
		edges=$(sed -n 's/.*cov: \([0-9]*\) .*/\1/p' "$F/$t.log" | tail -1)
		echo "$t: $runs runs, $edges edges, $(ls "$F/found-$t-"* 2>/dev/null | wc -l) found"
	done
}

# Queries made from a grammar over hostile archives, under ASan and UBSan; FUZZ_SECONDS.
sql() {
	A=build-asan
	san="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
	make -s --no-print-directory B=$A STATIC= LDFLAGS= CFLAGS="-g -O1 -Wall $san" $A/exhibit
	obj=$(make -s --no-print-directory B=$A print-analyzer | tr ' ' '\n' \
		| grep -v 'cmd/analyze/main.o')
	# shellcheck disable=SC2086,SC2046
	gcc -std=c11 -D_GNU_SOURCE -g -O1 $san -Isrc -o $A/fuzz-sql tests/fuzz/sql.c $obj \
		$(make -s --no-print-directory B=$A print-analyzer-libs)
	rm -rf "$A/fuzz-sql.d"
	python3 tests/fuzz/sql-seeds.py "$A/fuzz-sql.d"
	$A/fuzz-sql "${FUZZ_SECONDS:-60}" "${SEED:-1}" $A/fuzz-sql.last fixtures/test.vkey \
		"$A"/fuzz-sql.d/*.exhibit 2>$A/fuzz-sql.log || {
		tail -n 40 $A/fuzz-sql.log
		head -c 2000 $A/fuzz-sql.last
		exit 1
	}
}

# Proofs of records all over a file, read by the libraries of others. Fetches three Go modules.
peer() {
	mkdir "$W/peer"
	seal fixtures/lifecycles.sql "$W/peer/trail.exhibit"
	for n in 0 1 100 255 256 300; do
		./exhibit prove "$W/peer/trail.exhibit" --position $n --out "$W/$n.tlog-proof" \
			>/dev/null 2>&1
	done
	(cd tests/second/formats && go build -o "$W/tlogproof" .)
	"$W/tlogproof" fixtures/test.vkey "$W"/*.tlog-proof
	sed '5s/^./A/' "$W/100.tlog-proof" >"$W/spoiled"
	! "$W/tlogproof" fixtures/test.vkey "$W/spoiled" >/dev/null || fail "a spoiled proof"
}

case $1 in
one) one ;;
flip) flip ;;
# kill -9 at KILLS random moments, then --resume: the bytes of an undisturbed run, and nothing
# beside the file
kill) python3 tests/kill.py "${KILLS:-100}" "$W" ;;
fault) fault ;;
fuzz) fuzz ;;
sql) sql ;;
peer) peer ;;
*) fail "tests/long.sh one|flip|kill|fault|fuzz|sql|peer" ;;
esac
