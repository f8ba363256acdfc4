"""`pyspark.core.files`: where files added to a context are. Not there yet."""

from firesteel.classic import not_yet


class SparkFiles:
    """Paths of files added with `SparkContext.addFile`."""

    @classmethod
    def get(cls, filename: str) -> str:
        """The path of one such file."""
        not_yet("SparkFiles.get")

    @classmethod
    def getRootDirectory(cls) -> str:
        """The directory of all such files."""
        not_yet("SparkFiles.getRootDirectory")
