"""Measures trained and untrained in-painters on records, by the published protocol and beyond it.

  exgan evaluate --records=RECORDS --split=test \\
      --models=baseline=DIR,reference=DIR,code=DIR --output_dir=OUT

Each DIR is an exported model or a run directory. The methods that need no training take part
unless --untrained says otherwise. With --controls=stranger,zeroed each method that uses the
reference is measured again with another person's reference, and with none. --mask=box and others
hide something other than the eyes. On several machines the environment variable
TF_CONFIG lists the workers, and each runs this command with the same RECORDS, DIR and OUT.
docs/evaluation.md describes OUT/evaluation.json.
"""

from absl import flags

from exgan_tf import parallel
from exgan_tf.cli import entry, method_flags, option_flags
from exgan_tf.data import mask_names

flags.adopt_module_key_flags(method_flags)
_CONTROLS = flags.DEFINE_list(
    "controls", [], "Measure again with other references: stranger, zeroed."
)
_SPLIT = flags.DEFINE_enum(
    "split", "test", ["train", "validation", "test"], "Split of the records."
)
_MASK = flags.DEFINE_enum(
    "mask", mask_names.EYES, mask_names.NAMES, "Which part of the images is hidden."
)
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 32, "Images filled at a time.", lower_bound=1)
_IMAGE_SIZE = flags.DEFINE_integer(
    "image_size", None, "Side of the images in pixels, where no model fixes it.", lower_bound=32
)
_INCEPTION = flags.DEFINE_string(
    "inception",
    "default",
    "Network of FID and Inception score: TensorFlow Hub handle, folder of a SavedModel, or "
    "default, TF-GAN's own from TensorFlow Hub; an empty value leaves both out.",
)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of the bootstrap.", lower_bound=0)
_NUM_WORKERS = flags.DEFINE_integer(
    "num_workers",
    parallel.count_processors(),
    "Processes that compute face descriptors.",
    lower_bound=1,
)
_WORKER_WAIT = flags.DEFINE_integer(
    "worker_wait",
    600,  # As in training/strategy.py, whose import would take TensorFlow along.
    "Seconds to wait for a sign of life from the other machines of TF_CONFIG.",
    lower_bound=1,
)


def main(argv):
    del argv
    # Here, as every worker process reads this file again, and should not load TensorFlow for it.
    from exgan_tf import evaluation
    from exgan_tf.training import strategy

    worker = evaluation.Worker(*strategy.find_workers(), _WORKER_WAIT.value)
    options = evaluation.EvaluationOptions(
        split=_SPLIT.value,
        batch_size=_BATCH_SIZE.value,
        image_size=_IMAGE_SIZE.value,
        inception=_INCEPTION.value or None,
        seed=_SEED.value,
        mask=_MASK.value,
        num_workers=_NUM_WORKERS.value,
    )
    result = evaluation.evaluate(
        evaluation.with_controls(method_flags.choose_methods(), _CONTROLS.value),
        method_flags.RECORDS.value,
        method_flags.OUTPUT_DIR.value,
        options=options,
        command=option_flags.serialize(),
        overwrite=method_flags.OVERWRITE.value,
        worker=worker,
        report=lambda line: print(line, flush=True),
    )
    if result is None:
        print(f"done: {worker.names[0]} writes {method_flags.OUTPUT_DIR.value}")
        return
    print(_table(result))
    print(f"written: {method_flags.OUTPUT_DIR.value}/{evaluation.EVALUATION}")


def _table(result):
    """What to read first: a line for each method."""
    lines = [f"{'':24}{'masked L1':>10}{'95 % interval':>22}{'L1':>10}{'to truth':>10}"]
    for name, method in result.methods.items():
        interval = method.intervals["masked_l1"]
        lines.append(
            f"{name:24}{method.masked_l1:10.5f}"
            f"{f'[{interval.low:.5f}, {interval.high:.5f}]':>22}"
            f"{method.l1:10.5f}{method.identity_to_truth:10.4f}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    entry.run(main)
