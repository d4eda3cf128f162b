"""The parts of `make restore`; see dev/restore.py."""
