"""The reference of all settings, made from the models: python -m changeover.settings.reference."""

import ast
import inspect
import sys
from itertools import pairwise
from textwrap import dedent
from typing import Annotated, Literal, get_args, get_origin

from pydantic import AfterValidator, BaseModel, SerializeAsAny
from pydantic.fields import FieldInfo

from changeover.settings import app, expect
from changeover.settings.base import Engines
from changeover.settings.host import HostSettings
from changeover.settings.migrations import Migrations
from changeover.settings.processes import ProcessEngine
from changeover.settings.values import Values

_HEAD = """\
# Settings

Made from the models by `python -m changeover.settings.reference > docs/reference/settings.md`. A
test makes sure that the two agree.

## Values: group_data, inventories, --data

Flat keys, `<app>_<field>`: PlayMaker's ref is `playmaker_ref`. The first place that has a key wins:
`--data`, the host's own data, the inventory's group (`group_data/prod.py`), the app's
(`group_data/playmaker.py`), `group_data/all.py`. A key that is not in this table is refused before
anything is changed, with the nearest known spelling.
"""

_HOST = """
## The host itself

Flat keys too, whatever apps the host carries. `deploys/provision.py` uses them.
"""

_STRUCTURE = """
## Structure: the app's deploy file

What is the same on staging and in production. `App(...)` in `deploys/<app>.py` takes:
"""


def reference() -> str:
    """Return the page."""
    parts = [_HEAD, _table(Values, "<app>_"), _HOST, _table(HostSettings, "host_")]
    parts += [_STRUCTURE, _table(app.App)]
    models = (app.Python, app.Node, app.Build, app.Database, *Migrations.kinds())
    models += (app.Web, app.Worker, *ProcessEngine.kinds())
    demands = (*get_args(expect.Expectation), expect.Check, expect.Http, expect.Errors, expect.Once)
    for model in (*models, app.Site, app.Health, *demands):
        parts += [f"\n### {model.__name__}\n\n{model.__doc__}\n", _table(model)]
    return "\n".join(parts)


def _table(model: type[BaseModel], prefix: str = "") -> str:
    rows = ["| key | form | default | meaning |", "|---|---|---|---|"]
    meanings = _meanings(model)
    for name, field in model.model_fields.items():
        meaning = " ".join(meanings.get(name, "").split()).replace("``", "`")
        rows.append(f"| `{prefix}{name}` | {_form(field)} | {_default(field)} | {meaning} |")
    return "\n".join(rows) + "\n"


def _meanings(model: type[BaseModel]) -> dict[str, str]:
    """Return what stands below a model's fields: pydantic would read it in each run."""
    classes = [one for one in reversed(model.__mro__) if one.__module__.startswith("changeover.")]
    return {name: text for one in classes for name, text in _below_fields(one).items()}


def _below_fields(model: type) -> dict[str, str]:
    (body,) = ast.parse(dedent(inspect.getsource(model))).body
    assert isinstance(body, ast.ClassDef)
    return {
        field.target.id: inspect.cleandoc(below.value.value)
        for field, below in pairwise(body.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if isinstance(below.value.value, str)
    }


def _form(field: FieldInfo) -> str:
    return _type_name(field.annotation)


def _type_name(kind: object) -> str:
    if get_origin(kind) is Annotated:
        return _type_name(get_args(kind)[0])
    if get_origin(kind) is Literal:
        return " or ".join(f"`{word}`" for word in get_args(kind))
    if get_origin(kind) is list:
        return "list of strings"
    if get_origin(kind) is dict:
        return "strings by string"
    if get_origin(kind) is tuple:
        return _several(get_args(kind)[0])
    named = [_type_name(part) for part in _parts(kind)]
    if isinstance(kind, type) and issubclass(kind, Engines):
        named = [_type_name(one) for one in kind.kinds()] or named
    if named:
        return " or ".join(dict.fromkeys(named))
    plain = {"str": "string", "int": "whole number", "bool": "True or False"}
    name = getattr(kind, "__name__", str(kind))
    return plain.get(name, f"`{name}(...)`")


def _several(kind: object) -> str:
    plain = {"string": "strings", "whole number": "whole numbers"}
    names = [_type_name(part) for part in _parts(kind) or [kind]]
    return "several " + " or ".join(plain.get(name, name) for name in names)


def _parts(kind: object) -> list[object]:
    """Return the types of a union, without None and without what checks a value."""
    found = get_args(kind)
    return [
        one
        for one in found
        if one is not type(None) and not isinstance(one, AfterValidator | SerializeAsAny)
    ]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if field.default is None or isinstance(field.default, BaseModel):
        return "none" if field.default is None else "its defaults"
    shown = repr(field.default).replace("|", "\\|")
    return f"`{shown}`" if field.default not in ((), []) else "empty"


if __name__ == "__main__":
    sys.stdout.write(reference())
