"""Errors of TensorFlow, as commands print them: in one line."""

import re
import tempfile
import traceback

# What TensorFlow writes around a cause: where in the graph, and in which of its own functions.
_SURROUNDINGS = re.compile(
    r"Graph execution error|Detected at node|<stack traces unavailable>|\s*File \"|\s*\[\["
    r"|\d+ root error|Hint: |\(\d+\) CANCELLED"
)
_MARKS = re.compile(r"\{\{.*?\}\} ?|\(\d+\) [A-Z_]+: +| *\[Op:.*")


def describe_error(error: Exception) -> str:
    """One line on an error of TensorFlow; the whole text is in a file, which the line names."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix="exgan_tf_error_", suffix=".txt", delete=False
    ) as file:
        file.writelines(traceback.format_exception(type(error), error, error.__traceback__))
    return f"{root_cause(error)} (full text: {file.name})"


def root_cause(error: Exception) -> str:
    """What made an operation of TensorFlow fail, in one line, with what to do where that is known.

    Args:
      error: one of TensorFlow's errors; inside a graph its text begins with where, not with why.
    """
    lines = [line for line in str(error).splitlines() if not _SURROUNDINGS.match(line.strip())]
    causes = [cause for cause in (_MARKS.sub("", line).strip() for line in lines) if cause]
    cause = causes[0] if causes else type(error).__name__
    if "OOM when allocating" in cause:
        return f"out of memory, try a smaller batch_size: {cause}"
    return f"TensorFlow reports {cause}"
