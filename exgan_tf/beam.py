"""Doing one thing to many items on Apache Beam: on Dataflow, Flink or Spark, or on this machine.

Items and results pass through files of a scratch folder that all workers reach, and only their
numbers through the pipeline: runners limit the size of what describes one (Dataflow: 10 MB), and
keep no order. A worker that dies is its runner's to replace; whoever does a file of items again
writes the same file of results.
"""

import contextlib
import dataclasses
import pickle
import tempfile
import uuid

import apache_beam
from apache_beam.options.pipeline_options import (
    DirectOptions,
    GoogleCloudOptions,
    PipelineOptions,
    SetupOptions,
)
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from exgan_tf import files, storage

DIRECT_RUNNER = "DirectRunner"

# Both ours: a file is work of a second or so, and a result of some megabytes.
_ITEMS_PER_FILE = 64
_FILES_AT_LEAST = 64  # So that few items, too, are shared out among many workers.


@dataclasses.dataclass(frozen=True)
class Beam:
    """The engine that runs a pipeline, a `parallel.Engine`.

    Attributes:
      runner: name of Beam's runner: DirectRunner for processes of this machine, DataflowRunner, ...
      num_workers: number of processes of the DirectRunner; of others, `options` tell.
      options: Beam's own options as on a command line. `--temp_location` names the folder for the
        scratch files, which every worker has to reach.
    """

    runner: str
    num_workers: int = 1
    options: tuple[str, ...] = ()

    def __call__(self, function, items, *, description):
        options = PipelineOptions(["--job_name", f"exgan-{uuid.uuid4().hex[:8]}", *self.options])
        options.view_as(SetupOptions).pickle_library = "cloudpickle"
        runner = self.runner
        if runner == DIRECT_RUNNER:
            # What DirectRunner stands for by itself looks for another runner in the network first.
            runner = FnApiRunner()
            direct = options.view_as(DirectOptions)
            direct.direct_num_workers = self.num_workers
            direct.direct_running_mode = (
                "in_memory" if self.num_workers == 1 else "multi_processing"
            )
        with self._scratch_folder(options) as folder:
            num_files = _write_items(items, folder)
            if num_files:
                _run(function, folder, num_files, runner=runner, options=options, name=description)
            for index in range(num_files):
                results, error = pickle.loads(  # noqa: S301 - The folder is this run's own.
                    _path(folder, "results", index).read_bytes()
                )
                yield from results
                if error is not None:
                    raise error

    @contextlib.contextmanager
    def _scratch_folder(self, options):
        place = options.view_as(GoogleCloudOptions).temp_location
        if place is None and self.runner != DIRECT_RUNNER:
            raise ValueError(
                f"{self.runner} needs --temp_location among Beam's options, a folder that every "
                "worker reaches"
            )
        folder = storage.to_path(place or tempfile.gettempdir()) / f"exgan-{uuid.uuid4().hex}"
        folder.mkdir(mode=0o700, parents=True)
        try:
            yield folder
        finally:
            storage.remove_tree(folder)


def _write_items(items, folder):
    """Writes items into files, and returns their number."""
    length = min(_ITEMS_PER_FILE, max(1, len(items) // _FILES_AT_LEAST))
    starts = range(0, len(items), length)
    for index, start in enumerate(starts):
        data = pickle.dumps(list(items[start : start + length]))
        files.write_bytes(_path(folder, "items", index), data)
    return len(starts)


def _run(function, folder, num_files, *, runner, options, name):
    try:
        with apache_beam.Pipeline(runner=runner, options=options) as pipeline:
            (
                pipeline
                | apache_beam.Create(range(num_files))
                | apache_beam.Reshuffle()  # Or one worker would get all that one step made.
                | name >> apache_beam.Map(_work, function=function, folder=folder)
            )
    except (RuntimeError, OSError) as error:
        reason = str(error).strip().rpartition("\n")[2] or type(error).__name__
        raise OSError(f"the pipeline failed: {reason}") from error


def _work(index, *, function, folder):
    """Maps the items of one file. A ValueError is a result; any other error is tried again."""
    results, refusal = [], None
    for item in pickle.loads(_path(folder, "items", index).read_bytes()):  # noqa: S301
        try:
            results.append(function(item))
        except ValueError as error:
            refusal = error
            break
    files.write_bytes(_path(folder, "results", index), pickle.dumps((results, refusal)))


def _path(folder, content, index):
    return folder / f"{content}-{index:07d}.pickle"
