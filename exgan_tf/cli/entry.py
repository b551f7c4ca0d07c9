"""The frame around every command: one clear line for an error, and an exit code."""

import re
import signal
import sys
import tempfile
import traceback
import warnings

from absl import app, logging

from exgan_tf import cli, files


def run(main):
    """Parses the flags, calls `main(argv)`, and ends the process.

    ValueError, OSError and TensorFlow's own errors end in one line on stderr and exit code 1,
    Ctrl-C in one line and exit code 130. TensorFlow's whole text goes into a file that the line
    names. That an output is complete already is said and is no error.
    """

    def guarded(argv):
        if len(argv) > 1:
            raise app.UsageError(f"unexpected argument {argv[1]!r}: flags start with --")
        if signal.getsignal(signal.SIGINT) is cli.end_at_once:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        warnings.showwarning = _show_warning
        logging.set_verbosity(logging.ERROR)  # TensorFlow's notes to itself are no news to users.
        try:
            main(argv)
        except files.AlreadyCompleteError as complete:
            print(complete)
        except (ValueError, OSError) as error:
            sys.exit(f"error: {error}")
        except Exception as error:
            # TensorFlow's own errors, told by their name, as tools do without TensorFlow.
            if not type(error).__module__.startswith("tensorflow."):
                raise
            sys.exit(f"error: {root_cause(error)} (all of it: {_write_down(error)})")
        except KeyboardInterrupt:
            print(cli.INTERRUPTED, file=sys.stderr)
            sys.exit(130)

    app.run(guarded)


# What TensorFlow says around a cause: where in the graph, and in which of its own functions.
_SURROUNDINGS = re.compile(
    r"Graph execution error|Detected at node|<stack traces unavailable>|\s*File \"|\s*\[\["
    r"|\d+ root error|Hint: |\(\d+\) CANCELLED"
)
_MARKS = re.compile(r"\{\{.*?\}\} ?|\(\d+\) [A-Z_]+: +| *\[Op:.*| *Additional GRPC error.*")


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
    return f"TensorFlow says {cause}"


def _show_warning(message, *origin):
    print(f"warning: {message}", file=sys.stderr)


def _write_down(error) -> str:
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix="exgan_tf_error_", suffix=".txt", delete=False
    ) as file:
        file.writelines(traceback.format_exception(type(error), error, error.__traceback__))
    return file.name
