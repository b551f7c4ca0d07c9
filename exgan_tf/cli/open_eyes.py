"""Opens closed eyes in a folder of photographs, using other photographs of the same people in it.

  exgan open-eyes --input_dir=ALBUM --output_dir=OUT

writes corrected copies and OUT/index.html, a page that shows before and after, and what was left
alone and why. Originals are only read. If it is interrupted, the same command continues. Eyes are
filled by the model that comes with the package; --model takes another one, --method=transplant
needs none.

  exgan open-eyes --input_dir=ALBUM --output_dir=OUT --choices=choices.json

carries out what was chosen on the page of `exgan web` or of an album, and nothing else.
"""

import collections
import dataclasses
import pathlib

import msgspec
from absl import flags

from exgan_tf import files, parallel, tally
from exgan_tf.cli import entry
from exgan_tf.inpainters import INPAINTERS
from exgan_tf.photo import album, choices, decision, methods

_INPUT_DIR = flags.DEFINE_string("input_dir", None, "Folder of photographs.", required=True)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder to create.", required=True)
_MODEL = flags.DEFINE_string("model", None, "Folder of an exported model.")
_METHOD = flags.DEFINE_enum("method", None, list(INPAINTERS), "A method that needs no model.")
_NUM_WORKERS = flags.DEFINE_integer(
    "num_workers", parallel.count_processors(), "Number of processes.", lower_bound=1
)
_WINKS = flags.DEFINE_bool("winks", False, "Also open a closed eye beside an open one.")
_LOOK_ALIKES = flags.DEFINE_bool(
    "look_alikes",
    False,
    "Trust likeness where people cannot be told apart, such as small children.",
)
_MARK_SOURCE = flags.DEFINE_bool(
    "mark_source",
    True,
    "Record in the copies' XMP how they were made, as IPTC's DigitalSourceType; --nomark_source if "
    "another program writes that, or nothing may be added.",
)
_CHOICES = flags.DEFINE_string("choices", None, "File of choices made on the page.")
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace the output of an earlier run.")


def main(argv):
    del argv
    inpainter = methods.create_inpainter(method=_METHOD.value, model=_MODEL.value)
    if _CHOICES.value is not None:
        written = _carry_out_choices(inpainter)
        print(f"{tally.count(len(written), 'copy', 'copies')} in {_OUTPUT_DIR.value}")
        for name, lost in written.items():
            if lost:
                print(f"{name} lacks {', '.join(lost)}")
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
        f"{tally.count(report.num_photos, 'photograph')}, "
        f"{tally.count(report.num_people, 'person', 'people')}: "
        f"{tally.count(counts['opened'], 'face')} with opened eyes, "
        f"{counts['left alone']:,} left alone, {counts['open']:,} already open"
    )
    if report.skipped:
        print(
            f"{tally.count(len(report.skipped), 'file')} skipped as unreadable; the page says why"
        )
    if report.not_kept:
        copies = tally.count(len(report.not_kept), "copy", "copies")
        print(f"{copies} could not keep everything; the page says what")
    print(f"open {pathlib.Path(_OUTPUT_DIR.value) / album.PAGE}")


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
