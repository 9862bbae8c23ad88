"""Chromium as the walks use it: what it may reach, what it said, and how one waits in it."""

import base64
import hashlib
import hmac
import http.client
import json
import ssl
import struct
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

# The longest wait for anything that a page or the daemon does, in seconds. Generous: test machines are busy.
LIMIT = 60
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]


class Settings:
    """What the test says: addresses, files and names, as JSON."""

    def __init__(self, text):
        self.__dict__.update(json.loads(text))


class Browser:
    """A browser that knows the dashboard's name alone, and everything that went wrong in it."""

    def __init__(self, settings, browser):
        self.settings = settings
        self.browser = browser
        self.faults = []

    def context(self, **options):
        """A browser that was never here: without cookies. Every page of it is listened to."""
        context = self.browser.new_context(base_url=self.settings.url, accept_downloads=True, **options)
        context.set_default_timeout(LIMIT * 1000)
        context.on("page", self.listen)
        return context

    def listen(self, page):
        """Keeps what the console says, errors of scripts, and requests that lead elsewhere."""
        page.on("console", lambda said: self.hear(page, said.text))
        page.on("pageerror", lambda error: self.faults.append(f"script of {page.url}: {error}"))
        page.on("request", self.ask)

    def hear(self, page, text):
        # Chromium's own word that the log-out cleared what it kept.
        if not text.startswith(f"Clear-Site-Data header on '{self.settings.url}/logout': Cleared data types:"):
            self.faults.append(f"console of {page.url}: {text}")

    def ask(self, request):
        host = urlsplit(request.url)
        if host.scheme != "data" and host.netloc != urlsplit(self.settings.url).netloc:
            self.faults.append(f"a request to {request.url}")


@contextmanager
def chromium(settings):
    """Runs it. The dashboard's authority is trusted as a person would have it be: HOME has it in its NSS store."""
    rules = f"MAP {settings.name} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=settings.chromium,
            args=[*FLAGS, f"--host-resolver-rules={rules}"],
            env={"HOME": settings.home, "PATH": "/usr/bin:/bin"},
        )
        try:
            yield Browser(settings, browser)
        finally:
            browser.close()


def until(what, condition):
    """Asks again and again, and fails with `what` where it does not come to hold."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"in {LIMIT} s, not: {what}")


def reload_until(page: Page, what, condition):
    """The same for a page that is loaded anew each time."""

    def look():
        found = condition()
        if not found:
            page.reload()
        return found

    return until(what, look)


def totp(secret, step):
    """A code of RFC 6238, as apps compute it: HMAC-SHA-1, six digits, steps of 30 s."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def now_step():
    """The step of this moment."""
    return int(time.time()) // 30


def ask(settings, method, path, headers=None, body=None):
    """One request past the browser. Its status, its headers in small letters, and its body."""
    context = ssl.create_default_context(cafile=settings.authority)
    connection = http.client.HTTPSConnection("127.0.0.1", settings.port, timeout=LIMIT, context=context)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def shot(settings, page, name):
    """A picture of the whole page, where a directory for them is named."""
    if settings.shots:
        page.screenshot(path=Path(settings.shots) / f"{name}.png", full_page=True)
