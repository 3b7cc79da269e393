"""The demo city: made up from a seed inside the real counties, handed over as departments do, imported."""

from pipelines.demo.calendar import AS_OF
from pipelines.demo.errors import DemoError, RealDataPresent, TooFewVillages, TooManyVillages, UnknownCounty
from pipelines.demo.generator import SEED, Stage, generate
from pipelines.demo.load import load, wanted
from pipelines.demo.manifest import DemoFile, Manifest, Outcome, Planted

__all__ = [
    "AS_OF",
    "SEED",
    "DemoError",
    "DemoFile",
    "Manifest",
    "Outcome",
    "Planted",
    "RealDataPresent",
    "Stage",
    "TooFewVillages",
    "TooManyVillages",
    "UnknownCounty",
    "generate",
    "load",
    "wanted",
]
