"""Runs everything once: from photographs to trained models, their comparison and a report.

  exgan demo --output_dir=build/demo [--data=RAW]

Without --data the faces are drawn. Every step is a command of its own, which leaves alone what is
complete and resumes where it stopped; so does the demonstration. `make demo` calls it.
"""

import math
import pathlib
import signal
import subprocess
import sys

from absl import flags

from exgan_tf import cli, files
from exgan_tf.celeb_id import layouts
from exgan_tf.cli import entry
from exgan_tf.data import packing, splits

_DATA = flags.DEFINE_string("data", None, "Folder of a raw data set; by default faces are drawn.")
_OUTPUT_DIR = flags.DEFINE_string("output_dir", "build/demo", "Folder of all results.")

# What each is trained with besides its flag files. Drawn faces are placed alike and lit alike: a
# Reference ExGAN's error after 800 steps was 0.0544 this way, and 0.0561 with references aligned
# and matched.
TRAININGS = {
    "autoencoder": [],
    "baseline": [],
    "reference": ["--noalign_reference", "--nomatch_reference"],
    "code": ["--nomatch_reference"],
}
SPLIT: dict = {"test_fraction": 0.1, "validation_fraction": 0.05, "seed": 0}
STATE = "demo.json"


def main(argv):
    del argv
    output = pathlib.Path(_OUTPUT_DIR.value).expanduser().resolve()
    data = pathlib.Path(_DATA.value).expanduser().resolve() if _DATA.value else None
    claim_folder(output, data)
    for title, command in plan_steps(output, data):
        print(f"--- {title}", flush=True)
        run_python(title, ["-m", "exgan_tf", *command])
    print(f"--- done: open {output / 'report.html'}")


def claim_folder(output: pathlib.Path, data: pathlib.Path | None):
    """Makes the folder of all results, unless it is there already, for one raw data set.

    Raises:
      ValueError: if `data` is no raw data set, or the folder is of another one, or holds something
        else.
    """
    if data is not None:
        layouts.read_raw(data)
    another = "choose another folder (make demo OUT=..., or --output_dir)"
    state, path = {"data": str(data) if data else None}, output / STATE
    if path.exists():
        if files.read_json(path) != state:
            raise ValueError(f"{output} holds the demonstration of other data: {another}")
    elif output.exists() and not (output.is_dir() and not any(output.iterdir())):
        raise ValueError(f"{output} already holds something else: {another}")
    else:
        output.mkdir(parents=True, exist_ok=True)
        files.write_json(path, state)


def plan_steps(output: pathlib.Path, data: pathlib.Path | None):
    """Yields what each step does and its command with all flags; the last reads what was made."""
    raw = data or output / "raw"
    aligned, records, evaluation = (output / each for each in ("aligned", "records", "evaluation"))
    runs, models, report = output / "runs", output / "models", output / "report.html"
    if data is None:
        command = _command("draw-faces", output_dir=raw, num_identities=200, seed=0)
        yield "draw people who do not exist", command
    yield "align the faces", _command("align-celeb-id", input_dir=raw, output_dir=aligned)
    folders: dict = {"input_dir": aligned, "output_dir": records}
    yield "build the records", _command("build-records", **folders, image_size=64, **SPLIT)
    for model, options in TRAININGS.items():
        last = "demo_autoencoder" if model == "autoencoder" else "demo"
        recipes = [f"--flagfile=flags/{name}.flags" for name in (f"cpu_{model}", last)]
        command = _command("train", *recipes, *options, records=records, run_dir=runs / model)
        if model == "code":
            command += _command(autoencoder=runs / "autoencoder")
        yield f"train the {model}: up to two minutes", command
    trained = [model for model in TRAININGS if model != "autoencoder"]
    for model in trained:
        command = _command("export", run_dir=runs / model, output_dir=models / model)
        yield f"export the {model} model", command
    exported = [f"{model}={models / model}" for model in trained]
    folders = {"records": records, "output_dir": evaluation, "models": exported}
    # Without the Inception network, which would be downloaded, and takes longer than all the rest.
    command = _command("evaluate", **folders, inception="")
    yield "evaluate all methods on people never seen in training", command
    folders = {"evaluation": evaluation, "runs": [runs / model for model in trained]}
    yield "write the report", _command("report", "--overwrite", **folders, output=report)
    # Last, as with photographs of all sorts it is the likeliest to fail.
    photographs, _ = layouts.read_photographs(aligned / layouts.ALIGNED_JSON)
    people = splits.split_identities(photographs, packing.RecordOptions(**SPLIT))["test"]
    blink, references = choose_blink(people.values())
    folder = raw / layouts.RAW_IMAGES
    # Forced, as the rule of thumb for closed eyes was made for real ones.
    command = _command(
        "inpaint",
        "--compare",
        "--overwrite",
        "--force",
        photo=folder / blink.filename,
        reference=[folder / each.filename for each in references],
        output=output / "opened.jpg",
    )
    yield "open the closed eyes of somebody with the model that comes with the package", command


def choose_blink(people) -> tuple:
    """Chooses the photograph whose eyes are opened.

    Args:
      people: for each person a list of `AlignedPhotograph`.

    Returns:
      A photograph, of closed eyes if there are any, that looks into the camera; and the person's
      others with open eyes.

    Raises:
      ValueError: if nobody has two photographs, one of them with open eyes.
    """

    def suits(candidate):
        # The larger the distance of the eyes, the less the head is turned.
        photograph, _ = candidate
        left, right = photograph.eye_left, photograph.eye_right
        distance = math.hypot(left.x - right.x, left.y - right.y) if left and right else 0.0
        return photograph.eyes_are_closed, distance

    candidates = [
        (blink, others)
        for person in people
        for blink in person
        if (others := [each for each in person if each is not blink and not each.eyes_are_closed])
    ]
    if not candidates:
        raise ValueError(
            "nobody in the test split has two photographs, one of them with open eyes: add "
            "photographs"
        )
    return max(candidates, key=suits)


def run_python(title: str, arguments: list):
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
        process = subprocess.Popen([sys.executable, *arguments])
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
            reason = f"was killed by {signal.Signals(-code).name}, perhaps for lack of memory"
        print(
            f"error: {title}: {reason}; when that is fixed, run the same command again to continue",
            file=sys.stderr,
        )
        sys.exit(code if code > 0 else 128 - code)


def _command(*arguments, **values) -> list[str]:
    for name, value in values.items():
        if isinstance(value, list):  # Commas in a value are no commas between values.
            values[name] = flags.CsvListSerializer(",").serialize(list(map(str, value)))
    return [*arguments, *(f"--{name}={value}" for name, value in values.items())]


if __name__ == "__main__":
    entry.run(main)
