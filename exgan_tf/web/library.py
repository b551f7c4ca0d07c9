"""The photographs of the page: who is in them, whose eyes they may get, and what was chosen."""

import contextlib
import os
import pathlib
import re
import threading

import msgspec
import numpy as np

from exgan_tf import files
from exgan_tf.photo import choices, decision
from exgan_tf.photo.album_correction import describe_error
from exgan_tf.photo.decision import DecidedFace
from exgan_tf.photo.photograph import Face
from exgan_tf.web import workshop
from exgan_tf.web.state import READY, UNREADABLE, WAITING, Entry, EyeChoice, FaceChoice, State

MAX_PHOTOGRAPHS = 2000  # Ours.
_MAX_NAME = 120  # Characters, ours.
# What of an entry the page gets as it is.
_DESCRIBED = ("id", "name", "status", "reason", "height", "width", "taken", "has_preview")


class Library:
    """All photographs; its methods may be called by several threads."""

    def __init__(self, state_dir, shop: workshop.Workshop, *, input_dir=None, output_dir=None):
        """Reads what an earlier run left, goes on with it, and looks through `input_dir`.

        Copies are saved in folders of `output_dir`, or else of the state.

        Raises:
          ValueError: if the folders lie inside each other.
          OSError: if the state cannot be written.
        """
        for folder in (state_dir, output_dir):
            if None not in (folder, input_dir):
                files.check_apart(input_dir, folder)
        self.state, self._shop = State(state_dir, saved=output_dir), shop
        self._lock = threading.RLock()
        self._entries: dict[str, Entry] = {}
        self._choices = self.state.read_choices()
        # None when faces come or go.
        self._decided: dict[tuple[str, int], DecidedFace] | None = None
        for entry in self.state.read():
            self._entries[entry.id] = entry
            self._go_on(entry)
        if input_dir is not None:
            threading.Thread(target=self._look_through, args=(input_dir,), daemon=True).start()

    def add(self, source, *, name: str) -> Entry:
        """Takes up a file; one of the folder of originals is renamed.

        Args:
          source: the file.
          name: what it is called, by whomever.

        Raises:
          ValueError: if there are too many photographs.
        """
        source = pathlib.Path(source).absolute()
        checksum = files.checksum(source)
        with self._lock:
            entry = self._entries.get(checksum[:32])
            # Files were replaced or renamed: what is found under the old name is another's.
            stale = [
                other
                for other in self._entries.values()
                if other.source == str(source) and other is not entry
            ]
            if entry and entry.source != str(source) and not _is_in_place(entry):
                stale.append(entry)
                entry = None
            for other in stale:
                del self._entries[other.id]
                self._decided = None
                self.state.drop(other)
            if entry is None and len(self._entries) >= MAX_PHOTOGRAPHS:
                raise ValueError(
                    f"there are {MAX_PHOTOGRAPHS} photographs, the most allowed: remove some"
                )
            if source.parent == self.state.originals:
                source = source.replace(self.state.originals / checksum[:32])
                if entry and entry.source != str(source):  # It came from a folder before.
                    entry.source = str(source)
                    self.state.keep(entry)
            if entry is None:
                taken = {each.name for each in self._entries.values()}
                entry = Entry(checksum[:32], _free_name(name, taken), str(source), checksum)
                try:
                    self.state.keep(entry)
                except OSError:  # The disk is full: as if it had never come.
                    self.state.drop(entry)
                    raise
                self._entries[entry.id] = entry
                self._go_on(entry)
            return entry

    def remove(self, photograph: str) -> None:
        """Forgets a photograph; the files of `input_dir` stay."""
        with self._lock:
            entry = self._entries.pop(photograph)
            self._decided = None
            self._choices.pop(photograph, None)
            for faces in self._choices.values():
                for face, choice in list(faces.items()):
                    eyes = filter(None, (choice.left, choice.right))
                    if photograph in (eye.photograph for eye in eyes):
                        del faces[face]
            self.state.drop(entry)
            self.state.keep_choices(self._choices)

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

    def describe(self) -> dict:
        """All photographs, faces and choices as JSON values."""
        with self._lock:
            return {
                "photographs": [self._describe(entry) for entry in self._entries.values()],
                "waiting": sum(each.status == WAITING for each in self._entries.values()),
            }

    def candidates(self, photograph: str, face: int) -> list[dict]:
        """The faces that may give their eyes, the best first, as JSON values."""
        with self._lock:
            decided = self._decisions()[photograph, face].decision
            by_name = {each.name: each for each in self._entries.values()}
            return [
                {
                    "photograph": (other := by_name[candidate.photograph.name]).id,
                    "name": other.name,
                    "face": other.faces.index(candidate.face),
                    "obstacle": candidate.obstacle,
                    "score": round(candidate.score, 3),
                    "reasons": candidate.reasons,
                    "is_same_occasion": candidate.is_same_occasion,
                }
                for candidate in decided.candidates
            ]

    def choose(self, photograph: str, face: int, choice: FaceChoice) -> None:
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
            self.state.keep_choices(self._choices)

    def choose_all(self) -> int:
        """Chooses the best candidate wherever nothing is in doubt; the number of faces.

        What was chosen already stays, also while a file of it is gone.
        """
        count = 0
        with self._lock:
            for (photograph, face), found in self._decisions().items():
                decided = found.decision
                is_chosen = face in self._choices.get(photograph, {})
                if decided.is_open or decided.objections or is_chosen:
                    continue
                best = self.candidates(photograph, face)[0]
                eye = EyeChoice(best["photograph"], best["face"])
                choice = FaceChoice(**dict.fromkeys(decided.eyes, eye))
                self._choices.setdefault(photograph, {})[face] = choice
                count += 1
            self.state.keep_choices(self._choices)
        return count

    def chosen(self, photograph: str, face: int, choice: FaceChoice) -> choices.ChosenFace:
        """A choice with names and landmarks instead of numbers; raises as `choose`."""
        with self._lock:
            eyes = {}
            for side in choices.SIDES:
                if (eye := getattr(choice, side)) is None:
                    continue
                if not 0 <= eye.strength <= 1:
                    raise ValueError(f"strength is {eye.strength}; expected 0 to 1")
                if eye.photograph == photograph:
                    raise ValueError("a photograph cannot be its own reference")
                eyes[side] = choices.Eye(*self._locate(eye.photograph, eye.face), eye.strength)
            name, landmarks = self._locate(photograph, face)
            return choices.ChosenFace(name, landmarks, **eyes)

    def _choice(self, photograph, face) -> FaceChoice | None:
        """What was chosen for a face, unless a file of it is gone, or not looked at yet."""
        choice = self._choices.get(photograph, {}).get(face)
        eyes = filter(None, (choice.left, choice.right)) if choice else ()
        try:
            for place in ((photograph, face), *((eye.photograph, eye.face) for eye in eyes)):
                self.face(*place)
        except KeyError:
            return None
        return choice

    def _locate(self, photograph, face) -> tuple[str, list[list[float]]]:
        """How choices name a face: its photograph's name, and its landmarks."""
        return self.entry(photograph).name, choices.to_points(self.face(photograph, face).detected)

    def all_choices(self) -> choices.Choices:
        """What was chosen for all faces, where all files of it are there."""
        with self._lock:
            faces = [
                self.chosen(photograph, face, choice)
                for photograph, found in self._choices.items()
                for face in sorted(found)
                if (choice := self._choice(photograph, face))
            ]
            named = {face.photograph for face in faces} | {
                eye.photograph for face in faces for eye in (face.left, face.right) if eye
            }
            checksums = {each.name: each.checksum for each in self._entries.values()}
            return choices.Choices({name: checksums[name] for name in sorted(named)}, faces)

    def sources(self) -> dict[str, pathlib.Path]:
        """The file of each photograph, by name."""
        with self._lock:
            return {each.name: pathlib.Path(each.source) for each in self._entries.values()}

    def _look_through(self, input_dir):
        for folder, folders, names in os.walk(input_dir):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(name for name in names if not name.startswith(".")):
                path = pathlib.Path(folder, name)
                # A file that cannot be read is not a photograph.
                with contextlib.suppress(OSError, ValueError):
                    if path.is_file():
                        self.add(path, name=" - ".join(path.relative_to(input_dir).parts))

    def _go_on(self, entry):
        """Queues what is still to be done for a photograph."""
        if entry.status == WAITING:
            self._enqueue(entry, workshop.make_preview, self._take_preview, urgency=workshop.SOON)

    def _enqueue(self, entry, function, on_done, *, urgency):
        """Queues a function of the source; `on_done(entry, *result)` is called in the end."""

        def finish(future):
            with self._lock:
                if self._entries.get(entry.id) is not entry:  # It was removed meanwhile.
                    return
                try:
                    on_done(entry, *future.result())
                except BaseException as error:
                    reason = describe_error(error).replace(f"{entry.source}: ", "")
                    entry.status, entry.reason = UNREADABLE, reason
                with contextlib.suppress(OSError):  # The disk is full: the next start looks again.
                    self.state.keep(entry)

        self._shop.put(function, entry.source, urgency=urgency).add_done_callback(finish)

    def _take_preview(self, entry, height, width, preview):
        files.write_bytes(self.state.preview(entry.id), preview)
        entry.height, entry.width, entry.has_preview = height, width, True
        self._enqueue(entry, workshop.examine, self._take_faces, urgency=workshop.LATER)

    def _take_faces(self, entry, faces, close_ups, taken):
        for index, close_up in enumerate(close_ups):
            files.write_bytes(self.state.close_up(entry.id, index), close_up)
        entry.faces, entry.taken = [Face.from_json(each) for each in faces], taken
        entry.status = READY
        self._decided = None

    def _decisions(self) -> dict[tuple[str, int], DecidedFace]:
        if self._decided is None:
            entries = list(self._entries.values())
            places = [(entry.id, index) for entry in entries for index in range(len(entry.faces))]
            photographs = [entry.photograph for entry in entries]
            found = decision.decide_all(photographs, caution=decision.UNASKED, ranks_always=True)
            self._decided = dict(zip(places, found, strict=True))
        return self._decided

    def _describe(self, entry):
        described = {name: getattr(entry, name) for name in _DESCRIBED} | {"faces": []}
        for index, face in enumerate(entry.faces):
            found = self._decisions()[entry.id, index]
            decided = found.decision
            landmarks = face.detected.landmarks
            low, high = landmarks.min(axis=0), landmarks.max(axis=0)
            box = workshop.close_up_box(landmarks, height=entry.height, width=entry.width)
            objections = [] if decided.is_open else decided.objections
            choice = self._choice(entry.id, index)
            described["faces"].append(
                {
                    "person": found.person,
                    "box": _place(entry, low, high - low),
                    "close_up": _place(entry, (box.left, box.top), (box.width, box.height)),
                    "openness": [round(float(each), 3) for each in face.openness],
                    "blinks": face.flaw is None and bool(face.openness.closed_eyes),
                    "is_open": decided.is_open,
                    "eyes": list(decided.eyes),
                    "objection": objections[0] if objections else None,
                    "choice": choice and msgspec.to_builtins(choice),
                }
            )
        return described


def _is_in_place(entry):
    """Whether the file still holds the photograph."""
    with contextlib.suppress(OSError):
        return files.checksum(entry.source) == entry.checksum
    return False


def _place(entry, corner, size):
    """A rectangle, (x, y) of its top left corner and size, as fractions of a picture's sides."""
    sides = entry.width, entry.height
    return np.round([*np.divide(corner, sides), *np.divide(size, sides)], 4).tolist()


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
