"""Trained models that Python packages bring along, found without importing these packages."""

import importlib.util
import pathlib


class MissingModelError(ValueError):
    """A model for faces, or the library that runs it, is not installed."""


def find_model_file(package: str, name: str, *, install: str) -> str:
    """The path of a file inside an installed package.

    Args:
      package: the module's name; it is not imported, as what it imports itself may be missing.
      name: path of the file inside it.
      install: the command that installs the package, for the error.

    Raises:
      MissingModelError: if the package is not installed, or lacks the file.
    """
    found = importlib.util.find_spec(package)
    for folder in (found and found.submodule_search_locations) or []:
        path = pathlib.Path(folder) / name
        if path.is_file():
            return str(path)
    raise MissingModelError(f"faces need the model {pathlib.Path(name).name}: {install}")
