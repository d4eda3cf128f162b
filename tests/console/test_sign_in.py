"""The secret: how it is given, kept and forgotten."""

from __future__ import annotations

from playwright.sync_api import expect
from world import Case


class SignIn(Case):
    def test_a_wrong_secret_is_refused_with_a_message_and_another_can_be_given(self):
        self.open(sign_in=False)
        self.sign_in("wrong")
        expect(self.page.get_by_role("alert")).to_contain_text("The secret is not accepted")
        expect(self.page.get_by_role("navigation", name="Pages")).to_be_hidden()
        self.sign_in(self.secret)
        expect(self.page.get_by_role("heading", name="Find users")).to_be_visible()

    def test_the_secret_is_kept_for_the_tab_only(self):
        self.open()
        self.page.reload()
        expect(self.page.get_by_role("heading", name="Find users")).to_be_visible()
        other = self.context.new_page()
        other.goto(f"{self.origin}/console")
        expect(other.get_by_label("Account secret")).to_be_visible()

    def test_a_button_forgets_the_secret(self):
        self.open()
        self.button("Forget the secret").click()
        expect(self.page.get_by_label("Account secret")).to_be_visible()
        self.assertEqual(self.page.evaluate("sessionStorage.length"), 0)

    def test_a_secret_that_expires_is_asked_for_again_and_nothing_on_the_page_is_lost(self):
        profile = self.api.upsert(uid="kim", plan="basic")
        self.open(f"user/{profile}")
        seen = self.fail_once("**/v3/observe/hooks/profiles", "POST", 403, ["Unauthorized: Please check your Chameleon Account Secret"])
        self.button("Edit plan").click()
        self.page.get_by_role("dialog").get_by_label("Value").fill("gold")
        self.button("Store").click()
        # Of another account: what is on the page must not be sent there.
        self.sign_in(self.server.account(), "Continue")
        expect(self.page.get_by_role("alert")).to_contain_text("another account")
        self.sign_in(self.secret, "Continue")
        expect(self.page.get_by_role("dialog")).to_have_count(0)
        self.assertEqual(self.api.profile(uid="kim")["plan"], "gold")
        self.assertEqual(len(seen), 2)
