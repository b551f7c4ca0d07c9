"""Data: the Celeb-ID layouts and what fills them, the record files, and the input pipeline."""
