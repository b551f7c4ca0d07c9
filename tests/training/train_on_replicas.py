"""Trains a few steps in each of some distributions in turn; saves the weights of each.

python train_on_replicas.py RECORDS OUTPUT_DIR DISTRIBUTION ...

"mirrored" is over two logical CPUs. Run in a process of its own: TensorFlow allows one setting of
them a process, and several workers are named to it in TF_CONFIG.
"""

import sys

import numpy as np
import tensorflow as tf
from tiny_gan import TinyGan

from exgan_tf.data.input import load_dataset
from exgan_tf.training import strategy as strategies
from exgan_tf.training.trainer import Trainer, TrainingOptions


def train(records, output, distribution):
    strategy = strategies.create_strategy(distribution)
    tf.keras.utils.set_random_seed(0)
    trainer = Trainer(TinyGan, strategy=strategy, options=TrainingOptions(average_decay=0.5))
    batches = iter(
        strategy.distribute_datasets_from_function(
            lambda context: load_dataset(
                records,
                split="train",
                image_size=32,
                batch_size=4,
                training=True,
                seed=0,
                input_context=context,
            )
        )
    )
    losses = [trainer.train_step(next(batches), stage=trainer.stage(step)) for step in range(2)]
    weights = {
        f"{owner}/{name}/{index}": weight
        for owner, gan in (("gan", trainer.gan), ("averaged", trainer.averaged_gan))
        for name, network in gan.networks.items()
        for index, weight in enumerate(network.get_weights())
    }
    # Adam forgets how long a gradient was; its own memory does not.
    for name in ("generator", "discriminator"):
        slots = getattr(trainer.checkpoint, name).variables
        weights[f"squared_gradients/{name}"] = np.array(
            [slot.numpy().sum() for slot in slots if slot.name.startswith("v/")]
        )
    weights["losses"] = np.array([float(loss["generator_total"]) for loss in losses])
    index = 0
    if strategies.has_workers(strategy):
        index = strategy.cluster_resolver.task_id
    np.savez(
        output,
        num_replicas=strategy.num_replicas_in_sync,
        is_chief=strategy.extended.should_checkpoint,
        gathered=strategies.gather(strategy, np.full([index, 2], index)),
        any_worker=[strategies.any_worker(strategy, flag) for flag in (index == 1, False)],
        shared=[*strategies.share(strategy, tf.data.Dataset.range(5)).as_numpy_iterator()],
        **weights,
    )


if __name__ == "__main__":
    _, records, output_dir, *distributions = sys.argv
    if "mirrored" in distributions:
        cpu = tf.config.list_physical_devices("CPU")[0]
        devices = [tf.config.LogicalDeviceConfiguration()] * 2
        tf.config.set_logical_device_configuration(cpu, devices)
    for distribution in distributions:
        train(records, f"{output_dir}/{distribution}.npz", distribution)
