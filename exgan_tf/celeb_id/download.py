"""The photographs of a list of URLs into `celeb_id_raw/`, many at a time.

The list comes from outside: a name it asks for never leaves the folder. A file appears under its
name only when it is a whole image (`fetcher`), so one that is there need not be fetched again.
"""

import collections
import concurrent.futures
import dataclasses
import functools
import pathlib
import re
import urllib.parse

import tqdm

from exgan_tf import files, parallel, storage
from exgan_tf.celeb_id import layouts
from exgan_tf.celeb_id.fetcher import (
    Fetcher,
    FetchError,
    check_url,
    without_credentials,
)
from exgan_tf.tally import Tally

REPORT = "download_report.json"
KINDS = ("refused", "duplicate", "permanent", "temporary")

# All ours.
MAX_WORKERS = 256  # More threads than this wait for each other, not for the network.
WIND_UP_SECONDS = 5.0  # What a stopped run waits for threads stuck in a name server's silence.
_FILES_PER_ITEM = 256  # What a worker of an engine fetches with the connections it opens.

# What Windows keeps for itself, so that a data set can be moved to any disk.
_FORBIDDEN_LETTERS = re.compile(r'[/\\<>:"|?*]')
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])", re.IGNORECASE)


@dataclasses.dataclass(frozen=True, order=True)
class Failure:
    """A URL that gave no file.

    Attributes:
      url: the URL, without user name and password.
      kind: one of `KINDS`: never asked, another URL has the file name, asking again will not help,
        or it may help.
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
    engine: parallel.Engine | None = None,
) -> Tally:
    """Fetches the images of a list of URLs into `output_dir`/celeb_id_raw/.

    A file is named as the last segment of its URL's path, which has to read `identity-N.jpg` (or
    another image ending). Files that are there already are not fetched again. However the run
    ends, `output_dir`/download_report.json says what came of each URL.

    Args:
      url_list_path: text file in UTF-8, a URL a line; blank lines and those with # are left out.
      output_dir: folder to fill; made if missing.
      num_workers: number of files fetched at the same time, 1 to 256; by each worker, if an engine
        does the work.
      timeout_seconds: limit on one attempt at one file, all in all. An attempt that took so long
        is not repeated in the same run.
      retries: number of further attempts after a temporary failure, 0 or more.
      max_megabytes: limit on the size of a file, in 10^6 bytes.
      show_progress: draw a progress bar on stderr.
      engine: does the work; None: threads of this process. What an engine left unfinished
        counts as not tried.

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
    planned, failures = _plan(listed)
    folder = _make_folder(output_dir)
    missing = {name: url for name, url in planned.items() if not (folder / name).exists()}
    fetch = functools.partial(
        _fetch_files,
        folder=folder,
        limits={
            "total_seconds": timeout_seconds,
            "retries": retries,
            "max_bytes": int(max_megabytes * 1e6),
            "num_connections": num_workers,
        },
    )
    outcomes = []
    try:
        try:
            if engine is None:
                fetch(missing, outcomes=outcomes, show_progress=show_progress)
            else:
                entries = list(missing.items())
                starts = range(0, len(entries), _FILES_PER_ITEM)
                batches = [dict(entries[start : start + _FILES_PER_ITEM]) for start in starts]
                for batch in engine(fetch, batches, description="downloading"):
                    outcomes += batch
        finally:
            failures = sorted([*failures, *filter(None, outcomes)])
            num_fetched = outcomes.count(None)
            num_there = len(planned) - len(missing)
            kinds = collections.Counter(failure.kind for failure in failures)
            report = {
                "parameters": parameters,
                "finished": len(outcomes) == len(missing),
                "counts": {
                    "listed": len(listed),
                    "fetched": num_fetched,
                    "already_there": num_there,
                    "not_tried": len(missing) - len(outcomes),
                    **{kind: kinds[kind] for kind in KINDS},
                },
                "failures": [dataclasses.asdict(failure) for failure in failures],
            }
            files.write_json(folder.parent / REPORT, report)
    except OSError as error:
        raise OSError(
            error.errno,
            f"stopped, as a file could not be written: {error.strerror or error}; what was fetched "
            "is kept, and the same command goes on from there",
        ) from error
    tally = Tally(num_fetched + num_there)
    for failure in failures:
        tally.skip(failure.url, failure.reason)
    if not tally.num_done:
        failure = next(failure for failure in failures if failure.attempts)
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
    try:
        text = storage.to_path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"url_list {path} is not a text file (UTF-8), one URL a line") from error
    except OSError as error:
        raise ValueError(f"url_list {path} cannot be read: {error.strerror or error}") from error
    lines = map(str.strip, text.split("\n"))
    urls = dict.fromkeys(line for line in lines if line and not line.startswith("#"))
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


def _fetch_files(missing, *, folder, limits, outcomes=None, show_progress=False) -> list:
    """Fetches files in threads: name -> URL in, in any order a Failure or None for each out.

    However it ends, what came of the files until then is in `outcomes`.
    """
    outcomes = [] if outcomes is None else outcomes
    fetcher = Fetcher(**limits)
    executor = concurrent.futures.ThreadPoolExecutor(limits["num_connections"])
    futures = [
        executor.submit(_fetch_file, fetcher, url, folder / name) for name, url in missing.items()
    ]
    # disable=None hides the bar where there is no terminal to draw it on.
    disable = None if show_progress else True
    finished = concurrent.futures.as_completed(futures)
    try:
        for future in tqdm.tqdm(finished, total=len(futures), unit="image", disable=disable):
            future.result()
    finally:
        fetcher.stop()
        executor.shutdown(wait=False, cancel_futures=True)
        started = [future for future in futures if not future.cancelled()]
        done, _ = concurrent.futures.wait(started, WIND_UP_SECONDS)
        outcomes += [future.result() for future in done if not future.exception()]
    return outcomes


def _fetch_file(fetcher: Fetcher, url: str, path: pathlib.Path) -> Failure | None:
    """Fetches one file; what is not the file's own fault is raised, and ends the run."""
    try:
        files.write_bytes(path, fetcher.fetch(url))
    except FetchError as error:
        kind = "temporary" if error.temporary else "permanent"
        return Failure(without_credentials(url), kind, str(error), error.attempts)
    return None


def _plan(urls) -> tuple[dict[str, str], list[Failure]]:
    """The file names to fetch, with the URL of each, and the URLs that are not asked."""
    planned, spellings, failures = {}, {}, []
    for url in urls:
        try:
            name = photograph_name(url)
        except ValueError as error:
            failures.append(Failure(without_credentials(url), "refused", str(error), 0))
            continue
        # Names that differ in upper and lower case alone are one file on many disks.
        if spellings.setdefault(name.casefold(), url) == url:
            planned[name] = url
        else:
            reason = "an earlier URL has the same file name"
            failures.append(Failure(without_credentials(url), "duplicate", reason, 0))
    if not planned:
        raise ValueError(
            f"url_list has no usable URL among {len(failures)} lines; "
            f"the first, {failures[0].url[:80]}: {failures[0].reason}"
        )
    return planned, failures


def _make_folder(output_dir) -> pathlib.Path:
    folder = storage.to_path(output_dir) / layouts.RAW_IMAGES
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise ValueError(f"output_dir: {error.filename} is a file, not a folder") from error
    return folder


def _check_range(name, value, *, least, most):
    if not least <= value <= most:
        raise ValueError(f"{name} is {value}, from {least} to {most} was wanted")
    return value
