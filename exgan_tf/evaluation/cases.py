"""Pictures for the reader, chosen by rule: the first images, and the best, median and worst ones.

Best and worst go by masked L1 of the best trained method, or, where nothing was trained, of the
best method.
"""

import numpy as np

from exgan_tf import images
from exgan_tf.evaluation.measurement import keep_open_eyes
from exgan_tf.evaluation.results import Case, Failure, Pictures

_NUM_FIRST = 6  # Ours, like all that follow.
_NUM_EACH = 3
_NUM_FAILURES = 3


def choose_cases(summaries: dict, masked_l1: dict) -> list[dict]:
    """Chooses images.

    Args:
      summaries: name of a method -> its `MethodResult`.
      masked_l1: name of a method -> float64 [n], that of each image.

    Returns:
      A dict for each chosen image: its "group", its number "index", and by which method it was
      "sorted_by", None for the first ones.
    """
    candidates = [name for name, each in summaries.items() if not each.control]
    candidates = [name for name in candidates if summaries[name].trained] or candidates
    judge = min(candidates, key=lambda name: summaries[name].masked_l1)
    order = np.argsort(masked_l1[judge], kind="stable").tolist()
    middle = max(0, len(order) // 2 - _NUM_EACH // 2)
    groups = {
        "first": range(min(_NUM_FIRST, len(order))),
        "best": order[:_NUM_EACH],
        "median": order[middle : middle + _NUM_EACH],
        "worst": order[::-1][:_NUM_EACH],
    }
    return [
        {"group": group, "index": index, "sorted_by": None if group == "first" else judge}
        for group, indices in groups.items()
        for index in indices
    ]


def name_failures(summaries: dict, masked_l1: dict, names) -> list[Failure]:
    """The images, of n `names`, on which each trained method did worst, and how far off it is.

    The rest is as for `choose_cases`.
    """
    failures = []
    for method, summary in summaries.items():
        if not summary.trained or summary.control:
            continue
        errors = masked_l1[method]
        for index in np.argsort(-errors, kind="stable")[:_NUM_FAILURES]:
            times = errors[index] / max(errors.mean(), 1e-12)
            reason = f"L1 in the hole {errors[index]:.3f}, {times:.1f} times the method's mean"
            failures.append(Failure(method, names[index], reason))
    return failures


def write_cases(chosen, dataset, methods: dict, *, masked_l1: dict, directory) -> list[Case]:
    """Fills the chosen images once more and writes pictures of them.

    Args:
      chosen: what `choose_cases` made.
      dataset: the batches that were measured, in the same order.
      methods: name -> `Method`; their controls are left out.
      masked_l1: name of a method -> float64 [n].
      directory: where the folder "cases" shall be.

    Returns:
      What is chosen, in the same order.
    """
    shown = {name: method for name, method in methods.items() if not method.control}
    indices = {case["index"] for case in chosen}
    (directory / "cases").mkdir(exist_ok=True)
    written = {}
    for index, example in enumerate(_open_eyed(dataset)):
        if index in indices:
            written[index] = {
                **{
                    key: example[key][0].decode("utf-8", "replace")
                    for key in ("name", "identity", "reference_name")
                },
                "masked_l1": {name: float(masked_l1[name][index]) for name in shown},
                "pictures": _write_pictures(example, shown, directory, index),
                "eye_region": _eye_region(example),
            }
    return [Case(**case, **written[case["index"]]) for case in chosen]


def _open_eyed(dataset):
    """Batches of one, in order, without the closed eyes."""
    for batch in map(keep_open_eyes, dataset):
        for index in range(len(batch["name"])):
            yield {key: value[index : index + 1] for key, value in batch.items()}


def _write_pictures(example, methods, directory, index):
    def write(name, batch):
        path = f"cases/{index:05d}_{name}.png"
        images.write_photo(directory / path, images.to_photo(batch[0]))
        return path

    image = example["image"]
    return Pictures(
        original=write("original", image),
        masked=write("masked", np.where(example["mask"] > 0, np.float32(0), image)),
        reference=write("reference", example["reference"]),
        # A method's name, which is free text, is no part of a file's.
        methods={
            name: write(f"method_{number:02d}", method.inpainter(example))
            for number, (name, method) in enumerate(methods.items())
        },
    )


def _eye_region(example):
    """The rectangle around both boxes, with a margin."""
    size = example["image"].shape[1]
    boxes = example["eye_boxes"][0].astype(np.int64)
    start, end = boxes[:, :2].min(0), (boxes[:, :2] + boxes[:, 2:]).max(0)
    margin = max(1, size // 32)
    top, left = np.maximum(start - margin, 0).tolist()
    bottom, right = np.minimum(end + margin, size).tolist()
    return (top, left, bottom - top, right - left)
