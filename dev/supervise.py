"""`supervise.py COMMAND…`: runs a command until it ends, or until standard input ends, whose other end a test holds.

That end closes however the test process ends, even when it is killed. Then the command is stopped, with all that it started.
Until then, each line on standard input is a signal for the command, such as `TERM`.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import processes


def supervise(process: subprocess.Popen, closed: threading.Event) -> None:
    for line in sys.stdin:
        process.send_signal(signal.Signals[f"SIG{line.strip()}"])
    closed.set()
    processes.stop([process])


def script() -> int:
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        # A terminal's Ctrl-C ends the test, and so this. SIG_IGN would not do: the command would inherit it.
        signal.signal(number, lambda *_: None)
    process = processes.start(sys.argv[1:])
    closed = threading.Event()
    supervisor = threading.Thread(target=supervise, args=(process, closed), daemon=True)
    supervisor.start()
    status = process.wait()
    if closed.is_set():
        # Processes that the command started may outlive it.
        supervisor.join()
    # An end by a signal, as shells report it.
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(script())
