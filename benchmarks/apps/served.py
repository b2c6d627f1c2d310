"""The application that a server imports; the environment names its module, and a workload or folder."""

import importlib
import os

application = importlib.import_module(f"benchmarks.apps.{os.environ['BENCHMARK_APP']}").make_app(
    os.environ["BENCHMARK_ARGUMENT"]
)
