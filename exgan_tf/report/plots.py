"""Learning curves, drawn by matplotlib as SVG that takes its colours from the style of the page."""

import io

import markupsafe

from exgan_tf.report import numbers

_TITLES = {
    ("validation", "masked_l1"): "Validation: L1 in the hole",
    ("losses", "generator_reconstruction"): "Reconstruction loss",
    ("losses", "generator_adversarial"): "Generator: adversarial loss",
    ("losses", "generator_perceptual"): "Generator: perceptual loss",
    ("losses", "discriminator_total"): "Discriminator: loss",
}
# As in the style sheet, whose variables take their place: so they fit a dark page too.
_COLORS = ("#64707d", "#14713c", "#2458b3", "#b3541e", "#7b3fa0", "#9a7b00")
_DASHES = {"solid": "-", "dashed": "--", "dotted": ":", "double": "-."}  # Of CSS; of matplotlib.
_QUIET, _RULE = "#5c6670", "#e2e4e1"
_LOG_FROM = 4.0  # Ours: the ratio of largest to smallest from which a logarithm shows more.
MAX_CURVES = len(_COLORS) * len(_DASHES)  # More in one drawing cannot be told apart.


def learning(runs: list) -> dict | None:
    """Learning curves of `RunCurves`; None without any."""
    if not runs:
        return None
    labels = []
    for run in runs:
        label = run.name if run.name == run.model else f"{run.name} ({run.model})"
        number = 1 + sum(run.name == other.name for other in runs[: len(labels)])
        labels.append(label if number == 1 else f"{label} #{number}")
    figures = []
    for key, title in _TITLES.items():
        drawn = {index: run.curves[key] for index, run in enumerate(runs) if key in run.curves}
        if drawn:
            ends = [
                f"{labels[index]} ends at "
                + numbers.write(curve.values[-1], decimals=numbers.decimals_for(curve.values))
                for index, curve in drawn.items()
            ]
            figures.append(
                {
                    "title": title,
                    "is_logarithmic": is_logarithmic(drawn),
                    "drawing": draw_curves(drawn, label=f"{title}. {'; '.join(ends)}"),
                }
            )
    notes, averaged = [], max(run.num_averaged for run in runs)
    if averaged > 1:
        notes.append(f"Each point of the longest curve is the mean of {averaged} lines of its log.")
    if any(run.model == "autoencoder" for run in runs):
        notes.append(
            "The autoencoder sees the very eyes it draws: its curves say nothing about in-painting."
        )
    legend = [
        {"label": label, "color": color(index), "dash": dash(index)}
        for index, label in enumerate(labels)
    ]
    return {"legend": legend, "figures": figures, "notes": notes}


def color(index: int) -> str:
    """The CSS colour of a curve."""
    return f"var(--color-{index % len(_COLORS)})"


def dash(index: int) -> str:
    """The CSS border style that is nearest to a curve's dashes."""
    return list(_DASHES)[index // len(_COLORS)]


def is_logarithmic(curves: dict) -> bool:
    """Whether values spread so wide that a logarithmic scale shows more of them."""
    values = [value for curve in curves.values() for value in curve.values]
    return min(values) > 0 and max(values) / min(values) > _LOG_FROM


def draw_curves(curves: dict, *, label: str) -> markupsafe.Markup:
    """Curves over the steps of training.

    Args:
      curves: number of its colour and dash, below `MAX_CURVES` -> `Curve`; at least one.
      label: the drawing in words, for those who do not see it.

    Returns:
      An <svg>, the same one for the same curves.
    """
    # Here, as it takes a second to import.
    import matplotlib
    from matplotlib import figure, ticker

    style: dict = {
        "svg.fonttype": "none",
        "svg.hashsalt": "exgan_tf",
        "font.family": "sans-serif",
        "font.size": 9,
        "lines.markersize": 4.5,
        "text.color": _QUIET,
        "axes.labelcolor": _QUIET,
        "xtick.color": _QUIET,
        "ytick.color": _QUIET,
    }
    with matplotlib.rc_context(style):
        drawing = figure.Figure(figsize=(5, 2.7), layout="constrained")
        axes = drawing.subplots()
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
        axes.grid(axis="y", color=_RULE, clip_on=False)
        for index, curve in curves.items():
            shade = _COLORS[index % len(_COLORS)]
            axes.plot(
                *curve, f"o{_DASHES[dash(index)]}", color=shade, markevery=[-1], clip_on=False
            )
        axes.set_xlabel("training step")
        axes.set_xlim(0, max(1, *(curve.steps[-1] for curve in curves.values())))
        axes.xaxis.set_major_locator(ticker.MaxNLocator(4, integer=True, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        if is_logarithmic(curves):
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_minor_locator(ticker.NullLocator())
        else:
            axes.yaxis.set_major_locator(ticker.MaxNLocator(5, steps=[1, 2, 5, 10]))
        axes.yaxis.set_major_formatter(lambda value, _: numbers.write_as_given(value))
        buffer = io.StringIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        drawing.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    text = buffer.getvalue().partition("<svg ")[2]
    for index, each in enumerate(_COLORS):
        text = text.replace(each, color(index))
    text = text.replace(_QUIET, "var(--quiet)").replace(_RULE, "var(--rule)")
    start = markupsafe.Markup('<svg role="img" aria-label="{}" ').format(label)
    return start + markupsafe.Markup(text)  # noqa: S704 - Matplotlib escapes what it writes.
