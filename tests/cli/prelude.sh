# What every case has: its own empty folder, the two programs, the fixtures and their keys.
# FIXTURES, BIN, WRAP and BOX come from tests/suite_cli.py.
LC_ALL=C.UTF-8
TZ=UTC
export LC_ALL TZ
unset COLUMNS NO_COLOR
set -e
KEY=$FIXTURES/test.key
VKEY=$FIXTURES/test.vkey

exhibit() {
	case "${1:-}" in
	'' | -* | help | policy)
		# shellcheck disable=SC2086  # several words, or none
		$WRAP "$BIN/exhibit" "$@"
		;;
	*)
		verb=$1
		shift
		# shellcheck disable=SC2086
		$WRAP "$BIN/exhibit" "$verb" $BOX "$@"
		;;
	esac
}

exhibit_export() {
	# shellcheck disable=SC2086
	$WRAP "$BIN/exhibit-export" "$@"
}

# seal NAME INPUT... [OPTION...]: NAME.exhibit, of the fixtures' log. Silent unless it fails.
seal() {
	name=$1
	shift
	exhibit_export archive "$@" --out "$name.exhibit" --origin demo.example/cluster \
		--key "$KEY" --started-at 2026-01-01T00:00:00Z >seal.log 2>&1 || sealed=$?
	if [ "${sealed:-0}" -ge 64 ]; then
		cat seal.log
		exit "$sealed"
	fi
}
