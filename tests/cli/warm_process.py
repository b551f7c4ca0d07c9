"""Runs modules in copies of a process that has the slow imports behind it.

Reads one line of JSON for each run: the `module`, its `arguments`, the files its `stdout` and
`stderr` go to, and `packages`, where packages are looked for first. Writes one line with the exit
code when the run has ended.
"""

import json
import os
import runpy
import sys

import cv2  # noqa: F401
import keras  # noqa: F401
import scipy.linalg  # noqa: F401
import skimage  # noqa: F401
import tensorflow  # noqa: F401


def redirect(descriptor, path):
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    os.dup2(opened, descriptor)
    os.close(opened)


def become(module, arguments, stdout, stderr, packages):
    """Runs the module as `python -m` would; its exit code becomes this process's."""
    redirect(0, os.devnull)
    redirect(1, stdout)
    redirect(2, stderr)
    sys.argv = [module, *arguments]
    sys.path[:1] = [*packages, os.getcwd()]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        become(**json.loads(line))
        break
    _, status = os.waitpid(pid, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
