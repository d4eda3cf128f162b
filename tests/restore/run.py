"""`run.py [NAME…]`: runs the tests of `make restore`, or those with one of these in their name."""

from __future__ import annotations

import sys
import unittest

if __name__ == "__main__":
    patterns = [f"-k{name}" for name in sys.argv[1:]]
    unittest.main(module=None, argv=["tests/restore", "discover", "-s", sys.path[0], *patterns])
