"""A Chromium without a window, spoken to over two pipes (Chrome DevTools Protocol)."""

import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile

import exports

NAMES = ("chromium", "chromium-browser", "google-chrome")
TIMEOUT = 60  # seconds without any answer


class Browser:
    def __init__(self):
        program = next(filter(None, map(shutil.which, NAMES)), None)
        if program is None:
            exports.lack("no chromium: scripts/setup tests installs it")
        self.profile = tempfile.mkdtemp(prefix="memmap-chromium-")
        to_read, self.to = os.pipe()
        self.answers, to_write = os.pipe()
        command = [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
                   "--disable-dev-shm-usage", "--remote-debugging-pipe", f"--user-data-dir={self.profile}"]
        # Chromium reads commands from 3 and writes answers to 4.
        shell = ["/bin/sh", "-c", f'exec "$@" 3<&{to_read} 4>&{to_write}', "sh", *command]
        self.process = subprocess.Popen(shell, pass_fds=(to_read, to_write), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(to_read)
        os.close(to_write)
        self.rest, self.number, self.session, self.events = b"", 0, None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.to)  # Chromium ends when its pipe does
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.answers)
        shutil.rmtree(self.profile, ignore_errors=True)

    def message(self):
        while b"\0" not in self.rest:
            piece = os.read(self.answers, 1 << 20)
            exports.check(piece, "chromium went away")
            self.rest += piece
        text, _, self.rest = self.rest.partition(b"\0")
        return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.to, json.dumps(request).encode() + b"\0")
        signal.alarm(TIMEOUT)
        while (answer := self.message()).get("id") != self.number:
            self.events.append(answer)
        signal.alarm(0)
        exports.check("error" not in answer, f"{method}: {answer.get('error')}")
        return answer["result"]

    def ask(self, expression):
        """The value of a JavaScript expression; a promise is waited for."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        wrong = answer.get("exceptionDetails")
        exports.check(not wrong, f"{expression}: {wrong and wrong.get('exception', {}).get('description')}")
        return answer["result"].get("value")

    def becomes(self, condition):
        """Whether a JavaScript expression is true within ten seconds: input and emulation are not always seen at once."""
        return self.ask(f"""new Promise((done) => {{
          const end = performance.now() + 10000;
          const look = () => {{
            const holds = Boolean({condition});
            if (holds || performance.now() > end) done(holds);
            else setTimeout(look, 10);
          }};
          look();
        }})""")

    def open(self, path, dark=False, width=1400, height=1000):
        """Milliseconds from the start of the navigation until the page is drawn."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.scheme(dark)
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        return self.ask("""new Promise((done) => {
          const look = () => {
            const ready = document.documentElement?.dataset.ready;
            const failed = document.getElementById('findings')?.textContent.startsWith('The page cannot');
            if (ready || failed) done(failed ? document.getElementById('findings').textContent : Number(ready));
            else setTimeout(look, 10);
          };
          look();
        })""")

    def scheme(self, dark):
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[feature])

    def key(self, key):
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def point(self, x, y, kind="mouseMoved", **more):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def click(self, selector):
        self.ask(f"document.querySelector({json.dumps(selector)}).click()")

    def complaints(self):
        """Exceptions, and requests for anything but the page itself."""
        wrong = [event["params"]["exceptionDetails"]["exception"].get("description") for event in self.events
                 if event.get("method") == "Runtime.exceptionThrown"]
        wrong += [event["params"]["request"]["url"] for event in self.events
                  if event.get("method") == "Network.requestWillBeSent"
                  and not event["params"]["request"]["url"].startswith(("file:", "data:", "blob:"))]
        return wrong

    def picture(self, path, whole=False):
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(data))
