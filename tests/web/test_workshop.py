import concurrent.futures
import threading

import pytest

from exgan_tf.web.workshop import LATER, NOW, SOON, Workshop


@pytest.fixture
def workshop():
    """A workshop whose worker is a thread and dies of `die`, as a process would."""

    class Mortal(concurrent.futures.ThreadPoolExecutor):
        def submit(self, function, *arguments):
            if function is die:
                raise concurrent.futures.BrokenExecutor
            return super().submit(function, *arguments)

    return Workshop(None, executor=lambda **how: Mortal(1, **how))


def die():
    raise AssertionError("it is never called")


def test_what_kills_the_worker_is_an_error_and_the_next_is_done(workshop):
    dead = workshop.put(die, urgency=NOW)
    alive = workshop.put(len, "four", urgency=NOW)
    with pytest.raises(ValueError, match="died"):
        dead.result(10)
    assert alive.result(10) == 4


def test_a_machine_without_processes_is_told_of_at_once():
    def refuse(**how):
        raise PermissionError("/dev/shm")

    with pytest.raises(PermissionError):
        Workshop(None, executor=refuse)


def test_what_somebody_waits_for_goes_first(workshop):
    done, gate = [], threading.Event()
    workshop.put(gate.wait, 10, urgency=NOW)
    futures = [workshop.put(done.append, urgency, urgency=urgency) for urgency in (SOON, NOW)]
    gate.set()
    concurrent.futures.wait(futures, 10)
    assert done == [NOW, SOON]


def test_nobody_waits_for_what_takes_long(workshop):
    gate = threading.Event()
    slow = workshop.put(gate.wait, 10, urgency=LATER)
    assert workshop.put(len, "four", urgency=SOON).result(5) == 4
    assert not slow.done()
    gate.set()
    assert slow.result(5)
