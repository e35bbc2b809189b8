#!/usr/bin/env python3
"""How well analysis --check tells good sentences of stored texts from bad ones. Prints precision
and recall of finding bad sentences, the sentences that got another answer than their label, and
the time that each answer took.

usage: texts.py FILE.exhibit VKEY TEXTS.jsonl [WRITTEN] [--exhibit PATH] [--quiet]
    a line of TEXTS: {"written", "kind", "of": id, "sentences": [[sentence, label], …]}; label null:
    no sentence of the text's own (a heading, a question). WRITTEN: only those that say so.
"""
import argparse
import json
import os
import subprocess

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
ap = argparse.ArgumentParser()
ap.add_argument('file')
ap.add_argument('vkey')
ap.add_argument('texts')
ap.add_argument('written', nargs='?')
ap.add_argument('--exhibit', default=os.path.join(TOP, 'exhibit'))
ap.add_argument('--quiet', action='store_true')
A = ap.parse_args()
FOUND = ('not in the facts', 'contradicted', 'uncited', 'no such fact')
BAD = ('wrong', 'uncited', 'no such fact')


def answer(of, text):
    argv = [A.exhibit, 'analysis', A.file, '--vkey', A.vkey, '--id', of]
    argv += ['--check', '-', '-o', 'json']
    p = subprocess.run(argv, input=text.encode(), capture_output=True)
    return json.loads(p.stdout)['sentences']


def same(state, label):
    return state == label or (label == 'wrong' and state in FOUND[:2])


hit = miss = false = right = sentences = texts = whole = 0
for line in open(A.texts).read().split('\n'):
    t = json.loads(line) if line else None
    if t is None or (A.written and t['written'] != A.written):
        continue
    got = answer(t['of'], '\n\n'.join(s for s, _ in t['sentences']))
    want = [label for _, label in t['sentences'] if label]
    texts += 1
    if len(got) != len(want):
        print(t['kind'], t['of'], f'{len(got)} sentences found of {len(want)}')
    wrong = 0
    for g, label in zip(got, want):
        sentences += 1
        bad, found = label in BAD, g['state'] in FOUND
        hit += bad and found
        miss += bad and not found
        false += found and not bad
        right += same(g['state'], label)
        wrong += not same(g['state'], label)
        if not same(g['state'], label) and not A.quiet:
            print(f'{t["kind"]} {t["of"]}: {label}, but {g["state"]}: {g["sentence"]}')
            for why in g['why']:
                print('        ', why)
    whole += wrong == 0 and len(got) == len(want)
print(f'{texts} texts, {whole} wholly right; {sentences} sentences, {right} with the right answer')
print(f'bad sentences: {hit} found, {miss} missed, {false} good ones called bad')
print(f'precision {hit / max(1, hit + false):.3f}, recall {hit / max(1, hit + miss):.3f}')
