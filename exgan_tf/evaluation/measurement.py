"""Fills every image with every method and keeps what the numbers are computed from.

Memory grows with the number of images by a dozen numbers an image and method. The features that
Frechet distances compare, 128 and 2 x 432 numbers an image and method, with Inception 3 x 2,048 and
1,008 more, stay in the files of `parts` but for those of two methods at a time.
"""

import collections
import time
import warnings

import numpy as np

from exgan_tf import images, parallel
from exgan_tf.evaluation import measures
from exgan_tf.evaluation.methods import ReferenceControls
from exgan_tf.evaluation.parts import Part, Parts
from exgan_tf.metrics import distribution, eyes, identity

_TRUTH = "truth"  # Where methods have their numbers.
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


class PartMeasurer:
    """Fills images with every method, and measures them by `measures.PER_IMAGE` and beyond."""

    def __init__(self, methods: dict, dataset, *, extractor=None, num_workers: int = 1):
        """Fills nothing yet.

        Args:
          methods: name -> `Method`.
          dataset: all batches that will come, in order; read ahead where a control needs it.
          extractor: what `inception.load_extractor` gave, or None.
          num_workers: processes that describe faces.

        Raises:
          ValueError: if strangers are needed and there is only one person.
        """
        self._methods = methods
        self._extractor = extractor
        self._num_workers = num_workers
        self._controls = ReferenceControls(
            map(keep_open_eyes, dataset), {method.control for method in methods.values()}
        )
        self._has_filled = False

    def pass_over(self, batches) -> None:
        """Passes over batches that others measure; strangers of later batches come from them."""
        for example in map(keep_open_eyes, batches):
            if len(example["name"]):
                self._controls(example)

    def measure(self, batches) -> tuple[Part, dict]:
        """Measures some batches; the processes start anew for each call, so give many.

        Args:
          batches: iterable of batches of tensors, as in `data.examples`; none is kept for longer
            than it takes to fill it.

        Returns:
          What was measured, with each of `measures.PER_IMAGE`, and name -> features.
        """
        num_left_out, image_size, face_tasks = 0, None, []
        texts = {key: [] for key in _TEXTS}
        seconds = [[] for _ in self._methods]
        values = [collections.defaultdict(list) for _ in self._methods]
        features = collections.defaultdict(list)
        for batch in batches:
            example = keep_open_eyes(batch)
            num_left_out += len(batch["name"]) - len(example["name"])
            if not len(example["name"]):
                continue
            image_size = example["image"].shape[1]
            fillings = self._fill(example, seconds)
            for columns, filling in zip(values, fillings, strict=True):
                for measure, numbers in measures.measure_images(example, filling).items():
                    columns[measure] += numbers.tolist()
            for owner, filled in ((_TRUTH, example["image"]), *enumerate(fillings)):
                for key, found in self._find_features(example, filled).items():
                    features[_feature_name(owner, key)].append(found)
            face_tasks += _face_tasks(example, fillings)
            for key in _TEXTS:
                texts[key] += [text.decode("utf-8", "replace") for text in example[key]]
        joined = {name: np.concatenate(each) for name, each in features.items()}
        if face_tasks:
            joined |= self._describe_faces(values, face_tasks)
        part = Part(texts, list(map(dict, values)), seconds, num_left_out, image_size)
        return part, joined

    def _fill(self, example, seconds):
        """The images that each method filled; the times are added to `seconds`."""
        controlled = self._controls(example)
        fillings = []
        for method, times in zip(self._methods.values(), seconds, strict=True):
            start = time.perf_counter()
            fillings.append(method.inpainter(controlled[method.control]))
            took = time.perf_counter() - start
            times.append((took, len(example["name"]), not self._has_filled))
        self._has_filled = True
        return fillings

    def _find_features(self, example, filled):
        """Key -> features, but for those of faces."""
        features = {"eye_pixels": eyes.eye_pixels(filled, example["eye_boxes"])}
        if self._extractor is not None:
            crops = eyes.crop_eyes(filled, example["eye_boxes"])
            features["inception"], features["logits"] = self._extractor(filled)
            features["eye_inception"], _ = self._extractor(crops.reshape(-1, *crops.shape[2:]))
        return features

    def _describe_faces(self, values, face_tasks):
        """The features of faces; adds the distances of fillings to each method's `values`."""
        described = parallel.map_in_processes(
            identity.describe_fillings,
            face_tasks,
            num_workers=min(self._num_workers, len(face_tasks)),
            description="faces",
        )
        truth, reference, *fillings = np.stack(list(described), axis=1)
        for columns, descriptors in zip(values, fillings, strict=True):
            for other, others in (("truth", truth), ("reference", reference)):
                distances = identity.identity_distance(descriptors, others)
                columns[f"identity_to_{other}"] = distances.tolist()
        return {
            _feature_name(owner, "face"): descriptors
            for owner, descriptors in ((_TRUTH, truth), *enumerate(fillings))
        }


class Measurement(Table):
    """What has been measured of some methods on some images.

    Attributes:
      image_size: side of the images in pixels; None before there were any.
      num_left_out: photographs passed over, as their eyes are known to be closed.
    """

    def __init__(self, methods, parts: Parts, *, no_extractor: str | None = None):
        """Begins with nothing.

        Args:
          methods: their names, in order.
          parts: where what a `PartMeasurer` measured is read.
          no_extractor: why there was no Inception network: the note on each number that is missing
            for want of it; None if there was one.
        """
        super().__init__(methods)
        self.image_size: int | None = None
        self.num_left_out = 0
        self._parts, self._no_extractor = parts, no_extractor
        self._numbers = []  # Of the parts that have images.
        self._seconds = {name: [] for name in methods}

    def add(self, number: int) -> list[dict]:
        """Takes in a part, for which it waits.

        Returns:
          A row for each image and method: "name", "identity", "reference_name", "method", and each
          of `measures.PER_IMAGE`.
        """
        part = self._parts.wait_for(number)
        self.num_left_out += part.num_left_out
        if part.image_size is None:
            return []
        self.image_size = part.image_size
        self._numbers.append(number)
        for own, seconds in zip(self._seconds.values(), part.seconds, strict=True):
            own += seconds
        values = {
            name: {measure: np.array(numbers) for measure, numbers in columns.items()}
            for name, columns in zip(self._seconds, part.values, strict=True)
        }
        return self._keep(part.texts, values)

    def seconds_per_image(self, method_name: str) -> float:
        """Mean time of filling one image; without each process's first batch, if there are more."""
        times = self._seconds[method_name]
        seconds, count, _ = np.sum([each for each in times if not each[2]] or times, axis=0)
        return float(seconds / count)

    def over_all_images(self, method_name: str) -> tuple[dict, dict]:
        """The numbers that only all images together have.

        Returns:
          Name of `measures.OVER_ALL_IMAGES` -> number, None if it could not be measured; and
          name -> a note on it, where there is one.
        """
        pairs = {
            "face_descriptor_frechet_distance": (distribution.frechet_distance, "face"),
            "eye_pixel_frechet_distance": (distribution.frechet_distance, "eye_pixels"),
        }
        if self._no_extractor is None:
            # Here, as TF-GAN takes seconds to import.
            from exgan_tf.metrics import inception

            pairs["fid"] = (inception.fid, "inception")
            pairs["eye_fid"] = (inception.fid, "eye_inception")
        owner = list(self._seconds).index(method_name)
        numbers, notes = dict.fromkeys(measures.OVER_ALL_IMAGES), {}
        for name, (distance, key) in pairs.items():
            own = self._load_features(owner, key)
            if len(own) < 2:
                notes[name] = _TOO_FEW
                continue
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                numbers[name] = distance(own, self._load_features(_TRUTH, key))
            for warning in caught:
                if issubclass(warning.category, distribution.FewSamplesWarning):
                    notes[name] = str(warning.message)
        if self._no_extractor is not None:
            notes |= dict.fromkeys(("fid", "eye_fid", "inception_score"), self._no_extractor)
            return numbers, notes
        logits = self._load_features(owner, "logits")
        if len(logits) < 2:
            notes["inception_score"] = _TOO_FEW
        else:
            numbers["inception_score"] = inception.inception_score(logits)
        return numbers, notes

    def _load_features(self, owner, key):
        """Of all images; read when they are needed, as they take most of the memory."""
        name = _feature_name(owner, key)
        return np.concatenate([self._parts.load(number, name) for number in self._numbers])


def keep_open_eyes(batch: dict) -> dict:
    """A batch as arrays, without the photographs whose eyes are known to be closed.

    Nobody knows what their open eyes look like, so no filling of them can be measured.
    """
    batch = {key: np.asarray(value) for key, value in batch.items()}
    return {key: value[~batch["eyes_closed"]] for key, value in batch.items()}


def _feature_name(owner, key):
    """Of an array in a part; the owner is the number of a method, or `_TRUTH`."""
    return f"{owner}_{key}"


def _face_tasks(example, fillings):
    """A task for each image, as 8 bits: what face descriptors are measured on anyway."""
    stacked = images.to_photo(np.stack(fillings, axis=1))
    columns = (
        images.to_photo(example["image"]),
        example["eye_boxes"],
        images.to_photo(example["reference"]),
        example["reference_eye_boxes"],
        stacked,
    )
    return [identity.FillingsTask(*row) for row in zip(*columns, strict=True)]
