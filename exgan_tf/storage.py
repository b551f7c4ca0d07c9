"""Paths of local files, and of remote ones that TensorFlow's file systems reach, such as gs://."""

import contextlib
import dataclasses
import errno
import fnmatch
import os
import pathlib
import shutil
import types
from collections.abc import Iterator
from typing import Any


def to_path(path) -> "pathlib.Path | RemotePath":
    """The path of a file or folder: a `RemotePath` if it is a URL, a pathlib.Path otherwise."""
    text = os.fspath(path)
    return RemotePath(text.rstrip("/")) if "://" in text else pathlib.Path(text)


def remove_tree(path) -> None:
    """Removes a folder and everything in it."""
    if isinstance(path, RemotePath):
        with _os_errors(path):
            _gfile().rmtree(path.url)
    else:
        shutil.rmtree(path)


@dataclasses.dataclass(frozen=True, order=True)
class RemotePath(os.PathLike):
    """A file or folder that TensorFlow's file systems reach; it does what a pathlib.Path does.

    Every error is an OSError.

    Attributes:
      url: scheme and path, such as gs://bucket/folder, without a slash at the end.
    """

    url: str

    def __fspath__(self):
        """The URL."""
        return self.url

    __str__ = __fspath__

    def __truediv__(self, name):
        """The file or folder of that name in this folder."""
        return RemotePath(f"{self.url}/{name}")

    @property
    def name(self) -> str:
        return self.url.rpartition("/")[2]

    @property
    def parent(self) -> "RemotePath":
        return RemotePath(self.url.rpartition("/")[0])

    @property
    def parents(self) -> list["RemotePath"]:
        scheme, _, rest = self.url.partition("://")
        parts = rest.split("/")
        return [RemotePath(f"{scheme}://{'/'.join(parts[:end])}") for end in range(1, len(parts))]

    def with_name(self, name) -> "RemotePath":
        return self.parent / name

    def exists(self) -> bool:
        with _os_errors(self):
            return _gfile().exists(self.url)

    def is_dir(self) -> bool:
        with _os_errors(self):
            return _gfile().isdir(self.url)

    def is_file(self) -> bool:
        return self.exists() and not self.is_dir()

    def is_symlink(self) -> bool:
        return False

    def iterdir(self) -> list["RemotePath"]:
        with _os_errors(self):
            return [self / name.rstrip("/") for name in _gfile().listdir(self.url)]

    def mkdir(self, mode=0o777, parents=False, exist_ok=False) -> None:
        """Makes the folder and those above it; stores that know no folders do nothing."""
        with _os_errors(self):
            _gfile().makedirs(self.url)

    def rglob(self, pattern) -> list["RemotePath"]:
        """The files in this folder and in those below it whose names fit a pattern."""
        with _os_errors(self):
            return [
                RemotePath(folder.rstrip("/")) / name
                for folder, _, names in _gfile().walk(self.url)
                for name in fnmatch.filter(names, pattern)
            ]

    @contextlib.contextmanager
    def open(self, mode) -> Iterator[Any]:
        with _os_errors(self), _gfile().GFile(self.url, mode) as file:
            yield file

    def read_bytes(self) -> bytes:
        with self.open("rb") as file:
            return file.read()

    def read_text(self, encoding) -> str:
        return self.read_bytes().decode(encoding)

    def stat(self) -> types.SimpleNamespace:
        with _os_errors(self):
            found = _gfile().stat(self.url)
        return types.SimpleNamespace(st_size=found.length, st_mtime_ns=found.mtime_nsec)

    def replace(self, target) -> None:
        with _os_errors(self):
            _gfile().rename(self.url, os.fspath(target), overwrite=True)

    def unlink(self) -> None:
        with _os_errors(self):
            _gfile().remove(self.url)


def _gfile():
    import tensorflow as tf  # Here, as local files need none, and worker processes start at once.

    return tf.io.gfile


@contextlib.contextmanager
def _os_errors(path):
    import tensorflow as tf

    try:
        yield
    except tf.errors.NotFoundError as error:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path.url) from error
    except tf.errors.OpError as error:
        raise OSError(f"{path}: {error.message}") from error
