"""What classic PySpark does through the JVM that a context runs in, where there is none."""

import errno
import json
import re
import subprocess
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

if TYPE_CHECKING:
    from pyspark.conf import SparkConf
    from pyspark.resource import ResourceInformation

    from firesteel.classic.context import SparkContext

RESOURCE = re.compile(r"spark\.driver\.resource\.([^.]+)\.amount")


class NoJvm:
    """Stands where classic PySpark keeps its handles to Java objects: every use is an error that says so."""

    def __getattr__(self, name: str) -> NoReturn:
        from pyspark.errors import PySparkAttributeError

        raise PySparkAttributeError(
            errorClass="JVM_ATTRIBUTE_NOT_SUPPORTED",
            messageParameters={"attr_name": name},
        )

    def __bool__(self) -> bool:
        return False


class Jvm(NoJvm):
    """`SparkContext._jvm`: nothing but log4j, which so many programs set levels with."""

    def __init__(self, context: "SparkContext") -> None:
        from firesteel.classic.log4j import packages

        self.org = packages(context)

    def __bool__(self) -> bool:
        return False


class SystemProperties:
    """What `SparkContext.setSystemProperty` has set. Those of Spark are defaults for contexts made later."""

    values: ClassVar[dict[str, str]] = {"SPARK_SUBMIT": "true"}

    @classmethod
    def settings(cls) -> dict[str, str]:
        """Those that are settings of Spark."""
        return {key: value for key, value in cls.values.items() if key.startswith("spark.")}


def discover_resources(conf: "SparkConf") -> "dict[str, ResourceInformation]":
    """The driver's resources (`spark.driver.resource.NAME.amount`), from the scripts that tell their addresses."""
    from pyspark.resource import ResourceInformation

    found = {}
    for key, _ in conf.getAll():
        match = RESOURCE.fullmatch(key)
        script = conf.get(f"spark.driver.resource.{match[1]}.discoveryScript") if match else None
        if match and script:
            try:
                output = subprocess.run([script], stdout=subprocess.PIPE, check=True).stdout
            except OSError as error:
                if error.errno != errno.ENOEXEC:
                    raise
                # Java runs a script without a first line `#!` in the shell.
                output = subprocess.run(["/bin/sh", script], stdout=subprocess.PIPE, check=True).stdout
            told: dict[str, Any] = json.loads(output)
            found[match[1]] = ResourceInformation(told["name"], told["addresses"])
    return found
