"""A plausible evaluation with pictures of noise, and runs with curves."""

import json
import pathlib
import shutil

import msgspec
import numpy as np
import pytest

from exgan_tf import images
from exgan_tf.evaluation.published import PUBLISHED, PUBLISHED_NEIGHBORS
from exgan_tf.evaluation.results import read_evaluation

IMAGE_SIZE = 64
# Name -> label, which values are good, and the baseline's value.
METRICS = {
    "l1": ("L1, whole image", "lower", 0.0071),
    "masked_l1": ("L1 in the hole", "lower", 0.0617),
    "psnr": ("PSNR, dB", "higher", 29.4),
    "ssim": ("SSIM", "higher", 0.951),
    "detail_energy": ("Detail in the hole", "near_one", 0.71),
    "identity_to_truth": ("Identity: distance to truth", "lower", 0.298),
    "fid": ("FID", "lower", None),
    "eye_fid": ("FID of eye crops", "lower", None),
    "inception_score": ("Inception score", "higher", None),
}
# Name -> how large the errors are against the baseline's.
TRAINED = {"baseline": 1.0, "reference": 0.782, "code": 0.881}
METHODS = TRAINED | {"mean_color": 1.92, "telea": 1.44, "navier_stokes": 1.47, "transplant": 1.05}
NO_INCEPTION = "the Inception network could not be had: no network connection"


@pytest.fixture(scope="session")
def evaluation_dir(tmp_path_factory) -> pathlib.Path:
    """An evaluation of seven methods with four cases; tests that change it take a copy."""
    directory = tmp_path_factory.mktemp("evaluation")
    (directory / "cases").mkdir()
    scales = {"first": 1.0, "best": 0.4, "median": 1.0, "worst": 2.3}
    evaluation = {
        "format_version": 1,
        "made_by": {
            "tool": "evaluate",
            "version": "0.1.0",
            "created": "2026-11-21T10:00:00Z",
            "flags": ["--records=build/drawn/records", "--split=test", "--seed=0"],
            "versions": {"tensorflow": "2.15.1", "numpy": "1.26.4", "python": "3.11.7"},
        },
        "data": {
            "records": "build/drawn/records",
            "manifest": "a07585ce09be3e20f873bfd71e9fafdd3d12f50a4d38999283a9e7c4ed464a6c",
            "split": "test",
            "image_size": IMAGE_SIZE,
            "mask": "central",
            "num_images": 114,
            "num_identities": 20,
            "num_left_out": 6,
            "left_out_reason": "eyes known to be closed",
            "parameters": {"test_fraction": 0.1, "source": {"data.json": "d47fdcd6"}},
        },
        "protocol": {
            "pairing": "photograph i with photograph i + 1, the last with the first",
            "mask": "the eye boxes of the records",
        },
        "metrics": {
            key: {"label": label, "better": better, "description": f"{label}, the mean."}
            for key, (label, better, _) in METRICS.items()
        },
        "methods": {name: _method(name) for name in METHODS},
        "paired": [
            _comparison(metric, name, against)
            for against in ("baseline", "transplant", "reference")
            for name in METHODS
            for metric in ("masked_l1", "psnr", "identity_to_truth")
            if name != against and (against != "reference" or name == "code")
        ],
        "published": msgspec.to_builtins(PUBLISHED),
        "published_neighbors": msgspec.to_builtins(PUBLISHED_NEIGHBORS),
        "cases": [
            _write_case(directory, index, group, scale)
            for index, (group, scale) in enumerate(scales.items())
        ],
        "failures": [
            {"method": "transplant", "name": "drawn_00004-2.jpg", "reason": "no eyes to copy"}
        ],
        "warnings": ["114 photographs are few for a Frechet distance over 128 features"],
    }
    (directory / "evaluation.json").write_text(json.dumps(evaluation))
    return directory


@pytest.fixture
def copy(evaluation_dir, tmp_path):
    return shutil.copytree(evaluation_dir, tmp_path / "evaluation")


@pytest.fixture(scope="module")
def evaluation(evaluation_dir):
    return read_evaluation(evaluation_dir)


@pytest.fixture(scope="session")
def write_run():
    """Returns a function that makes the run directory of a model."""
    return _write_run


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory) -> pathlib.Path:
    return _write_run(tmp_path_factory.mktemp("runs") / "reference", model="reference")


def _value(metric, method):
    _, better, base = METRICS[metric]
    factor = METHODS[method]
    if base is None or better == "lower":
        return base and base * factor
    return base / factor if better == "near_one" else base / factor**0.3


def _method(name):
    values = {key: _value(key, name) for key in METRICS}
    measured = {key: value for key, value in values.items() if value is not None}
    trained = name in TRAINED
    return {
        "kind": name if trained else "untrained",
        "trained": trained,
        "source": f"build/runs/{name}" if trained else None,
        "step": 3000 if trained else None,
        "checkpoint": "best" if trained else None,
        "description": f"{name.replace('_', ' ')}, one of those compared",
        "num_images": 114,
        "seconds_per_image": 0.0123,
        **values,
        "intervals": {key: [0.93 * value, 1.06 * value] for key, value in measured.items()},
        "notes": {key: NO_INCEPTION for key in values if key not in measured},
    }


def _comparison(metric, method, against):
    mean, other = (METRICS[metric][2] * METHODS[name] for name in (method, against))
    percent = 100 * (mean / other - 1)
    spread = 5.4 if metric == "masked_l1" else 12.0
    interval = [percent - spread, percent + 1.2 * spread]
    verdict = "no difference shown"
    if interval[0] > 0 or interval[1] < 0:
        verdict = "better" if (percent > 0) == (METRICS[metric][1] == "higher") else "worse"
    return {
        "metric": metric,
        "method": method,
        "against": against,
        "difference": mean - other,
        "interval": [end * other / 100 for end in interval],
        "percent": percent,
        "percent_interval": interval,
        "verdict": verdict,
    }


def _write_case(directory, index, group, scale):
    rng = np.random.default_rng(index)
    paths = {
        kind: {name: f"cases/{index:03d}_{kind}_{name}.png" for name in names}
        for kind, names in (("input", ("original", "masked", "reference")), ("method", METHODS))
    }
    for path in (*paths["input"].values(), *paths["method"].values()):
        noise = rng.integers(256, size=[IMAGE_SIZE, IMAGE_SIZE, 3], dtype=np.uint8)
        images.write_photo(directory / path, noise)
    return {
        "group": group,
        "index": index,
        "sorted_by": None if group == "first" else "reference",
        "name": f"drawn_{index + 1:05d}-1.jpg",
        "reference_name": f"drawn_{index + 1:05d}-2.jpg",
        "identity": f"drawn_{index + 1:05d}",
        "masked_l1": {name: 0.0617 * scale * factor for name, factor in METHODS.items()},
        "pictures": {**paths["input"], "methods": paths["method"]},
        "eye_region": [18, 10, 20, 44],
    }


def _write_run(directory, *, model):
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True)
    experiment = {"model": model, "gan": {"image_size": IMAGE_SIZE}, "training": {}}
    # The rest of what describes an experiment is no business of the report.
    experiment |= {"batch_size": 16, "seed": 0, "records": ""}
    (directory / "run.json").write_text(json.dumps({"experiment": experiment}))
    lines = []
    for step in range(50, 3001, 50):
        losses = {"generator_reconstruction": 0.05 + 8 / (step + 20)}
        if step > 2000:
            losses |= {"generator_adversarial": 0.9, "discriminator_total": 1.2}
        lines.append({"step": step, "steps_per_second": 8.5, "losses": losses})
        if step % 250 == 0:
            measured = {"masked_l1": METHODS[model] * (0.06 + 6 / step), "num_images": 58}
            lines.append({"step": step, "validation": measured})
    (directory / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return directory
