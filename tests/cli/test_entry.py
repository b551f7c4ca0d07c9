"""Ctrl-C before there is anything to save: while a command still imports its libraries."""

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
