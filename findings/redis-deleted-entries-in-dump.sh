#!/bin/sh
# A dead letter is taken out of its stream (XDEL, or XTRIM ~ after a replay), and the file that
# Redis saves is collected.
# Guess: what was deleted is not in the file any more.
# Seen: Redis 7.0 (Debian 12) only marks the entry: its whole text is in dump.rdb, for as long as
# the node of entries it lies in has one that lives. The stream itself doesn't show it. Only when
# all of a node are deleted does it go.
set -eu
t=$(mktemp -d)
trap 'redis-cli -s "$t/s" shutdown nosave > /dev/null 2>&1 || :; rm -rf "$t"' EXIT
cd "$t"
command -v redis-server > /dev/null || apt-get install -y -q redis-server > /dev/null
redis-server --version
redis-server --port 0 --unixsocket "$t/s" --dir "$t" --save "" --rdbcompression no --daemonize yes --logfile log > /dev/null
r="redis-cli -s $t/s"
for i in 1 2 3 4 5 6 7 8; do $r ping > /dev/null 2>&1 && break; sleep 1; done
$r xadd letters 1-1 event 'the-first-letter' > /dev/null
$r xadd letters 2-1 event 'the-second-letter' > /dev/null
$r xdel letters 1-1 > /dev/null
[ "$($r xlen letters)" = 1 ]
$r xrange letters - + | grep -c first-letter | grep -qx 0
$r save > /dev/null
grep -ac the-first-letter dump.rdb | grep -qx 1
$r xdel letters 2-1 > /dev/null
$r save > /dev/null
grep -ac 'the-.*-letter' dump.rdb | grep -qx 0
echo "seen as before"
