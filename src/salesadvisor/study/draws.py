"""How is chance drawn so that the same question gets the same answer? By hashing what is drawn for.

The same keys and purpose give the same numbers in any order, on any machine and beside any others.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Floats = NDArray[np.float64]


def whole(values: Sequence[int]) -> Words:
    """Numbers from 0 to 2^64 - 1 as they are hashed."""
    return np.array(values, dtype=np.uint64)


def mixed(values: Words) -> Words:
    """splitmix64 (Steele, Lea & Flood 2014): a well-spread number for each number."""
    z = values + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def uniforms(rollouts: int, keys: Words, purpose: int, seed: int = 0) -> Floats:
    """Numbers strictly between 0 and 1 by [rollout, key], drawn for (seed, purpose)."""
    salt = mixed(mixed(whole([seed])) + whole([purpose]))
    by_rollout = mixed(whole(range(rollouts)) + salt)
    bits = mixed(by_rollout[:, None] + mixed(keys)[None, :])
    return ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def normals(rollouts: int, keys: Words, purpose: int, seed: int = 0) -> Floats:
    """Standard normal numbers by [rollout, key] (Box & Muller 1958)."""
    radius = np.sqrt(-2 * np.log(uniforms(rollouts, keys, 2 * purpose + 1, seed)))
    angle: Floats = 2 * np.pi * uniforms(rollouts, keys, 2 * purpose + 2, seed)
    result: Floats = radius * np.cos(angle)
    return result
