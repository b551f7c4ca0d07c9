"""The frame around every command: one clear line for an error, and an exit code."""

import _thread
import functools
import os
import pathlib
import signal
import sys
import time
import warnings

from absl import app, logging

from exgan_tf import cli, files
from exgan_tf.cli import messages


def run(main):
    """Parses the flags, calls `main(argv)`, and ends the process.

    ValueError, OSError and TensorFlow's own errors end in one line on stderr and exit code 1,
    Ctrl-C in one line and exit code 130. That an output is complete already is said and is no
    error, nor is it one that nobody listens: work goes on when stdout or stderr is closed.
    """
    sys.stdout, sys.stderr = _Voice(sys.stdout), _Voice(sys.stderr)

    def guarded(argv):
        if len(argv) > 1:
            raise app.UsageError(f"unexpected argument {argv[1]!r}: flags start with --")
        if signal.getsignal(signal.SIGINT) in (cli.end_at_once, signal.default_int_handler):
            signal.signal(signal.SIGINT, _interrupt)
            sys.unraisablehook = functools.partial(_tell_unraisable, sys.unraisablehook)
        # Without the place that a warning comes from.
        warnings.showwarning = lambda text, *origin: print(f"warning: {text}", file=sys.stderr)
        logging.set_verbosity(logging.ERROR)  # TensorFlow's notes to itself are no news to users.
        try:
            main(argv)
        except BaseException as error:
            # C code that is interrupted may raise an error of its own.
            interrupted = _Interrupt.pressed and isinstance(error, Exception)
            if interrupted or isinstance(error, KeyboardInterrupt):
                _Interrupt.arrived = True
                signal.signal(signal.SIGINT, signal.SIG_DFL)  # Again, it ends the process at once.
                print(cli.INTERRUPTED, file=sys.stderr)
                sys.exit(130)
            if isinstance(error, files.AlreadyCompleteError):
                print(error)
            elif isinstance(error, (ValueError, OSError)):
                sys.exit(f"error: {error}")
            # TensorFlow's own errors, told by their name, as tools do without TensorFlow.
            elif type(error).__module__.startswith("tensorflow."):
                sys.exit(f"error: {messages.describe_error(error)}")
            else:
                raise
        finally:
            sys.stdout.flush()

    app.run(guarded, argv=[find_flag_file(argument) for argument in sys.argv])


def find_flag_file(argument: str) -> str:
    """The argument; of `--flagfile=flags/NAME` with the path of the file that comes along.

    That is how the recipes are called from other folders than a checkout's, and in an installed
    package. A file of that name in the working folder goes first.
    """
    flag, _, name = argument.partition("=")
    if flag.lstrip("-") != "flagfile" or pathlib.Path(name).exists():
        return argument
    package = pathlib.Path(cli.__file__).parents[1]
    for folder in (package, package.parent):  # As installed, and as checked out.
        if pathlib.Path(name).parent == pathlib.Path("flags") and (folder / name).exists():
            return f"--flagfile={folder / name}"
    return argument


class _Interrupt(KeyboardInterrupt):
    """Ctrl-C that does not get lost.

    It may be raised where exceptions are dropped: in C code that asks for an attribute or a type,
    as TensorFlow does while it traces, and in what Python calls back when it frees an object.
    """

    pressed = False
    arrived = False

    def __del__(self):
        if not self.arrived:
            # From a thread, which Python hears once it has left the place that dropped this one;
            # a bare one, as `threading` takes locks that the interrupted code may hold.
            _thread.start_new_thread(_press_again, ())


def _press_again():
    time.sleep(0.01)
    if not _Interrupt.arrived:
        _thread.interrupt_main()


def _interrupt(number, frame):
    del number, frame
    _Interrupt.pressed = True
    raise _Interrupt


def _tell_unraisable(tell, unraisable):
    if not issubclass(unraisable.exc_type, _Interrupt):  # That one comes again.
        tell(unraisable)


class _Voice:
    """A text stream that may lose its reader: what is said is lost then, and nothing else."""

    def __init__(self, stream):
        self._stream = stream or open(os.devnull, "w")  # noqa: SIM115
        if hasattr(self._stream, "reconfigure"):  # Names of files need not be text in any encoding.
            self._stream.reconfigure(errors="backslashreplace")

    def write(self, text):
        try:
            return self._stream.write(text)
        except OSError:
            self._give_up()
            return len(text)

    def flush(self):
        try:
            self._stream.flush()
        except OSError:
            self._give_up()

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def _give_up(self):
        # The stream keeps what it could not write, and Python would try that again at its end.
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, self._stream.fileno())
        os.close(null)
