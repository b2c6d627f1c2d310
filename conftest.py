"""Runs the Python samples of the documentation, in order, one namespace for each file."""

import pytest
from sybil import Sybil
from sybil.integration.pytest import SybilItem
from sybil.parsers.markdown import PythonCodeBlockParser

pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser()],
    patterns=["README.md", "README.ko.md"],
    setup=lambda namespace: namespace.update(__name__="hello"),
).pytest()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the samples of a document in their order: each goes on where the last one ended."""
    samples = [item for item in items if isinstance(item, SybilItem)]
    in_order = iter(sorted(samples, key=lambda item: (str(item.path), item.example.line)))
    items[:] = [next(in_order) if isinstance(item, SybilItem) else item for item in items]
