#!/bin/sh
# The slow parts: tests/long.sh one|flip|kill|fault|fuzz|sql   Run from tests/run.sh long, or alone.
set -eu
cd "$(dirname "$0")/.."
B=build
READERS="sql jsonl answers export csv letters gather zip" # one for each reader of inputs
W=$(mktemp -d); trap 'rm -rf "$W"' EXIT
./exhibit-export archive fixtures/small.jsonl --out "$W/small.exhibit" --origin demo.example/cluster --key fixtures/test.key --started-at 2026-01-01T00:00:00Z >/dev/null
case $1 in
one)    # verified, compared and answered for the server in seconds each: honest, and made to be searched through
	python3 tests/model.py --one 200000 "$W/honest.sql"
	python3 tests/model.py --one 200000 "$W/hostile.sql" --hostile
	for k in honest hostile; do
		mkdir "$W/$k"; ./exhibit-export archive "$W/$k.sql" --out "$W/$k/a.exhibit" --unsealed -q >/dev/null
		status=0; timeout 60 ./exhibit verify "$W/$k/a.exhibit" >"$W/$k.txt" || status=$?
		[ "$k $status" = "honest 3" ] || [ "$k $status" = "hostile 1" ] || { echo "$k: status $status"; head -5 "$W/$k.txt"; exit 1; }
	done
	status=0; timeout 60 ./exhibit compare "$W/hostile/a.exhibit" --with "$W/honest/a.exhibit" >/dev/null 2>&1 || status=$?
	[ $status = 11 ] || { echo "compare: status $status"; exit 1; } ;;
flip)   # every bit of the file, in one process
	$B/flip "$W/small.exhibit" fixtures/test.vkey
	# and a sample of a file that continues a log, with what it says of the file before
	./exhibit-export archive fixtures/lifecycles.sql --out "$W/next.exhibit" --after "$W/small.exhibit" --origin demo.example/cluster --key fixtures/test.key --started-at 2026-01-02T00:00:00Z >/dev/null
	$B/flip "$W/next.exhibit" fixtures/test.vkey 20000 7 ;;
kill)   # kill -9 at KILLS random moments, then --resume: the bytes of an undisturbed run, and nothing beside the file
	python3 tests/kill.py "${KILLS:-100}" "$W" ;;
fault)  # the Nth allocation, read or write fails: a clear error, and never a file that looks finished
	gcc -shared -fPIC -O1 -o $B/fault.so tests/fault.c -ldl
	obj=$(make -s --no-print-directory print-analyzer)
	gcc -o $B/exhibit-dyn $obj $(make -s --no-print-directory print-analyzer-libs)
	want=$(./exhibit-export archive fixtures/small.jsonl --out "$W/want.exhibit" --unsealed --started-at 2026-01-01T00:00:00Z >/dev/null; sha256sum <"$W/want.exhibit")
	# every kind of odd row, so that the search for causes has its faults as well
	python3 -c "import json; r = [json.loads(l) for l in open('fixtures/small.jsonl') if l.strip()]; r[3]['actor_id'] = 'm'; r[5]['event_hash'] = 'ab' * 32; r[6]['event_hash'] = r[6]['previous_event_hash'] = None; r[2]['event_timestamp'] = 'infinity'; r[1]['correlation_id'] = 'other'; print(*map(json.dumps, r[:-2]), sep='\n')" >"$W/odd.jsonl"
	./exhibit-export archive "$W/odd.jsonl" --out "$W/odd.exhibit" --unsealed -q >/dev/null
	for call in malloc read write; do
		n=1 ended=0 bad=0 resumed=0
		while [ $n -le 4000 ] && [ $ended = 0 ]; do
			rm -f "$W/f.exhibit" "$W/f.exhibit-journal"
			status=0; FAULT_CALL=$call FAULT_AT=$n LD_PRELOAD=$PWD/$B/fault.so ./exhibit-export archive fixtures/small.jsonl --out "$W/f.exhibit" --unsealed --started-at 2026-01-01T00:00:00Z >/dev/null 2>"$W/err" || status=$?
			case $status in
			0|6) ./exhibit verify "$W/f.exhibit" >/dev/null && v=0 || v=$?; [ $v = 3 ] || { echo "$call $n: exported with status 0, verify says $v"; bad=1; } ;;
			71) ;;                     # libcrypto or a library ended it: what is left says it is unfinished
			6[4-9]|7[0-8]) ! [ -e "$W/f.exhibit" ] || grep -q 'with --resume' "$W/err" || { echo "$call $n: status $status, a file is left and nothing says so"; bad=1; } ;;
			1|139) grep -q 'libarchive\|hit' "$W/err" || bad=1 ;;        # libarchive itself ends or crashes on this
			*) echo "$call $n: exporter ended with status $status: $(head -c 200 "$W/err")"; bad=1 ;;
			esac
			grep -q hit "$W/err" && : || ended=1
			# whatever was left, and whether the failure was told or not: the same command with --resume ends with the bytes of an undisturbed run
			if [ -e "$W/f.exhibit" ]; then
				resumed=$((resumed + 1))
				./exhibit-export archive fixtures/small.jsonl --out "$W/f.exhibit" --unsealed --started-at 2026-01-01T00:00:00Z --resume >/dev/null 2>"$W/err2" || { echo "$call $n: cannot be resumed: $(cat "$W/err2")"; bad=1; }
				[ "$(sha256sum <"$W/f.exhibit")" = "$want" ] && ! [ -e "$W/f.exhibit-journal" ] || { echo "$call $n: resumed to other bytes"; bad=1; }
			fi
			n=$((n + 1))
		done
		faults=0
		for what in "verify $W/small.exhibit --vkey fixtures/test.vkey" "verify $W/odd.exhibit -o json" "compare $W/odd.exhibit --with $W/small.exhibit -o json" "reconstruct $W/odd.exhibit --all --partial --children -o jsonl" "history $W/odd.exhibit --id rr-a95 --partial -o json"; do
			n2=1 ended=0 usual=0
			$B/exhibit-dyn $what --sandbox off >"$W/want.out" 2>/dev/null || usual=$?
			while [ $n2 -le 5000 ] && [ $ended = 0 ]; do
				status=0; FAULT_CALL=$call FAULT_AT=$n2 LD_PRELOAD=$PWD/$B/fault.so $B/exhibit-dyn $what --sandbox off >"$W/out" 2>"$W/err" || status=$?
				grep -q hit "$W/err" || ended=1
				# the tool fails, or it says what it says without a fault; a failing read inside SQLite may look like a malformed page
				case $status in
				6[4-9]|7[0-8]) ;;
				$usual) [ $call != malloc ] || cmp -s "$W/want.out" "$W/out" || { echo "$call $n2: $what: status $status, other output"; bad=1; } ;;
				1|5) [ $call = read ] || { echo "$call $n2: $what: status $status, wanted $usual"; bad=1; } ;;
				*) echo "$call $n2: $what: status $status, wanted $usual: $(head -c 200 "$W/err")"; bad=1 ;;
				esac
				n2=$((n2 + 1))
			done
			faults=$((faults + n2 - 1))
		done
		echo "$call: $((n - 1)) faults in the exporter ($resumed left a file, all resumed), $faults in the analyzer"
		[ $bad = 0 ]
	done ;;
fuzz)   # libFuzzer where clang is there; FUZZ_SECONDS for each target; FUZZ_TARGETS chooses
	command -v clang >/dev/null || { apt-get install -y -q --no-install-recommends clang libclang-rt-14-dev >/dev/null; }
	src="$(make -s --no-print-directory print-sources-exporter | tr ' ' '\n' | grep -v 'cmd/') src/yaml/yaml.c $(ls src/rebuild/*.c src/read/*.c | grep -v select.c)"
	flags="-std=c11 -D_GNU_SOURCE -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -Isrc -I/usr/include/postgresql"
	F=$B/fuzz; mkdir -p "$F/o"
	# compiled once, linked for each target
	objects=
	for c in $src; do objects="$objects $F/o/$(echo "$c" | tr / _).o"; done
	for c in $src; do
		o=$F/o/$(echo "$c" | tr / _).o
		[ "$o" -nt "$c" ] && ! find src -name '*.[hd]*' -newer "$o" | grep -q . || echo "$c $o"
	done | xargs -r -n 2 -P 2 sh -c 'clang '"$flags"' -fsanitize=fuzzer-no-link -c "$0" -o "$1"'
	for t in ${FUZZ_TARGETS:-json body block archive note yaml rebuild rows $READERS}; do
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
		clang $flags -fsanitize=fuzzer $define -o "$F/$t.bin" tests/fuzz/fuzz.c $objects -lyaml -larchive -lz -lbz2 -llzma -lpq -lcurl -lhiredis -lsqlite3 -lzstd -lcrypto -lpthread -lm
		case $t in
		archive) cp "$W/small.exhibit" "$F/$t/" ;;
		block) python3 tests/fuzz/block-seeds.py "$W/small.exhibit" "$F/$t" ;;
		rows) cp fixtures/small.jsonl fixtures/keyed.jsonl "$F/$t/"; rm -rf "$W/mg"; python3 -c "import sys; sys.path.insert(0, 'tests'); sys.argv = ['suite']; import harness; harness.small_collection('$W/mg')"; tar cf "$F/$t/tar" -C "$W/mg" .; head -c 200000 fixtures/lifecycles.sql | tail -c 60000 >"$F/$t/sql"; python3 tests/fuzz/input-seeds.py "$F/$t" ;;
		sql | jsonl | answers | export | csv | letters | gather | zip) python3 tests/fuzz/input-seeds.py "$F/$t" $t ;;
		rebuild) python3 tests/fuzz/rebuild-seeds.py "$F/$t" ;;
		yaml) printf 'a:\n- b: "c"\n  d: [1, {e: f}]\n  g: |\n    h\n' >"$F/$t/seed" ;;
		*) head -2 fixtures/small.jsonl >"$F/$t/row"; cat fixtures/test.vkey >"$F/$t/vkey" ;;
		esac
		"$F/$t.bin" -max_total_time="${FUZZ_SECONDS:-60}" -rss_limit_mb=4096 -max_len=200000 -timeout=20 -print_final_stats=1 -artifact_prefix=$F/found-$t- "$F/$t" >"$F/$t.log" 2>&1 || { tail -n 40 "$F/$t.log"; exit 1; }
		echo "$t: $(sed -n 's/^stat::number_of_executed_units: *//p' $F/$t.log) runs, $(sed -n 's/.*cov: \([0-9]*\) .*/\1/p' $F/$t.log | tail -1) edges, $(ls $F/found-$t-* 2>/dev/null | wc -l) found"
	done ;;
sql)    # queries made from a grammar over hostile archives, under ASan and UBSan; FUZZ_SECONDS
	A=build-asan SAN="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
	make -s --no-print-directory B=$A STATIC= LDFLAGS= CFLAGS="-g -O1 -Wall $SAN" $A/exhibit
	obj=$(make -s --no-print-directory B=$A print-analyzer | tr ' ' '\n' | grep -v 'cmd/analyze/main.o')
	gcc -std=c11 -D_GNU_SOURCE -g -O1 $SAN -Isrc -o $A/fuzz-sql tests/fuzz/sql.c $obj $(make -s --no-print-directory B=$A print-analyzer-libs)
	rm -rf "$A/fuzz-sql.d"; python3 tests/fuzz/sql-seeds.py "$A/fuzz-sql.d"
	$A/fuzz-sql "${FUZZ_SECONDS:-60}" "${SEED:-1}" $A/fuzz-sql.last fixtures/test.vkey "$A"/fuzz-sql.d/*.exhibit 2>$A/fuzz-sql.log || { tail -n 40 $A/fuzz-sql.log; head -c 2000 $A/fuzz-sql.last; exit 1; } ;;
esac
