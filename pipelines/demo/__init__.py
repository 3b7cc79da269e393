"""The demo city: made up from a seed inside the real counties, written as departments hand their files over."""

from pipelines.demo.generator import SEED, Stage, generate
from pipelines.demo.geography import UnknownCounty
from pipelines.demo.manifest import DemoFile, Manifest, Outcome, Planted

__all__ = ["SEED", "DemoFile", "Manifest", "Outcome", "Planted", "Stage", "UnknownCounty", "generate"]
