"""The server's GET /api/v1/audit/events over real HTTP(S), as far as an exporter meets it
(reference: source-interfaces.md 3, 4): order, pages, `until`, token, rate limit, errors as RFC
7807; and its bad days.
"""

import base64, http.server, json, os, socketserver, ssl, subprocess, threading, time, urllib.parse


def instant(text):
    """RFC 3339 to whole microseconds, whatever the number of digits."""
    import datetime

    head, _, rest = text.replace('Z', '+00:00').partition('.')
    if not rest:
        return (
            int(datetime.datetime.fromisoformat(text.replace('Z', '+00:00')).timestamp()) * 1000000
        )
    digits, zone = rest[:-6], rest[-6:]
    return int(datetime.datetime.fromisoformat(head + zone).timestamp()) * 1000000 + int(
        (digits + '000000')[:6]
    )


class Api:
    """rows: dictionaries as the API gives them. fault(n, query) is asked before each answer: None,
    or (status, headers, body), 'cut' (the connection breaks inside the body) or 'close'.
    """

    def __init__(self, rows, token=None, fault=None, tls=None, inclusive=True):
        self.rows = list(rows)
        self.token = token
        self.fault = fault
        self.inclusive = inclusive
        self.asked = []
        self.lock = threading.Lock()
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def log_message(self, *a):
                pass

            def finish(self):
                try:
                    super().finish()
                except OSError:
                    pass

            def do_GET(self):
                try:
                    api.answer(self)
                except OSError:
                    self.close_connection = True  # a client that was killed

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True

        self.server = Server(('127.0.0.1', 0), Handler)
        if tls:
            c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            c.load_cert_chain(*tls)
            self.server.socket = c.wrap_socket(self.server.socket, server_side=True)
        self.url = f'{"https" if tls else "http"}://127.0.0.1:{self.server.server_address[1]}'
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def send(self, h, status, body, headers=(), cut=None):
        body = body if isinstance(body, bytes) else body.encode()
        h.send_response(status)
        for k, v in headers:
            h.send_header(k, v)
        h.send_header(
            'Content-Type', 'application/json' if status == 200 else 'application/problem+json'
        )
        h.send_header('Content-Length', str(len(body)))
        h.end_headers()
        h.wfile.write(body[:cut])
        if cut is not None:
            h.wfile.flush()
            h.connection.close()
            h.close_connection = True

    def problem(self, h, status, title, detail, headers=()):
        self.send(
            h,
            status,
            json.dumps({'type': 'about:blank', 'title': title, 'status': status, 'detail': detail}),
            headers,
        )

    def answer(self, h):
        u = urllib.parse.urlsplit(h.path)
        q = dict(urllib.parse.parse_qsl(u.query))
        n = len(self.asked)
        with self.lock:
            self.asked.append((time.monotonic(), h.headers.get('Authorization'), u.path, q))
            f = self.fault(n, q) if self.fault else None
        if u.path != '/api/v1/audit/events':
            return self.problem(h, 404, 'Not Found', 'no such path')
        if f == 'close':
            h.connection.close()
            h.close_connection = True
            return
        if isinstance(f, tuple):
            return self.send(h, f[0], f[2], f[1])
        if self.token and h.headers.get('Authorization') != 'Bearer ' + self.token:
            return self.problem(h, 401, 'Unauthorized', 'token \x1b[31mrefused')
        limit, offset = int(q.get('limit', 100)), int(q.get('offset', 0))
        if not 1 <= limit <= 1000:
            return self.problem(h, 400, 'Bad Request', 'limit must be 1 to 1000')
        with self.lock:
            rows = sorted(
                self.rows,
                key=lambda r: (instant(r['event_timestamp']), r['event_id']),
                reverse=True,
            )
        if 'until' in q:
            t = instant(q['until'])
            rows = [r for r in rows if instant(r['event_timestamp']) < t + self.inclusive]
        if 'since' in q:
            t = instant(q['since'])
            rows = [r for r in rows if instant(r['event_timestamp']) >= t]
        if 'correlation_id' in q:
            rows = [r for r in rows if r['correlation_id'] == q['correlation_id']]
        page = rows[offset : offset + limit]
        body = (
            json.dumps(
                {
                    'data': page,
                    'pagination': {
                        'limit': limit,
                        'offset': offset,
                        'total': len(rows),
                        'has_more': offset + len(page) < len(rows),
                    },
                },
                ensure_ascii=False,
                separators=(',', ':'),
            )
            + '\n'
        )
        for a, b in (('<', '\\u003c'), ('>', '\\u003e'), ('&', '\\u0026')):
            body = body.replace(a, b)
        self.send(h, 200, body, cut=len(body) // 2 if f == 'cut' else None)


def certificate(folder):
    """An authority of the test's own and a certificate for 127.0.0.1. (ca, (certificate, key))"""
    ca, key, crt = (os.path.join(folder, n) for n in ('ca.pem', 'tls.key', 'tls.crt'))
    subprocess.run(
        [
            'openssl',
            'req',
            '-x509',
            '-newkey',
            'ec',
            '-pkeyopt',
            'ec_paramgen_curve:prime256v1',
            '-nodes',
            '-keyout',
            key,
            '-out',
            crt,
            '-days',
            '2',
            '-subj',
            '/CN=data-storage-service',
            '-addext',
            'subjectAltName=IP:127.0.0.1',
        ],
        check=True,
        capture_output=True,
    )
    open(ca, 'w').write(open(crt).read())
    return ca, (crt, key)
