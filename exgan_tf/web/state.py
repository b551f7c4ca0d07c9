"""What the page keeps on disk: photographs, what was found in them and chosen for them, copies.

STATE/
  photographs/ID.json   what was found in each
  originals/ID          what was uploaded
  previews/ID.jpg
  faces/ID-N.jpg        close-ups
  choices.json          face by face
  saved/opened-NUMBER/  copies, and the choices that they were made by; elsewhere if that was chosen

An ID is made from the file's checksum: the same file twice is one photograph, and nothing that a
client says becomes a path.
"""

import dataclasses
import datetime
import pathlib
import tempfile

import msgspec

from exgan_tf import files
from exgan_tf.photo import choices
from exgan_tf.photo.photograph import Face, Photograph

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

    @property
    def photograph(self) -> Photograph:
        """The same for decisions."""
        taken = datetime.datetime.fromisoformat(self.taken) if self.taken else None
        return Photograph(self.name, pathlib.Path(self.source), self.faces, taken)


class State:
    """The folder: what is in it, and where."""

    def __init__(self, folder, *, saved=None):
        """Makes what is missing, and clears away what was left half written.

        Args:
          folder: the folder.
          saved: that for copies, if it is not to be in there.

        Raises:
          OSError: if it cannot be written.
        """
        # Absolute, as records and the page name files of it, wherever the next start is.
        self._dir = pathlib.Path(folder).absolute()
        self._saved = pathlib.Path(saved or self._dir / "saved").absolute()
        self._dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in ("photographs", "originals", "previews", "faces"):
            (self._dir / name).mkdir(exist_ok=True)
        self._saved.mkdir(exist_ok=True)
        # By doing it, before anybody chooses: permissions do not show that a disk is read-only.
        tempfile.TemporaryFile(dir=self._saved).close()
        for path in self._dir.glob("*/.*.tmp"):
            path.unlink()
        self.originals = self._dir / "originals"

    def preview(self, photograph: str) -> pathlib.Path:
        """Where the small JPEG of a photograph is, once there is one."""
        return self._dir / "previews" / f"{photograph}.jpg"

    def close_up(self, photograph: str, face: int) -> pathlib.Path:
        """Where the close-up of a face is, as a JPEG."""
        return self._dir / "faces" / f"{photograph}-{face}.jpg"

    def new_save(self) -> int:
        """Makes the folder of the next save; its number."""
        number = 1
        while self.saved(number).exists():
            number += 1
        self.saved(number).mkdir()
        return number

    def saved(self, number: int) -> pathlib.Path:
        """The folder of a save."""
        return self._saved / f"opened-{number}"

    def read(self) -> list[Entry]:
        """The photographs whose files are still there.

        Of an uploaded one whose record is damaged only the name is lost: it is to be looked at
        again.
        """
        entries = []
        for path in sorted(self._dir.glob("photographs/*.json"), key=lambda p: p.stat().st_mtime):
            try:
                value = files.read_json(path)
                found = [Face.from_json(each) for each in value["faces"]]
                entry = Entry(**{**value, "faces": found})
                _ = entry.photograph  # Its time is read there: that of an earlier version is none.
            except (ValueError, TypeError, KeyError):
                path.unlink()
                source = self.originals / path.stem
                if not source.is_file():
                    continue
                entry = Entry(path.stem, path.stem, str(source), files.checksum(source))
                self.keep(entry)
            if pathlib.Path(entry.source).is_file():
                entries.append(entry)
        return entries

    def keep(self, entry: Entry) -> None:
        """Writes down what is known of a photograph."""
        fields = {field.name: getattr(entry, field.name) for field in dataclasses.fields(entry)}
        faces = [face.to_json() for face in entry.faces]
        files.write_json(self._record(entry), {**fields, "faces": faces})

    def drop(self, entry: Entry) -> None:
        """Removes all of a photograph; what was not uploaded stays where it is."""
        close_ups = self._dir.glob(f"faces/{entry.id}-*")
        for path in (self._record(entry), self.preview(entry.id), *close_ups):
            path.unlink(missing_ok=True)
        if pathlib.Path(entry.source).parent == self.originals:
            pathlib.Path(entry.source).unlink(missing_ok=True)

    def read_choices(self) -> dict[str, dict[int, FaceChoice]]:
        """What was chosen, by photograph and face.

        Raises:
          ValueError: if the file is damaged.
        """
        path = self._dir / choices.FILE_NAME
        if not path.exists():
            return {}
        kept = files.read_typed(path, dict[str, dict[str, FaceChoice]])
        return {id: {int(face): each for face, each in faces.items()} for id, faces in kept.items()}

    def keep_choices(self, chosen: dict[str, dict[int, FaceChoice]]) -> None:
        """Writes down what was chosen."""
        path = self._dir / choices.FILE_NAME
        files.write_json(path, msgspec.to_builtins(chosen, str_keys=True))

    def _record(self, entry):
        return self._dir / "photographs" / f"{entry.id}.json"
