"""Trained models that Python packages bring along, found without importing these packages."""

import importlib.util
import pathlib


class MissingModelError(ValueError):
    """A model for faces, or the library that runs it, is not installed."""


def find_model_file(package: str, name: str, *, install: str) -> str:
    """The path of a file inside an installed package.

    The package is not imported, as what it imports itself may be missing. Where it is not installed
    or lacks the file, a MissingModelError names the command that installs it.
    """
    found = importlib.util.find_spec(package)
    for folder in (found and found.submodule_search_locations) or []:
        path = pathlib.Path(folder) / name
        if path.is_file():
            return str(path)
    raise MissingModelError(f"faces need the model {pathlib.Path(name).name}: {install}")
