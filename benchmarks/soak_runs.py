"""kill -9 while records are built, networks trained and evaluated, and eyes opened in an album.

nice python -m benchmarks.soak_runs --soak_dir=build/soak [--num_kills=70]

Each command is first left alone. Then, again and again, it is killed at three random moments,
alone, without the processes that it started, and run to its end. There must be the same files as
without a kill, of the same content but for times, the originals among them; nothing temporary; and
no process may outlive the killed one by more than two minutes. Prints what comes of it as JSON, and
exits with 1 where that fails.
"""

import csv
import json
import pathlib
import random
import signal
import subprocess
import sys
import time

import tensorflow as tf
from absl import flags

from benchmarks import commands, people
from exgan_tf import files
from exgan_tf.celeb_id import layouts
from exgan_tf.cli import entry
from exgan_tf.training import checkpoints, loop

_SOAK_DIR = flags.DEFINE_string("soak_dir", None, "Folder to create; new.", required=True)
_NUM_KILLS = flags.DEFINE_integer("num_kills", 70, "Kills at least.", lower_bound=1)
_SEED = flags.DEFINE_integer("seed", 0, "Of the moments.")
_KILLS_A_ROUND = 3


def checksums(folder) -> dict:
    """File name -> checksum: records and albums are the same byte for byte."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): files.checksum(path) for path in paths}


def album_content(folder) -> dict:
    """That of the copies, and the originals' with their modes and times."""
    originals = folder.parents[1] / "raw"
    stats = {path.name: path.stat() for path in originals.rglob("*")}
    states = {name: (stat.st_mode, stat.st_mtime_ns) for name, stat in stats.items()}
    return {"copies": checksums(folder), "originals": checksums(originals), "states": states}


def run_content(folder) -> dict:
    """File names, the newest and the best weights, losses, and the steps that TensorBoard shows."""
    content = {"files": sorted(_names(folder))}
    for name in (loop.CHECKPOINTS, loop.BEST):
        reader = tf.train.load_checkpoint(checkpoints.find_checkpoints(folder / name)[-1])
        content[name] = {
            key: reader.get_tensor(key).tolist()
            for key, data_type in reader.get_variable_to_dtype_map().items()
            # How often was saved is no part of what was learnt.
            if data_type != tf.string and not key.startswith("save_counter")
        }
    content["losses"] = [
        {key: value for key, value in line.items() if key != "steps_per_second"}
        for line in loop.read_metrics(folder / loop.METRICS)
    ]
    content["tensorboard"] = sorted(
        (value.tag, event.step)
        for path in (folder / loop.TENSORBOARD).iterdir()
        for event in tf.compat.v1.train.summary_iterator(str(path))
        for value in event.summary.value
    )
    return content


def evaluation_content(folder) -> dict:
    """File names, the table, and the result without what depends on time and place."""
    result = json.loads((folder / "evaluation.json").read_text())
    del result["made_by"]
    for method in result["methods"].values():
        del method["seconds_per_image"]
    with open(folder / "per_image.csv", encoding="utf-8", newline="") as file:
        table = sorted(tuple(row.items()) for row in csv.DictReader(file))
    return {"files": sorted(_names(folder)), "table": table, "result": result}


def _names(folder):
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {str(path) for path in paths if path.parts[0] != loop.TENSORBOARD}


class Soak:
    """Kills one command over and over.

    Attributes:
      figures: numbers of `kills`, of `rounds`, of rounds whose result was `different`, and of kills
        that a process `outlived`; and what was left as `temporary`.
    """

    def __init__(self, command, content, *, directory, output="--output_dir="):
        """Runs the command once, undisturbed.

        Args:
          command: the command line, without its output folder.
          content: gives what is compared of an output folder.
          directory: where the output folders are made.
          output: what stands before an output folder in the command line.
        """
        self._command, self._content = command, content
        self._directory, self._output = directory, output
        self.figures = {"kills": 0, "rounds": 0, "different": 0, "outlived": 0, "temporary": []}
        self._directory.mkdir(parents=True)
        begun = time.monotonic()
        process = self._start("undisturbed")
        while process.poll() is None and not list(self._directory.iterdir()):
            time.sleep(0.01)
        starting = time.monotonic() - begun
        _finish(process)
        self._moments = (starting / 2, time.monotonic() - begun)
        self._undisturbed = content(directory / "undisturbed")

    def kill(self, random_numbers):
        """Kills three times and lets the command then finish."""
        name = f"round_{self.figures['rounds']}"
        for _ in range(_KILLS_A_ROUND):
            process = self._start(name)
            time.sleep(random_numbers.uniform(*self._moments))
            process.kill()
            process.wait()
            self.figures["kills"] += process.returncode == -signal.SIGKILL
            self.figures["outlived"] += commands.end_group(process.pid)
        _finish(self._start(name))
        self.figures["rounds"] += 1
        self.figures["different"] += self._content(self._directory / name) != self._undisturbed
        self.figures["temporary"] += sorted(
            str(path.relative_to(self._directory))
            for path in self._directory.rglob("*")
            if path.name[0] == "." or path.name.endswith((".partial", ".tmp", "_temp"))
        )

    def _start(self, name):
        command = [*self._command, f"{self._output}{self._directory / name}"]
        return commands.start(command, stdout=subprocess.DEVNULL)


def _finish(process):
    if process.wait():
        raise ValueError(f"{' '.join(process.args)} ended with {process.returncode}")


def main(argv):
    del argv
    home = pathlib.Path(_SOAK_DIR.value).absolute()
    aligned = people.align(home, num_identities=8, image_size=96, closed_fraction=0.1)
    records = home / "build_records" / "undisturbed"
    build = {"input_dir": aligned, "image_size": 64, "num_workers": 2}
    build |= {"test_fraction": 0.2, "validation_fraction": 0.2}
    # The model that compiles in the shortest time.
    train = {"model": "autoencoder", "image_size": 32, "batch_size": 4, "num_steps": 20}
    train |= {"log_every": 1, "save_every": 2, "validate_every": 2, "sample_every": 4}
    evaluate = {"untrained": "mean_color,telea,transplant", "inception": "", "num_workers": 2}
    album = {
        "input_dir": home / "raw" / layouts.RAW_IMAGES,
        "method": "transplant",
        "num_workers": 2,
    }
    soaks = {}
    for name, content, output, values in (
        ("build_records", checksums, "output_dir", build),
        ("train", run_content, "run_dir", {"records": records, **train}),
        ("evaluate", evaluation_content, "output_dir", {"records": records, **evaluate}),
        ("open_eyes", album_content, "output_dir", album),
    ):
        command = commands.line(name, **values)
        soaks[name] = Soak(command, content, directory=home / name, output=f"--{output}=")
    random_numbers = random.Random(_SEED.value)
    while sum(soak.figures["kills"] for soak in soaks.values()) < _NUM_KILLS.value:
        for name, soak in soaks.items():
            soak.kill(random_numbers)
            print(name, soak.figures, file=sys.stderr, flush=True)
    figures = {name: soak.figures for name, soak in soaks.items()}
    commands.show(figures)
    if any(each["different"] or each["outlived"] or each["temporary"] for each in figures.values()):
        sys.exit(1)


if __name__ == "__main__":
    entry.run(main)
