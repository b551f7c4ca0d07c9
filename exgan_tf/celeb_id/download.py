"""The photographs of a list of URLs into `celeb_id_raw/`, many at a time.

The list comes from outside: a name it asks for never leaves the folder. A file appears under its
name only when it is a whole image (`fetcher`), so one that is there need not be fetched again.
"""

import contextlib
import dataclasses
import pathlib
import queue
import re
import threading
import time
import urllib.parse
from typing import NamedTuple

import numpy as np
import tqdm

from exgan_tf import files
from exgan_tf.celeb_id import layouts
from exgan_tf.celeb_id.fetcher import (
    Fetcher,
    FetchError,
    Limits,
    StoppedError,
    check_url,
    without_credentials,
)
from exgan_tf.tally import Tally

REPORT = "download_report.json"

# Both ours.
MAX_WORKERS = 256  # More threads than this wait for each other, not for the network.
WIND_UP_SECONDS = 5.0  # What a stopped run waits for threads stuck in a name server's silence.

# What Windows keeps for itself, so that a data set can be moved to any disk.
_FORBIDDEN_LETTERS = re.compile(r'[/\\<>:"|?*]')
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Failure:
    """A URL that gave no file.

    Attributes:
      url: the URL, without user name and password.
      kind: "refused" (never asked), "duplicate" (another URL has the file name), "permanent"
        (asking again will not help) or "temporary".
      reason: why, for people.
      attempts: how often the server was asked.
    """

    url: str
    kind: str
    reason: str
    attempts: int


def download_images(
    url_list_path,
    output_dir,
    *,
    num_workers: int = 16,
    timeout_seconds: float = 120.0,
    retries: int = 3,
    max_megabytes: float = 32.0,
    show_progress: bool = False,
) -> Tally:
    """Fetches the images of a list of URLs into `output_dir`/celeb_id_raw/.

    A file is named as the last segment of its URL's path, which has to read `identity-N.jpg` (or
    another image ending). Files that are there already are not fetched again. However the run
    ends, `output_dir`/download_report.json says what came of each URL.

    Args:
      url_list_path: text file in UTF-8, a URL a line; blank lines and those with # are left out.
      output_dir: folder to fill; made if missing.
      num_workers: number of files fetched at the same time, 1 to 256.
      timeout_seconds: limit on one attempt at one file, all in all. An attempt that took so long
        is not repeated in the same run.
      retries: number of further attempts after a temporary failure, 0 or more.
      max_megabytes: limit on the size of a file, in 10^6 bytes.
      show_progress: draw a progress bar on stderr.

    Returns:
      The tally: done are the files that are there now, skipped the URLs that gave none.

    Raises:
      ValueError: if the list is unreadable or has no usable URL, a number is out of its range, or
        not one file could be fetched.
      OSError: if the folder cannot be written or the disk is full; the run stops there.
      KeyboardInterrupt: on Ctrl-C, after the workers have stopped and the report is written.
    """
    parameters = {
        "url_list": str(url_list_path),
        "num_workers": _check_range("num_workers", num_workers, least=1, most=MAX_WORKERS),
        "timeout_seconds": _check_range("timeout_seconds", timeout_seconds, least=0.1, most=86400),
        "retries": _check_range("retries", retries, least=0, most=100),
        "max_megabytes": _check_range("max_megabytes", max_megabytes, least=0.001, most=1000),
    }
    listed = read_urls(url_list_path)
    wanted, failures = _plan(listed)
    folder = _make_folder(output_dir)
    missing = [one for one in wanted if not (folder / one.name).exists()]
    run = _Run(parameters, len(listed), len(wanted) - len(missing), len(missing), failures)
    crew = _Crew(
        missing,
        folder,
        num_workers=num_workers,
        limits=Limits(float(timeout_seconds), retries, int(max_megabytes * 1e6)),
    )
    _carry_out(crew, run, pathlib.Path(output_dir) / REPORT, show_progress=show_progress)
    tally = run.tally()
    if not tally.num_done:
        failure = next(failure for failure in run.failures if failure.attempts)
        raise ValueError(
            f"not one of {len(missing)} images could be fetched, {failure.url}: {failure.reason}; "
            f"{REPORT} in {output_dir} has the others"
        )
    return tally


def read_urls(path) -> list[str]:
    """Reads the distinct lines of a URL list, in order, without blank lines and # comments.

    Raises:
      ValueError: if the file cannot be read, is not text in UTF-8, or has no such line.
    """
    urls = {}
    try:
        with open(path, encoding="utf-8-sig") as file:
            for line in map(str.strip, file):
                if line and not line.startswith("#"):
                    urls[line] = None
    except UnicodeDecodeError as error:
        raise ValueError(f"url_list {path} is not a text file (UTF-8), one URL a line") from error
    except OSError as error:
        raise ValueError(f"url_list {path} cannot be read: {error.strerror or error}") from error
    if not urls:
        raise ValueError(f"url_list {path} is empty, one URL a line was wanted")
    return list(urls)


def photograph_name(url: str) -> str:
    """The file name in a URL: the last segment of its path, percent-decoded.

    Raises:
      ValueError: if the URL is not one of http or https, or the name is not `identity-N.jpg` or
        could mean anything but a file of the folder it is put in, on any operating system.
    """
    check_url(url)
    segment = urllib.parse.urlsplit(url).path.rpartition("/")[2]
    try:
        name = urllib.parse.unquote(segment, errors="strict")
    except UnicodeDecodeError as error:
        raise ValueError("the file name is not UTF-8") from error
    if not name:
        raise ValueError("the URL names no file")
    if not name.isprintable():
        raise ValueError("the file name has control characters")
    if _FORBIDDEN_LETTERS.search(name):
        raise ValueError('the file name has one of / \\ < > : " | ? *')
    if _DEVICE.fullmatch(name.partition(".")[0].strip()):
        raise ValueError("the file name is that of a device on Windows")
    layouts.split_filename(name)
    return name


class _Wanted(NamedTuple):
    url: str
    name: str


@dataclasses.dataclass
class _Run:
    """What is known of a run so far."""

    parameters: dict
    num_listed: int
    num_already_there: int
    num_missing: int
    failures: list[Failure]
    num_fetched: int = 0
    num_failed: int = 0

    def note(self, wanted: _Wanted, error: Exception | None):
        if error is None:
            self.num_fetched += 1
        elif isinstance(error, FetchError):
            self.num_failed += 1
            kind = "temporary" if error.temporary else "permanent"
            url = without_credentials(wanted.url)
            self.failures.append(Failure(url, kind, str(error), error.attempts))
        else:
            raise error

    def tally(self) -> Tally:
        tally = Tally(self.num_fetched + self.num_already_there)
        for failure in sorted(self.failures, key=dataclasses.astuple):
            tally.skip(failure.url, failure.reason)
        return tally

    def report(self) -> dict:
        num_not_tried = self.num_missing - self.num_fetched - self.num_failed
        kinds = [failure.kind for failure in self.failures]
        return {
            "parameters": self.parameters,
            "finished": num_not_tried == 0,
            "counts": {
                "listed": self.num_listed,
                "fetched": self.num_fetched,
                "already_there": self.num_already_there,
                "not_tried": num_not_tried,
                **{k: kinds.count(k) for k in ("refused", "duplicate", "permanent", "temporary")},
            },
            "failures": [
                dataclasses.asdict(failure)
                for failure in sorted(self.failures, key=dataclasses.astuple)
            ],
        }


class _Crew:
    """The threads that fetch, and the two queues between them and the one that counts."""

    def __init__(self, missing: list[_Wanted], folder, *, num_workers: int, limits: Limits):
        self._folder = folder
        self._stop = threading.Event()
        self._num_missing = len(missing)
        self._missing = queue.SimpleQueue()
        for wanted in missing:
            self._missing.put(wanted)
        self._outcomes = queue.SimpleQueue()
        self._fetchers = [
            Fetcher(limits, self._stop, np.random.default_rng(number))
            for number in range(min(num_workers, len(missing)))
        ]
        # Daemons, as the one thing that cannot be cut short is a name server's silence.
        self._threads = [
            threading.Thread(target=self._work, args=[fetcher], daemon=True)
            for fetcher in self._fetchers
        ]

    def outcomes(self):
        """Does the work; yields each file with None or the error, as they come."""
        for thread in self._threads:
            thread.start()
        for _ in range(self._num_missing):
            yield self._outcomes.get()

    def wind_up(self):
        """Stops all threads; yields what they finished meanwhile."""
        self._stop.set()
        for fetcher in self._fetchers:
            fetcher.abort()
        end = time.monotonic() + WIND_UP_SECONDS
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, end - time.monotonic()))
        while not self._outcomes.empty():
            yield self._outcomes.get()

    def _work(self, fetcher):
        with fetcher.session, contextlib.suppress(queue.Empty, StoppedError):
            while not self._stop.is_set():
                wanted = self._missing.get_nowait()
                self._outcomes.put((wanted, self._download(fetcher, wanted)))

    def _download(self, fetcher, wanted) -> Exception | None:
        try:
            data = fetcher.fetch(wanted.url)
            if self._stop.is_set():  # Nobody may be waiting for the file to be finished.
                raise StoppedError
            files.write_bytes(self._folder / wanted.name, data)
        except StoppedError:
            raise
        except Exception as error:  # Handed over; what is not this file's own fault ends the run.
            return error
        return None


def _carry_out(crew: _Crew, run: _Run, report_path, *, show_progress: bool):
    # disable=None hides the bar where there is no terminal to draw it on.
    disable = None if show_progress else True
    bar = tqdm.tqdm(total=run.num_missing, unit="image", disable=disable, mininterval=0.5)
    try:
        with bar:
            for wanted, error in crew.outcomes():
                run.note(wanted, error)
                bar.update()
    except OSError as error:
        # A disk too full for an image may be so for the report: the first error is the one to tell.
        with contextlib.suppress(OSError):
            _finish(crew, run, report_path)
        raise OSError(
            error.errno,
            f"stopped, as a file could not be written: {error.strerror or error}; what was fetched "
            "is kept, and the same command goes on from there",
        ) from error
    except BaseException:
        _finish(crew, run, report_path)
        raise
    _finish(crew, run, report_path)


def _finish(crew, run, report_path):
    for wanted, error in crew.wind_up():
        if error is None or isinstance(error, FetchError):
            run.note(wanted, error)
    files.write_json(report_path, run.report())


def _plan(urls) -> tuple[list[_Wanted], list[Failure]]:
    wanted, failures = {}, []
    for url in urls:
        try:
            name = photograph_name(url)
        except ValueError as error:
            failures.append(Failure(without_credentials(url), "refused", str(error), 0))
            continue
        # Names that differ in upper and lower case alone are one file on many disks.
        first = wanted.setdefault(name.casefold(), _Wanted(url, name))
        if first.url != url:
            reason = "an earlier URL has the same file name"
            failures.append(Failure(without_credentials(url), "duplicate", reason, 0))
    if not wanted:
        raise ValueError(
            f"url_list has no usable URL among {len(failures)} lines; "
            f"the first, {failures[0].url[:80]}: {failures[0].reason}"
        )
    return list(wanted.values()), failures


def _make_folder(output_dir) -> pathlib.Path:
    folder = pathlib.Path(output_dir) / layouts.RAW_IMAGES
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise ValueError(f"output_dir: {error.filename} is a file, not a folder") from error
    return folder


def _check_range(name, value, *, least, most):
    if not least <= value <= most:
        raise ValueError(f"{name} is {value}, from {least} to {most} was wanted")
    return value
