"""The layers of the package: imports run downward only, and flags stay on top."""

import ast
import functools
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parent.parent
PACKAGE = ROOT / "exgan_tf"

# Lowest first; a module imports from its own room, or from a layer below its own.
LAYERS = [
    {
        "",
        "beam",
        "compositing",
        "fields",
        "files",
        "geometry",
        "images",
        "litert",
        "losses",
        "model_card",
        "option_types",
        "pages",
        "parallel",
        "resampling",
        "segments",
        "storage",
        "tally",
    },
    {"faces"},
    {"celeb_id"},
    {"data", "drawn_faces", "models", "metrics"},
    {"gans", "inpainters"},
    {"training"},
    {"export", "evaluation", "photo"},
    {"report", "web"},
    {"cli", "__main__"},
]
# Libraries that one module alone may import, so that leaving them is a small change.
SOLE_IMPORTERS = {
    "tensorflow_gan": {"exgan_tf/metrics/inception.py"},
    "tensorflow_hub": {"exgan_tf/metrics/inception.py"},
    "tensorflow_addons": {"exgan_tf/models/blocks.py"},
    "dlib": {"exgan_tf/faces/dlib_models.py"},
    "scipy": {"exgan_tf/faces/identity.py"},
    "ai_edge_litert": {"exgan_tf/litert.py"},
    "jinja2": {"exgan_tf/pages.py"},
    "starlette": {"exgan_tf/web/server.py"},
    "requests": {"exgan_tf/celeb_id/fetcher.py"},
    "apache_beam": {"exgan_tf/beam.py"},
    "tensorflow_datasets": {"exgan_tf/data/tfds_builder.py"},
}


def python_files():
    folders = [PACKAGE, ROOT / "tools", ROOT / "benchmarks"]
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


@functools.cache
def imported_modules(path):
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def room(module):
    return module.split(".")[1] if "." in module else ""


def layer(name):
    found = [index for index, rooms in enumerate(LAYERS) if name in rooms]
    assert found, f"{name!r} is in no layer: add it to LAYERS where it belongs"
    return found[0]


def package_imports(path):
    return [name for name in imported_modules(path) if name.split(".")[0] == "exgan_tf"]


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_imports_run_downward(path):
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py").replace("__init__", "")
    for module in package_imports(path):
        other = room(module)
        if other != own:
            below = layer(other) < layer(own) or layer(other) == layer(own) == 0
            assert below, f"{path.name} in {own!r} imports {module}"


def test_flags_live_in_cli_and_tools_only():
    with_flags = {
        path.relative_to(ROOT).as_posix()
        for path in python_files()
        if any(name.startswith("absl") for name in imported_modules(path))
    }
    allowed = ("exgan_tf/cli/", "tools/", "benchmarks/")
    assert not [name for name in with_flags if not name.startswith(allowed)]


@pytest.mark.parametrize("library", sorted(SOLE_IMPORTERS))
def test_each_replaceable_library_is_behind_one_module(library):
    importers = {
        path.relative_to(ROOT).as_posix()
        for path in python_files()
        if any(name.split(".")[0] == library for name in imported_modules(path))
    }
    assert importers <= SOLE_IMPORTERS[library]
