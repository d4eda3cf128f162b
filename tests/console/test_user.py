"""A user: what is shown, edited, cleared and forgotten."""

from __future__ import annotations

import json

from playwright.sync_api import expect
from world import Case

TOUR = "5fb70dcbc39330000325a94d"
SURVEY = "5fb70dcbc39330000325a94e"


class User(Case):
    def setUp(self) -> None:
        super().setUp()
        company = {"uid": "acme", "name": "Acme", "plan": "enterprise"}
        fields = {"plan": "gold", "seats": 4, "is_admin": True, "paid_at": "2029-04-07", "tags": ["a"], "traits": {"x": 1}, "gone": None}
        self.id = self.api.upsert(uid="kim", email="kim@example.com", company=company, **fields)

    def value(self, name: str):
        row = self.page.get_by_role("row").filter(has=self.page.get_by_role("cell", name=name, exact=True))
        return row.get_by_role("cell").nth(2)

    def edit(self, name: str, type: str, value: str) -> None:
        self.button(f"Edit {name}").click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("Type").select_option(label=type)
        dialog.get_by_label("Value").fill(value)
        dialog.get_by_role("button", name="Store").click()

    def test_properties_are_shown_with_their_types_and_the_company_leads_to_its_page(self):
        self.open(f"user/{self.id}")
        table = self.page.get_by_role("table", name="Properties")
        expect(table).to_be_visible()
        types = {row.locator("td").nth(0).inner_text(): row.locator("td").nth(1).inner_text() for row in table.locator("tbody tr").all()}
        expected = {"plan": "text", "seats": "number", "is_admin": "true or false", "paid_at": "time", "tags": "list", "traits": "hash"}
        self.assertEqual({name: types[name] for name in [*expected, "gone"]}, {**expected, "gone": "nothing"})
        profile = self.api.profile(uid="kim")
        for value in (profile["created_at"], profile["updated_at"]):
            expect(self.page.locator(f'dd time[datetime="{value}"]').first).to_be_visible()
        self.page.get_by_role("link", name="Acme").click()
        expect(self.page.get_by_role("heading", level=1, name="Acme")).to_be_visible()

    def test_a_property_is_edited_by_type_and_the_warnings_are_shown(self):
        self.open(f"user/{self.id}")
        self.edit("seats", "number", "12345678901234567890.5")
        expect(self.value("seats")).to_have_text("12345678901234567890.5")
        self.edit("tags", "list", '["x", "y"]')
        expect(self.value("tags")).to_contain_text("x")
        self.edit("plan", "text", "p" * 800)
        expect(self.page.get_by_text("cut to 768 bytes")).to_be_visible()
        self.edit("gone", "true or false", "false")
        expect(self.value("gone")).to_have_text("false")
        profile = self.api.profile(uid="kim")
        self.assertEqual((profile["tags"], profile["plan"], profile["gone"]), (["x", "y"], "p" * 768, False))
        self.assertEqual(profile["traits"], {"x": 1}, "other properties stay")

    def test_what_does_not_fit_its_type_is_not_sent(self):
        self.open(f"user/{self.id}")
        before = self.api.profile(uid="kim")
        self.edit("seats", "number", "twelve")
        expect(self.page.get_by_role("alert")).to_contain_text("not a number")
        expect(self.page.get_by_role("dialog").get_by_label("Value")).to_have_value("twelve")
        self.assertEqual(self.api.profile(uid="kim"), before)

    def test_a_question_about_a_user_is_gone_with_the_page(self):
        self.open(f"user/{self.id}")
        self.button("Forget…").click()
        expect(self.page.get_by_role("dialog")).to_be_visible()
        self.go("companies")
        expect(self.page.get_by_role("dialog")).to_have_count(0)

    def test_a_property_is_added(self):
        self.open(f"user/{self.id}")
        self.button("Add a property").click()
        self.page.get_by_role("dialog").get_by_label("Name").fill("Nick Name")
        self.page.get_by_role("dialog").get_by_label("Value").fill("K")
        self.button("Store").click()
        expect(self.value("nick_name")).to_have_text("K")
        self.assertEqual(self.api.profile(uid="kim")["nick_name"], "K")

    def test_an_address_of_somebody_else_is_refused_and_what_was_typed_stays(self):
        self.api.upsert(uid="lee", email="lee@example.com")
        self.open(f"user/{self.id}")
        self.edit("email", "text", "lee@example.com")
        expect(self.page.get_by_role("alert")).to_contain_text("conflicts with what is stored")
        expect(self.page.get_by_role("alert")).to_contain_text("belongs to another profile")
        expect(self.page.get_by_role("dialog").get_by_label("Value")).to_have_value("lee@example.com")
        self.assertEqual(self.api.profile(uid="kim")["email"], "kim@example.com")

    def test_the_timeline_has_everything_once_and_the_latest_first(self):
        kim = {"uid": "kim"}
        tours = [f"tour-{number}" for number in range(60)]
        for number, tour in enumerate(tours):
            self.api.experience(number, "tour.started", kim, tour={"id": tour})
        self.api.experience(100, "response.finished", kim, survey={"id": SURVEY}, response={"button_text": "Great", "input_text": "I like it"})
        events = [f"event_{number}" for number in range(60)]
        for event in events:
            self.api.ok("POST", "v3/observe/hooks/events", {**kim, "name": event, "count": 12})
        self.api.ok("POST", "v3/edit/deliveries", {"model_kind": "tour", "model_id": TOUR, "uid": "kim"})
        self.open(f"user/{self.id}")
        entries = self.page.get_by_role("list", name="Timeline").locator("> li")
        for count in (50, 100):
            expect(entries).to_have_count(count)
            self.button("Show older").click()
        expect(self.page.get_by_text("That is all.")).to_be_visible()
        texts = entries.all_inner_texts()
        for name in (*tours, *events):
            self.assertEqual(sum(f"{name}\n" in f"{text}\n" for text in texts), 1, name)
        self.assertIn("count: 12", texts[1])
        self.assertIn("Delivery of a Tour", texts[0])
        answer = next(text for text in texts if "Microsurvey answered" in text)
        self.assertIn("I like it", answer)
        times = [entry.locator("time").first.get_attribute("datetime") for entry in entries.all()]
        self.assertEqual(times, sorted(times, reverse=True))

    def test_a_user_is_cleared(self):
        self.api.experience(1, "tour.started", {"uid": "kim"}, tour={"id": TOUR})
        self.api.upsert(uid="kim", browser_x=1200)
        self.open(f"user/{self.id}")
        expect(self.page.get_by_text("Tour started")).to_be_visible()
        self.button("Clear…").click()
        self.button("Clear").click()
        expect(self.page.get_by_text("This user was cleared.")).to_be_visible()
        expect(self.page.get_by_text("Nothing is recorded.")).to_be_visible()
        profile = self.api.profile(uid="kim")
        self.assertEqual((profile["browser_x"], profile["plan"]), (None, "gold"))
        self.assertTrue(profile["last_cleared_at"])
        self.assertEqual(self.api.ok("GET", f"v3/analyze/interactions?profile_id={self.id}")["interactions"], [])

    def test_a_user_is_forgotten_only_when_named_twice_and_a_record_is_saved(self):
        self.api.experience(1, "tour.started", {"uid": "kim"}, tour={"id": TOUR})
        self.open(f"user/{self.id}")
        self.button("Forget…").click()
        dialog = self.page.get_by_role("dialog")
        for once, again in [("", ""), ("kim", ""), ("kim", "lee"), ("lee", "lee")]:
            dialog.get_by_label("Id, uid or e-mail").fill(once)
            dialog.get_by_label("The same again").fill(again)
            dialog.get_by_role("button", name="Forget the user").click()
            expect(self.page.get_by_role("alert")).to_contain_text("Nothing was removed.")
        self.assertEqual(self.api.profile(uid="kim")["id"], self.id)
        dialog.get_by_label("Id, uid or e-mail").fill("kim@example.com")
        dialog.get_by_label("The same again").fill("kim")
        dialog.get_by_role("button", name="Forget the user").click()
        expect(self.page.get_by_text("Everything is removed.").first).to_be_visible()
        self.assertEqual(self.api.call("POST", "v3/analyze/profile", {"uid": "kim"})[0], 404)
        record = json.loads(self.saved(self.button("Save a record").click))
        self.assertEqual(record, self.api.ok("GET", f"v3/edit/deletions/{record['id']}")["deletion"])
        self.assertEqual((record["profile_id"], record["state"], record["removed"]["interactions"]), (self.id, "completed", 1))
        self.assertNotIn("kim", json.dumps(record) + self.file_name)

    def test_a_deletion_is_followed_to_its_end(self):
        deletion = self.api.ok("DELETE", f"v3/edit/profiles/{self.id}/forget")["deletion"]["id"]
        over = self.api.ok("GET", f"v3/edit/deletions/{deletion}")
        started = {"deletion": {**over["deletion"], "state": "started", "completed_at": None}}
        asked = []

        def answer(route) -> None:
            asked.append(route)
            route.fulfill(json=started) if len(asked) < 3 else route.fallback()

        self.page.route("**/v3/edit/deletions/*", answer)
        self.open(f"deletion/{deletion}")
        expect(self.page.get_by_text("Removing…").first).to_be_visible()
        expect(self.button("Save a record")).to_be_disabled()
        expect(self.page.get_by_text("Everything is removed.").first).to_be_visible()
        expect(self.button("Save a record")).to_be_enabled()
