"""Timings as ratios measured in one run, printed as JSON: plain times vary by the machine."""
