"""The runner itself: it says what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployment import run


def test_a_missing_program_is_named_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a program is missing, the refusal says which and how to install it."""
    monkeypatch.setattr(run, "PROGRAMS", {"no-such-nginx": "nginx-light"})

    with pytest.raises(run.Refused, match=r"no-such-nginx not found.*install nginx-light"):
        run.check_programs(str(tmp_path))
