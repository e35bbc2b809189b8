"""Headless Chromium driven over the DevTools protocol, by a pipe: a page as a person uses it."""

import base64, json, os, shutil, subprocess, tempfile, time

CHROMIUM = shutil.which('chromium')


class Page:
    """One page of a browser of its own. with Page(url, width) as p: …"""

    def __init__(self, url, width=1300, height=900):
        self.folder = tempfile.mkdtemp(prefix='exhibit-page-')
        to_browser, self.out = os.pipe()
        self.back, from_browser = os.pipe()

        def ends():
            # the browser wants them at 3 and 4
            os.dup2(to_browser, 63)
            os.dup2(from_browser, 64)
            os.dup2(63, 3)
            os.dup2(64, 4)

        self.browser = subprocess.Popen(
            [
                CHROMIUM,
                '--headless=new',
                '--no-sandbox',
                '--disable-gpu',
                '--disable-background-networking',
                '--remote-debugging-pipe',
                '--user-data-dir=' + self.folder,
                f'--window-size={width},{height}',
                'about:blank',
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=ends,
            close_fds=False,
        )
        os.close(to_browser)
        os.close(from_browser)
        self.number, self.rest, self.events = 0, b'', []
        target = [
            t for t in self.ask('Target.getTargets')['targetInfos'] if t['type'] == 'page'
        ][0]
        self.session = None
        self.session = self.ask(
            'Target.attachToTarget', targetId=target['targetId'], flatten=True
        )['sessionId']
        for domain in ('Page', 'Runtime', 'DOM', 'Network', 'Log'):
            self.ask(domain + '.enable')
        # there is no network: what the page would fetch fails, and is seen
        self.ask(
            'Network.emulateNetworkConditions',
            offline=True,
            latency=0,
            downloadThroughput=-1,
            uploadThroughput=-1,
        )
        self.ask(
            'Emulation.setDeviceMetricsOverride',
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.ask('Page.navigate', url=url)
        self.until('document.readyState === "complete"')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.browser.kill()
        self.browser.wait()
        os.close(self.out)
        os.close(self.back)
        shutil.rmtree(self.folder, ignore_errors=True)

    def message(self):
        while b'\0' not in self.rest:
            more = os.read(self.back, 1 << 20)
            if not more:
                raise AssertionError('the browser ended')
            self.rest += more
        one, self.rest = self.rest.split(b'\0', 1)
        return json.loads(one)

    def ask(self, method, **params):
        """Sends a command and returns its result; events that come meanwhile are kept."""
        self.number += 1
        what = {'id': self.number, 'method': method, 'params': params}
        if getattr(self, 'session', None):
            what['sessionId'] = self.session
        os.write(self.out, json.dumps(what).encode() + b'\0')
        while True:
            m = self.message()
            if m.get('id') == self.number:
                assert 'error' not in m, (method, m)
                return m['result']
            self.events.append(m)

    def value(self, script):
        """What an expression of the page is; it may be a promise."""
        r = self.ask(
            'Runtime.evaluate', expression=script, returnByValue=True, awaitPromise=True
        )
        assert 'exceptionDetails' not in r, r['exceptionDetails']
        return r['result'].get('value')

    def until(self, script, seconds=120):
        end = time.monotonic() + seconds
        while not self.value(script):
            assert time.monotonic() < end, f'it never came: {script}'
            time.sleep(0.05)

    def drop(self, selector, *paths):
        """Files into a field for files, as if they had been chosen."""
        root = self.ask('DOM.getDocument')['root']['nodeId']
        node = self.ask('DOM.querySelector', nodeId=root, selector=selector)['nodeId']
        self.ask(
            'DOM.setFileInputFiles', nodeId=node, files=[os.path.abspath(p) for p in paths]
        )

    def picture(self, path):
        """A PNG of the whole page."""
        r = self.ask('Page.captureScreenshot', captureBeyondViewport=True)
        with open(path, 'wb') as f:
            f.write(base64.b64decode(r['data']))

    def said(self):
        """Errors and refusals that the page has met: of its policy, its scripts, its requests."""
        kinds = ('Runtime.exceptionThrown', 'Log.entryAdded', 'Network.requestWillBeSent')
        return [
            m
            for m in self.events
            if m.get('method') in kinds
            and (m['method'] != 'Network.requestWillBeSent' or self.outward(m))
        ]

    @staticmethod
    def outward(m):
        url = m['params']['request']['url']
        return not url.startswith(('file:', 'blob:', 'data:', 'about:'))
