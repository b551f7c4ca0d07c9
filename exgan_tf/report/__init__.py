"""The report of an evaluation: one HTML page that needs nothing else, neither scripts nor network.

`page` puts the page together from `evaluation_file` (what was measured), `curves` (how the runs
learnt), `summary` (what it means, in words), `figures` (drawings in SVG), `pictures` (cases) and
`tables`; `markup` writes HTML so that nothing from outside can be anything but text.
"""
