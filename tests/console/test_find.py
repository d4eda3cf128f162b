"""Finding users: by an identifier, and by filters."""

from __future__ import annotations

import csv
import io

from playwright.sync_api import expect
from world import Case


class FindOne(Case):
    def test_one_field_takes_an_id_a_uid_or_an_address(self):
        # A uid that looks like an id, and one that looks like an address.
        users = {"kim": {"email": "kim@example.com"}, "0123456789abcdef01234567": {}, "lee@example.com": {}}
        ids = {uid: self.api.upsert(uid=uid, **fields) for uid, fields in users.items()}
        self.open()
        for typed, uid in [("kim", "kim"), (" Kim@Example.com ", "kim"), (ids["kim"], "kim"), *((uid, uid) for uid in users)]:
            with self.subTest(typed=typed):
                self.go("find")
                self.show_user(typed)
                expect(self.page.get_by_role("heading", level=1, name=uid)).to_be_visible()
                self.assertTrue(self.page.url.endswith(f"#/user/{ids[uid]}"))

    def test_somebody_unknown_is_told_plainly(self):
        self.open()
        self.show_user("nobody")
        expect(self.page.get_by_role("alert")).to_contain_text("It was not found.")
        expect(self.page.get_by_label("Id, uid or e-mail")).to_have_value("nobody")


class FindMany(Case):
    def setUp(self) -> None:
        super().setUp()
        users = [{"uid": f"user-{n:03}", "seats": n, "is_admin": n % 2 == 0, "plan": "gold" if n < 30 else "basic"} for n in range(120)]
        users[7].update(company={"uid": "acme", "name": "Acme"}, note="=1+1", tags=["vip"])
        self.api.upsert_many(users)
        # The registry is told after the answer.
        self.api.ok("GET", "v3/edit/properties?kind=profile")

    def filter(self, index: int, prop: str, test: str, value: str | None) -> None:
        row = self.page.get_by_role("list", name="Filters").get_by_role("listitem").nth(index)
        row.get_by_label("Property").fill(prop)
        row.get_by_label("Test").select_option(label=test)
        if value is not None:
            row.get_by_label("Value").fill(value)

    def expect_count(self, text: str) -> None:
        expect(self.page.get_by_role("status", name="Count")).to_have_text(text)

    def test_filters_count_as_you_go_and_their_tests_fit_the_type(self):
        self.open()
        self.expect_count("120 users")
        self.filter(0, "seats", "is at least", "100")
        self.expect_count("20 users")
        tests = self.page.get_by_label("Test").locator("option").all_inner_texts()
        self.assertIn("is at most", tests)
        self.assertNotIn("contains", tests)
        self.button("Add a filter").click()
        self.filter(1, "is_admin", "is", "true")
        self.expect_count("10 users")
        self.page.get_by_label("Who fits").select_option(label="one of them")
        self.expect_count("70 users")
        self.button("Remove filter 1").click()
        self.filter(0, "company.name", "is", "Acme")
        self.expect_count("1 user")

    def test_pages_lead_through_everybody_once(self):
        self.open()
        self.button("Show them").click()
        found = []
        for page in (1, 2, 3):
            expect(self.page.get_by_text(f"Page {page}", exact=True)).to_be_visible()
            found += self.page.locator("tbody tr td:first-child").all_inner_texts()
            if page < 3:
                self.button("Next page").click()
        self.assertEqual(sorted(found), [f"user-{n:03}" for n in range(120)])
        expect(self.button("Next page")).to_be_disabled()
        self.button("Previous page").click()
        expect(self.page.get_by_text("Page 2", exact=True)).to_be_visible()

    def test_columns_are_chosen_and_saved_as_a_csv_without_formulas(self):
        self.open()
        self.filter(0, "plan", "is one of (with commas between)", "gold, silver")
        self.expect_count("30 users")
        self.button("Show them").click()
        self.page.get_by_text("Columns", exact=True).click()
        for column in ("note", "tags"):
            self.page.get_by_label("Column", exact=True).fill(column)
            self.button("Add the column").click()
        self.button("Remove column email").click()
        expect(self.page.get_by_role("columnheader", name="note")).to_be_visible()
        content = self.saved(self.button("Save all as a CSV").click)
        head, *rows = csv.reader(io.StringIO(content))
        self.assertEqual(head, ["uid", "created_at", "company.name", "note", "tags"])
        self.assertEqual(sorted(row[0] for row in rows), [f"user-{n:03}" for n in range(30)])
        seventh = next(row for row in rows if row[0] == "user-007")
        self.assertEqual(seventh[2:], ["Acme", "'=1+1", '["vip"]'])

    def test_an_export_goes_on_at_the_page_that_failed(self):
        self.open()
        self.button("Show them").click()
        expect(self.button("Save all as a CSV")).to_be_visible()
        seen = []

        def break_off(route) -> None:
            seen.append(route.request)
            route.abort() if len(seen) == 1 else route.fallback()

        self.page.route("**/v3/analyze/profiles", break_off)
        self.button("Save all as a CSV").click()
        expect(self.page.get_by_role("alert")).to_contain_text("The connection to the API was lost.")
        content = self.saved(self.button("Try again").click)
        self.assertEqual(len(content.splitlines()), 121)
