"""Files of users or companies that become batches."""

from __future__ import annotations

import csv
import io
import json

from playwright.sync_api import expect
from world import Case

BATCHES = "**/v3/observe/hooks/profiles/batch"
# The API cuts it. Of rows with it, eleven are a batch.
LONG = "x" * 400_000


class Batches(Case):
    def choose(self, content: str, name: str = "users.csv") -> None:
        self.page.get_by_label("A CSV, JSON or JSON lines file").set_input_files(
            {"name": name, "mimeType": "text/plain", "buffer": content.encode()}
        )

    def send(self) -> None:
        self.button("Send").click()

    def expect_end(self, records: int) -> None:
        expect(self.page.locator(".done")).to_have_text(f"Everything is applied. {records:,} of {records:,} records.")

    def sent(self) -> list:
        """Returns the batches that the page sent: the key and the items of each."""
        posts = [request for request in self.requests if request.method == "POST" and request.url.endswith("/profiles/batch")]
        return [(request.headers["idempotency-key"], json.loads(request.post_data)["profiles"]) for request in posts]

    def outcome(self, name: str) -> str:
        return self.page.get_by_role("row", name=name).locator("td").nth(1).inner_text()

    def test_a_csv_is_mapped_by_hand_and_becomes_users(self):
        self.open("batches")
        self.choose('User ID,Plan,Company,Notes\r\n007,gold,acme,"a, ""b""\nc"\r\n008,,,\r\n')
        expect(self.page.get_by_role("alert")).to_contain_text("One column must become uid or email or id.")
        expect(self.button("Send")).to_be_disabled()
        self.page.get_by_label("Column User ID becomes").fill("uid")
        self.page.get_by_label("Column Company becomes").fill("company.uid")
        self.send()
        self.expect_end(2)
        self.assertEqual(self.outcome("created"), "2")
        first, second = (self.api.profile(uid=uid) for uid in ("007", "008"))
        self.assertEqual((first["plan"], first["company"]["uid"], first["notes"]), ("gold", "acme", 'a, "b"\nc'))
        self.assertNotIn("plan", second)

    def test_json_is_sent_with_all_digits_of_its_numbers(self):
        for name, content in {
            "users.json": '[{"uid": 12345678901234567890, "n": 0.1234567890123456789012}, {"uid": "b"}]',
            "lines.jsonl": '{"uid": 12345678901234567890, "n": 0.1234567890123456789012}\n{"uid": "b"}\n',
            "body.json": '{"profiles": [{"uid": 12345678901234567890, "n": 0.1234567890123456789012}, {"uid": "b"}]}',
        }.items():
            with self.subTest(name=name):
                self.open("batches", sign_in=name == "users.json")
                self.page.reload()
                self.choose(content, name)
                self.send()
                self.expect_end(2)
                self.assertIn("0.1234567890123456789012", self.requests[-1].post_data or self.last_batch())
                self.assertEqual(self.api.profile(uid="12345678901234567890")["uid"], "12345678901234567890")

    def last_batch(self) -> str:
        return [request.post_data for request in self.requests if request.method == "POST" and request.url.endswith("/batch")][-1]

    def test_companies_are_sent_as_companies(self):
        self.open("batches")
        self.page.get_by_label("It has").select_option(label="companies")
        self.choose("uid,name\nacme,Acme\n", "companies.csv")
        self.send()
        self.expect_end(1)
        self.assertEqual(self.api.ok("GET", "v3/analyze/company?uid=acme")["company"]["name"], "Acme")

    def test_a_file_can_be_dropped(self):
        self.open("batches")
        self.loaded()
        data = self.page.evaluate_handle("""() => {
            const data = new DataTransfer();
            data.items.add(new File(["uid\\nkim\\n"], "users.csv"));
            return data;
        }""")
        self.page.dispatch_event(".drop", "drop", {"dataTransfer": data})
        self.send()
        self.expect_end(1)
        self.assertEqual(self.api.profile(uid="kim")["uid"], "kim")

    def test_rows_that_failed_are_told_by_their_number_and_saved(self):
        # The second row is empty, so that items and rows have different numbers.
        self.open("batches")
        self.choose("uid,browser_x,bio\nkim,1200,\n,,\n,1,\nlee,wide,\nann,1," + "b" * 800 + "\n")
        self.send()
        self.expect_end(4)
        self.assertEqual((self.outcome("created"), self.outcome("failed")), ("2", "2"))
        rows = list(csv.DictReader(io.StringIO(self.saved(self.button("Save all as a CSV").click))))
        told = [(row["row"], row["outcome"], row["code"], row["property"]) for row in rows]
        self.assertEqual(told, [("3", "failed", "422", ""), ("4", "failed", "422", ""), ("5", "warned", "", "bio")])
        self.assertEqual(rows[1]["message"], "Unprocessable: `browser_x` of row 4 must be a number of pixels")
        self.assertEqual(self.api.count(), 2)

    def test_a_file_in_doubt_is_refused_and_nothing_is_sent(self):
        self.open("batches")
        for content, reason in {
            'uid,plan\nkim,"gold\n': "a quote that is never closed",
            'uid,plan\nkim,"gold"x\n': "text after the quote",
            'uid,plan\nkim,go"ld\n': "a quote inside a cell",
            "uid,plan\nkim\n": "Line 2 has 1 cells",
            "uid,uid\nkim,lee\n": "Two columns are named",
            "uid\n": "no rows",
            '[{"uid": 1}, 2]': "Record 2 is not an object",
            '{"uid": 1}\n{"uid"\n': "object 2 goes wrong",
        }.items():
            with self.subTest(reason=reason):
                self.choose(content)
                expect(self.page.get_by_role("alert")).to_contain_text(reason)
        self.assertEqual(self.sent(), [])

    def test_of_two_rows_about_one_user_the_later_one_counts_also_in_two_batches(self):
        self.open("batches")
        self.choose("uid,bio,note\n" + "".join(f"user-{n},{LONG},x{n}\n" for n in range(11)) + f"user-0,{LONG},last\n")
        self.send()
        self.expect_end(12)
        self.assertEqual([len(items) for _, items in self.sent()], [11, 1])
        self.assertEqual(self.api.profile(uid="user-0")["note"], "last")
        self.assertEqual(self.api.count(), 11)


class LostConnections(Batches):
    """A connection that is lost in the middle of a file of three batches."""

    # Found here, and not run a second time.
    for name in [name for name in dir(Batches) if name.startswith("test_")]:
        locals()[name] = None
    del name

    USERS = 25

    def choose_three_batches(self) -> None:
        self.choose("uid,bio\n" + "".join(f"user-{n},{LONG}\n" for n in range(self.USERS)))

    def break_second(self, arrives: bool) -> list:
        """Breaks the connection of the second batch, after the request has arrived or before."""
        seen = []

        def answer(route) -> None:
            seen.append(route.request)
            if len(seen) != 2:
                route.fallback()
                return
            if arrives:
                self.assertEqual(route.fetch().status, 202)
            route.abort("connectionreset")

        self.page.route(BATCHES, answer)
        return seen

    def check_everything_is_there_once(self) -> None:
        self.expect_end(self.USERS)
        self.assertEqual((self.outcome("created"), self.outcome("unchanged")), (str(self.USERS), "0"), "nothing was applied twice")
        self.assertEqual(self.api.count(), self.USERS)

    def test_after_a_lost_answer_nothing_is_sent_twice(self):
        self.open("batches")
        self.break_second(arrives=True)
        self.choose_three_batches()
        self.send()
        expect(self.page.get_by_role("alert")).to_contain_text("The connection to the API was lost.")
        expect(self.page.get_by_text("11 of 25 records")).to_be_visible()
        self.button("Continue").click()
        self.check_everything_is_there_once()
        keys = [key for key, _ in self.sent()]
        self.assertEqual((len(keys), len(set(keys)), keys[1]), (4, 3, keys[2]))

    def test_a_page_that_was_loaded_again_goes_on_with_the_same_file(self):
        self.open("batches")
        self.break_second(arrives=True)
        self.choose_three_batches()
        self.send()
        expect(self.page.get_by_role("alert")).to_contain_text("The connection to the API was lost.")
        self.page.reload()
        self.choose_three_batches()
        self.send()
        expect(self.page.get_by_text("This tab began to send the same records")).to_be_visible()
        self.button("Continue").click()
        self.check_everything_is_there_once()
        self.assertEqual([len(items) for _, items in self.sent()], [11, 11, 11, 3])
        self.assertEqual(len({key for key, _ in self.sent()}), 3)

    def test_a_lost_status_is_asked_for_again(self):
        self.open("batches")
        seen = []

        def answer(route) -> None:
            seen.append(route.request)
            route.abort() if len(seen) == 1 else route.fallback()

        self.page.route(f"{BATCHES}/*", answer)
        self.choose_three_batches()
        self.send()
        expect(self.page.get_by_role("alert")).to_contain_text("The connection to the API was lost.")
        self.button("Continue").click()
        self.check_everything_is_there_once()
        self.assertEqual(len(self.sent()), 3)

    def test_what_the_api_refuses_for_now_is_sent_again_by_itself(self):
        self.open("batches")
        for status in (429, 503):
            self.fail_once(BATCHES, "POST", status, ["please retry"], {"Retry-After": "0"})
        self.choose_three_batches()
        self.send()
        self.check_everything_is_there_once()
        keys = [key for key, _ in self.sent()]
        self.assertEqual((len(keys), len(set(keys))), (5, 3))

    def test_another_page_of_the_console_does_not_stop_it(self):
        self.open("batches")
        self.choose_three_batches()
        self.send()
        expect(self.page.get_by_role("progressbar")).to_be_visible()
        self.go("find")
        self.go("batches")
        self.check_everything_is_there_once()
        self.assertEqual(len(self.sent()), 3)
