"""Runs everything once: from photographs to trained models, their comparison and a report.

  exgan demo --output_dir=build/demo [--data=RAW]

Without --data the faces are drawn. The same command goes on where it stopped, and reuses what is
finished. `make demo` calls it.
"""

import math
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

from absl import flags

from exgan_tf import cli, files
from exgan_tf.celeb_id import layouts
from exgan_tf.cli import entry
from exgan_tf.data import splits

_DATA = flags.DEFINE_string("data", None, "Raw data set; without it, faces are drawn.")
_OUTPUT_DIR = flags.DEFINE_string("output_dir", "build/demo", "Folder of everything.")

MODELS = ("baseline", "reference", "code")
SPLIT = {"test_fraction": 0.1, "validation_fraction": 0.05, "seed": 0}
# Drawn faces lie alike and are lit alike: a Reference ExGAN's error after 800 steps was 0.0544 so,
# and 0.0561 with references laid on and matched.
_AS_THEY_LIE = ["--noalign_reference", "--nomatch_reference"]
_STATE = "demo.json"
_ANOTHER_FOLDER = "choose another folder (make demo OUT=..., or --output_dir)"


class Step(NamedTuple):
    """One command of the demonstration.

    Attributes:
      title: what it does, for people.
      seconds: how long it takes on two cores, measured; only the guess of the time left goes by it.
      command: the arguments of Python, or a function that gives them after the steps before.
      output: what exists once it is done.
    """

    title: str
    seconds: int
    command: list | Callable[[], list]
    output: pathlib.Path


def main(argv):
    del argv
    output = pathlib.Path(_OUTPUT_DIR.value).expanduser().resolve()
    data = pathlib.Path(_DATA.value).expanduser().resolve() if _DATA.value else None
    state = open_state(output, describe_data(data))
    start = time.monotonic()
    run_steps(plan_steps(output, data), state, output / _STATE)
    print(f"done in {_clock(time.monotonic() - start)}: open {output / 'report.html'}")


def plan_steps(output: pathlib.Path, data: pathlib.Path | None) -> list[Step]:
    """All steps in their order; without `data`, faces are drawn first."""
    raw = data or output / "raw"
    aligned, records, evaluation = output / "aligned", output / "records", output / "evaluation"
    runs = {model: output / "runs" / model for model in ("autoencoder", *MODELS)}
    models = {model: output / "models" / model for model in MODELS}
    split = [f"--{name}={value}" for name, value in SPLIT.items()]

    def step(title, seconds, result, *command):
        return Step(title, seconds, ["-m", "exgan_tf", *command], result)

    def train(model, seconds, *options):
        recipes = (f"cpu_{model}", "demo_autoencoder" if model == "autoencoder" else "demo")
        return step(
            *(f"train the {model}", seconds, runs[model] / "best", "train"),
            *(f"--flagfile=flags/{recipe}.flags" for recipe in recipes),
            *(*options, f"--records={records}", f"--run_dir={runs[model]}"),
        )

    def export(model):
        return step(
            *(f"export the {model} model", 10, models[model], "export", "--overwrite"),
            *(f"--run_dir={runs[model]}", f"--output_dir={models[model]}"),
        )

    drawing = step(
        *("draw people who do not exist", 45, raw, "draw-faces"),
        *(f"--output_dir={raw}", "--num_identities=200", "--seed=0"),
    )
    return [
        *([] if data else [drawing]),
        step(
            *("align the faces", 5, aligned, "align-celeb-id", "--overwrite"),
            *(f"--input_dir={raw}", f"--output_dir={aligned}"),
        ),
        step(
            *("build the records", 6, records, "build-records", "--overwrite"),
            *(f"--input_dir={aligned}", f"--output_dir={records}", "--image_size=64", *split),
        ),
        train("autoencoder", 25),
        train("baseline", 120),
        export("baseline"),
        train("reference", 120, *_AS_THEY_LIE),
        export("reference"),
        train("code", 120, "--nomatch_reference", f"--autoencoder={runs['autoencoder']}"),
        export("code"),
        step(
            *("evaluate all methods on people never seen in training", 45, evaluation, "evaluate"),
            *(f"--records={records}", f"--output_dir={evaluation}", "--overwrite"),
            f"--models={_write_list(f'{model}={models[model]}' for model in MODELS)}",
            # The network would be downloaded, and takes longer than all the rest.
            "--inception=",
        ),
        step(
            *("write the report", 4, output / "report.html", "report", "--overwrite"),
            *(f"--evaluation={evaluation}", f"--output={output / 'report.html'}"),
            f"--runs={_write_list(runs[model] for model in MODELS)}",
        ),
        # Last, as with photographs of all sorts it is the likeliest to fail.
        Step(
            "open the closed eyes of somebody with the model that comes with the package",
            8,
            lambda: _open_eyes(output, raw),
            output / "opened.jpg",
        ),
    ]


def _open_eyes(output, raw):
    photographs, _ = layouts.read_photographs(output / "aligned" / layouts.ALIGNED_JSON)
    people = splits.split_identities(photographs, **SPLIT)["test"]
    blink, references = choose_blink(people.values())
    folder = raw / layouts.RAW_IMAGES
    return [
        *("-m", "exgan_tf", "inpaint"),
        f"--photo={folder / blink.filename}",
        f"--reference={_write_list(folder / each.filename for each in references)}",
        f"--output={output / 'opened.jpg'}",
        "--compare",
        "--force",  # The rule of thumb for closed eyes was made for real ones.
        "--overwrite",
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
            "nobody who is tested on has two photographs, one of them with open eyes: add "
            "photographs"
        )
    return max(candidates, key=lambda each: (each[0].eyes_are_closed, _eye_distance(each[0])))


def _eye_distance(photograph):
    """In pixels of the aligned face: the larger, the less the head is turned."""
    left, right = photograph.eye_left, photograph.eye_right
    return math.dist((left.x, left.y), (right.x, right.y)) if left and right else 0.0


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
            f"{data} is no raw data set: it has no {layouts.RAW_JSON}; `exgan annotate-photos` "
            "makes one of photographs"
        )
    layouts.read_raw(data)
    return {"directory": str(data), layouts.RAW_JSON: files.checksum(annotations)}


def open_state(output: pathlib.Path, data: dict | None) -> dict:
    """Reads which steps are done in a folder, or begins a new one.

    Args:
      output: the folder of everything.
      data: what `describe_data` says.

    Returns:
      `data`, and `done`, the command of each finished step by its title.

    Raises:
      ValueError: if the folder holds the demonstration of other data, or something else.
    """
    path = output / _STATE
    if not path.exists():
        if output.exists() and not (output.is_dir() and not any(output.iterdir())):
            raise ValueError(f"{output} holds something else: {_ANOTHER_FOLDER}")
        output.mkdir(parents=True, exist_ok=True)
        files.write_json(path, {"data": data, "done": {}})
    state = files.read_json(path)
    if not (isinstance(state, dict) and isinstance(state.get("done"), dict) and "data" in state):
        raise ValueError(
            f"{path} is damaged, so nobody knows what is done: move its folder away, or "
            f"{_ANOTHER_FOLDER}"
        )
    if state["data"] != data:
        raise ValueError(
            f"{output} holds the demonstration of other data, or the data has changed since: move "
            f"it away, or {_ANOTHER_FOLDER}"
        )
    return state


def run_steps(steps: list[Step], state: dict, state_path: pathlib.Path):
    """Runs what is not done, and after that everything, as later steps build on earlier ones.

    Ends the process where a step fails or is interrupted.

    Args:
      steps: in their order.
      state: as of `open_state`; what gets done is added to it.
      state_path: the file that keeps it.
    """
    nothing_changed = True
    for number, step in enumerate(steps):
        title = f"[{number + 1}/{len(steps)}] {step.title}"
        command = step.command() if callable(step.command) else step.command
        is_done = state["done"].get(step.title) == command and step.output.exists()
        nothing_changed = nothing_changed and is_done
        if nothing_changed:
            print(f"{title}: done already", flush=True)
            continue
        left = sum(each.seconds for each in steps[number:])
        print(f"{title}: about {_clock(step.seconds)}; {_clock(left)} left in all", flush=True)
        _run(title, command)
        state["done"][step.title] = command
        files.write_json(state_path, state)


def _run(title, command):
    """Runs Python with some arguments; ends the process unless that succeeds.

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
        process = subprocess.Popen([sys.executable, *command], env=environment)
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if received:
        if code == 0:
            print(cli.INTERRUPTED, file=sys.stderr)
        sys.exit(128 + received[0])
    if code:
        reason = f"failed with exit code {code}, for the reason above"
        if code < 0:
            reason = f"was killed by {signal.Signals(-code).name}, perhaps for want of memory"
        print(
            f"error: {title}: {reason}; when that is mended, the same command goes on from here",
            file=sys.stderr,
        )
        sys.exit(code if code > 0 else 128 - code)


def _write_list(values):
    """The value of a flag that is a list; commas in a value are no commas between them."""
    return flags.CsvListSerializer(",").serialize([str(value) for value in values])


def _clock(seconds):
    return "{}:{:02d}".format(*divmod(round(seconds), 60))


if __name__ == "__main__":
    entry.run(main)
