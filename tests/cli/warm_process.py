"""Commands in forks of a process that has the slow imports behind it.

A module of its own, as the forked process imports it by its name.
"""

import multiprocessing.context
import os
import runpy
import subprocess
import sys

# Of the package nothing of `cli`, as importing a command defines its flags.
multiprocessing.set_forkserver_preload(
    [
        *("exgan_tf.evaluation", "exgan_tf.export", "exgan_tf.photo", "exgan_tf.report.page"),
        *("matplotlib.figure", "skimage.restoration", "tensorflow_addons"),
    ]
)


class Command(multiprocessing.context.ForkServerProcess):
    """A module that runs as by `python -m`, in a group of processes of its own.

    Being a fork, it ends without the interpreter's shutdown, and with that without what `atexit`
    holds and without the end of threads; test_train_and_export.py sees one true process end.
    """

    def __init__(self, module, arguments, *, output, packages, environment):
        """What it says goes into two files of the folder `output`.

        It looks for Python packages in the folders `packages` before others.
        """
        super().__init__()
        self._streams = [output / name for name in ("stdout", "stderr")]
        self._module, self._arguments = module, arguments
        self._packages, self._environment = packages, environment

    def run(self):
        os.setsid()
        for descriptor, path in enumerate(self._streams, start=1):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), descriptor)
        os.environ.update(self._environment)
        sys.argv = [self._module, *self._arguments]
        sys.path[:0] = [*self._packages, os.getcwd()]
        runpy.run_module(self._module, run_name="__main__", alter_sys=True)

    def finish(self, timeout=None) -> subprocess.CompletedProcess:
        """Waits for its end, some seconds at most."""
        self.join(timeout)
        if self.is_alive():
            self.kill()
            raise TimeoutError(f"{self._module} did not end within {timeout} seconds")
        texts = (path.read_text() for path in self._streams)
        return subprocess.CompletedProcess(self._arguments, self.exitcode, *texts)
