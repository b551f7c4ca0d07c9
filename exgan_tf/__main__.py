"""All commands under one name: `exgan COMMAND ...`, or `python -m exgan_tf COMMAND ...`.

Each is a module of `exgan_tf.cli`, and `python -m exgan_tf.cli.COMMAND` is the same.
"""

import runpy
import sys

import exgan_tf

COMMANDS = {
    "inpaint": "opens the eyes in a photograph, using other photographs of the same person",
    "open-eyes": "opens closed eyes in a folder of photographs",
    "web": "serves a page on this machine to choose whose eyes to open, and how",
    "annotate-photos": "finds the faces in your own photographs, and writes the raw layout",
    "download-celeb-id": "downloads the photographs of Celeb-ID",
    "draw-faces": "draws photographs of people who do not exist",
    "align-celeb-id": "aligns the faces of the raw layout, as published",
    "build-records": "writes aligned faces as TFRecords, split by person",
    "train": "trains a Gan, and resumes where it stopped",
    "export": "writes a trained Gan as a SavedModel",
    "evaluate": "measures models and methods on people never seen in training",
    "consistency": "measures whether a method fills a face alike under several masks",
    "report": "writes an evaluation and learning curves as an HTML page",
    "demo": "runs everything once, on drawn faces",
}


def main() -> None:
    """Runs the command that the first argument names, with the arguments after it."""
    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    name = name.replace("_", "-")  # As modules and tools are named.
    if name == "--version":
        print(f"exgan_tf {exgan_tf.__version__}")
    elif name in ("-h", "--help", "help"):
        print("usage: exgan COMMAND --flag=VALUE ...\n")
        for command, purpose in COMMANDS.items():
            print(f"  {command:18}{purpose}")
        print("\n`exgan COMMAND --help` lists a command's flags.")
    elif name in COMMANDS:
        # As Python's own -m does it: --help then shows this command's flags, and processes that it
        # starts find it again.
        sys.argv[:2] = ["-m"]
        runpy.run_module(
            f"exgan_tf.cli.{name.replace('-', '_')}", run_name="__main__", alter_sys=True
        )
    else:
        sys.exit(f"error: there is no command {name!r}; expected one of {', '.join(COMMANDS)}")


if __name__ == "__main__":
    main()
