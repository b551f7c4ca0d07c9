"""Eye in-painting with Exemplar Generative Adversarial Networks, in TensorFlow.

After Dolhansky & Canton Ferrer, CVPR 2018 (arXiv 1712.03999). Nothing is imported here before it is
asked for, so that the tools that only touch photographs start without TensorFlow.
"""

import importlib

__version__ = "0.2.0"

_HOMES = {"inpaint_photo": "exgan_tf.photo"}


def __getattr__(name):
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
