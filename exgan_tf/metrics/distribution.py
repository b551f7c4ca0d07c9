"""How far two sets of images lie apart, measured on features of them.

The features may come from any network: on Inception's pool_3 the Frechet distance is the FID
(`inception.fid`), on all others it is not, and must not be called so. All in float64.
"""

import warnings
from typing import NamedTuple

import numpy as np


class FewSamplesWarning(UserWarning):
    """There are no more samples than features, so the covariance is known in part only."""


class FeatureStatistics(NamedTuple):
    """A Gaussian that was fitted to features.

    Attributes:
      mean: float64 [F].
      covariance: float64 [F, F], unbiased (divided by the number of samples less one).
      num_samples: what it was fitted to.
    """

    mean: np.ndarray
    covariance: np.ndarray
    num_samples: int


def features_to_statistics(features) -> FeatureStatistics:
    """Fits a Gaussian to features, float [N, F].

    Raises:
      ValueError: if there are fewer than two samples, or values that are not finite.
    """
    features = check_features(features, "features")
    centered = features - features.mean(axis=0)
    covariance = centered.T @ centered / (len(features) - 1)
    return FeatureStatistics(features.mean(axis=0), covariance, len(features))


def statistics_to_frechet_distance(
    statistics: FeatureStatistics, other: FeatureStatistics
) -> float:
    """The squared Frechet distance of two Gaussians (Dowson & Landau, 1982); LOW is good.

    |m1 - m2|^2 + trace(C1 + C2 - 2 sqrt(C1 C2)), the last by the eigenvalues of the symmetric
    sqrt(C1) C2 sqrt(C1), so it stays real also where the covariances are singular.

    The distance of samples is biased upwards, the more the fewer there are: it compares with
    others for the same number of samples only.

    Returns:
      A finite number, at least 0; FewSamplesWarning is issued where either set has no more samples
      than features.

    Raises:
      ValueError: if the two have another number of features.
    """
    if statistics.mean.shape != other.mean.shape:
        raise ValueError(
            f"the two sets have {len(statistics.mean)} and {len(other.mean)} features; "
            "the same network must compute both"
        )
    warn_of_few_samples(statistics.num_samples, other.num_samples, num_features=len(other.mean))
    root = _symmetric_root(statistics.covariance)
    product = root @ other.covariance @ root
    # Rounding leaves eigenvalues that are 0 a little below it.
    trace_of_root = np.sqrt(np.maximum(np.linalg.eigvalsh((product + product.T) / 2), 0)).sum()
    distance = (
        np.square(statistics.mean - other.mean).sum()
        + np.trace(statistics.covariance)
        + np.trace(other.covariance)
        - 2 * trace_of_root
    )
    return float(max(distance, 0.0))


def frechet_distance(features, other_features) -> float:
    """The squared Frechet distance of the Gaussians fitted to two sets of features; LOW is good.

    Args:
      features: float [N, F].
      other_features: float [M, F].

    Returns:
      As `statistics_to_frechet_distance`, with its warning and errors.

    Raises:
      ValueError: also if a set has fewer than two samples, or values that are not finite.
    """
    return statistics_to_frechet_distance(
        features_to_statistics(features), features_to_statistics(other_features)
    )


def warn_of_few_samples(*counts: int, num_features: int):
    """Issues a FewSamplesWarning if one of the sets has no more samples than features."""
    if min(counts) <= num_features:
        warnings.warn(
            f"{min(counts)} samples of {num_features} features: the covariance has rank "
            f"{min(counts) - 1}, and the distance is biased; compare it with others of as many "
            "samples only",
            FewSamplesWarning,
            stacklevel=3,
        )


def check_features(features, name: str) -> np.ndarray:
    """Returns features as float64; raises ValueError, calling them `name`, if they are none."""
    features = np.asarray(features, np.float64)
    if features.ndim != 2 or features.shape[0] < 2 or features.shape[1] < 1:
        raise ValueError(
            f"{name} has the shape {features.shape}; [N, F] with two samples or more is wanted"
        )
    if not np.isfinite(features).all():
        raise ValueError(f"{name} holds values that are not finite: see what computed them")
    return features


def _symmetric_root(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
