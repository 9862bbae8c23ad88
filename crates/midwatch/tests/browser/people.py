"""What every walk begins with: the first account, its second factor, and logging in and out."""

import re

from driver import now_step, totp

PASSWORD = "seven herons over still water"
ADMIN = "elizabeth"


def first_account(settings, page):
    """The first start. The code is the one that the daemon printed."""
    page.goto("/")
    page.wait_for_url("**/setup")
    page.get_by_label("Code").fill(settings.code)
    page.get_by_label("Name").fill(ADMIN)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The password again").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    page.get_by_role("heading", name="Your account").wait_for()


class App:
    """An authenticator app: its secret, and the newest step whose code it gave."""

    def __init__(self, secret):
        self.secret = secret
        self.step = 0

    def code(self):
        """A code that was not given before. The server takes that of the next step too, for clocks that differ."""
        step = max(now_step(), self.step + 1)
        assert step <= now_step() + 1, "three codes in a minute are more than a person would need"
        self.step = step
        return totp(self.secret, step)


def add_app(page, look=lambda name: None):
    """Sets up the app. It, and the recovery codes."""
    page.get_by_role("button", name="Set up an app").click()
    page.get_by_role("heading", name="Set up an app").wait_for()
    look("account-app")
    app = App(page.locator("main code").inner_text().replace(" ", ""))
    page.get_by_role("textbox", name="Code").fill(app.code())
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    look("account-recovery")
    codes = page.locator("main pre").inner_text().split()
    assert len(codes) == 10, codes
    page.get_by_role("link", name="I have them").click()
    return app, codes


def fill_login(page, name, password):
    """Name and password."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in", exact=True).click()


def log_in(page, app):
    """The admin, by password and app."""
    page.goto("/login")
    fill_login(page, ADMIN, PASSWORD)
    page.wait_for_url("**/login/second")
    page.get_by_label("Code of the app").fill(app.code())
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", level=1).wait_for()


def add_person(page, name, role, look=lambda name: None):
    """An account for somebody else. The first password, as it is shown once."""
    page.goto("/people")
    page.get_by_label("Name").fill(name)
    page.locator("#role").select_option(role)
    page.get_by_role("button", name="Make the account").click()
    page.get_by_role("heading", name=f"A password for {name}").wait_for()
    look("people-password")
    return page.locator("main pre").inner_text().strip()


def csrf(page):
    """The value that proves a form to be of these pages."""
    return page.locator("form[action='/logout'] input[name=csrf]").get_attribute("value")


def cookie(context):
    """The session, as a header."""
    own = [one for one in context.cookies() if one["name"].startswith("__Host-")]
    assert all(one["secure"] and one["httpOnly"] and one["sameSite"] == "Strict" for one in own), own
    return "; ".join(f"{one['name']}={one['value']}" for one in own)


def log_out(context, page):
    """Leaves, and finds nothing left."""
    page.goto("/targets")
    with page.expect_response(re.compile("/logout$")) as answer:
        page.get_by_role("button", name="Log out").click()
    cleared = answer.value.header_value("clear-site-data") or ""
    assert all(word in cleared for word in ['"cache"', '"cookies"', '"storage"']), cleared
    page.get_by_role("heading", name="You are logged out").wait_for()
    assert context.cookies() == [], context.cookies()
    page.go_back()
    page.wait_for_url("**/login?**")
    page.get_by_role("heading", name="Log in").wait_for()
    assert page.get_by_role("button", name="Log out").count() == 0
