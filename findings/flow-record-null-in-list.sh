#!/bin/sh
# flow.record is the record format of the Dissect forensic tools.
# Guess: a null inside a list of texts is kept, or refused.
# Seen: flow.record 3.21 makes it the text "None", in the binary form as in JSON; a null that is a
# whole field stays null. Approvers ["alice", null] have one named None.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check flow.record==3.21
v/bin/python - <<'P'
from flow.record import RecordDescriptor, RecordReader, RecordWriter

kind = RecordDescriptor("audit/event", [("string[]", "approvers"), ("string", "note")])
for uri in ("a.rec", "jsonfile://a.json"):
    w = RecordWriter(uri)
    w.write(kind(approvers=["alice", None], note=None))
    w.flush(); w.close()
    r = next(iter(RecordReader(uri)))
    print(uri, [str(x) for x in r.approvers], r.note)
    assert list(r.approvers) == ["alice", "None"] and r.note is None
P
echo "seen as before"
