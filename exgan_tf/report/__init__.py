"""The report: one page of what was measured.

`page` fills the template from `sections` (what each section shows), `summary` (the same in words),
`pictures` and `plots` (learning curves, that `curves` reads from run directories).
"""
