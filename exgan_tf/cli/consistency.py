"""Fills each face under eight masks, and measures how well the results agree.

  exgan consistency --records=RECORDS --split=test \\
      --models=keypoint=DIR,unguided=DIR --untrained=telea --num_images=50 --output_dir=OUT

Each DIR is an exported model or a run directory. The methods that need no training take part
unless --untrained says otherwise. Each face is filled eight times by each method, so methods that
search take long: --num_images limits it. docs/consistency.md describes OUT/consistency.json.
"""

from absl import flags

from exgan_tf import evaluation
from exgan_tf.cli import entry, method_flags, option_flags

flags.adopt_module_key_flags(method_flags)
option_flags.define(evaluation.ConsistencyOptions)


def main(argv):
    del argv
    result = evaluation.evaluate(
        method_flags.choose_methods(),
        method_flags.RECORDS.value,
        method_flags.OUTPUT_DIR.value,
        options=option_flags.parse(evaluation.ConsistencyOptions),
        command=option_flags.serialize(),
        overwrite=method_flags.OVERWRITE.value,
    )
    print(_table(result))
    for warning in result.warnings:
        print(f"warning: {warning}")
    print(f"written: {method_flags.OUTPUT_DIR.value}/{evaluation.CONSISTENCY}")


def _table(result):
    """What to read first: a line for each method, the PSNR under each mask."""
    rows = [("PSNR, dB", *result.masks)]
    for name, method in result.methods.items():
        rows.append((name, *(f"{method.by_mask[mask].psnr:.2f}" for mask in result.masks)))
    rows += [("",), ("pairwise MSE", "blended", "unblended", "painted", "s/image")]
    for name, method in result.methods.items():
        found = method.consistency
        errors = found.pairwise_mse, found.pairwise_mse_unblended, found.pairwise_mse_painted
        shown = ("-" if each is None else f"{each:.6f}" for each in errors)
        rows.append((name, *shown, f"{method.seconds_per_image:.4f}"))
    lines = (f"{name:24}" + "".join(f"{value:>13}" for value in values) for name, *values in rows)
    return "\n".join(line.rstrip() for line in lines)


if __name__ == "__main__":
    entry.run(main)
