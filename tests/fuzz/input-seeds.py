#!/usr/bin/env python3
"""Seeds for the fuzzing of inputs: a small one of every form, packed and encoded in every way.

usage: input-seeds.py FOLDER [READER]
       READER: sql, jsonl, answers, export, csv, letters, gather or zip; none: all of them
"""

import bz2
import gzip
import lzma
import os
import sys

to, reader = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
sys.argv = ['suite']
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import suite_inputs as s

MAX = 40000


def put(name, content):
    with open(os.path.join(to, name), 'wb') as f:
        f.write((content if isinstance(content, bytes) else content.encode())[:MAX])


def of(reader):
    """name: content of the seeds that a reader is given"""
    o = s.small()[:3]
    every = s.every_reader()
    lines = s.jsonl(o)
    if reader == 'sql':
        return {k: v for k, v in every.items() if k.endswith('.sql')} | {
            'stray': "warn: can't\n" + s.dump(o),
            'comments': '/* a */\n-- b\n' + s.inserts(o),
            'values': (
                'INSERT INTO audit_events ('
                + ', '.join(o[0])
                + ') VALUES\n'
                + ',\n'.join('(' + ', '.join(map(s.literal, r.values())) + ')' for r in o)
                + ';\n'
            ),
            'functions': 'CREATE FUNCTION f() RETURNS void AS $_$ begin; end; $_$;\n' + s.dump(o),
            'casts': s.inserts(o).replace("'{", "CAST('{").replace("}'", "}' AS jsonb)"),
            'two': '\\connect a\n' + s.dump(o) + '\\connect b\n' + s.HEAD + s.END,
            'lost': s.inserts(o).replace("', ", ', ', 1) + s.dump(o),
            'sequence': (
                s.dump(o)
                + "SELECT pg_catalog.setval('public.audit_events_insert_seq', 4733, true);\n"
            ),
        }
    if reader == 'jsonl':
        return {
            k: v
            for k, v in every.items()
            if k in ('rows.jsonl', 'rows.json', 'pretty.json', 'query.json')
        } | {
            'twice': lines.replace('\\', '\\\\'),
            'text': s.jsonl([{**r, 'event_data': s.json.dumps(r['event_data'])} for r in o]),
            'inside': s.jsonl([{'row_to_json': r} for r in o]),
            'upper': s.jsonl([{k.upper(): v for k, v in r.items()} for r in o]),
        }
    if reader == 'answers':
        return {
            'page.json': s.answer(o),
            'lines': s.jsonl([s.as_rest(r) for r in o]),
            'pages': '[' + s.answer(o[:1]) + ',' + s.answer(o[1:]) + ']',
        }
    if reader == 'export':
        return {'export.json': s.export_of(o)}
    if reader == 'csv':
        return {k: v for k, v in every.items() if k.endswith('.csv')} | {
            'quoted': s.as_csv(o, null='""', quote=s.csv.QUOTE_ALL),
            'tab': s.as_csv(o, '\t', null='NULL'),
            'twice': s.as_csv(o) + s.as_csv(o),
            'foot': s.as_csv(o) + '(3 rows)\n',
        }
    if reader == 'letters':
        return {k: v for k, v in every.items() if k.startswith('letters')}
    if reader == 'gather':
        metadata = (
            b'{"collection_time":"2026-11-20T00:00:00Z","sanitization_enabled":true,"errors":[]}'
        )
        objects = (
            b'apiVersion: v1\nitems:\n- apiVersion: a/v1\n  kind: RemediationRequest\n  metadata:\n'
            b'    name: x\n    namespace: y\n- kind: z\nkind: List\n'
        )
        sums = b'0' * 64 + b'  ./collection-metadata.json\n'
        page = s.answer(o).encode()
        return {
            'one': b'\xff'.join(
                [
                    b'\0' + metadata,
                    b'\1' + sums,
                    b'\3' + page,
                    b'\6' + objects,
                    b'\5{}',
                    b'\n' + b'hello',
                ]
            ),
            'two': b'\xff'.join(
                [
                    b'\0' + metadata,
                    b'\3' + page,
                    b'\4' + page,
                    b'\x0b' + metadata,
                    b'\x0c' + page,
                    b'\x0d' + objects,
                    b'\2x',
                ]
            ),
        }
    if reader == 'zip':
        files = {'a.jsonl': lines, 'b/c.json': s.answer(o), 'empty': ''}
        return {
            'deflated': s.packed(files, 'zip'),
            'behind': s.packed(files, 'zip') + lines.encode(),
            'cut': s.packed(files, 'zip')[:-30],
        }
    return {k: v for k, v in every.items()} | {
        'gz': gzip.compress(lines.encode()) + lines.encode(),
        'xz': lzma.compress(lines.encode()),
        'bz': bz2.compress(lines.encode()),
        'u16': s.inserts(o).encode('utf-16'),
        'both': lines.encode('utf-16') + lines.encode(),
        'stray': "warn: can't\n" + s.dump(o),
    }


for name, content in of(reader).items():
    put(name, content)
