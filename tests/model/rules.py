#!/usr/bin/env python3
"""Checks that every rule is needed: without it, some schedule breaks a promise.

    python3 tests/model/rules.py
"""
import sys

from fixes import NAMES, without
from schedules import broken


def main():
    needless = [name for name in NAMES if next(broken(without([name])), None) is None]
    for name in needless:
        print(f"no schedule breaks a promise without {name}")
    print(f"{len(NAMES) - len(needless)} of {len(NAMES)} rules are needed")
    return 1 if needless else 0


if __name__ == "__main__":
    sys.exit(main())
