"""Tables: a head over rows, and a frame in which those that are too wide can be scrolled."""

from exgan_tf.report.markup import Markup, element


def build_table(head, rows, *, num_texts: int | None = None) -> Markup:
    """A table.

    Args:
      head: the titles of its columns.
      rows: its rows, each a `tr`.
      num_texts: how many columns hold texts, the others being numbers; None for texts alone.
    """
    titles = [
        element(
            "th",
            title,
            css="" if num_texts is None or index < num_texts else "number",
            attributes={"scope": "col"},
        )
        for index, title in enumerate(head)
    ]
    return element("table", [element("thead", element("tr", titles)), element("tbody", rows)])


def build_row(title, cells) -> Markup:
    """A row of its title and of its cells, each a `td`."""
    return element("tr", [element("th", title, attributes={"scope": "row"}), *cells])


def scrolling(table: Markup, *, label: str, css: str = "") -> Markup:
    """A table that scrolls sideways in its own frame where the screen is too narrow for it."""
    attributes = {"role": "region", "aria-label": label, "tabindex": "0"}
    return element("div", table, css=f"scrolling {css}".strip(), attributes=attributes)
