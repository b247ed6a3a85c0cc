"""The reference of all settings, made from the models: python -m tasks.settings.reference."""

import sys
from typing import Annotated, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from tasks.settings import app
from tasks.settings.values import Values

_HEAD = """\
# Settings

Made from the models by `python -m tasks.settings.reference > docs/settings.md`; a test keeps it so.

## Values: group_data, inventories, --data

Flat keys, `<app>_<field>`: PlayMaker's ref is `playmaker_ref`. A host's own data wins over the
inventory's group (`group_data/prod.py`), that over the app's (`group_data/playmaker.py`), that
over `group_data/all.py`; `--data` wins over all. A key that is not in this table is refused before
anything is touched, with the nearest known spelling.
"""

_STRUCTURE = """
## Structure: the app's deploy file

What is the same on staging and in production. `App(...)` in `deploys/<app>.py` takes:
"""


def reference() -> str:
    """Return the page."""
    parts = [_HEAD, _table(Values, "<app>_"), _STRUCTURE, _table(app.App)]
    models = (app.Python, app.Node, app.Build, app.Sqlite, app.Alembic)
    for model in (*models, app.Django, app.Service, app.Site, app.Health):
        parts += [f"\n### {model.__name__}\n\n{model.__doc__}\n", _table(model)]
    return "\n".join(parts)


def _table(model: type[BaseModel], prefix: str = "") -> str:
    rows = ["| key | form | default | meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        meaning = " ".join((field.description or "").split()).replace("``", "`")
        rows.append(f"| `{prefix}{name}` | {_form(field)} | {_default(field)} | {meaning} |")
    return "\n".join(rows) + "\n"


def _form(field: FieldInfo) -> str:
    return _type_name(field.annotation)


def _type_name(kind: object) -> str:
    if get_origin(kind) is Annotated:
        return _type_name(get_args(kind)[0])
    if get_origin(kind) is list:
        return "list of strings"
    if get_origin(kind) is tuple:
        return "several strings"
    named = [_type_name(part) for part in get_args(kind) if part is not type(None)]
    if named:
        return " or ".join(named)
    plain = {"str": "string", "int": "whole number", "bool": "True or False"}
    name = getattr(kind, "__name__", str(kind))
    return plain.get(name, f"`{name}(...)`")


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "required"
    if field.default is None or isinstance(field.default, BaseModel):
        return "none" if field.default is None else "its defaults"
    return f"`{field.default!r}`" if field.default not in ((), []) else "empty"


if __name__ == "__main__":
    sys.stdout.write(reference())
