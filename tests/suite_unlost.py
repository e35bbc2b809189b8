"""Rows that a damaged or strange input would take along silently: each is a row, a reject with its
place, or a lack that is said. What a refused input is, and the command that helps.
"""

import csv, shutil

from harness import *
from suite_inputs import (
    END, HEAD, answer, as_csv, define, dump, inserts, jsonl, kinds, look, pg, put, refused, said,
    section, sums,
)


def table(name, n=4, columns='id, name'):
    """The data section of a table that is none of ours."""
    return (
        f'--\n-- Data for Name: {name}; Type: TABLE DATA; Schema: public; Owner: -\n--\n\n'
        f'COPY public.{name} ({columns}) FROM stdin;\n'
        + ''.join('\t'.join(f'x{k}' for _ in columns.split(',')) + '\n' for k in range(n))
        + '\\.\n\n\n'
    )


@test
def unlost_end_of_a_table():
    """The line that ends a table is lost, or a COPY begins that has no rows: the next table is read
    all the same.
    """
    o = small()
    n = len(o)
    head = o[:8]
    data_only = (
        HEAD
        + table('other')
        + section('audit_events_2026_10', head)
        + section('audit_events_2026_11', o[8:])
        + table('words', columns='word')
        + END
    )
    i = sums(look(put('d.sql', data_only), status=0))
    check((i['events'], kinds(i)) == (n, []), i)
    for k, part in enumerate(data_only.split('\\.\n')[:-1]):
        at = data_only.index(part) + len(part)
        text = data_only[:at] + data_only[at + 3 :]
        i = sums(look(put('d.sql', text)))
        # behind the one of one column nothing is ours: its texts may look like anything
        check(i['events'] == n and i['rejects'] == (k in (1, 2)), (k, i))
        check(kinds(i) == (['cut'] if k in (1, 2, 3) else []), (k, i))
        check(k == 3 or 'is not there' in said(i), (k, i))
    ours = 'COPY public.audit_events_2026_10'
    stray = data_only.replace(ours, 'COPY x (a, b) FROM stdin;\n' + ours, 1)
    i = sums(look(put('d.sql', stray)))
    check(i['events'] == n and 'is not there' in said(i), i)
    # honest: a text of a table of one column that looks like the head of a table
    bait = 'COPY public.audit_events (event_id, event_type) FROM stdin;'
    honest = 'COPY public.words (word) FROM stdin;\n' + bait + '\nx\n\\.\n' + dump(o)
    i = sums(look(put('d.sql', honest)))
    check((i['events'], i['rejects'], i['lacks']) == (n, 0, []), i)


@test
def unlost_rows_of_another_name():
    """The name of the table is damaged, or another: the rows are not read, and that is a lack with
    their number; a copy that the dump defines is only said.
    """
    o = small()
    n = len(o)
    lines = inserts(o).split('\n')
    for names in (True, False):
        lines = (HEAD + define() + inserts(o, names)).split('\n')
        k = [i for i, l in enumerate(lines) if l.startswith('INSERT')][3]
        for other in ('public.audit_evexts', 'publxc.audit_eventsx', 'audit'):
            text = lines[:]
            text[k] = text[k].replace('public.audit_events', other, 1)
            i = sums(look(put('n.sql', '\n'.join(text) + END)))
            lost = [x for x in i['lacks'] if isinstance(x, dict) and x['type'] == 'not-read']
            check(i['events'] == n - 1 and [x['rows'] for x in lost] == [1], (other, i))
            check('--table' in said(i), i)
    data_only = HEAD + section('audit_events_2026_11', o)
    damaged = data_only.replace('COPY public.audit_events_2026_11', 'COPY public.audit_ev_2026_11')
    i = sums(look(put('n.sql', damaged + END)))
    check(i['events'] == 0 and kinds(i) == ['not-read'], i)
    # nothing says whether it is a partition
    i = sums(look(put('n.sql', data_only + section('audit_events_y2026m10', o[:3]) + END)))
    check(kinds(i) == ['not-read'] and '3 rows' in said(i), i)
    # honest: a copy that is defined, or that a dump of data announces
    copy = define().replace('audit_events', 'old_events').split('PARTITION')[0] + ';\n'
    for text in (
        dump(o).replace(END, copy + section('old_events', o[:3]) + END),
        data_only + section('old_events', o[:3]) + END,
    ):
        i = sums(look(put('n.sql', text), status=0))
        check(i['events'] == n and kinds(i) == [] and '3 rows of public.old_events' in said(i), i)
    mine = inserts(o).replace('public.audit_events', 'MY_TABLE')
    refused(put('m.sql', mine), says='16 rows of public.my_table.*--table public.my_table')
    i = look(put('m.sql', mine), more=('--table', 'public.my_table'), status=0)
    check(i['events'] == n and i['lacks'] == [], i)


@test
def unlost_rows_in_comments_and_statements():
    """Rows that stand in a comment, or behind the beginning of another statement, are rejects."""
    o = small()
    n = len(o)
    for text, copy in ((inserts(o), False), (dump(o), True)):
        lines = text.split('\n')
        first = next(k for k, l in enumerate(lines) if l.startswith('COPY' if copy else 'INSERT'))
        for words in ('WITH x AS (', 'CREATE FUNCTION f() AS', 'PREPARE x AS'):
            i = sums(look(put('c.sql', '\n'.join([*lines[:first], words, *lines[first:]]))))
            check(i['events'] >= (n if copy else n - 1) and i['rejects'] >= 1, (words, i))
    rows_ = inserts(o).split('\n')
    for k, (before, behind) in enumerate((('-- ', ''), ('/* ', ' */'), ('/*\n', '\n*/'))):
        text = '\n'.join([*rows_[:3], before + rows_[3] + behind, *rows_[4:]])
        i = sums(look(put('c.sql', text), status=6))
        check((i['events'], i['rejects']) == (n - 1, 1), (k, i))
        f = archive(f'unlost-{k}', put('c.sql', text), status=6)[0]
        named = [x for x in verify(f, *VKEY)['findings'] if x['id'] == 'S42']
        check([x['event_ids'] for x in named] == [[o[3]['event_id']]], named)
    honest = '/* by a tool\n 19fd0945-b0b3-4b48-9632-754cddbdbf35 */\n-- INSERT INTO x (1)\n'
    i = sums(look(put('c.sql', honest + inserts(o)), status=0))
    check((i['events'], i['rejects']) == (n, 0), i)
    # several rows in one piece that is not understood are named one by one
    text = inserts(o).replace('INSERT INTO', 'INSERT INTO (', 1)
    i = sums(look(put('c.sql', text), status=6))
    check(i['events'] == n - 1 and i['rejects'] == 1, i)
    rows_ = '),\n('.join(l.split(' VALUES (', 1)[1][:-2] for l in inserts(o).split('\n')[:-1])
    text = f'INSERT INTO public.audit_events ({", ".join(o[0])}) VALXES\n({rows_});\n'
    i = sums(look(put('c.sql', text + inserts(o[:1])), status=6))
    check(i['rejects'] == n + 1, i)


@test
def unlost_dumps_of_nothing():
    """A dump without rows of the audit table says which ones it holds, and what helps."""
    refused(put('p.sql', HEAD + 'SET statement_timeout = 0;\n' + END), says="-t 'audit_events")
    refused(
        put('p.sql', HEAD + table('users') + table('pods') + END),
        says="rows of 2 tables are here.*users.*none of audit_events.*-t 'audit_events",
    )
    refused(
        put('p.sql', HEAD + section('audit_events', [], columns=list(small()[0])) + END),
        says='public.audit_events is here, and holds no row',
    )
    # honest: a cluster of which one database holds the table
    i = look(
        put('p.sql', '\\connect template1\n' + HEAD + END + '\\connect prod\n' + dump()), status=0
    )
    check(i['events'] == len(small()) and kinds(i) == [], i)


def plain(o, delimiter):
    """As psql -A prints rows: nothing is in quotes, a footer counts them."""

    def text(v):
        if v is None:
            return ''
        if isinstance(v, bool):
            return 't' if v else 'f'
        return json.dumps(v, ensure_ascii=False) if isinstance(v, dict) else str(v)

    lines = [delimiter.join(o[0])] + [delimiter.join(map(text, r.values())) for r in o]
    return '\n'.join(lines) + f'\n({len(o)} rows)\n'


@test
def unlost_texts_without_quotes():
    """What psql -A prints is read, whatever separates its fields; a text with a delimiter costs its
    row, and CSV with quotes stays CSV.
    """
    o = small()
    n = len(o)
    for delimiter in '|;\t,':
        f, j, _ = archive(f'unlost-A-{ord(delimiter)}', put('a.txt', plain(o, delimiter)))
        i = sums(look(put('a.txt', plain(o, delimiter)), status=0))
        check((i['events'], i['rejects'], i['rows']) == (n, 0, n), (delimiter, i))
        check('psql -A' in said(i) and i['compared'][0]['read'] == n, i)
        v = verify(f, *VKEY)
        check(v['source_chain']['matching'] == v['source_chain']['events'] == n, v['source_chain'])
        odd = [dict(r, error_message=f'a{delimiter}b' if k == 3 else None) for k, r in enumerate(o)]
        i = sums(look(put('a.txt', plain(odd, delimiter)), status=6))
        check((i['events'], i['rejects']) == (n - 1, 1), (delimiter, i))
        for quote in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL):
            i = sums(look(put('c.csv', as_csv(o, delimiter, quote=quote)), status=0))
            check(i['events'] == n and 'psql -A' not in said(i), (delimiter, i))
            first = f'sep={delimiter}\n'
            for head in (first, first.replace('\n', '\r\n'), f'"sep={delimiter}"\n'):
                i = sums(look(put('c.csv', head + as_csv(o, delimiter, quote=quote)), status=0))
                check((i['events'], i['rejects']) == (n, 0), (head, i))


@test
def unlost_copy_with_a_header():
    """COPY's text form with HEADER: its escapes are read as those of a dump are."""
    o = small()
    odd = 'a\ttab, a\nline, a \\ and a "q"'
    o[3] = dict(o[3], error_message=odd, event_data={'text': odd}, event_hash=None)
    text = '\t'.join(o[0]) + '\n' + ''.join('\t'.join(map(pg, r.values())) + '\n' for r in o)
    i = sums(look(put('h.tsv', text), status=0))
    check((i['events'], i['rejects']) == (len(o), 0) and 'header' in said(i), i)
    both = archive('unlost-header', put('d.sql', dump(o)), put('h.tsv', text))[1]
    check((both['events'], both['inputs'][1]['repeats']) == (len(o), len(o)), both)


@test
def unlost_json_in_one_column():
    """A CSV of one column of JSON, and psql's own tables of it: with a name above, and without."""
    o = small()
    n = len(o)

    def quoted(v):
        return '"' + json.dumps(v, ensure_ascii=False).replace('"', '""') + '"\n'

    rows_ = ''.join(map(quoted, o))
    for text in (
        rows_,
        'row_to_json\n' + rows_,
        '"to_jsonb"\r\n' + rows_.replace('\n', '\r\n'),
        'json_agg\n' + quoted(o),
        quoted(o[:5]) + quoted(o[5:]),
        ' row_to_json \n-------------\n' + jsonl(o) + f'({n} rows)\n',
    ):
        i = sums(look(put('j.csv', text), status=0))
        check((i['events'], i['rejects'], i['kind']) == (n, 0, 'rows-jsonl'), (text[:40], i))
    i = sums(look(put('j.csv', rows_[:-20]), status=6))
    check(i['events'] == n - 1 and kinds(i) == ['cut'], i)
    broken = rows_.replace('""event_id""', '""event_id', 1)
    i = sums(look(put('j.csv', broken), status=6))
    check((i['events'], i['rejects']) == (n - 1, 1), i)
    i = sums(look(put('j.csv', 'error: lost connection\n' + rows_), status=6))
    check((i['events'], i['rejects']) == (n, 1), i)


@test
def unlost_json_over_lines_as_copy_writes_it():
    """\\copy of json_agg or jsonb_pretty: line ends are escapes where JSON has none."""
    o = small()
    n = len(o)
    o[3] = dict(o[3], error_message='one\ntwo "three" \\ four\tfive', event_hash=None)

    def copied(text):
        for c, e in (('\\', '\\\\'), ('\n', '\\n'), ('\t', '\\t'), ('\r', '\\r')):
            text = text.replace(c, e)
        return text + '\n'

    agg = '[' + ', \n '.join(json.dumps(r) for r in o) + ']'
    whole = put('w.jsonl', jsonl(o))
    for k, text in enumerate(
        (
            copied(agg),
            copied(json.dumps(o, indent=4)),
            ''.join(copied(json.dumps(r, indent=4)) for r in o),
            'kubectl: a warning\n' + copied(agg),
        )
    ):
        i = sums(look(put('c.txt', text), status=6 if k == 3 else 0))
        check((i['events'], i['rejects']) == (n, k == 3), (k, i))
        both = archive(f'unlost-over-{k}', whole, put('c.txt', text), status=None)[1]
        check((both['events'], both['conflicts']) == (n, 0), (k, both))
    i = sums(look(put('c.txt', copied(agg)[:-400])))
    check(isinstance(i, str) or i['rejects'] or kinds(i), i)


@test
def unlost_other_separators():
    """What psql prints with -z, -F or -x, and COPY's binary form, are named."""
    o = small()
    for text in (plain(o, '~'), plain(o, '\0')):
        refused(put('s.txt', text), says='psql --csv')
    lines = '\n\n'.join('\n'.join(f'{c}|{v}' for c, v in r.items()) for r in o)
    refused(put('x.txt', lines), says='psql --csv')
    refused(put('b.dat', b'PGCOPY\n\xff\r\n\0' + bytes(80)), says='binary form.*CSV HEADER')
    copy = define().replace('audit_events', 'old_events').split('PARTITION')[0] + ';\n'
    rows_ = section('old_events', o[:3]) + section('audit_events_2026_11', o)
    i = look(put('o.sql', HEAD + copy + define() + rows_ + END), status=0)
    check(kinds(i) == [] and '3 rows of public.old_events' in said(i), i)


@test
def unlost_lists_of_values():
    """Values beside a list of their names are named, with a command that makes rows of them."""
    o = small()
    cols, values = list(o[0]), [list(r.values()) for r in o]
    for content in (
        {'columns': cols, 'rows': values},
        {'rows': values, 'fields': cols},
        {'data': {'cols': [{'name': c, 'type': 'x'} for c in cols], 'rows': values}},
        [cols, *values],
    ):
        f = put('v.json', json.dumps(content))
        says = refused(f, says="list of their columns' names.*jq -c '")
        if shutil.which('jq'):
            program = re.search("jq -c '(.*?)'", says).group(1)
            made = subprocess.run(['jq', '-c', program, f], check=True, capture_output=True).stdout
            i = sums(look(put('v.jsonl', made), status=0))
            check(i['events'] == len(o), i)
    # rows that an answer has where the server has none are kept aside
    page = json.loads(answer(o[:9]))
    page['more'] = [dict(as_rest(r)) for r in o[9:]]
    i = sums(look(put('p.json', json.dumps(page))))
    check(i['events'] + i['rejects'] >= 10, i)
    refused(put('e.json', '{"data": null, "pagination": {}}'), says='answer without a list')


@test
def unlost_powershell_depth():
    """What ConvertTo-Json cuts at its depth is named: a payload, or values in one."""
    o = small()
    text = [dict(r, event_data='@{action=x; phase=y}') for r in o]
    refused(put('p.json', json.dumps(text)), says='ConvertTo-Json.*-Depth 32')
    one = [dict(r, event_data='System.Collections.Hashtable') if k == 2 else r
           for k, r in enumerate(o)]
    i = sums(look(put('p.json', json.dumps(one)), status=6))
    check((i['events'], i['rejects']) == (len(o) - 1, 1), i)
    deep = [dict(r, event_data={**r['event_data'], 'deep': 'System.Object[]'}) for r in o]
    i = sums(look(put('p.json', json.dumps(deep)), status=0))
    check(i['events'] == len(o) and '-Depth 32' in said(i), i)
    # honest: a text that begins so
    honest = [dict(r, event_data={**r['event_data'], 'to': '@{upstream}', 'at': '@{'}) for r in o]
    check('-Depth' not in said(look(put('p.json', json.dumps(honest)), status=0)), 'no mark')


@test
def unlost_side_inputs():
    """A policy that names a member twice is refused with the place; a short password is masked as
    a word, and nothing else is.
    """
    f = archive('unlost-side', put('s.jsonl', jsonl(small())))[0]
    for text, says in (
        ('zone: UTC\n# x\nzone: +01:00\n', 'line 3: the member zone stands twice'),
        ('{"zone": "UTC", "zone": "UTC"}', 'line 1: the member zone stands twice'),
        (
            'working_hours: {days: [mon],\n from: "07:00", from: "08:00", to: "19:00"}\n',
            'line 2: the member from stands twice',
        ),
    ):
        for verb in ('verify', 'controls'):
            p = run(EXHIBIT, verb, f, *VKEY, '--policy', put('p.yaml', text), status=None)
            check(says in p.stderr.decode() and p.returncode in (64, 65), (verb, p))
    honest = 'approvers:\n- {name: a}\n- {name: b}\nzone: UTC\n'
    run(EXHIBIT, 'verify', f, *VKEY, '--policy', put('p.yaml', honest), status=0)
    for address in ('postgres://u:p@127.0.0.1:1/db', 'host=127.0.0.1 password=p port=1'):
        said = run(EXPORT, 'inspect', address, status=None).stderr.decode()
        check('port' in said and 'password=p' not in said and ':p@' not in said, said)
        check('password=***' in said or 'password' not in said, said)
