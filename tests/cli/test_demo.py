"""The logic of the demonstration, with steps that take no time in the place of the real ones."""

import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest
from absl import flags

from exgan_tf.__main__ import COMMANDS
from exgan_tf.celeb_id import layouts

ROOT = pathlib.Path(__file__).parents[2]

# Stands for a command that saves before it ends.
SAVES_WHEN_STOPPED = """
import pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[1])
def save(number, frame):
    time.sleep(0.5)
    (folder / "saved").touch()
    print("stopped after step 3", file=sys.stderr)
    sys.exit(128 + number)
signal.signal(signal.SIGINT, save)
signal.signal(signal.SIGTERM, save)
(folder / "ready").touch()
time.sleep(60)
"""
RUN_STEP = "import sys; from exgan_tf.cli import demo; demo.run_python('wait', sys.argv[1:])"


@pytest.fixture(scope="module")
def demo():
    from exgan_tf.cli import demo  # Here, as flags of one name in two commands would clash.

    return demo


def make_photograph(name, *, closed=False, eye_distance=40):
    return layouts.AlignedPhotograph(
        filename=name,
        eye_left=layouts.Place(50, 60),
        eye_right=layouts.Place(50 + eye_distance, 60),
        opened=float(not closed),
        closed=float(closed),
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_stopped_may_save_and_has_the_only_word(tmp_path, number):
    process = subprocess.Popen(
        [sys.executable, "-c", RUN_STEP, "-c", SAVES_WHEN_STOPPED, tmp_path],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while process.poll() is None and not (tmp_path / "ready").exists():
        time.sleep(0.02)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # As a terminal does it.
    else:
        process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (128 + number, "stopped after step 3\n")
    assert (tmp_path / "saved").exists()


@pytest.mark.parametrize(
    ("code", "exit_code", "reason"),
    [
        ("import sys; sys.exit(3)", 3, "failed with exit code 3, for the reason above"),
        ("import os; os.kill(os.getpid(), 9)", 137, "was killed by SIGKILL, perhaps for lack of"),
    ],
)
def test_a_step_that_fails_ends_all_with_its_code(demo, capsys, code, exit_code, reason):
    demo.run_python("first", ["-c", "pass"])
    with pytest.raises(SystemExit) as error:
        demo.run_python("second", ["-c", code])
    assert error.value.code == exit_code
    assert capsys.readouterr().err.startswith(f"error: second: {reason}")


def test_a_folder_belongs_to_one_demonstration(demo, raw_dir, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    for taken in (tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(ValueError, match="holds something else: choose another folder"):
            demo.claim_folder(taken, None)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    for _ in range(2):
        demo.claim_folder(tmp_path / "out", raw_dir)
    with pytest.raises(ValueError, match="of other data: choose another"):
        demo.claim_folder(tmp_path / "out", None)


def test_every_step_is_a_command_with_files_that_are_there(demo, aligned_dir, tmp_path):
    # Commas in the name of the folder do no harm.
    output = tmp_path / "mine, all mine"
    output.mkdir()
    (output / "aligned").symlink_to(aligned_dir)
    drawn = list(demo.plan_steps(output, None))
    titles = [title for title, _ in drawn]
    assert titles[0] == "draw people who do not exist"
    assert [title for title, _ in demo.plan_steps(output, tmp_path / "raw")] == titles[1:]
    values = {}
    for _, command in drawn:
        assert command[0] in COMMANDS
        for flag, _, value in (text.partition("=") for text in command[1:]):
            values[flag] = value
            assert flag != "--flagfile" or (ROOT / value).is_file()
    parse = flags.ListParser().parse
    models = ["baseline", "reference", "code"]
    assert parse(values["--runs"]) == [str(output / "runs" / model) for model in models]
    assert parse(values["--models"])[0] == f"baseline={output / 'models' / 'baseline'}"
    assert len(parse(values["--reference"])) == 3


def test_the_eyes_to_be_opened_are_closed_and_look_into_the_camera(demo):
    ann = [
        make_photograph("ann-2.jpg"),
        make_photograph("ann-1.jpg", closed=True, eye_distance=30),
    ]
    bob = [
        make_photograph("bob-1.jpg"),
        make_photograph("bob-2.jpg", closed=True, eye_distance=38),
        make_photograph("bob-3.jpg", closed=True, eye_distance=35),
    ]
    assert demo.choose_blink([ann, bob]) == (bob[1], [bob[0]])


def test_who_never_opened_the_eyes_is_not_chosen(demo):
    asleep = [make_photograph(f"ann-{number}.jpg", closed=True) for number in (1, 2)]
    awake = [make_photograph("bob-1.jpg"), make_photograph("bob-2.jpg", eye_distance=50)]
    assert demo.choose_blink([asleep, awake]) == (awake[1], [awake[0]])
    with pytest.raises(ValueError, match="two photographs"):
        demo.choose_blink([asleep, awake[:1]])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"data": "nowhere"}, "nowhere"),
        ({"data": "photographs"}, "celeb_params.json"),
        ({"output_dir": "photographs"}, "photographs already holds something"),
    ],
)
def test_what_cannot_be_done_is_said_at_once_in_one_line(run_command, tmp_path, given, message):
    (tmp_path / "photographs").mkdir()
    (tmp_path / "photographs" / "ann.jpg").touch()
    folders = {name: tmp_path / value for name, value in given.items()}
    run = run_command("demo", **{"output_dir": tmp_path / "out", **folders})
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith("error: ")
    assert message in run.stderr
    assert run.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["photographs"]
