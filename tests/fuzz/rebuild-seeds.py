#!/usr/bin/env python3
"""Real remediations as seeds of the fuzz target `rebuild`: type, resource, action, actor and
event_data, tabs between. usage: rebuild-seeds.py FOLDER
"""

import json, os, re, sys

top = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
columns, events = None, {}
for l in open(top + '/fixtures/lifecycles.sql', encoding='utf-8'):
    if m := re.match(r'COPY public\.audit_events\w* \((.*)\) FROM', l):
        columns = m[1].split(', ')
    elif l.startswith('\\.'):
        columns = None
    elif columns:
        r = dict(zip(columns, l.rstrip('\n').split('\t')))
        d = re.sub(
            r'\\(.)',
            lambda m: {'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f', 'v': '\v'}.get(
                m[1], m[1]
            ),
            r['event_data'],
        )
        events.setdefault(r['correlation_id'], []).append(
            (
                r['event_timestamp'],
                '\t'.join(
                    [
                        r['event_type'],
                        r['resource_id'],
                        r['event_action'],
                        r['actor_id'],
                        json.dumps(json.loads(d), ensure_ascii=False),
                    ]
                ),
            )
        )
for c, es in events.items():
    open(f'{sys.argv[1]}/{c}', 'w').write('\n'.join(e for _, e in sorted(es)[:60]))
assert events
