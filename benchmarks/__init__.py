"""How fast is Dewar, beside Flask, Falcon, Bottle and a bare WSGI callable?

Run ``python -m benchmarks`` from the checkout; ``benchmarks/README.md`` explains
what is measured. ``worker``, ``wsgi``, ``workloads`` and ``apps`` also run inside
the measured frameworks' environments, so they need the standard library only.
"""
