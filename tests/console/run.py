"""`run.py [NAME…]`: runs the tests of the console, or those with one of these in their name."""

from __future__ import annotations

import sys
import unittest

if __name__ == "__main__":
    patterns = [f"-k{name}" for name in sys.argv[1:]]
    program = unittest.main(module=None, argv=["tests/console", "discover", "-s", sys.path[0], *patterns], verbosity=2, exit=False)
    # No test of that name is no success.
    sys.exit(not program.result.wasSuccessful() or program.result.testsRun == 0)
