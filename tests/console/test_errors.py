"""What the page says when the API does not do what was asked."""

from __future__ import annotations

from playwright.sync_api import expect
from world import Case


class Errors(Case):
    def setUp(self) -> None:
        super().setUp()
        self.id = self.api.upsert(uid="kim", email="kim@example.com", plan="basic")

    def edit_plan(self) -> None:
        self.button("Edit plan").click()
        self.page.get_by_role("dialog").get_by_label("Value").fill("gold")
        self.button("Store").click()

    def test_a_page_of_something_that_is_gone_says_so(self):
        for page in ("user", "company", "deletion"):
            with self.subTest(page=page):
                self.open(f"{page}/0123456789abcdef01234567", sign_in=page == "user")
                expect(self.page.get_by_role("alert")).to_contain_text("It was not found.")

    def test_an_unknown_page_is_the_first_one(self):
        self.open("__proto__/constructor")
        expect(self.page.get_by_role("heading", name="Find users")).to_be_visible()

    def test_each_error_has_a_message_that_helps_and_the_apis_own(self):
        advice = {
            400: "does not understand",
            404: "It was not found.",
            408: "took too long to arrive",
            409: "conflicts with what is stored",
            413: "too large",
            422: "does not accept what was sent",
            500: "The API failed.",
            504: "did not finish in time",
            418: "an error (418)",
        }
        self.open(f"user/{self.id}")
        for status, words in advice.items():
            with self.subTest(status=status):
                self.fail_once("**/v3/observe/hooks/profiles", "POST", status, ["<b>the reason</b>"])
                self.edit_plan()
                alert = self.page.get_by_role("alert")
                expect(alert).to_contain_text(words)
                expect(alert).to_contain_text("<b>the reason</b>")
                expect(self.page.get_by_role("dialog").get_by_label("Value")).to_have_value("gold")
                self.button("Cancel").click()
                self.page.unroute_all()
        self.assertEqual(self.api.profile(uid="kim")["plan"], "basic")

    def test_what_is_refused_for_now_is_sent_again_and_a_lasting_refusal_is_told(self):
        self.open(f"user/{self.id}")
        for status in (429, 503):
            with self.subTest(status=status):
                seen = self.fail_once("**/v3/observe/hooks/profiles", "POST", status, ["please retry"], {"Retry-After": "0"})
                self.edit_plan()
                expect(self.page.get_by_role("dialog")).to_have_count(0)
                self.assertEqual(len(seen), 2)
                self.page.unroute_all()
        answer = {"status": 429, "body": '{"message":"Too Many Requests"}', "headers": {"Retry-After": "0"}}
        self.page.route("**/v3/observe/hooks/profiles", lambda route: route.fulfill(**answer))
        self.edit_plan()
        expect(self.page.get_by_role("alert")).to_contain_text("The API is busy")
        expect(self.page.get_by_role("alert")).to_contain_text("Too Many Requests")

    def test_a_count_that_is_refused_is_tried_again_and_counts_never_meet(self):
        self.open()
        expect(self.page.get_by_role("status", name="Count")).to_have_text("1 user")
        under_way, most = set(), 0

        def sent(request) -> None:
            nonlocal most
            if request.url.endswith("/count"):
                under_way.add(request)
                most = max(most, len(under_way))

        self.page.on("request", sent)
        self.page.on("requestfinished", lambda request: under_way.discard(request))
        self.fail_once("**/v3/analyze/profiles/count", "POST", 429, ["Rate Limited"], {"Retry-After": "0"})
        self.page.get_by_label("Property").fill("plan")
        for letter in ("b", "ba", "basi", "basic", "gold"):
            self.page.get_by_label("Value").fill(letter)
        expect(self.page.get_by_role("status", name="Count")).to_have_text("0 users")
        self.assertEqual(most, 1)

    def test_a_lost_connection_while_forgetting_is_told_and_tried_again(self):
        self.open(f"user/{self.id}")
        lost = []

        def answer(route) -> None:
            lost.append(route.request)
            route.abort() if len(lost) == 1 else route.fallback()

        self.page.route("**/forget", answer)
        self.button("Forget…").click()
        dialog = self.page.get_by_role("dialog")
        for label in ("Id, uid or e-mail", "The same again"):
            dialog.get_by_label(label).fill("kim")
        self.button("Forget the user").click()
        expect(self.page.get_by_role("alert")).to_contain_text("The connection to the API was lost.")
        self.button("Try again").click()
        expect(self.page.get_by_text("Everything is removed.").first).to_be_visible()
        self.assertEqual(self.api.call("POST", "v3/analyze/profile", {"uid": "kim"})[0], 404)
