# Completion of exhibit for fish; made by tools/pages.py.
complete -c exhibit -f -n __fish_use_subcommand -a info -d 'what an archive is and says of itself'
complete -c exhibit -n '__fish_seen_subcommand_from info' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from info' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from info' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from info' -l output -s o -x -a 'table json wide'
complete -c exhibit -n '__fish_seen_subcommand_from info' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from info' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from info' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from info' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from info' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from info' -l note -r -F
complete -c exhibit -n '__fish_seen_subcommand_from info' -l stamp -r -F
complete -c exhibit -n '__fish_seen_subcommand_from info' -l witness-vkey -r -F
complete -c exhibit -n '__fish_seen_subcommand_from info' -l tsa-ca -r -F
complete -c exhibit -f -n __fish_use_subcommand -a verify -d 'is it complete and untouched, and how do you know'
complete -c exhibit -n '__fish_seen_subcommand_from verify' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from verify' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from verify' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from verify' -l output -s o -x -a 'table json jsonl wide'
complete -c exhibit -n '__fish_seen_subcommand_from verify' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from verify' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from verify' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from verify' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from verify' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from verify' -l note -r -F
complete -c exhibit -n '__fish_seen_subcommand_from verify' -l stamp -r -F
complete -c exhibit -n '__fish_seen_subcommand_from verify' -l witness-vkey -r -F
complete -c exhibit -n '__fish_seen_subcommand_from verify' -l tsa-ca -r -F
complete -c exhibit -n '__fish_seen_subcommand_from verify' -l each
complete -c exhibit -n '__fish_seen_subcommand_from verify' -l peer
complete -c exhibit -n '__fish_seen_subcommand_from verify' -l by-hand
complete -c exhibit -n '__fish_seen_subcommand_from verify' -l remember
complete -c exhibit -n '__fish_seen_subcommand_from verify' -l threats
complete -c exhibit -n '__fish_seen_subcommand_from verify' -l scope -r -F
complete -c exhibit -n '__fish_seen_subcommand_from verify' -l policy -r -F
complete -c exhibit -f -n __fish_use_subcommand -a explain -d 'what a finding or a rule means, what to do, how to redo it'
complete -c exhibit -n '__fish_seen_subcommand_from explain' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from explain' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from explain' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from explain' -l output -s o -x -a 'table json jsonl csv'
complete -c exhibit -n '__fish_seen_subcommand_from explain' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from explain' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from explain' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from explain' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from explain' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from explain' -l note -r -F
complete -c exhibit -n '__fish_seen_subcommand_from explain' -l stamp -r -F
complete -c exhibit -n '__fish_seen_subcommand_from explain' -l witness-vkey -r -F
complete -c exhibit -n '__fish_seen_subcommand_from explain' -l tsa-ca -r -F
complete -c exhibit -n '__fish_seen_subcommand_from explain' -l id -r -F
complete -c exhibit -f -n __fish_use_subcommand -a key -d 'name and fingerprint of a public key'
complete -c exhibit -n '__fish_seen_subcommand_from key' -l sandbox -x -a 'on off'
complete -c exhibit -f -n __fish_use_subcommand -a trust -d 'keys that you confirmed, and what you saw of their logs'
complete -c exhibit -n '__fish_seen_subcommand_from trust' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from trust' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from trust' -l fingerprint -r -F
complete -c exhibit -n '__fish_seen_subcommand_from trust' -l revoke -r -F
complete -c exhibit -n '__fish_seen_subcommand_from trust' -l succession -r -F
complete -c exhibit -n '__fish_seen_subcommand_from trust' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from trust' -l output -s o -x -a 'table json'
complete -c exhibit -n '__fish_seen_subcommand_from trust' -l sandbox -x -a 'on off'
complete -c exhibit -f -n __fish_use_subcommand -a list -d 'the remediations in an archive'
complete -c exhibit -n '__fish_seen_subcommand_from list' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from list' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from list' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from list' -l output -s o -x -a 'table json jsonl csv wide'
complete -c exhibit -n '__fish_seen_subcommand_from list' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from list' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from list' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from list' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from list' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from list' -l note -r -F
complete -c exhibit -n '__fish_seen_subcommand_from list' -l stamp -r -F
complete -c exhibit -n '__fish_seen_subcommand_from list' -l witness-vkey -r -F
complete -c exhibit -n '__fish_seen_subcommand_from list' -l tsa-ca -r -F
complete -c exhibit -n '__fish_seen_subcommand_from list' -l other
complete -c exhibit -n '__fish_seen_subcommand_from list' -l period -r -F
complete -c exhibit -n '__fish_seen_subcommand_from list' -l since -r -F
complete -c exhibit -n '__fish_seen_subcommand_from list' -l until -r -F
complete -c exhibit -n '__fish_seen_subcommand_from list' -l phase -x -a 'Pending Processing Analyzing AwaitingApproval Executing Verifying Blocked Completed Failed TimedOut Skipped Cancelled'
complete -c exhibit -n '__fish_seen_subcommand_from list' -l outcome -x -a 'Remediated NoActionRequired ManualReviewRequired VerificationTimedOut Inconclusive DryRun'
complete -c exhibit -n '__fish_seen_subcommand_from list' -l path -x -a 'approved rejected expired pending timed-out auto-approved manual-review no-action dry-run blocked failed-before none'
complete -c exhibit -n '__fish_seen_subcommand_from list' -l approval -r -F
complete -c exhibit -n '__fish_seen_subcommand_from list' -l by -r -F
complete -c exhibit -n '__fish_seen_subcommand_from list' -l actor -r -F
complete -c exhibit -n '__fish_seen_subcommand_from list' -l namespace -r -F
complete -c exhibit -n '__fish_seen_subcommand_from list' -l cluster -r -F
complete -c exhibit -n '__fish_seen_subcommand_from list' -l sort -x -a 'id first last duration events'
complete -c exhibit -n '__fish_seen_subcommand_from list' -l limit -r -F
complete -c exhibit -f -n __fish_use_subcommand -a grep -d 'a text or a pattern in events, and where it stands'
complete -c exhibit -n '__fish_seen_subcommand_from grep' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from grep' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from grep' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from grep' -l output -s o -x -a 'table json jsonl csv wide'
complete -c exhibit -n '__fish_seen_subcommand_from grep' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from grep' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from grep' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from grep' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from grep' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from grep' -l note -r -F
complete -c exhibit -n '__fish_seen_subcommand_from grep' -l stamp -r -F
complete -c exhibit -n '__fish_seen_subcommand_from grep' -l witness-vkey -r -F
complete -c exhibit -n '__fish_seen_subcommand_from grep' -l tsa-ca -r -F
complete -c exhibit -n '__fish_seen_subcommand_from grep' -l id -r -F
complete -c exhibit -n '__fish_seen_subcommand_from grep' -l ignore-case -s i
complete -c exhibit -n '__fish_seen_subcommand_from grep' -l limit -r -F
complete -c exhibit -f -n __fish_use_subcommand -a show -d 'the story of one remediation'
complete -c exhibit -n '__fish_seen_subcommand_from show' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from show' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from show' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from show' -l output -s o -x -a 'table json jsonl wide'
complete -c exhibit -n '__fish_seen_subcommand_from show' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from show' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from show' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from show' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from show' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from show' -l note -r -F
complete -c exhibit -n '__fish_seen_subcommand_from show' -l stamp -r -F
complete -c exhibit -n '__fish_seen_subcommand_from show' -l witness-vkey -r -F
complete -c exhibit -n '__fish_seen_subcommand_from show' -l tsa-ca -r -F
complete -c exhibit -n '__fish_seen_subcommand_from show' -l id -r -F
complete -c exhibit -f -n __fish_use_subcommand -a timeline -d 'every event of one remediation in order'
complete -c exhibit -n '__fish_seen_subcommand_from timeline' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from timeline' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from timeline' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from timeline' -l output -s o -x -a 'table json jsonl wide'
complete -c exhibit -n '__fish_seen_subcommand_from timeline' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from timeline' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from timeline' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from timeline' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from timeline' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from timeline' -l note -r -F
complete -c exhibit -n '__fish_seen_subcommand_from timeline' -l stamp -r -F
complete -c exhibit -n '__fish_seen_subcommand_from timeline' -l witness-vkey -r -F
complete -c exhibit -n '__fish_seen_subcommand_from timeline' -l tsa-ca -r -F
complete -c exhibit -n '__fish_seen_subcommand_from timeline' -l id -r -F
complete -c exhibit -f -n __fish_use_subcommand -a cat -d 'the records themselves, every column as it was'
complete -c exhibit -n '__fish_seen_subcommand_from cat' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from cat' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from cat' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from cat' -l output -s o -x -a 'jsonl'
complete -c exhibit -n '__fish_seen_subcommand_from cat' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from cat' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from cat' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from cat' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from cat' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from cat' -l note -r -F
complete -c exhibit -n '__fish_seen_subcommand_from cat' -l stamp -r -F
complete -c exhibit -n '__fish_seen_subcommand_from cat' -l witness-vkey -r -F
complete -c exhibit -n '__fish_seen_subcommand_from cat' -l tsa-ca -r -F
complete -c exhibit -n '__fish_seen_subcommand_from cat' -l id -r -F
complete -c exhibit -n '__fish_seen_subcommand_from cat' -l kind -x -a 'event reject context manifest conflict dead-letter'
complete -c exhibit -f -n __fish_use_subcommand -a reconstruct -d 'rebuild the RemediationRequest, spec and status'
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l output -s o -x -a 'table json jsonl yaml'
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l note -r -F
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l stamp -r -F
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l witness-vkey -r -F
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l tsa-ca -r -F
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l id -r -F
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l all
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l partial
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l profile -x -a 'guide'
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l now -r -F
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l at -r -F
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l out-dir -r -F
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l children
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l provenance
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l no-comments
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l status -x -a 'nested flat'
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l layout -x -a 'must-gather'
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l list
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l period -r -F
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l namespace -r -F
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l phase -x -a 'Pending Processing Analyzing AwaitingApproval Executing Verifying Blocked Completed Failed TimedOut Skipped Cancelled'
complete -c exhibit -n '__fish_seen_subcommand_from reconstruct' -l outcome -x -a 'Remediated NoActionRequired ManualReviewRequired VerificationTimedOut Inconclusive DryRun'
complete -c exhibit -f -n __fish_use_subcommand -a history -d 'the RemediationRequest as a series of changes, each with its event'
complete -c exhibit -n '__fish_seen_subcommand_from history' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from history' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from history' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from history' -l output -s o -x -a 'table json jsonl wide'
complete -c exhibit -n '__fish_seen_subcommand_from history' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from history' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from history' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from history' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from history' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from history' -l note -r -F
complete -c exhibit -n '__fish_seen_subcommand_from history' -l stamp -r -F
complete -c exhibit -n '__fish_seen_subcommand_from history' -l witness-vkey -r -F
complete -c exhibit -n '__fish_seen_subcommand_from history' -l tsa-ca -r -F
complete -c exhibit -n '__fish_seen_subcommand_from history' -l id -r -F
complete -c exhibit -n '__fish_seen_subcommand_from history' -l partial
complete -c exhibit -f -n __fish_use_subcommand -a diff -d 'the rebuilt RemediationRequest beside a collected or a living one'
complete -c exhibit -n '__fish_seen_subcommand_from diff' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from diff' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from diff' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from diff' -l output -s o -x -a 'table json jsonl'
complete -c exhibit -n '__fish_seen_subcommand_from diff' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from diff' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from diff' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from diff' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from diff' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from diff' -l note -r -F
complete -c exhibit -n '__fish_seen_subcommand_from diff' -l stamp -r -F
complete -c exhibit -n '__fish_seen_subcommand_from diff' -l witness-vkey -r -F
complete -c exhibit -n '__fish_seen_subcommand_from diff' -l tsa-ca -r -F
complete -c exhibit -n '__fish_seen_subcommand_from diff' -l id -r -F
complete -c exhibit -n '__fish_seen_subcommand_from diff' -l with -r -F
complete -c exhibit -n '__fish_seen_subcommand_from diff' -l with-collected
complete -c exhibit -f -n __fish_use_subcommand -a approvals -d 'what was asked, who decided, what followed'
complete -c exhibit -n '__fish_seen_subcommand_from approvals' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from approvals' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from approvals' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from approvals' -l output -s o -x -a 'table json jsonl csv wide'
complete -c exhibit -n '__fish_seen_subcommand_from approvals' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from approvals' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from approvals' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from approvals' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from approvals' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from approvals' -l note -r -F
complete -c exhibit -n '__fish_seen_subcommand_from approvals' -l stamp -r -F
complete -c exhibit -n '__fish_seen_subcommand_from approvals' -l witness-vkey -r -F
complete -c exhibit -n '__fish_seen_subcommand_from approvals' -l tsa-ca -r -F
complete -c exhibit -n '__fish_seen_subcommand_from approvals' -l id -r -F
complete -c exhibit -n '__fish_seen_subcommand_from approvals' -l period -r -F
complete -c exhibit -n '__fish_seen_subcommand_from approvals' -l path -x -a 'approved rejected expired pending timed-out auto-approved manual-review no-action dry-run blocked failed-before none'
complete -c exhibit -n '__fish_seen_subcommand_from approvals' -l by -r -F
complete -c exhibit -f -n __fish_use_subcommand -a populations -d 'who is counted where, and how the counts add up'
complete -c exhibit -n '__fish_seen_subcommand_from populations' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from populations' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from populations' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from populations' -l output -s o -x -a 'table json jsonl csv wide'
complete -c exhibit -n '__fish_seen_subcommand_from populations' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from populations' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from populations' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from populations' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from populations' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from populations' -l note -r -F
complete -c exhibit -n '__fish_seen_subcommand_from populations' -l stamp -r -F
complete -c exhibit -n '__fish_seen_subcommand_from populations' -l witness-vkey -r -F
complete -c exhibit -n '__fish_seen_subcommand_from populations' -l tsa-ca -r -F
complete -c exhibit -n '__fish_seen_subcommand_from populations' -l period -r -F
complete -c exhibit -n '__fish_seen_subcommand_from populations' -l cluster -r -F
complete -c exhibit -n '__fish_seen_subcommand_from populations' -l policy -r -F
complete -c exhibit -n '__fish_seen_subcommand_from populations' -l ids
complete -c exhibit -f -n __fish_use_subcommand -a controls -d 'rules on approvals held against every remediation'
complete -c exhibit -n '__fish_seen_subcommand_from controls' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from controls' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from controls' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from controls' -l output -s o -x -a 'table json csv wide'
complete -c exhibit -n '__fish_seen_subcommand_from controls' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from controls' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from controls' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from controls' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from controls' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from controls' -l note -r -F
complete -c exhibit -n '__fish_seen_subcommand_from controls' -l stamp -r -F
complete -c exhibit -n '__fish_seen_subcommand_from controls' -l witness-vkey -r -F
complete -c exhibit -n '__fish_seen_subcommand_from controls' -l tsa-ca -r -F
complete -c exhibit -n '__fish_seen_subcommand_from controls' -l period -r -F
complete -c exhibit -n '__fish_seen_subcommand_from controls' -l cluster -r -F
complete -c exhibit -n '__fish_seen_subcommand_from controls' -l policy -r -F
complete -c exhibit -n '__fish_seen_subcommand_from controls' -l rule -x -a 'AP-01 AP-02 AP-03 AP-04 AP-05 AP-06 AP-07 AP-08 AP-09 AP-10 AP-11 AP-12 AP-13 AP-14 AP-15 AP-16 AP-17 AP-18 AP-19 AP-20 AP-21 AP-22 AP-23 AP-24 AP-25 AP-26 AP-27 AP-28 AP-29 AP-30 AP-31 AP-32 AP-33 AP-34 CP-01 CP-02 CP-03 CP-04 CP-05'
complete -c exhibit -n '__fish_seen_subcommand_from controls' -l fail-on -x -a 'any AP-01 AP-02 AP-03 AP-04 AP-05 AP-06 AP-07 AP-08 AP-09 AP-10 AP-11 AP-12 AP-13 AP-14 AP-15 AP-16 AP-17 AP-18 AP-19 AP-20 AP-21 AP-22 AP-23 AP-24 AP-25 AP-26 AP-27 AP-28 AP-29 AP-30 AP-31 AP-32 AP-33 AP-34 CP-01 CP-02 CP-03 CP-04 CP-05'
complete -c exhibit -n '__fish_seen_subcommand_from controls' -l exceptions-only
complete -c exhibit -n '__fish_seen_subcommand_from controls' -l by-person
complete -c exhibit -f -n __fish_use_subcommand -a policy -d 'the auditor'\''s file, with everything that may stand in it'
complete -c exhibit -n '__fish_seen_subcommand_from policy' -l print
complete -c exhibit -f -n __fish_use_subcommand -a sample -d 'a random sample of a population, that anybody can draw again'
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l output -s o -x -a 'table json csv wide'
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l note -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l stamp -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l witness-vkey -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l tsa-ca -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l population -x -a 'remediations policy_auto_approved policy_requires_approval approval_requested decided_webhook decided_orchestrator decided_by_both_witnesses expired_without_webhook human_decisions approved rejected expired undecided workflow_created execution_started created_not_started executed_after_approval executed_by_policy executed_otherwise created_without_request approved_not_started nothing_created'
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l number -s n -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l seed -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l after -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l strata -x -a 'month namespace path'
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l by -x -a 'month namespace path'
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l seed-source -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l seed-date -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l judgemental -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l out -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l period -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l cluster -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sample' -l policy -r -F
complete -c exhibit -f -n __fish_use_subcommand -a answers -d 'what was typed into a book of answers that came back'
complete -c exhibit -n '__fish_seen_subcommand_from answers' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from answers' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from answers' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from answers' -l output -s o -x -a 'table json csv wide'
complete -c exhibit -n '__fish_seen_subcommand_from answers' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from answers' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from answers' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from answers' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from answers' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from answers' -l note -r -F
complete -c exhibit -n '__fish_seen_subcommand_from answers' -l stamp -r -F
complete -c exhibit -n '__fish_seen_subcommand_from answers' -l witness-vkey -r -F
complete -c exhibit -n '__fish_seen_subcommand_from answers' -l tsa-ca -r -F
complete -c exhibit -n '__fish_seen_subcommand_from answers' -l role -x -a 'management auditor'
complete -c exhibit -n '__fish_seen_subcommand_from answers' -l out -r -F
complete -c exhibit -n '__fish_seen_subcommand_from answers' -l period -r -F
complete -c exhibit -n '__fish_seen_subcommand_from answers' -l cluster -r -F
complete -c exhibit -n '__fish_seen_subcommand_from answers' -l policy -r -F
complete -c exhibit -f -n __fish_use_subcommand -a report -d 'a self-contained HTML report'
complete -c exhibit -n '__fish_seen_subcommand_from report' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from report' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from report' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from report' -l output -s o -x -a 'html'
complete -c exhibit -n '__fish_seen_subcommand_from report' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from report' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from report' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from report' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from report' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from report' -l note -r -F
complete -c exhibit -n '__fish_seen_subcommand_from report' -l stamp -r -F
complete -c exhibit -n '__fish_seen_subcommand_from report' -l witness-vkey -r -F
complete -c exhibit -n '__fish_seen_subcommand_from report' -l tsa-ca -r -F
complete -c exhibit -n '__fish_seen_subcommand_from report' -l out -r -F
complete -c exhibit -n '__fish_seen_subcommand_from report' -l id -r -F
complete -c exhibit -n '__fish_seen_subcommand_from report' -l sample -r -F
complete -c exhibit -n '__fish_seen_subcommand_from report' -l selftest -r -F
complete -c exhibit -n '__fish_seen_subcommand_from report' -l pages -x -a 'all exceptions'
complete -c exhibit -n '__fish_seen_subcommand_from report' -l management -r -F
complete -c exhibit -n '__fish_seen_subcommand_from report' -l auditor -r -F
complete -c exhibit -n '__fish_seen_subcommand_from report' -l period -r -F
complete -c exhibit -n '__fish_seen_subcommand_from report' -l cluster -r -F
complete -c exhibit -n '__fish_seen_subcommand_from report' -l policy -r -F
complete -c exhibit -f -n __fish_use_subcommand -a bundle -d 'everything to hand on, in one folder or zip; and the check of one'
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l output -s o -x -a 'table wide'
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l out -r -F
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l check -r -F
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l against -r -F
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l noted -r -F
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l population -x -a 'remediations policy_auto_approved policy_requires_approval approval_requested decided_webhook decided_orchestrator decided_by_both_witnesses expired_without_webhook human_decisions approved rejected expired undecided workflow_created execution_started created_not_started executed_after_approval executed_by_policy executed_otherwise created_without_request approved_not_started nothing_created'
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l number -s n -r -F
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l seed -r -F
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l after -r -F
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l by -x -a 'month namespace path'
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l seed-source -r -F
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l seed-date -r -F
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l judgemental -r -F
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l management -r -F
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l auditor -r -F
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l period -r -F
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l cluster -r -F
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l policy -r -F
complete -c exhibit -n '__fish_seen_subcommand_from bundle' -l with-journal -r -F
complete -c exhibit -f -n __fish_use_subcommand -a analysis -d 'how long, why, who decided, did it hold: one remediation or many'
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l output -s o -x -a 'table json jsonl md wide'
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l note -r -F
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l stamp -r -F
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l witness-vkey -r -F
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l tsa-ca -r -F
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l id -r -F
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l all
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l period -r -F
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l cluster -r -F
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l view -x -a 'summary detail trend'
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l ids-from -r -F
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l brief
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l limit -r -F
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l check -r -F
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l brief-of
complete -c exhibit -n '__fish_seen_subcommand_from analysis' -l out -r -F
complete -c exhibit -f -n __fish_use_subcommand -a sql -d 'the archive as tables: ask it in SQL'
complete -c exhibit -n '__fish_seen_subcommand_from sql' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sql' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sql' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sql' -l output -s o -x -a 'table json jsonl csv tsv md'
complete -c exhibit -n '__fish_seen_subcommand_from sql' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sql' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sql' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sql' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from sql' -l file -s f -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sql' -l param -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sql' -l table -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sql' -l tables
complete -c exhibit -n '__fish_seen_subcommand_from sql' -l columns -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sql' -l into -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sql' -l check -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sql' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from sql' -l timeout -r -F
complete -c exhibit -f -n __fish_use_subcommand -a prove -d 'one record with a proof that needs no archive'
complete -c exhibit -n '__fish_seen_subcommand_from prove' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from prove' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from prove' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from prove' -l output -s o -x -a 'table'
complete -c exhibit -n '__fish_seen_subcommand_from prove' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from prove' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from prove' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from prove' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from prove' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from prove' -l note -r -F
complete -c exhibit -n '__fish_seen_subcommand_from prove' -l stamp -r -F
complete -c exhibit -n '__fish_seen_subcommand_from prove' -l witness-vkey -r -F
complete -c exhibit -n '__fish_seen_subcommand_from prove' -l tsa-ca -r -F
complete -c exhibit -n '__fish_seen_subcommand_from prove' -l id -r -F
complete -c exhibit -n '__fish_seen_subcommand_from prove' -l position -r -F
complete -c exhibit -n '__fish_seen_subcommand_from prove' -l from -r -F
complete -c exhibit -n '__fish_seen_subcommand_from prove' -l out -r -F
complete -c exhibit -n '__fish_seen_subcommand_from prove' -l out-dir -r -F
complete -c exhibit -f -n __fish_use_subcommand -a selftest -d 'does this program find what it must find, on your own file'
complete -c exhibit -n '__fish_seen_subcommand_from selftest' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from selftest' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from selftest' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from selftest' -l output -s o -x -a 'table json wide'
complete -c exhibit -n '__fish_seen_subcommand_from selftest' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from selftest' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from selftest' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from selftest' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from selftest' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from selftest' -l note -r -F
complete -c exhibit -n '__fish_seen_subcommand_from selftest' -l stamp -r -F
complete -c exhibit -n '__fish_seen_subcommand_from selftest' -l witness-vkey -r -F
complete -c exhibit -n '__fish_seen_subcommand_from selftest' -l tsa-ca -r -F
complete -c exhibit -n '__fish_seen_subcommand_from selftest' -l seed -r -F
complete -c exhibit -n '__fish_seen_subcommand_from selftest' -l changes -r -F
complete -c exhibit -f -n __fish_use_subcommand -a compare -d 'two exports of one source, taken at different times'
complete -c exhibit -n '__fish_seen_subcommand_from compare' -l vkey -s k -r -F
complete -c exhibit -n '__fish_seen_subcommand_from compare' -l expect -r -F
complete -c exhibit -n '__fish_seen_subcommand_from compare' -l hmac-key-file -r -F
complete -c exhibit -n '__fish_seen_subcommand_from compare' -l output -s o -x -a 'table json wide'
complete -c exhibit -n '__fish_seen_subcommand_from compare' -l width -r -F
complete -c exhibit -n '__fish_seen_subcommand_from compare' -l zone -r -F
complete -c exhibit -n '__fish_seen_subcommand_from compare' -l journal -r -F
complete -c exhibit -n '__fish_seen_subcommand_from compare' -l sandbox -x -a 'on off'
complete -c exhibit -n '__fish_seen_subcommand_from compare' -l memory -r -F
complete -c exhibit -n '__fish_seen_subcommand_from compare' -l note -r -F
complete -c exhibit -n '__fish_seen_subcommand_from compare' -l stamp -r -F
complete -c exhibit -n '__fish_seen_subcommand_from compare' -l witness-vkey -r -F
complete -c exhibit -n '__fish_seen_subcommand_from compare' -l tsa-ca -r -F
complete -c exhibit -n '__fish_seen_subcommand_from compare' -l with -r -F
