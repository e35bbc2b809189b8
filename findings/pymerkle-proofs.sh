#!/bin/sh
# pymerkle's trees have RFC 6962's root. Guess: so are its proofs, node by node.
# Seen: pymerkle 7.0.0 counts leaves from 1, an inclusion proof begins with the leaf's own hash,
# and a consistency proof is another one: for 4 of 7 leaves it holds four nodes where the RFC needs
# one, for 3 of 7 the same nodes in another order. Neither side can check the other's.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check pymerkle==7.0.0
v/bin/python - <<'P'
import hashlib, warnings
from pymerkle import InmemoryTree

warnings.simplefilter("ignore")
leaves = [b"%d" % i for i in range(7)]
H = lambda b: hashlib.sha256(b).digest()
half = lambda n: 1 << ((n - 1).bit_length() - 1)
def root(l):
    return H(b"\0" + l[0]) if len(l) == 1 else H(b"\1" + root(l[:half(len(l))]) + root(l[half(len(l)):]))
def path(m, l):
    if len(l) == 1: return []
    k = half(len(l))
    return path(m, l[:k]) + [root(l[k:])] if m < k else path(m - k, l[k:]) + [root(l[:k])]
def between(m, l, whole=True):
    if m == len(l): return [] if whole else [root(l)]
    k = half(len(l))
    return between(m, l[:k], whole) + [root(l[k:])] if m <= k else between(m - k, l[k:], False) + [root(l[:k])]

tree = InmemoryTree(algorithm="sha256")
for leaf in leaves:
    tree.append_entry(leaf)
theirs = lambda p: [bytes.fromhex(x) for x in p.serialize()["path"]]
assert tree.get_state() == root(leaves)
third = theirs(tree.prove_inclusion(3, 7))
three, four = (theirs(tree.prove_consistency(m, 7)) for m in (3, 4))
print(len(third), len(path(2, leaves)), [len(x) for x in (three, four)], [len(between(m, leaves)) for m in (3, 4)])
assert third == [root(leaves[2:3])] + path(2, leaves)
assert three != between(3, leaves) and sorted(three) == sorted(between(3, leaves))
assert len(four) == 4 and len(between(4, leaves)) == 1
P
echo "seen as before"
