"""Data: record files, the input pipeline, masks, references, and the fields of an example."""
