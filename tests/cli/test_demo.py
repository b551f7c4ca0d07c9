"""The logic of the demonstration, with steps that take no time in the place of the real ones."""

import json
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
from exgan_tf.celeb_id.layouts import Place

ROOT = pathlib.Path(__file__).parents[2]

# Runs one step; both commands below stand for one that saves before it ends.
RUN_ONE_STEP = """
import pathlib, sys
from exgan_tf.cli import demo
folder = pathlib.Path(sys.argv[1])
step = demo.Step("wait", 1, ["-c", sys.argv[2], str(folder)], folder / "saved")
demo.run_steps([step], demo.open_state(folder / "out", None), folder / "out" / "demo.json")
"""
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


@pytest.fixture(scope="module")
def demo():
    from exgan_tf.cli import demo  # Here, as flags of one name in two commands would clash.

    return demo


@pytest.fixture
def make_steps(demo, tmp_path):
    """Returns a function that gives steps, each of which adds a letter to a file of its own."""

    def make(*names):
        code = "import sys; open(sys.argv[1], 'a').write('x')"
        paths = [tmp_path / "made" / name for name in names]
        (tmp_path / "made").mkdir(exist_ok=True)
        return [demo.Step(path.name, 1, ["-c", code, str(path)], path) for path in paths]

    return make


@pytest.fixture
def run_steps(demo, tmp_path):
    """Returns a function that runs steps in one output folder, as each call of the command does."""

    def run(steps, data=None):
        folder = tmp_path / "out"
        demo.run_steps(steps, demo.open_state(folder, data), folder / "demo.json")

    return run


@pytest.fixture
def start_step(tmp_path):
    """Returns a function that starts a process with one step, and waits until that is at work."""

    def start():
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", RUN_ONE_STEP, str(tmp_path), SAVES_WHEN_STOPPED),
            ],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        while process.poll() is None and not (tmp_path / "ready").exists():
            time.sleep(0.02)
        return process

    return start


def make_photograph(name, *, closed=False, eye_distance=40):
    return layouts.Photograph(
        filename=name,
        eye_left=Place(50, 60),
        eye_right=Place(50 + eye_distance, 60),
        opened=float(not closed),
        closed=float(closed),
    )


def contents(steps):
    return [step.output.read_text() if step.output.exists() else "" for step in steps]


def test_steps_run_in_order_and_the_second_call_does_nothing(make_steps, run_steps, capsys):
    steps = make_steps("first", "second")
    run_steps(steps)
    assert "[1/2] first: about 0:01; 0:02 left in all" in capsys.readouterr().out
    run_steps(steps)
    assert capsys.readouterr().out == "[1/2] first: done already\n[2/2] second: done already\n"
    assert contents(steps) == ["x", "x"]


def test_what_is_missing_is_made_again_with_all_that_comes_after_it(make_steps, run_steps):
    steps = make_steps("first", "second", "third")
    run_steps(steps)
    steps[1].output.unlink()
    run_steps(steps)
    assert contents(steps) == ["x", "x", "xx"]


def test_another_command_of_a_step_is_run(make_steps, run_steps):
    (step,) = make_steps("first")
    run_steps([step])
    run_steps([step._replace(command=[*step.command, "--more"])])
    assert contents([step]) == ["xx"]


def test_arguments_are_looked_for_when_the_steps_before_are_done(make_steps, run_steps):
    first, second = make_steps("first", "second")

    def find_command():
        assert first.output.exists()
        return second.command

    run_steps([first, second._replace(command=find_command)])
    assert contents([second]) == ["x"]


@pytest.mark.parametrize(
    ("code", "exit_code", "reason"),
    [
        ("import sys; sys.exit(3)", 3, "failed with exit code 3, for the reason above"),
        ("import os; os.kill(os.getpid(), 9)", 137, "was killed by SIGKILL, perhaps for want of"),
    ],
)
def test_a_step_that_fails_ends_all_with_its_code_and_is_tried_again(
    make_steps, run_steps, capsys, code, exit_code, reason
):
    first, third = make_steps("first", "third")
    broken = first._replace(title="second", command=["-c", code])
    with pytest.raises(SystemExit) as error:
        run_steps([first, broken, third])
    assert error.value.code == exit_code
    assert capsys.readouterr().err.startswith(f"error: [2/3] second: {reason}")
    (mended,) = make_steps("second")
    run_steps([first, mended, third])
    assert contents([first, mended, third]) == ["x", "x", "x"]


def test_after_ctrl_c_the_command_may_save_and_has_the_only_word(start_step, tmp_path):
    process = start_step()
    os.killpg(process.pid, signal.SIGINT)  # As a terminal does it.
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, "stopped after step 3\n")
    assert (tmp_path / "saved").exists()
    assert json.loads((tmp_path / "out" / "demo.json").read_text())["done"] == {}


def test_the_command_is_told_to_end_too(start_step, tmp_path):
    process = start_step()
    process.terminate()
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (143, "stopped after step 3\n")
    assert (tmp_path / "saved").exists()


def test_what_somebody_else_keeps_there_is_left_alone(demo, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    for taken in (tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(ValueError, match="holds something else: choose another folder"):
            demo.open_state(taken, None)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_the_demonstration_of_other_data_is_left_alone(make_steps, run_steps):
    (step,) = make_steps("first")
    run_steps([step], {"directory": "/here"})
    for other in (None, {"directory": "/there"}):
        with pytest.raises(ValueError, match="of other data"):
            run_steps([step], other)
    run_steps([step], {"directory": "/here"})
    assert contents([step]) == ["x"]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"data": null, "done": ["first"]}'])
def test_a_damaged_state_is_refused(demo, tmp_path, content):
    (tmp_path / "demo.json").write_text(content)
    with pytest.raises(ValueError, match="demo.json"):
        demo.open_state(tmp_path, None)


def test_data_that_has_changed_is_other_data(demo, raw_copy, run_steps, edit_json):
    run_steps([], demo.describe_data(raw_copy))
    run_steps([], demo.describe_data(raw_copy))
    edit_json(raw_copy / layouts.RAW_JSON, lambda entries: dict(list(entries.items())[1:]))
    with pytest.raises(ValueError, match="has changed since"):
        run_steps([], demo.describe_data(raw_copy))


def test_with_own_data_nothing_is_drawn(demo, tmp_path):
    own, drawn = demo.plan_steps(tmp_path, tmp_path / "raw"), demo.plan_steps(tmp_path, None)
    assert [step.title for step in own] == [step.title for step in drawn][1:]
    assert drawn[0].title == "draw people who do not exist"
    assert f"--input_dir={tmp_path / 'raw'}" in own[0].command


def test_titles_of_steps_are_unique_and_files_they_name_are_there(demo, tmp_path):
    steps = demo.plan_steps(tmp_path, None)
    assert len({step.title for step in steps}) == len(steps)
    for step in steps:
        if callable(step.command):
            continue
        assert step.command[:2] == ["-m", "exgan_tf"]
        assert step.command[2] in COMMANDS
        for text in step.command:
            if text.startswith("--flagfile="):
                assert (ROOT / text.partition("=")[2]).is_file()


def test_commas_in_the_name_of_the_folder_do_no_harm(demo, tmp_path):
    output = tmp_path / "mine, all mine"
    *steps, _ = demo.plan_steps(output, None)
    commands = [step.command for step in steps]
    values = dict(text.split("=", 1) for command in commands for text in command if "=" in text)
    parse = flags.ListParser().parse
    assert parse(values["--runs"]) == [str(output / "runs" / model) for model in demo.MODELS]
    assert parse(values["--models"])[0] == f"baseline={output / 'models' / 'baseline'}"


def test_the_eyes_to_be_opened_are_closed_and_look_into_the_camera(demo):
    aside = make_photograph("ann-1.jpg", closed=True, eye_distance=30)
    ahead = make_photograph("bob-2.jpg", closed=True, eye_distance=38)
    ann = [make_photograph("ann-2.jpg"), aside]
    bob = [
        make_photograph("bob-1.jpg"),
        ahead,
        make_photograph("bob-3.jpg", closed=True, eye_distance=35),
    ]
    assert demo.choose_blink([ann, bob]) == (ahead, [bob[0]])


def test_who_never_opened_the_eyes_is_not_chosen(demo):
    asleep = [make_photograph(f"ann-{number}.jpg", closed=True) for number in (1, 2)]
    awake = [make_photograph("bob-1.jpg"), make_photograph("bob-2.jpg", eye_distance=50)]
    assert demo.choose_blink([asleep, awake]) == (awake[1], [awake[0]])
    with pytest.raises(ValueError, match="two photographs"):
        demo.choose_blink([asleep, awake[:1]])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"data": "nowhere"}, "nowhere is no raw data set: it has no celeb_params.json"),
        ({"data": "photographs"}, "`exgan annotate-photos` makes one of photographs"),
        ({"output_dir": "photographs"}, "photographs holds something else"),
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


def test_a_wrong_flag_is_named(run_command, tmp_path):
    run = run_command("demo", output_dir=tmp_path / "out", dat="raw")
    assert run.returncode == 1
    assert "Unknown command line flag 'dat'" in run.stderr
    assert not list(tmp_path.iterdir())
