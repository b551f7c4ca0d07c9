"""Writing so that nothing half-written ever looks finished, and nothing of the user's is lost."""

import concurrent.futures
import contextlib
import copy
import errno
import fcntl
import functools
import hashlib
import json
import os
import pathlib
import re
import shutil
import uuid
from collections.abc import Iterator
from typing import Any

import msgspec

import exgan_tf
from exgan_tf import storage
from exgan_tf.storage import RemotePath

PROVENANCE = "provenance.json"
_UNFINISHED = "unfinished.json"  # Stands for it while a remote folder is made.
_NUM_REQUESTS = 64  # Ours: questions to a remote file system at a time, as each takes its time.
_TEMPORARY_SUFFIX = ".tmp"
# What is wrong with a disk and not with the file that happens to be written.
_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)


class AlreadyCompleteError(ValueError):
    """The output is there already, made by this very tool, version and parameters."""


def write_bytes(path, data: bytes) -> None:
    """Writes a file under a temporary name beside it and renames it; a link is followed.

    Raises:
      OSError: if the disk is full or the place cannot be written; no part of the file is left.
    """
    path = _resolve(path)
    temporary = path.with_name(f".{uuid.uuid4().hex}{_TEMPORARY_SUFFIX}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
        temporary.replace(path)
    except BaseException as error:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        if isinstance(error, OSError) and error.errno:  # Which does not name this file.
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def is_disk_error(error: Exception) -> bool:
    """Whether a disk is full, read-only or broken, so that nothing else can be written either."""
    return isinstance(error, OSError) and error.errno in _DISK_ERRORS


def write_json(path, value) -> None:
    """Writes `value` as JSON in UTF-8; a number that is not finite raises ValueError."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    write_bytes(path, (text + "\n").encode("utf-8", "backslashreplace"))


def read_json(path, *, object_pairs_hook=None, parse_constant=None) -> Any:
    """Reads a JSON file from outside, with the hooks of `json.loads`.

    Raises:
      ValueError: if the file is missing, unreadable or not JSON; the message names it.
    """
    try:
        text = storage.to_path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read {path}: {error}") from error
    try:
        return json.loads(text, object_pairs_hook=object_pairs_hook, parse_constant=parse_constant)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not valid JSON: {error}") from error


def read_typed(path, kind) -> Any:
    """Reads a JSON file from outside as a type that msgspec knows, a Struct above all.

    Raises:
      ValueError: if the file is unreadable or does not fit; the message says file, field, what came
        and what was expected.
    """
    return convert(read_json(path), kind, source=path)


def convert(value, kind, *, source) -> Any:
    """Makes a type of JSON values, as `read_typed` does; `source` is where they come from."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$")
        keys, came = _find(value, kind, place.rstrip("`"))
        field = ".".join(keys).replace(".[", "[") or "the file"
        text = ascii(came)
        text = text if len(text) <= 80 else f"{text[:80]}..."
        raise ValueError(f"{source}: {field} is {text}: {reason}") from error


def _find(value, kind, place):
    """The keys that lead to what msgspec refuses, and what is there.

    In a `place` such as `.methods[...].psnr` msgspec leaves out the keys of dicts: they are found
    by halving the dict, as often as a hostile file has many.
    """
    came = value = copy.deepcopy(value)
    keys = []
    for step in re.findall(r"\[\.\.\.\]|\[\d+\]|[^.\[\]]+", place):
        if step == "[...]":
            entries = list(came.items())
            while len(entries) > 1:
                half, others = entries[: len(entries) // 2], entries[len(entries) // 2 :]
                came.clear()
                came.update(half)
                try:
                    msgspec.convert(value, kind)
                    entries = others
                except msgspec.ValidationError as error:
                    entries = half if place in str(error) else others
            came.clear()
            came.update(entries)
            ((step, came),) = entries
        else:
            came = came[int(step[1:-1]) if step[0] == "[" else step]
        keys.append(step if len(step) <= 60 else f"{step[:60]}...")
    return keys, came


def checksum(path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with storage.to_path(path).open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@contextlib.contextmanager
def staged_directory(
    directory, *, tool: str, parameters: dict, overwrite: bool = False
) -> Iterator[Any]:
    """A working directory that takes the name `directory` only when everything in it is done.

    The work goes on in `directory` + ".partial". If the body fails or is interrupted that stays,
    and the next call with the same tool, version and parameters gets it back, with all that was
    written so far. `provenance.json` in it says what it was made by.

    Remote file systems rename no folders. There the work goes on in `directory` itself, in which
    an `unfinished.json` stands until all is done, and nothing keeps two commands apart.

    Args:
      directory: the directory to make; must not exist, or be empty, unless `overwrite`.
      tool: name of the tool that makes it.
      parameters: what the result depends on, as JSON values.
      overwrite: replace an existing directory, if one of this project's tools made it.

    Raises:
      AlreadyCompleteError: if an earlier call with the same parameters finished the directory.
      ValueError: if the directory exists and may not be replaced, or another process makes it.
    """
    directory = _resolve(directory)  # A link stays, and what it leads to is made.
    made_by = _made_by(tool, parameters)

    check = functools.partial(_check_unfinished, directory, made_by, overwrite=overwrite)
    if isinstance(directory, RemotePath):
        unfinished = _provenance(directory, name=_UNFINISHED)
        if unfinished is None:
            check()
        if unfinished != made_by and directory.exists():
            storage.remove_tree(directory)
        directory.mkdir()
        write_json(directory / _UNFINISHED, made_by)
        yield directory
        _remove_half_written(directory)
        write_json(directory / PROVENANCE, made_by)
        (directory / _UNFINISHED).unlink()
        return
    check()
    partial = directory.with_name(directory.name + ".partial")
    with _locked(partial):
        check()
        if _provenance(partial) != made_by:
            _empty_ours(partial)
        write_json(partial / PROVENANCE, made_by)
        yield partial
        _remove_half_written(partial)  # Of processes that were killed, and whose work others did.
        check()  # Once more, as the work may have taken hours.
        old = directory.with_name(f".{uuid.uuid4().hex}.old")
        if directory.exists():
            directory.rename(old)
        partial.rename(directory)
        shutil.rmtree(old, ignore_errors=True)


def find_staged(
    directory, *, tool: str, parameters: dict, overwrite: bool = False
) -> pathlib.Path | None:
    """The working directory that another process got by `staged_directory`; None before it has.

    The arguments and errors are those of `staged_directory`; nothing is written, and nothing kept
    from others.
    """
    directory, made_by = _resolve(directory), _made_by(tool, parameters)
    partial = directory.with_name(directory.name + ".partial")
    if _provenance(partial) == made_by:
        return partial
    _check_unfinished(directory, made_by, overwrite=overwrite)
    return None


def check_apart(input_dir, output_dir) -> None:
    """Raises ValueError if one of two folders lies inside the other, or they are the same."""
    source, target = _resolve(input_dir), _resolve(output_dir)
    if source == target or source in target.parents or target in source.parents:
        raise ValueError(
            f"{output_dir} and {input_dir} lie inside each other: choose another output folder"
        )


def fingerprint(paths) -> str:
    """A checksum of names, sizes and times of change: another one when a file comes or changes."""
    paths = [storage.to_path(path) for path in paths]
    if paths and isinstance(paths[0], RemotePath):
        with concurrent.futures.ThreadPoolExecutor(_NUM_REQUESTS) as executor:
            entries = list(executor.map(_describe, paths))
    else:
        entries = [_describe(path) for path in paths]
    return hashlib.sha256("".join(map(json.dumps, entries)).encode()).hexdigest()


def _describe(path):
    name = os.fsencode(os.path.join(path.parent.name, path.name)).hex()
    try:
        status = path.stat()
    except OSError:
        return [name, None]
    return [name, status.st_size, status.st_mtime_ns]


def _resolve(path):
    path = storage.to_path(path)
    return path if isinstance(path, RemotePath) else pathlib.Path(os.path.realpath(path))


def _made_by(tool, parameters):
    made_by = {"tool": tool, "version": exgan_tf.__version__, "parameters": parameters}
    return json.loads(json.dumps(made_by))  # Tuples as lists, as they are read back.


def _provenance(directory, name=PROVENANCE):
    """What a directory says it was made by; None if it was not made by this project."""
    try:
        made_by = read_json(directory / name)
    except ValueError:
        return None
    if not isinstance(made_by, dict) or made_by.keys() != {"tool", "version", "parameters"}:
        return None
    return made_by


def _check_unfinished(directory, made_by, *, overwrite):
    if not overwrite and _provenance(directory) == made_by:
        raise AlreadyCompleteError(f"{directory} is complete already, nothing was done")
    if not directory.exists():
        return
    if not directory.is_dir():
        raise ValueError(f"{directory} is a file; expected an output directory")
    if not any(directory.iterdir()):
        return
    if not overwrite:
        raise ValueError(
            f"{directory} exists and is not the result of this very command: "
            "choose another output directory, or pass --overwrite to replace it"
        )
    if _provenance(directory) is None:
        raise ValueError(f"{directory} was not made by this tool, so it is not replaced")


def _remove_half_written(directory):
    for path in directory.rglob(f".*{_TEMPORARY_SUFFIX}"):
        path.unlink()


def _empty_ours(directory):
    if any(directory.iterdir()) and _provenance(directory) is None:
        raise ValueError(f"{directory} is in the way and was not made by this tool: move it")
    for path in directory.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


@contextlib.contextmanager
def _locked(directory):
    """Makes a directory if need be, and keeps other processes out of it."""
    directory.mkdir(parents=True, exist_ok=True)
    handle = os.open(directory, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The other process may have finished, and given the directory its final name.
            if not directory.exists() or not os.path.samestat(os.fstat(handle), directory.stat()):
                raise BlockingIOError
        except BlockingIOError as error:
            raise ValueError(
                f"another process is writing {directory}: wait until it ends, stop it, or choose "
                "another output directory"
            ) from error
        yield
    finally:
        os.close(handle)
