from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from quickstart import corrections
from quickstart.corrections import CORRECTIONS, Correction
from quickstart.seed import BLOCKS, COPY, FENCED, block

SEED = Path(__file__).parents[3] / "shared/seeds/000_b8fe81cdc32a3775.txt"
DIGEST = "a0d434d0b15428887b1f8d7821849480a53dd7b5dd58077508aca17ed6835320"  # SHA-256 of the seed's blocks, for a checkout without the seed beside it


def test_copy_is_verbatim() -> None:
    """The blocks under test are the seed's own 33, byte for byte."""
    source = SEED if SEED.is_file() else COPY
    blocks = FENCED.findall(source.read_bytes().decode())

    assert len(blocks) == 33
    assert blocks == BLOCKS
    assert hashlib.sha256("\0".join(BLOCKS).encode()).hexdigest() == DIGEST


def test_every_block_is_run() -> None:
    """No block of the seed is without a test that runs it."""
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    run = {int(number) for number in re.findall(r"\b(?:block|commands)\((\d+)\)", tests)}

    assert run == set(range(1, 34))


@pytest.mark.parametrize("correction", CORRECTIONS, ids=lambda row: row.written)
def test_correction_is_about_the_seed(correction: Correction) -> None:
    """What the table corrects stands in the block that it names."""
    if correction.block is not None:
        assert block(correction.block).count(correction.written) >= 1
    assert correction.correct != correction.written


def test_every_correction_is_tried() -> None:
    """Each row of the table has a test that sees the error and runs the correction."""
    rows = {name for name, value in vars(corrections).items() if isinstance(value, Correction)}
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))

    assert len(rows) == len(CORRECTIONS)
    for name in rows:
        assert f"{name}.error" in tests
        in_block = getattr(corrections, name).block is not None
        assert (f"corrected({name})" if in_block else f"{name}.correct") in tests
