"""Ctrl-C before there is anything to save: while a command still imports its libraries."""

import os
import subprocess
import sys

import pytest

# "-m" is where the name of the command will stand when Python has found it.
STARTING = "import sys; sys.argv = ['-m']; import exgan_tf.cli, os, signal\n"
PRESS = "os.kill(os.getpid(), signal.SIGINT)\n"


def test_ctrl_c_while_a_command_starts_ends_in_one_line(run_code):
    run = run_code(STARTING + PRESS)
    assert run.returncode == 130
    assert run.stderr == "interrupted: run the same command again to finish\n"


def test_at_work_ctrl_c_is_an_exception_again(run_code):
    code = STARTING + (
        "from exgan_tf.cli import entry\n"
        "def main(argv):\n"
        "  try:\n"
        f"    {PRESS}"
        "  finally:\n"
        "    print('saved')\n"
        "sys.argv = ['train']\n"
        "entry.run(main)\n"
    )
    run = run_code(code)
    assert (run.returncode, run.stdout) == (130, "saved\n")
    assert run.stderr == "interrupted: run the same command again to finish\n"


# What may follow where C code drops Ctrl-C: more work, or an error of its own.
@pytest.mark.parametrize("then", ["time.sleep(60)", "raise SystemError('an exception was set')"])
def test_ctrl_c_is_not_lost_where_exceptions_are_dropped(run_code, then):
    code = STARTING + (
        "from exgan_tf.cli import entry\n"
        "import time\n"
        "class Slow:\n"
        "  def write(self, text):\n"
        "    time.sleep(0.1)\n"
        "    sys.__stderr__.write(text)\n"
        "  def flush(self): pass\n"
        "class Freed:\n"
        "  def __del__(self):\n"
        f"    {PRESS}"
        "def main(argv):\n"
        "  Freed()\n"
        f"  {then}\n"
        "sys.argv, sys.stderr = ['train'], Slow()\n"
        "entry.run(main)\n"
    )
    run = run_code(code)
    assert run.returncode == 130
    assert run.stderr == "interrupted: run the same command again to finish\n"


def test_a_program_that_imports_the_commands_keeps_its_own_ctrl_c(run_code):
    run = run_code("import exgan_tf.cli, signal; print(signal.getsignal(signal.SIGINT).__name__)")
    assert run.stdout == "default_int_handler\n", run.stderr


# A command that says much while it works.
SPEAKING = """
import sys, pathlib
sys.argv = ["speak"]
from exgan_tf.cli import entry
def main(argv):
  for line in range(3000):
    print("a line of what was done", line)
  print("and of what failed", file=sys.stderr, flush=True)
  pathlib.Path({result!r}).write_text("done")
entry.run(main)
"""


@pytest.fixture
def speaking(tmp_path):
    """The code of `SPEAKING`, which must have done its work in the end."""
    yield SPEAKING.format(result=str(tmp_path / "result"))
    assert (tmp_path / "result").read_text() == "done"


def test_work_is_finished_when_nobody_listens_any_more(speaking):
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-c", speaking]
    with subprocess.Popen(command, stdout=writer, stderr=writer) as process:
        os.close(writer)
        assert process.wait(timeout=60) == 0


def test_work_is_finished_on_a_full_disk_for_what_is_said(speaking):
    with open("/dev/full", "w") as full:
        run = subprocess.run([sys.executable, "-c", speaking], stdout=full, stderr=full)
    assert run.returncode == 0


def test_closed_streams_do_not_lend_their_numbers_to_files(speaking):
    writing = "import os; kept = open(os.devnull)\ndef main(argv):\n  os.write(2, b'!')"
    code = speaking.replace("def main(argv):", writing)
    command = 'exec "$0" -c "$1" <&- >&- 2>&-'
    run = subprocess.run(["sh", "-c", command, sys.executable, code])
    assert run.returncode == 0


def test_names_that_are_no_text_are_said_all_the_same(run_code):
    code = SPEAKING.replace('"and of what failed"', 'os.fsdecode(b"\\xff.jpg")')
    run = run_code(f"import os\n{code.format(result=os.devnull)}")
    assert (run.returncode, run.stderr) == (0, "\\udcff.jpg\n")
