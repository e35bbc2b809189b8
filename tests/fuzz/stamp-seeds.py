"""Seeds of two targets. usage: stamp-seeds.py notes|stamps FOLDER

notes: the key of a witness and a note that it cosigned; stamps: answers over 32 times A.
"""

import os, sys, tempfile

sys.path[:0] = ['tests', 'tests/second']
what, folder = sys.argv[1:]
sys.argv = sys.argv[:1]
import forge
from authority import Authority, Certificates
from witness import Cosigner

QUESTION = (
    bytes.fromhex('020101' '3031300d06096086480165030402010500' '0420')
    + b'A' * 32
    + bytes.fromhex('0208' + '42' * 8 + '0101ff')
)
if what == 'notes':
    text = 'demo.example/cluster\n9\n' + 'A' * 43 + '=\n'
    log = forge.Signer('fixtures/test.key')
    for kind in (4, 6):
        w = Cosigner('witness.example/w1', kind)
        note = text + '\n' + log.line(text) + w.cosign(text)
        open(f'{folder}/{kind}', 'w').write(w.vkey + note)
else:
    certificates = Certificates(tempfile.mkdtemp() + '/c')
    for kind in ('ec', 'rsa'):
        certificates.make(kind, kind)
        a = Authority(certificates, kind)
        reply = a.reply(b'\x30' + bytes([len(QUESTION)]) + QUESTION)
        open(f'{folder}/{kind}', 'wb').write(reply)
        open(f'{folder}/{kind}-rejected', 'wb').write(bytes.fromhex('300b300902010230040c026e6f'))
os._exit(0)
