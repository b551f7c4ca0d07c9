"""The photographs of the page, what was found in them and chosen for them, kept on disk.

STATE/
  photographs/ID.json   what was found in each
  originals/ID          what was uploaded
  previews/ID.jpg
  faces/ID-N.jpg        close-ups
  choices.json          face by face
  saved/opened-NUMBER/  copies, and the choices that they were made by; elsewhere if that was chosen

An ID is made of the file's checksum: the same file twice is one photograph, and nothing that a
client says becomes a path.
"""

import contextlib
import dataclasses
import datetime
import os
import pathlib
import re
import threading

import msgspec
import numpy as np

from exgan_tf import files
from exgan_tf.faces import identity
from exgan_tf.photo import choices, decision
from exgan_tf.photo.album_correction import describe_error
from exgan_tf.photo.photograph import Face, Photograph
from exgan_tf.web import workshop

MAX_PHOTOGRAPHS = 2000  # Ours.
_MAX_NAME = 120  # Characters, ours.

WAITING, READY, UNREADABLE = "waiting", "ready", "unreadable"


class EyeChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An eye's source on the page: a face of another photograph, and the strength in [0, 1]."""

    photograph: str
    face: int
    strength: float = 1.0


class FaceChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was chosen for a face; None leaves an eye as it is."""

    left: EyeChoice | None = None
    right: EyeChoice | None = None


@dataclasses.dataclass
class Entry:
    """A photograph of the page.

    Attributes:
      id: 32 hexadecimal digits.
      name: for people, and for the copy.
      source: the file.
      checksum: SHA-256 of it.
      status: waiting, ready or unreadable.
      reason: why it is unreadable.
      height, width: in pixels, once it has a preview.
      taken: when, by ISO 8601, if known.
      faces: what was found.
      has_preview: whether there is one yet.
    """

    id: str
    name: str
    source: str
    checksum: str
    status: str = WAITING
    reason: str = ""
    height: int = 0
    width: int = 0
    taken: str | None = None
    faces: list[Face] = dataclasses.field(default_factory=list)
    has_preview: bool = False


class Library:
    """All photographs; its methods may be called by several threads."""

    def __init__(self, state_dir, shop: workshop.Workshop, *, input_dir=None, output_dir=None):
        """Reads what an earlier run left, goes on with it, and looks through `input_dir`.

        Copies are saved in folders of `output_dir`, or else of the state.

        Raises:
          ValueError: if the folders lie inside each other.
          OSError: if the state cannot be written.
        """
        self._dir, self._shop = pathlib.Path(state_dir), shop
        self._saved = pathlib.Path(output_dir or self._dir / "saved")
        for folder in (self._dir, self._saved) if input_dir is not None else ():
            files.check_apart(input_dir, folder)
        self._dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in ("photographs", "originals", "previews", "faces"):
            (self._dir / name).mkdir(exist_ok=True)
        self._saved.mkdir(exist_ok=True)
        for path in self._dir.glob("*/.*.tmp"):
            path.unlink()
        self._lock = threading.RLock()
        self._entries: dict[str, Entry] = {}
        self._choices: dict[str, dict[int, FaceChoice]] = {}
        self._grouped: dict[tuple[str, int], int] | None = None
        self._decisions: dict[tuple[str, int], decision.Decision] = {}
        damaged = []
        for path in sorted(
            (self._dir / "photographs").glob("*.json"), key=lambda path: path.stat().st_mtime
        ):
            try:
                value = files.read_json(path)
                found = [Face.from_json(each) for each in value["faces"]]
                entry = Entry(**{**value, "faces": found})
            except (ValueError, TypeError, KeyError):
                damaged.append(path)
                continue
            if pathlib.Path(entry.source).is_file():
                self._entries[entry.id] = entry
                self._go_on(entry)
        for path in damaged:  # As if it had just been uploaded, its name being lost.
            path.unlink()
            if (original := self.originals / path.stem).is_file():
                self.add(original, name=path.stem)
        if (self._dir / choices.FILE_NAME).exists():
            kept = files.read_typed(self._dir / choices.FILE_NAME, dict[str, dict[str, FaceChoice]])
            self._choices = {
                photograph: {int(face): choice for face, choice in faces.items()}
                for photograph, faces in kept.items()
            }
        if input_dir is not None:
            threading.Thread(
                target=self._look_through, args=(pathlib.Path(input_dir),), daemon=True
            ).start()

    @property
    def originals(self) -> pathlib.Path:
        """The folder for what is uploaded."""
        return self._dir / "originals"

    def add(self, source, *, name: str) -> Entry:
        """Takes up a file; one of the folder of originals is renamed.

        Args:
          source: the file.
          name: what it is called, by whomever.

        Raises:
          ValueError: if there are too many photographs.
        """
        source = pathlib.Path(source)
        checksum = files.checksum(source)
        with self._lock:
            entry = self._entries.get(checksum[:32])
            if entry is None and len(self._entries) >= MAX_PHOTOGRAPHS:
                raise ValueError(f"there are {MAX_PHOTOGRAPHS} photographs already")
            if source.parent == self.originals:
                source = source.replace(self.originals / checksum[:32])
            if entry is None:
                taken = {each.name for each in self._entries.values()}
                entry = Entry(checksum[:32], _free_name(name, taken), str(source), checksum)
                self._entries[entry.id] = entry
                try:
                    self._keep(entry)
                except OSError:  # The disk is full: as if it had never come.
                    self.remove(entry.id)
                    raise
                self._go_on(entry)
            return entry

    def remove(self, photograph: str):
        """Forgets a photograph; the files of `input_dir` stay."""
        with self._lock:
            entry = self._entries.pop(photograph)
            self._forget_people()
            self._choices.pop(photograph, None)
            for faces in self._choices.values():
                for face, choice in list(faces.items()):
                    if any(
                        eye and eye.photograph == photograph for eye in (choice.left, choice.right)
                    ):
                        del faces[face]
            self._path(entry).unlink(missing_ok=True)
            self._drop_pictures(photograph)
            if pathlib.Path(entry.source).parent == self.originals:
                pathlib.Path(entry.source).unlink(missing_ok=True)
            self._keep_choices()

    def entry(self, photograph: str) -> Entry:
        """The photograph of an ID; a KeyError if there is none."""
        with self._lock:
            return self._entries[photograph]

    def face(self, photograph: str, face: int) -> Face:
        """A face; a KeyError if there is none."""
        faces = self.entry(photograph).faces
        if not 0 <= face < len(faces):
            raise KeyError(face)
        return faces[face]

    def preview(self, photograph: str) -> pathlib.Path:
        """Where the small JPEG of a photograph is, once there is one."""
        return self._dir / "previews" / f"{photograph}.jpg"

    def close_up(self, photograph: str, face: int) -> pathlib.Path:
        """Where the close-up of a face is, as a JPEG."""
        return self._dir / "faces" / f"{photograph}-{face}.jpg"

    def describe(self) -> dict:
        """All photographs, faces and choices as JSON values."""
        with self._lock:
            people = self._people()
            return {
                "photographs": [self._describe(entry, people) for entry in self._entries.values()],
                "waiting": sum(each.status == WAITING for each in self._entries.values()),
            }

    def candidates(self, photograph: str, face: int) -> list[dict]:
        """The faces that may give their eyes, the best first, as JSON values."""
        with self._lock:
            entry = self.entry(photograph)
            decided = self._decide(entry, face)
            by_face = {
                id(found): (other, index)
                for other in self._entries.values()
                for index, found in enumerate(other.faces)
            }
            result = []
            for candidate in decided.candidates:
                other, index = by_face[id(candidate.face)]
                result.append(
                    {
                        "photograph": other.id,
                        "name": other.name,
                        "face": index,
                        "obstacle": candidate.obstacle,
                        "score": round(candidate.score, 3),
                        "reasons": candidate.reasons,
                        "is_same_occasion": candidate.is_same_occasion,
                    }
                )
            return result

    def choose(self, photograph: str, face: int, choice: FaceChoice):
        """Keeps what was chosen for a face.

        Raises:
          ValueError: if a strength is out of range, or a face cannot give its eyes.
          KeyError: if a face does not exist.
        """
        with self._lock:
            self.chosen(photograph, face, choice)
            chosen = self._choices.setdefault(photograph, {})
            chosen.pop(face, None)
            if choice.left or choice.right:
                chosen[face] = choice
            self._keep_choices()

    def choose_all(self) -> int:
        """Chooses the best candidate wherever nothing speaks against it; the number of faces.

        What was chosen already stays.
        """
        count = 0
        with self._lock:
            for entry in self._entries.values():
                for index in range(len(entry.faces)):
                    decided = self._decide(entry, index)
                    is_chosen = index in self._choices.get(entry.id, {})
                    if decided.is_open or decided.objections or is_chosen:
                        continue
                    best = self.candidates(entry.id, index)[0]
                    eye = EyeChoice(best["photograph"], best["face"])
                    choice = FaceChoice(**dict.fromkeys(decided.eyes, eye))
                    self._choices.setdefault(entry.id, {})[index] = choice
                    count += 1
            self._keep_choices()
        return count

    def chosen(self, photograph: str, face: int, choice: FaceChoice) -> choices.ChosenFace:
        """A choice with names and landmarks instead of numbers; raises as `choose`."""
        with self._lock:
            eyes = {}
            for side in choices.SIDES:
                if (eye := getattr(choice, side)) is None:
                    continue
                if not 0 <= eye.strength <= 1:
                    raise ValueError(f"strength is {eye.strength}, 0 to 1 is wanted")
                if eye.photograph == photograph:
                    raise ValueError("a photograph cannot be its own reference")
                found = self.face(eye.photograph, eye.face)
                name = self.entry(eye.photograph).name
                eyes[side] = choices.Eye(name, choices.to_points(found.detected), eye.strength)
            name = self.entry(photograph).name
            return choices.ChosenFace(
                name, choices.to_points(self.face(photograph, face).detected), **eyes
            )

    def all_choices(self) -> choices.Choices:
        """What was chosen for all faces."""
        with self._lock:
            faces = [
                self.chosen(photograph, face, choice)
                for photograph, found in self._choices.items()
                for face, choice in sorted(found.items())
            ]
            named = {face.photograph for face in faces} | {
                eye.photograph for face in faces for eye in (face.left, face.right) if eye
            }
            checksums = {each.name: each.checksum for each in self._entries.values()}
            return choices.Choices({name: checksums[name] for name in sorted(named)}, faces)

    def sources(self) -> dict[str, str]:
        """The file of each photograph, by name."""
        with self._lock:
            return {each.name: each.source for each in self._entries.values()}

    def new_save(self) -> int:
        """Makes the folder of the next save; its number."""
        with self._lock:
            number = 1
            while self.saved(number).exists():
                number += 1
            self.saved(number).mkdir()
            return number

    def saved(self, number: int) -> pathlib.Path:
        """The folder of a save."""
        return self._saved / f"opened-{number}"

    def _look_through(self, input_dir):
        for folder, folders, names in os.walk(input_dir):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(name for name in names if not name.startswith(".")):
                path = pathlib.Path(folder) / name
                if path.is_file():
                    try:
                        self.add(path, name=str(path.relative_to(input_dir)).replace(os.sep, " - "))
                    except (OSError, ValueError):
                        continue  # A file that cannot be read is not a photograph.

    def _go_on(self, entry):
        """Queues what is still to be done for a photograph."""
        if entry.status != WAITING:
            return
        preview = self._shop.put(
            workshop.make_preview,
            entry.source,
            str(self.preview(entry.id)),
            urgency=workshop.SOON,
        )
        preview.add_done_callback(lambda future: self._previewed(entry, future))

    def _previewed(self, entry, future):
        with self._lock:
            if not self._failed(entry, future):
                entry.height, entry.width = future.result()
                entry.has_preview = True
                self._try_to_keep(entry)
                close_ups = str(self._dir / "faces" / f"{entry.id}-")
                found = self._shop.put(
                    workshop.examine, entry.source, close_ups, urgency=workshop.LATER
                )
                found.add_done_callback(lambda future: self._examined(entry, future))

    def _examined(self, entry, future):
        with self._lock:
            if not self._failed(entry, future):
                found = future.result()
                entry.faces = [Face.from_json(each) for each in found["faces"]]
                entry.taken, entry.status = found["taken"], READY
                self._forget_people()
                self._try_to_keep(entry)

    def _failed(self, entry, future):
        if entry.id not in self._entries:  # It was removed meanwhile.
            self._drop_pictures(entry.id)
            return True
        if (error := future.exception()) is None:
            return False
        reason = describe_error(error).replace(f"{entry.source}: ", "")
        entry.status, entry.reason = UNREADABLE, reason
        self._try_to_keep(entry)
        return True

    def _drop_pictures(self, photograph):
        for path in (self.preview(photograph), *self._dir.glob(f"faces/{photograph}-*")):
            path.unlink(missing_ok=True)

    def _path(self, entry):
        return self._dir / "photographs" / f"{entry.id}.json"

    def _keep(self, entry):
        fields = {field.name: getattr(entry, field.name) for field in dataclasses.fields(entry)}
        faces = [face.to_json() for face in entry.faces]
        files.write_json(self._path(entry), {**fields, "faces": faces})

    def _try_to_keep(self, entry):
        """As `_keep`, unless the disk is full: the next start has to look again then."""
        with contextlib.suppress(OSError):
            self._keep(entry)

    def _keep_choices(self):
        files.write_json(
            self._dir / choices.FILE_NAME, msgspec.to_builtins(self._choices, str_keys=True)
        )

    def _people(self) -> dict[tuple[str, int], int]:
        """The number of the person of each face, from 1."""
        if self._grouped is None:
            entries = list(self._entries.values())
            found = identity.group_people([[f.descriptor for f in e.faces] for e in entries])
            self._grouped = {
                (entry.id, index): person + 1
                for entry, people in zip(entries, found, strict=True)
                for index, person in enumerate(people)
            }
        return self._grouped

    def _forget_people(self):
        """To be called whenever faces come or go."""
        self._grouped, self._decisions = None, {}

    def _decide(self, entry, index) -> decision.Decision:
        if (entry.id, index) not in self._decisions:
            people = self._people()
            face = self.face(entry.id, index)
            references, strangers = [], []
            for other in self._entries.values():
                for number, found in enumerate(other.faces):
                    if people[other.id, number] != people[entry.id, index]:
                        strangers.append(found.descriptor)
                    elif other is not entry:
                        photograph = Photograph(
                            other.name, pathlib.Path(other.source), other.faces, _taken(other)
                        )
                        references.append((photograph, found))
            self._decisions[entry.id, index] = decision.decide(
                face,
                references,
                caution=decision.UNASKED,
                strangers=np.array(strangers).reshape(-1, len(face.descriptor)),
                companions=[each for each in entry.faces if each is not face],
                taken=_taken(entry),
            )
        return self._decisions[entry.id, index]

    def _describe(self, entry, people):
        described = {
            "id": entry.id,
            "name": entry.name,
            "status": entry.status,
            "reason": entry.reason,
            "height": entry.height,
            "width": entry.width,
            "taken": entry.taken,
            "has_preview": entry.has_preview,
            "faces": [],
        }
        chosen = self._choices.get(entry.id, {})
        for index, face in enumerate(entry.faces):
            decided = self._decide(entry, index)
            low, high = face.detected.landmarks.min(axis=0), face.detected.landmarks.max(axis=0)
            close_up = workshop.close_up_box(
                face.detected.landmarks, height=entry.height, width=entry.width
            )
            choice = chosen.get(index)
            described["faces"].append(
                {
                    "person": people[entry.id, index],
                    "box": _place(entry, *low, *high - low),
                    "close_up": _place(
                        entry, close_up.left, close_up.top, close_up.width, close_up.height
                    ),
                    "openness": [round(float(each), 3) for each in face.openness],
                    "blinks": face.flaw is None and bool(face.openness.closed_eyes),
                    "is_open": decided.is_open,
                    "eyes": list(decided.eyes),
                    "objection": None
                    if decided.is_open or not decided.objections
                    else decided.objections[0],
                    "choice": msgspec.to_builtins(choice) if choice else None,
                }
            )
        return described


def _place(entry, left, top, width, height):
    """A rectangle as fractions of a picture's width and height."""
    sizes = entry.width, entry.height, entry.width, entry.height
    return [
        round(float(each / size), 4)
        for each, size in zip((left, top, width, height), sizes, strict=True)
    ]


def _taken(entry):
    return entry.taken and datetime.datetime.fromisoformat(entry.taken)


def _free_name(name, taken):
    """A name for people and for the copy: no folders, nothing that cannot be seen, not too long."""
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(each for each in last if each.isprintable() and each not in '<>:"|?*')
    stem, dot, suffix = visible.strip(" .").rpartition(".")
    if not dot:
        stem, suffix = suffix, ""
    end = f".{suffix[:8]}" if suffix else ""
    while len((stem + end).encode()) > _MAX_NAME:
        stem = stem[:-1]
    free, number = f"{stem or 'photograph'}{end}", 1
    while free.casefold() in {each.casefold() for each in taken}:
        number += 1
        free = f"{stem or 'photograph'} {number}{end}"
    return free
