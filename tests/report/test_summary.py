from msgspec.structs import replace

from exgan_tf.metrics.intervals import Interval
from exgan_tf.report import summary


def with_comparison(evaluation, **changes):
    """The evaluation with a single comparison, of code against reference."""
    (comparison,) = [
        each
        for each in evaluation.paired
        if (each.metric, each.method, each.against) == ("masked_l1", "code", "reference")
    ]
    comparison = replace(comparison, **changes)
    return replace(evaluation, paired=[comparison])


def plain(sentences):
    return " ".join(sentences).replace("\N{NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-")


def test_the_best_method_and_its_lead_are_told(evaluation):
    assert plain(summary.describe(evaluation)) == (
        "Best by L1 in the hole is reference with 0.0482 (95 % interval 0.0449 to 0.0511), "
        "measured on 114 photographs of 20 people. Image by image, the next best, code, is worse: "
        "12.7 % higher (95 % interval from +7.3 % to +19.1 %)."
    )


def test_a_lead_is_told_from_the_side_it_was_compared_from(evaluation):
    turned = with_comparison(
        evaluation,
        method="reference",
        against="code",
        percent=-11.2,
        percent_interval=Interval(-16.0, -6.8),
        interval=Interval(-0.01, -0.004),
        verdict="better",
    )
    assert plain(summary.describe(turned)).endswith(
        "Image by image, it is better than code, the next best: 11.2 % lower "
        "(95 % interval from -16.0 % to -6.8 %)."
    )


def test_where_the_interval_includes_zero_no_winner_is_called(evaluation):
    undecided = with_comparison(
        evaluation,
        percent=1.0,
        percent_interval=Interval(-3.0, 5.0),
        interval=Interval(-0.1, 0.2),
        verdict="no difference shown",
    )
    lead = plain(summary.describe(undecided)[1:])
    assert lead.startswith("No difference is shown between it and code")
    assert "from -3.0 % to +5.0 %" in lead
    assert "better" not in lead


def test_without_percentages_the_difference_itself_is_told(evaluation):
    absolute = with_comparison(
        evaluation,
        difference=0.00612,
        interval=Interval(0.004, 0.008),
        percent=None,
        percent_interval=None,
    )
    lead = plain(summary.describe(absolute)[1:])
    assert "0.00612 higher (95 % interval from +0.00400 to +0.00800)" in lead


def test_controls_do_not_compete(evaluation):
    control = replace(
        evaluation.methods["code"],
        control="stranger",
        masked_l1=0,
    )
    changed = replace(evaluation, methods={**evaluation.methods, "code:stranger": control})
    assert summary.rank(changed)[0] == "reference"


def test_the_exemplars_are_compared_with_the_baseline(evaluation):
    found = summary.compare_with_baseline(evaluation)
    assert [(each.method, each.against) for each in found] == [
        ("reference", "baseline"),
        ("code", "baseline"),
    ]


def test_nothing_measured_is_nothing_claimed(evaluation):
    methods = {
        name: replace(method, **dict.fromkeys(evaluation.metrics))
        for name, method in evaluation.methods.items()
    }
    empty = replace(evaluation, methods=methods)
    assert "nothing is compared" in plain(summary.describe(empty))
