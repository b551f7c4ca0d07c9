"""Eye in-painting with Exemplar Generative Adversarial Networks, in TensorFlow.

After Dolhansky & Canton Ferrer, CVPR 2018 (arXiv 1712.03999). From here come

* `exgan_tf.inpaint_photo`, which opens eyes: see `exgan_tf.photo.inpainting.inpaint_photo`;
* `exgan_tf.train`, which trains a network: see `exgan_tf.training.experiments.train`;
* `exgan_tf.load`, which loads one: see `exgan_tf.photo.methods.load`.

Nothing is imported before it is used, so that the tools that only touch photographs start without
TensorFlow; `__init__.pyi` declares the types.
"""

import importlib

__version__ = "0.2.0"

_HOMES = {
    "inpaint_photo": "exgan_tf.photo",
    "load": "exgan_tf.photo",
    "train": "exgan_tf.training.experiments",
}


def __getattr__(name):
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return [*globals(), *_HOMES]
