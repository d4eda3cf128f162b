"""Tours and Microsurveys, with what users did in them."""

from __future__ import annotations

from playwright.sync_api import expect
from world import Case

TOUR = "5fb70dcbc39330000325a94d"
SURVEY = "5fb70dcbc39330000325a94e"


class Experiences(Case):
    def bars(self, caption: str) -> dict:
        """Returns the counts of a chart, and checks that each bar is as long as its count says."""
        rows = self.page.get_by_role("table", name=caption).locator("tbody tr").all()
        counts = {row.locator("th").inner_text(): int(row.locator("td").first.inner_text()) for row in rows}
        most = max(1, *counts.values())
        for row, count in zip(rows, counts.values()):
            width = row.locator(".bar").evaluate("bar => bar.getBoundingClientRect().width / bar.parentElement.clientWidth")
            self.assertAlmostEqual(width, count / most, delta=0.1)
        return counts

    def test_the_counts_of_tours_are_bars(self):
        for number in range(4):
            self.api.experience(number, "tour.started", {"uid": f"user-{number}"}, tour={"id": TOUR, "name": "Welcome"})
        self.api.experience(10, "tour.completed", {"uid": "user-0"}, tour={"id": TOUR})
        self.api.experience(11, "tour.exited", {"uid": "user-1"}, tour={"id": TOUR})
        self.open("tours")
        expect(self.page.get_by_role("heading", name="Welcome")).to_be_visible()
        self.assertEqual(self.bars("Users who"), {"started": 4, "completed": 1, "exited": 1})
        stats = self.api.ok("GET", f"v3/analyze/tours/{TOUR}")["tour"]["stats"]
        self.assertEqual((stats["started_count"], stats["completed_count"], stats["exited_count"]), (4, 1, 1))

    def test_the_answers_of_a_microsurvey_are_a_histogram(self):
        for number in range(7):
            answer = {"button_text": "Great" if number < 5 else "Poor", "input_text": f"text {number}"}
            self.api.experience(number, "response.finished", {"uid": f"user-{number}"}, survey={"id": SURVEY, "name": "NPS"}, response=answer)
        self.open("surveys")
        self.page.get_by_role("link", name="NPS").click()
        expect(self.page.get_by_text("7 answers")).to_be_visible()
        self.assertEqual(self.bars("7 answers"), {"Great": 5, "Poor": 2})
        answers = self.page.get_by_role("table", name="Answers", exact=True).locator("tbody tr")
        expect(answers).to_have_count(7)
        expect(answers.first).to_contain_text("text 6")
        answers.first.get_by_role("link").click()
        expect(self.page.get_by_role("heading", level=1, name="user-6")).to_be_visible()
