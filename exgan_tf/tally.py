"""Counts with their nouns; and what a long job did, and left out and why."""

import collections
import dataclasses


def count(number: int, one: str, several: str = "") -> str:
    """A number and its noun: "1 person", "20 people"."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


@dataclasses.dataclass
class Tally:
    """What a job over many items did.

    Attributes:
      num_done: number of items that were finished.
      skipped: name of each item that was left out, and why.
    """

    num_done: int = 0
    skipped: dict[str, str] = dataclasses.field(default_factory=dict)

    def skip(self, name: str, reason: str) -> None:
        """Notes that the item `name` was left out; the first reason given for a name stands."""
        self.skipped.setdefault(name, reason)

    def summary(self, *, most: int = 10) -> str:
        """A few lines for people: the counts by reason, and the first `most` names left out."""
        lines = [f"{self.num_done:,} done, {len(self.skipped):,} skipped"]
        reasons = collections.Counter(self.skipped.values())
        lines += [f"  {number:,} x {reason}" for reason, number in reasons.most_common(most)]
        if len(reasons) > most:
            lines.append(f"  ... and {count(len(reasons) - most, 'more reason')}")
        for name, reason in list(self.skipped.items())[:most]:
            lines.append(f"  skipped {name}: {reason}")
        if len(self.skipped) > most:
            lines.append(f"  ... and {count(len(self.skipped) - most, 'more name')}")
        return "\n".join(lines)
