"""What docstrings and comments name of the project: each is there, by the name that is used."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path

FOLDERS = ("deploys", "inventories", "group_data", "tasks", "tests", "bench", "docs")
_PATH = re.compile(r"(?<![\w./<{-])((?:[\w-]+/)+[\w.-]+\.(?:py|sh|j2|md))\b")
_DOTTED = re.compile(r"``(?:\w+\.)*([a-z]\w*)\.(\w+)(?:\(\))?``")
_WORDS = re.compile(r"``([a-z]+(?:_[a-z]+)+)(?:\(\))?``")
_FILE_TYPES = ("py", "sh", "j2", "md", "json", "toml", "pem", "service", "d")
_BETWEEN = (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)
# of a user's own project
_OTHERS = ("deploys/shop.py", "group_data/shop.py")


def unknown_references(root: Path) -> list[str]:
    """Every path of a docstring or comment exists, and every name of code in it."""
    project = _Project(root)
    return sorted({f"{file.relative_to(root)}: {one}" for file, one in project.unknown()})


class _Project:
    """The files of a project, and the names in their code."""

    def __init__(self, root: Path) -> None:
        self.root = root
        found = (path for folder in FOLDERS for path in sorted((root / folder).rglob("*")))
        self.files = [path for path in found if path.is_file() and "__pycache__" not in path.parts]

    def unknown(self) -> Iterator[tuple[Path, str]]:
        for file in self.files:
            if file.suffix not in (".py", ".sh"):
                continue
            for text in _split(file)[0]:
                yield from ((file, path) for path in _PATH.findall(text) if not self._is_file(path))
                for module, name in _DOTTED.findall(text):
                    if not self._is_in(module, name, file):
                        yield file, f"{module}.{name}"
                for word in _WORDS.findall(text):
                    if not self._is_word(word, file):
                        yield file, word

    def _is_file(self, path: str) -> bool:
        return path in _OTHERS or any(str(file).endswith(f"/{path}") for file in self.files)

    def _is_in(self, module: str, name: str, file: Path) -> bool:
        """Tell whether a module has a name, for one file; what is no module is not judged."""
        if name in _FILE_TYPES:
            return name != "py" or any(one.name == f"{module}.py" for one in self.files)
        meant = _aliases(file).get(module, module)
        modules = [one for one in self.files if _module(one) == meant]
        found = self._nearest(modules, file)
        return not found or any(name in _defined(one) for one in found)

    def _nearest(self, modules: list[Path], file: Path) -> list[Path]:
        """Return which modules of one name a file means: what it imports, what is beside it."""
        text = file.read_text()
        imported = [one for one in modules if self._dotted(one) in text]
        beside = [one for one in modules if file.parent in (one.parent, one.parent.parent)]
        return imported or beside or modules

    def _dotted(self, file: Path) -> str:
        path = file.parent if file.name == "__init__.py" else file.with_suffix("")
        return ".".join(path.relative_to(self.root).parts).removeprefix("tasks.")

    def _is_word(self, word: str, file: Path) -> bool:
        """Tell whether a word is one of the code; what other files call a module is none here."""
        if word in self._all_aliases:
            return word in _aliases(file)
        return {word, word.removeprefix("host_")} & self._words != set()

    @cached_property
    def _all_aliases(self) -> set[str]:
        return {alias for one in self.files if one.suffix == ".py" for alias in _aliases(one)}

    @cached_property
    def _words(self) -> set[str]:
        """Return all words of the code, and of what is no Python."""
        texts = (
            _split(file)[1] for file in self.files if file.suffix in (".py", ".sh", ".j2", ".in")
        )
        named = {part for file in self.files for part in (file.stem, *file.parts)}
        return named.union(*(re.findall(r"\w+", text) for text in texts))


def _module(file: Path) -> str:
    """Return a module's own name, "" for what is none."""
    if file.suffix != ".py":
        return ""
    return file.parent.name if file.name == "__init__.py" else file.stem


@cache
def _aliases(file: Path) -> dict[str, str]:
    """Return what a file calls modules, where it calls them otherwise."""
    found = re.findall(r"(?m)^ *from \S+ import (\w+) as (\w+)$", file.read_text())
    return {alias: name for name, alias in found}


@cache
def _defined(file: Path) -> set[str]:
    """Return every name that a module gives to something, at whatever depth."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).split(".")[0])
    return found


@cache
def _split(file: Path) -> tuple[list[str], str]:
    """Return the comments and docstrings of a file, and all else."""
    text = file.read_text()
    if file.suffix != ".py":
        comments = re.compile(r"(?m)(?:^|\s)#(.*)$")
        return comments.findall(text), comments.sub("", text)
    said, code, fresh = [], [], True
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and fresh):
            said.append(token.string)  # a string that begins a statement is a docstring
        else:
            code.append(token.string)
        if token.type not in (tokenize.COMMENT, tokenize.NL):
            fresh = token.type in _BETWEEN
    return said, " ".join(code)
