"""The pictures: what was there, what was taken away, and what each method put in its place."""

from exgan_tf.report import numbers, pictures
from exgan_tf.report.evaluation_file import Case, Evaluation
from exgan_tf.report.markup import Markup, element, join, name

GROUP_TITLES = {
    "first": "The first photographs",
    "best": "Best cases",
    "median": "Median cases",
    "worst": "Worst cases",
}
_GROUP_NOTES = {
    "first": "The first of the split in its fixed order, not picked by hand.",
    "best": "Smallest L1 in the hole of",
    "median": "Middle L1 in the hole of",
    "worst": "Largest L1 in the hole of",
}


def draw_group(evaluation: Evaluation, group: str) -> Markup:
    """All cases of a group, one of `GROUP_TITLES`; nothing if there are none.

    Raises:
      ValueError: if a picture is damaged or of another size.
    """
    cases = evaluation.cases_of(group)
    if not cases:
        return Markup("")
    sorted_by = ", ".join(dict.fromkeys(case.sorted_by for case in cases if case.sorted_by))
    note = [_GROUP_NOTES[group]]
    if group != "first":
        note += [" ", name(sorted_by) if sorted_by else "no method in particular", "."]
    heading = [element("h3", GROUP_TITLES[group]), element("p", note, css="quiet")]
    return join([*heading, *(_draw_case(evaluation, case) for case in cases)])


def draw_strip(evaluation: Evaluation, case: Case, method: str) -> Markup:
    """A case in four pictures: masked, reference, filled by one method, original."""
    are_eyes_hidden = evaluation.data.mask in (None, "eyes")
    shown = {
        "eyes taken out" if are_eyes_hidden else "masked": case.inputs["masked"],
        "reference": case.inputs["reference"],
        f"filled by {method}": case.pictures[method],
        "original": case.inputs["original"],
    }
    figures = []
    for label, path in shown.items():
        photo = _read(evaluation, path)
        picture = pictures.draw_picture(photo, alt=f"{label}, {case.name}")
        figures.append(element("figure", [picture, element("figcaption", name(label))]))
    return element("div", figures, css="strip")


def _draw_case(evaluation, case):
    shown = [
        method.name
        for method in evaluation.methods.values()
        if method.control is None or method.name in case.pictures
    ]
    drawn = [
        _draw_picture(evaluation, case, path, label=label, caption=element("em", label))
        for label, path in case.inputs.items()
    ]
    captions = _caption(case, shown)
    for method in shown:
        if method in case.pictures:
            path, label = case.pictures[method], f"filled by {method}"
            drawn.append(
                _draw_picture(evaluation, case, path, label=label, caption=captions[method])
            )
        else:
            missing = element("div", "no picture", css="no-picture")
            drawn.append(element("figure", [missing, element("figcaption", captions[method])]))
    heading = [
        element("strong", name(case.name)),
        element("span", [" filled with the help of ", name(case.reference_name)], css="quiet"),
    ]
    return element("article", [element("h4", heading), element("div", drawn, css="case")])


def _caption(case, methods):
    """Method -> its name and its error, the smallest in bold."""
    errors = {method: case.masked_l1.get(method) for method in methods}
    known = [error for error in errors.values() if error is not None]
    decimals = numbers.decimals_for(known)
    least = min((round(error, decimals) for error in known), default=None)
    captions = {}
    for method, error in errors.items():
        text = "" if error is None else numbers.write(error, decimals=decimals)
        is_least = error is not None and len(known) > 1 and round(error, decimals) == least
        captions[method] = [
            name(method),
            element("strong" if is_least else "span", text, css="value"),
        ]
    return captions


def _draw_picture(evaluation, case, path, *, label, caption):
    photo = _read(evaluation, path)
    eyes = pictures.cut(photo, case.eye_region)
    drawn = [
        pictures.draw_picture(photo, alt=f"{case.name}: {label}"),
        pictures.draw_picture(eyes, alt=f"{case.name}: the eyes, {label}"),
    ]
    return element("figure", [*drawn, element("figcaption", caption)])


def _read(evaluation, path):
    return pictures.read_picture(path, image_size=evaluation.data.image_size)
