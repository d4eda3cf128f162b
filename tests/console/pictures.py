"""Draws the pages for the documents, with the example data of the guide: `pictures.py` writes docs/console.png and docs/openapi.png."""

from __future__ import annotations

from playwright.sync_api import expect
from world import ROOT, Api, browser, server

VIEWPORT = {"width": 1200, "height": 900}
TOUR = {"id": "5fb70dcbc39330000325a94d", "name": "Welcome"}
SURVEY = {"id": "5fb70dcbc39330000325a94e", "name": "NPS"}


def console() -> None:
    secret = server().account()
    api = Api(server().origin, secret)
    leon = {"email": "Leon@chmln.co", "firstName": "Leon", "role": "owner"}
    profile = api.upsert(uid=18821, **leon, last_import_at="2029-04-07T12:18:00Z", invited_users_count=4, company={"uid": 931, "name": "Acme", "plan": "enterprise"})
    user = {"uid": "18821"}
    api.ok("POST", "v3/observe/hooks/events", {**user, "name": "Imported Leads", "lead_count": 12})
    api.experience(1, "tour.started", user, tour=TOUR)
    api.experience(2, "response.finished", user, survey=SURVEY, response={"button_text": "Great", "input_text": "I like it"})

    page = browser().new_page(viewport=VIEWPORT)
    page.goto(f"{server().origin}/console#/user/{profile}")
    page.get_by_label("Account secret").fill(secret)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("That is all.")).to_be_attached()
    page.screenshot(path=ROOT / "docs/console.png")


def document() -> None:
    page = browser().new_page(viewport=VIEWPORT)
    page.goto(f"{server().origin}/docs")
    operation = page.locator(".opblock").filter(has=page.locator("[data-path='/v3/observe/hooks/profiles']")).first
    operation.locator(".opblock-summary").click()
    expect(operation.locator(".opblock-body")).to_be_visible()
    page.screenshot(path=ROOT / "docs/openapi.png")


if __name__ == "__main__":
    console()
    document()
