"""Parts of an evaluation: files in which workers leave what they measured, for the first of them.

The workers share a folder and nothing else. A part is whole or is not there, so what was measured
is kept when a worker ends early, also where one works alone.
"""

import contextlib
import hashlib
import io
import threading
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import numpy as np

from exgan_tf import files
from exgan_tf.training.strategy import WAIT_SECONDS

FOLDER = "parts"
_LOOK_EVERY_SECONDS = 0.5  # Ours, like the next.
_SIGN_EVERY_SECONDS = 5.0
_ABOUT = "about"
_CHECKSUM_BYTES = hashlib.sha256().digest_size


class Worker(NamedTuple):
    """One of the processes that share an evaluation.

    Attributes:
      number: which one; the first, 0, writes the result.
      names: what each is called.
      wait_seconds: how long another one may give no sign of life.
    """

    number: int = 0
    names: tuple[str, ...] = ("this process",)
    wait_seconds: float = WAIT_SECONDS

    def wait_for(self, other: int, find, *, sign=lambda: None) -> Any:
        """Waits for another worker.

        Args:
          other: its number.
          find: gives what it is to make, None until then.
          sign: gives something else as long as it lives.

        Returns:
          What `find` gave.

        Raises:
          TimeoutError: if `sign` gives the same for `wait_seconds`; and what `find` raises.
        """
        last, since = None, time.monotonic()
        while (found := find()) is None:
            if (now := sign()) != last:
                last, since = now, time.monotonic()
            if time.monotonic() - since > self.wait_seconds:
                raise TimeoutError(
                    f"nothing came from {self.names[other]} for {self.wait_seconds:g} seconds; its "
                    "output may say why: start the same command on all workers, or remove that one "
                    "from TF_CONFIG; what was measured is kept"
                )
            time.sleep(_LOOK_EVERY_SECONDS)
        return found


ALONE = Worker()


class Part(msgspec.Struct, frozen=True):
    """What was measured of some images, but for their features.

    Attributes:
      texts: "name", "identity", "reference_name" -> that of each image.
      values: of each method: measure -> the number of each image.
      seconds: of each method and batch: how long filling took, how many images it was, and whether
        it was the first of its process.
      num_left_out: photographs passed over, as their eyes are known to be closed.
      image_size: side in pixels; None without images.
    """

    texts: dict[str, list[str]]
    values: list[dict[str, list[float]]]
    seconds: list[list[tuple[float, int, bool]]]
    num_left_out: int
    image_size: int | None


class _About(msgspec.Struct, frozen=True):
    """What was measured, of which evaluation, and with what at hand."""

    evaluation: str
    setting: str
    part: Part


class Parts:
    """The parts of one evaluation, numbered from 0 on; the workers take turns.

    A file is the SHA-256 of what follows, which is numpy's .npz.
    """

    def __init__(self, work_dir, worker: Worker, *, evaluation: str, setting: str = ""):
        """Begins.

        Args:
          work_dir: has the folder `FOLDER`.
          worker: this process.
          evaluation: tells evaluations apart: a part of another one is refused.
          setting: what else the numbers depend on: a part of another setting is measured anew.
        """
        self._worker = worker
        self._directory = work_dir / FOLDER
        self._evaluation = evaluation
        self._setting = setting

    def is_own(self, number: int) -> bool:
        """Whether a part is this worker's to measure."""
        return self._owner(number) == self._worker.number

    def write(self, number: int, part: Part, features: dict) -> None:
        """Writes a part.

        Args:
          number: its number.
          part: what was measured.
          features: name -> array of numbers [n, ...], of n rows for the images of the part.

        Raises:
          FileNotFoundError: if the folder is gone.
        """
        about = msgspec.json.encode(_About(self._evaluation, self._setting, part))
        buffer = io.BytesIO()
        np.savez(buffer, **{_ABOUT: np.frombuffer(about, np.uint8)}, **features)
        whole = buffer.getbuffer()
        files.write_bytes(self._path(number), hashlib.sha256(whole).digest() + whole)

    def find(self, number: int) -> Part | None:
        """A part; None if it is still to be measured, or to be measured anew as it is damaged.

        Raises:
          FileNotFoundError: if the folder is gone.
          ValueError: if it belongs to another evaluation.
        """
        try:
            with self._path(number).open("rb") as file:
                checksum = file.read(_CHECKSUM_BYTES)
                if hashlib.file_digest(file, "sha256").digest() != checksum:
                    return None
            about = msgspec.json.decode(self.load(number, _ABOUT).tobytes(), type=_About)
        except OSError:  # Not there, or, on a network file system, replaced while it was read.
            if not self._directory.exists():
                raise
            return None
        if about.evaluation != self._evaluation:
            raise ValueError(
                f"{self._path(number)} was measured with other flags, methods or records: stop "
                "that worker, remove the file, and start the same command on all workers"
            )
        return about.part if about.setting == self._setting else None

    def wait_for(self, number: int) -> Part:
        """Waits for a part; raises what `find` does, and TimeoutError if its worker is silent."""
        owner = self._owner(number)
        return self._worker.wait_for(
            owner, lambda: self.find(number), sign=lambda: self._read_sign(owner)
        )

    def load(self, number: int, name: str) -> np.ndarray:
        """Features of the images of a part, shape and dtype as they were written."""
        with self._path(number).open("rb") as file:
            file.seek(_CHECKSUM_BYTES)
            with np.load(file, allow_pickle=False) as arrays:
                return arrays[name]

    @contextlib.contextmanager
    def signs_of_life(self) -> Iterator[None]:
        """Shows the first worker, for as long as it lasts, that this one is at work."""
        ended = threading.Event()

        def show():
            while True:
                # A full disk, or a first worker that began anew: the next part will say so.
                with contextlib.suppress(OSError):
                    self._sign_path(self._worker.number).write_text(str(time.time()))
                if ended.wait(_SIGN_EVERY_SECONDS):
                    return

        thread = threading.Thread(target=show, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _owner(self, number):
        return number % len(self._worker.names)

    def _path(self, number):
        return self._directory / f"{number:05d}.part"

    def _sign_path(self, worker_number):
        return self._directory / f"worker_{worker_number}.txt"

    def _read_sign(self, worker_number):
        # Read, as network file systems may show old times of files that nobody opens.
        try:
            return self._sign_path(worker_number).read_text()
        except OSError:
            return None
