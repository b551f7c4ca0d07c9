"""Doing one thing to many items: an engine does, here on all processor cores; see `beam`."""

import concurrent.futures
import contextlib
import dataclasses
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol

import cv2
import tqdm


class Engine(Protocol):
    """Applies functions to many items."""

    def __call__(
        self, function: Callable[[Any], Any], items: Sequence, *, description: str
    ) -> Iterator:
        """Applies a function to each item and yields the results in the order of the items.

        Args:
          function: a picklable function of one item. It may be called more than once with an item,
            so what it writes has to take its name only when it is whole.
          items: picklable items.
          description: what is done, for a progress bar.

        Raises:
          ValueError: what `function` raises.
          OSError: if workers die, or for lack of memory, disk or network.
        """


@dataclasses.dataclass(frozen=True)
class Processes:
    """The engine of one machine, `map_in_processes`."""

    num_workers: int

    def __call__(self, function, items, *, description):
        return map_in_processes(
            function, items, num_workers=self.num_workers, description=description
        )


IN_THIS_PROCESS = Processes(1)


def count_processors() -> int:
    """The number of processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS does not tell which it may use.


def map_in_processes(
    function,
    items,
    *,
    num_workers: int,
    description: str,
    if_it_dies: Callable[[Any], Any] | None = None,
) -> Iterator[Any]:
    """Works as an `Engine`, with a progress bar on a terminal; what `function` raises is raised.

    Args:
      function: as of an `Engine`.
      items: as of an `Engine`.
      num_workers: number of processes, at least 1; one is this process.
      description: what the progress bar says.
      if_it_dies: gives the result of an item that takes its process down with it, also when tried
        alone. Without it, such an item is an error.

    Raises:
      ValueError: if `num_workers` is below 1.
      OSError: if a worker process dies, unless there is `if_it_dies`.
    """
    if num_workers < 1:
        raise ValueError(f"num_workers is {num_workers}; expected at least 1")
    if num_workers == 1:
        results = map(function, items)
    else:
        chunk = max(1, min(16, len(items) // (4 * num_workers)))
        results = _map_in_pools(
            function, items, num_workers=num_workers, chunk=chunk, if_it_dies=if_it_dies
        )
    # disable=None hides the bar where there is no terminal to draw it on.
    yield from tqdm.tqdm(results, total=len(items), desc=description, disable=None)


def _map_in_pools(function, items, *, num_workers, chunk, if_it_dies):
    """Maps in one pool, or in several where an item breaks it."""
    position = 0
    while position < len(items):
        try:
            for result in _map_in_pool(
                function, items[position:], num_workers=num_workers, chunk=chunk
            ):
                yield result
                position += 1
        except BrokenProcessPool as error:
            if if_it_dies is None:
                raise OSError(
                    "a worker process died, perhaps for lack of memory: try a smaller num_workers"
                ) from error
            suspects = items[position : position + num_workers * chunk]
            position += len(suspects)
            if num_workers == 1:
                yield if_it_dies(*suspects)
            else:  # Alone, so that it is known which item ends its process.
                yield from _map_in_pools(
                    function, suspects, num_workers=1, chunk=1, if_it_dies=if_it_dies
                )


def _map_in_pool(function, items, *, num_workers, chunk):
    others = set(multiprocessing.active_children())
    # Spawned, since forking a process in which TensorFlow has started threads can deadlock.
    executor = concurrent.futures.ProcessPoolExecutor(
        num_workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=start_worker,
    )
    try:
        with _interrupts_held():  # While it submits, map starts the workers.
            results = executor.map(function, items, chunksize=chunk)
        yield from results
    except BrokenProcessPool:
        raise
    except BaseException:
        # Ctrl-C, an error, or no more is needed: what the workers still do is of no use.
        # First the pool forgets what is pending: its thread would trip over cancelled items when it
        # found the workers gone, and print that.
        executor.shutdown(wait=False, cancel_futures=True)
        for worker in set(multiprocessing.active_children()) - others:
            worker.kill()
        raise
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        # For the processes and not, as the executor would, for its thread: a join of a thread that
        # Ctrl-C breaks off makes Python before 3.13 take it for ended, and hang at its own end.
        for worker in set(multiprocessing.active_children()) - others:
            multiprocessing.connection.wait([worker.sentinel])


@contextlib.contextmanager
def _interrupts_held():
    """Keeps Ctrl-C for afterwards, for processes started meanwhile for as long as they live."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows has none.
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start_worker() -> None:
    """Begins a worker process: it leaves Ctrl-C to its parent, and ends when that does."""
    # The parent decides how Ctrl-C ends the work; until here the mask kept it away.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)  # The processes already use every core.
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent():
    """Ends this process when its parent is gone, however that ended: nobody needs its results."""
    multiprocessing.connection.wait([multiprocessing.parent_process().sentinel])
    os._exit(1)
