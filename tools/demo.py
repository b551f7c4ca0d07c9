"""Runs everything once: from photographs to trained models, their comparison and a report.

python tools/demo.py --output_dir=build/demo [--data=RAW]

Without --data the faces are drawn. The same command goes on where it stopped, and reuses what is
finished. `make demo` calls it.
"""

import dataclasses
import math
import os
import pathlib
import subprocess
import sys
import time
from typing import Callable

from absl import flags

from exgan_tf import files
from exgan_tf.cli import entry
from exgan_tf.data import celeb_id

_DATA = flags.DEFINE_string("data", None, "Raw data set; without it, faces are drawn.")
_OUTPUT_DIR = flags.DEFINE_string("output_dir", "build/demo", "Folder of everything.")

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODELS = ("baseline", "reference", "code")
IMAGE_SIZE = 64
SPLIT = {"test_fraction": 0.1, "validation_fraction": 0.05, "seed": 0}
STATE = "demo.json"


@dataclasses.dataclass(frozen=True)
class Step:
    """One command of the demonstration.

    Attributes:
      title: what it does, for people.
      seconds: how long it takes on two cores, measured; only the guess of the time left goes by it.
      command: the arguments of Python.
      output: what exists once it is done.
      find_more: gives the arguments that only the steps before can tell.
    """

    title: str
    seconds: int
    command: list
    output: pathlib.Path
    find_more: Callable[[], list] = list

    def whole_command(self) -> list:
        """All arguments of Python; to be asked for when the steps before are done."""
        return [*self.command, *self.find_more()]


class State:
    """Which steps are done, kept in a file of the output folder."""

    def __init__(self, output, data):
        """Reads the file, or begins it.

        Raises:
          ValueError: if the folder holds the demonstration of other data, or something else.
        """
        self._path = output / STATE
        if self._path.exists():
            self._content = files.read_json(self._path)
            if not isinstance(self._content, dict) or self._content.get("data") != data:
                raise ValueError(
                    f"{output} holds the demonstration of other data: move it away, or choose "
                    "another folder (make demo OUT=..., or --output_dir)"
                )
            return
        if output.exists() and any(output.iterdir()):
            raise ValueError(f"{output} holds something else: choose another --output_dir")
        output.mkdir(parents=True, exist_ok=True)
        self._content = {"data": data, "done": {}}
        files.write_json(self._path, self._content)

    def is_done(self, step) -> bool:
        """Whether this very command has made its output."""
        return (
            self._content["done"].get(step.title) == step.whole_command() and step.output.exists()
        )

    def note(self, step):
        """Keeps that a step is done."""
        self._content["done"][step.title] = step.whole_command()
        files.write_json(self._path, self._content)


def main(argv):
    del argv
    output = pathlib.Path(_OUTPUT_DIR.value).resolve()
    data = str(pathlib.Path(_DATA.value).resolve()) if _DATA.value else None
    if data:
        celeb_id.read_raw(data)  # So that what is no raw data set is said at once.
    state = State(output, data)
    raw = pathlib.Path(data) if data else output / "raw"
    start = time.monotonic()
    steps = [*_data_steps(output, raw), *_model_steps(output), *_result_steps(output, raw)]
    for number, step in enumerate(steps):
        title = f"[{number + 1}/{len(steps)}] {step.title}"
        if state.is_done(step):
            print(f"{title}: done already", flush=True)
            continue
        left = sum(each.seconds for each in steps[number:])
        print(f"{title}: about {_clock(step.seconds)}; {_clock(left)} left in all", flush=True)
        _run(step.whole_command())
        state.note(step)
    print(f"done in {_clock(time.monotonic() - start)}: open {output / 'report.html'}")


def _data_steps(output, raw):
    draw = Step(
        "draw people who do not exist",
        40,
        ["tools/draw_faces.py", f"--output_dir={raw}", "--num_identities=200", "--seed=0"],
        raw,
    )
    align = Step(
        "align the faces",
        5,
        ["tools/align_celeb_id.py", f"--input_dir={raw}", f"--output_dir={output / 'aligned'}"],
        output / "aligned",
    )
    build = Step(
        "build the records",
        6,
        [
            "tools/build_records.py",
            f"--input_dir={output / 'aligned'}",
            f"--output_dir={output / 'records'}",
            f"--image_size={IMAGE_SIZE}",
            *(f"--{name}={value}" for name, value in SPLIT.items()),
        ],
        output / "records",
    )
    return [align, build] if _DATA.value else [draw, align, build]


def _model_steps(output):
    steps = [_training_step("autoencoder", output, seconds=40)]
    for model in MODELS:
        steps.append(_training_step(model, output, seconds=120))
        steps.append(
            Step(
                f"export the {model} model",
                10,
                [
                    *_module("export"),
                    f"--run_dir={output / 'runs' / model}",
                    f"--output_dir={output / 'models' / model}",
                    "--overwrite",
                ],
                output / "models" / model,
            )
        )
    return steps


def _training_step(model, output, *, seconds):
    command = [
        *_module("train"),
        f"--flagfile=flags/demo_{model}.flags",
        f"--records={output / 'records'}",
        f"--run_dir={output / 'runs' / model}",
    ]
    if model == "code":
        command.append(f"--autoencoder={output / 'runs' / 'autoencoder'}")
    return Step(f"train the {model}", seconds, command, output / "runs" / model / "best")


def _result_steps(output, raw):
    models = ",".join(f"{model}={output / 'models' / model}" for model in MODELS)
    runs = ",".join(str(output / "runs" / model) for model in MODELS)
    return [
        Step(
            "evaluate all methods on people never seen in training",
            45,
            [
                *_module("evaluate"),
                f"--records={output / 'records'}",
                f"--models={models}",
                f"--output_dir={output / 'evaluation'}",
                # The network would be downloaded, and takes longer than all the rest.
                "--inception=",
                "--overwrite",
            ],
            output / "evaluation",
        ),
        Step(
            "open the closed eyes of somebody never seen in training",
            8,
            [
                *_module("inpaint"),
                f"--model={output / 'models' / 'reference'}",
                f"--output={output / 'opened.jpg'}",
                "--compare",
                # The rule of thumb for closed eyes was made for real ones.
                "--force",
                "--overwrite",
            ],
            output / "opened.jpg",
            find_more=lambda: _choose_blink(output, raw),
        ),
        Step(
            "write the report",
            4,
            [
                *_module("report"),
                f"--evaluation={output / 'evaluation'}",
                f"--runs={runs}",
                f"--output={output / 'report.html'}",
                "--overwrite",
            ],
            output / "report.html",
        ),
    ]


def _choose_blink(output, raw):
    """Arguments: closed eyes of somebody in the test split, and others of the same person."""
    photographs, _ = celeb_id.read_photographs(output / "aligned" / celeb_id.ALIGNED_JSON)
    people = celeb_id.split_identities(photographs, **SPLIT)["test"].values()
    people = [sorted(person, key=lambda each: not each.eyes_are_closed) for person in people]
    # One who blinked, if there is one, who did not always, and who looks into the camera.
    person = max(
        people,
        key=lambda each: (len(each) > 1, each[0].eyes_are_closed, _eye_distance(each[0])),
    )
    paths = [str(raw / celeb_id.RAW_IMAGES / each.filename) for each in person]
    return [f"--photo={paths[0]}", f"--reference={','.join(paths[1:])}"]


def _eye_distance(photograph):
    """In pixels of the aligned face: the larger, the less the head is turned."""
    left, right = photograph.eye_left, photograph.eye_right
    return math.dist(left, right) if left and right else 0.0


def _module(name):
    return ["-m", f"exgan_tf.cli.{name}"]


def _run(command):
    """Runs Python in the folder of the project; TensorFlow's notes to itself are left out."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    run = subprocess.run([sys.executable, *command], cwd=ROOT, env=environment)
    if run.returncode:
        print("the demonstration stopped here: the same command goes on", file=sys.stderr)
        sys.exit(run.returncode)


def _clock(seconds):
    return "{}:{:02d}".format(*divmod(round(seconds), 60))


if __name__ == "__main__":
    entry.run(main)
