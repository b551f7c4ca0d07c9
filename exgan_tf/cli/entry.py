"""The frame around every command: one clear line for an error, and an exit code."""

import signal
import sys
import warnings

from absl import app, logging

from exgan_tf import cli, files
from exgan_tf.cli import messages


def run(main):
    """Parses the flags, calls `main(argv)`, and ends the process.

    ValueError, OSError and TensorFlow's own errors end in one line on stderr and exit code 1,
    Ctrl-C in one line and exit code 130. That an output is complete already is said and is no
    error.
    """

    def guarded(argv):
        if len(argv) > 1:
            raise app.UsageError(f"unexpected argument {argv[1]!r}: flags start with --")
        if signal.getsignal(signal.SIGINT) is cli.end_at_once:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        warnings.showwarning = messages.show_warning
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
            sys.exit(f"error: {messages.describe_error(error)}")
        except KeyboardInterrupt:
            print(cli.INTERRUPTED, file=sys.stderr)
            sys.exit(130)

    app.run(guarded)
