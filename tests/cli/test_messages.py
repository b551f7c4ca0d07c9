import pytest

from exgan_tf.cli import messages

GRAPH_ERROR = """Graph execution error:

Detected at node zeros defined at (most recent call last):
<stack traces unavailable>
  File "loop.py", line 17, in <module>

{cause}
\t [[{{{{node zeros}}}}]]
Hint: If you want to see a list of allocated tensors when OOM happens, add
 [Op:__inference_step_14]"""
SEVERAL_ERRORS = """2 root error(s) found.
  (0) INVALID_ARGUMENT:  Tensor had NaN values
\t [[{{node check}}]]
  (1) CANCELLED:  Function was cancelled before it was started
0 successful operations. [Op:__inference_step_14]"""


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        (
            GRAPH_ERROR.format(cause="OOM when allocating tensor with shape[9,9]"),
            "out of memory, try a smaller batch_size: OOM when allocating tensor with shape[9,9]",
        ),
        (GRAPH_ERROR.format(cause="Unknown image"), "TensorFlow reports Unknown image"),
        (SEVERAL_ERRORS, "TensorFlow reports Tensor had NaN values"),
        (
            "{{function_node __wrapped}} Bad shapes [Op:MatMul] name: ",
            "TensorFlow reports Bad shapes",
        ),
        ("", "TensorFlow reports RuntimeError"),
    ],
)
def test_the_root_cause_of_an_error_of_tensorflow_is_one_line(message, cause):
    assert messages.root_cause(RuntimeError(message)) == cause


def test_an_error_of_tensorflow_is_one_line_and_all_of_it_is_in_a_file(tmp_path, run_code):
    code = (
        "import sys\n"
        "import tensorflow as tf\n"
        "from exgan_tf.cli import entry\n"
        "def main(argv):\n"
        "  tf.function(tf.io.decode_jpeg)(tf.constant(b'no picture'))\n"
        "sys.argv = ['train']\n"
        "entry.run(main)\n"
    )
    run = run_code(code, TMPDIR=str(tmp_path), TF_CPP_MIN_LOG_LEVEL="3")
    (written,) = tmp_path.glob("exgan_tf_error_*.txt")
    assert run.returncode == 1
    assert run.stderr == (
        "error: TensorFlow reports Unknown image file format. One of JPEG, PNG, GIF, BMP required. "
        f"(full text: {written})\n"
    )
    assert "Graph execution error" in written.read_text()
    assert "in main" in written.read_text()


def test_a_warning_is_one_line(run_code):
    code = (
        "import sys, warnings\n"
        "from exgan_tf.cli import entry\n"
        "sys.argv = ['train']\n"
        "entry.run(lambda argv: warnings.warn('the newest is damaged'))\n"
    )
    assert run_code(code).stderr == "warning: the newest is damaged\n"
