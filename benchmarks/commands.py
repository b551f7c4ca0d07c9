"""Running the package's commands as users do, and what they cost."""

import contextlib
import json
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).parents[1]
# A process that still imports its libraries, half a minute on a busy machine, does so to the end.
OUTLIVED_SECONDS = 120.0


def line(name, *arguments, **flags) -> list[str]:
    """The command line of a command; flags that are None are left out."""
    values = [f"--{flag}={value}" for flag, value in flags.items() if value is not None]
    return [sys.executable, "-m", f"exgan_tf.cli.{name}", *arguments, *values]


def start(command, **options) -> subprocess.Popen:
    """Starts a command line, in a process group of its own."""
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True, **options)


def end_group(group: int) -> bool:
    """Whether processes of a group were still there after `OUTLIVED_SECONDS`; kills those."""
    deadline = time.monotonic() + OUTLIVED_SECONDS
    try:
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.1)
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def measure(command) -> dict:
    """Processor seconds and peak memory of a command line and its workers, run to its end."""
    # In this process group, so that Ctrl-C ends it too.
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise ValueError(f"{' '.join(command)} ended with {process.returncode}")
    return {
        "seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_megabytes": round(usage.ru_maxrss / 1024),
    }


def peak_memory() -> int:
    """The most memory that this process ever had, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def find_peaks(session: int) -> dict[str, int]:
    """The most memory that each process of a session ever had, in megabytes, by its number."""
    found = {}
    for status in pathlib.Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError, TypeError):
            if os.getsid(int(status.parent.name)) == session:
                peak = int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) >> 10
                found[status.parent.name] = peak
    return found


def show(figures: dict):
    """Prints figures as JSON."""
    print(json.dumps(figures, indent=1), flush=True)
