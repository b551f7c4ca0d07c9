"""The photographs of a list of URLs into `celeb_id_raw/`, many at a time.

The list comes from outside: a name it asks for never leaves the folder. A file appears under its
name only when it is a whole image (`fetcher`), so one that is there need not be fetched again.
"""

import collections
import concurrent.futures
import functools
import pathlib
import re
import urllib.parse

import msgspec
import tqdm

from exgan_tf import files, parallel, storage
from exgan_tf.celeb_id import layouts
from exgan_tf.celeb_id.fetcher import (
    DownloadOptions,
    Fetcher,
    FetchError,
    check_url,
    without_credentials,
)
from exgan_tf.tally import Tally

REPORT = "download_report.json"
KINDS = ("refused", "duplicate", "permanent", "temporary")

# All ours.
WIND_UP_SECONDS = 5.0  # What a stopped run waits for threads stuck in a name server's silence.
_FILES_PER_ITEM = 256  # What a worker of an engine fetches with the connections it opens.

# What Windows keeps for itself, so that a data set can be moved to any disk.
_FORBIDDEN_LETTERS = re.compile(r'[/\\<>:"|?*]')
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])", re.IGNORECASE)


class Failure(msgspec.Struct, frozen=True, order=True):
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
    options: DownloadOptions | None = None,
    *,
    engine: parallel.Engine | None = None,
) -> Tally:
    """Fetches the images of a list of URLs into `output_dir`/celeb_id_raw/.

    A file is named as the last segment of its URL's path, which has to read `identity-N.jpg` (or
    another image ending). Files that are there already are not fetched again. However the run
    ends, `output_dir`/download_report.json says what came of each URL.

    Args:
      url_list_path: text file in UTF-8, a URL a line; blank lines and those with # are left out.
      output_dir: folder to fill; made if missing.
      options: limits; the defaults if None.
      engine: does the work; None: threads of this process. What an engine left unfinished
        counts as not tried.

    Returns:
      The tally: done are the files that are there now, skipped the URLs that gave none.

    Raises:
      ValueError: if the list is unreadable or has no usable URL, or not one file could be fetched.
      OSError: if the folder cannot be written or the disk is full; the run stops there.
      KeyboardInterrupt: on Ctrl-C, after the workers have stopped and the report is written.
    """
    options = options or DownloadOptions()
    listed = _read_urls(url_list_path)
    planned, failures = _plan(listed)
    folder = storage.to_path(output_dir) / layouts.RAW_IMAGES
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise ValueError(f"output_dir: {error.filename} is a file, not a folder") from error
    missing = [(name, url) for name, url in planned.items() if not (folder / name).exists()]
    fetch = functools.partial(_fetch_files, folder=folder, options=options)
    outcomes = []
    try:
        try:
            if engine is None:
                fetch(missing, outcomes=outcomes, show_progress=True)
            else:
                starts = range(0, len(missing), _FILES_PER_ITEM)
                batches = [missing[start : start + _FILES_PER_ITEM] for start in starts]
                for batch in engine(fetch, batches, description="downloading"):
                    outcomes += batch
        finally:
            failures = sorted([*failures, *filter(None, outcomes)])
            kinds = collections.Counter(failure.kind for failure in failures)
            counts = {
                "listed": len(listed),
                "fetched": outcomes.count(None),
                "already_there": len(planned) - len(missing),
                "not_tried": len(missing) - len(outcomes),
                **{kind: kinds[kind] for kind in KINDS},
            }
            report = {
                "parameters": {"url_list": str(url_list_path), **msgspec.to_builtins(options)},
                "finished": not counts["not_tried"],
                "counts": counts,
                "failures": msgspec.to_builtins(failures),
            }
            files.write_json(folder.parent / REPORT, report)
    except OSError as error:
        raise OSError(
            error.errno,
            f"stopped because a file could not be written: {error.strerror or error}; what was "
            "fetched is kept: run the same command again to continue",
        ) from error
    tally = Tally(counts["fetched"] + counts["already_there"])
    for failure in failures:
        tally.skip(failure.url, failure.reason)
    if not tally.num_done:
        failure = next(failure for failure in failures if failure.attempts)
        raise ValueError(
            f"no image could be fetched, of {len(missing)}; {failure.url}: "
            f"{failure.reason}; {REPORT} in {output_dir} lists the others"
        )
    return tally


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


def _read_urls(path) -> list[str]:
    """The distinct lines of a URL list, in order, without blank lines and # comments."""
    try:
        text = storage.to_path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"url_list {path} is not a text file (UTF-8), one URL a line") from error
    except OSError as error:
        raise ValueError(f"url_list {path} cannot be read: {error.strerror or error}") from error
    lines = map(str.strip, text.split("\n"))
    urls = dict.fromkeys(line for line in lines if line and not line.startswith("#"))
    if not urls:
        raise ValueError(f"url_list {path} is empty; expected one URL a line")
    return list(urls)


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


def _fetch_files(missing, *, folder, options, outcomes=None, show_progress=False) -> list:
    """Fetches (name, URL) in threads: in any order a Failure or None for each.

    However it ends, what came of the files until then is in `outcomes`.
    """
    outcomes = [] if outcomes is None else outcomes
    fetcher = Fetcher(options)
    executor = concurrent.futures.ThreadPoolExecutor(options.num_workers)
    futures = [executor.submit(_fetch_file, fetcher, url, folder / name) for name, url in missing]
    finished = concurrent.futures.as_completed(futures)
    # disable=None hides the bar where there is no terminal to draw it on.
    disable = None if show_progress else True
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
