"""What a machine checks of how the source is written. usage: lint.py

Prints nothing when all is well.
"""

import ast
import glob
import os
import re
import sys

import deftable

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

COLUMNS = 100  # of C, Python and shell, in characters; tabs of 8
DEF_COLUMNS = 140  # of rows of .def tables
FILE_LINES = 600
FUNCTION_LINES = 60  # between its braces; above it stands a comment with `Long:` and the reason


def files(*patterns):
    return sorted(f for p in patterns for f in glob.glob(os.path.join(TOP, p), recursive=True))


def short(path):
    return os.path.relpath(path, TOP)


def text_of(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


C_FILES = files('src/**/*.c', 'src/**/*.h')
DEF_FILES = files('src/**/*.def')
C_TEXT = {f: text_of(f) for f in C_FILES + DEF_FILES}

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', re.S)


def tokens(text):
    """(kind, text, line) of comments and literals; what stands between two is 'code'"""
    at, line = 0, 1
    for m in TOKEN.finditer(text):
        if m.start() > at:
            yield 'code', text[at : m.start()], line
        line += text.count('\n', at, m.start())
        word = m[0]
        kind = 'comment' if word[0] == '/' else 'string' if word[0] == '"' else 'character'
        yield kind, word, line
        line += word.count('\n')
        at = m.end()
    yield 'code', text[at:], line


def code_only(text):
    """The same lines without comments and without what stands in quotes."""
    out = []
    for kind, word, _ in tokens(text):
        if kind == 'comment':
            out.append(re.sub(r'[^\n]', ' ', word))
        elif kind == 'code':
            out.append(word)
        else:
            out.append(word[0] + ' ' * (len(word) - 2) + word[0])
    return ''.join(out)


CODE = {f: code_only(t) for f, t in C_TEXT.items()}


def literals(text):
    """(whole text, line) of string literals; neighbours are one, as the compiler joins them"""
    whole, first = None, 0
    for kind, word, line in tokens(text):
        if kind == 'string':
            first = line if whole is None else first
            whole = (whole or '') + word[1:-1]
        elif whole is not None and kind != 'comment' and re.sub(r'PRI[udx]64', '', word).strip():
            yield whole, first
            whole = None
    if whole is not None:
        yield whole, first


# ---- the rules: each yields 'place: what is wrong'


def width(path, most):
    for n, line in enumerate(text_of(path).split('\n'), 1):
        if len(line.expandtabs(8)) > most:
            yield f'{short(path)}:{n}: over {most} columns'


def columns():
    for f in C_FILES:
        yield from width(f, COLUMNS)


def def_columns():
    for f in DEF_FILES:
        yield from width(f, DEF_COLUMNS)


def file_length():
    for f in C_FILES:
        n = C_TEXT[f].count('\n')
        if n > FILE_LINES:
            yield f'{short(f)}: {n} lines, over {FILE_LINES}'


def function_length():
    """Functions begin and end with a brace in column 1, and their name too (.clang-format)."""
    for f in C_FILES:
        lines = C_TEXT[f].split('\n')
        begin = None
        for n, line in enumerate(lines, 1):
            if line == '{':
                begin = n
            elif line == '}' and begin:
                if n - begin - 1 > FUNCTION_LINES and not reason_above(lines, begin):
                    name = next(
                        (
                            re.match(r'\w+', l)[0]
                            for l in reversed(lines[: begin - 1])
                            if re.match(r'\w+\(', l)
                        ),
                        '?',
                    )
                    yield (
                        f'{short(f)}:{begin}: {name} has {n - begin - 1} lines, over '
                        f'{FUNCTION_LINES}; say why above it (`Long: …`)'
                    )
                begin = None


def reason_above(lines, begin):
    """The lines between the end of what stands before and the brace hold `Long:`."""
    at = begin - 2
    while at >= 0 and lines[at] and lines[at] not in ('}', '};'):
        at -= 1
    return 'Long:' in '\n'.join(lines[at + 1 : begin])


def escaped_quote():
    """JSON and markup are written by json/emit and by report/, never by a format.

    event/body.c is the canonical form itself (E-2), which no other writer may decide.
    """
    for f in C_FILES:
        if short(f).startswith(('src/json/', 'src/report/', 'src/event/body.c')):
            continue
        lines = C_TEXT[f].split('\n')
        for text, line in literals(C_TEXT[f]):
            # what is looked for in JSON is not written
            around = ''.join(lines[max(0, line - 2) : line])
            if re.search(r'\b(?:memmem|memcmp)\b|\b(?:begin|head)\[\]', around):
                continue
            if '\\"' in text and (re.search(r'%[-0-9.*]*(?:[a-z]|$)', text) or '\\":' in text):
                yield f'{short(f)}:{line}: a quote in a format'


def unbounded():
    """Calls that write without knowing how much room there is, and calls of other programs."""
    for f in C_FILES:
        for n, line in enumerate(CODE[f].split('\n'), 1):
            m = re.search(r'\b(strcat|strcpy|sprintf|vsprintf|gets|atoi|system|popen)\(', line)
            if m:
                yield f'{short(f)}:{n}: {m[1]}'


C_CITES = ('src/**/*.[ch]', 'src/**/*.def', 'tests/unit/*.c', 'tests/suite.py', 'tests/second/*.py')


def cited_clauses():
    """A clause is written once, and what code, tests and messages cite is there."""
    written = []
    for f in files('formats/*.md'):
        written += re.findall(r'(?m)^\*\*([BCRESOT]-\d+)\b', text_of(f))
    for clause in sorted({c for c in written if written.count(c) > 1}):
        yield f'formats/: {clause} is written twice'
    pages = ''.join(text_of(f) for f in files('formats/*.md'))
    there = set(re.findall(r'\*\*([BCRESOT]-\d+)(?: |\*\*|,)', pages))
    for f in files(*C_CITES):
        for clause in sorted(set(re.findall(r'\b[BCRESOT]-\d+\b', text_of(f))) - there):
            yield f'{short(f)}: {clause} is cited and not in formats/'


def realloc():
    for f in C_FILES:
        if short(f).startswith('src/base/'):
            continue
        for n, line in enumerate(CODE[f].split('\n'), 1):
            if re.search(r'\brealloc(array)?\(', line):
                yield f'{short(f)}:{n}: realloc; arrays grow by base/vec.h'


def cast():
    for f in C_FILES:
        for n, line in enumerate(CODE[f].split('\n'), 1):
            if re.search(r'\(unsigned long long\)|\(long long\)', line):
                yield f'{short(f)}:{n}: a cast for a format; PRIu64 says it'


def status_number():
    """Numbers of exit statuses stand in base/err.h; everybody else says their names."""
    number = r'(?:6[4-9]|7[0-8]|1[01])'
    said = re.compile(
        r'\b_?exit\( *[0-9]|\berr_set\([^,()]+(?:\([^()]*\))?, *[0-9]'
        r'|\b(?:return|status =|status ==|status !=) *' + number + r'\b'
    )
    for f in C_FILES:
        if short(f) == 'src/base/err.h':
            continue
        for n, line in enumerate(CODE[f].split('\n'), 1):
            if said.search(line):
                yield f'{short(f)}:{n}: the number of an exit status'


def event_type():
    """What is known of a type stands in its row of event/types.def."""
    table = os.path.join(TOP, 'src/event/types.def')
    known = set()
    for name, older in re.findall(r'(?m)^TYPE\(\w+, "([^"]+)",\s*"([^"]*)"', text_of(table)):
        known |= {name, *older.split()}
    # says in words where a column comes from
    words = os.path.join(TOP, 'src/tables/audit.def')
    for f in C_FILES + DEF_FILES:
        if f in (table, words):
            continue
        for text, line in literals(C_TEXT[f]):
            if text in known:
                yield f'{short(f)}:{line}: {text}: types are named in src/event/types.def'


def layers():
    """src/LAYERS: who may include whom, who never meets; inner.h is for its own folder."""
    law, apart = {}, []
    for line in text_of(os.path.join(TOP, 'src/LAYERS')).split('\n'):
        m = re.match(r'([a-z/]+): *(.*)', line)
        if m and m[1] == 'apart':
            apart.append(m[2].split())
        elif m:
            law[m[1]] = set(m[2].split())
    for f in C_FILES + DEF_FILES:
        home = short(f)[len('src/') :]
        layer = os.path.dirname(home)
        if layer not in law:
            yield f'src/LAYERS: no line for {layer}'
            continue
        for name in re.findall(r'(?m)^#include "([^"]+)"', C_TEXT[f]):
            other = os.path.dirname(name)
            if other != layer and other not in law[layer]:
                yield f'src/{home}: {layer} may not include {name} (src/LAYERS)'
            if other != layer and name.endswith('inner.h'):
                yield f'src/{home}: {name} is for {other} alone'
            for a, b in apart:
                if (home.startswith(a + '.') and name.startswith(b + '.')) or (
                    home.startswith(b + '.') and name.startswith(a + '.')
                ):
                    yield f'src/{home}: includes {name}, which it must never meet (src/LAYERS)'


def split(text):
    """The arguments of a call, from behind its parenthesis; code_only() emptied its strings."""
    out, depth, begin = [], 0, 0
    for i, c in enumerate(text):
        if c in '([{':
            depth += 1
        elif c in ')]}':
            depth -= 1
        if depth < 0 or (depth == 0 and c == ','):
            out.append(text[begin:i].strip())
            begin = i + 1
        if depth < 0:
            return out
    return out


def values_of(sentence):
    """What a sentence names, in its order: NUM, or '' for a text."""
    kinds = {}
    for name, kind in re.findall(r'\{(\w+)([#?]?)', sentence):
        kinds.setdefault(name, 'NUM' if kind else '')
    return list(kinds.values())


def sentences():
    """Each sentence of finding/*.def is told, and with the values that it names, in its order."""
    says, because = 'src/finding/finding.def', 'src/finding/because.def'
    wants = {f'{r[0]}_{r[1]}': (says, values_of(r[2])) for r in deftable.rows(says, 'SAYS')}
    for r in deftable.rows(because, 'BECAUSE'):
        wants[f'BECAUSE_{r[0]}'] = (because, values_of(r[2]))
    told = set()
    for f in C_FILES:
        told.update(w for w in re.findall(r'\b[A-Z]+\d*_\w+', CODE[f]) if w in wants)
        for m in re.finditer(r'finding_(?:say|explain)\(', CODE[f]):
            arguments = split(CODE[f][m.end() :])
            giving = re.match(r'GIVING\((.*)', arguments[-1], re.S)
            given = split(giving[1]) if giving else []
            given = ['NUM' if x.startswith('NUM(') else '' for x in given]
            for name in re.findall(r'\b[A-Z]+\d*_\w+', ','.join(arguments[:-1])):
                if name in wants and wants[name][1] != given:
                    line = CODE[f].count('\n', 0, m.start()) + 1
                    yield f'{short(f)}:{line}: {name} names other values than these'
    for name in sorted(set(wants) - told):
        yield f'{wants[name][0]}: nothing tells {name}'


def one_seam():
    """Libraries that may be called at one place only, and that place."""
    seams = {'cjson/': 'src/report/document.c'}
    for f in C_FILES:
        for name in re.findall(r'(?m)^#include <([^>]+)>', C_TEXT[f]):
            for library, home in seams.items():
                if name.startswith(library) and short(f) != home:
                    yield f'{short(f)}: includes {name}; {home} is the one place for it'


def python():
    """One statement a line."""
    for f in files('tests/**/*.py', 'tools/**/*.py'):
        yield from width(f, COLUMNS)
        last = 0
        tree = ast.walk(ast.parse(text_of(f)))
        for line in sorted(n.lineno for n in tree if isinstance(n, ast.stmt)):
            if line == last:
                yield f'{short(f)}:{line}: two statements in a line'
            last = line


def shell():
    for f in files('tests/**/*.sh', 'tools/**/*.sh', '.ci/run'):
        yield from width(f, COLUMNS)


RULES = {
    'columns': columns,
    'def-columns': def_columns,
    'file-length': file_length,
    'function-length': function_length,
    'escaped-quote': escaped_quote,
    'unbounded': unbounded,
    'realloc': realloc,
    'cast': cast,
    'status-number': status_number,
    'event-type': event_type,
    'layers': layers,
    'one-seam': one_seam,
    'sentences': sentences,
    'cited-clauses': cited_clauses,
    'python': python,
    'shell': shell,
}


def main():
    wrong = [what for rule in RULES.values() for what in dict.fromkeys(rule())]
    for what in wrong:
        print(what)
    sys.exit(1 if wrong else 0)


if __name__ == '__main__':
    main()
