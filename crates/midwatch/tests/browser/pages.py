"""axe-core over every page, light and dark, narrow and wide: pages.py SETTINGS. Pictures where `shots` names a place."""

import os
import re
import sys
from collections import Counter
from pathlib import Path

import people
import walk
from axe_playwright_python import base
from driver import Settings, chromium, shot

# Width in CSS pixels; what counts as narrow is a telephone.
WIDTHS = (360, 1280)
SCHEMES = ("light", "dark")
SERIOUS = ("serious", "critical")

AXE = Path(base.__file__).parent.joinpath("axe.min.js").read_text()


class Checks:
    """What axe says of pages."""

    def __init__(self, settings, context, page):
        self.settings = settings
        self.page = page
        self.devtools = context.new_cdp_session(page)
        self.found = []
        self.runs = 0

    def look(self, name, only_shots=False):
        """The page as it is, in each width and scheme, without loading it anew."""
        page = self.page
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                shot(self.settings, page, f"{name}-{width}-{scheme}")
                if not only_shots:
                    self.check(f"{name} {width} {scheme}")
            overflow = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if overflow > 0:
                self.found.append(("serious", "wider-than-the-screen", f"{name} {width}", f"{overflow} px"))
        page.emulate_media(color_scheme=None)

    def check(self, where):
        """One run. The engine comes in past the page's own policy, which lets no other script run."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.devtools.send("Runtime.evaluate", {"expression": AXE + ";0"})
        call = "axe.run(document, { resultTypes: ['violations'] })"
        answer = self.devtools.send(
            "Runtime.evaluate", {"expression": call, "awaitPromise": True, "returnByValue": True}
        )
        assert "exceptionDetails" not in answer, answer
        self.runs += 1
        for violation in answer["result"]["value"]["violations"]:
            nodes = "; ".join(
                f"{node['html'][:200]} ({' '.join(node.get('failureSummary', '').split())[:200]})"
                for node in violation["nodes"][:3]
            )
            self.found.append((violation["impact"], violation["id"], where, nodes))


def open_all(page):
    """What is folded up is looked at too."""
    page.evaluate("() => { for (const one of document.querySelectorAll('details')) one.open = true; }")


def main():
    settings = Settings(sys.argv[1])
    with chromium(settings) as browser:
        context = browser.context()
        page = context.new_page()
        checks = Checks(settings, context, page)
        page.goto("/setup")
        checks.look("setup")
        people.first_account(settings, page)
        checks.look("account-new")
        app, _ = people.add_app(page, checks.look)
        page.goto("/account")
        page.get_by_label("Name of a new token").fill("the lab")
        page.get_by_role("checkbox", name="read").check()
        page.get_by_role("button", name="Make a token").click()
        page.get_by_role("heading", name="The token the lab").wait_for()
        checks.look("account-token")
        people.add_person(page, "wilhelm", "viewer", checks.look)
        self = walk.Walk(settings, browser, context, page)
        self.first_looks()
        self.add_target()
        self.swap()
        self.changes()
        hrefs = page.locator("li.event a.name").evaluate_all("all => all.map(one => one.getAttribute('href'))")
        paths = ["/", "/targets", "/targets/shop", "/targets/git-example", "/targets/git-example/host-key", "/events"]
        paths += ["/alerts", "/search?q=shop", "/explain", "/explain/hsts-missing", "/settings", "/audit", "/about"]
        paths += ["/account", "/people", "/targets/mail", *hrefs[:2]]
        for path in paths:
            page.goto(path)
            name = re.sub("[^a-z0-9]+", "-", path.strip("/")) or "overview"
            folded = page.locator("main details").count() > 0
            checks.look(name, only_shots=folded)
            if folded:
                # All of it at once, what shows without too.
                open_all(page)
                checks.look(f"{name}-open")
        page.goto("/")
        page.emulate_media(media="print")
        shot(settings, page, "overview-print")
        page.emulate_media(media="screen")
        page.goto("/nothing")
        checks.look("fault")
        page.goto("/")
        page.get_by_role("button", name="Log out").click()
        page.get_by_role("heading", name="You are logged out").wait_for()
        checks.look("logout")
        page.goto("/login")
        checks.look("login")
        people.fill_login(page, people.ADMIN, people.PASSWORD)
        page.wait_for_url("**/login/second")
        checks.look("login-second")
    counts = Counter(impact for impact, *_ in checks.found)
    print(f"axe: {checks.runs} runs, {dict(counts)}")
    for one in sorted(set(checks.found)):
        print(*one, sep=" | ")
    bad = [one for one in checks.found if one[0] in SERIOUS]
    assert not bad, f"{len(bad)} serious faults"
    print("looked at")


if __name__ == "__main__":
    os.umask(0o022)
    main()
