"""Flags made of the options of the library: one flag a field, its help from the docstring.

So a new option is one line in its dataclass and cannot drift apart from its flag.
"""

import dataclasses
import re
import sys
import typing

from absl import flags

# So that --help of a command lists these flags as its own.
flags.disclaim_key_flags()


def define(options_class):
    """Defines a flag for each field of a dataclass; one without a default is required.

    Args:
      options_class: the dataclass; its docstring has a line `name: help` for each field.
    """
    types = typing.get_type_hints(options_class)
    for field in dataclasses.fields(options_class):
        required = field.default is dataclasses.MISSING
        _DEFINERS[types[field.name]](
            field.name,
            None if required else field.default,
            _help(options_class, field.name),
            required=required,
        )


def parse(options_class):
    """Builds the dataclass from the flags that `define` made."""
    names = [field.name for field in dataclasses.fields(options_class)]
    return options_class(**{name: flags.FLAGS[name].value for name in names})


def serialize() -> list[str]:
    """The lines of a flag file that repeats this command: our own flags that have a value."""
    ours = [
        flag
        for module, defined in flags.FLAGS.flags_by_module_dict().items()
        if "exgan_tf" in module or module in ("__main__", sys.argv[0])
        for flag in defined
    ]
    return sorted(flag.serialize() for flag in ours if flag.value is not None)


def _help(options_class, name):
    entry = re.search(
        rf"^ {{6}}{name}: (.*(?:\n {{8}}.*)*)", options_class.__doc__, flags=re.MULTILINE
    )
    return " ".join(entry[1].split())


_DEFINERS = {
    int: flags.DEFINE_integer,
    float: flags.DEFINE_float,
    str: flags.DEFINE_string,
    bool: flags.DEFINE_bool,
    int | None: flags.DEFINE_integer,
    bool | None: flags.DEFINE_bool,
}
