"""Writes the report of an evaluation as one HTML page that needs neither network nor scripts.

exgan report --evaluation=OUT --runs=RUN1,RUN2,RUN3 --output=OUT/report.html

OUT is the folder that `exgan evaluate` made; the learning curves are those of the runs.
"""

from absl import flags

from exgan_tf.cli import entry
from exgan_tf.report import page

_EVALUATION = flags.DEFINE_string(
    "evaluation", None, "Folder made by evaluate, with evaluation.json.", required=True
)
_RUNS = flags.DEFINE_list("runs", [], "Run directories of trainings, for their learning curves.")
_OUTPUT = flags.DEFINE_string("output", None, "HTML file to write.", required=True)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace an earlier report.")


def main(argv):
    del argv
    size = page.write_page(
        _EVALUATION.value, _OUTPUT.value, runs=_RUNS.value, overwrite=_OVERWRITE.value
    )
    print(f"report: {_OUTPUT.value}, {size / 1e6:.1f} megabytes; open it in any browser")


if __name__ == "__main__":
    entry.run(main)
