"""kill -9 while records are built and networks trained and evaluated: what comes of it, as JSON.

nice python -m benchmarks.soak_runs --soak_dir=build/soak [--num_kills=50]

Each command is first left alone. Then, again and again, it is killed at three random moments,
alone, without the processes that it started, and run to its end. Wanted are the same files as
without a kill, of the same content but for times; nothing temporary; and that no process outlives
the killed one by more than two minutes. Exits with 1 where that fails.
"""

import csv
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

import tensorflow as tf
from absl import flags

from exgan_tf import files
from exgan_tf.celeb_id import alignment
from exgan_tf.cli import entry
from exgan_tf.drawn_faces import data_set
from exgan_tf.training import checkpoints, loop

_SOAK_DIR = flags.DEFINE_string("soak_dir", None, "Folder to make; new.", required=True)
_NUM_KILLS = flags.DEFINE_integer("num_kills", 50, "Kills at least.", lower_bound=1)
_SEED = flags.DEFINE_integer("seed", 0, "Of the moments.")
_ROOT = pathlib.Path(__file__).parents[1]
_KILLS_A_ROUND = 3
# A process that still imports its libraries, half a minute on a busy machine, does so to the end.
_OUTLIVED_SECONDS = 120.0


def records_content(folder) -> dict:
    """File name -> checksum: records are the same byte for byte."""
    return {path.name: files.checksum(path) for path in folder.iterdir()}


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

    def __init__(self, command, content, *, directory):
        """Runs the command once, undisturbed.

        Args:
          command: makes the command line from the output folder.
          content: gives what is compared of an output folder.
          directory: where the output folders are made.
        """
        self._command, self._content, self._directory = command, content, directory
        self.figures = {"kills": 0, "rounds": 0, "different": 0, "outlived": 0, "temporary": []}
        self._directory.mkdir(parents=True)
        begun = time.monotonic()
        process = self._start("undisturbed")
        while process.poll() is None and not list(self._directory.iterdir()):
            time.sleep(0.01)
        starting = time.monotonic() - begun
        _finish(process)
        self._moments = (starting / 2, time.monotonic() - begun)
        self._wanted = content(directory / "undisturbed")

    def kill(self, random_numbers):
        """Kills three times and lets the command then finish."""
        name = f"round_{self.figures['rounds']}"
        for _ in range(_KILLS_A_ROUND):
            process = self._start(name)
            time.sleep(random_numbers.uniform(*self._moments))
            process.kill()
            process.wait()
            self.figures["kills"] += process.returncode == -signal.SIGKILL
            self.figures["outlived"] += _is_outlived(process.pid)
        _finish(self._start(name))
        self.figures["rounds"] += 1
        self.figures["different"] += self._content(self._directory / name) != self._wanted
        self.figures["temporary"] += sorted(
            str(path.relative_to(self._directory))
            for path in self._directory.rglob("*")
            if path.name[0] == "." or path.name.endswith((".partial", ".tmp", "_temp"))
        )

    def _start(self, name):
        return subprocess.Popen(
            [sys.executable, *self._command(self._directory / name)],
            cwd=_ROOT,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )


def _finish(process):
    if process.wait():
        raise ValueError(f"{' '.join(process.args)} ended with {process.returncode}")


def _is_outlived(group):
    """Whether processes that a killed one started are there after some seconds; ends them."""
    deadline = time.monotonic() + _OUTLIVED_SECONDS
    try:
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.1)
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def main(argv):
    del argv
    home = pathlib.Path(_SOAK_DIR.value).absolute()
    aligned = home / "aligned"
    data_set.draw_data_set(
        home / "raw", num_identities=8, photos_per_identity=4, closed_fraction=0.1, seed=0
    )
    alignment.align_photographs(home / "raw", aligned, image_size=96, seed=0)
    fractions = ["--image_size=64", "--test_fraction=0.2", "--validation_fraction=0.2"]
    build = ["tools/build_records.py", f"--input_dir={aligned}", "--num_workers=2", *fractions]
    records = f"--records={home}/records/undisturbed"
    # The model that compiles in the shortest time.
    train = ["-m", "exgan_tf.cli.train", "--model=autoencoder", "--image_size=32"]
    train += [records, "--batch_size=4", "--num_steps=20", "--log_every=1", "--save_every=2"]
    train += ["--validate_every=2", "--sample_every=4"]
    evaluate = ["-m", "exgan_tf.cli.evaluate", records, "--inception=", "--num_workers=2"]
    evaluate += ["--untrained=mean_color,telea,transplant"]
    soaks = {
        name: Soak(
            lambda output, command=command, flag=flag: [*command, f"--{flag}={output}"],
            content,
            directory=home / name,
        )
        for name, command, flag, content in (
            ("records", build, "output_dir", records_content),
            ("training", train, "run_dir", run_content),
            ("evaluation", evaluate, "output_dir", evaluation_content),
        )
    }
    random_numbers = random.Random(_SEED.value)
    while sum(soak.figures["kills"] for soak in soaks.values()) < _NUM_KILLS.value:
        for name, soak in soaks.items():
            soak.kill(random_numbers)
            print(name, soak.figures, file=sys.stderr, flush=True)
    figures = {name: soak.figures for name, soak in soaks.items()}
    print(json.dumps(figures, indent=1))
    if any(each["different"] or each["outlived"] or each["temporary"] for each in figures.values()):
        sys.exit(1)


if __name__ == "__main__":
    entry.run(main)
