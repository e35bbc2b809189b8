#!/usr/bin/env python3
"""Seeds for the fuzzing of inputs: a small one of every form, packed and encoded in every way.

usage: input-seeds.py FOLDER
"""
import bz2, gzip, lzma, os, sys

to = sys.argv[1]; sys.argv = ['suite']; sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import suite_inputs as s


def put(name, content): open(os.path.join(to, name), 'wb').write(content if isinstance(content, bytes) else content.encode())


o = s.small()[:3]; lines = s.jsonl(o)
for name, text in s.every_reader().items(): put(name, text[:40000])
put('gz', gzip.compress(lines.encode()) + lines.encode()); put('xz', lzma.compress(lines.encode())); put('bz', bz2.compress(lines.encode()))
put('u16', s.inserts(o).encode('utf-16')); put('stray', "warn: can't\n" + s.dump(o)); put('twice', lines.replace('\\', '\\\\'))
put('quoted', s.as_csv(o, null='""', quote=s.csv.QUOTE_ALL)); put('all', '\\connect a\n' + s.dump(o) + '\\connect b\n' + s.HEAD + s.END)
