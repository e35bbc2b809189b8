"""A witness of logs (C2SP tlog-witness) on loopback, which can be told to misbehave, for
suite_witness.py.
"""

import base64, http.server, threading, time

import forge
import reader


class Cosigner(forge.Signer):
    """A fresh key of cosignature/v1."""

    def __init__(self, name, kind=4):
        super().__init__(name=name)
        public = bytes([kind]) + base64.b64decode(self.vkey.split('+', 2)[2])[1:]
        self.id = forge.sha(name.encode() + b'\n' + public)[:4]
        self.vkey = f'{name}+{self.id.hex()}+{base64.b64encode(public).decode()}\n'

    def cosign(self, text, when=None, spoil=None):
        """One line; spoil(bytes) changes what stands behind the key's id."""
        when = int(time.time()) if when is None else when
        line = self.line(f'cosignature/v1\ntime {when}\n{text}')
        sig = when.to_bytes(8, 'big') + base64.b64decode(line.split()[2])[4:]
        sig = spoil(sig) if spoil else sig
        return f'\u2014 {self.name} {base64.b64encode(self.id + sig).decode()}\n'


class Witness:
    """logs: origin -> the vkey of the log, as text. fault(n, old, text) is asked before each
    answer: None, or (status, content type, body), 'cut', 'close' or a number of bytes.
    """

    def __init__(self, logs, name='witness.example/w1', fault=None, when=None):
        self.key, self.fault, self.when = Cosigner(name), fault, when
        self.logs = {
            o: reader.load_vkey(v) if isinstance(v, str) and '+' not in v else v
            for o, v in logs.items()
        }
        self.seen, self.asked = {}, []
        witness = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def log_message(self, *a):
                pass

            def do_POST(self):
                n = int(self.headers.get('Content-Length', '0'))
                try:
                    witness.answer(self, self.rfile.read(n).decode())
                except OSError:
                    self.close_connection = True

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.url = f'http://127.0.0.1:{self.server.server_address[1]}'
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def send(self, h, status, body, kind='text/plain', cut=None, more=()):
        body = body.encode() if isinstance(body, str) else body
        h.send_response(status)
        h.send_header('Content-Type', kind)
        for k, v in more:
            h.send_header(k, v)
        h.send_header('Content-Length', str(len(body)))
        h.end_headers()
        h.wfile.write(body[:cut])
        if cut is not None:
            h.wfile.flush()
            h.connection.close()
            h.close_connection = True

    def answer(self, h, question):
        head, note = question.split('\n\n', 1)
        lines = head.split('\n')
        old, proof = int(lines[0].removeprefix('old ')), lines[1:]
        text = note[: note.index('\n\n') + 1]
        self.asked.append((h.path, old, text))
        f = self.fault(len(self.asked) - 1, old, text) if self.fault else None
        if f == 'close':
            h.connection.close()
            h.close_connection = True
        elif f == 'cut':
            self.send(h, 200, self.key.cosign(text), cut=20)
        elif isinstance(f, int):
            self.send(h, 200, 'x' * f)
        elif isinstance(f, tuple):
            self.send(h, *f)
        else:
            self.send(h, *self.judge(h.path, old, proof, note, text))

    def judge(self, where, old, proof, note, text):
        origin, size, root = text.split('\n')[:3]
        size, root = int(size), base64.b64decode(root)
        if where != '/add-checkpoint' or origin not in self.logs:
            return 404, ''
        if reader.note_ok(note, self.logs[origin])[1] != 'verified':
            return 403, ''
        if old > size:
            return 400, ''
        has, was = self.seen.get(origin, (0, None))
        if old != has or (old == size and root != was):
            return 409, f'{has}\n', 'text/x.tlog.size'
        hashes = [base64.b64decode(p) for p in proof]
        if old and old < size and reader.onward(old, size, was, hashes) != (was, root):
            return 422, ''
        self.seen[origin] = size, root
        return 200, self.key.cosign(text, self.when)
