"""Restores of a whole stack, from the beginning to the end."""

from __future__ import annotations

import unittest

from world import CONCURRENCY, LABEL, STACK, TEMPLATE, TO, Case

USERS = ("Profiles", "Identities", "Companies", "Activities", "Summaries")


class Restores(Case):
    def test_a_stack_uses_the_restored_tables_with_all_their_settings(self):
        world = self.world()
        before = world.cloud.snapshot()
        world.run()
        after = world.cloud.snapshot()
        for name in USERS:
            old, new = world.cloud.old[f"{name}Table"], f"{STACK}-{name}-{LABEL}"
            self.assertEqual(world.cloud.tables()[f"{name}Table"], new)
            self.assertEqual(after["tables"][new], before["tables"][old])
            self.assertEqual(after["tables"][old], before["tables"][old])
        print(world.output)


if __name__ == "__main__":
    unittest.main()
