"""The logic of the demonstration, with steps that take no time in the place of the real ones."""

import importlib.util
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest
from absl import flags

from exgan_tf.celeb_id import layouts
from exgan_tf.geometry import Point

ROOT = pathlib.Path(__file__).parents[2]

# Runs one step; both commands below stand for one that saves before it ends.
RUN_ONE_STEP = """
import importlib.util, pathlib, sys
spec = importlib.util.spec_from_file_location("demo", sys.argv[1])
demo = importlib.util.module_from_spec(spec)
spec.loader.exec_module(demo)
folder = pathlib.Path(sys.argv[2])
step = demo.Step("wait", 1, ["-c", sys.argv[3], str(folder)], folder / "saved")
demo.run_steps([step], demo.State(folder / "out", None))
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
    spec = importlib.util.spec_from_file_location("demo", ROOT / "tools" / "demo.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
def open_state(demo, tmp_path):
    """Returns a function that opens the state of one output folder, as each call of it does."""

    def open_it(data=None):
        return demo.State(tmp_path / "out", data)

    return open_it


@pytest.fixture
def start_step(tmp_path):
    """Returns a function that starts a process with one step, and waits until that is at work."""

    def start():
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", RUN_ONE_STEP),
                *(str(ROOT / "tools" / "demo.py"), str(tmp_path), SAVES_WHEN_STOPPED),
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
        eye_left=Point(50, 60),
        eye_right=Point(50 + eye_distance, 60),
        box_left=None,
        box_right=None,
        opened=float(not closed),
        closed=float(closed),
    )


def contents(steps):
    return [step.output.read_text() if step.output.exists() else "" for step in steps]


def test_steps_run_in_order_and_the_second_call_does_nothing(demo, make_steps, open_state, capsys):
    steps = make_steps("first", "second")
    demo.run_steps(steps, open_state())
    assert "[1/2] first: about 0:01; 0:02 left in all" in capsys.readouterr().out
    demo.run_steps(steps, open_state())
    assert capsys.readouterr().out == "[1/2] first: done already\n[2/2] second: done already\n"
    assert contents(steps) == ["x", "x"]


def test_what_is_missing_is_made_again_with_all_that_comes_after_it(demo, make_steps, open_state):
    steps = make_steps("first", "second", "third")
    demo.run_steps(steps, open_state())
    steps[1].output.unlink()
    demo.run_steps(steps, open_state())
    assert contents(steps) == ["x", "x", "xx"]


def test_another_command_of_a_step_is_run(demo, make_steps, open_state):
    (step,) = make_steps("first")
    demo.run_steps([step], open_state())
    changed = demo.Step(step.title, 1, [*step.command, "--more"], step.output)
    demo.run_steps([changed], open_state())
    assert contents([step]) == ["xx"]


def test_arguments_are_looked_for_when_the_steps_before_are_done(demo, make_steps, open_state):
    first, second = make_steps("first", "second")

    def find_more():
        assert first.output.exists()
        return second.command[2:]

    late = demo.Step("late", 1, second.command[:2], second.output, find_more=find_more)
    demo.run_steps([first, late], open_state())
    assert contents([second]) == ["x"]


@pytest.mark.parametrize(
    ("code", "exit_code", "reason"),
    [
        ("import sys; sys.exit(3)", 3, "failed with exit code 3, for the reason above"),
        ("import os; os.kill(os.getpid(), 9)", 137, "was killed by SIGKILL, perhaps for want of"),
    ],
)
def test_a_step_that_fails_ends_all_with_its_code_and_is_tried_again(
    demo, make_steps, open_state, capsys, code, exit_code, reason
):
    first, third = make_steps("first", "third")
    broken = demo.Step("second", 1, ["-c", code], first.output)
    with pytest.raises(SystemExit) as error:
        demo.run_steps([first, broken, third], open_state())
    assert error.value.code == exit_code
    assert capsys.readouterr().err.startswith(f"error: [2/3] second: {reason}")
    (mended,) = make_steps("second")
    demo.run_steps([first, mended, third], open_state())
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
            demo.State(taken, None)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_the_demonstration_of_other_data_is_left_alone(make_steps, open_state):
    (step,) = make_steps("first")
    open_state({"directory": "/here"}).note(step)
    for other in (None, {"directory": "/there"}):
        with pytest.raises(ValueError, match="of other data"):
            open_state(other)
    step.output.touch()
    assert open_state({"directory": "/here"}).is_done(step)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"data": null, "done": ["first"]}'])
def test_a_damaged_state_is_refused(open_state, tmp_path, content):
    open_state()
    (tmp_path / "out" / "demo.json").write_text(content)
    with pytest.raises(ValueError, match="demo.json"):
        open_state()


def test_data_that_has_changed_is_other_data(demo, raw_copy, open_state, edit_json):
    open_state(demo.describe_data(raw_copy))
    open_state(demo.describe_data(raw_copy))
    edit_json(raw_copy / layouts.RAW_JSON, lambda entries: dict(list(entries.items())[1:]))
    with pytest.raises(ValueError, match="has changed since"):
        open_state(demo.describe_data(raw_copy))


def test_with_own_data_nothing_is_drawn(demo, tmp_path):
    own, drawn = demo.plan_steps(tmp_path, tmp_path / "raw"), demo.plan_steps(tmp_path, None)
    assert [step.title for step in own] == [step.title for step in drawn][1:]
    assert drawn[0].title == "draw people who do not exist"
    assert f"--input_dir={tmp_path / 'raw'}" in own[0].command


def test_titles_of_steps_are_unique_and_files_they_name_are_there(demo, tmp_path):
    steps = demo.plan_steps(tmp_path, None)
    assert len({step.title for step in steps}) == len(steps)
    for step in steps:
        start = step.command[1].replace(".", "/") + ".py" if step.command[0] == "-m" else ""
        assert (ROOT / (start or step.command[0])).is_file()
        for text in step.command:
            if text.startswith("--flagfile="):
                assert (ROOT / text.partition("=")[2]).is_file()


def test_commas_in_the_name_of_the_folder_do_no_harm(demo, tmp_path):
    output = tmp_path / "mine, all mine"
    commands = [step.command for step in demo.plan_steps(output, None)]
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
        ({"data": "photographs"}, "tools/annotate_photos.py makes one of photographs"),
        ({"output_dir": "photographs"}, "photographs holds something else"),
    ],
)
def test_what_cannot_be_done_is_said_at_once_in_one_line(run_tool, tmp_path, given, message):
    (tmp_path / "photographs").mkdir()
    (tmp_path / "photographs" / "ann.jpg").touch()
    folders = {name: tmp_path / value for name, value in given.items()}
    run = run_tool("demo", **{"output_dir": tmp_path / "out", **folders})
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith("error: ")
    assert message in run.stderr
    assert run.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["photographs"]


def test_a_wrong_flag_is_named(run_tool, tmp_path):
    run = run_tool("demo", output_dir=tmp_path / "out", dat="raw")
    assert run.returncode == 1
    assert "Unknown command line flag 'dat'" in run.stderr
    assert not list(tmp_path.iterdir())
