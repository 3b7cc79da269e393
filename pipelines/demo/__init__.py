"""The demo city: made up from a seed inside the real counties, handed over as departments do, imported."""

from pipelines.demo.calendar import AS_OF
from pipelines.demo.generator import SEED, Stage, generate
from pipelines.demo.geography import UnknownCounty
from pipelines.demo.load import load
from pipelines.demo.manifest import DemoFile, Manifest, Outcome, Planted

__all__ = [
    "AS_OF",
    "SEED",
    "DemoFile",
    "Manifest",
    "Outcome",
    "Planted",
    "Stage",
    "UnknownCounty",
    "generate",
    "load",
]
