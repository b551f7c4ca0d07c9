"""Fills every face under every mask with every method, and keeps what the numbers come from."""

import collections
import itertools
import time

import numpy as np

from exgan_tf import compositing
from exgan_tf.data import masks
from exgan_tf.data.input import evaluation_mask_seeds
from exgan_tf.evaluation.measurement import Table
from exgan_tf.evaluation.measures import PER_IMAGE, Measure
from exgan_tf.metrics import pixel

MASK_NAMES = ("central", "left", "right", "top", "bottom", "checkerboard", "freehand", "eyes")
BY_MASK = {name: PER_IMAGE[name] for name in ("psnr", "ssim")}
ALL_MASKS = {
    "pairwise_mse": Measure(
        "Pairwise MSE",
        "lower",
        "Mean squared difference between the finished in-paintings of one face, over all pixels, "
        "on [0, 1], then over the pairs of masks. A pixel known under both masks adds 0, one known "
        "under one of them the squared error of the other's filling, one known under neither the "
        "squared difference of the two fillings.",
    ),
    "pairwise_mse_unblended": Measure(
        "Pairwise MSE, unblended",
        "lower",
        "The same before blending: what the method painted is put into the hole as it is, and the "
        "known pixels come back. Equal to pairwise_mse where a method shows no painting beyond the "
        "hole.",
    ),
    "pairwise_mse_painted": Measure(
        "Pairwise MSE, entire paintings",
        "lower",
        "The same between the entire painted images, into which no known pixel was put back: how "
        "much the imagined face changes with the mask, right or wrong. Null where a method shows "
        "no painting beyond the hole.",
    ),
}
_OBSTACLES = (
    "their eyes are known to be closed",
    "their landmarks are unknown, and a method needs them: build the records with --fit_landmarks",
)
_NUM_CASES = 4  # Ours: faces that are shown.
_NUM_PEOPLE = 6  # Ours: people whose maps are shown.
METRICS = {**BY_MASK, **ALL_MASKS}
# Column of the table -> its measure, and its mask, None where it is of all masks together.
COLUMNS = {
    **{f"{measure}_{mask}": (measure, mask) for measure in BY_MASK for mask in MASK_NAMES},
    **{measure: (measure, None) for measure in ALL_MASKS},
}


def pairwise_mse(in_paintings) -> np.ndarray:
    """The mean squared difference between in-paintings of one face, over all pairs; LOW is good.

    The mean over all pairs of the mean over all pixels and channels of the squared difference on
    [0, 1]; of 8 masks there are 28 pairs. docs/consistency.md says what that makes of known pixels.

    Args:
      in_paintings: float32 [n, B, S, S, 3] in [-1, 1], n at least 2: n results for each face.

    Returns:
      float64 [B] in [0, 1].

    Raises:
      ValueError: if there are fewer than 2.
    """
    if len(in_paintings) < 2:
        raise ValueError(f"in_paintings are {len(in_paintings)}; at least 2 make a pair")
    pairs = [
        np.square((one - other) / 2).mean((1, 2, 3), dtype=np.float64)
        for one, other in itertools.combinations(in_paintings, 2)
    ]
    return np.mean(pairs, axis=0)


class Faces:
    """The photographs to measure, batch after batch, in the order of the records.

    Where not all are measured, everybody's first photograph comes before anybody's second:
    intervals resample people, and live on many of them.

    Attributes:
      left_out: why -> how many photographs of all cannot be measured.
    """

    def __init__(self, dataset, *, num_images=None, with_landmarks: bool):
        """Reads everything once, to choose.

        Args:
          dataset: batches of examples, as in `data.examples`.
          num_images: how many to choose at most; None chooses all.
          with_landmarks: whether photographs without landmarks are left out.
        """
        self.left_out = collections.Counter()
        self._dataset = dataset
        num_before = collections.Counter()
        ranks, place = {}, 0
        for batch in dataset.as_numpy_iterator():
            unknown = with_landmarks & ~np.isfinite(batch["landmarks"]).all((1, 2))
            for identity, *obstacles in zip(
                batch["identity"], batch["eyes_closed"], unknown, strict=True
            ):
                if any(obstacles):
                    self.left_out[_OBSTACLES[obstacles.index(True)]] += 1
                else:
                    ranks[place] = num_before[identity]
                    num_before[identity] += 1
                place += 1
        self._chosen = set(sorted(ranks, key=ranks.__getitem__)[:num_images])

    def __len__(self):
        """How many were chosen."""
        return len(self._chosen)

    def __iter__(self):
        """Gives batches of arrays, none of them empty."""
        start = 0
        for batch in self._dataset.as_numpy_iterator():
            end = start + len(batch["name"])
            chosen = [place - start for place in range(start, end) if place in self._chosen]
            start = end
            if chosen:
                yield {key: value[chosen] for key, value in batch.items()}


class FaceMeasurement(Table):
    """What has been measured so far.

    Attributes:
      painters: names of the methods that paint more than the hole.
      cases: what `consistency_pictures.draw_cases` shows.
      people: examples, batches of one, of the first people, one of each.
    """

    def __init__(self, methods: dict):
        """Begins with nothing; `methods` is name -> `Method`."""
        super().__init__(methods)
        self.painters = set()
        self.cases, self.people = [], []
        self._methods = methods
        self._seconds = {name: collections.Counter() for name in methods}
        self._holes = collections.defaultdict(list)
        self._warm_sizes = set()

    def add(self, example) -> list[dict]:
        """Fills and measures some faces.

        Args:
          example: a batch of arrays, as `Faces` gives it.

        Returns:
          A row for each face and method: "name", "identity", "method", and those of `COLUMNS` that
          the method has.
        """
        size = len(example["name"])
        if not self.names:
            self._find_painters({key: value[:1] for key, value in example.items()})
        if size not in self._warm_sizes:
            # So that compiling for a new size takes no part in the times.
            self._warm_sizes.add(size)
            for method in self._methods.values():
                method.inpainter(example)
        holes = _draw_holes(example)
        for name, mask in holes.items():
            self._holes[name].append(mask.mean((1, 2, 3), dtype=np.float64))
        image = example["image"]
        cases = [
            {
                "image": image[index],
                "masked": [np.where(mask[index] > 0, 0, image[index]) for mask in holes.values()],
                "methods": {},
            }
            for index in range(min(_NUM_CASES - len(self.cases), size))
        ]
        values = {}
        for name in self._methods:
            completed, painted = self._fill(name, example, holes)
            values[name] = _measure_fillings(image, holes, completed, painted)
            for index, case in enumerate(cases):
                case["methods"][name] = [each[index] for each in completed]
        self.cases += cases
        known = {person["identity"][0] for person in self.people}
        _, firsts = np.unique(example["identity"], return_index=True)
        new = [index for index in sorted(firsts) if example["identity"][index] not in known]
        self.people += [
            {key: value[index : index + 1] for key, value in example.items()}
            for index in new[: _NUM_PEOPLE - len(self.people)]
        ]
        texts = {
            key: [text.decode("utf-8", "replace") for text in example[key]]
            for key in ("name", "identity")
        }
        return self._keep(texts, values)

    def seconds_per_image(self, method_name, mask_name) -> float:
        """Mean time of filling one image under a mask."""
        return self._seconds[method_name][mask_name] / len(self.names)

    def hole_share(self, mask_name) -> float:
        """The mean share of the image that a mask hides."""
        return float(np.concatenate(self._holes[mask_name]).mean())

    def _find_painters(self, face):
        known = np.broadcast_to(face["mask"] == 0, face["image"].shape)
        for name, method in self._methods.items():
            painted = np.asarray(method.inpainter.paint(face))
            if not np.array_equal(painted[known], face["image"][known]):
                self.painters.add(name)

    def _fill(self, name, example, holes):
        """Finished and painted images, a list of float32 [B, S, S, 3] each; painted may be None."""
        inpainter = self._methods[name].inpainter
        completed, painted = [], []
        for mask_name, mask in holes.items():
            masked = {**example, "mask": mask}
            start = time.perf_counter()
            completed.append(inpainter(masked))
            self._seconds[name][mask_name] += time.perf_counter() - start
            if name in self.painters:
                painted.append(np.asarray(inpainter.paint(masked)))
        return completed, painted or None


def _draw_holes(example):
    """Mask name -> float32 [B, S, S, 1]; a photograph has the same ones in every evaluation."""
    seeds = evaluation_mask_seeds(example["name"])
    size, boxes = example["image"].shape[1], example["eye_boxes"]
    return {
        name: masks.draw_masks(name, seeds=seeds, image_size=size, eye_boxes=boxes).numpy()
        for name in MASK_NAMES
    }


def _measure_fillings(image, holes, completed, painted):
    """Column -> float64 [B]."""
    columns = {}
    for mask_name, filled in zip(holes, completed, strict=True):
        columns[f"psnr_{mask_name}"] = pixel.psnr(image, filled)
        columns[f"ssim_{mask_name}"] = pixel.ssim(image, filled)
    columns["pairwise_mse"] = pairwise_mse(completed)
    if painted is None:
        return {**columns, "pairwise_mse_unblended": columns["pairwise_mse"]}
    unblended = [
        compositing.composite(image, each, mask).numpy()
        for each, mask in zip(painted, holes.values(), strict=True)
    ]
    return {
        **columns,
        "pairwise_mse_unblended": pairwise_mse(unblended),
        "pairwise_mse_painted": pairwise_mse(painted),
    }
