"""Opens the eyes of one person in one photograph, after other photographs of the same person.

  exgan inpaint --photo=P.jpg --reference=R1.jpg,R2.jpg --output=O.jpg

opens the eyes that are closed, or those that --eye names. It
fills with the model that comes along; --model takes another one, --method=transplant needs none.
Outside the eyes every pixel stays what it is; a JPEG is encoded again with its own quality.
--mask=box and others replace another part of the aligned face, to see what a model makes of it.
"""

import glob
import os
import pathlib

from absl import flags

from exgan_tf.cli import entry
from exgan_tf.data import masks
from exgan_tf.inpainters import INPAINTERS
from exgan_tf.photo import comparison, decision, filling, inpaint_photo

_PHOTO = flags.DEFINE_string("photo", None, "The photograph with closed eyes.", required=True)
_REFERENCE = flags.DEFINE_multi_string(
    "reference",
    None,
    "A photograph of the same person with open eyes, a folder of them, or a pattern as 'OPEN*.jpg';"
    " several with commas between, or --reference again for each. The best is chosen.",
    required=True,
)
_OUTPUT = flags.DEFINE_string("output", None, "The photograph to write.", required=True)
_MODEL = flags.DEFINE_string("model", None, "Folder of an exported model.")
_METHOD = flags.DEFINE_enum("method", None, list(INPAINTERS), "A method that needs no model.")
_EYE = flags.DEFINE_enum(
    "eye",
    decision.AUTO,
    list(decision.EYES),
    "Which eye is replaced, as the viewer sees it; auto: what is closed.",
)
_COMPARE = flags.DEFINE_bool(
    "compare", False, "Write before, reference and after beside the output, as OUTPUT_compare.jpg."
)
_IMAGE_SIZE = flags.DEFINE_integer(
    "image_size",
    None,
    "Side in pixels at which a --method fills the aligned face; the face's own if not given.",
    lower_bound=filling.MIN_IMAGE_SIZE,
    upper_bound=filling.MAX_IMAGE_SIZE,
)
_MASK = flags.DEFINE_enum(
    "mask", masks.EYES, list(masks.MASKS), "What of the aligned face is replaced."
)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of masks that are drawn.", lower_bound=0)
_FORCE = flags.DEFINE_bool(
    "force",
    False,
    "Go on where the person is, or may be, another, the eyes open already, or a face unsuitable.",
)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace an existing output.")


def main(argv):
    del argv
    output = pathlib.Path(_OUTPUT.value)
    outputs = [output]
    if _COMPARE.value:
        outputs.append(comparison.path_beside(output))
    result = inpaint_photo(
        _PHOTO.value,
        _find_references(_REFERENCE.value, [_PHOTO.value, *outputs]),
        output=output,
        model=_MODEL.value,
        method=_METHOD.value,
        eyes=_EYE.value,
        mask=_MASK.value,
        image_size=_IMAGE_SIZE.value,
        seed=_SEED.value,
        force=_FORCE.value,
        compare=_COMPARE.value,
        overwrite=_OVERWRITE.value,
    )
    # Written first, then told: nobody may be listening any more.
    for warning in result.warnings:
        print(f"warning: {warning}")
    print(result.explanation)
    for path in outputs:
        print(f"written: {path}")


def _find_references(values, others) -> list[str]:
    """The files that the values of --reference name, without those that are none of them.

    Args:
      values: names of files and folders, patterns, or several of these with commas between.
      others: the photograph and what is written, which are never references.
    """
    paths = []
    for value in values:
        for part in _split_names(value):
            if os.path.isdir(part):
                visible = sorted(name for name in os.listdir(part) if not name.startswith("."))
                found = [os.path.join(part, name) for name in visible]
                found = [path for path in found if os.path.isfile(path)]
            elif os.path.lexists(part):
                paths.append(part)
                continue
            else:
                found = sorted(glob.glob(part))
                if not found:
                    raise ValueError(f"--reference={part}: there is no such file, folder or match")
            paths += [path for path in found if not _is_one_of(path, others)]
    if not paths:
        raise ValueError(
            f"--reference={','.join(values)}: no photograph is there to take eyes from"
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


def _is_one_of(path, others):
    return any(os.path.exists(each) and os.path.samefile(path, each) for each in others)


if __name__ == "__main__":
    entry.run(main)
