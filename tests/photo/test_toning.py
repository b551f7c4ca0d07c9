import cv2
import numpy as np
import pytest

from exgan_tf.photo import picture_file, toning

TONES = pytest.mark.parametrize("tone", [(1.0, 1.0, 1.0), (1.0, 0.85, 0.6)], ids=["grey", "sepia"])


def fill(photo):
    """A photo with a green rectangle, and where it is."""
    changed = np.zeros(photo.shape[:2], bool)
    changed[60:80, 40:120] = True
    return np.where(changed[..., np.newaxis], np.uint8([0, 200, 40]), photo), changed


@TONES
def test_eyes_filled_into_a_toned_photo_get_its_tone(scenes, tone):
    gray = scenes["closed"].photo.mean(axis=2, keepdims=True)
    toned = np.rint(gray * tone).astype(np.uint8)
    filled, changed = fill(toned)
    kept = toning.keep_toning(filled, toned, changed)
    expected = kept[changed][:, :1] * np.array(tone)
    np.testing.assert_allclose(kept[changed], expected, atol=3)
    np.testing.assert_array_equal(kept[~changed], toned[~changed])


def test_a_photo_with_colors_keeps_what_was_filled(scenes):
    filled, changed = fill(scenes["closed"].photo)
    assert toning.keep_toning(filled, scenes["closed"].photo, changed) is filled


def test_pale_colors_are_colors(scenes):
    photo, face = scenes["closed"].photo, scenes["closed"].faces[0]
    blush = 5 * np.sin(np.arange(photo.shape[1]) / 20)[:, np.newaxis] * (1, 0, -1)
    gray = np.clip(photo.mean(axis=2, keepdims=True), 30, 220)
    pale = np.rint(gray * (1.0, 0.85, 0.7) + blush).astype(np.uint8)
    filled, changed = fill(pale)
    assert toning.keep_toning(filled, pale, changed) is filled
    assert not toning.is_toned(pale, face)


def test_nothing_filled_is_nothing_toned(scenes):
    photo = scenes["closed"].photo
    assert toning.keep_toning(photo, photo, np.zeros(photo.shape[:2], bool)) is photo


def test_a_face_without_colors_is_told_from_one_with(scenes):
    photo, face = scenes["closed"].photo, scenes["closed"].faces[0]
    sepia = np.rint(photo.mean(axis=2, keepdims=True) * (1.0, 0.85, 0.6)).astype(np.uint8)
    assert toning.is_toned(sepia, face) and not toning.is_toned(photo, face)


@TONES
def test_a_toned_photo_of_16_bits_keeps_its_tone(tmp_path, scenes, tone):
    gray = scenes["closed"].photo.mean(axis=2, keepdims=True) * 257
    deep = np.rint(gray * tone).astype(np.uint16)
    cv2.imwrite(str(tmp_path / "toned.png"), deep[..., ::-1])
    picture = picture_file.read_picture(tmp_path / "toned.png")
    filled, changed = fill(picture.photo)
    toned = toning.keep_toning(filled, picture.photo, changed)
    picture.write(tmp_path / "out.png", toned, changed=changed)
    written = cv2.imread(str(tmp_path / "out.png"), cv2.IMREAD_UNCHANGED)[..., ::-1]
    assert written.dtype == np.uint16 and (written != deep)[changed].any()
    expected = written[changed][:, :1] * np.array(tone)
    # Grey stays grey to the last bit; a tone to two levels of 255.
    tolerance = 0 if tone == (1.0, 1.0, 1.0) else 2 * 257
    np.testing.assert_allclose(written[changed], expected, atol=tolerance)
