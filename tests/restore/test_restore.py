"""A restore of a whole stack, from its beginning to its end."""

from __future__ import annotations

import pathlib
import re
import subprocess

from cloud import BUCKET, STACK, TAG
from world import CONCURRENCY, LABEL, TEMPLATE, TEMPLATES, Case, Failure, World

USERS = ("Profiles", "Identities", "Companies", "Activities", "Summaries", "Properties")
RESTORED = {f"{name}Table": f"{STACK}-{name}-{LABEL}" for name in USERS}
KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"


# An earlier state of these would lose who was forgotten, or work that waits.
KEPT = ("Deletions", "Batches", "BatchChunks")


class Restores(Case):
    def test_each_table_is_restored_or_kept(self):
        tables = {name for name, resource in TEMPLATE["Resources"].items() if resource["Type"] == "AWS::DynamoDB::Table"}
        self.assertEqual(tables, {f"{name}Table" for name in (*USERS, *KEPT, "Accounts")})

    def test_the_stack_uses_the_restored_tables_with_all_their_settings(self):
        world = self.world(key=KEY)
        before = world.cloud.snapshot()
        world.run()
        after = world.cloud.snapshot()
        self.assertEqual(world.cloud.tables(), {**world.cloud.old, **RESTORED})
        for logical, new in RESTORED.items():
            self.assertEqual(after["tables"][new], before["tables"][world.cloud.old[logical]])
            self.assertEqual(after["tables"][new]["key"], KEY)
        self.assertEqual({name: after["tables"][name] for name in before["tables"]}, before["tables"], "the old tables stay")
        self.assertEqual(after["stack"][0], TEMPLATE, "the next deployment finds what the last one left")
        for logical in world.cloud.of_type("AWS::Lambda::Function"):
            self.assertEqual(set(world.cloud.uses(logical).values()), set(world.cloud.tables().values()))

    def test_functions_are_stopped_and_get_back_what_they_had(self):
        for worker in (0, 5):
            with self.subTest(worker_concurrency=worker), World(worker_concurrency=worker) as world:
                before = world.cloud.concurrency()
                self.assertEqual([before[name] for name in CONCURRENCY], list(CONCURRENCY.values()))
                self.assertEqual((before["Batch"], before["BatchWorker"]), (None, worker or None))
                world.run()
                self.assertEqual(world.cloud.concurrency(), before)

    def test_a_restore_may_take_many_hours(self):
        world = self.world(restore_seconds=3 * 3600)
        world.run()
        self.assertEqual(world.cloud.tables(), {**world.cloud.old, **RESTORED})
        self.assertIn("waiting for the tables, 2 h 55 min so far", world.output)
        self.assertLess(world.output.count("waiting for the tables"), 50)

    def test_users_are_forgotten_before_the_functions_start_and_after(self):
        world = self.world()
        world.run()
        self.assertEqual([tables["PROFILES_TABLE"] for tables in world.replays], [RESTORED["ProfilesTable"]] * 2)
        self.assertEqual([tables["PROFILES_TABLE"] for tables in world.mends], [RESTORED["ProfilesTable"]])
        started = next(index for index, change in enumerate(world.changes) if "-attach" in change)
        self.assertIn("replay {}", world.changes[:started])
        self.assertEqual(world.changes[-2], "replay {}")

    def test_each_change_was_printed_before_it_was_made(self):
        world = self.world()
        world.run()
        printed = re.findall(r"^> (?:aws \S+ (\S+)|\S+_TABLE=.* (?:deletions|addresses) (replay|mend))", world.output, re.MULTILINE)
        printed = [(call or command).replace("-", "_") for call, command in printed]
        # An attempt that was refused is printed too.
        made = [change.split(" ")[0] for change in world.changes]
        self.assertEqual([call for call in printed if call != "update_continuous_backups"],
                         [call for call in made if call != "update_continuous_backups"])  # fmt: skip
        self.assertIn(
            f"> aws dynamodb restore-table-to-point-in-time --source-table-name {world.cloud.old['ProfilesTable']} "
            f"--target-table-name {RESTORED['ProfilesTable']} --restore-date-time 2029-04-07T12:18:00+00:00\n",
            world.output,
        )
        self.assertIn("--deletion-protection-enabled\n", world.output)
        self.assertIn(f"""--tags '[{{"Key":"{TAG['Key']}","Value":"{TAG['Value']}"}}]'\n""", world.output)

    def test_a_dry_run_changes_nothing_and_prints_the_calls(self):
        world = self.world()
        before = world.cloud.snapshot()
        world.run("--dry-run", answer=None)
        self.assertEqual(world.cloud.snapshot(), before)
        self.assertEqual(list(pathlib.Path(world.directory.name).iterdir()), [])
        planned = calls(world.output, "  (not made) ")
        self.assertNotIn("\n> ", world.output)
        world.run()
        self.assertEqual(planned, calls(world.output, "> "))

    def test_functions_can_serve_until_the_restored_tables_are_ready(self):
        world = self.world()
        world.run("--serve")
        self.assertEqual(world.cloud.tables(), {**world.cloud.old, **RESTORED})
        last_setting = max(index for index, change in enumerate(world.changes) if change.startswith("update_table"))
        stops = [index for index, change in enumerate(world.changes) if "'ReservedConcurrentExecutions': 0" in change]
        self.assertLess(last_setting, min(stops))
        self.assertLess(max(stops), world.changes.index("replay {}"))

    def test_a_drill_touches_nothing_that_is_in_use(self):
        world = self.world()
        before = world.cloud.snapshot()
        world.run("--drill")
        after = world.cloud.snapshot()
        self.assertEqual({**after, "tables": before["tables"]}, before)
        drilled = {name.replace(f"-{LABEL}", f"-drill-{LABEL}") for name in RESTORED.values()}
        self.assertEqual(set(after["tables"]) - set(before["tables"]), drilled)
        self.assertEqual(len(world.replays), 1)
        world.run("--drill")
        self.assertEqual(len(world.cloud.restored), len(USERS))

    def test_accounts_can_be_restored_alone(self):
        world = self.world()
        world.run("--only-accounts")
        self.assertEqual(world.cloud.tables(), {**world.cloud.old, "AccountsTable": f"{STACK}-Accounts-{LABEL}"})
        self.assertEqual(world.replays, [])

    def test_the_bucket_of_sam_is_used_unless_another_is_given(self):
        world = self.world()
        with self.assertRaisesRegex(Failure, "give a bucket of yours by BUCKET="):
            world.run("--bucket", "")
        world.cloud.sam_bucket = BUCKET
        world.run("--bucket", "")
        self.assertEqual(world.cloud.tables(), {**world.cloud.old, **RESTORED})

    def test_the_templates_in_between_are_valid(self):
        world = self.world()
        world.run()
        files = [pathlib.Path(world.directory.name) / f"restore/{STACK}/{LABEL}{name}" for name in TEMPLATES]
        lint = pathlib.Path(subprocess.sys.executable).parent / "cfn-lint"
        # W2001: the parameter of the worker's concurrency is not used while it is stopped. W8001: its condition neither. W1028: SAM asks
        # the condition of the console's function for a path, and for each method of it again.
        ignored = ["--ignore-checks", "W2001", "W8001", "W1028"]
        found = subprocess.run([lint, *ignored, "--", *files], stdout=subprocess.PIPE, text=True)
        self.assertEqual((found.returncode, found.stdout), (0, ""))


def calls(output: str, mark: str) -> list:
    """Returns the calls that change something, without attempts that had to be repeated."""
    found = [line.removeprefix(mark) for line in output.splitlines() if line.startswith(mark)]
    return list(dict.fromkeys(line for line in found if "delete-function" not in line and "put-function" not in line))
