"""Runs everything once: from photographs to trained models, their comparison and a report.

python tools/demo.py --output_dir=build/demo [--data=RAW]

Without --data the faces are drawn. The same command goes on where it stopped, and reuses what is
finished. `make demo` calls it.
"""

import dataclasses
import math
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from absl import flags

from exgan_tf import cli, files
from exgan_tf.celeb_id import layouts
from exgan_tf.cli import entry

_DATA = flags.DEFINE_string("data", None, "Raw data set; without it, faces are drawn.")
_OUTPUT_DIR = flags.DEFINE_string("output_dir", "build/demo", "Folder of everything.")

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODELS = ("baseline", "reference", "code")
IMAGE_SIZE = 64
SPLIT = {"test_fraction": 0.1, "validation_fraction": 0.05, "seed": 0}
STATE = "demo.json"
_ANOTHER_FOLDER = "choose another folder (make demo OUT=..., or --output_dir)"


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

        Args:
          output: the folder of everything.
          data: what tells the data from other data, as JSON values.

        Raises:
          ValueError: if the folder holds the demonstration of other data, or something else.
        """
        self._path = output / STATE
        if self._path.exists():
            self._content = _read_state(self._path)
            if self._content["data"] != data:
                raise ValueError(
                    f"{output} holds the demonstration of other data, or the data has changed "
                    f"since: move it away, or {_ANOTHER_FOLDER}"
                )
            return
        if output.exists() and not (output.is_dir() and not any(output.iterdir())):
            raise ValueError(f"{output} holds something else: {_ANOTHER_FOLDER}")
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


def _read_state(path):
    content = files.read_json(path)
    is_ours = isinstance(content, dict) and content.keys() == {"data", "done"}
    if not is_ours or not isinstance(content["done"], dict):
        raise ValueError(
            f"{path} is damaged, so nobody knows what is done: move its folder away, or "
            f"{_ANOTHER_FOLDER}"
        )
    return content


def main(argv):
    del argv
    output = pathlib.Path(_OUTPUT_DIR.value).expanduser().resolve()
    data = pathlib.Path(_DATA.value).expanduser().resolve() if _DATA.value else None
    state = State(output, describe_data(data))
    start = time.monotonic()
    run_steps(plan_steps(output, data), state)
    print(f"done in {_clock(time.monotonic() - start)}: open {output / 'report.html'}")


def describe_data(data: pathlib.Path | None) -> dict | None:
    """What tells a raw data set from others; None for drawn faces.

    Raises:
      ValueError: if the folder is no raw data set, so that this is said at once.
    """
    if data is None:
        return None
    annotations = data / layouts.RAW_JSON
    if not annotations.is_file():
        raise ValueError(
            f"{data} is no raw data set: it has no {layouts.RAW_JSON}; "
            "tools/annotate_photos.py makes one of photographs"
        )
    layouts.read_raw(data)
    return {"directory": str(data), layouts.RAW_JSON: files.checksum(annotations)}


def run_steps(steps, state: State):
    """Runs what is not done, and after that everything, as later steps build on earlier ones.

    Ends the process where a step fails or is interrupted.
    """
    nothing_changed = True
    for number, step in enumerate(steps):
        title = f"[{number + 1}/{len(steps)}] {step.title}"
        nothing_changed = nothing_changed and state.is_done(step)
        if nothing_changed:
            print(f"{title}: done already", flush=True)
            continue
        left = sum(each.seconds for each in steps[number:])
        print(f"{title}: about {_clock(step.seconds)}; {_clock(left)} left in all", flush=True)
        _run(title, step.whole_command())
        state.note(step)


def plan_steps(output: pathlib.Path, data: pathlib.Path | None) -> list:
    """All steps in their order; without `data`, faces are drawn first."""
    raw = data or output / "raw"
    steps = [*_data_steps(output, raw), *_model_steps(output), *_result_steps(output, raw)]
    return steps if data else [_drawing_step(raw), *steps]


def _drawing_step(raw):
    return Step(
        "draw people who do not exist",
        45,
        ["tools/draw_faces.py", f"--output_dir={raw}", "--num_identities=200", "--seed=0"],
        raw,
    )


def _data_steps(output, raw):
    align = Step(
        "align the faces",
        5,
        [
            "tools/align_celeb_id.py",
            f"--input_dir={raw}",
            f"--output_dir={output / 'aligned'}",
            "--overwrite",
        ],
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
            "--overwrite",
        ],
        output / "records",
    )
    return [align, build]


def _model_steps(output):
    steps = [_training_step("autoencoder", output, seconds=25)]
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
    models = _write_list(f"{model}={output / 'models' / model}" for model in MODELS)
    runs = _write_list(output / "runs" / model for model in MODELS)
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
        # Last, as with photographs of all sorts it is the likeliest to fail.
        Step(
            "open the closed eyes of somebody with the model that comes with the package",
            8,
            [
                *_module("inpaint"),
                f"--output={output / 'opened.jpg'}",
                "--compare",
                # The rule of thumb for closed eyes was made for real ones.
                "--force",
                "--overwrite",
            ],
            output / "opened.jpg",
            find_more=lambda: _find_blink(output, raw),
        ),
    ]


def _find_blink(output, raw):
    """Arguments: closed eyes of somebody in the test split, and others of the same person."""
    photographs, _ = layouts.read_photographs(output / "aligned" / layouts.ALIGNED_JSON)
    people = layouts.split_identities(photographs, **SPLIT)["test"]
    blink, references = choose_blink(people.values())
    folder = raw / layouts.RAW_IMAGES
    return [
        f"--photo={folder / blink.filename}",
        f"--reference={_write_list(folder / each.filename for each in references)}",
    ]


def choose_blink(people) -> tuple:
    """Chooses the photograph whose eyes are opened.

    Args:
      people: for each person a list of `Photograph`.

    Returns:
      A photograph, of closed eyes if there are any, that looks into the camera; and the person's
      others with open eyes.

    Raises:
      ValueError: if nobody has two photographs, one of them with open eyes.
    """
    candidates = []
    for person in people:
        for photograph in person:
            others = [each for each in person if each is not photograph]
            references = [each for each in others if not each.eyes_are_closed]
            if references:
                candidates.append((photograph, references))
    if not candidates:
        raise ValueError(
            "nobody who is tested on has two photographs, one of them with open eyes: "
            "more photographs are wanted"
        )
    return max(candidates, key=lambda each: (each[0].eyes_are_closed, _eye_distance(each[0])))


def _eye_distance(photograph):
    """In pixels of the aligned face: the larger, the less the head is turned."""
    left, right = photograph.eye_left, photograph.eye_right
    return math.dist(left, right) if left and right else 0.0


def _module(name):
    return ["-m", f"exgan_tf.cli.{name}"]


def _write_list(values):
    """The value of a flag that is a list; commas in a value are no commas between them."""
    return flags.CsvListSerializer(",").serialize([str(value) for value in values])


def _run(title, command):
    """Runs Python in the folder of the project; ends the process unless that succeeds.

    Ctrl-C reaches the command too, as both belong to one terminal: it writes what it needs to go
    on, and says so, so it is waited for. SIGTERM comes to this process alone, and is handed on.
    """
    process, received = None, []

    def note(number, frame):
        received.append(number)
        if number == signal.SIGTERM and process is not None:
            process.terminate()

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        # TensorFlow's notes to itself are left out.
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
        process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment)
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if received:
        if code == 0:
            print(cli.INTERRUPTED, file=sys.stderr)
        sys.exit(128 + received[0])
    if code:
        _fail(title, code)


def _fail(title, code):
    reason = f"failed with exit code {code}, for the reason above"
    if code < 0:
        reason = f"was killed by {signal.Signals(-code).name}, perhaps for want of memory"
    print(
        f"error: {title}: {reason}; when that is mended, the same command goes on from here",
        file=sys.stderr,
    )
    sys.exit(code if code > 0 else 128 - code)


def _clock(seconds):
    return "{}:{:02d}".format(*divmod(round(seconds), 60))


if __name__ == "__main__":
    entry.run(main)
