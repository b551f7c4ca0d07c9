"""Annotates photographs: INPUT (one folder a person) to RAW (celeb_params.json, celeb_id_raw/).

exgan annotate-photos --input_dir=INPUT --output_dir=RAW

What was left out and why is in RAW/annotation_report.json. Next: `exgan align-celeb-id`.
"""

from absl import flags

from exgan_tf import parallel, storage
from exgan_tf.celeb_id import annotation
from exgan_tf.cli import engine_flags, entry
from exgan_tf.faces import landmarks
from exgan_tf.faces.detect import BlazeFaceDetector

_INPUT_DIR = flags.DEFINE_string(
    "input_dir", None, "Folder with one folder of photographs for each person.", required=True
)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder to make.", required=True)
_LANDMARK_MODEL = flags.DEFINE_enum(
    "landmark_model",
    landmarks.MESH,
    landmarks.MODELS,
    "What fits the landmarks: the face mesh, or dlib's model, for NON-COMMERCIAL use only.",
)
_NUM_WORKERS = flags.DEFINE_integer(
    "num_workers", parallel.count_processors(), "Number of processes.", lower_bound=1
)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace what an earlier run made.")


def main(argv):
    del argv
    tally = annotation.annotate_photos(
        _INPUT_DIR.value,
        _OUTPUT_DIR.value,
        detector=BlazeFaceDetector(landmark_model=_LANDMARK_MODEL.value),
        engine=engine_flags.choose_engine(_NUM_WORKERS.value),
        overwrite=_OVERWRITE.value,
    )
    print(f"annotated: {tally.summary()}")
    print(f"details: {storage.to_path(_OUTPUT_DIR.value) / annotation.REPORT}")


if __name__ == "__main__":
    entry.run(main)
