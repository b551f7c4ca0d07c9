"""Annotates photographs: INPUT (one folder a person) to RAW (celeb_params.json, celeb_id_raw/).

exgan annotate-photos --input_dir=INPUT --output_dir=RAW

What was left out and why is in RAW/annotation_report.json. Next: `exgan align-celeb-id`.
"""

from absl import flags

from exgan_tf import storage
from exgan_tf.celeb_id import annotation
from exgan_tf.cli import engine_flags, entry
from exgan_tf.faces import landmarks
from exgan_tf.faces.detect import BlazeFaceDetector

engine_flags.define_folders("Folder with one folder of photographs for each person.")
_LANDMARK_MODEL = flags.DEFINE_enum(
    "landmark_model",
    landmarks.MESH,
    landmarks.MODELS,
    "What fits the landmarks: the face mesh, or dlib's model, for NON-COMMERCIAL use only.",
)


def main(argv):
    del argv
    tally = annotation.annotate_photos(
        flags.FLAGS.input_dir,
        flags.FLAGS.output_dir,
        detector=BlazeFaceDetector(landmark_model=_LANDMARK_MODEL.value),
        engine=engine_flags.choose_engine(flags.FLAGS.num_workers),
        overwrite=flags.FLAGS.overwrite,
    )
    print(f"annotated: {tally.summary()}")
    print(f"details: {storage.to_path(flags.FLAGS.output_dir) / annotation.REPORT}")


if __name__ == "__main__":
    entry.run(main)
