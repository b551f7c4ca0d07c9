"""Eye in-painting with Exemplar Generative Adversarial Networks, in TensorFlow.

After Dolhansky & Canton Ferrer, CVPR 2018 (arXiv 1712.03999). Nothing is imported here, so that
the tools that only touch photographs start without TensorFlow.
"""

__version__ = "0.2.0"
