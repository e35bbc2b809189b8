#!/bin/sh
# What a machine checks: tools/lint.py, generated pages, clauses that code cites.
# Prints nothing when all is well.
cd "$(dirname "$0")/.." || exit 1
bad=0
say() { echo "$1"; bad=1; }
# how it is written: layers, columns, lengths, one place for what has one (tools/lint.py has the rules)
python3 tools/lint.py || bad=1
grep -rnE '\b(strcat|strcpy|sprintf|gets|atoi|system|popen)\(' src --include=*.c | grep -vE 'json/(number|write)\.c|chain/content\.c|strcpy\((out|phase|c\.origin|a->origin|x->c\.origin|list|form|approval|outcome)|strcat\(list' && say "unbounded string calls"
# man pages and completions say what the programs say, and are well-formed
python3 tools/pages.py || bad=1
mandoc -T lint -W warning man/*.[15] || bad=1
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
