"""What the pages weigh, and when they are ready: the bytes are held, the times only reported, since a test's machine does other things too."""

from __future__ import annotations

from playwright.sync_api import expect
from world import Case

# Of the console with everything that it can load.
MOST_BYTES = 150_000
PAGES = ("user", "deletion", "companies", "company", "tours", "surveys", "survey", "batches", "find")
# The bytes on the wire, headers included, of what the page came from and of each file.
LOADED = """() => performance.getEntries()
    .filter((entry) => entry.entryType === "navigation" || entry.entryType === "resource")
    .map(({ name, transferSize }) => [new URL(name).pathname, transferSize])
    .filter(([path]) => !path.startsWith("/v3/") && path !== "/")"""


class Weight(Case):
    def opened(self, path: str, ready) -> dict:
        """Loads a page until it is ready, and returns its bytes and times."""
        self.page.goto(f"{self.origin}{path}")
        ready()
        milliseconds = self.page.evaluate("Math.round(performance.now())")
        drawn = self.page.evaluate("Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0)")
        return {"milliseconds_to_first_paint": drawn, "milliseconds_to_ready": milliseconds, "files": self.page.evaluate(LOADED)}

    def test_the_console_with_everything_it_loads_is_small(self):
        found = self.opened("/console", lambda: expect(self.page.get_by_label("Account secret")).to_be_visible())
        first = sum(size for _, size in found["files"])
        self.sign_in(self.secret)
        expect(self.page.get_by_role("heading", name="Find users")).to_be_visible()
        for page in PAGES:
            self.go(f"{page}/0123456789abcdef01234567")
        # What is in the browser's cache weighs nothing.
        files = [(path, size) for path, size in self.page.evaluate(LOADED) if size > 0]
        modules = {path.rsplit("/", 1)[1] for path, _ in files if path.endswith(".js")}
        self.assertLessEqual({"main.js", "find.js", "user.js", "batches.js", "survey.js", "batch_run.js"}, modules)
        total = sum(size for _, size in files)
        self.assertLess(total, MOST_BYTES)
        self.report("weight-console", {"first_bytes": first, "all_bytes": total, **found, "files": files})

    def test_the_document_page_is_reported(self):
        found = self.opened("/docs", lambda: expect(self.page.locator(".opblock").first).to_be_visible())
        total = sum(size for _, size in found["files"])
        # Swagger UI alone has some 400 kB, compressed.
        self.assertLess(total, 800_000)
        self.report("weight-docs", {"all_bytes": total, **found})
