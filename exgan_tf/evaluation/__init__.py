"""The benchmark: the published protocol, what it misses, and intervals for every comparison.

`evaluate` drives a `protocol`: the `benchmark`, or `consistency` under several masks. `results` has
the types of the files that come of it.
"""

from exgan_tf.evaluation.benchmark import EvaluationOptions
from exgan_tf.evaluation.consistency import ConsistencyOptions
from exgan_tf.evaluation.evaluate import evaluate
from exgan_tf.evaluation.methods import Method, choose_methods, load_method, with_controls
from exgan_tf.evaluation.parts import Worker
from exgan_tf.evaluation.results import CONSISTENCY, EVALUATION

__all__ = [
    "CONSISTENCY",
    "EVALUATION",
    "ConsistencyOptions",
    "EvaluationOptions",
    "Method",
    "Worker",
    "choose_methods",
    "evaluate",
    "load_method",
    "with_controls",
]
