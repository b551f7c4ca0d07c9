"""A run of before the first release of 0.2: later versions evaluate it and go on from it.

  exgan train --flagfile=flags/smoke.flags --model=flow --num_steps=1 \
      --num_reconstruction_steps=0 --num_discriminator_steps=0 --records=RECORDS --run_dir=RUN

made it, less its pictures and TensorBoard's curves. Once released, it is not made again: where old
runs cannot be read any longer, CHANGELOG says so. tests/conftest.py exports it.
"""

import pathlib
import shutil

import msgspec
import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import gans
from exgan_tf.evaluation.methods import load_method
from exgan_tf.training import loop, runs
from exgan_tf.training import strategy as strategies
from exgan_tf.training.trainer import Trainer

RUN = pathlib.Path(__file__).with_name("golden_run")
EYE_BOXES = [[[10, 4, 8, 8], [10, 19, 8, 9]], [[12, 3, 6, 8], [11, 18, 8, 10]]]
# What it makes of noise: the mean colours in the holes of two images, and its loss.
FILLED = [[0.01126, -0.04880, -0.08124], [-0.11763, -0.00395, -0.02430]]
RECONSTRUCTION_LOSS = 0.611384


@pytest.fixture
def example(noise_example):
    return noise_example(EYE_BOXES)


def test_it_fills_holes_as_it_did(example):
    inpainter = load_method(RUN, checkpoint="latest").inpainter
    hole = example["mask"]
    means = (inpainter(example) * hole).sum((1, 2)) / hole.sum((1, 2))
    np.testing.assert_allclose(means, FILLED, atol=1e-4)


def test_training_goes_on_from_it(example, tmp_path):
    run_dir = shutil.copytree(RUN, tmp_path / "run")
    experiment = runs.read_run(run_dir).experiment
    trainer = Trainer(
        lambda: gans.GANS[experiment.model](experiment.gan),
        strategy=strategies.create_strategy("one"),
        # Of the generator alone, which is compiled sooner.
        options=msgspec.structs.replace(experiment.training, num_reconstruction_steps=2),
    )
    steps = loop.train(
        trainer,
        lambda start_batch: tf.data.Dataset.from_tensors(example).repeat(),
        validation=None,
        run_directory=run_dir,
        options=loop.LoopOptions(num_steps=2, log_every=1),
    )
    before, after = loop.read_metrics(run_dir / loop.METRICS)[::2]
    assert (before["step"], after["step"], steps) == (1, 2, 2)
    loss = after["losses"]["generator_reconstruction"]
    assert loss == pytest.approx(RECONSTRUCTION_LOSS, rel=1e-3)
