"""What is compared: in-painters by name, with where they come from, and controls of them."""

import dataclasses
import pathlib

import numpy as np

from exgan_tf import files, model_card
from exgan_tf.data import mask_names
from exgan_tf.gans import GANS
from exgan_tf.inpainters import INPAINTERS, Inpainter
from exgan_tf.inpainters.gan import GanInpainter
from exgan_tf.inpainters.saved_model import SavedModelInpainter
from exgan_tf.training import loop, runs

CONTROLS = {  # Name -> what a control of a method is.
    "stranger": "given another person's reference",
    "zeroed": "given a grey image as reference",
}
_REFERENCE_KEYS = ("reference", "reference_mask", "reference_eye_boxes")


@dataclasses.dataclass(frozen=True)
class Method:
    """An in-painter that takes part in an evaluation.

    Attributes:
      inpainter: fills the holes.
      kind: "untrained", or the name of a Gan in `gans.GANS`.
      description: a sentence for readers.
      source: folder of the model or the run; None if untrained, like the next three.
      step: training step of the weights.
      checkpoint: "best" or "latest".
      fingerprint: another one when the files of `source` change.
      control: which of `CONTROLS` it is; None if it is the method itself.
      mask: what was hidden in training, a name of `mask_names.NAMES`; None if nothing was.
    """

    inpainter: Inpainter
    kind: str
    description: str
    source: str | None = None
    step: int | None = None
    checkpoint: str | None = None
    fingerprint: str | None = None
    control: str | None = None
    mask: str | None = None

    @property
    def trained(self) -> bool:
        """Whether it learnt from data."""
        return self.source is not None

    def summary(self) -> dict:
        """What the result file says of it, as JSON values."""
        return {name: getattr(self, name) for name in _SUMMARY}


_SUMMARY = ("kind", "trained", "source", "step", "checkpoint", "control", "mask", "description")


def load_method(directory, *, checkpoint: str = "best") -> Method:
    """Loads a trained network.

    Args:
      directory: an exported model, or a run directory.
      checkpoint: of a run directory: "best" or "latest".

    Raises:
      ValueError: if it is neither, or damaged.
    """
    directory = pathlib.Path(directory)
    inpainter: Inpainter
    if (directory / model_card.FILE_NAME).is_file():
        card = model_card.read_model_card(directory)
        if card.kind not in GANS:
            raise ValueError(
                f"{directory / model_card.FILE_NAME}: kind is {card.kind!r}; expected one of "
                f"{', '.join(GANS)}: export the model again"
            )
        inpainter = SavedModelInpainter(directory)
        kind, step, checkpoint = card.kind, card.step, card.checkpoint
        # Models from before there was a choice do not say it.
        mask = card.experiment.get("mask", mask_names.EYES)
        description = f"{kind}, exported after step {step}"
    elif (directory / runs.RUN).is_file():
        experiment = runs.read_run(directory).experiment
        kind, mask = experiment.model, experiment.mask
        if not GANS[kind].fills_holes:
            raise ValueError(f"{directory} is a run of {kind}, which fills no holes")
        gan, step = runs.load_gan(directory, which=checkpoint)
        inpainter = GanInpainter(gan)
        description = f"{kind}, step {step} of {directory.name}"
    else:
        raise ValueError(
            f"{directory} is neither an exported model, with a {model_card.FILE_NAME}, nor a run "
            f"directory, with a {runs.RUN}"
        )
    # What `train` writes anew although it has nothing to do changes no fingerprint.
    logs = (loop.TENSORBOARD, loop.SAMPLES, loop.METRICS, runs.TRAIN_FLAGS, runs.LOCK)
    paths = sorted(path for path in directory.rglob("*") if path.is_file())
    return Method(
        inpainter=inpainter,
        kind=kind,
        description=description,
        source=str(directory),
        step=step,
        checkpoint=checkpoint,
        fingerprint=files.fingerprint(
            path for path in paths if path.relative_to(directory).parts[0] not in logs
        ),
        # A Gan that learns to paint whole faces hides nothing in training.
        mask=None if GANS[kind].adversarial_only else mask,
    )


def choose_methods(models, *, untrained=("all",), checkpoint: str = "best") -> dict:
    """Builds what takes part, from what people write.

    Args:
      models: texts "name=DIR", DIR being an exported model or a run directory.
      untrained: names of `INPAINTERS`, or "all", or "none".
      checkpoint: of run directories: "best" or "latest".

    Returns:
      Name -> `Method`: the untrained ones first.

    Raises:
      ValueError: if a text cannot be understood, a name comes twice, or nothing is left.
    """
    names = {("all",): list(INPAINTERS), ("none",): []}.get(tuple(untrained), list(untrained))
    methods = {}
    for name in names:
        if name not in INPAINTERS:
            raise ValueError(
                f"there is no untrained method {name!r}; expected all, none or some of "
                f"{', '.join(INPAINTERS)}"
            )
        inpainter = INPAINTERS[name]
        description = (inpainter.__doc__ or "").strip().splitlines()[0]
        methods[name] = Method(inpainter(), kind="untrained", description=description)
    for text in models:
        name, _, directory = text.partition("=")
        if not (name and directory):
            raise ValueError(f"{text!r} is not a model: expected name=DIR")
        if name in INPAINTERS or name in methods or ":" in name:
            raise ValueError(f"the model's name {name!r} is taken, or has a colon: choose another")
        methods[name] = load_method(directory, checkpoint=checkpoint)
    if not methods:
        raise ValueError("there is nothing to measure: name a model or an untrained method")
    return methods


def with_controls(methods: dict, controls) -> dict:
    """Adds to each method that uses the reference its controls: does it use *this* person's?

    Args:
      methods: name -> `Method`.
      controls: some of `CONTROLS`.

    Returns:
      The methods, each followed by its controls, named "method:control".

    Raises:
      ValueError: if a control is unknown.
    """
    for control in controls:
        if control not in CONTROLS:
            raise ValueError(f"control {control!r} is unknown; {', '.join(CONTROLS)} are known")
    result = {}
    for name, method in methods.items():
        result[name] = method
        for control in controls if "reference" in method.inpainter.input_names else ():
            result[f"{name}:{control}"] = dataclasses.replace(
                method, control=control, description=f"{name}, {CONTROLS[control]}"
            )
    return result


class ReferenceControls:
    """Hands batch after batch on with other references, the same ones for batches of any size.

    A stranger is the person before: the n-th photograph of somebody gets the n-th reference of that
    person, counted around. The first person has nobody before, and gets the first reference of the
    second.
    """

    def __init__(self, examples, controls):
        """Looks for the second person.

        Args:
          examples: all batches of arrays, in order, as in `data.examples`; they are read up to the
            second person, and only for strangers.
          controls: which, of `CONTROLS`; others, such as None, change nothing.

        Raises:
          ValueError: if there are to be strangers and there is no second person.
        """
        self._controls = set(controls)
        self._person = None
        self._references = []  # Those of the person so far.
        self._strangers = _find_second_person(examples) if "stranger" in self._controls else []

    def __call__(self, example: dict) -> dict:
        """Changes the references of the next batch, of arrays as in `data.examples`.

        Returns:
          Control -> example. With "stranger" each one has the reference of somebody else, with
          "zeroed" all references are grey, and None has the example as it came.
        """
        controlled: dict[str | None, dict] = {None: example}
        if "stranger" in self._controls:
            controlled["stranger"] = {**example, **self._next_strangers(example)}
        if "zeroed" in self._controls:
            controlled["zeroed"] = {**example, "reference": np.zeros_like(example["reference"])}
        return controlled

    def _next_strangers(self, example):
        chosen = []
        for index, identity in enumerate(example["identity"]):
            if identity != self._person:
                self._strangers = self._references or self._strangers
                self._person, self._references = identity, []
            chosen.append(self._strangers[len(self._references) % len(self._strangers)])
            self._references.append({key: example[key][index] for key in _REFERENCE_KEYS})
        return {key: np.stack([each[key] for each in chosen]) for key in _REFERENCE_KEYS}


def _find_second_person(examples):
    """The first reference of the second person, in a list."""
    first = None
    for example in examples:
        for index, identity in enumerate(example["identity"]):
            first = identity if first is None else first
            if identity != first:
                return [{key: example[key][index] for key in _REFERENCE_KEYS}]
    raise ValueError(
        "the control stranger needs open-eyed photographs of two people: choose another split, or "
        "leave the control out"
    )
