#!/bin/sh
# What a machine checks. Prints nothing when all is well.
cd "$(dirname "$0")/.." || exit 1
bad=0
say() {
	echo "$1"
	bad=1
}
# how it is written: layers, columns, lengths, one place for what has one
python3 tools/lint.py || bad=1
# pages that are made from tables, and from what the programs say of themselves
python3 tools/findings.py || say "findings.md is not what finding.def says: tools/findings.py --set"
python3 tools/rules.py || say "rules/*.sql: tools/rules.py --set"
python3 tools/tables.py || say "not what a .def says, or fields not sorted: tools/tables.py --set"
python3 tools/pages.py || bad=1
mandoc -T lint -W warning man/*.[15] || bad=1
# every clause of the bytes on disk is broken by a test, or says why not
python3 tools/clauses.py || say "findings.md: clauses that tests/suite_clauses.py does not break"
exit $bad
