"""An authority for time stamps on loopback, made with `openssl ts -reply`, which can be told to
misbehave, for suite_stamp.py.
"""

import http.server, os, subprocess, threading

CONFIG = """
[ tsa ]
default_tsa = here
[ here ]
serial = {dir}/serial
crypto_device = builtin
signer_cert = {dir}/{name}.pem
certs = {dir}/ca.pem
signer_key = {dir}/{name}.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256, sha512
accuracy = secs:1, millisecs:500
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = {ess}
"""
PURPOSE = {
    'root': 'basicConstraints=critical,CA:TRUE',
    'stamping': 'keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping',
    'not critical': 'extendedKeyUsage=timeStamping',
    'server': 'extendedKeyUsage=critical,serverAuth',
    'both': 'extendedKeyUsage=critical,timeStamping,serverAuth',
}
KEYS = {
    'rsa': ['-newkey', 'rsa:2048'],
    'ec': ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    'ed25519': ['-newkey', 'ed25519'],
}


def tool(*argv, stdin=None, status=0):
    p = subprocess.run(argv, input=stdin, capture_output=True)
    if p.returncode != status:
        raise RuntimeError((argv, p.stderr[-500:]))
    return p.stdout


class Certificates:
    """A root, and signers that it certified: name, kind of key, purpose, first and last day."""

    def __init__(self, folder):
        os.makedirs(folder)
        self.dir = folder
        self.ca = folder + '/ca.pem'
        open(folder + '/index', 'w').close()
        open(folder + '/ca.cnf', 'w').write(
            f'[ca]\ndefault_ca=c\n[c]\ndatabase={folder}/index\nnew_certs_dir={folder}\n'
            'rand_serial=yes\ndefault_md=sha256\nunique_subject=no\npolicy=p\n[p]\n'
            'organizationName=optional\ncommonName=supplied\n'
        )
        self.make('ca', purpose='root', own=['-selfsign'], dates=('20100101', '20990101'))

    def make(self, name, kind='ec', purpose='stamping', dates=('20200101', '20900101'), own=()):
        at = f'{self.dir}/{name}'
        tool(
            *f'openssl req -nodes -new -subj /O=Example/CN={name}'.split(),
            *KEYS[kind],
            *['-keyout', at + '.key', '-out', at + '.csr'],
        )
        open(at + '.ext', 'w').write(f'[x]\n{PURPOSE[purpose]}\n')
        tool(
            *['openssl', 'ca', '-batch', '-notext', '-config', self.dir + '/ca.cnf'],
            *(own or ['-cert', self.ca]),
            *['-keyfile', self.dir + '/ca.key', '-in', at + '.csr', '-out', at + '.pem'],
            *['-startdate', dates[0] + '000000Z', '-enddate', dates[1] + '000000Z'],
            *['-extfile', at + '.ext', '-extensions', 'x'],
        )

    def der(self, name):
        return tool('openssl', 'x509', '-in', f'{self.dir}/{name}.pem', '-outform', 'DER')

    def twin(self, name, kind):
        """another key's certificate with the issuer, the serial and the length of this one"""
        der, at = self.der(name), f'{self.dir}/{name}-twin'
        serial = tool('openssl', 'x509', '-in', f'{self.dir}/{name}.pem', '-noout', '-serial')
        open(at + '.ext', 'w').write(f'[x]\n{PURPOSE["stamping"]}\n')
        for pad in list(range(44, 56)) * 20:
            subject = '/O=Example/CN=' + 'x' * pad
            tool(
                *['openssl', 'req', '-nodes', '-new', '-subj', subject, *KEYS[kind]],
                *['-keyout', at + '.key', '-out', at + '.csr'],
            )
            tool(
                *['openssl', 'x509', '-req', '-in', at + '.csr', '-CA', self.ca, '-days', '3000'],
                *['-set_serial', '0x' + serial.decode().strip().split('=')[1], '-extfile'],
                *[at + '.ext', '-extensions', 'x', '-CAkey', self.dir + '/ca.key'],
                *['-out', at + '.pem'],
            )
            if len(self.der(name + '-twin')) == len(der):
                return self.der(name + '-twin')

    def sign(self, info, name, binding=True):
        """a reply whose token is signed by whatever certificate: what `openssl ts` would not do"""
        at = f'{self.dir}/{name}'
        open(at + '.info', 'wb').write(info)
        token = tool(
            *'openssl cms -sign -binary -nodetach -outform DER -md sha256'.split(),
            *['-econtent_type', '1.2.840.113549.1.9.16.1.4', '-in', at + '.info'],
            *['-signer', at + '.pem', '-inkey', at + '.key'],
            *(['-cades'] if binding else []),
        )
        return sequence(bytes.fromhex('3003020100') + token)


def sequence(b):
    n = len(b)
    return b'\x30' + (bytes([n]) if n < 128 else b'\x82' + n.to_bytes(2, 'big')) + b


def info_of(reply):
    """the TSTInfo of a reply"""
    at = reply.index(bytes.fromhex('060b2a864886f70d0109100104')) + 13
    assert reply[at] == 0xA0
    inner = reply[at:]
    skip = 2 if inner[1] < 128 else 2 + (inner[1] & 127)
    octets = inner[skip:]
    assert octets[0] == 4
    n, head = (octets[1], 2) if octets[1] < 128 else (int.from_bytes(octets[2:3], 'big'), 3)
    return octets[head : head + n]


class Authority:
    """answers by `name` of the certificates; change(query, reply) may give another reply, or
    (status, type, body).
    """

    def __init__(self, certificates, name, change=None, ess='sha256'):
        self.c, self.name, self.change, self.ess = certificates, name, change, ess
        self.asked = []
        authority = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def log_message(self, *a):
                pass

            def do_POST(self):
                query = self.rfile.read(int(self.headers.get('Content-Length', '0')))
                authority.asked.append((self.headers.get('Content-Type'), query))
                r = authority.reply(query)
                if authority.change:
                    r = authority.change(query, r)
                status, kind, body = r if isinstance(r, tuple) else (200, None, r)
                self.send_response(status)
                self.send_header('Content-Type', kind or 'application/timestamp-reply')
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.url = f'http://127.0.0.1:{self.server.server_address[1]}/tsr'
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def reply(self, query, name=None, ess=None):
        d = self.c.dir
        name = name or self.name
        conf, q = f'{d}/{name}.conf', f'{d}/{name}.tsq'
        open(conf, 'w').write(CONFIG.format(dir=d, name=name, ess=ess or self.ess))
        open(q, 'wb').write(query)
        if not os.path.exists(d + '/serial'):
            open(d + '/serial', 'w').write('1000\n')
        p = subprocess.run(
            ['openssl', 'ts', '-reply', '-config', conf, '-queryfile', q, '-out', q + '.tsr'],
            capture_output=True,
        )
        if p.returncode:
            raise RuntimeError(p.stderr)
        return open(q + '.tsr', 'rb').read()
