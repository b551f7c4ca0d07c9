"""Networks in TFLite files, run by LiteRT: it imports at once, where TensorFlow takes seconds."""

import contextlib
import os
import threading
from collections.abc import Iterator

from ai_edge_litert.interpreter import Interpreter

_SILENCE = threading.Lock()
_has_introduced_itself = False


def load_interpreter(model: bytes) -> Interpreter:
    """Loads what a TFLite file holds, for one thread at a time.

    What is no network raises ValueError or RuntimeError.
    """
    global _has_introduced_itself
    with contextlib.nullcontext() if _has_introduced_itself else quiet_stderr():
        interpreter = Interpreter(model_content=model, num_threads=1)
        interpreter.allocate_tensors()
        _has_introduced_itself = True
    return interpreter


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Keeps from the user what TFLite's native code says of itself: nothing else turns that off.

    It is the whole process's stderr, of all threads, so this is for once and not for every call.
    """
    with _SILENCE, open(os.devnull, "wb") as null:
        kept = os.dup(2)
        os.dup2(null.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
