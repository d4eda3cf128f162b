"""The page that shows the API's document, and requests from it."""

from __future__ import annotations

import json
import urllib.request

from playwright.sync_api import expect
from test_access import axe
from world import Case


class Docs(Case):
    def setUp(self) -> None:
        super().setUp()
        self.violations: list = []
        self.page.on("console", lambda message: "Content Security Policy" in message.text and self.violations.append(message.text))
        self.page.goto(f"{self.origin}/docs")

    def test_every_operation_is_shown_and_nothing_is_asked_of_another_origin(self):
        with urllib.request.urlopen(f"{self.origin}/openapi.json") as answer:
            document = json.load(answer)
        methods = {"get", "put", "post", "delete", "patch", "head"}
        count = sum(len(methods & path.keys()) for path in document["paths"].values())
        # An operation with several tags is shown under each.
        expect(self.page.locator(".opblock").nth(count - 1)).to_be_attached()
        origins = {request.url.split("/")[2] for request in self.requests if request.url.startswith("http")}
        self.assertEqual(origins, {self.origin.split("/")[2]})
        self.assertEqual(self.violations, [])

    def test_an_operation_is_tried_on_the_deployment_that_serves_the_page(self):
        profile = self.api.upsert(uid="kim")
        self.page.get_by_role("button", name="Authorize").click()
        # The first way that the document names: the header.
        self.page.get_by_label("Value").first.fill(self.secret)
        self.page.get_by_role("button", name="Apply credentials").first.click()
        self.page.get_by_role("button", name="Close").first.click()
        block = self.page.locator(".opblock").filter(has=self.page.locator("[data-path='/v3/analyze/profiles/{id}']")).first
        block.locator(".opblock-summary").click()
        block.get_by_role("button", name="Try it out").click()
        block.locator("tr[data-param-name='id'] input").fill(profile)
        block.get_by_role("button", name="Execute").click()
        expect(block.locator(".live-responses-table")).to_contain_text('"uid": "kim"')
        # Swagger UI sends the examples of the parameters along.
        asked = next(request for request in self.requests if request.url.split("?")[0] == f"{self.origin}/v3/analyze/profiles/{profile}")
        self.assertEqual(asked.headers["x-account-secret"], self.secret)
        self.assertNotIn(self.secret, asked.url)
        self.assertEqual(self.violations, [])


class Readable(Case):
    def test_axe_finds_nothing(self):
        self.page.goto(f"{self.origin}/docs")
        expect(self.page.locator(".opblock").first).to_be_visible()
        # One of each method, as it is open.
        for method in ("get", "post", "put", "patch", "delete"):
            block = self.page.locator(f".opblock-{method}").first
            block.locator(".opblock-summary").click()
            block.get_by_role("button", name="Try it out").click()
            expect(block.get_by_role("button", name="Execute")).to_be_visible()
        # Swagger UI makes a landmark of each operation's responses, all with one name.
        found = self.page.evaluate(f"{axe()}; axe.run({{rules: {{'landmark-unique': {{enabled: false}}}}}})")
        self.report(f"axe-docs-{type(self).__name__.lower()}", found)
        problems = [(problem["id"], node["html"], node["failureSummary"]) for problem in found["violations"] for node in problem["nodes"]]
        self.assertEqual(problems, [])


class ReadableInTheDark(Readable):
    color_scheme = "dark"

    def test_it_is_dark(self):
        self.page.goto(f"{self.origin}/docs")
        expect(self.page.locator(".opblock").first).to_be_visible()
        color = self.page.locator("html").evaluate("html => getComputedStyle(html).backgroundColor")
        self.assertLess(sum(map(int, color[4:-1].split(", "))), 200, color)
