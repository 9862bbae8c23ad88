"""From the first start to the log-out, as a person would go, with script and without: walk.py SETTINGS."""

import json
import os
import shutil
import signal
import socket
import ssl
import sys
from urllib.parse import urlsplit

import people
from driver import Settings, ask, chromium, reload_until, until


class Walk:
    """One person's way through the dashboard."""

    def __init__(self, settings, browser, context=None, page=None):
        self.settings = settings
        self.browser = browser
        self.script = settings.script
        self.context = context or browser.context(java_script_enabled=self.script)
        self.page = page or self.context.new_page()

    def heading(self, text):
        """Waits for a page."""
        self.page.get_by_role("heading", level=1, name=text).wait_for()

    def notice(self, text):
        """What has just been done is said."""
        self.page.locator(".notice", has_text=text).wait_for()

    def passkey(self):
        """A passkey of a device, and a log-in by it alone."""
        page = self.page
        devtools = self.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
        options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        page.goto("/account")
        page.get_by_label("Name of a new passkey").fill("key of the lab")
        page.get_by_role("button", name="Make a passkey").click()
        page.get_by_role("cell", name="key of the lab").wait_for()
        people.log_out(self.context, page)
        page.goto("/login?next=/account")
        page.get_by_role("button", name="Log in by a passkey").click()
        self.heading("Your account")
        page.get_by_role("cell", name="passkey", exact=True).wait_for()

    def first_looks(self):
        """What the configuration names is looked at by itself."""
        self.page.goto("/")
        self.heading("Overview")
        at_once = self.page.get_by_text("not looked at yet")
        reload_until(self.page, "every target is looked at", lambda: at_once.count() == 0)

    def add_target(self):
        """One more, which the policy allows; and one that it does not."""
        page = self.page
        page.goto("/targets")
        page.get_by_label("What to look at").fill("https://news.example/")
        page.get_by_label("Name, for people").fill("The news")
        page.get_by_label("Tags").fill("public, people")
        page.get_by_role("button", name="Add").click()
        self.notice("It is added")
        self.heading("The news")
        self.news = urlsplit(page.url).path
        report = page.get_by_role("link", name="Report as HTML")
        reload_until(page, "a report of the new target", lambda: report.count() > 0)

    def finding(self):
        """A finding, with the lines that mend it."""
        page = self.page
        page.goto(self.news)
        finding = page.locator("#details ~ * details, details").filter(has_text="HSTS").first
        finding.wait_for()
        text = page.locator("main").inner_text()
        assert "hsts-missing" in page.content(), "the finding's id"
        if self.script:
            finding.locator("summary").first.click()
        assert "add_header Strict-Transport-Security" in page.content(), text
        page.goto("/explain/hsts-missing")
        page.get_by_role("heading", level=1).wait_for()

    def live(self):
        """The page tells of a look that somebody else asks for, without being loaded anew."""
        page = self.page
        page.goto("/targets/shop")
        page.locator("#live").wait_for()
        page.evaluate(
            "() => { window.lines = []; const list = document.querySelector('[data-live-list]');"
            " new MutationObserver(() => { for (const one of list.children) window.lines.push(one.textContent); })"
            ".observe(list, { childList: true }); }"
        )
        # Past the browser, so that the page stays in front.
        headers = {"Cookie": people.cookie(self.context), "Host": self.settings.host, "Sec-Fetch-Site": "same-origin"}
        headers |= {"Origin": self.settings.url, "Content-Type": "application/x-www-form-urlencoded"}
        status, _, body = ask(self.settings, "POST", "/targets/shop/look", headers, f"csrf={people.csrf(page)}")
        assert status == 303, (status, body)
        page.get_by_text("A look has ended since this page was made").wait_for()
        lines = page.evaluate("() => window.lines")
        assert any(line.startswith("The shop ") for line in lines), lines
        page.get_by_role("link", name="Show the new state").click()
        self.heading("The shop")

    def swap(self):
        """The shop gets another key and certificate of another authority, and loses its policy on https."""
        for source, target in self.settings.swaps:
            shutil.copyfile(source, target)
        with open(self.settings.swaps[0][0]) as file:
            new = ssl.PEM_cert_to_DER_cert(file.read().split("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----\n")
        os.kill(self.settings.nginx, signal.SIGHUP)
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE

        def shown():
            with socket.create_connection(("127.0.0.1", self.settings.shop), timeout=10) as stream:
                with context.wrap_socket(stream, server_hostname="shop.example") as tls:
                    return tls.getpeercert(binary_form=True) == new

        until("nginx shows the new certificate", shown)

    def changes(self):
        """The changes that the swap makes, in the list of those that are open."""
        page = self.page
        page.goto("/targets/shop")
        page.get_by_role("button", name="Look now").click()
        self.notice("It is looked at")
        page.goto("/events?state=open&target=shop")
        certificate = page.locator("li.event a.name").filter(has_text="certificate")
        policy = page.locator("li.event a.name").filter(has_text="Strict-Transport-Security").or_(
            page.locator("li.event a.name").filter(has_text="HSTS")
        )
        reload_until(page, "the changes", lambda: certificate.count() > 0 and policy.count() > 0)
        titles = page.locator("li.event a.name").all_inner_texts()
        print("changes:", "; ".join(titles))
        return certificate.first, policy.first

    def change(self):
        """The change, side by side; it is acknowledged with a note, and another one is snoozed."""
        page = self.page
        certificate, policy = self.changes()
        other = policy.get_attribute("href")
        certificate.click()
        page.get_by_role("heading", name="Expected and met").wait_for()
        was, now = (page.locator(f".side.{side}").inner_text() for side in ("was", "is"))
        assert was != now and "Our old authority" in was and "Another authority" in now, (was, now)
        page.get_by_label("Note").fill("The shop moved to another authority today.\nAsked Charlotte.")
        page.get_by_role("button", name="It is known").click()
        self.notice("It is acknowledged")
        page.get_by_text("acknowledged", exact=True).wait_for()
        page.locator("q", has_text="Asked Charlotte").wait_for()
        page.goto(other)
        page.get_by_label("Tell of it again after").select_option("24")
        page.get_by_role("button", name="Snooze").click()
        self.notice("It is snoozed")
        page.goto("/events?state=open&target=shop")
        hrefs = page.locator("li.event a.name").evaluate_all("all => all.map(one => one.getAttribute('href'))")
        assert other not in hrefs, hrefs

    def host_key(self):
        """A key that nobody vouches for: cancel, a wrong end of it, the right one; and it is verified from then on."""
        page = self.page
        page.goto("/targets/git-example")
        page.get_by_role("link", name="Look at it and decide").click()
        self.heading("Host key of")
        page.get_by_role("heading", name="is not known").wait_for()
        page.get_by_role("link", name="Cancel").click()
        page.wait_for_url("**/targets/git-example")
        page.goto("/targets/git-example/host-key")
        page.get_by_label("The last 6 characters").fill(self.settings.tail)
        page.get_by_role("button", name="Verify and trust").click()
        self.notice("The key is trusted")
        page.get_by_role("button", name="Look now").click()
        self.notice("It is looked at")
        before = page.locator("h2#history ~ details tbody tr").count()
        page.goto("/targets/git-example")
        rows = page.locator("h2#history ~ details tbody tr")
        reload_until(page, "another look at the server", lambda: rows.count() > before)
        page.goto("/targets/git-example/host-key")
        page.get_by_role("heading", name="is verified").wait_for()
        assert page.get_by_role("button", name="Verify and trust").count() == 0

    def search(self):
        """Targets, changes and checks by a word."""
        page = self.page
        page.get_by_role("searchbox", name="Search targets, changes and checks").fill("shop")
        page.get_by_role("button", name="Search").click()
        self.heading("Search")
        for name in ("Targets", "Changes"):
            page.get_by_role("heading", name=name, exact=True).wait_for()
        page.get_by_role("link", name="The shop").first.wait_for()

    def export(self):
        """The report as files, and each page as JSON."""
        page = self.page
        page.goto("/targets/shop")
        for name, begins in (("Report as HTML", "<!doctype html>"), ("Report as JSON", "{")):
            with page.expect_download() as download:
                page.get_by_role("link", name=name).click()
            with open(download.value.path()) as file:
                text = file.read()
            assert text.lower().startswith(begins) and "shop.example" in text, text[:200]
        json.loads(text)
        link = page.get_by_role("link", name="This page as JSON").get_attribute("href")
        cookies = {"Cookie": people.cookie(self.context), "Sec-Fetch-Site": "same-origin"}
        status, headers, body = ask(self.settings, "GET", link, cookies | {"Host": self.settings.host})
        assert status == 200 and headers["content-type"] == "application/json", (status, headers)
        assert json.loads(body)["target"]["id"] == "shop"

    def token(self):
        """A token that may read, and no more."""
        page = self.page
        page.goto("/account")
        page.get_by_label("Name of a new token").fill("the lab")
        page.get_by_role("checkbox", name="read").check()
        page.get_by_role("button", name="Make a token").click()
        self.heading("The token the lab")
        token = page.locator("main pre").inner_text().strip()
        headers = {"Authorization": f"Bearer {token}", "Host": self.settings.host}
        status, _, body = ask(self.settings, "GET", "/api/v1/targets", headers)
        assert status == 200 and b"shop" in body, (status, body)
        status, _, body = ask(self.settings, "POST", "/api/v1/targets/shop/look", headers)
        assert status == 403, (status, body)
        status, _, _ = ask(self.settings, "GET", "/api/v1/targets", {"Host": self.settings.host})
        assert status == 401, status

    def viewer(self):
        """Somebody who may only read: no buttons, and no way around them."""
        password = people.add_person(self.page, "wilhelm", "viewer")
        context = self.browser.context(java_script_enabled=self.script)
        page = context.new_page()
        page.goto("/targets/shop")
        people.fill_login(page, "wilhelm", password)
        page.wait_for_url("**/targets/shop")
        page.get_by_role("heading", name="The shop").wait_for()
        for name in ("Look now", "Pause"):
            assert page.get_by_role("button", name=name).count() == 0, name
        assert page.get_by_role("link", name="Audit log").count() == 0
        proof = people.csrf(page)
        headers = {"Cookie": people.cookie(context), "Host": self.settings.host, "Sec-Fetch-Site": "same-origin"}
        headers |= {"Origin": self.settings.url, "Content-Type": "application/x-www-form-urlencoded"}
        for path in ("/targets/shop/look", "/targets/shop/pause", "/events/1/acknowledge"):
            status, _, body = ask(self.settings, "POST", path, headers, f"csrf={proof}&note=x")
            assert status == 403 and b"Your role does not allow this" in body, (path, status, body)
        for path in ("/audit", "/people"):
            status, _, _ = ask(self.settings, "GET", path, headers)
            assert status == 403, (path, status)
        people.log_out(context, page)
        context.close()

    def go(self):
        """All of it."""
        settings, page = self.settings, self.page
        people.first_account(settings, page)
        app, codes = people.add_app(page)
        people.log_out(self.context, page)
        people.log_in(page, app)
        if self.script:
            self.passkey()
        else:
            # Each recovery code is taken once.
            people.log_out(self.context, page)
            page.goto("/login")
            people.fill_login(page, people.ADMIN, people.PASSWORD)
            page.get_by_label("Code of the app").fill(codes[0])
            page.get_by_role("button", name="Go on").click()
            self.heading("Overview")
        self.first_looks()
        self.add_target()
        self.finding()
        if self.script:
            self.live()
        self.swap()
        self.change()
        self.host_key()
        self.search()
        self.export()
        self.token()
        self.viewer()
        page.goto("/audit")
        deeds = page.locator("main table").inner_text()
        for deed in ("setup", "app-added", "target-added", "change-acknowledged", "host-key-trusted", "token-added"):
            assert deed in deeds, (deed, deeds)
        people.log_out(self.context, page)
        assert self.browser.faults == [], self.browser.faults


def main():
    settings = Settings(sys.argv[1])
    with chromium(settings) as browser:
        walk = Walk(settings, browser)
        try:
            walk.go()
        except Exception:
            print(f"at {walk.page.url}\n{walk.page.locator('body').inner_text()[:3000]}\n{browser.faults}")
            raise
    print("walked")


if __name__ == "__main__":
    main()
