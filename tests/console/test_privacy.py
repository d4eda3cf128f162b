"""No secret, uid or address is in an address, a title, a storage beyond the tab, or a log."""

from __future__ import annotations

from playwright.sync_api import expect
from world import Case

UID, EMAIL, COMPANY = "uid-of-kim", "kim@example.com", "uid-of-acme"


class Privacy(Case):
    def test_nothing_of_a_user_leaves_the_tab(self):
        profile = self.api.upsert(uid=UID, email=EMAIL, company={"uid": COMPANY}, plan="gold")
        company = self.api.profile(uid=UID)["company"]["id"]
        titles: list = []
        shown: list = []
        # Of each page, also when only the part behind the # changes.
        self.page.on("framenavigated", lambda frame: shown.append(frame.url))
        self.open()
        for typed in (UID, EMAIL):
            self.go("find")
            self.show_user(typed)
            expect(self.page.get_by_role("heading", level=1, name=UID)).to_be_visible()
            titles.append(self.page.title())
        self.go("find")
        row = self.page.get_by_role("list", name="Filters").get_by_role("listitem").first
        for prop, value in (("email", EMAIL), ("uid", UID), ("company.uid", COMPANY)):
            row.get_by_label("Property").fill(prop)
            row.get_by_label("Value").fill(value)
            expect(self.page.get_by_role("status", name="Count")).to_have_text("1 user")
        self.button("Show them").click()
        self.saved(self.button("Save all as a CSV").click)
        names = [self.file_name]
        for page in (f"company/{company}", "companies", "tours", "surveys", "batches"):
            self.go(page)
            titles.append(self.page.title())
        file = {"name": "users.csv", "mimeType": "text/csv", "buffer": f"uid,email\n{UID},{EMAIL}\n".encode()}
        self.page.get_by_label("A CSV, JSON or JSON lines file").set_input_files(file)
        self.button("Send").click()
        expect(self.page.locator(".done")).to_be_visible()
        self.go(f"user/{profile}")
        self.button("Forget…").click()
        for label in ("Id, uid or e-mail", "The same again"):
            self.page.get_by_role("dialog").get_by_label(label).fill(UID)
        self.button("Forget the user").click()
        expect(self.page.get_by_text("Everything is removed.").first).to_be_visible()
        titles.append(self.page.title())

        stored = self.page.evaluate("""async () => JSON.stringify({
            local: { ...localStorage }, cookie: document.cookie, name: window.name, history: history.state,
            databases: await indexedDB.databases(), caches: typeof caches === "undefined" ? [] : await caches.keys(),
            workers: (await navigator.serviceWorker?.getRegistrations() ?? []).length,
        })""")
        empty = '{"local":{},"cookie":"","name":"","history":null,"databases":[],"caches":[],"workers":0}'
        self.assertEqual(stored, empty)
        tab = self.page.evaluate("JSON.stringify({ ...sessionStorage })")
        addresses = [request.url for request in self.requests] + [request.headers.get("referer", "") for request in self.requests]
        log = self.server.log.read_text()
        self.assertIn("/v3/analyze/profiles/count", log, "requests are logged")
        self.assertIn(f"{self.origin}/console#/user/{profile}", shown)
        for private in (UID, EMAIL, EMAIL.replace("@", "%40"), COMPANY):
            for place in (*addresses, *shown, *titles, *names, tab, log):
                self.assertNotIn(private, place)
        for place in (*addresses, *shown, *titles, *names, stored, log):
            self.assertNotIn(self.secret, place)
        origins = {address.split("/")[2] for address in addresses if address.startswith("http")}
        self.assertEqual(origins, {self.origin.split("/")[2]}, "nothing is asked of another origin")
