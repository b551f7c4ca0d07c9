"""Fills every image with every method and keeps what the numbers are made of.

Memory grows with the number of images by a dozen numbers an image and method, and by the features
that Frechet distances compare: 128 and 2 x 432 numbers, with Inception 3 x 2,048 and 1,008 more.
"""

import collections
import time
import warnings

import numpy as np

from exgan_tf import images, parallel
from exgan_tf.evaluation import measures
from exgan_tf.evaluation.methods import ReferenceControls
from exgan_tf.metrics import distribution, eyes, identity

_TRUTH = None  # Where methods have their names, which are free texts: not one of these.
_TEXTS = ("name", "identity", "reference_name")
_TOO_FEW = "at least two images are needed"


class Table:
    """Values of images, by method and column.

    Attributes:
      names, identities: of the images so far, text.
    """

    def __init__(self, methods):
        """Begins with nothing; `methods` are their names, in order."""
        self.names, self.identities = [], []
        self._values = {name: collections.defaultdict(list) for name in methods}

    def _keep(self, texts, values) -> list[dict]:
        """Takes in some images.

        Args:
          texts: "name", "identity" and others -> a text of each image.
          values: name of each method -> column -> float64 [images].

        Returns:
          A row for each image and method: the texts, "method", and each of the method's columns.
        """
        for name, columns in values.items():
            for column, numbers in columns.items():
                self._values[name][column].append(numbers)
        self.names += texts["name"]
        self.identities += texts["identity"]
        return [
            {
                **{key: column[index] for key, column in texts.items()},
                "method": name,
                **{key: column[index] for key, column in columns.items()},
            }
            for index in range(len(texts["name"]))
            for name, columns in values.items()
        ]

    def values(self, method_name: str) -> dict:
        """Column -> float64 [images]."""
        return {
            column: np.concatenate(parts) for column, parts in self._values[method_name].items()
        }


class Measurement(Table):
    """What has been measured of some methods on some images, by `measures.PER_IMAGE` and beyond.

    Attributes:
      image_size: side of the images in pixels; None before there were any.
      num_left_out: photographs passed over, as their eyes are known to be closed.
    """

    def __init__(
        self, methods: dict, dataset, *, extractor=None, no_extractor=None, num_workers: int = 1
    ):
        """Begins with nothing.

        Args:
          methods: name -> `Method`.
          dataset: all batches that will be added, in order; read ahead where a control needs it.
          extractor: an `InceptionExtractor`, or None.
          no_extractor: why there is none: the note on each number that is missing for want of it.
          num_workers: processes that describe faces.

        Raises:
          ValueError: if strangers are wanted and there is one person only.
        """
        super().__init__(methods)
        self.image_size = None
        self.num_left_out = 0
        self._methods = methods
        self._extractor, self._no_extractor = extractor, no_extractor
        self._num_workers = num_workers
        self._controls = ReferenceControls(
            map(keep_open_eyes, dataset), {method.control for method in methods.values()}
        )
        self._features = {name: collections.defaultdict(list) for name in (*methods, _TRUTH)}
        self._seconds = {name: [] for name in methods}

    def add(self, batches) -> list[dict]:
        """Measures some batches; the processes start anew for each call, so give many.

        Args:
          batches: iterable of batches of tensors, as in `data.examples`; none is kept for longer
            than it takes to fill it.

        Returns:
          A row for each image and method: "name", "identity", "reference_name", "method", and each
          of `measures.PER_IMAGE`.
        """
        face_tasks, measured, texts = [], [], {key: [] for key in _TEXTS}
        for batch in batches:
            example = keep_open_eyes(batch)
            self.num_left_out += len(batch["name"]) - len(example["name"])
            if not len(example["name"]):
                continue
            self.image_size = example["image"].shape[1]
            fillings = self._fill(example)
            self._keep_features(_TRUTH, example, example["image"])
            for name, filling in fillings.items():
                self._keep_features(name, example, filling)
            measured.append(
                {
                    name: measures.measure_images(example, filling)
                    for name, filling in fillings.items()
                }
            )
            face_tasks += _face_tasks(example, fillings)
            for key in _TEXTS:
                texts[key] += [text.decode("utf-8", "replace") for text in example[key]]
        if not face_tasks:
            return []
        values = {
            name: {key: np.concatenate([each[name][key] for each in measured]) for key in first}
            for name, first in measured[0].items()
        }
        self._add_identity(values, face_tasks)
        return self._keep(texts, values)

    def seconds_per_image(self, method_name: str) -> float:
        """Mean time of filling one image; without the first batch, where there are more."""
        batches = self._seconds[method_name]
        seconds, count = np.sum(batches[1:] or batches, axis=0)
        return float(seconds / count)

    def over_all_images(self, method_name: str) -> tuple[dict, dict]:
        """The numbers that only all images together have.

        Returns:
          Name of `measures.OVER_ALL_IMAGES` -> number, None if it could not be measured; and
          name -> a note on it, where there is one.
        """
        own, truth = (
            {key: np.concatenate(each) for key, each in self._features[name].items()}
            for name in (method_name, _TRUTH)
        )
        pairs = {
            "face_descriptor_frechet_distance": (distribution.frechet_distance, "face"),
            "eye_pixel_frechet_distance": (distribution.frechet_distance, "eye_pixels"),
        }
        if self._extractor is not None:
            # Here, as TF-GAN takes seconds to import.
            from exgan_tf.metrics import inception

            pairs["fid"] = (inception.fid, "inception")
            pairs["eye_fid"] = (inception.fid, "eye_inception")
        numbers, notes = dict.fromkeys(measures.OVER_ALL_IMAGES), {}
        for name, (distance, key) in pairs.items():
            if len(own[key]) < 2:
                notes[name] = _TOO_FEW
                continue
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                numbers[name] = distance(own[key], truth[key])
            for warning in caught:
                if issubclass(warning.category, distribution.FewSamplesWarning):
                    notes[name] = str(warning.message)
        if self._extractor is None:
            if self._no_extractor:
                notes |= dict.fromkeys(("fid", "eye_fid", "inception_score"), self._no_extractor)
            return numbers, notes
        if len(own["logits"]) < 2:
            notes["inception_score"] = _TOO_FEW
        else:
            numbers["inception_score"] = inception.inception_score(own["logits"])
        return numbers, notes

    def _fill(self, example):
        """Name of each method -> the images that it filled."""
        controlled = self._controls(example)
        fillings = {}
        for name, method in self._methods.items():
            start = time.perf_counter()
            fillings[name] = method.inpainter(controlled[method.control])
            self._seconds[name].append((time.perf_counter() - start, len(example["name"])))
        return fillings

    def _keep_features(self, owner, example, filled):
        features = self._features[owner]
        features["eye_pixels"].append(eyes.eye_pixels(filled, example["eye_boxes"]))
        if self._extractor is None:
            return
        inception_features, logits = self._extractor(filled)
        crops = eyes.crop_eyes(filled, example["eye_boxes"])
        eye_features, _ = self._extractor(crops.reshape(-1, *crops.shape[2:]))
        features["inception"].append(inception_features)
        features["eye_inception"].append(eye_features)
        features["logits"].append(logits)

    def _add_identity(self, values, face_tasks):
        described = parallel.map_in_processes(
            identity.describe_fillings,
            face_tasks,
            num_workers=min(self._num_workers, len(face_tasks)),
            description="faces",
        )
        truth, reference, *fillings = np.stack(list(described), axis=1)
        self._features[_TRUTH]["face"].append(truth)
        for name, descriptors in zip(self._methods, fillings, strict=True):
            self._features[name]["face"].append(descriptors)
            distances = {"truth": truth, "reference": reference}
            for other, others in distances.items():
                values[name][f"identity_to_{other}"] = identity.identity_distance(
                    descriptors, others
                )


def keep_open_eyes(batch: dict) -> dict:
    """A batch as arrays, without the photographs whose eyes are known to be closed.

    Nobody knows what their open eyes look like, so no filling of them can be measured.
    """
    batch = {key: np.asarray(value) for key, value in batch.items()}
    return {key: value[~batch["eyes_closed"]] for key, value in batch.items()}


def _face_tasks(example, fillings):
    """A task for each image, as 8 bits: what face descriptors are measured on anyway."""
    stacked = images.to_photo(np.stack(list(fillings.values()), axis=1))
    columns = (
        images.to_photo(example["image"]),
        example["eye_boxes"],
        images.to_photo(example["reference"]),
        example["reference_eye_boxes"],
        stacked,
    )
    return [identity.FillingsTask(*row) for row in zip(*columns, strict=True)]
