"""`pyspark.core.files`: files that were added to a context.

The driver has a directory of its own with a copy of each; the engine has another one, in which functions find them.
"""

import filecmp
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlparse
from urllib.request import url2pathname

if TYPE_CHECKING:
    from firesteel.classic.context import SparkContext

__all__ = ["SparkFiles"]

PACKAGES = (".zip", ".egg", ".jar")


class SparkFiles:
    """Paths of files added with `SparkContext.addFile`. Functions in workers have a class of their own for it."""

    _root_directory: ClassVar[str | None] = None
    _is_running_on_worker: ClassVar[bool] = False
    _sc: "ClassVar[SparkContext | None]" = None

    def __init__(self) -> None:
        raise NotImplementedError("Do not construct SparkFiles objects")

    @classmethod
    def get(cls, filename: str) -> str:
        """The path of an added file."""
        return os.path.abspath(os.path.join(cls.getRootDirectory(), filename))

    @classmethod
    def getRootDirectory(cls) -> str:
        """The directory of the added files."""
        if cls._sc is None:
            raise RuntimeError("There is no SparkContext: added files belong to one.")
        return str(cls._sc._files.root)


# Pickles of functions that use it name the module that workers know.
SparkFiles.__module__ = "pyspark.core.files"


class AddedFiles:
    """The files of one context."""

    def __init__(self, session: Any, directory: str, settings: Mapping[str, str]) -> None:
        self.root = Path(directory)
        self.files: dict[str, None] = {}
        self.archives: dict[str, None] = {}
        self._session = session
        for setting in ("spark.files", "spark.submit.pyFiles"):
            # The engine has them already; this is the driver's copy.
            for path in filter(None, settings.get(setting, "").split(",")):
                local, uri = _local(path.strip())
                self._copy(local, uri)
                self.files[uri] = None

    def add(self, path: str, recursive: bool = False) -> Path:
        """Adds a file, or a directory with all that is in it; gives the driver's copy."""
        local, uri = _local(path)
        if local.is_dir() and not recursive:
            raise _error("org.apache.spark.SparkException", f"{uri} is a directory, and recursive is not set.")
        copy = self.root / local.name
        if uri not in self.files:
            copy = self._copy(local, uri)
            self._send("files", _files_of(local))
            self.files[uri] = None
        return copy

    def add_python(self, path: str) -> None:
        """Adds a module or a package, which can then be imported here and in functions."""
        local, uri = _local(path)
        if uri in self.files:
            return
        copy = self.add(path)
        if local.suffix.lower() in PACKAGES:
            sys.path.insert(1, str(copy))
        self._send("pyfiles", _files_of(local))

    def add_archive(self, path: str) -> None:
        """Adds an archive, which is unpacked into a directory of its name, or of the name after `#`."""
        name, _, alias = path.partition("#")
        local, uri = _local(name)
        known_as = f"{uri}#{alias}" if alias else uri
        if known_as in self.archives:
            return
        unpacked = self.root / (alias or local.name)
        try:
            shutil.unpack_archive(local, unpacked)
        except (shutil.ReadError, ValueError) as error:
            raise _error("org.apache.spark.SparkException", f"Cannot unpack {uri}: {error}") from None
        self._send("files", _files_of(unpacked))
        self.archives[known_as] = None

    def _copy(self, local: Path, uri: str) -> Path:
        copy = self.root / local.name
        if local.is_dir():
            shutil.copytree(local, copy, dirs_exist_ok=True)
        elif not copy.exists():
            shutil.copyfile(local, copy)
        elif not filecmp.cmp(local, copy, shallow=False):
            raise _error("org.apache.spark.SparkException", f"{uri} differs from the file of that name added before.")
        return copy

    def _send(self, kind: str, files: "Iterator[tuple[str, Path]]") -> None:
        from pyspark.sql.connect.client.artifact import Artifact, LocalFile

        manager = self._session.client._artifact_manager
        artifacts = [Artifact(f"{kind}/{name}", LocalFile(str(path))) for name, path in files]
        manager._request_add_artifacts(manager._add_artifacts(artifacts))


def _files_of(local: Path) -> "Iterator[tuple[str, Path]]":
    """A file, or all files of a directory, under the names that they get."""
    if not local.is_dir():
        yield local.name, local
        return
    for path in sorted(local.rglob("*")):
        if path.is_file():
            yield str(Path(local.name, path.relative_to(local))), path


def _local(path: str) -> tuple[Path, str]:
    """A file of this machine, and its URI as Spark writes it."""
    parsed = urlparse(path)
    if parsed.scheme not in ("", "file"):
        raise _error(
            "java.lang.UnsupportedOperationException",
            f"Files can be added from this machine only, not from {parsed.scheme}: fetch {path} first.",
        )
    local = Path(url2pathname(parsed.path) if parsed.scheme else path).absolute()
    uri = f"file:{local}"
    if not local.exists():
        raise _error("java.io.FileNotFoundException", f"File {uri} does not exist")
    return local, uri


def _error(class_name: str, message: str) -> Exception:
    from firesteel.classic.errors import engine_error

    return engine_error({"class": class_name, "message": message})
