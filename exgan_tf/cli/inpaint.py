"""Opens the eyes of one person in one photograph, after other photographs of the same person.

  exgan inpaint --photo=P.jpg --reference=R1.jpg,R2.jpg --output=O.jpg

fills with the model that comes along; --model takes another one, --method=transplant needs none.
Outside the eyes every pixel stays what it is; a JPEG is encoded again with its own quality.
--mask=box and others replace another part of the aligned face, to see what a model makes of it.
dlib's landmark model, which finds the faces, is for non-commercial use.
"""

import glob
import os
import pathlib

from absl import flags

from exgan_tf import images
from exgan_tf.cli import entry
from exgan_tf.data import masks
from exgan_tf.inpainters import INPAINTERS
from exgan_tf.photo import comparison, filling, methods, picture_file
from exgan_tf.photo.inpainting import inpaint_photo

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
    "Go on where the person seems another, the eyes open already, or a face unsuitable.",
)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace an existing output.")


def main(argv):
    del argv
    warnings = []
    output = pathlib.Path(_OUTPUT.value)
    compare_path = output.with_name(f"{output.stem}_compare.jpg") if _COMPARE.value else None
    outputs = list(filter(None, (output, compare_path)))
    paths = _find_references(_REFERENCE.value, [_PHOTO.value, *outputs])
    for path in outputs:
        picture_file.check_output(path, overwrite=_OVERWRITE.value, inputs=[_PHOTO.value, *paths])
    picture = picture_file.read_picture(_PHOTO.value)
    references = _read_references(paths, warnings)
    result = inpaint_photo(
        picture.photo,
        list(references.values()),
        methods.create_inpainter(method=_METHOD.value, model=_MODEL.value, mask=_MASK.value),
        image_size=_IMAGE_SIZE.value,
        mask=_MASK.value,
        seed=_SEED.value,
        force=_FORCE.value,
        names=list(references),
    )
    # Before anything is written: what fails here leaves nothing behind.
    compared = _COMPARE.value and comparison.compare(
        picture.photo,
        list(references.values())[result.reference_number],
        result.photo,
        face=result.face,
        reference_face=result.reference_face,
    )
    not_kept = picture.write(output, result.photo, changed=result.changed)
    if compare_path is not None:
        images.write_photo(compare_path, compared)
    if not_kept:
        warnings.append(f"{output} lacks what the original has: {', '.join(not_kept)}")
    # Written first, then told: nobody may be listening any more.
    for warning in (*warnings, *result.warnings):
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


def _read_references(paths, warnings):
    """The photos by their paths; a file that is unreadable stops nothing where others are."""
    references, errors = {}, []
    for path in paths:
        try:
            references[path] = picture_file.read_picture(path).photo
        except images.UnreadableImageError as error:
            errors.append(error)
    if not references:
        raise errors[0]
    warnings += [f"passed over: {error}" for error in errors]
    return references


if __name__ == "__main__":
    entry.run(main)
