# Completion of exhibit-export for fish; made by tools/pages.py.
complete -c exhibit-export -f -n __fish_use_subcommand -a keygen -d 'make the key pair that seals the archives of one log'
complete -c exhibit-export -n '__fish_seen_subcommand_from keygen' -l name -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from keygen' -l out -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from keygen' -l succeeds -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from keygen' -l after -r -F
complete -c exhibit-export -f -n __fish_use_subcommand -a inspect -d 'say what each input is and what it would yield; write nothing'
complete -c exhibit-export -n '__fish_seen_subcommand_from inspect' -l output -s o -x -a 'table json'
complete -c exhibit-export -n '__fish_seen_subcommand_from inspect' -l table -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from inspect' -l token-file -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from inspect' -l ca-file -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from inspect' -l plain-http
complete -c exhibit-export -n '__fish_seen_subcommand_from inspect' -l statement-timeout -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from inspect' -l max-snapshot -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from inspect' -l with-detached
complete -c exhibit-export -f -n __fish_use_subcommand -a archive -d 'write and seal an archive'
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l out -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l origin -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l key -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l unsealed
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l since -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l until -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l output -s o -x -a 'table json'
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l level -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l started-at -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l quiet -s q
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l after -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l without-earlier
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l ids -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l succession -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l write-ids
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l use-unsanitised
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l redact -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l resume
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l salted
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l table -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l label -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l record-paths
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l mode -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l follow
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l once
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l poll -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l interval -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l sweep -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l overlap -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l roll-bytes -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l roll-every -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l metrics -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l witness -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l quorum -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l witness-vkey -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l tsa -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l tsa-ca -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l token-file -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l ca-file -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l plain-http
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l statement-timeout -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l max-snapshot -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from archive' -l with-detached
complete -c exhibit-export -f -n __fish_use_subcommand -a witness -d 'have witnesses cosign the seal of a file'
complete -c exhibit-export -n '__fish_seen_subcommand_from witness' -l witness -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from witness' -l quorum -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from witness' -l witness-vkey -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from witness' -l ca-file -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from witness' -l quiet -s q
complete -c exhibit-export -f -n __fish_use_subcommand -a stamp -d 'have an authority stamp when the seal of a file existed'
complete -c exhibit-export -n '__fish_seen_subcommand_from stamp' -l tsa -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from stamp' -l tsa-ca -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from stamp' -l renew
complete -c exhibit-export -n '__fish_seen_subcommand_from stamp' -l ca-file -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from stamp' -l quiet -s q
complete -c exhibit-export -f -n __fish_use_subcommand -a reconcile -d 'what was sealed against what the source holds now'
complete -c exhibit-export -n '__fish_seen_subcommand_from reconcile' -l source -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from reconcile' -l vkey -s k -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from reconcile' -l output -s o -x -a 'table json'
complete -c exhibit-export -n '__fish_seen_subcommand_from reconcile' -l table -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from reconcile' -l token-file -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from reconcile' -l ca-file -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from reconcile' -l plain-http
complete -c exhibit-export -n '__fish_seen_subcommand_from reconcile' -l statement-timeout -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from reconcile' -l max-snapshot -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from reconcile' -l with-detached
complete -c exhibit-export -f -n __fish_use_subcommand -a attest -d 'sign a bundle: its in-toto statement, and its sums'
complete -c exhibit-export -n '__fish_seen_subcommand_from attest' -l key -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from attest' -l out -r -F
complete -c exhibit-export -f -n __fish_use_subcommand -a disclose -d 'copy sealed files for somebody who is to see a part of them'
complete -c exhibit-export -n '__fish_seen_subcommand_from disclose' -l out -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from disclose' -l only -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from disclose' -l ids -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from disclose' -l vkey -s k -r -F
complete -c exhibit-export -n '__fish_seen_subcommand_from disclose' -l guessable
complete -c exhibit-export -n '__fish_seen_subcommand_from disclose' -l output -s o -x -a 'table json'
