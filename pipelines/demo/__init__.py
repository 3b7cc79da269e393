"""The demo city: real names, codes and county boundaries; everything else made up from a seed."""

from pipelines.demo.generate import generate
from pipelines.demo.load import AS_OF, is_empty, load
from pipelines.demo.manifest import HandedFile, Manifest

__all__ = ["AS_OF", "HandedFile", "Manifest", "generate", "is_empty", "load"]
