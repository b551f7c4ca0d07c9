"""Opens the eyes of one person in one photograph, using other photographs of the same person.

  exgan inpaint --photo=P.jpg --reference=R1.jpg,R2.jpg --output=O.jpg

opens the eyes that are closed, or those that --eye names. With several faces,

  exgan inpaint --photo=P.jpg --output=NUMBERED.jpg --number_faces

writes P with its faces numbered, for --face. Eyes are filled by the model that comes with the
package; --model takes another one, --method=transplant needs none. Outside the eyes every pixel
stays what it is; a JPEG is encoded again with its own quality. --mask=box and others replace
another part of the aligned face, to see how a model fills it.
"""

import glob
import os
import pathlib

from absl import flags

from exgan_tf import tally
from exgan_tf.cli import entry
from exgan_tf.data import mask_names
from exgan_tf.inpainters import INPAINTERS
from exgan_tf.photo import comparison, decision, filling, inpaint_photo, inpainting, number_faces

_PHOTO = flags.DEFINE_string("photo", None, "The photograph with closed eyes.", required=True)
_REFERENCE = flags.DEFINE_multi_string(
    "reference",
    [],
    "A photograph of the same person with open eyes, a folder of them, or a pattern such as "
    "'OPEN*.jpg'; several separated by commas, or one --reference each. The best is chosen.",
)
_OUTPUT = flags.DEFINE_string("output", None, "The photograph to write.", required=True)
_MODEL = flags.DEFINE_string("model", None, "Folder of an exported model.")
_METHOD = flags.DEFINE_enum("method", None, list(INPAINTERS), "A method that needs no model.")
_EYE = flags.DEFINE_enum(
    "eye",
    decision.AUTO,
    list(decision.EYES),
    "Which eye to replace, as the viewer sees it; auto: those that are closed.",
)
_FACE = flags.DEFINE_integer(
    "face",
    None,
    "Number of the face whose eyes are replaced, as --number_faces shows it.",
    lower_bound=1,
)
_NUMBER_FACES = flags.DEFINE_bool(
    "number_faces", False, "Only write the photograph with its faces numbered, for --face."
)
_STRENGTH = flags.DEFINE_float(
    "strength", 1.0, "Share of the new eyes where they are mixed with the old ones.", 0.0, 1.0
)
_NUM_CANDIDATES = flags.DEFINE_integer(
    "num_candidates",
    1,
    "How many references to use, the best first; the second result is OUTPUT_2, and so on.",
    lower_bound=1,
)
_MARK_SOURCE = flags.DEFINE_bool(
    "mark_source",
    True,
    "Record in the copy's XMP how it was made, as IPTC's DigitalSourceType; --nomark_source if "
    "another program writes that, or nothing may be added.",
)
_COMPARE = flags.DEFINE_bool(
    "compare", False, "Also write before, reference and after as one picture, OUTPUT_compare.jpg."
)
_IMAGE_SIZE = flags.DEFINE_integer(
    "image_size",
    None,
    "Side in pixels at which --method fills the aligned face; by default the face's own.",
    lower_bound=filling.MIN_IMAGE_SIZE,
    upper_bound=filling.MAX_IMAGE_SIZE,
)
_MASK = flags.DEFINE_enum(
    "mask", mask_names.EYES, mask_names.NAMES, "Which part of the aligned face to replace."
)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of random masks.", lower_bound=0)
_FORCE = flags.DEFINE_bool(
    "force",
    False,
    "Go on if the person is or may be another, the eyes are already open, or a face is unsuitable.",
)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace an existing output.")


def main(argv):
    del argv
    output = pathlib.Path(_OUTPUT.value)
    if _NUMBER_FACES.value:
        count = number_faces(_PHOTO.value, output=output, overwrite=_OVERWRITE.value)
        print(f"{tally.count(count, 'face')}, numbered from the left in {output}: see --face")
        return
    if not _REFERENCE.value:
        raise ValueError("--reference is missing: give another photograph of the same person")
    outputs = [output]
    if _COMPARE.value:
        outputs.append(comparison.path_beside(output))
    candidates = inpainting.name_candidates(output, _NUM_CANDIDATES.value)[1:]
    result = inpaint_photo(
        _PHOTO.value,
        _find_references(_REFERENCE.value, [_PHOTO.value, *outputs, *candidates]),
        output=output,
        model=_MODEL.value,
        method=_METHOD.value,
        face=_FACE.value,
        eyes=_EYE.value,
        strength=_STRENGTH.value,
        num_candidates=_NUM_CANDIDATES.value,
        mask=_MASK.value,
        image_size=_IMAGE_SIZE.value,
        seed=_SEED.value,
        force=_FORCE.value,
        compare=_COMPARE.value,
        is_marked=_MARK_SOURCE.value,
        overwrite=_OVERWRITE.value,
    )
    # After writing: nobody may be reading the output any more.
    for warning in result.warnings:
        print(f"warning: {warning}")
    print(result.explanation)
    outputs += candidates[: len(result.alternatives)]
    for path in outputs:
        print(f"written: {path}")


def _find_references(values, others) -> list[str]:
    """The files that the values of --reference name, without the photograph and what is written."""
    others = [path for path in others if os.path.exists(path)]
    paths = []
    for part in [name for value in values for name in _split_names(value)]:
        if os.path.isdir(part):  # Not by glob, which passes over folders that cannot be read.
            visible = sorted(name for name in os.listdir(part) if not name.startswith("."))
            found = list(filter(os.path.isfile, (os.path.join(part, name) for name in visible)))
        elif os.path.lexists(part):
            paths.append(part)
            continue
        elif not (found := sorted(glob.glob(part))):
            raise ValueError(
                f"--reference={part}: no such file or folder, and nothing matches it as a pattern"
            )
        paths += [
            path for path in found if not any(os.path.samefile(path, other) for other in others)
        ]
    if not paths:
        raise ValueError(
            f"--reference={','.join(values)}: there is no other photograph to take eyes from"
        )
    return list(dict.fromkeys(paths))


def _split_names(value):
    """The names between commas, of which those that exist may have commas themselves."""
    parts, names = value.split(","), []
    while parts:
        lengths = range(len(parts), 0, -1)
        length = next((n for n in lengths if os.path.lexists(",".join(parts[:n]))), 1)
        names.append(",".join(parts[:length]))
        parts = parts[length:]
    return [name for name in names if name]


if __name__ == "__main__":
    entry.run(main)
