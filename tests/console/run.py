"""`run.py [NAME…]`: runs the tests of the console, or those with one of these in their name."""

from __future__ import annotations

import sys
import unittest

if __name__ == "__main__":
    patterns = [f"-k{name}" for name in sys.argv[1:]]
    unittest.main(module=None, argv=["tests/console", "discover", "-s", sys.path[0], *patterns])
