"""Which identities are for training, validation and test."""

import hashlib

from exgan_tf import tally
from exgan_tf.celeb_id.layouts import AlignedPhotograph
from exgan_tf.data.packing import RecordOptions

SPLITS = ("train", "validation", "test")


def split_identities(
    photographs: dict[str, list[AlignedPhotograph]], options: RecordOptions
) -> dict[str, dict[str, list[AlignedPhotograph]]]:
    """Splits by identity, never by photograph.

    Args:
      photographs: identity -> its photographs.
      options: the fractions, the seed, and who goes to the test besides.

    Returns:
      "train", "validation" and "test" -> identity -> its photographs.

    Raises:
      ValueError: if a name in the options is unknown, or nothing is left for training.
    """
    # By a hash of seed and name: the same order whatever else is in the list.
    order = sorted(
        photographs,
        key=lambda name: hashlib.sha256(
            f"{options.seed}:{name}".encode("utf-8", "surrogatepass")
        ).digest(),
    )
    num_test, num_validation = (
        max(1, round(fraction * len(order))) if fraction > 0 else 0
        for fraction in (options.test_fraction, options.validation_fraction)
    )
    num_held = num_test + num_validation
    parts = {
        "train": order[num_held:],
        "validation": order[num_test:num_held],
        "test": order[:num_test],
    }
    tested = set(options.test_identities)
    unknown = sorted(tested - photographs.keys())
    if unknown:
        raise ValueError(
            f"test_identities names {unknown[0]!r}, which is not in the data: names are those "
            "before -N in the file names"
        )
    if options.closed_eyes_to_test:
        tested |= {
            name for name in order if any(each.eyes_are_closed for each in photographs[name])
        }
    for split in ("train", "validation"):
        parts["test"] += [name for name in parts[split] if name in tested]
        parts[split] = [name for name in parts[split] if name not in tested]
    if not parts["train"] and options.test_fraction < 1:
        raise ValueError(
            f"of {tally.count(len(order), 'identity', 'identities')} none is left for training: "
            "lower the fractions "
            "or add identities"
        )
    return {
        split: {identity: photographs[identity] for identity in identities}
        for split, identities in parts.items()
    }
