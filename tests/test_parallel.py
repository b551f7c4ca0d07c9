import operator
import os
import signal
import subprocess
import sys
import time

import pytest

from exgan_tf import parallel

SLEEP = """
import os, time
from exgan_tf import parallel

def sleep(seconds):
    print(os.getpid(), flush=True)
    time.sleep(seconds)

if __name__ == "__main__":
    list(parallel.map_in_processes(sleep, [600] * 4, num_workers=2, description="sleeping"))
"""
START = """
import sys, time
from exgan_tf import parallel

if __name__ != "__main__":
    print("starting", flush=True)
    time.sleep(1)
else:
    try:
        list(parallel.map_in_processes(abs, [1] * 4, num_workers=2, description="starting"))
    except KeyboardInterrupt:
        sys.exit(7)
"""


def die_at_three(number):
    if number == 3:
        os.abort()
    return number


def run(function, items, num_workers, **options):
    options |= {"num_workers": num_workers, "description": "testing"}
    return list(parallel.map_in_processes(function, items, **options))


@pytest.mark.parametrize("num_workers", [1, 2])
def test_results_come_in_the_order_of_the_items_and_what_is_raised_is_raised(num_workers):
    assert run(operator.neg, range(40), num_workers) == [-number for number in range(40)]
    assert run(operator.neg, [], num_workers) == []
    with pytest.raises(ValueError, match="invalid literal for int"):
        run(int, ["1", "two", "3"], num_workers)


def test_a_worker_that_dies_ends_in_a_clear_error():
    with pytest.raises(OSError, match="worker process died"):
        run(die_at_three, range(4), 2)


def test_an_item_that_ends_its_process_is_told_and_the_others_are_done():
    results = run(die_at_three, range(12), 2, if_it_dies=lambda number: f"{number} died")
    assert results == [0, 1, 2, "3 died", *range(4, 12)]


@pytest.fixture
def start(tmp_path):
    """Returns a function that starts a script in a process group of its own."""

    def start_script(text):
        (tmp_path / "script.py").write_text(text)
        return subprocess.Popen(
            [sys.executable, tmp_path / "script.py"],
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start_script


def await_end(function, *arguments):
    """Calls a function that reaches a process until there is none."""
    deadline = time.monotonic() + 60
    with pytest.raises(ProcessLookupError):
        while time.monotonic() < deadline:
            function(*arguments, 0)
            time.sleep(0.1)


def test_ctrl_c_twice_ends_all_processes(start):
    with start(SLEEP) as process:
        for _ in range(2):
            process.stdout.readline()  # That both are at work.
        for _ in range(2):
            os.killpg(process.pid, signal.SIGINT)
            time.sleep(0.5)
        process.wait(timeout=60)
    await_end(os.killpg, process.pid)


def test_ctrl_c_while_the_workers_still_start_leaves_no_word_of_theirs(start):
    with start(START) as process:
        assert process.stdout.readline().startswith("starting")  # Two may speak at once.
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (7, "")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_with_their_parent(start, number):
    with start(SLEEP) as process:
        workers = [int(process.stdout.readline()) for _ in range(2)]
        process.send_signal(number)
        process.wait(timeout=60)
    for worker in workers:
        await_end(os.kill, worker)


def test_no_workers_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        run(operator.neg, [1], 0)
