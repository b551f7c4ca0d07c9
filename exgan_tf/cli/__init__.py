"""The commands: with `tools/` the only place where flags live."""

import os

# Commands start quietly; TensorFlow reads this when it is first imported. As a library the
# package leaves the setting alone.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
