"""Celeb-ID for TensorFlow Datasets: `tfds.load("celeb_id")`, once this module is imported.

    import tensorflow_datasets as tfds
    import exgan_tf.data.tfds_builder

    config = tfds.download.DownloadConfig(manual_dir="FOLDER")  # FOLDER/celeb_id: ALIGNED
    people = tfds.load(
        "celeb_id/128", split="train", download_and_prepare_kwargs={"download_config": config}
    )

An example is one identity with all its photographs, as in the records (`data.records`), which are
made of the same layout by the same function and hold the same bytes for the same settings. What
was left out, and why, is in the builder's `info.metadata`.
"""

import dataclasses

import numpy as np
import tensorflow_datasets as tfds

from exgan_tf.celeb_id import layouts
from exgan_tf.data import packing, splits
from exgan_tf.faces import landmarks
from exgan_tf.tally import Tally


@dataclasses.dataclass(eq=False, kw_only=True)
class CelebIdConfig(tfds.core.BuilderConfig):
    """Settings: some of `packing.RecordOptions`."""

    image_size: int
    test_fraction: float = 0.1
    validation_fraction: float = 0.05
    seed: int = 0


class CelebId(tfds.core.GeneratorBasedBuilder):
    """Aligned photographs of people, several of each, with their eyes, boxes and landmarks."""

    VERSION = tfds.core.Version("1.0.0")
    BUILDER_CONFIGS = [CelebIdConfig(name=str(size), image_size=size) for size in (64, 128, 256)]
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "The photographs may not be passed on. Put what `exgan align-celeb-id` makes, or aligned "
        "photographs as published with their data.json, into manual_dir/celeb_id."
    )

    def _info(self):
        size = self.builder_config.image_size
        photograph = {
            "names": tfds.features.Text(doc="file name"),
            "images": tfds.features.Image(shape=(size, size, 3), encoding_format="jpeg"),
            "eyes": tfds.features.Tensor(
                shape=(2, 2), dtype=np.float32, doc="centres (x, y), left and right, in pixels"
            ),
            "box_sizes": tfds.features.Tensor(
                shape=(2, 2), dtype=np.float32, doc="mask boxes (height, width), in pixels"
            ),
            "eyes_closed": tfds.features.Scalar(
                dtype=np.bool_, doc="whether the eyes are known to be closed"
            ),
            "landmarks": tfds.features.Tensor(
                shape=(landmarks.COUNT, 2), dtype=np.float32, doc="(x, y) in pixels; NaN: unknown"
            ),
        }
        return tfds.core.DatasetInfo(
            builder=self,
            description=type(self).__doc__,
            features=tfds.features.FeaturesDict(
                {
                    "identity": tfds.features.Text(),
                    "photographs": tfds.features.Sequence(photograph),
                }
            ),
            metadata=tfds.core.MetadataDict(),
        )

    def _split_generators(self, dl_manager):
        json_path, image_dir = layouts.find_aligned(dl_manager.manual_dir / self.name)
        photographs, tally = layouts.read_photographs(json_path)
        self.info.metadata["skipped"] = tally.skipped
        config = self.builder_config
        options = packing.RecordOptions(
            image_size=config.image_size,
            test_fraction=config.test_fraction,
            validation_fraction=config.validation_fraction,
            seed=config.seed,
        )
        return {
            split: self._generate_examples(identities, image_dir, options, tally)
            for split, identities in splits.split_identities(photographs, options).items()
            if identities
        }

    def _generate_examples(self, identities, image_dir, options, tally: Tally):
        for identity, photographs in identities.items():
            values, skipped = packing.pack_identity(
                (identity, photographs), image_dir=image_dir, options=options
            )
            for name, reason in skipped.items():
                tally.skip(name, reason)
            if values is not None:
                yield identity, {"identity": values.pop("identity"), "photographs": values}
