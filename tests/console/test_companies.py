"""Companies and their members."""

from __future__ import annotations

from playwright.sync_api import expect
from world import Case


class Companies(Case):
    def setUp(self) -> None:
        super().setUp()
        self.api.upsert_many([{"uid": f"company-{n:02}", "name": f"Company {n}", "seats": n} for n in range(60)], "companies")
        self.api.upsert_many([{"uid": f"user-{n:02}", "company_uid": "company-07"} for n in range(60)])

    def test_companies_are_filtered_counted_and_listed_in_pages(self):
        self.open("companies")
        expect(self.page.get_by_role("status", name="Count")).to_have_text("60 companies")
        self.button("Next page").click()
        expect(self.page.get_by_text("Page 2", exact=True)).to_be_visible()
        expect(self.page.locator("tbody tr")).to_have_count(10)
        row = self.page.get_by_role("list", name="Filters").get_by_role("listitem").first
        row.get_by_label("Property").fill("seats")
        row.get_by_label("Test").select_option(label="is less than")
        row.get_by_label("Value").fill("3")
        expect(self.page.get_by_role("status", name="Count")).to_have_text("3 companies")
        self.button("Show them").click()
        expect(self.page.locator("tbody tr")).to_have_count(3)

    def test_members_are_listed_and_lead_to_the_users(self):
        company = self.api.ok("GET", "v3/analyze/company?uid=company-07")["company"]["id"]
        self.open(f"company/{company}")
        members = self.page.get_by_role("table", name="Members").locator("tbody tr")
        expect(members).to_have_count(50)
        self.button("Next page").click()
        expect(members).to_have_count(10)
        name = members.first.get_by_role("link").inner_text()
        members.first.get_by_role("link").click()
        expect(self.page.get_by_role("heading", level=1, name=name)).to_be_visible()

    def test_a_property_of_a_company_is_edited(self):
        company = self.api.ok("GET", "v3/analyze/company?uid=company-07")["company"]["id"]
        self.open(f"company/{company}")
        self.button("Edit name").click()
        self.page.get_by_role("dialog").get_by_label("Value").fill("Seven")
        self.button("Store").click()
        expect(self.page.get_by_role("heading", level=1, name="Seven")).to_be_visible()
        stored = self.api.ok("GET", f"v3/analyze/companies/{company}")["company"]
        self.assertEqual((stored["name"], stored["seats"]), ("Seven", 7))
