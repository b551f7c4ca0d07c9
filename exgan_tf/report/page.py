"""The page itself: putting its sections together, and writing it to a file."""

import pathlib

import exgan_tf
from exgan_tf import files, pages
from exgan_tf.evaluation.results import read_evaluation
from exgan_tf.report import cases, comparisons, curves, facts, numbers, plots, summary, tables

_GENERATOR_MARK = b'<meta name="generator" content="exgan_tf '
_MARK_WITHIN = 2000  # Bytes from the start of a page; the mark stands in the first few lines.


def write_page(evaluation_dir, output, *, runs=(), overwrite: bool = False) -> int:
    """Builds the page and writes it, all or nothing.

    Args:
      evaluation_dir: as for `build_page`.
      output: the HTML file to make; its folder is made if need be.
      runs: as for `build_page`.
      overwrite: replace a page that this tool made.

    Returns:
      The number of bytes written.

    Raises:
      ValueError: as `build_page`, and if `output` exists and may not be replaced.
    """
    output = pathlib.Path(output)
    if output.is_dir():
        raise ValueError(f"output {output} is a folder; expected the name of an HTML file")
    if output.exists():
        if not overwrite:
            raise ValueError(f"output {output} exists: choose another, or pass --overwrite")
        with open(output, "rb") as file:
            if _GENERATOR_MARK not in file.read(_MARK_WITHIN):
                raise ValueError(
                    f"output {output} was not made by this tool, so it is not replaced"
                )
    # A name from a file system may hold half a surrogate pair, which UTF-8 cannot spell.
    data = build_page(evaluation_dir, runs).encode("utf-8", "backslashreplace")
    output.parent.mkdir(parents=True, exist_ok=True)
    files.write_bytes(output, data)
    return len(data)


def build_page(evaluation_dir, runs=()) -> str:
    """The report of an evaluation as one HTML document that needs nothing else.

    Args:
      evaluation_dir: the directory with `evaluation.json` and the pictures it names.
      runs: run directories whose learning curves are shown.

    Raises:
      ValueError: if one of these files is missing or not as it should be; it is named.
    """
    if len(runs) > plots.MAX_CURVES:
        raise ValueError(
            f"runs are {len(runs)}; at most {plots.MAX_CURVES} fit on a page: leave some out"
        )
    directory = pathlib.Path(evaluation_dir)
    evaluation = read_evaluation(directory)
    created = evaluation.made_by.created if evaluation.made_by else ""
    first, *extremes = (cases.case_group(evaluation, group, directory) for group in cases.GROUPS)
    values = {
        "version": exgan_tf.__version__,
        "evaluation": evaluation,
        "primary": evaluation.metrics[summary.primary(evaluation)],
        "numbers": numbers,
        "words": summary,
        "measured_on": summary.describe_data(evaluation.data),
        "created": created.replace("T", " ").replace("Z", " UTC"),
        "sentences": summary.describe(evaluation),
        "exemplar_gans": summary.compare_with_baseline(evaluation),
        "strip": cases.strip(evaluation, directory),
        "table": tables.results_table(evaluation),
        "forests": comparisons.forests(evaluation),
        "learning": plots.learning([curves.read_curves(run) for run in runs]),
        "first": first,
        "extremes": [group for group in extremes if group],
        "unmeasured": facts.unmeasured(evaluation),
        "worst": facts.worst(evaluation),
        "facts": facts.facts(evaluation),
        "published": tables.published(evaluation),
    }
    return pages.render("report.html", values)
