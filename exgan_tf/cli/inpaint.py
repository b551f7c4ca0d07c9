"""Opens the eyes of one person in one photograph, after other photographs of the same person.

  python -m exgan_tf.cli.inpaint --photo=P.jpg --reference=R1.jpg,R2.jpg --output=O.jpg

fills with the model that comes along, or else with the one that `make demo` made; --model takes
another one, --method=transplant needs none. Outside the eyes every pixel stays what it is; a JPEG
is encoded again with its own quality. --mask=box and others replace another part of the aligned
face, to see what a model makes of it. dlib's landmark model, which finds the faces, is for
non-commercial use.
"""

import pathlib

from absl import flags

from exgan_tf import images
from exgan_tf.cli import entry
from exgan_tf.data import masks
from exgan_tf.inpainters import INPAINTERS
from exgan_tf.photo import comparison, filling, methods, picture_file
from exgan_tf.photo.inpainting import inpaint_photo

_PHOTO = flags.DEFINE_string("photo", None, "The photograph with closed eyes.", required=True)
_REFERENCE = flags.DEFINE_list(
    "reference",
    None,
    "Photographs of the same person with open eyes, separated by commas; the best is chosen.",
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
    output = pathlib.Path(_OUTPUT.value)
    compare_path = output.with_name(f"{output.stem}_compare.jpg") if _COMPARE.value else None
    for path in filter(None, (output, compare_path)):
        picture_file.check_output(
            path, overwrite=_OVERWRITE.value, inputs=[_PHOTO.value, *_REFERENCE.value]
        )
    photo = images.read_photo(_PHOTO.value)
    references = [images.read_photo(path) for path in _REFERENCE.value]
    result = inpaint_photo(
        photo,
        references,
        methods.create_inpainter(method=_METHOD.value, model=_MODEL.value, mask=_MASK.value),
        image_size=_IMAGE_SIZE.value,
        mask=_MASK.value,
        seed=_SEED.value,
        force=_FORCE.value,
        names=_REFERENCE.value,
    )
    for warning in result.warnings:
        print(f"warning: {warning}")
    print(result.explanation)
    # Before anything is written: what fails here leaves nothing behind.
    compared = _compare(photo, references, result) if _COMPARE.value else None
    original = pathlib.Path(_PHOTO.value).read_bytes()
    picture_file.write_like(output, result.photo, original=original, changed=result.changed)
    print(f"written: {output}")
    if compare_path is not None:
        images.write_photo(compare_path, compared)
        print(f"written: {compare_path}")


def _compare(photo, references, result):
    return comparison.compare(
        photo,
        references[result.reference_number],
        result.photo,
        face=result.face,
        reference_face=result.reference_face,
    )


if __name__ == "__main__":
    entry.run(main)
