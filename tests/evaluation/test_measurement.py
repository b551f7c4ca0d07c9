import numpy as np
import pytest

from exgan_tf.evaluation import measures, with_controls
from exgan_tf.evaluation.measurement import Measurement, PartMeasurer, keep_open_eyes
from exgan_tf.evaluation.parts import ALONE, FOLDER, Parts
from exgan_tf.metrics import pixel

pytestmark = pytest.mark.usefixtures("quick_descriptors")


class TwoNumbers:
    """An Inception network of two features and two classes."""

    def __call__(self, images):
        images = np.asarray(images)
        features = np.stack([images.mean((1, 2, 3)), images.std((1, 2, 3))], axis=1)
        return features.astype(np.float32), features.astype(np.float32)


@pytest.fixture(scope="module")
def measure_batches(tmp_path_factory, quick_descriptors):
    """Returns a function that measures batches, some of them a part, and gives the rows too."""

    def measure(methods, dataset, *, block=1, extractor=None):
        work_dir = tmp_path_factory.mktemp("work")
        (work_dir / FOLDER).mkdir()
        parts = Parts(work_dir, ALONE, evaluation="this")
        measurer = PartMeasurer(methods, dataset, extractor=extractor)
        measurement = Measurement(methods, parts, no_extractor=None if extractor else "not asked")
        batches, rows = list(dataset), []
        for number, start in enumerate(range(0, len(batches), block)):
            parts.write(number, *measurer.measure(batches[start : start + block]))
            rows += measurement.add(number)
        return measurement, rows

    return measure


@pytest.fixture(scope="module")
def measure(methods, load_people, measure_batches):
    """Returns a function that measures all people with strangers."""
    controlled = with_controls(methods, ["stranger"])

    def measure(*, batch_size, **how):
        return measure_batches(controlled, load_people(batch_size), **how)

    return measure


@pytest.fixture(scope="module")
def measured(measure):
    """What comes of one batch, and its rows."""
    return measure(batch_size=7, block=1)


def test_closed_eyes_are_left_out_and_counted(measured, batch):
    measurement, rows = measured
    assert measurement.num_left_out == 1
    closed = batch["name"][batch["eyes_closed"]][0].decode()
    assert closed not in measurement.names
    assert len(measurement.names) == 6
    assert {row["name"] for row in rows} == set(measurement.names)


def test_a_batch_of_closed_eyes_alone_changes_nothing(methods, batch, measure_batches):
    closed = {key: value[batch["eyes_closed"]] for key, value in batch.items()}
    measurement, rows = measure_batches(methods, [closed])
    assert rows == []
    assert (measurement.num_left_out, measurement.names) == (1, [])


def test_sizes_of_batches_and_blocks_change_no_number(measure, measured):
    expected, expected_rows = measured
    for batch_size, block in ((1, 7), (3, 2)):
        measurement, rows = measure(batch_size=batch_size, block=block)
        assert measurement.names == expected.names
        assert measurement.identities == expected.identities
        assert [row["method"] for row in rows] == [row["method"] for row in expected_rows]
        for method in ("grey", "copy", "copy:stranger"):
            wanted = expected.values(method)
            for name, values in measurement.values(method).items():
                np.testing.assert_allclose(values, wanted[name], rtol=1e-4, atol=1e-6)
            numbers, others = (each.over_all_images(method)[0] for each in (measurement, expected))
            for name in ("face_descriptor_frechet_distance", "eye_pixel_frechet_distance"):
                assert numbers[name] == pytest.approx(others[name], rel=1e-4, abs=1e-6)


def test_rows_hold_what_is_averaged(measured):
    measurement, rows = measured
    for method in ("grey", "copy"):
        own = [row for row in rows if row["method"] == method]
        assert [row["name"] for row in own] == measurement.names
        for name in measures.PER_IMAGE:
            assert [row[name] for row in own] == measurement.values(method)[name].tolist()


def test_the_error_is_that_of_the_filled_image(measured, methods, batch):
    measurement, _ = measured
    example = keep_open_eyes(batch)
    filled = methods["copy"].inpainter(example)
    expected = pixel.masked_l1(example["image"], filled, example["mask"])
    np.testing.assert_allclose(measurement.values("copy")["masked_l1"], expected)


def test_a_copy_of_a_strangers_eyes_is_farther_from_the_truth(measured):
    measurement, _ = measured
    own, strangers = (
        measurement.values(name)["masked_l1"].mean() for name in ("copy", "copy:stranger")
    )
    assert own < strangers


def test_without_inception_its_numbers_are_missing(measured):
    measurement, _ = measured
    numbers, notes = measurement.over_all_images("copy")
    assert numbers["fid"] is numbers["eye_fid"] is numbers["inception_score"] is None
    assert notes["fid"] == notes["inception_score"] == "not asked"
    assert "biased" in notes["face_descriptor_frechet_distance"]


def test_with_inception_there_are_its_numbers(measure):
    measurement, _ = measure(batch_size=3, block=2, extractor=TwoNumbers())
    numbers, _ = measurement.over_all_images("grey")
    assert numbers["fid"] > 0
    assert numbers["eye_fid"] > 0
    assert 1 <= numbers["inception_score"] <= 2


def test_one_image_is_too_few_for_a_distribution_and_no_error(methods, batch, measure_batches):
    one = {key: value[:1] for key, value in batch.items()}
    measurement, _ = measure_batches(methods, [one], extractor=TwoNumbers())
    numbers, notes = measurement.over_all_images("copy")
    for name in ("fid", "inception_score", "face_descriptor_frechet_distance"):
        assert numbers[name] is None
        assert notes[name] == "at least two images are needed"


def test_the_time_of_filling_is_measured(measured):
    measurement, _ = measured
    assert measurement.seconds_per_image("copy") > 0


def test_a_method_may_have_any_name(methods, batch, measure_batches):
    names = ("truth", "0/\udcff")
    measurement, _ = measure_batches(dict.fromkeys(names, methods["copy"]), [batch])
    one, other = map(measurement.over_all_images, names)
    assert one == other
