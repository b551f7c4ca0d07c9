"""HTML pages from the templates beside this file: self-contained, every text from outside escaped.

A page holds its style and its pictures and tells the browser to load nothing from anywhere, so that
it looks the same in ten years and on a machine without network.
"""

import base64
import hashlib

import jinja2
import markupsafe

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("exgan_tf"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _content_hash(text):
    """By which a content security policy allows one script and no other."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


_ENVIRONMENT.filters["content_hash"] = _content_hash


def render(template: str, values: dict) -> str:
    """Fills a template.

    Args:
      template: the name of a file in templates/.
      values: name -> what the template uses; texts are escaped, `markupsafe.Markup` is not.
    """
    return _ENVIRONMENT.get_template(template).render(values)


def data_uri(kind: str, data: bytes) -> markupsafe.Markup:
    """The address of a picture that is held by the page itself; `kind` is "png" or "jpeg"."""
    encoded = base64.b64encode(data).decode("ascii")
    return markupsafe.Markup("data:image/{};base64,{}").format(kind, encoded)
