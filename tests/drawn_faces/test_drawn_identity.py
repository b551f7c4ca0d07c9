"""Drawn people: who they are, and that their eyes are a secret of their own."""

import dataclasses

import numpy as np
import pytest

from exgan_tf.drawn_faces import draw_identity


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(0)
    return [draw_identity(rng) for _ in range(500)]


def numbers(part) -> np.ndarray:
    """All numeric traits of a part of a person, colours included, as one row."""
    values = [v for v in dataclasses.astuple(part) if not isinstance(v, str)]
    return np.concatenate([np.ravel(v) for v in values]).astype(float)


def traits(people, names) -> np.ndarray:
    return np.stack([np.concatenate([numbers(getattr(p, n)) for n in names]) for p in people])


def test_eyes_tell_nothing_about_the_rest_of_the_person(people):
    eyes = traits(people, ["eyes"])
    rest = traits(people, ["brows", "head", "skin", "hair"])
    columns = np.concatenate([eyes, rest], axis=1).T
    assert columns.std(axis=1).all(), "a trait that never varies makes nobody a person"
    correlations = np.corrcoef(columns)[: eyes.shape[1], eyes.shape[1] :]
    # Chance alone spreads the correlation of 500 pairs by 1 / sqrt(500) = 0.045.
    assert np.abs(correlations).max() < 5 * 0.045


def test_hair_style_tells_nothing_about_the_iris(people):
    brightness = np.array([np.mean(p.eyes.iris[0]) for p in people])
    styles = np.array([p.hair.style for p in people])
    means = [brightness[styles == style].mean() for style in np.unique(styles)]
    assert np.std(means) < 0.35 * brightness.std()


def test_irises_and_skin_run_from_dark_to_light(people):
    irises = [np.mean(p.eyes.iris[0]) for p in people]
    skins = [np.mean(p.skin.color) for p in people]
    assert min(irises) < 0.15 and max(irises) > 0.5
    assert min(skins) < 0.35 and max(skins) > 0.8
