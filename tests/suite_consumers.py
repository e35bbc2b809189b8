"""What others make of our outputs (bundle.md X-1, X-4, X-5, X-6, X-10): compliance-trestle and the
NIST schema read the OSCAL, securesystemslib and in-toto's library the signed statement, openpyxl
and calamine the workbooks, the client of Timesketch the timeline. `make consumers` fetches them.
"""

import base64
from harness import *
import suite_answers, suite_bundle

HAVE = TOP + '/build/consumers'


def path(name):
    return os.path.join(W, 'consumers--' + name)  # no other suite has such names


def consumer(code, *argv, fails=False):
    """runs Python with the libraries of HAVE alone; what it prints, as JSON"""
    check(os.path.isdir(HAVE + '/site'), 'make consumers fetches them')
    p = subprocess.run(
        ['python3', '-c', code, *argv],
        env=dict(os.environ, PYTHONPATH=HAVE + '/site', PYTHONDONTWRITEBYTECODE='1'),
        capture_output=True,
        cwd=W,
    )
    check((p.returncode != 0) == fails, p.stderr.decode()[-2000:])
    return None if fails else json.loads(p.stdout)


def bundles():
    """an honest one, one with exceptions, one whose origin is not proven"""
    if 'consumers-bundles' not in GOOD:
        GOOD['consumers-bundles'] = (
            suite_bundle.whole(),
            suite_answers.whole(),
            suite_bundle.bundle('consumers-unproven', key=[], status=3)[0],
        )
    return GOOD['consumers-bundles']


OSCAL = '''
import json, pathlib, sys
import jsonschema_rs
from trestle.oscal.assessment_results import AssessmentResults

schema = jsonschema_rs.validator_for(json.load(open(sys.argv[1])))
told = []
for f in sys.argv[2:]:
    d = json.load(open(f))
    wrong = [e.message for e in schema.iter_errors(d)]
    r = AssessmentResults.oscal_read(pathlib.Path(f)).results
    count = lambda member: sum(len(getattr(x, member) or []) for x in r)
    told.append([wrong, count('observations'), count('findings')])
d['assessment-results']['results'][0]['start'] = 'yesterday'
told.append([[e.message for e in schema.iter_errors(d)], 0, 0])
print(json.dumps(told))
'''


@test
def consumers_of_oscal():
    names = [d + '/oscal-assessment-results.json' for d in bundles()]
    *told, broken = consumer(OSCAL, HAVE + '/oscal.json', *names)
    for name, (wrong, observations, findings) in zip(names, told):
        (ours,) = json.loads(data(name))['assessment-results']['results']
        check(wrong == [], (name, wrong[:3]))
        check(
            observations == len(ours['observations']) > 0
            and findings == len(ours.get('findings', [])),
            (name, observations, findings),
        )
    check(broken[0], 'the schema finds what is wrong')


STATEMENT = '''
import json, sys
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from google.protobuf.json_format import Parse
from in_toto_attestation.v1 import statement, statement_pb2
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

envelope, pem = sys.argv[1:3]
key = SSlibKey.from_crypto(load_pem_public_key(open(pem, 'rb').read()))
e = Envelope.from_dict(json.load(open(envelope)))
by = e.verify([key], 1)
s = statement.Statement.copy_from_pb(Parse(e.payload, statement_pb2.Statement()))
s.validate()
subjects = [[x.name, x.digest['sha256']] for x in s.pb.subject]
print(json.dumps([list(by), key.keyid, s.pb.predicate_type, subjects]))
'''


def attested():
    if 'consumers-attested' not in GOOD:
        d, _ = suite_bundle.bundle('consumers-attested', *suite_bundle.SAMPLE)
        run(EXPORT, 'attest', d, '--key', FIX + '/test.key', status=0)
        GOOD['consumers-attested'] = d
    return GOOD['consumers-attested']


def signed(d, end):
    (name,) = [n for n in os.listdir(d + '/attestation') if n.endswith(end)]
    return f'{d}/attestation/{name}'


@test
def consumers_of_the_statement():
    d = attested()
    by, keyid, kind, subjects = consumer(STATEMENT, signed(d, '.dsse.json'), signed(d, '.pem'))
    check(
        by == [keyid]
        and kind == 'https://kubernaut.ai/exhibit/verification/v1'
        and subjects
        == [['a.exhibit', hashlib.sha256(data(d + '/archives/a.exhibit')).hexdigest()]],
        (by, keyid, kind, subjects),
    )
    e = json.loads(data(signed(d, '.dsse.json')))
    check(base64.b64decode(e['payload']) == data(d + '/statement.intoto.json'), 'as it lies')
    s = json.loads(data(signed(d, '.sigstore.json')))
    pem = data(signed(d, '.pem')).decode().split('\n')[1]
    check(
        s['mediaType'] == 'application/vnd.dev.sigstore.bundle.v0.3+json'
        and s['dsseEnvelope']['payload'] == e['payload']
        and s['dsseEnvelope']['signatures'][0]['sig'] == e['signatures'][0]['sig']
        and base64.b64decode(s['verificationMaterial']['publicKey']['hint'])
        == hashlib.sha256(base64.b64decode(pem)).digest(),
        s,
    )
    for change in (
        lambda x: x.update(payload=base64.b64encode(b'{}').decode()),
        lambda x: x['signatures'][0].update(sig=base64.b64encode(bytes(64)).decode()),
        lambda x: x.update(payloadType='application/json'),
    ):
        x = json.loads(json.dumps(e))
        change(x)
        open(path('false.json'), 'w').write(json.dumps(x))
        consumer(STATEMENT, path('false.json'), signed(d, '.pem'), fails=True)


BOOKS = '''
import json, sys
import openpyxl, python_calamine

told = {}
for f in sys.argv[1:]:
    a = {
        s.title: [[str(c) for c in r if c is not None] for r in s.iter_rows(values_only=True)]
        for s in openpyxl.load_workbook(f)
    }
    w = python_calamine.CalamineWorkbook.from_path(f)
    b = {n: w.get_sheet_by_name(n).to_python(skip_empty_area=False) for n in w.sheet_names}
    text = lambda c: str(int(c)) if isinstance(c, float) and c == int(c) else str(c)
    b = {n: [[text(c) for c in r if c != ''] for r in rows] for n, rows in b.items()}
    told[f] = [n for n in a if a[n] != b.get(n)] + [n for n in b if n not in a]
    told[f] += [len(a), sum(len(r) for r in a.values())]
print(json.dumps(told))
'''


@test
def consumers_of_workbooks():
    books = [f'{d}/{n}' for d in bundles() for n in os.listdir(d) if n.endswith('.xlsx')]
    check(len(books) == 11, books)
    for f, (*wrong, sheets, rows_) in consumer(BOOKS, *books).items():
        check(wrong == [] and sheets >= 3 and rows_ > 10, (f, wrong, sheets, rows_))


TIMESKETCH = '''
import json, sys
from timesketch_import_client import importer

class Streamer(importer.ImportStreamer):
    sent = []
    def _ready(self):
        pass
    def _upload_data_buffer(self, end_stream, data_lines=None, retry_count=0):
        for x in data_lines or self._data_lines:
            self.sent.append(json.loads(x) if isinstance(x, str) else x)

s = Streamer()
s.add_file(sys.argv[1])
s.flush(end_stream=True)
print(json.dumps(s.sent))
'''


@test
def consumers_of_timelines():
    """the client takes every line, and changes nothing that it means"""
    name = suite_bundle.whole() + '/timesketch/a.exhibit.jsonl'
    lines = [json.loads(l) for l in data(name).decode().splitlines()]
    sent = consumer(TIMESKETCH, name)
    check(len(sent) == len(lines) > 50, (len(sent), len(lines)))
    when = lambda x: re.sub(r'\.0+(?=\+)', '', re.sub(r'(\.\d*?)0+(?=\+)', r'\1', x['datetime']))
    for a, b in zip(lines, sent):
        check(set(a) == set(b), (set(a) ^ set(b)))
        check(all(a[k] == b[k] for k in a if k != 'datetime'), (a, b))
        check(when(a) == when(b), (a['datetime'], b['datetime']))


@test
def attested_by_whom():
    """bundle --check verifies by keys from outside, and finds what is false (X-10)"""
    d = attested()
    code, text = suite_bundle.verdict(d)
    check(code == 0 and text.count('whose key you gave') == 3 and ' 0 differ' in text, text)
    code, text = suite_bundle.verdict(d, key=[])
    check(code == 3 and text.count('no key that you gave') == 3, text)
    run(EXPORT, 'attest', d, '--key', FIX + '/test.key', status=73)
    run(EXPORT, 'keygen', '--name', 'audit.example/team', '--out', path('auditor'))
    two = path('two')
    shutil.copytree(d, two)
    run(EXPORT, 'attest', two, '--key', path('auditor.key'), status=0)
    code, text = suite_bundle.verdict(two, '--vkey', path('auditor.vkey'))
    check(code == 0 and text.count('signed by audit.example/team, whose key') == 3, text)
    code, text = suite_bundle.verdict(two)
    check(code == 0 and text.count('no key that you gave') == 3, text)

    def swap(end, a, b):
        def f(x):
            p = signed(x, end)
            old = data(p)
            check(a in old, (end, a, old[-200:]))
            open(p, 'wb').write(old.replace(a, b, 1))

        return f

    envelope = json.loads(data(signed(d, '.dsse.json')))
    sig = envelope['signatures'][0]['sig'].encode()
    no = base64.b64encode(bytes(64))
    other = base64.b64encode(data(d + '/statement.intoto.json').replace(b'a.exhibit', b'b.exhibit'))
    payload = envelope['payload'].encode()
    for what, change, words in (
        ('a false signature', swap('.dsse.json', sig, no), 'false signature'),
        ('another statement', swap('.dsse.json', payload, other), 'another statement'),
        ('another statement', swap('.sigstore.json', payload, other), 'another statement'),
        ('another type', swap('.dsse.json', b'in-toto', b'in-tato'), 'no signed statement'),
        ('no JSON', swap('.dsse.json', b'{', b'['), 'no JSON'),
        ('other sums', swap('.sums', b'workbook.xlsx', b'workbook.xlsy'), 'other sums'),
        ('a false note', swap('.sums', '— '.encode(), b'- '), 'no signed note'),
        ('no PEM', swap('.pem', b'BEGIN', b'begin'), 'no public key'),
        ('something else', lambda x: open(x + '/attestation/x', 'w').write('x'), 'no file of'),
        ('hidden', lambda x: open(x + '/attestation/.x.pem', 'w').write('x'), 'no file of'),
        ('a link', lambda x: os.symlink('/etc/passwd', x + '/attestation/x.pem'), 'no '),
    ):
        x = path('false')
        shutil.copytree(d, x)
        change(x)
        code, text = suite_bundle.verdict(x)
        check(code in (11, 65) and words in text, (what, code, text))
        shutil.rmtree(x)
    # nothing is signed that is not what the sums say
    x = path('unsigned')
    shutil.copytree(suite_bundle.whole(), x)
    open(x + '/exceptions.csv', 'a').write('x')
    p = run(EXPORT, 'attest', x, '--key', FIX + '/test.key', status=65)
    check(b'exceptions.csv' in p.stderr and not os.path.exists(x + '/attestation'), p.stderr)
    open(x + '/SHA256SUMS', 'a').write('0' * 64 + '  ../../etc/passwd\n')
    run(EXPORT, 'attest', x, '--key', FIX + '/test.key', status=65)
    for bad in ([x], [x, x, '--key', FIX + '/test.key'], ['--key', FIX + '/test.key']):
        run(EXPORT, 'attest', *bad, status=64)
    run(EXPORT, 'attest', path('nowhere'), '--key', FIX + '/test.key', status=66)
