import dataclasses
import datetime
import functools
import pathlib

import numpy as np
import pytest

from exgan_tf import images
from exgan_tf.faces import children
from exgan_tf.photo import inpaint_photo, inpaint_pixels, inpainting


@pytest.fixture
def inpaint(scenes, embedder, painter):
    """Returns a function that in-paints scenes, by their names or themselves, in green."""

    def run(photo, *references, **options):
        chosen = [scenes[each] if isinstance(each, str) else each for each in (photo, *references)]

        def find(searched):
            return next(scene.faces for scene in chosen if scene.photo is searched)

        options = {"detector": find, "embedder": embedder, **options}
        if all(isinstance(each, str) for each in references):
            options["names"] = list(references)
        first, *others = (scene.photo for scene in chosen)
        return inpaint_pixels(first, others, painter, **options)

    return run


@pytest.fixture
def blank(scenes):
    """A scene without a face."""
    return scenes["open"]._replace(photo=np.zeros((50, 50, 3), np.uint8), faces=[])


def test_both_eyes_are_filled_and_every_pixel_around_stays(scenes, inpaint):
    before = scenes["closed"].photo.copy()
    result = inpaint("closed", "open")
    np.testing.assert_array_equal(scenes["closed"].photo, before)
    np.testing.assert_array_equal(result.photo[~result.changed], before[~result.changed])
    assert 0.01 < result.changed.mean() < 0.15
    for eye in (result.face.eye_left, result.face.eye_right):
        np.testing.assert_allclose(result.photo[round(eye.y), round(eye.x)], [0, 255, 0], atol=2)


def test_of_several_faces_the_one_of_the_reference_is_filled(scenes, inpaint):
    result = inpaint("both_closed", "other_open")
    columns = np.nonzero(result.changed)[1]
    assert columns.min() >= scenes["closed"].photo.shape[1]


def test_of_two_people_on_both_photos_the_one_with_closed_eyes_is_filled(inpaint):
    result = inpaint("pair", "open", "other_open")
    assert result.face.score == 1
    assert result.reference_number == 0


def test_the_choice_among_references_is_explained(inpaint):
    result = inpaint("closed", "closed", "other_open", "open")
    assert result.reference_number == 2
    chosen, *others = result.explanation.splitlines()
    assert chosen.startswith("eyes from open: eyes open")
    assert "not from closed: its eyes are closed" in others[0] + others[1]
    assert "not from other_open: another person: distance 1.41" in others[0] + others[1]


def test_the_reference_of_the_same_occasion_is_taken(inpaint):
    now = datetime.datetime(2026, 7, 1)
    result = inpaint("closed", "open", "open", taken=[now, now.replace(year=2020), now])
    assert result.reference_number == 1
    assert "same occasion (0 s apart)" in result.explanation


@pytest.mark.parametrize(
    ("photo", "reference", "message"),
    [
        ("closed", "other_open", "other_open: another person: distance 1.41"),
        ("open", "open", "the eyes are already open"),
        ("closed", "closed", "its eyes are closed"),
    ],
)
def test_doubts_are_errors_unless_forced(inpaint, photo, reference, message):
    with pytest.raises(ValueError, match=message):
        inpaint(photo, reference)
    forced = inpaint(photo, reference, force=True)
    assert message in " ".join(forced.warnings)
    assert forced.changed.any()


@pytest.mark.parametrize("eye", ["left", "right"])
def test_only_the_named_eye_is_filled(inpaint, eye):
    result = inpaint("open", "open", eyes=eye)
    named, other = result.face.eye_left, result.face.eye_right
    if eye == "right":
        named, other = other, named
    assert result.eyes == (eye,)
    assert result.changed[round(named.y), round(named.x)]
    assert not result.changed[round(other.y), round(other.x)]


def test_children_are_only_taken_for_one_where_one_reference_is_named(inpaint):
    def describe(photo, face):
        return children.MEAN + 0.001 * face.score

    assert inpaint("closed", "other_open", embedder=describe).warnings == ()
    for scenes in (("closed", "open", "other_open"), ("both_closed", "open")):
        with pytest.raises(ValueError, match="perhaps a small child.*--force"):
            inpaint(*scenes, embedder=describe)


def test_other_masks_do_not_ask_for_closed_eyes(inpaint):
    result = inpaint("open", "open", mask="box")
    assert result.warnings == ()
    assert result.changed.any()
    with pytest.raises(ValueError, match="other_open: another person"):
        inpaint("open", "other_open", mask="box")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mask": "nose"}, "mask is 'nose'; expected one of eyes, box"),
        ({"eyes": "third"}, "eyes is 'third'; expected one of auto, left, right, both"),
        ({"eyes": "left", "mask": "box"}, "give one of the two"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 2**63}, "seed is 9223372036854775808"),
        ({"taken": [None]}, "taken has 1 times; expected that of the photo and 1"),
    ],
)
def test_options_that_cannot_be_are_named(inpaint, options, message):
    with pytest.raises(ValueError, match=message):
        inpaint("closed", "open", **options)


def test_a_photo_without_a_face_is_refused(inpaint, blank):
    with pytest.raises(ValueError, match="no face was found in the photo"):
        inpaint(blank, "open")
    with pytest.raises(ValueError, match="no face was found in reference 1"):
        inpaint("open", blank)


def test_a_reference_without_a_face_is_passed_over(inpaint, blank):
    result = inpaint("closed", blank, "open")
    assert result.reference_number == 1
    assert "not from reference 1: no face found" in result.explanation


def test_forced_a_closed_eye_of_the_same_person_is_rather_taken_than_a_strangers(inpaint):
    result = inpaint("closed", "other_open", "closed", force=True)
    assert result.reference_number == 1


def test_somebody_small_in_a_group_is_looked_for_again(scenes, embedder, painter, monkeypatch):
    group, reference = scenes["both_closed"], scenes["other_open"]
    large, small = group.faces

    def find(photo, every_face):
        if photo is reference.photo:
            return reference.faces
        return [large, small] if every_face else [large]

    monkeypatch.setattr(
        inpainting,
        "BlazeFaceDetector",
        lambda every_face=False: functools.partial(find, every_face=every_face),
    )
    result = inpaint_pixels(group.photo, [reference.photo], painter, embedder=embedder)
    assert result.face is small


@pytest.mark.parametrize("references", [[], None, np.zeros((50, 50, 3), np.uint8)])
def test_references_must_be_a_list_of_photos(scenes, painter, references):
    with pytest.raises(ValueError, match="references"):
        inpaint_pixels(scenes["closed"].photo, references, painter)


@pytest.mark.parametrize("kind", [str, pathlib.Path])
def test_a_single_reference_may_be_given_without_a_list(tmp_path, scenes, kind):
    images.write_photo(tmp_path / "closed.png", scenes["closed"].photo)
    path = kind(tmp_path / "open.jpg")
    with pytest.raises(ValueError, match="open.jpg: No such file"):
        inpaint_photo(tmp_path / "closed.png", path, output=tmp_path / "out.jpg")


def test_what_appears_in_the_place_of_the_output_meanwhile_is_kept(tmp_path, scenes, monkeypatch):
    photo, output = scenes["closed"].photo, tmp_path / "out.png"
    images.write_photo(tmp_path / "photo.png", photo)

    def work(*arguments, **options):
        output.write_text("mine")
        unchanged, (face,) = np.zeros(photo.shape[:2], bool), scenes["closed"].faces
        return inpainting.InpaintedPhoto(photo, unchanged, face, (), 0, face, 0, "", ())

    monkeypatch.setattr(inpainting, "inpaint_pixels", work)
    path = tmp_path / "photo.png"
    with pytest.raises(ValueError, match="out.png exists: choose another name"):
        inpaint_photo(path, path, output=output, method="transplant")
    assert output.read_text() == "mine"


@pytest.mark.parametrize("force", [False, True])
def test_a_face_with_an_eye_outside_the_photo_is_refused(scenes, inpaint, force):
    scene, (face,) = scenes["closed"], scenes["closed"].faces
    cut = round(face.eye_left.x) + 4
    moved = dataclasses.replace(face, landmarks=face.landmarks - [cut, 0])
    beside = scene._replace(photo=scene.photo[:, cut:].copy(), faces=[moved])
    for pair, name in (((beside, "open"), "the photo"), (("open", beside), "reference 1")):
        with pytest.raises(ValueError, match=f"lies outside {name}: give a .* whole$"):
            inpaint(*pair, force=force)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_lying_or_upside_down_photo_is_filled_as_an_upright_one(
    scenes, painter, inpaint, quarters
):
    photo, (face,) = scenes["closed"].photo, scenes["closed"].faces
    for _ in range(quarters):
        moved = face.landmarks @ [[0, -1], [1, 0]] + [0, photo.shape[1] - 1]
        photo, face = np.rot90(photo).copy(), dataclasses.replace(face, landmarks=moved)
    result = inpaint(scenes["closed"]._replace(photo=photo, faces=[face]), "open")
    assert result.changed.mean() < 0.15
    for eye in (face.eye_left, face.eye_right):
        np.testing.assert_allclose(result.photo[round(eye.y), round(eye.x)], [0, 255, 0], atol=2)
    inpaint("closed", "open")
    of_turned, of_upright = (example["image"] for example in painter.examples)
    assert np.abs(of_turned - of_upright).mean() < 0.02


def test_another_person_with_closed_eyes_is_said_to_be_left(inpaint):
    result = inpaint("both_closed", "other_open")
    (line,) = [line for line in result.explanation.splitlines() if "not changed" in line]
    assert "another face with a closed eye, 25% of the way from the left" in line
    assert "not changed" not in inpaint("closed", "open").explanation


def test_a_photo_without_color_stays_without_color(scenes, inpaint):
    gray = np.repeat(scenes["closed"].photo[..., 1:2], 3, axis=2)
    result = inpaint(scenes["closed"]._replace(photo=gray), "open")
    assert result.changed.any()
    np.testing.assert_array_equal(np.ptp(result.photo, axis=2), 0)
