"""Which public names, members, parameters and settings had earlier releases that 3.1 has not?

``python tools/former_api.py FOLDER`` builds one environment for each release below FOLDER
(wheels only), lets each describe its own ``flask`` by introspection, and prints what is gone,
with the first and the last release that had it: ``tests/former/gone.tsv`` is that. What a user
of each sees is in ``tests/former/table.toml``. No source is read.
The part that describes runs on the Python of its release, 3.7 and newer.
"""

import inspect
import json
import pkgutil
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

PYTHONS = str(Path("~/.pyenv/versions/{}/bin/python").expanduser())
OLD_STACK = ["Jinja2<3", "MarkupSafe==2.0.1", "itsdangerous<2", "click<8"]
RELEASES = [  # release, Python that it runs on, what fits it
    ("1.0.4", "3.7.16", ["Werkzeug==0.16.1", *OLD_STACK]),
    ("1.1.4", "3.8.18", ["Werkzeug==1.0.1", *OLD_STACK]),
    ("2.0.3", "3.9.18", ["Werkzeug==2.0.3"]),
    ("2.1.3", "3.9.18", ["Werkzeug==2.1.2"]),
    ("2.2.5", "3.11.7", ["Werkzeug==2.2.3"]),
    ("2.3.3", "3.11.7", ["Werkzeug==2.3.8"]),
    ("3.0.3", "3.11.7", ["Werkzeug==3.0.6"]),
    ("3.1.3", "3.11.7", ["Werkzeug==3.1.9"]),
]
HEADING = """\
# What Flask had and 3.1.3 has not: first and last release that had it, and what it was, with a
# star if a module had only imported it. Written by tools/former_api.py."""


def parameters_of(function):
    """Return the names of a function's parameters; ``**kwargs`` among them."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return ["**kwargs" if p.kind is p.VAR_KEYWORD else p.name for p in found if p.name != "self"]


def is_public(name):
    """Tell whether a name has no leading underscore."""
    return not name.startswith("_")


def describe_class(place, cls):
    """Yield the members of a class and their parameters, those of its bases too."""
    for name in dir(cls):
        member = getattr(cls, name, None)
        if is_public(name):
            yield f"{place}.{name}"
        if (is_public(name) or name == "__init__") and inspect.isroutine(member):
            for parameter in parameters_of(member):
                yield f"{place}.{name}({parameter})"


def describe_thing(place, thing):
    """Yield what a class, function or command offers."""
    if inspect.isclass(thing):
        yield from describe_class(place, thing)
    elif inspect.isroutine(thing):
        yield from (f"{place}({parameter})" for parameter in parameters_of(thing))
    for option in getattr(thing, "params", ()):
        yield from (f"{place} {text}" for text in option.opts)


def describe_module(name):
    """Yield the names of a module; with a star those that it only imported."""
    yield name
    for public, thing in vars(import_module(name)).items():
        place = f"{name}.{public}"
        if not is_public(public) or type(thing).__name__ in ("module", "LocalProxy"):
            continue
        home = str(getattr(thing, "__module__", name))
        if name != "flask" and home not in (name, "click.core", "blinker.base"):
            yield "*" + place
            continue
        yield place
        if name != "flask":  # the details are told where it is defined
            yield from describe_thing(place, thing)


def describe_objects():
    """Yield what only an instance has: attributes, settings, what templates know."""
    import flask  # noqa: PLC0415 - only the releases have it

    app = flask.Flask("sample", static_folder=None)
    context = app.test_request_context()
    made = [app, flask.Blueprint("sample", "sample"), app.config, context, app.app_context()]
    made += [context.request, app.response_class(), app.test_client(), app.test_cli_runner()]
    for thing in made:
        cls = type(thing)
        for name in filter(is_public, dir(thing)):
            yield f"{cls.__module__}.{cls.__name__}.{name}"
    for key in app.default_config:
        yield f"config {key}"
    for kind in ("globals", "filters", "tests", "extensions"):
        for name in getattr(app.jinja_env, kind):
            yield f"template {kind} {name}"


def describe():
    """Return everything public that the installed ``flask`` has, as short texts."""
    import flask  # noqa: PLC0415 - only the releases have it

    facts = set(describe_objects())
    names = ["flask"] + [m.name for m in pkgutil.walk_packages(flask.__path__, "flask.")]
    for name in names:
        if not name.endswith("__main__"):
            facts.update(describe_module(name))
    return sorted(facts)


def ask(folder, release, python, requirements):
    """Return the facts of one release, installed in an environment of its own."""
    own = Path(folder, release, "bin", "python")
    if not own.exists():
        subprocess.check_call([PYTHONS.format(python), "-m", "venv", str(Path(folder, release))])
        pip = [str(own), "-m", "pip", "--quiet", "install", "--only-binary", ":all:"]
        subprocess.check_call([*pip, f"Flask=={release}", *requirements])
    return json.loads(subprocess.check_output([str(own), "-W", "ignore", __file__, "--describe"]))


def owners_of(fact):
    """Return the class, function or modules that hold what a fact is about."""
    parts = re.split("[.(]", fact)
    return {".".join(parts[:count]) for count in range(1, len(parts))}


def main():
    """Print each former fact with the first and the last release that had it."""
    if sys.argv[1:] == ["--describe"]:
        print(json.dumps(describe()))
        return
    seen = {}
    for release, python, requirements in RELEASES:
        for fact in ask(sys.argv[1], release, python, requirements):
            seen.setdefault(fact, []).append(release)
    print(HEADING)
    gone = {fact for fact, releases in seen.items() if releases[-1] != RELEASES[-1][0]}
    for fact in sorted(gone):
        releases = seen[fact]
        if gone.isdisjoint(owners_of(fact.lstrip("*"))):
            print(f"{releases[0]}\t{releases[-1]}\t{fact}")


if __name__ == "__main__":
    main()
