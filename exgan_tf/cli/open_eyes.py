"""Opens closed eyes in a folder of photographs, after other photographs of the same people in it.

  exgan open-eyes --input_dir=ALBUM --output_dir=OUT

writes corrected copies and OUT/index.html, a page of before and after with what was left alone and
why. Originals are only read; interrupted, the same command goes on. It fills with the model that
comes along; --model takes another one, --method=transplant needs none.

  exgan open-eyes --input_dir=ALBUM --output_dir=OUT --choices=choices.json

carries out what was chosen on the page of `exgan web`, and nothing else.
"""

import collections
import dataclasses
import pathlib

import msgspec
from absl import flags

from exgan_tf import files, parallel
from exgan_tf.cli import entry
from exgan_tf.inpainters import INPAINTERS
from exgan_tf.photo import album, choices, decision, methods

_INPUT_DIR = flags.DEFINE_string("input_dir", None, "Folder of photographs.", required=True)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder to make.", required=True)
_MODEL = flags.DEFINE_string("model", None, "Folder of an exported model.")
_METHOD = flags.DEFINE_enum("method", None, list(INPAINTERS), "A method that needs no model.")
_NUM_WORKERS = flags.DEFINE_integer(
    "num_workers", parallel.count_processors(), "Number of processes.", lower_bound=1
)
_WINKS = flags.DEFINE_bool("winks", False, "Open one closed eye beside an open one too.")
_LOOK_ALIKES = flags.DEFINE_bool(
    "look_alikes", False, "Trust likeness where people cannot be told apart, as small children."
)
_MARK_SOURCE = flags.DEFINE_bool(
    "mark_source",
    True,
    "Say in the copies' XMP how they came about, by IPTC's DigitalSourceType; --nomark_source "
    "where another program writes that, or nothing may be added.",
)
_CHOICES = flags.DEFINE_string("choices", None, "File of choices that were made on the page.")
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace what an earlier run made.")


def main(argv):
    del argv
    inpainter = methods.create_inpainter(method=_METHOD.value, model=_MODEL.value)
    if _CHOICES.value is not None:
        written = _carry_out_choices(inpainter)
        print(f"{len(written)} copies are in {_OUTPUT_DIR.value}")
        for name, lost in written.items():
            if lost:
                print(f"{name} is without {', '.join(lost)}")
        return
    report = album.open_album_eyes(
        _INPUT_DIR.value,
        _OUTPUT_DIR.value,
        inpainter=inpainter,
        num_workers=_NUM_WORKERS.value,
        caution=dataclasses.replace(
            decision.UNASKED, winks=_WINKS.value, look_alikes=_LOOK_ALIKES.value
        ),
        is_marked=_MARK_SOURCE.value,
        overwrite=_OVERWRITE.value,
    )
    counts = collections.Counter(face.status for face in report.faces)
    print(
        f"{report.num_photos} photographs, {report.num_people} people: {counts['opened']} faces "
        f"with opened eyes, {counts['left alone']} left alone, {counts['open']} open already"
    )
    if report.skipped:
        print(f"{len(report.skipped)} files are no readable photographs; the page names them")
    if report.not_kept:
        print(f"{len(report.not_kept)} copies lack something that is named there")
    print(f"look at {pathlib.Path(_OUTPUT_DIR.value) / album.PAGE}")


def _carry_out_choices(inpainter):
    chosen = files.read_typed(_CHOICES.value, choices.Choices)
    files.check_apart(_INPUT_DIR.value, _OUTPUT_DIR.value)
    sources = choices.find_sources(chosen, _INPUT_DIR.value)
    parameters = {
        "choices": msgspec.to_builtins(chosen),
        "inpainter": methods.identify_inpainter(inpainter),
        "is_marked": _MARK_SOURCE.value,
    }
    with files.staged_directory(
        _OUTPUT_DIR.value, tool=album.TOOL, parameters=parameters, overwrite=_OVERWRITE.value
    ) as folder:
        return choices.carry_out(
            chosen, sources, folder, inpainter=inpainter, is_marked=_MARK_SOURCE.value
        )


if __name__ == "__main__":
    entry.run(main)
