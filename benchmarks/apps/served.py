"""The application that a server imports; the environment names framework and workload."""

import importlib
import os

application = importlib.import_module(f"benchmarks.apps.{os.environ['BENCHMARK_APP']}").make_app(
    os.environ["BENCHMARK_WORKLOAD"]
)
