"""`supervise.py command…`: runs it until it ends, or standard input does, whose other end belongs to a test.

That end closes however the test process ends, also when it is killed; then the command is ended with all that it started.
Until then, each line on standard input is a signal for the command, such as `TERM`.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import processes


def attend(process: subprocess.Popen, closed: threading.Event) -> None:
    for line in sys.stdin:
        process.send_signal(signal.Signals[f"SIG{line.strip()}"])
    closed.set()
    processes.stop([process])


def script() -> int:
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        # A terminal's Ctrl-C ends the test, and this by it. Not SIG_IGN, which the command would inherit.
        signal.signal(number, lambda *_: None)
    process = processes.start(sys.argv[1:])
    closed = threading.Event()
    attendant = threading.Thread(target=attend, args=(process, closed), daemon=True)
    attendant.start()
    status = process.wait()
    if closed.is_set():
        # What the command started may outlive it.
        attendant.join()
    # As shells write the end by a signal.
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(script())
