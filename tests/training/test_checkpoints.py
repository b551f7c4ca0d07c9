import os

import pytest
import tensorflow as tf

from exgan_tf.training import checkpoints


def cut(path):
    path.write_bytes(path.read_bytes()[:-20])


def empty(path):
    path.write_bytes(b"")


def change(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.fixture
def restore(tmp_path):
    """Two checkpoints of a number, 7 at step 2 and 8 at step 10; a function that restores it."""
    number = tf.Variable(0.0)
    checkpoint = tf.train.Checkpoint(number=number)
    manager = tf.train.CheckpointManager(checkpoint, str(tmp_path), max_to_keep=2)
    for step, value in ((2, 7.0), (10, 8.0)):
        number.assign(value)
        manager.save(step)
    number.assign(0.0)

    def restore(*, report=pytest.fail):
        checkpoints.restore_newest(
            tmp_path, lambda path: checkpoint.restore(path).assert_consumed(), report=report
        )
        return float(number)

    return restore


def test_checkpoints_are_found_in_the_order_of_their_steps(restore, tmp_path):
    assert checkpoints.find_checkpoints(tmp_path) == [f"{tmp_path}/ckpt-2", f"{tmp_path}/ckpt-10"]
    assert checkpoints.find_checkpoints(tmp_path / "nowhere") == []


def test_the_newest_is_restored_without_a_word(restore):
    assert restore() == 8


@pytest.mark.parametrize("damage", [cut, empty, change, os.unlink])
@pytest.mark.parametrize("suffix", [".data-00000-of-00001", ".index"])
def test_the_one_before_a_damaged_one_is_restored_and_said(restore, tmp_path, suffix, damage):
    damage(tmp_path / f"ckpt-10{suffix}")
    said = []
    assert restore(report=said.append) == 7
    assert f"{tmp_path}/ckpt-10 is damaged or half-written" in said[0]
    assert said[1] == f"going back to checkpoint {tmp_path}/ckpt-2"
    assert len(said) == 2


@pytest.mark.parametrize("damage", [cut, empty, os.unlink])
def test_the_list_of_checkpoints_does_not_matter_and_is_repaired(restore, tmp_path, damage):
    damage(tmp_path / "checkpoint")
    assert restore() == 8
    checkpoints.repair_list(tmp_path)
    manager = tf.train.CheckpointManager(tf.train.Checkpoint(), str(tmp_path), max_to_keep=2)
    assert manager.checkpoints == checkpoints.find_checkpoints(tmp_path)
    assert manager.latest_checkpoint == f"{tmp_path}/ckpt-10"


def test_a_list_of_checkpoints_that_are_gone_is_removed(restore, tmp_path):
    for path in tmp_path.glob("ckpt-*"):
        path.unlink()
    checkpoints.repair_list(tmp_path)
    assert not any(tmp_path.iterdir())


def test_where_none_is_whole_that_is_an_error(restore, tmp_path):
    for path in tmp_path.glob("*.data-*"):
        empty(path)
    with pytest.raises(ValueError, match="no checkpoint in .* is whole, of 2: start again in"):
        restore(report=lambda line: None)


def test_a_first_checkpoint_that_was_never_complete_is_none(tmp_path):
    (tmp_path / "ckpt-2.data-00000-of-00001").write_bytes(b"half")
    said = []
    checkpoint = tf.train.Checkpoint(number=tf.Variable(0.0))
    assert checkpoints.restore_newest(tmp_path, checkpoint.restore, report=said.append) is None
    assert len(said) == 1


def test_one_of_another_architecture_is_no_damaged_one(restore, tmp_path):
    other = tf.train.Checkpoint(letter=tf.Variable(0.0))
    with pytest.raises(ValueError, match="ckpt-10 is of another architecture"):
        checkpoints.restore_newest(
            tmp_path, lambda path: other.restore(path).assert_consumed(), report=pytest.fail
        )
