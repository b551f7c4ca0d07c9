"""How far two sets of images lie apart, measured on features of them.

The features may come from any network: on Inception's pool_3 the Frechet distance is the FID
(`inception.fid`), on all others it is not, and must not be called so. All in float64.
"""

import warnings

import numpy as np


class FewSamplesWarning(UserWarning):
    """There are no more samples than features, so the covariance is known in part only."""


def frechet_distance(features, other_features) -> float:
    """The squared Frechet distance of the Gaussians fitted to two sets of features; LOW is good.

    |m1 - m2|^2 + trace(C1 + C2 - 2 sqrt(C1 C2)) (Dowson & Landau, 1982), with unbiased covariances.
    The root's trace is that of the eigenvalues of the symmetric sqrt(C1) C2 sqrt(C1), so it stays
    real also where the covariances are singular.

    The distance of samples is biased upwards, the more the fewer there are: it compares with
    others for the same number of samples only.

    Args:
      features: float [N, F].
      other_features: float [M, F].

    Returns:
      A finite number, at least 0; FewSamplesWarning is issued where either set has no more samples
      than features.

    Raises:
      ValueError: if the two have another number of features, or a set fewer than two samples, or
        values that are not finite.
    """
    features = check_features(features, "features")
    other_features = check_features(other_features, "other_features")
    num_features = features.shape[1]
    if other_features.shape[1] != num_features:
        raise ValueError(
            f"the two sets have {num_features} and {other_features.shape[1]} features; "
            "the same network must compute both"
        )
    fewest = min(len(features), len(other_features))
    if fewest <= num_features:
        warnings.warn(
            f"{fewest} samples of {num_features} features: the covariance has rank {fewest - 1}, "
            "and the distance is biased; compare it with others of as many samples only",
            FewSamplesWarning,
            stacklevel=2,
        )
    (mean, covariance), (other_mean, other_covariance) = map(
        _fit_gaussian, (features, other_features)
    )
    values, vectors = np.linalg.eigh(covariance)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    product = root @ other_covariance @ root
    # Rounding leaves eigenvalues that are 0 a little below it.
    trace_of_root = np.sqrt(np.maximum(np.linalg.eigvalsh((product + product.T) / 2), 0)).sum()
    distance = (
        np.square(mean - other_mean).sum()
        + np.trace(covariance)
        + np.trace(other_covariance)
        - 2 * trace_of_root
    )
    return float(max(distance, 0.0))


def check_features(features, name: str) -> np.ndarray:
    """Returns features as float64; raises ValueError, calling them `name`, if they are none."""
    features = np.asarray(features, np.float64)
    if features.ndim != 2 or features.shape[0] < 2 or features.shape[1] < 1:
        raise ValueError(
            f"{name} has the shape {features.shape}; expected [N, F] with two samples or more"
        )
    if not np.isfinite(features).all():
        raise ValueError(f"{name} holds values that are not finite: see what computed them")
    return features


def _fit_gaussian(features):
    mean = features.mean(axis=0)
    centered = features - mean
    return mean, centered.T @ centered / (len(features) - 1)
