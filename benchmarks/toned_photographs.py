"""How surely toned photographs are told from those with colours, by their tone curves.

  python -m benchmarks.toned_photographs --input_dir=PHOTOGRAPHS

takes the middle of every photograph as it is, and toned sepia and saved as a JPEG of quality 75.
"""

import io
import pathlib

import numpy as np
from absl import app, flags
from PIL import Image

from exgan_tf import images
from exgan_tf.photo import toning

_INPUT_DIR = flags.DEFINE_string("input_dir", None, "Photographs with colours.", required=True)
_STEP = flags.DEFINE_integer("step", 12, "Take every so manieth.", lower_bound=1)


def main(argv):
    del argv
    deviations = {"as they are": [], "sepia": []}
    for path in sorted(pathlib.Path(_INPUT_DIR.value).glob("*.jpg"))[:: _STEP.value]:
        photo = images.read_photo(path)
        height, width = photo.shape[:2]
        middle = photo[height // 5 : height * 4 // 5, width // 5 : width * 4 // 5]
        sepia = np.rint(middle.mean(axis=2, keepdims=True) * (1.0, 0.85, 0.6)).astype(np.uint8)
        file = io.BytesIO()
        Image.fromarray(sepia).save(file, "JPEG", quality=75)
        for name, pixels in (("as they are", middle), ("sepia", np.array(Image.open(file)))):
            deviations[name].append(toning.measure_deviation(pixels))
    for name, values in deviations.items():
        below = np.mean(np.array(values) <= toning.MAX_DEVIATION)
        print(f"{name}: {len(values)}, {below:.1%} toned, {np.percentile(values, [1, 50, 99])}")


if __name__ == "__main__":
    app.run(main)
