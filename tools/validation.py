#!/usr/bin/env python3
"""formats/validation.md: what is required of the analyzer, the test of it, its data, its result.

usage: validation.py [--set] [--bin FOLDER]
Runs the tests of the suite that the rows below name, and `exhibit selftest`, and writes the page
(without --set: on stdout). Status 1 if a test failed or is not there. A page names the sources that
it was made of (the tree of src/ in git) and the program that was tried (its SHA-256, which
`exhibit selftest` prints): a laboratory makes one of the program that it uses.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys

import deftable

PAGE = os.path.join(deftable.TOP, 'formats/validation.md')
# requirement; tests; data; known limits
ROWS = [
    (
        'A byte or record changed, removed, inserted or reordered after sealing is found, and its'
        ' place',
        'tamper_trailing_bytes tamper_extra_page tamper_tail_cut tamper_block_bytes'
        ' tamper_leading_blocks tamper_record_changed tamper_record_reordered'
        ' tamper_record_deleted_or_inserted tamper_frames tamper_index',
        'real rows of a remediation, sixty times; each spoiled in one place',
        'SHA-256 and Ed25519 hold; without the log\'s public key whoever seals anew is not found',
    ),
    (
        'What anybody can change of the container is found, and is told apart from the records',
        'tamper_foreign_objects tamper_vacuum tamper_side_files tamper_seal_and_trailer'
        ' what_sqlite_tools_do_leaves_the_records_readable',
        'the same, written to by SQLite',
        'a tool that rewrites the file makes it another file; its records may still be proven',
    ),
    (
        'Each clause of the formats, broken by the holder of the key, is found',
        'clause_ clauses_',
        'archives written from formats/ by a second program (tests/forge.py)',
        'clauses that nobody could tell are named in findings.md, with the reason',
    ),
    (
        'Only a key that was given, or confirmed, establishes the origin',
        'tamper_other_key each_file_is_vouched_for_by_itself a_key_is_confirmed_by_its_fingerprint'
        ' keys_that_nobody_announced names_that_look_alike what_a_thief_of_the_older_key_can_do',
        'keys made for each test',
        'whether the key is the owner\'s the auditor establishes by another way',
    ),
    (
        'A rollback, a fork and another version of the log are found where an earlier checkpoint is'
        ' known',
        'expect_checkpoint a_memory_moves_forward two_versions_of_a_log'
        ' what_a_memory_does_not_believe log_gap_copy_fork',
        'logs of several files, one of them written twice',
        'without an expected checkpoint, a memory or a witness: not excluded',
    ),
    (
        'A memory, proof or journal that is broken, cut, edited, locked or somebody else\'s is'
        ' refused',
        'memories_that_are_broken_or_not_ones_own spoiled_proofs_are_refused_with_their_reason'
        ' no_bit_of_a_proof_can_change a_journal_that_was_changed',
        'each spoiled in dozens of ways',
        'that a memory was itself taken back only its noted print tells',
    ),
    (
        'A source\'s row changed after its hash was stored is found, and innocent causes are named',
        'edited_before_export keyed_source causes_are_told_apart gaps_and_their_explanations'
        ' versions_of_one_row_are_judged',
        'real rows of Kubernaut, keyed and unkeyed, edited and purged',
        'unkeyed hashes can be made again by whoever writes to the database; the last rows, and'
        ' whole remediations, leave no trace in one export',
    ),
    (
        'What is missing lowers each statement that rests on it',
        'completeness_is_three_statements a_period_left_out_lowers_the_verdict'
        ' what_rests_on_an_absence_cannot_be_told damage_is_told_as_damage',
        'dumps, pages and collections that are cut, filtered and damaged',
        'what the source never wrote is in no archive',
    ),
    (
        'The evidence is not changed, and text of others cannot act',
        'evidence_is_not_touched sandbox_is_up analyzer_symbols hostile_text_stays_text',
        'archives with hostile names and texts',
        'a kernel without Landlock gives less: it is said',
    ),
    (
        'The same input gives the same bytes, in every zone and language',
        'same_bytes_everywhere selftest_same_seed_same_bytes',
        'the fixtures, in several locales and zones',
        '',
    ),
    (
        'A second program, written from the formats alone, reads and judges the same',
        'second_reader_agrees vectors_of_the_format',
        'archives of the suite; known answers of formats/vectors',
        'it shares the author\'s reading of the formats',
    ),
    (
        'The program shows on any file what it finds',
        'selftest_',
        'its own log, and the fixtures',
        'what was not made is not tried; no rate follows from counts',
    ),
]


def names():
    out = []
    folder = os.path.join(deftable.TOP, 'tests')
    for f in sorted(os.listdir(folder)):
        if re.fullmatch(r'suite\w*\.py', f):
            out += re.findall(r'(?m)^@test\ndef (\w+)\(', deftable.text('tests/' + f))
    return out


def gone():
    """tests that the rows name and that are not there"""
    known = names()
    named = [t for r in ROWS for t in r[1].split()]
    return [t for t in named if t[-1] != '_' and not any(n.startswith(t) for n in known)]


def program(argv):
    return subprocess.run(argv, cwd=deftable.TOP, capture_output=True, text=True)


def run(wanted, folder):
    """name -> passed, of all tests whose names begin with one of `wanted`"""
    p = program([sys.executable, 'tests/suite.py', '--bin', folder, *sorted(wanted)])
    return {m[2]: m[1] == 'ok' for m in re.finditer(r'(?m)^(ok|FAILED) +(\w+)', p.stdout)}


def cell(t):
    return t.replace('|', '\\|')


def row(i, requirement, tests, data, limits, results):
    mine = {n: ok for n, ok in results.items() if n.startswith(tuple(tests.split()))}
    bad = [n for n, ok in mine.items() if not ok]
    for t in tests.split():
        if not any(n.startswith(t) for n in mine):
            bad.append(t + ' is not there')
    said = f'{len(mine)} of {len(mine)} passed' if not bad else 'FAILED: ' + ', '.join(bad)
    shown = ', '.join(f'`{t}…`' if t.endswith('_') else f'`{t}`' for t in tests.split())
    cells = [f'V-{i}', requirement, shown, data, said, limits or 'none known']
    return '| ' + ' | '.join(cell(c) for c in cells) + ' |\n', not bad


def tried(folder):
    p = program([os.path.join(folder, 'exhibit'), 'selftest', '-o', 'json'])
    return json.loads(p.stdout)


HEAD = """# validation.md: what is required of the analyzer, and what was tried

In the form in which forensic laboratories ask it of a tool: requirement, test, data, result, known
limits. Written by `tools/validation.py`, which runs the tests that it names; nothing here is typed
by hand. A test is a function of that name in `tests/` (`…`: all whose names begin so), run by
`python3 tests/suite.py NAME`. A requirement is met if all of its tests pass.

| | |
| --- | --- |
"""


def page(folder):
    rows = [r for r in ROWS]
    results = run({t for r in rows for t in r[1].split()}, folder)
    out, good = '', True
    for i, r in enumerate(rows, 1):
        line, ok = row(i, *r, results)
        out, good = out + line, good and ok
    o = tried(folder)
    exe = os.path.join(folder, 'exhibit')
    with open(exe, 'rb') as f:
        digest = hashlib.sha256(f.read()).hexdigest()
    tree = program(['git', 'rev-parse', 'HEAD:src']).stdout.strip()
    version = program([exe, '--version']).stdout.split('\n')[0]
    facts = (
        ('program', version),
        ('sources', f'`git rev-parse HEAD:src` = {tree}'),
        ('SHA-256 of the program', f'{digest}, as `exhibit selftest` prints it'),
        ('tests', f'{sum(results.values())} of {len(results)} passed'),
        (
            '`exhibit selftest`',
            f'{o["found_of_these"]} of {o["must_be_found"]} generated changes found, seed'
            f' {o["seed"]}; every stage of verification was the first to find one:'
            f' {"yes" if o["every_stage_first"] else "no"}',
        ),
    )
    text = HEAD + ''.join(f'| {a} | {cell(b)} |\n' for a, b in facts)
    text += (
        '\nA build of other flags or libraries is another program: make this page of it'
        ' (`python3 tools/validation.py --bin FOLDER`).\n\n'
        '| | requirement | tests | data | result | known limits |\n'
        '| --- | --- | --- | --- | --- | --- |\n' + out
    )
    text += (
        '\nWhat changes `exhibit selftest` made of its own log, and what became of them'
        ' (`exhibit selftest FILE` does the same on yours):\n\n'
        '| change | by | must be | made | found | not excluded | without effect |\n'
        '| --- | --- | --- | --- | --- | --- | --- |\n'
    )
    for k in o['kinds']:
        counts = (k[n] for n in ('made', 'found', 'not_excluded', 'without_effect'))
        cells = [k['change'], k['by'], k['must_be'], *map(str, counts)]
        text += '| ' + ' | '.join(cells) + ' |\n'
    return text, good and not any(k['missed'] for k in o['kinds'])


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--set', action='store_true')
    p.add_argument('--bin', default=deftable.TOP)
    a = p.parse_args()
    if gone():
        print('validation.py: no such tests: ' + ', '.join(gone()), file=sys.stderr)
        return 1
    text, good = page(os.path.abspath(a.bin))
    if a.set:
        with open(PAGE, 'w', encoding='utf-8') as f:
            f.write(text)
    else:
        sys.stdout.write(text)
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main())
