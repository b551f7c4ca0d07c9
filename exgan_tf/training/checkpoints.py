"""Checkpoints on the disk: which there are, and the newest one that is whole.

TensorFlow keeps a list of them in a file named `checkpoint`. Here only the checkpoints' own files
count, `NAME-STEP.index` and `NAME-STEP.data-...`: the list may be damaged, or older than they are.
"""

import pathlib
import re
from collections.abc import Callable

import tensorflow as tf

from exgan_tf import files

_FILE_NAME = re.compile(r"(.+-(\d+))\.(index|data-\d+-of-\d+)")
# What TensorFlow raises where a file is cut short, empty, missing or changed.
_DAMAGES = (tf.errors.OpError, IndexError)


def find_checkpoints(directory) -> list[str]:
    """The checkpoints in a folder, half-written too: paths without suffix, the oldest first."""
    matches = (_FILE_NAME.fullmatch(path.name) for path in pathlib.Path(directory).glob("*-*"))
    steps = {match[1]: int(match[2]) for match in matches if match}
    return [str(pathlib.Path(directory) / name) for name in sorted(steps, key=steps.__getitem__)]


def restore_newest(
    directory, restore: Callable[[str], None], *, report: Callable[[str], None]
) -> str | None:
    """Restores the newest checkpoint of a folder that is whole.

    Args:
      directory: the folder.
      restore: restores the checkpoint of a path; raises what TensorFlow raises.
      report: gets a line of text for each one that is damaged.

    Returns:
      The path of what was restored; None if there is nothing, or nothing that was ever complete.

    Raises:
      ValueError: if a checkpoint is whole and does not fit, or none of several is whole.
    """
    paths = find_checkpoints(directory)
    for path in reversed(paths):
        try:
            restore(path)
        except _DAMAGES as error:
            report(f"checkpoint {path} is damaged or half-written ({_first_line(error)})")
        except (AssertionError, ValueError) as error:
            raise ValueError(
                f"checkpoint {path} is of another architecture: use another run directory "
                f"({_first_line(error)})"
            ) from error
        else:
            if path != paths[-1]:
                report(f"going back to checkpoint {path}")
            return path
    # A first checkpoint that was never finished has no index yet.
    complete = [path for path in paths if pathlib.Path(f"{path}.index").exists()]
    if complete:
        raise ValueError(
            f"no checkpoint in {directory} is whole, of {len(complete)}: start again in another "
            "run directory, or export the other ones, --checkpoint=latest or best"
        )
    return None


def repair_list(directory) -> None:
    """Makes TensorFlow's list of the checkpoints in a folder name those whose files are there."""
    list_path = pathlib.Path(directory) / "checkpoint"
    names = [pathlib.Path(path).name for path in find_checkpoints(directory)]
    if not names:
        list_path.unlink(missing_ok=True)
        return
    try:
        state = tf.train.get_checkpoint_state(str(directory))
    except ValueError:  # It is empty, or no text.
        state = None
    listed = [pathlib.Path(path).name for path in state.all_model_checkpoint_paths] if state else []
    if names == listed:
        return
    # CheckpointManager removes only those that have a time.
    lines = [f'model_checkpoint_path: "{names[-1]}"']
    lines += [f'all_model_checkpoint_paths: "{name}"' for name in names]
    lines += ["all_model_checkpoint_timestamps: 1.0"] * len(names)
    files.write_bytes(list_path, "\n".join(lines).encode())


def _first_line(error):
    return str(error).strip().splitlines()[0]
