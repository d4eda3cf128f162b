"""Restores that are killed, and run again; and restores that are taken back."""

from __future__ import annotations

import functools
import pathlib

from cloud import BUCKET, STACK
from test_restore import RESTORED
from world import LABEL, Case, Failure, Killed, World

OBJECT = f"restore/{STACK}/{LABEL}/before.json"


@functools.cache
def undisturbed() -> tuple:
    """Returns the end state and the changes of a restore that nothing disturbs."""
    with World() as world:
        world.run()
        return world.cloud.snapshot(), world.changes


class Resumes(Case):
    @classmethod
    def setUpClass(cls) -> None:
        # Now, because there is one account at a time.
        undisturbed()

    def check_end(self, world: World) -> None:
        self.assertEqual(sorted(world.cloud.restored), sorted(RESTORED.values()), "each table was restored once")
        state, _ = undisturbed()
        self.assertEqual(without_time(world.cloud.snapshot()), without_time(state))

    def test_a_restore_that_is_killed_after_each_change_ends_as_one_that_is_not(self):
        world, made = self.world(), []
        while len(made) <= len(undisturbed()[1]):
            try:
                world.run(kill_after=1, gets_ahead=True)
                break
            except Killed:
                # A replay may precede it, and a template that is stored.
                made.append(world.changes[-1])
        once = [change for change in undisturbed()[1] if not change.startswith(("replay", "mend")) and ".json" not in change]
        self.assertEqual([change for change in made if ".json" not in change], once, "no change was made twice, and none left out")
        self.check_end(world)

    def test_a_restore_that_is_killed_once_ends_as_one_that_is_not(self):
        for at in range(2, len(undisturbed()[1]), 9):
            with self.subTest(killed_after=at), World() as world:
                self.assertRaises(Killed, world.run, kill_after=at)
                world.run()
                self.check_end(world)

    def test_a_finished_restore_is_not_begun_again(self):
        world = self.world()
        world.run()
        before = world.cloud.snapshot()
        self.assertIn("This was finished before", world.run())
        self.assertEqual((world.changes, world.cloud.snapshot()), ([], before))

    def test_a_second_restore_to_the_same_time_has_other_names(self):
        world = self.world()
        world.run()
        world.run("--label", "second")
        self.assertEqual(world.cloud.tables()["ProfilesTable"], f"{STACK}-Profiles-second")
        self.assertEqual(world.cloud.concurrency()["Upsert"], 7)

    def test_a_table_of_another_restore_is_not_taken_for_this_ones(self):
        world = self.world()
        world.run("--drill", "--label", "x")
        # The same names, but to another time.
        with self.assertRaisesRegex(Failure, "which does not come from this restore: choose other names by LABEL="):
            world.run("--to", "2029-04-06T00:00:00Z", "--label", "drill-x", "--serve")
        self.assertEqual(len(world.cloud.restored), len(RESTORED))

    def test_a_lost_record_is_replaced_by_its_copy(self):
        world = self.world()
        self.assertRaises(Killed, world.run, kill_after=50)
        world.cloud.s3.delete_object(Bucket=BUCKET, Key=OBJECT)
        world.run()
        self.check_end(world)

    def test_a_copy_that_is_lost_is_not_needed(self):
        world = self.world()
        self.assertRaises(Killed, world.run, kill_after=50)
        (pathlib.Path(world.directory.name) / OBJECT).unlink()
        world.run()
        self.check_end(world)

    def test_without_any_record_stopped_functions_are_not_taken_for_what_they_had(self):
        world = self.world()
        self.assertRaises(Killed, world.run, kill_after=20)
        world.cloud.s3.delete_object(Bucket=BUCKET, Key=OBJECT)
        (pathlib.Path(world.directory.name) / OBJECT).unlink()
        self.assertRaisesRegex(Failure, "there is no record of what they had before", world.run)

    def test_a_deployment_in_between_is_not_overwritten(self):
        world = self.world()
        self.assertRaises(Killed, world.run, kill_after=30)
        world.cloud.template = {**world.cloud.template, "Description": "a newer version"}
        self.assertRaisesRegex(Failure, "was deployed or changed since this restore began", world.run)

    def test_a_change_that_cloudformation_takes_back_is_made_by_the_next_run(self):
        world = self.world()
        world.cloud.fails_next = True
        self.assertRaisesRegex(Failure, "UPDATE_ROLLBACK_COMPLETE, and the change was not made", world.run)
        world.run()
        self.check_end(world)

    def test_a_change_set_that_would_do_something_else_is_not_executed(self):
        for change in ({"Action": "Remove"}, {"Action": "Modify", "Replacement": "True"}, {"Action": "Add"}):
            with self.subTest(change=change), World() as world:
                resource = {"LogicalResourceId": "BatchesTable", "ResourceType": "AWS::DynamoDB::Table", **change}
                world.cloud.extra_change = {"Type": "Resource", "ResourceChange": resource}
                self.assertRaisesRegex(Failure, "something else than detach the tables: look at BatchesTable", world.run)
                self.assertEqual(world.cloud.tables(), world.cloud.old)
                self.assertEqual(set(world.cloud.concurrency().values()), {0})

    def test_without_a_yes_nothing_is_stopped(self):
        world = self.world()
        before = world.cloud.concurrency()
        with self.assertRaisesRegex(Failure, "stopped. Run this again to continue"):
            world.run(answer=lambda question: False)
        self.assertEqual((world.cloud.concurrency(), world.cloud.restored), (before, []))
        questions = []
        world.run(answer=lambda question: questions.append(question) or True)
        self.assertEqual(len(questions), 5, questions)
        world.run("--label", "second", "--yes", answer=None)

    def test_a_time_that_no_backup_has_stops_nothing(self):
        world = self.world()
        for time in ("2029-04-07T23:59:00Z", "2029-03-01T00:00:00Z"):
            with self.assertRaisesRegex(Failure, "can be restored to a time from"):
                world.run("--to", time)
            self.assertEqual(world.changes, [])


class GoesBack(Case):
    def test_a_restore_can_be_taken_back_from_everywhere(self):
        for at in [*range(3, len(undisturbed()[1]), 11), None]:
            with self.subTest(killed_after=at), World() as world:
                template, concurrency = world.cloud.template, world.cloud.concurrency()
                if at is None:
                    world.run()
                else:
                    self.assertRaises(Killed, world.run, kill_after=at)
                # Also what goes back may be killed.
                self.assertRaises(Killed, world.run, "--back", kill_after=2)
                world.run("--back")
                self.assertEqual(world.cloud.tables(), world.cloud.old)
                self.assertEqual((world.cloud.template, world.cloud.concurrency()), (template, concurrency))
                self.assertEqual(world.replays[-1]["PROFILES_TABLE"], world.cloud.old["ProfilesTable"])
                self.assertRaisesRegex(Failure, "this restore was taken back", world.run)

    def test_what_was_never_begun_cannot_be_taken_back(self):
        with self.assertRaisesRegex(Failure, "no such restore"):
            self.world().run("--back")


def without_time(snapshot: dict) -> dict:
    """Leaves out what differs between two restores: the record of when it was begun is the only one."""
    return {**snapshot, "objects": sorted(snapshot["objects"])}
