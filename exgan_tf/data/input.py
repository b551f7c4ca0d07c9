"""Records to batches of examples, with tf.data.

Everything random is a function of seed, epoch and identity, through stateless operations: no
global seed takes part, several readers of the same data agree, and a run that stopped can be
given exactly the batches that it has not seen.
"""

import functools

import tensorflow as tf

from exgan_tf.data import disturbance, examples, mask_names, masks, packing, pairing, records

SHUFFLE_WINDOW = 2048  # Ours: pairs, still encoded; about 40 MB at 128 pixels.
_CYCLE_LENGTH = 8  # Ours: shards read in turn.
_IMAGE_CONTRAST = 2.0  # Ours: as in deep shadow and in the evening sun.
# What may happen to each picture of a training pair, in this order.
_DISTURBANCES = {
    "": {"relit": functools.partial(disturbance.relight, contrast=_IMAGE_CONTRAST)},
    "reference_": {"moved": disturbance.move, "relit": disturbance.relight},
}


# No `if` or `for` below asks a tensor; looking for them takes longer than the rest of tracing.
@tf.autograph.experimental.do_not_convert
def load_dataset(
    directory,
    *,
    split: str,
    image_size: int,
    batch_size: int,
    training: bool,
    seed=None,
    closed_eyes: bool = False,
    mask: str = mask_names.EYES,
    disturbances: disturbance.DisturbanceOptions | None = None,
    start_batch: int = 0,
    input_context=None,
) -> tf.data.Dataset:
    """Loads batches of examples, as `examples.EXAMPLE_FIELDS` describes them.

    Training: endless; in each epoch every photograph once, in a new order, with a reference drawn
    anew, mask boxes drawn from the published distribution, and pairs mirrored at random; the two
    pictures of a pair are mirrored together, so that left stays left. Batches are always full.

    Evaluation: the benchmark's rule (`pairing.evaluation_pairs`) in a fixed order, with the mask
    boxes of the record; the last batch may be smaller.

    Args:
      directory: a folder of records.
      split: "train", "validation" or "test".
      image_size: side of the images in pixels, at most that of the records.
      batch_size: examples in a batch; with `input_context`, over all replicas together.
      training: which of the two rules.
      seed: of the training rule, an integer; needed there.
      closed_eyes: let photographs whose eyes are known to be closed be training targets, and
        references of both rules. As targets of an evaluation they are always there.
      mask: what of the image is hidden, a name of `mask_names.NAMES`. Training draws it anew for
        each photograph in each epoch, in evaluation a photograph has the same one each time. The
        reference's mask is always that of its eyes.
      disturbances: which training pairs are disturbed, none if None; a step is a batch.
      start_batch: the first batch of the endless sequence to give, for a run that goes on.
      input_context: what `tf.distribute.Strategy.distribute_datasets_from_function` hands down;
        the readers then share each batch of the sequence among them.

    Returns:
      The dataset.

    Raises:
      ValueError: if an argument is out of range or the records are missing, damaged, or smaller
        than `image_size`.
    """
    mask_names.check_name(mask)
    manifest = records.read_manifest(directory)
    if not packing.MIN_IMAGE_SIZE <= image_size <= manifest.image_size:
        raise ValueError(
            f"image_size is {image_size}; the records in {directory} give {packing.MIN_IMAGE_SIZE} "
            f"to {manifest.image_size} pixels: build larger ones or ask for less"
        )
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}; expected at least 1")
    paths = records.find_shards(directory, split)
    if training:
        rule = records.pairs_key(training=True, closed_eyes=closed_eyes)
        num_pairs = manifest.splits[split].num_pairs[rule]
        if seed is None or not 0 <= seed < 2**63:
            raise ValueError(
                f"seed is {seed}; expected an integer from 0 to 2**63 - 1 for training"
            )
        if start_batch < 0:
            raise ValueError(f"start_batch is {start_batch}; expected at least 0")
        if not num_pairs:
            raise ValueError(
                f"the {split} split of {directory} has no two open-eyed photographs of one person"
            )
        pairs = _endless_pairs(
            paths,
            seed,
            closed_eyes=closed_eyes,
            image_size=image_size,
            start=start_batch * batch_size,
            num_pairs=num_pairs,
        )
        if disturbances not in (None, disturbance.DisturbanceOptions()):
            pairs = _disturb_pairs(
                pairs, disturbances, start_batch=start_batch, batch_size=batch_size
            )
    else:
        pairs = _evaluation_pairs(paths, closed_eyes=closed_eyes)
    if input_context is not None:
        batch_size = input_context.get_per_replica_batch_size(batch_size)
        # Before decoding, so that no reader decodes another's share.
        pairs = pairs.shard(input_context.num_input_pipelines, input_context.input_pipeline_id)
    finish = functools.partial(
        _finish, image_size=image_size, record_size=manifest.image_size, mask=mask
    )
    dataset = (
        pairs.map(_decode_pair, num_parallel_calls=tf.data.AUTOTUNE)
        .batch(batch_size, drop_remainder=training)
        .map(finish, num_parallel_calls=tf.data.AUTOTUNE)
        .prefetch(tf.data.AUTOTUNE)
    )
    options = tf.data.Options()
    options.deterministic = True
    # The readers share the work by the shard above; TensorFlow must not share it out again.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return dataset.with_options(options)


def evaluation_mask_seeds(names) -> tf.Tensor:
    """The seeds of the masks that photographs have in every evaluation, by name alone.

    Args:
      names: string [B], as in an example's "name".

    Returns:
      int64 [B, 2], as `masks.draw_masks` takes them.
    """
    name_hash = tf.strings.to_hash_bucket_fast(names, 2**62)
    return tf.stack([name_hash, tf.zeros_like(name_hash)], axis=-1)


def _endless_pairs(paths, seed, *, closed_eyes, image_size, start, num_pairs):
    start_epoch, start_pair = divmod(start, num_pairs)

    def epoch_pairs(epoch):
        epoch_seed = _fold_in(tf.constant([seed, 0], tf.int64), epoch)

        def pairs_of(serialized):
            record = examples.decode_record(serialized)
            name_hash = tf.strings.to_hash_bucket_fast(record["identity"], 2**62)
            record_seed = _fold_in(epoch_seed, name_hash)
            split, uniform = tf.random.experimental.stateless_split, tf.random.stateless_uniform
            pair_seed, mirror_seed, *box_seeds = tf.unstack(split(record_seed, 4))
            # Folded in beside the split: what was drawn before there were these stays as it was.
            mask_seed, self_seed, relit_seed, image_seed = (
                _fold_in(record_seed, tf.constant(number, tf.int64)) for number in (1, 2, 3, 4)
            )
            self_seeds, image_seeds = split(self_seed), split(image_seed)
            images, references = pairing.training_pairs(
                record, seed=pair_seed, closed_eyes=closed_eyes
            )
            count = tf.size(images)
            box_sizes, reference_box_sizes = (
                masks.draw_box_sizes(count, image_size=image_size, seed=each) for each in box_seeds
            )
            # Drawn here, where one call serves a whole record.
            pairs = _gather_pairs(record, images, references) | {
                "mirrored": uniform([count], mirror_seed) < 0.5,
                "drawn_box_sizes": box_sizes,
                "drawn_reference_box_sizes": reference_box_sizes,
                "mask_seed": uniform([count, 2], mask_seed, None, None, tf.int64),
                "self_pair_draw": uniform([count], self_seeds[0]),
                "relit_draw": uniform([count], image_seeds[0]),
                "disturbance": disturbance.draw(count, seed=image_seeds[1]),
                "reference_relit_draw": uniform([count], relit_seed),
                "reference_disturbance": disturbance.draw(count, seed=self_seeds[1]),
            }
            return tf.data.Dataset.from_tensor_slices(pairs)

        files = tf.random.experimental.stateless_shuffle(tf.constant(paths), epoch_seed)
        serialized = tf.data.Dataset.from_tensor_slices(files).interleave(
            tf.data.TFRecordDataset, cycle_length=_CYCLE_LENGTH
        )
        return _shuffle_in_windows(serialized.flat_map(pairs_of), seed=epoch_seed)

    epochs = tf.data.Dataset.range(start_epoch, tf.int64.max)
    return epochs.flat_map(epoch_pairs).skip(start_pair)


def _disturb_pairs(pairs, options, *, start_batch, batch_size):
    """Chooses what is disturbed after decoding; some references are the photograph itself."""

    def choose(index, pair):
        is_first = index < options.num_self_pair_steps * batch_size
        is_self = is_first | (pair["self_pair_draw"] < options.self_pairs)
        is_relit = pair["reference_relit_draw"] < options.relit_references
        chosen = {
            **pair,
            "relit": pair["relit_draw"] < options.relit_images,
            "reference_moved": is_self,
            "reference_relit": is_self | is_relit,
        }
        for key, field in examples.RECORD_FIELDS.items():
            if field.paired:
                chosen[f"reference_{key}"] = tf.where(is_self, pair[key], pair[f"reference_{key}"])
        return chosen

    return pairs.enumerate(start_batch * batch_size).map(choose)


def _evaluation_pairs(paths, *, closed_eyes):
    def pairs_of(serialized):
        record = examples.decode_record(serialized)
        images, references = pairing.evaluation_pairs(record, closed_eyes=closed_eyes)
        pairs = _gather_pairs(record, images, references)
        pairs["mirrored"] = tf.zeros_like(images, tf.bool)
        pairs["mask_seed"] = evaluation_mask_seeds(pairs["names"])
        return tf.data.Dataset.from_tensor_slices(pairs)

    return tf.data.TFRecordDataset(paths).flat_map(pairs_of)


def _gather_pairs(record, images, references):
    """Pairs, still encoded: the fields of a record, and those of the reference where needed."""
    pairs = {"identity": tf.fill(tf.shape(images), record["identity"])}
    for key, field in examples.RECORD_FIELDS.items():
        if key != "identity":
            pairs[key] = tf.gather(record[key], images)
        if field.paired:
            pairs[f"reference_{key}"] = tf.gather(record[key], references)
    return pairs


def _shuffle_in_windows(dataset, *, seed):
    """Shuffles within windows; `Dataset.shuffle` would let the global seed take part."""

    def permute(window, elements):
        count = tf.shape(elements["names"])[0]
        order = tf.random.experimental.stateless_shuffle(tf.range(count), _fold_in(seed, window))
        return {key: tf.gather(values, order) for key, values in elements.items()}

    return dataset.batch(SHUFFLE_WINDOW).enumerate().map(permute).unbatch()


def _fold_in(seed, number):
    return tf.random.experimental.stateless_fold_in(seed, number)


def _decode_pair(pair):
    decoded = dict(pair)
    for key in ("images", "reference_images"):
        image = tf.io.decode_jpeg(pair[key], channels=3, dct_method="INTEGER_ACCURATE")
        # Mirrored one by one: choosing within a batch costs more than decoding it (measured).
        decoded[key] = tf.cond(
            pair["mirrored"], lambda image=image: tf.reverse(image, [1]), lambda image=image: image
        )
    return decoded


def _finish(batch, *, image_size, record_size, mask):
    """Everything that can be done for a whole batch at once."""
    mirrored = batch["mirrored"][:, tf.newaxis, tf.newaxis]

    def scale(key, prefix=""):
        field = examples.RECORD_FIELDS[key]
        return examples.scale(field, batch[prefix + key], image_size / record_size)

    def mirror(key, values):
        field = examples.EXAMPLE_FIELDS[key]
        return tf.where(mirrored, examples.mirror(field, values, image_size=image_size), values)

    example = {
        "identity": batch["identity"],
        "name": batch["names"],
        "reference_name": batch["reference_names"],
        "eyes_closed": batch["eyes_closed"] > 0,
        "landmarks": mirror("landmarks", scale("landmarks")),
    }
    for prefix, image_key in (("", "image"), ("reference_", "reference")):
        image = tf.ensure_shape(batch[f"{prefix}images"], [None, record_size, record_size, 3])
        # In [0, 255]; an image of that size already stays as it is.
        image = tf.image.resize(image, [image_size, image_size], tf.image.ResizeMethod.AREA)
        image = tf.cast(image, tf.float32) / 127.5 - 1.0
        for chosen, how in _DISTURBANCES[prefix].items():
            if prefix + chosen in batch:
                image = disturbance.disturb_some(
                    image, batch[f"{prefix}disturbance"], batch[prefix + chosen], how=how
                )
        box_sizes = batch.get(f"drawn_{prefix}box_sizes")
        if box_sizes is None:
            box_sizes = scale("box_sizes", prefix)
        boxes = masks.boxes_around(scale("eyes", prefix), box_sizes, image_size=image_size)
        boxes = mirror(f"{prefix}eye_boxes", boxes)
        example[image_key] = image
        example[f"{prefix}eye_boxes"] = boxes
        example[f"{prefix}mask"] = masks.draw_masks(
            mask_names.EYES if prefix else mask,
            seeds=batch["mask_seed"],
            image_size=image_size,
            eye_boxes=boxes,
        )
    spec = examples.example_spec(image_size)
    return {key: tf.ensure_shape(example[key], spec[key].shape) for key in spec}
