"""Flags generated from the library's options: a flag for each field, its help from the docstring.

So a new option is one line in its class and cannot drift apart from its flag.
"""

import re
import sys
import typing

import msgspec
from absl import flags

# So that --help of a command lists these flags as its own.
flags.disclaim_key_flags()


def define(options_class):
    """Defines a flag for each field of a class of options; one without a default is required.

    Args:
      options_class: the class; its docstring, or that of a class it extends, has a line
        `name: help` for each field.
    """
    define_alternatives({"": options_class})


def define_alternatives(classes: dict):
    """Defines a flag for each field of several classes of options, of which one will be parsed.

    Args:
      classes: name -> class; fields of one name have one type.
    """
    fields, owners = {}, {}
    for name, options_class in classes.items():
        for field in msgspec.structs.fields(options_class):
            fields.setdefault(field.name, field)
            owners.setdefault(field.name, []).append(name)
    for name, field in fields.items():
        text = _describe(classes[owners[name][0]], name)
        if len(owners[name]) < len(classes):
            text = f"{text} ({', '.join(owners[name])})"
        required = field.required and len(owners[name]) == len(classes)
        default = None if field.required else field.default
        # Neither ranges, which the options check, nor None, which a flag may be anyway.
        kind = msgspec.inspect.type_info(field.type)
        if isinstance(kind, msgspec.inspect.UnionType):
            kind = next(t for t in kind.types if not isinstance(t, msgspec.inspect.NoneType))
        if isinstance(kind, msgspec.inspect.LiteralType):
            values = typing.get_args(field.type)
            flags.DEFINE_enum(name, default, values, text, required=required)
        else:
            _DEFINERS[type(kind)](name, default, text, required=required)


def parse(options_class):
    """Builds the options from the flags that `define` made."""
    names = options_class.__struct_fields__
    return options_class(**{name: flags.FLAGS[name].value for name in names})


def parse_alternative(classes: dict, name: str):
    """Builds the options of a name from the flags that `define_alternatives` made.

    Raises:
      ValueError: if an option was chosen that only others have. At its default, as flag files of
        version 0.1 name all of them, it is none.
    """
    for other in classes.values():
        for field in msgspec.structs.fields(other):
            flag = flags.FLAGS[field.name]
            if field.name in classes[name].__struct_fields__ or flag.value in (None, field.default):
                continue
            owners = [each for each in classes if field.name in classes[each].__struct_fields__]
            raise ValueError(
                f"{field.name} is {flag.value}, but {name} has no such option, only "
                f"{', '.join(owners)}: leave the flag out"
            )
    return parse(classes[name])


def serialize() -> list[str]:
    """The lines of a flag file that repeats this command: our own flags that have a value."""
    ours = [
        flag
        for module, defined in flags.FLAGS.flags_by_module_dict().items()
        if "exgan_tf" in module or module in ("__main__", sys.argv[0])
        for flag in defined
    ]
    return sorted(flag.serialize() for flag in ours if flag.value is not None)


def _describe(options_class, name):
    for each in options_class.__mro__:
        pattern = rf"^ {{6}}{name}: (.*(?:\n {{8}}.*)*)"
        if entry := re.search(pattern, each.__doc__ or "", flags=re.MULTILINE):
            text = " ".join(entry[1].split())
            return text[:1].upper() + text[1:]
    raise LookupError(f"the docstring of {options_class.__name__} does not say what {name} is")


_DEFINERS: dict = {
    msgspec.inspect.IntType: flags.DEFINE_integer,
    msgspec.inspect.FloatType: flags.DEFINE_float,
    msgspec.inspect.BoolType: flags.DEFINE_bool,
    msgspec.inspect.VarTupleType: flags.DEFINE_list,  # Of texts.
}
