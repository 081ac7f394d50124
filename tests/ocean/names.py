#!/usr/bin/env python3
"""Compares names.tsv with Ocean itself: its settings, the keys of its mapping, its listeners, origins and errors.

    python3 tests/ocean/names.py [FOLDER]

FOLDER is the folder of the Python package `port_ocean` (`pip install port-ocean`, or its wheel unpacked); without one the
installed package is looked for. The package is read as text and never run. Exit codes: 0 every name of Ocean's is in the list
and the other way round, 1 some are not, 2 there was no package to look at. `tests/integration/differences/names.rs` holds the list against
Pilotage and its page without any of this.
"""

import ast
import importlib.util
import pathlib
import re
import sys

LIST = pathlib.Path(__file__).with_name("names.tsv")

# Settings of the integration itself, which are not in the package: `integration.config.*` of its spec.
OF_THE_INTEGRATION = {
    "integration.config.githubToken",
    "integration.config.githubHost",
    "integration.config.githubEnterpriseName",
}
# Read from the environment beside the settings, so they stand in no class.
BESIDE = {"PROCESS_EXECUTION_MODE": "processExecutionMode"}


def package_folder():
    if len(sys.argv) > 1:
        return pathlib.Path(sys.argv[1])
    spec = importlib.util.find_spec("port_ocean")
    return pathlib.Path(spec.origin).parent if spec and spec.origin else None


def classes(*files):
    found = {}
    for file in files:
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef):
                found[node.name] = node
    return found


def camel(name):
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def names_in(node):
    return [part.id for part in ast.walk(node) if isinstance(part, ast.Name)] if node is not None else []


def fields(name, known):
    """Field name to the names that stand in its annotation and its default, base classes first."""
    node = known[name]
    own = {}
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in known:
            own.update(fields(base.id, known))
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            if "ClassVar" not in names_in(statement.annotation):
                own[statement.target.id] = (names_in(statement.annotation), statement.value)
    return own


def settings(folder):
    known = classes(folder / "config/settings.py", *sorted((folder / "core/event_listener").glob("*.py")))
    listeners = [name for name in known if name.endswith("EventListenerSettings")]
    aliases = {"EventListenerSettingsType": listeners, "LiveEventsSettingsType": ["RedisLiveEventsSettings"]}

    def below(name, prefix):
        for field, (annotation, value) in fields(name, known).items():
            if field in ("integration_config_model", "config"):
                continue
            mentioned = [*annotation, *names_in(value)]
            mentioned = [inner for outer in mentioned for inner in aliases.get(outer, [outer])]
            groups = [inner for inner in mentioned if inner in known and fields(inner, known)]
            # An enumeration is a class with names and no fields, so it is no group.
            if groups:
                for group in groups:
                    yield from below(group, f"{prefix}{camel(field)}.")
            else:
                yield f"{prefix}{camel(field)}"

    found = set(below("IntegrationConfiguration", "")) | OF_THE_INTEGRATION
    found |= {f"application.{camel(field)}" for field in fields("ApplicationSettings", known)}
    text = "\n".join(file.read_text() for file in folder.rglob("*.py") if "tests" not in file.parts)
    squeezed = {re.sub(r"[._]", "", name).lower() for name in found}
    for variable in set(re.findall(r"""["']OCEAN__([A-Z_]+[A-Z])["']""", text)):
        key = ".".join(camel(part.lower()) for part in variable.split("__"))
        if re.sub(r"[._]", "", key).lower() not in squeezed and key != "eventListener":
            found.add(BESIDE.get(variable, key))
    return found


def mapping_keys(folder):
    known = classes(folder / "core/handlers/port_app_config/models.py")
    places = {
        "": "PortAppConfig",
        "resources.": "ResourceConfig",
        "resources.selector.": "Selector",
        "resources.port.": "PortResourceConfig",
        "resources.port.entity.": "MappingsConfig",
        "resources.port.entity.mappings.": "EntityMapping",
    }
    found = set()
    for prefix, name in places.items():
        for field, (_, value) in fields(name, known).items():
            alias = next(
                (word.value.value for word in getattr(value, "keywords", []) if word.arg == "alias"),
                field,
            )
            found.add(prefix + alias)
    return found


def members(folder, name):
    node = classes(folder / "core/models.py")[name]
    return {item.value.value for item in node.body if isinstance(item, ast.Assign)}


def errors(folder):
    found = set()
    for file in sorted((folder / "exceptions").glob("*.py")):
        found |= set(classes(file))
    return found


def main():
    folder = package_folder()
    if folder is None or not (folder / "config/settings.py").is_file():
        print("could not look: there is no package port_ocean here; install port-ocean, or name its folder")
        return 2
    of_ocean = {
        "setting": settings(folder),
        "mapping": mapping_keys(folder),
        "listener": members(folder, "EventListenerType"),
        "origin": members(folder, "CreatePortResourcesOrigin"),
        "error": errors(folder),
    }
    ours = {kind: set() for kind in of_ocean}
    for line in LIST.read_text().splitlines():
        if line and not line.startswith("#"):
            kind, name, *_ = line.split("\t")
            ours[kind].add(name)
    wrong = 0
    for kind, names in of_ocean.items():
        for name in sorted(names - ours[kind]):
            print(f"{kind}\t{name}\tis Ocean's and not in the list")
            wrong += 1
        for name in sorted(ours[kind] - names):
            print(f"{kind}\t{name}\tis in the list and not Ocean's")
            wrong += 1
    total = sum(len(names) for names in of_ocean.values())
    print(f"{total} names of Ocean's in {folder}, {wrong} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
