# Completion of exhibit-export for bash; made by tools/pages.py.
_exhibit_export() {
	local cur=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} before="" words="" files=""
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		words="keygen inspect archive witness stamp reconcile attest disclose help --help --version"
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
		return
	fi
	before=${COMP_WORDS[COMP_CWORD - 1]}
	case "$verb $before" in
	"keygen --name") files=1 ;;
	"keygen --out") files=1 ;;
	"keygen --succeeds") files=1 ;;
	"keygen --after") files=1 ;;
	"inspect --output" | "inspect -o") words="table json" ;;
	"inspect --table") files=1 ;;
	"inspect --token-file") files=1 ;;
	"inspect --ca-file") files=1 ;;
	"inspect --statement-timeout") files=1 ;;
	"inspect --max-snapshot") files=1 ;;
	"archive --out") files=1 ;;
	"archive --origin") files=1 ;;
	"archive --key") files=1 ;;
	"archive --since") files=1 ;;
	"archive --until") files=1 ;;
	"archive --output" | "archive -o") words="table json" ;;
	"archive --level") files=1 ;;
	"archive --started-at") files=1 ;;
	"archive --after") files=1 ;;
	"archive --ids") files=1 ;;
	"archive --succession") files=1 ;;
	"archive --redact") files=1 ;;
	"archive --table") files=1 ;;
	"archive --label") files=1 ;;
	"archive --mode") files=1 ;;
	"archive --poll") files=1 ;;
	"archive --interval") files=1 ;;
	"archive --sweep") files=1 ;;
	"archive --overlap") files=1 ;;
	"archive --roll-bytes") files=1 ;;
	"archive --roll-every") files=1 ;;
	"archive --metrics") files=1 ;;
	"archive --witness") files=1 ;;
	"archive --quorum") files=1 ;;
	"archive --witness-vkey") files=1 ;;
	"archive --tsa") files=1 ;;
	"archive --tsa-ca") files=1 ;;
	"archive --token-file") files=1 ;;
	"archive --ca-file") files=1 ;;
	"archive --statement-timeout") files=1 ;;
	"archive --max-snapshot") files=1 ;;
	"witness --witness") files=1 ;;
	"witness --quorum") files=1 ;;
	"witness --witness-vkey") files=1 ;;
	"witness --ca-file") files=1 ;;
	"stamp --tsa") files=1 ;;
	"stamp --tsa-ca") files=1 ;;
	"stamp --ca-file") files=1 ;;
	"reconcile --source") files=1 ;;
	"reconcile --vkey" | "reconcile -k") files=1 ;;
	"reconcile --output" | "reconcile -o") words="table json" ;;
	"reconcile --table") files=1 ;;
	"reconcile --token-file") files=1 ;;
	"reconcile --ca-file") files=1 ;;
	"reconcile --statement-timeout") files=1 ;;
	"reconcile --max-snapshot") files=1 ;;
	"attest --key") files=1 ;;
	"attest --out") files=1 ;;
	"disclose --out") files=1 ;;
	"disclose --only") files=1 ;;
	"disclose --ids") files=1 ;;
	"disclose --vkey" | "disclose -k") files=1 ;;
	"disclose --output" | "disclose -o") words="table json" ;;
	esac
	if [ -z "$words$files" ] && [[ $cur == -* ]]; then
		case "$verb" in
		keygen) words="--name --out --succeeds --after --help" ;;
		inspect) words="--output --table --token-file --ca-file --plain-http --statement-timeout --max-snapshot --with-detached --help" ;;
		archive) words="--out --origin --key --unsealed --since --until --output --level --started-at --quiet --after --without-earlier --ids --succession --write-ids --use-unsanitised --redact --resume --salted --table --label --record-paths --mode --follow --once --poll --interval --sweep --overlap --roll-bytes --roll-every --metrics --witness --quorum --witness-vkey --tsa --tsa-ca --token-file --ca-file --plain-http --statement-timeout --max-snapshot --with-detached --help" ;;
		witness) words="--witness --quorum --witness-vkey --ca-file --quiet --help" ;;
		stamp) words="--tsa --tsa-ca --renew --ca-file --quiet --help" ;;
		reconcile) words="--source --vkey --output --table --token-file --ca-file --plain-http --statement-timeout --max-snapshot --with-detached --help" ;;
		attest) words="--key --out --help" ;;
		disclose) words="--out --only --ids --vkey --guessable --output --help" ;;
		esac
	fi
	if [ -n "$words" ]; then
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}
complete -o filenames -F _exhibit_export exhibit-export
