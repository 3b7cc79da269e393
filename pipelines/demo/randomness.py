"""Random streams that depend on the seed and on what they are for, never on the order of the work."""

import zlib

import numpy as np


def stream(seed: int, *labels: str) -> np.random.Generator:
    """Return the generator of one purpose, for instance ``stream(seed, "settlements", "441881103")``.

    Generating one county alone therefore gives the same county as generating the whole city.
    """
    spawn_key = tuple(zlib.crc32(label.encode("utf-8")) for label in labels)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=spawn_key)))
