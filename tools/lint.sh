#!/bin/sh
# Layers (src/LAYERS), file length, findings and clauses that code cites. Prints nothing when all is well.
cd "$(dirname "$0")/.." || exit 1
bad=0
say() { echo "$1"; bad=1; }
for d in src/*/; do
	layer=$(basename "$d")
	allowed=$(sed -n "s/^$layer: *//p" src/LAYERS)
	grep -q "^$layer:" src/LAYERS || say "src/LAYERS: no line for $layer"
	for inc in $(find "$d" -name '*.[ch]' -exec sed -n 's/^#include "\([a-z]*\)\/.*/\1/p' {} + | sort -u); do
		[ "$inc" = "$layer" ] && continue
		case " $allowed " in *" $inc "*) ;; *) say "layer $layer includes $inc" ;; esac
	done
done
# the pair that must never meet: what writes and signs, and what judges
grep -rln '#include "write/\|#include "source/' src/verify src/read src/rebuild src/report src/archive src/cmd/analyze && say "the analyzer includes the exporter"
find src -name '*.c' -o -name '*.h' | while read -r f; do n=$(wc -l <"$f"); [ "$n" -le 1100 ] || echo "$f: $n lines"; done | grep . && bad=1
# 100 columns, in characters (.clang-format, .editorconfig)
find src -name '*.c' -o -name '*.h' | xargs python3 -c '
import sys
for name in sys.argv[1:]:
    for number, line in enumerate(open(name, encoding="utf-8"), 1):
        if len(line.rstrip("\n").expandtabs(8)) > 100:
            print(f"{name}:{number}: over 100 columns")
' | grep . && bad=1
grep -rnE '\b(strcat|strcpy|sprintf|gets|atoi|system|popen)\(' src --include=*.c | grep -vE 'json/(number|write)\.c|chain/content\.c|strcpy\((out|phase|c\.origin|a->origin|x->c\.origin|list|form|approval|outcome)|strcat\(list' && say "unbounded string calls"
# every finding of the table is documented, and nothing else is
python3 tools/findings.py || say "formats/findings.md is not what finding.def says: tools/findings.py --set"
python3 tools/tables.py || say "a table of formats is not what its .def says, or the fields are not sorted: tools/tables.py --set"
# every clause of the bytes on disk is broken by a test, or says why not
python3 tools/clauses.py || say "formats/findings.md: clauses that are not broken by tests/suite_clauses.py"
# every clause that code, tests or messages cite exists
for c in $(grep -rhoE '\b[BCRESOT]-[0-9]+\b' src tests/unit tests/suite.py tests/second | sort -u); do
	grep -qE "\*\*$c( |\*\*|,)" formats/*.md || say "clause $c is cited and not in formats/"
done
# a clause is written once
grep -rhoE '^\*\*[BCRESOT]-[0-9]+' formats | sort | uniq -d | grep . && bad=1
exit $bad
