"""The benchmark: the published protocol, what it misses, and intervals for every comparison."""

from exgan_tf.evaluation.evaluate import EVALUATION, EvaluationOptions, evaluate
from exgan_tf.evaluation.methods import Method, choose_methods, load_method, with_controls

__all__ = [
    "EVALUATION",
    "EvaluationOptions",
    "Method",
    "choose_methods",
    "evaluate",
    "load_method",
    "with_controls",
]
