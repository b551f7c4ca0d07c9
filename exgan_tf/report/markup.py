"""HTML and SVG of which the safe spelling is the short one: what is not `Markup` is escaped."""

import html


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def element(name: str, children=(), *, css: str = "", attributes=None) -> Markup:
    """An HTML element.

    Args:
      name: of the element.
      children: a text, a `Markup`, or several of them; texts are escaped.
      css: its class or classes.
      attributes: name -> value; values are escaped, and those that are None left out.
    """
    given = {"class": css or None, **(attributes or {})}
    written = "".join(
        f' {key}="{html.escape(str(value), quote=True)}"'
        for key, value in given.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(children)}</{name}>")


def join(children) -> Markup:
    """Texts and `Markup`s, one after the other; texts are escaped."""
    if isinstance(children, str):
        children = [children]
    return Markup(
        "".join(
            child if isinstance(child, Markup) else html.escape(child, quote=False)
            for child in children
        )
    )


def name(text: str) -> Markup:
    """A name from outside, kept from turning round the text beside it if it is written leftward."""
    return element("bdi", text)


_VOID = ("br", "img", "meta")
