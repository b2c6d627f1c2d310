"""What is measured inside a framework's own process: a module per suite, each with ``run``.

Its arguments come from the command line as text; what it returns is printed as JSON.
Standard library and ``benchmarks`` only, beside the framework itself.
"""
