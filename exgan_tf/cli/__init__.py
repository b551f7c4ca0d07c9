"""The commands: with `tools/` the only place where flags live."""

import os
import signal
import sys

INTERRUPTED = "interrupted: run the same command again to finish"

# The next file that is opened gets the number of a closed stream, and then also what libraries and
# C code say on that stream.
for _descriptor in range(3):
    try:
        os.fstat(_descriptor)
    except OSError:
        os.open(os.devnull, os.O_RDWR)  # It gets the lowest number that is free: this one.

# Commands start quietly; TensorFlow reads this when it is first imported. As a library the
# package leaves the setting alone.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def end_at_once(number, frame):
    """Ends the process in one line: a signal handler for the time before there is work to save."""
    os.write(sys.stderr.fileno(), f"{INTERRUPTED}\n".encode())
    os._exit(128 + number)


# Imports take seconds, and Ctrl-C meanwhile would print a long traceback. "-m" stands there while
# Python looks for the command to run, so whoever imports a command as a library is spared.
if sys.argv[:1] == ["-m"] and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, end_at_once)
