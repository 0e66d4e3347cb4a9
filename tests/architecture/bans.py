"""Which names does a module use that this code base has no place for?

Reads the syntax tree, so that a word in a text or a comment is no finding, and follows
`import x as y`, so that a new name is no way out. A name that was not imported is the module's own.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

RUNS_WHAT_IT_READS = frozenset(
    {
        *("pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"),
        *("eval", "exec", "builtins.eval", "builtins.exec"),
        *("yaml.Loader", "yaml.CLoader", "yaml.FullLoader", "yaml.UnsafeLoader"),
        *("yaml.full_load", "yaml.full_load_all", "yaml.unsafe_load", "yaml.unsafe_load_all"),
    }
)
CLOCK_AND_ENVIRONMENT = frozenset(
    {
        *("time.time", "time.time_ns", "time.localtime", "time.ctime"),
        *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today"),
        "datetime.date.today",
        *("os.environ", "os.environb", "os.getenv"),
    }
)
RANDOMNESS = frozenset({"random", "secrets", "os.urandom", "uuid.uuid1", "uuid.uuid4"})
SEEDED = frozenset({"default_rng", "Generator", "PCG64", "Philox", "SeedSequence"})
CATCH_ALL = frozenset({"Exception", "BaseException"})
YAML_LOADS = frozenset({"yaml.load", "yaml.load_all"})


@dataclass(frozen=True, order=True)
class Finding:
    line: int
    what: str


def uses_of(source: str, banned: frozenset[str]) -> list[Finding]:
    """Every use of a banned name or of anything inside it, by line."""
    tree = ast.parse(source)
    return sorted(
        {
            Finding(line, name)
            for line, name in _names_used(tree)
            if any(name == ban or name.startswith(ban + ".") for ban in banned)
        }
    )


def unsafe_yaml_loads(source: str) -> list[Finding]:
    """Every `yaml.load` that isn't given SafeLoader or a subclass of it made in the module."""
    tree = ast.parse(source)
    names = _imported_names(tree)
    safe = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any(_is_safe_loader(b, names) for b in node.bases)
    }
    return sorted(
        Finding(call.lineno, _dotted(call.func, names))
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and _dotted(call.func, names) in YAML_LOADS
        if not any(
            _is_safe_loader(argument, names)
            or (isinstance(argument, ast.Name) and argument.id in safe)
            for argument in [*call.args[1:], *(k.value for k in call.keywords if k.arg == "Loader")]
        )
    )


def pickled_arrays(source: str) -> list[Finding]:
    """Every call that lets numpy load or save pickles (`allow_pickle` not literally False)."""
    return sorted(
        Finding(keyword.value.lineno, "allow_pickle")
        for keyword in ast.walk(ast.parse(source))
        if isinstance(keyword, ast.keyword) and keyword.arg == "allow_pickle"
        if not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False)
    )


def catch_alls(source: str) -> list[Finding]:
    """Every `except:`, `except Exception` and `suppress(Exception)`, alone or in a tuple."""
    tree = ast.parse(source)
    names = _imported_names(tree)
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.ExceptHandler(type=None):
                found.append(Finding(node.lineno, "except:"))
            case ast.ExceptHandler(type=ast.expr() as caught):
                found += [Finding(node.lineno, f"except {n}") for n in _catch_alls_in(caught)]
            case ast.Call(func=called, args=args) if (
                _dotted(called, names) == "contextlib.suppress"
            ):
                found += [
                    Finding(node.lineno, f"suppress({n})")
                    for arg in args
                    for n in _catch_alls_in(arg)
                ]
    return sorted(found)


def unseeded_numpy(source: str) -> list[Finding]:
    """Every use of numpy.random but a generator made from a seed."""
    tree = ast.parse(source)
    names = _imported_names(tree)
    seeded = {
        id(call.func)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and (call.args or call.keywords)
        and _dotted(call.func, names).removeprefix("numpy.random.") in SEEDED
    }
    return sorted(
        {
            Finding(node.lineno, name)
            for node in ast.walk(tree)
            if isinstance(node, ast.Name | ast.Attribute) and id(node) not in seeded
            if (name := _dotted(node, names)).startswith("numpy.random.")
            # A generator may be named as a type; only a call of it needs a seed.
            if name not in {"numpy.random.Generator", "numpy.random.BitGenerator"}
        }
    )


def top_level_imports(source: str) -> list[Finding]:
    """Every module imported, by its full name, wherever in the file the import stands."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=aliases):
                found += [Finding(node.lineno, alias.name) for alias in aliases]
            case ast.ImportFrom(module=str(module), level=0):
                found.append(Finding(node.lineno, module))
            case ast.ImportFrom():
                found.append(Finding(node.lineno, "relative import"))
    return sorted(found)


def _names_used(tree: ast.Module) -> Iterator[tuple[int, str]]:
    names = _imported_names(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                yield from ((node.lineno, alias.name) for alias in aliases)
            case ast.ImportFrom(module=str(module), names=aliases):
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in aliases)
            case ast.Name() | ast.Attribute():
                yield node.lineno, _dotted(node, names)


def _imported_names(tree: ast.Module) -> dict[str, str]:
    names = {builtin: builtin for builtin in ("eval", "exec")}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    root = alias.name.partition(".")[0]
                    names[alias.asname or root] = alias.name if alias.asname else root
            case ast.ImportFrom(module=str(module), names=aliases, level=0):
                for alias in aliases:
                    names[alias.asname or alias.name] = f"{module}.{alias.name}"
    return names


def _dotted(node: ast.AST, names: dict[str, str]) -> str:
    match node:
        case ast.Name(id=name):
            return names.get(name, "")
        case ast.Attribute(value=value, attr=attr):
            owner = _dotted(value, names)
            return f"{owner}.{attr}" if owner else ""
    return ""


def _is_safe_loader(node: ast.AST, names: dict[str, str]) -> bool:
    return _dotted(node, names) in {"yaml.SafeLoader", "yaml.CSafeLoader"}


def _catch_alls_in(caught: ast.expr) -> list[str]:
    candidates = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return [c.id for c in candidates if isinstance(c, ast.Name) and c.id in CATCH_ALL]
