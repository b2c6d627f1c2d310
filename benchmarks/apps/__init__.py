"""One application per framework, each with ``make_app(workload)``.

It returns the WSGI callable that serves the named workload: usually the same
application, with all workloads' routes, as a real one would have.
"""
