"""Which identities are for training, validation and test."""

import hashlib

from exgan_tf.celeb_id.layouts import AlignedPhotograph

SPLITS = ("train", "validation", "test")


def split_identities(
    photographs: dict[str, list[AlignedPhotograph]],
    *,
    test_fraction: float,
    seed: int,
    validation_fraction: float = 0.0,
    closed_eyes_to_test: bool = False,
    test_identities=(),
) -> dict[str, dict[str, list[AlignedPhotograph]]]:
    """Splits by identity, never by photograph.

    Args:
      photographs: identity -> list of AlignedPhotograph.
      test_fraction: share of the identities kept for the test, in [0, 1]; 1 for data that only
        tests.
      seed: chooses which.
      validation_fraction: share of the identities kept for validation, in [0, 1].
      closed_eyes_to_test: also send every identity with a closed-eyes photograph to the test.
      test_identities: names of identities that go to the test too, whatever the seed says.

    Returns:
      "train", "validation" and "test" -> identity -> its photographs.

    Raises:
      ValueError: if a fraction is out of range, a name is unknown, or nothing is left for training.
    """
    for name, fraction in (("test", test_fraction), ("validation", validation_fraction)):
        if not 0 <= fraction <= 1:
            raise ValueError(f"{name}_fraction is {fraction}, 0 to 1 is wanted")
    # By a hash of seed and name: the same order whatever else is in the list.
    order = sorted(
        photographs,
        key=lambda name: hashlib.sha256(f"{seed}:{name}".encode("utf-8", "surrogatepass")).digest(),
    )
    num_test = _share(test_fraction, len(order))
    num_held = num_test + _share(validation_fraction, len(order))
    parts = {
        "train": order[num_held:],
        "validation": order[num_test:num_held],
        "test": order[:num_test],
    }
    unknown = sorted(set(test_identities) - photographs.keys())
    if unknown:
        raise ValueError(
            f"test_identities names {unknown[0]!r}, which is not in the data: names are those "
            "before -N in the file names"
        )
    tested = set(test_identities)
    if closed_eyes_to_test:
        tested |= {
            name for name in order if any(each.eyes_are_closed for each in photographs[name])
        }
    for split in ("train", "validation"):
        parts["test"] += [name for name in parts[split] if name in tested]
        parts[split] = [name for name in parts[split] if name not in tested]
    if not parts["train"] and test_fraction < 1:
        raise ValueError(
            f"of {len(order)} identities none is left for training: lower the fractions "
            "or add identities"
        )
    return {
        split: {identity: photographs[identity] for identity in identities}
        for split, identities in parts.items()
    }


def _share(fraction, count):
    return max(1, round(fraction * count)) if fraction > 0 else 0
