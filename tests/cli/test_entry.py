"""Ctrl-C before there is anything to save: while a command still imports its libraries."""

import os
import subprocess
import sys

# "-m" is where the name of the command will stand when Python has found it.
STARTING = "import sys; sys.argv = ['-m']; import exgan_tf.cli, os, signal\n"
PRESS = "os.kill(os.getpid(), signal.SIGINT)\n"


def run_code(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_ctrl_c_while_a_command_starts_ends_in_one_line():
    run = run_code(STARTING + PRESS)
    assert run.returncode == 130
    assert run.stderr == "interrupted: run the same command again to finish\n"


def test_at_work_ctrl_c_is_an_exception_again():
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


def test_a_program_that_imports_the_commands_keeps_its_own_ctrl_c():
    run = run_code("import exgan_tf.cli, signal; print(signal.getsignal(signal.SIGINT).__name__)")
    assert run.stdout == "default_int_handler\n", run.stderr


SPEAKING = (
    "import sys, pathlib; sys.argv = ['speak']\n"
    "from exgan_tf.cli import entry\n"
    "def main(argv):\n"
    "  for line in range(3000):\n"
    "    print('a line of what was done', line)\n"
    "  print('and of what failed', file=sys.stderr, flush=True)\n"
    "  pathlib.Path({result!r}).write_text('done')\n"
    "entry.run(main)\n"
)


def test_work_is_finished_when_nobody_listens_any_more(tmp_path):
    code = SPEAKING.format(result=str(tmp_path / "result"))
    reader, writer = os.pipe()
    os.close(reader)
    with subprocess.Popen([sys.executable, "-c", code], stdout=writer, stderr=writer) as process:
        os.close(writer)
        assert process.wait(timeout=60) == 0
    assert (tmp_path / "result").read_text() == "done"


def test_work_is_finished_on_a_full_disk_for_what_is_said(tmp_path):
    code = SPEAKING.format(result=str(tmp_path / "result"))
    with open("/dev/full", "w") as full:
        run = subprocess.run([sys.executable, "-c", code], stdout=full, stderr=full)
    assert run.returncode == 0
    assert (tmp_path / "result").read_text() == "done"


def test_closed_streams_do_not_lend_their_numbers_to_files(tmp_path):
    code = SPEAKING.format(result=str(tmp_path / "result")).replace(
        "def main(argv):",
        "import os; kept = open(os.devnull)\ndef main(argv):\n  os.write(2, b'!')",
    )
    command = 'exec "$0" -c "$1" <&- >&- 2>&-'
    run = subprocess.run(["sh", "-c", command, sys.executable, code])
    assert run.returncode == 0
    assert (tmp_path / "result").read_text() == "done"


def test_names_that_are_no_text_are_said_all_the_same():
    code = SPEAKING.replace("'and of what failed'", "os.fsdecode(b'\\xff.jpg')").format(
        result=os.devnull
    )
    run = run_code(f"import os\n{code}")
    assert (run.returncode, run.stderr) == (0, "\\udcff.jpg\n")
