"""What every file of the project keeps to: each check returns a line for each breach."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from pyinfra.api.arguments import AllArguments

# A layer may import from itself and from what stands after it.
LAYERS = (
    *("deploys", "changeover.hardening", "changeover", "changeover.run"),
    *("changeover.operations", "changeover.facts", "changeover.plans"),
)
BELOW = ("changeover.settings", "changeover.templates")
PURE = ("changeover.plans", *BELOW)
DEPLOY_LINES = 120
LINES = 300
OPERATIONS = ("tasks/changeover/operations", "tasks/changeover/hardening/operations")
TEXT = {".py", ".sh", ".j2", ".html", ".json", ".txt"}
# In two parts, so that this file does not hold what it looks for.
REGISTRIES = ("registry.npm" "js.org", "pypi.org" "/simple", "deb.debian" ".org")  # fmt: skip
HOMES = re.compile(r"/home/(?!changeover\b|git\b|admin\b|\{|\$)[a-z]|/Us" r"ers/[a-z]")
# An app has a file in each of these.
_APPS = ("deploys", "group_data")
NOT_COMPOSITION = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
    *(ast.For, ast.While, ast.If, ast.IfExp, ast.Try, ast.With),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)


def modules(root: Path, *folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Return each module below the folders by its dotted name, parsed."""
    for folder in folders or ("deploys", "tasks"):
        for path in sorted((root / folder).rglob("*.py")):
            name = ".".join(path.relative_to(root).with_suffix("").parts).removeprefix("tasks.")
            yield name.removesuffix(".__init__"), ast.parse(path.read_text())


def layer(module: str) -> str:
    """Return the layer of a module."""
    folder = module if module in (*LAYERS, *BELOW) else module.rsplit(".", 1)[0]
    return ".".join(folder.split(".")[:2])


def _at_run_time(node: ast.AST) -> Iterator[ast.AST]:
    """Go through a module, but not through what it imports for its types alone."""
    yield node
    for inner in ast.iter_child_nodes(node):
        if not (isinstance(inner, ast.If) and ast.unparse(inner.test) == "TYPE_CHECKING"):
            yield from _at_run_time(inner)


def imports(module: ast.Module, known: set[str]) -> Iterator[str]:
    """Return what a module imports, down to modules where those are known."""
    for node in _at_run_time(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in known else node.module for name in names)


def graph(root: Path) -> dict[str, set[str]]:
    """Return what each module of the project imports of the project, and of pyinfra."""
    parsed = dict(modules(root))
    return {
        name: {found for found in imports(tree, set(parsed)) if found in parsed or _foreign(found)}
        for name, tree in parsed.items()
    }


def _foreign(name: str) -> bool:
    return name.split(".")[0] in ("pyinfra", "pyinfra_cli")


def upward_imports(root: Path) -> list[str]:
    """Imports go one way: down the layers."""
    order = {name: rank for rank, name in enumerate(LAYERS)} | dict.fromkeys(BELOW, len(LAYERS))
    return [
        f"{name} imports {found}"
        for name, wanted in graph(root).items()
        for found in sorted(wanted)
        if layer(name) in order and layer(found) in order
        if order[layer(found)] < order[layer(name)]
    ]


def impure_imports(root: Path) -> list[str]:
    """Plans, settings and templates know nothing of pyinfra."""
    return [
        f"{name} imports {found}"
        for name, wanted in graph(root).items()
        for found in sorted(wanted)
        if layer(name) in PURE and _foreign(found)
    ]


def circles(root: Path) -> list[str]:
    """No module imports itself, however long the way."""
    edges = graph(root)

    def reachable(name: str) -> set[str]:
        seen: set[str] = set()
        rest = list(edges.get(name, ()))
        while rest:
            found = rest.pop()
            if found not in seen:
                seen.add(found)
                rest += edges.get(found, ())
        return seen

    return [f"{name} imports itself" for name in edges if name in reachable(name)]


def deploys_that_compute(root: Path) -> list[str]:
    """Deploy files only compose: one line per step, under a docstring."""
    found = []
    for name, tree in modules(root, "deploys"):
        lines = (root / f"{name.replace('.', '/')}.py").read_text().count("\n")
        found += [f"{name}: {lines} lines"] if lines > DEPLOY_LINES else []
        found += [] if ast.get_docstring(tree) else [f"{name}: no docstring"]
        inner = [node for node in ast.walk(tree) if isinstance(node, NOT_COMPOSITION)]
        found += [f"{name}: {type(node).__name__}" for node in inner]
    return found


def confusable_apps(root: Path) -> list[str]:
    """No app's settings could be another's: ``<app>_`` begins no other app's name."""
    stems = {folder: {p.stem for p in (root / folder).glob("*.py")} for folder in _APPS}
    apps = set.intersection(*stems.values())
    return [f"{a} and {b}" for a in sorted(apps) for b in sorted(apps) if b.startswith(f"{a}_")]


def _is_operation(node: ast.AST) -> bool:
    if not isinstance(node, ast.FunctionDef):
        return False
    used = [one.func if isinstance(one, ast.Call) else one for one in node.decorator_list]
    return any(isinstance(one, ast.Name) and one.id == "operation" for one in used)


def _parameters(function: ast.FunctionDef) -> list[str]:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [argument.arg for argument in every if argument.arg != "self"]


def _documented(text: str) -> list[str]:
    return re.findall(r"(?m)^\+ (\w+):", text)


def _operations(root: Path) -> Iterator[tuple[str, ast.Module, list[ast.FunctionDef]]]:
    """Return each module that has operations by its stem, with them."""
    for name, tree in modules(root, *OPERATIONS):
        found = [node for node in ast.walk(tree) if _is_operation(node)]
        functions = [node for node in found if isinstance(node, ast.FunctionDef)]
        if functions:
            yield name.rsplit(".", 1)[1], tree, functions


def operations_undocumented(root: Path) -> list[str]:
    """Operations document their parameters beside the app; their module shows how one is called."""
    found = []
    for stem, tree, functions in _operations(root):
        calls = re.findall(rf"(?m)^    {stem}\.(\w+)\(name=", ast.get_docstring(tree) or "")
        known = {node.name for node in functions}
        found += [] if known.intersection(calls) else [f"{stem}: example"]
        for node in functions:
            parameters = [one for one in _parameters(node) if one != "app"]
            wrong = [one for one in _documented(ast.get_docstring(node) or "") if one != "app"]
            found += [] if wrong == parameters else [f"{stem}.{node.name}: parameters"]
            taken = {"name", *AllArguments.__annotations__} & set(parameters)
            found += [f"{stem}.{node.name}: {one} is pyinfra's" for one in sorted(taken)]
            hidden = [one for one in parameters if one.startswith("_")]
            found += [f"{stem}.{node.name}: {one} looks like pyinfra's" for one in hidden]
    return found


def operations_unnamed(root: Path) -> list[str]:
    """Every call of an operation says what it does, for the person who reads the output."""
    found = []
    helpers = {
        name.rsplit(".", 1)[1]
        for name, tree in modules(root, "tasks/changeover/operations")
        if not any(_is_operation(node) for node in ast.walk(tree))
    }
    for name, tree in modules(root, "tasks"):
        if layer(name) != "changeover":
            continue
        froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        stems = {
            a.name for node in froms if node.module == "changeover.operations" for a in node.names
        }
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            base = node.func.value
            if isinstance(base, ast.Name) and base.id in stems - helpers:
                named = any(keyword.arg == "name" for keyword in node.keywords)
                found += [] if named else [f"{name}: {base.id}.{node.func.attr}"]
    return found


def operations_without_task(root: Path) -> list[str]:
    """The same stem, a layer up."""
    return [
        f"{name}: no tasks/changeover/{stem}.py"
        for name, tree in modules(root, "tasks/changeover/operations")
        for stem in [name.rsplit(".", 1)[1]]
        if any(_is_operation(node) for node in ast.walk(tree))
        if not (root / f"tasks/changeover/{stem}.py").is_file()
    ]


def facts_undocumented(root: Path) -> list[str]:
    """Every fact documents what it is asked and what it answers."""
    found = []
    for name, tree in modules(root, "tasks/changeover/facts"):
        for node in ast.walk(tree):
            if not (isinstance(node, ast.ClassDef) and "FactBase" in map(_base, node.bases)):
                continue
            text = ast.get_docstring(node) or ""
            methods = [one for one in node.body if isinstance(one, ast.FunctionDef)]
            asked = [_parameters(one) for one in methods if one.name == "command"]
            wrong = _documented(text) != (asked[0] if asked else [])
            found += [f"{name}.{node.name}: parameters"] if wrong else []
            answer = re.search(r"\.\. code:: python\n\n +\S", text)
            found += [] if answer else [f"{name}.{node.name}: no literal value"]
    return found


def _base(node: ast.expr) -> str:
    inner = node.value if isinstance(node, ast.Subscript) else node
    return inner.id if isinstance(inner, ast.Name) else ""


def long_files(root: Path) -> list[str]:
    """No file is longer than one can keep in mind."""
    paths = [path for folder in ("tasks", "tests") for path in sorted((root / folder).rglob("*"))]
    return [
        f"{path.relative_to(root)}: {lines} lines"
        for path in paths
        if path.suffix in TEXT and path.is_file() and not path.is_relative_to(root / "tests/apps")
        for lines in [path.read_text().count("\n")]
        if lines > LINES
    ]


def shells(root: Path) -> list[str]:
    """Commands are lists of words."""
    return [
        f"{name}: a shell in line {node.lineno}"
        for name, tree in modules(root, "deploys", "tasks", "tests")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "shell"
    ]


def local_addresses(root: Path, files: list[str]) -> list[str]:
    """No file names a registry or this machine's folders."""
    found = []
    for file in files:
        path = root / file
        if not path.is_file() or path.is_symlink():
            continue
        text = path.read_bytes().decode(errors="replace")
        found += [f"{file}: {address}" for address in REGISTRIES if address in text]
        found += [f"{file}: {root}"] if f"{root}" in text else []
        found += [f"{file}: {home.group()}" for home in HOMES.finditer(text)]
    return found
