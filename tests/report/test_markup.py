from exgan_tf.report.markup import element, join, name


def test_text_is_escaped_and_markup_is_not():
    assert element("p", ["1 < 2 & ", element("b", "3")]) == "<p>1 &lt; 2 &amp; <b>3</b></p>"
    assert join("<b>") == "&lt;b&gt;"


def test_attributes_are_escaped_and_none_is_left_out():
    attributes = {"alt": "\"'<>&", "title": None}
    expected = '<img class="a" alt="&quot;&#x27;&lt;&gt;&amp;">'
    assert element("img", css="a", attributes=attributes) == expected


def test_names_cannot_turn_the_text_around_them():
    assert name("\N{RIGHT-TO-LEFT OVERRIDE}x").startswith("<bdi>")
