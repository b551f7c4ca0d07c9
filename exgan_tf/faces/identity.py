"""Whose face it is: descriptors of faces, and the person that a folder of photographs shows."""

import dataclasses
from typing import Protocol

import numpy as np

from exgan_tf.faces import children, dlib_models
from exgan_tf.faces.detect import DetectedFace

# Two descriptors nearer than this are of one person: dlib's documented threshold, 99.38 % right
# on the pairs of LFW (http://dlib.net/face_recognition.py.html).
SAME_PERSON_DISTANCE = 0.6

# Ours, of a whole group, for which a wrong reference is worse than none: of 727 faces of 209 people
# of LFW and portraits 86 % are put together with another of the same person, 1.1 % with one of
# somebody else; at 0.55, 95 % and 1.4 %, and at dlib's 0.6, 98 % and 4.1 %.
_GROUP_DISTANCE = 0.5
_BLOCK_FACES = 1024  # Ours: 40 MB of distances at a time among 10,000 faces.
_APART = 100.0  # Farther than any two descriptors are.

# Ours: dlib reads faces at 150 pixels, and landmarks as whole pixels, which should be finer.
_DESCRIBED_FACE_SIDE = 240


class FaceEmbedder(Protocol):
    """Describes faces. Picklable, with a repr that says by what, as `FaceDetector`."""

    def __call__(self, photo: np.ndarray, face: DetectedFace) -> np.ndarray:
        """The descriptor of `face` in `photo`."""


@dataclasses.dataclass(frozen=True)
class DlibFaceEmbedder:
    """Describes faces with dlib's recognition network, loaded once a process at the first call."""

    def __call__(self, photo: np.ndarray, face: DetectedFace) -> np.ndarray:
        """As `FaceEmbedder`; raises ValueError if dlib is missing or the face outside the photo."""
        copy, transform = face.cut_out(photo, side=_DESCRIBED_FACE_SIDE)
        return dlib_models.describe_face(copy, transform(face.landmarks))


def choose_person(candidates: list[list[np.ndarray]]) -> list[int | None]:
    """Picks the faces of the one person whom a set of photographs is about.

    The person is the face that most of the other photographs show too, each counted by how near
    its nearest face is. Where no two photographs agree, it is the largest face of the photograph
    with the fewest faces.

    `candidates` are the descriptors of each photograph's faces, the largest face first.

    Returns:
      For each photograph the index of the person's face, or None where no face is within
      `SAME_PERSON_DISTANCE` of the person.
    """
    if not any(candidates):
        return [None] * len(candidates)
    descriptors = np.array([face for faces in candidates for face in faces])
    photograph = np.repeat(np.arange(len(candidates)), [len(faces) for faces in candidates])
    agreements = [_agreement(face, descriptors, photograph) for face in descriptors]
    num_faces = np.bincount(photograph)[photograph]
    # lexsort puts the last key first; it is stable, so ties go to the first face.
    first = descriptors[np.lexsort((num_faces, -np.round(agreements, 9)))[0]]
    # One portrait can be unusual; the mean of all that fit it is not.
    chosen = _choose_nearest(first, candidates)
    pairs = zip(candidates, chosen, strict=True)
    fitting = [faces[index] for faces, index in pairs if index is not None]
    return _choose_nearest(np.mean(fitting, axis=0), candidates)


def group_people(photographs: list[list[np.ndarray]]) -> list[list[int]]:
    """Tells the people in an album apart.

    The nearest two groups are joined for as long as all the faces of both are near to each other,
    and no photograph is in both. Somebody who looks very different at times becomes two people.

    Returns:
      For each photograph and descriptor the number of the person, from 0 on by first appearance.
    """
    counts = [len(faces) for faces in photographs]
    if not sum(counts):
        return [[] for _ in photographs]
    descriptors = np.array([face for faces in photographs for face in faces], np.float32)
    photo_numbers = np.repeat(np.arange(len(counts)), counts)
    groups = np.arange(len(descriptors))  # Each by its first face.
    for chain in _find_chains(descriptors):
        groups[chain] = chain[_join_nearest(descriptors[chain], photo_numbers[chain])]
    _, numbers = np.unique(groups, return_inverse=True)
    ends = np.cumsum(counts)
    return [numbers[end - count : end].tolist() for end, count in zip(ends, counts, strict=True)]


def doubt_same_person(one: np.ndarray, other: np.ndarray, *, strangers: np.ndarray) -> str | None:
    """Why two faces may not be one person's, though their descriptors are near, or None.

    Small children look too much alike, and a stranger may be as near to one of the faces as they
    are to each other. The second costs 1 % of the references in made albums of 40 people of LFW and
    portraits, and takes away a third of the wrong ones where children are among them. `strangers`,
    float [n, 128], are the descriptors of other people.
    """
    if children.looks_like_child(one) or children.looks_like_child(other):
        return "perhaps a small child, whose face cannot be told from other children's"
    distance = float(np.linalg.norm(one - other))
    if not len(strangers):
        return None
    nearest = min(_distances(each, strangers).min() for each in (one, other))
    if nearest <= distance:
        return (
            f"somebody else looks just as similar (distance {nearest:.2f}, this is {distance:.2f})"
        )
    return None


def _agreement(face, descriptors, photograph):
    """How well `face` is found again: over the photographs, how far inside the threshold it is."""
    nearness = np.maximum(SAME_PERSON_DISTANCE - _distances(face, descriptors), 0)
    best = np.zeros(photograph[-1] + 1)
    np.maximum.at(best, photograph, nearness)
    return best.sum()  # Its own photograph gives the same to each face.


def _choose_nearest(person, candidates):
    chosen = []
    for faces in candidates:
        distances = _distances(person, np.array(faces)) if faces else np.array([np.inf])
        nearest = int(np.argmin(distances))
        chosen.append(nearest if distances[nearest] < SAME_PERSON_DISTANCE else None)
    return chosen


def _distances(face, descriptors):
    return np.linalg.norm(descriptors - face, axis=1)


def _squared_distances(some, all_of_them):
    distances = some @ all_of_them.T
    distances *= -2  # In place, as is what follows: albums have many faces.
    distances += (some**2).sum(axis=1)[:, None]
    distances += (all_of_them**2).sum(axis=1)
    return distances


def _find_chains(descriptors):
    """The faces, arrays of int, that can be reached from one another, near one to near one.

    No group reaches beyond its chain, so that an album's faces need not all be compared at a time.
    """
    from scipy import sparse  # Here and below, as albums alone need it.

    everyone = np.arange(len(descriptors))
    chains = everyone  # Each by one of its faces.
    for start in range(0, len(descriptors), _BLOCK_FACES):
        block = _squared_distances(descriptors[start : start + _BLOCK_FACES], descriptors[start:])
        near, others = np.nonzero(block < (1.01 * _GROUP_DISTANCE) ** 2)  # More than rounding.
        pairs = np.concatenate([near + start, everyone]), np.concatenate([others + start, chains])
        graph = sparse.coo_array((np.ones(len(pairs[0]), bool), pairs), [len(descriptors)] * 2)
        _, chains = sparse.csgraph.connected_components(graph, directed=False)
        _, first = np.unique(chains, return_index=True)
        chains = first[chains]
    order = np.argsort(chains, kind="stable")
    _, sizes = np.unique(chains, return_counts=True)
    return np.split(order, np.cumsum(sizes)[:-1])


def _join_nearest(descriptors, photo_numbers):
    """The first face of the group of each face, int [n], by complete linkage."""
    from scipy.cluster import hierarchy
    from scipy.spatial.distance import squareform

    if len(descriptors) == 1:
        return np.zeros(1, int)
    distances = _squared_distances(descriptors, descriptors)
    np.sqrt(np.maximum(distances, 0, out=distances), out=distances)
    distances[photo_numbers[:, None] == photo_numbers] = _APART  # Itself, and all in its photo.
    tree = hierarchy.linkage(squareform(distances, checks=False), "complete")
    groups = hierarchy.fcluster(tree, _GROUP_DISTANCE, "distance")
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    return first[inverse]
