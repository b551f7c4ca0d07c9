"""A plausible evaluation of drawn faces, with pictures, and runs with curves."""

import json
import pathlib

import cv2
import msgspec
import numpy as np
import pytest

from exgan_tf import drawn_faces, images
from exgan_tf.evaluation.published import PUBLISHED_NEIGHBORS

IMAGE_SIZE = 64
EYES = (18, 10, 20, 44)
METRICS = {
    "l1": ("L1, whole image", "lower", 0.0071),
    "masked_l1": ("L1 in the hole", "lower", 0.0617),
    "ms_ssim_distance": ("1 - MS-SSIM", "lower", 0.0212),
    "psnr": ("PSNR, dB", "higher", 29.4),
    "ssim": ("SSIM", "higher", 0.951),
    "masked_ssim": ("SSIM in the hole", "higher", 0.612),
    "detail_energy": ("Detail in the hole", "near_one", 0.71),
    "identity_to_truth": ("Identity: distance to truth", "lower", 0.298),
    "identity_to_reference": ("Identity: distance to reference", "lower", 0.402),
    "iris_color_error": ("Iris colour: error", "lower", 0.118),
    "iris_color_difference": ("Iris colour: left against right", "lower", 0.031),
    "fid": ("FID", "lower", None),
    "eye_fid": ("FID of eye crops", "lower", None),
    "inception_score": ("Inception score", "higher", None),
    "face_descriptor_frechet_distance": ("Frechet distance, face descriptor", "lower", 0.083),
}
# Name -> kind, and how large the errors are against the baseline's.
METHODS = {
    "baseline": ("baseline", 1.0),
    "reference": ("reference", 0.782),
    "code": ("code", 0.881),
    "mean_color": ("untrained", 1.92),
    "telea": ("untrained", 1.44),
    "navier_stokes": ("untrained", 1.47),
    "transplant": ("untrained", 1.05),
}
NO_INCEPTION = "the Inception network could not be had: no network connection"


@pytest.fixture(scope="session")
def write_evaluation():
    """Returns a function that fills a directory with an evaluation and gives it back."""
    return _write_evaluation


@pytest.fixture(scope="session")
def evaluation_dir(tmp_path_factory) -> pathlib.Path:
    """An evaluation of seven methods with four cases; tests that change it take a copy."""
    return _write_evaluation(tmp_path_factory.mktemp("evaluation"), cases_of_group=1)


@pytest.fixture(scope="session")
def write_run():
    """Returns a function that makes the run directory of a model."""
    return _write_run


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory) -> pathlib.Path:
    return _write_run(tmp_path_factory.mktemp("runs") / "reference", model="reference")


def _write_evaluation(directory, *, cases_of_group):
    rng = np.random.default_rng(0)
    directory = pathlib.Path(directory)
    (directory / "cases").mkdir(parents=True)
    groups = [
        group for group in ("first", "best", "median", "worst") for _ in range(cases_of_group)
    ]
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
            "pairing": "photograph i with photograph i + 1 of the same identity, the last with the "
            "first",
            "mask": "the eye boxes of the records",
            "range": "[0, 1]",
            "resize": "none: pictures are measured at the size of the records",
            "quantization": "8 bits, rounded, after compositing with the known pixels",
            "interval": "95 % bootstrap, 2000 draws of identities, seed 0",
        },
        "metrics": {
            key: {
                "label": label,
                "better": better,
                "description": f"{label}, averaged over photographs.",
            }
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
        "published": {
            "source": "Dolhansky & Canton Ferrer, CVPR 2018, table 1",
            "note": "L1 over the entire image.",
            "rows": [
                _published("internal", "non-exemplar", 0.018, 5.05e-2, 11.27, 3.96),
                _published("internal", "reference", 0.014, 3.97e-2, 7.67, 3.82),
                _published("internal", "code", 0.015, 4.15e-2, 8.49, 3.94),
                _published("Celeb-ID", "non-exemplar", 7.36e-3, 8.44e-3, 15.30, 3.72),
                _published("Celeb-ID", "reference", 7.15e-3, 7.97e-3, 15.66, 3.56),
                _published("Celeb-ID", "code", 7.00e-3, 7.80e-3, 14.62, 3.77),
            ],
        },
        "published_neighbors": msgspec.to_builtins(PUBLISHED_NEIGHBORS),
        "cases": [_write_case(directory, rng, index, group) for index, group in enumerate(groups)],
        "failures": [
            {"method": "transplant", "name": "drawn_00004-2.jpg", "reason": "no eyes to copy"}
        ],
        "warnings": ["114 photographs are few for a Frechet distance over 128 features"],
    }
    (directory / "evaluation.json").write_text(json.dumps(evaluation))
    return directory


def _method(name):
    kind, factor = METHODS[name]
    trained = kind != "untrained"
    values = {}
    for key, (_, better, base) in METRICS.items():
        higher = base and min(base / factor**0.3, 0.99 if base < 1 else 99)
        near_one = base and base / factor
        values[key] = {"lower": base and base * factor, "higher": higher}.get(better, near_one)
    measured = {key: value for key, value in values.items() if value is not None}
    return {
        "kind": kind,
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
    base = METRICS[metric][2]
    values = [base * METHODS[name][1] for name in (method, against)]
    difference = values[0] - values[1]
    percent = 100 * difference / values[1]
    spread = 5.4 if metric == "masked_l1" else 12.0
    interval = [percent - spread, percent + 1.2 * spread]
    higher = METRICS[metric][1] == "higher"
    verdict = "no difference shown"
    if interval[0] > 0 or interval[1] < 0:
        verdict = "better" if (difference > 0) == higher else "worse"
    return {
        "metric": metric,
        "method": method,
        "against": against,
        "difference": difference,
        "interval": [end * values[1] / 100 for end in interval],
        "percent": percent,
        "percent_interval": interval,
        "verdict": verdict,
    }


def _published(data, model, l1, ms_ssim_distance, fid, inception_score):
    return {
        "data": data,
        "model": model,
        "l1": l1,
        "ms_ssim_distance": ms_ssim_distance,
        "fid": fid,
        "inception_score": inception_score,
    }


def _write_case(directory, rng, index, group):
    identity = drawn_faces.draw_identity(rng)
    original, reference = (
        drawn_faces.draw_photograph(
            identity, drawn_faces.draw_conditions(rng, closed_fraction=0.0), size=IMAGE_SIZE
        ).photo
        for _ in range(2)
    )
    top, left, height, width = EYES
    hole = (slice(top + 4, top + height - 4), slice(left + 2, left + width - 2))
    masked = original.copy()
    masked[hole] = 128
    inputs = {"original": original, "masked": masked, "reference": reference}
    filled = {name: original.copy() for name in METHODS}
    for name, (_, factor) in METHODS.items():
        filled[name][hole] = cv2.GaussianBlur(original, (0, 0), 1.2 * factor**3)[hole]
    paths = {}
    for kind, pictures in (("input", inputs), ("method", filled)):
        paths[kind] = {name: f"cases/{index:03d}_{kind}_{name}.png" for name in pictures}
        for name, path in paths[kind].items():
            images.write_photo(directory / path, pictures[name])
    scale = {"first": 1.0, "best": 0.4, "median": 1.0, "worst": 2.3}[group]
    return {
        "group": group,
        "index": index,
        "sorted_by": None if group == "first" else "reference",
        "name": f"drawn_{index + 1:05d}-1.jpg",
        "reference_name": f"drawn_{index + 1:05d}-2.jpg",
        "identity": f"drawn_{index + 1:05d}",
        "masked_l1": {name: 0.0617 * scale * factor for name, (_, factor) in METHODS.items()},
        "pictures": {**paths["input"], "methods": paths["method"]},
        "eye_region": list(EYES),
    }


def _write_run(directory, *, model):
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True)
    experiment = {"model": model, "gan": {"image_size": IMAGE_SIZE}, "training": {}}
    # The rest of what describes an experiment is no business of the report.
    experiment |= {"batch_size": 16, "seed": 0, "records": ""}
    (directory / "run.json").write_text(json.dumps({"experiment": experiment}))
    factor = METHODS.get(model, ("", 0.5))[1]
    rng = np.random.default_rng(len(model))
    lines = []
    for step in range(50, 3001, 50):
        noise = rng.normal(1.0, 0.06)
        losses = {"generator_reconstruction": factor * noise * (0.05 + 8 / (step + 20))}
        if step > 2000:
            losses["generator_adversarial"] = 0.9 * noise
            losses["discriminator_total"] = 1.2 / noise
        lines.append({"step": step, "steps_per_second": 8.5, "losses": losses})
        if step % 250 == 0:
            measured = {"masked_l1": factor * (0.06 + 6 / step), "l1": 0.01, "num_images": 58}
            lines.append({"step": step, "validation": measured})
    (directory / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return directory
