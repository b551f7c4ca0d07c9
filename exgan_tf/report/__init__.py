"""The report: one page of what was measured.

`page` fills the template with plain values, which it only lays out: words from `summary`, numbers
from `tables` and `comparisons`, photographs from `cases`, learning curves from `plots`, which
`curves` reads from run directories, and the rest from `facts`.
"""
