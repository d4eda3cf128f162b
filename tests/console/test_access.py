"""The console for everyone: a screen reader, the keyboard, a narrow page, the dark."""

from __future__ import annotations

import functools

from playwright.sync_api import expect
from world import CONSOLE_TOOLS, Case

SURVEY = "5fb70dcbc39330000325a94e"
AXE = CONSOLE_TOOLS / "node_modules/axe-core/axe.min.js"


@functools.cache
def axe() -> str:
    return AXE.read_text()


class Access(Case):
    def setUp(self) -> None:
        super().setUp()
        self.id = self.api.upsert(uid="kim", email="kim@example.com", plan="gold", tags=["a"], company={"uid": "acme", "name": "Acme"})
        self.company = self.api.profile(uid="kim")["company"]["id"]
        self.api.experience(1, "response.finished", {"uid": "kim"}, survey={"id": SURVEY, "name": "NPS"}, response={"button_text": "Great"})
        self.api.experience(2, "tour.started", {"uid": "kim"}, tour={"id": "tour", "name": "Welcome"})
        self.api.ok("POST", "v3/observe/hooks/events", {"uid": "kim", "name": "Imported leads", "count": 12})
        self.api.upsert(uid="gone")
        self.deletion = self.api.ok("DELETE", "v3/edit/profiles/forget", {"uid": "gone"})["deletion"]["id"]

    def pages(self):
        """Shows each page in each of its states."""
        self.open(sign_in=False)
        yield "sign in"
        self.sign_in("wrong")
        expect(self.page.get_by_role("alert")).to_be_visible()
        yield "wrong secret"
        self.sign_in(self.secret)
        expect(self.page.get_by_role("status", name="Count")).to_have_text("1 user")
        self.button("Show them").click()
        expect(self.page.get_by_role("table", name="Users")).to_be_visible()
        self.page.get_by_text("Columns", exact=True).click()
        yield "find"
        shown = {
            f"user/{self.id}": "That is all.",
            f"company/{self.company}": "Page 1",
            "companies": "Page 1",
            "tours": "Welcome",
            "surveys": "NPS",
            f"survey/{SURVEY}": "1 answer",
            f"deletion/{self.deletion}": "Save a record",
            "user/0123456789abcdef01234567": "It was not found.",
        }
        for page, text in shown.items():
            self.go(page)
            expect(self.page.get_by_text(text).first).to_be_visible()
            yield page.split("/")[0]
        self.go("batches")
        file = {"name": "users.csv", "mimeType": "text/csv", "buffer": b"uid,browser_x\nkim,1\nlee,wide\n"}
        self.page.get_by_label("A CSV, JSON or JSON lines file").set_input_files(file)
        expect(self.button("Send")).to_be_visible()
        yield "mapping"
        self.button("Send").click()
        expect(self.page.locator(".done")).to_be_visible()
        yield "batch"
        self.go(f"user/{self.id}")
        for opener in ("Edit plan", "Clear…", "Forget…"):
            self.button(opener).click()
            expect(self.page.get_by_role("dialog")).to_be_visible()
            yield opener
            self.button("Cancel").click()

    def check(self) -> None:
        reports = {}
        for name in self.pages():
            with self.subTest(page=name):
                found = self.page.evaluate(f"{axe()}; axe.run()")
                reports[name] = {kind: found[kind] for kind in ("violations", "incomplete", "passes")}
                self.assertEqual([(problem["id"], problem["nodes"][0]["html"]) for problem in found["violations"]], [])
                width = self.page.evaluate("document.documentElement.scrollWidth")
                self.assertLessEqual(width, self.viewport["width"], "nothing leaves the page at the side")
        self.report(f"axe-{type(self).__name__.lower()}", reports)

    def test_axe_finds_nothing_and_everything_fits(self):
        self.check()


class Narrow(Access):
    viewport = {"width": 360, "height": 740}


class Dark(Access):
    color_scheme = "dark"

    def test_it_is_dark(self):
        self.open(sign_in=False)
        colors = self.page.evaluate("(({ color, backgroundColor }) => [color, backgroundColor])(getComputedStyle(document.body))")
        text, back = (sum(map(int, color[4:-1].split(", "))) for color in colors)
        self.assertGreater(text, back)


class Keyboard(Case):
    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, name: str) -> None:
        """Presses Tab until the element with this name has the focus."""
        for _ in range(60):
            self.press("Tab")
            focused = self.page.evaluate("""() => {
                const element = document.activeElement;
                return element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent;
            }""")
            if focused.strip() == name:
                return
        self.fail(f"Tab does not lead to {name}")

    def test_a_user_is_found_edited_and_forgotten_by_the_keyboard_alone(self):
        self.api.upsert(uid="kim", plan="basic")
        self.open(sign_in=False)
        self.page.keyboard.type(self.secret)
        self.press("Enter")
        expect(self.page.get_by_role("heading", name="Find users")).to_be_visible()
        self.loaded()
        self.tab_to("Id, uid or e-mail")
        self.page.keyboard.type("kim")
        self.press("Enter")
        expect(self.page.get_by_role("heading", level=1, name="kim")).to_be_visible()
        self.loaded()
        self.tab_to("Edit plan")
        self.press("Enter")
        self.tab_to("Value")
        self.press("ControlOrMeta+a")
        self.page.keyboard.type("gold")
        self.tab_to("Store")
        self.press("Enter")
        expect(self.page.get_by_role("dialog")).to_have_count(0)
        self.assertEqual(self.api.profile(uid="kim")["plan"], "gold")
        self.tab_to("Forget…")
        self.press("Enter")
        expect(self.page.get_by_role("dialog")).to_be_visible()
        self.press("Escape")
        expect(self.page.get_by_role("dialog")).to_have_count(0)
        self.assertEqual(self.page.evaluate("document.activeElement.textContent"), "Forget…", "the focus is where it was")
        self.press("Enter")
        self.tab_to("Id, uid or e-mail")
        self.page.keyboard.type("kim")
        self.press("Tab")
        self.page.keyboard.type("kim")
        self.press("Enter")
        expect(self.page.get_by_text("Everything is removed.").first).to_be_visible()
        self.assertEqual(self.api.call("POST", "v3/analyze/profile", {"uid": "kim"})[0], 404)
