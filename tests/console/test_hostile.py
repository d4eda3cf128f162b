"""Data that tries to be more than text, and the policy that would stop it."""

from __future__ import annotations

from playwright.sync_api import expect
from world import Case

MARKUP = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>"
LINK = "javascript:document.title='broken'"
LONG = "x" * 768
TURNED = "moc.elpmaxe\u202e@kim\u200f"
NAME = "n" * 255


class Hostile(Case):
    viewport = {"width": 360, "height": 740}

    def setUp(self) -> None:
        super().setUp()
        many = {f"property_{number}": number for number in range(5000)}
        data = {"markup": MARKUP, "link": LINK, "long": LONG, "turned": TURNED, NAME: "named", "list": [MARKUP], "hash": {"a": MARKUP}}
        company = {"uid": MARKUP, "name": MARKUP}
        self.id = self.api.upsert(uid=MARKUP, company=company, **many, **data)

    def check_unharmed(self) -> None:
        self.assertIn("Profiles console", self.page.title())
        self.assertEqual(self.page.locator("main img, main script, [onerror], [href^='javascript']").count(), 0)
        self.assertLessEqual(self.page.evaluate("document.documentElement.scrollWidth"), self.viewport["width"])

    def test_it_is_shown_as_text_and_nothing_leaves_the_page(self):
        self.open(f"user/{self.id}")
        expect(self.page.get_by_role("heading", level=1)).to_have_text(MARKUP)
        table = self.page.get_by_role("table", name="Properties")
        show_all = self.page.get_by_role("button", name="Show all 5,0")
        expect(show_all).to_be_visible()
        for name, value in {"markup": MARKUP, "link": LINK, "long": LONG, NAME: "named"}.items():
            self.page.get_by_label("Only names with").fill(name)
            expect(table.get_by_role("row").filter(has_text=name).last).to_contain_text(value)
            self.check_unharmed()
        self.page.get_by_label("Only names with").fill("turned")
        expect(table).to_contain_text("moc.elpmaxeU+202E@kimU+200F")
        self.page.get_by_label("Only names with").fill("")
        show_all.click()
        self.assertGreater(table.locator("tbody tr").count(), 5000)
        self.check_unharmed()
        self.page.get_by_role("link", name=MARKUP).click()
        expect(self.page.get_by_role("heading", level=2, name="Members")).to_be_visible()
        self.check_unharmed()

    def test_lists_timelines_and_experiences_show_it_as_text(self):
        experience = {"id": "survey", "name": MARKUP}
        self.api.experience(1, "response.finished", {"uid": MARKUP}, survey=experience, response={"button_text": MARKUP, "input_text": MARKUP})
        self.api.experience(2, "tour.started", {"uid": MARKUP}, tour={"id": MARKUP, "name": MARKUP})
        self.api.ok("POST", "v3/observe/hooks/events", {"uid": MARKUP, "name": "x", "text": MARKUP, "turned": TURNED})
        self.open("tours")
        for page in ("tours", "surveys", "survey/survey", "find", "companies", f"user/{self.id}"):
            with self.subTest(page=page):
                self.go(page)
                if page == "find":
                    self.button("Show them").click()
                expect(self.page.locator("main").get_by_text("<img").first).to_be_visible()
                self.check_unharmed()

    def test_hostile_files_are_shown_as_text(self):
        self.open("batches")
        content = f'"uid","{MARKUP.replace(chr(34), chr(34) * 2)}"\n"{MARKUP.replace(chr(34), chr(34) * 2)}","{LONG}"\n'
        file = {"name": "users.csv", "mimeType": "text/csv", "buffer": content.encode()}
        self.page.get_by_label("A CSV, JSON or JSON lines file").set_input_files(file)
        expect(self.button("Send")).to_be_visible()
        self.check_unharmed()

    def test_names_of_prototypes_are_names_like_others(self):
        self.open("batches")
        content = '[{"uid": "kim", "__proto__": {"x": 1}, "constructor": "c", "toString": "t"}]'
        file = {"name": "users.json", "mimeType": "application/json", "buffer": content.encode()}
        self.page.get_by_label("A CSV, JSON or JSON lines file").set_input_files(file)
        self.button("Send").click()
        expect(self.page.locator(".done")).to_contain_text("1 of 1 records")
        profile = self.api.profile(uid="kim")
        self.assertEqual((profile["constructor"], profile["to_string"], profile["proto"]), ("c", "t", {"x": 1}))


SCRIPT = "script-src-elem require-trusted-types-for"
# What is tried: the directives of which one stops it, and the script.
TRIES = {
    "inline script": (SCRIPT, "const s = document.createElement('script'); s.text = 'window.broken = 1'; document.body.append(s)"),
    "other script": (SCRIPT, "const s = document.createElement('script'); s.src = 'https://example.com/x.js'; document.body.append(s)"),
    "request": ("connect-src", "fetch('https://example.com/').catch(() => {})"),
    "picture": ("img-src", "new Image().src = 'https://example.com/x.png'"),
    "eval": ("script-src require-trusted-types-for", "eval('window.broken = 1')"),
    "style": ("style-src-elem", "const s = document.createElement('style'); s.textContent = 'a { color: red }'; document.body.append(s)"),
    "frame": ("frame-src", "const f = document.createElement('iframe'); f.src = location.href; document.body.append(f)"),
    "form": ("form-action", "const f = document.createElement('form'); f.action = 'https://example.com/'; document.body.append(f); f.submit()"),
    "base": ("base-uri", "const b = document.createElement('base'); b.href = 'https://example.com/'; document.head.append(b)"),
}


class Policy(Case):
    def blocked(self, directives: str, script: str) -> bool:
        """Tells whether one of these directives stops a script from what it tries."""
        return self.page.evaluate(f"""() => new Promise((resolve) => {{
            document.addEventListener("securitypolicyviolation", ({{ effectiveDirective }}) => {{
                if ("{directives}".split(" ").includes(effectiveDirective)) resolve(true);
            }});
            setTimeout(() => resolve(false), 5000);
            // Later, because what the test runs itself may do more than the page.
            setTimeout(() => {{ try {{ {script} }} catch {{ }} }});
        }})""")

    def check(self, tries: dict) -> None:
        for name, (directives, script) in tries.items():
            with self.subTest(name):
                self.assertTrue(self.blocked(directives, script))
        self.assertIsNone(self.page.evaluate("window.broken ?? null"))

    def test_the_policy_is_in_force(self):
        self.open()
        self.check({"markup": ("require-trusted-types-for", "document.body.innerHTML = '<b>x</b>'"), **TRIES})

    def test_the_policy_of_the_document_is_in_force(self):
        self.page.goto(f"{self.origin}/docs")
        expect(self.page.locator(".opblock").first).to_be_visible()
        # Swagger UI makes markup. What it makes still cannot run.
        handler = "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.broken = 1\">')"
        self.check({"handler": ("script-src-attr", handler), **TRIES})

    def test_no_page_can_be_framed(self):
        for page in ("console", "docs"):
            with self.subTest(page=page):
                frame = f"<iframe src='{self.origin}/{page}'></iframe>"
                around = f"https://{page}.example/"
                self.page.route(around, lambda route: route.fulfill(body=frame, content_type="text/html"))
                # Returns when the frame is loaded, or refused.
                self.page.goto(around)
                framed = self.page.frames[1]
                self.assertEqual((framed.url, framed.locator("header, #ui").count()), ("chrome-error://chromewebdata/", 0))
