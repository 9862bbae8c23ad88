"""The dashboard on plain loopback: browsers keep its cookies there too: plain.py SETTINGS."""

import sys

import people
from driver import Settings, chromium


def main():
    settings = Settings(sys.argv[1])
    with chromium(settings) as browser:
        context = browser.context()
        page = context.new_page()
        people.first_account(settings, page)
        assert people.cookie(context)
        page.goto("/account")
        page.get_by_text("Browsers make passkeys for names over https alone").wait_for()
        people.log_out(context, page)
        people.fill_login(page, people.ADMIN, people.PASSWORD)
        page.wait_for_url("**/targets")
        page.get_by_role("heading", name="Targets", level=1).wait_for()
        people.log_out(context, page)
        assert browser.faults == [], browser.faults
    print("walked")


main()
