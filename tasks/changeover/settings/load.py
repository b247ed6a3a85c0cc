"""From flat host data to a checked model, with every problem named at once."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from changeover.settings.base import HOST, Strict
from changeover.settings.host import HostSettings
from changeover.settings.values import Values, rules

Model = TypeVar("Model", bound=Strict)


class SettingsError(ValueError):
    """The settings of one app on one host are wrong; ``problems`` has a line for each."""

    def __init__(self, problems: list[str]) -> None:
        """Keep the lines; the message joins them."""
        super().__init__("; ".join(problems))
        self.problems = problems


def load_values(app: str, data: Mapping[str, Any]) -> Values:
    """
    Return the app's values out of a host's data.

    Every key that begins with ``<app>_`` belongs to the app. Raises SettingsError with a line per
    problem, each with the key as it is written in the file. A message names the type that was
    found, never the value: it may be a secret.
    """
    prefix = f"{app}_"
    known, problems = _own(Values, prefix, data)
    problems += [f"{prefix}{key}: {message}" for key, message in rules(known)]
    return _validated(Values, prefix, known, problems)


def load_host(data: Mapping[str, Any]) -> HostSettings:
    """
    Return the host's own settings out of its data: every key that begins with ``host_``.

    Raises SettingsError as ``load_values`` does.
    """
    prefix = f"{HOST}_"
    return _validated(HostSettings, prefix, *_own(HostSettings, prefix, data))


def _own(
    model: type[Strict], prefix: str, data: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Return what the model knows of the keys that begin so, and a line for each other one."""
    own = {key.removeprefix(prefix): value for key, value in data.items() if key.startswith(prefix)}
    unknown = [_unknown(model, prefix, key) for key in own if key not in model.model_fields]
    return {key: value for key, value in own.items() if key in model.model_fields}, unknown


def _validated(
    model: type[Model], prefix: str, known: Mapping[str, Any], problems: list[str]
) -> Model:
    try:
        found = model.model_validate(known)
    except ValidationError as error:
        problems += [_describe(prefix, detail, known) for detail in error.errors()]
        raise SettingsError(problems) from None
    if problems:
        raise SettingsError(problems)
    return found


def _unknown(model: type[Strict], prefix: str, key: str) -> str:
    return f"{prefix}{key}: unknown setting; {near_setting(key, model.model_fields, prefix)}"


def near_setting(key: str, known: Iterable[str], prefix: str = "") -> str:
    """Return what to do about a key that is unknown; ``prefix`` stands before all of the known."""
    near = difflib.get_close_matches(key, list(known), n=1)
    if near:
        return f"did you mean {prefix}{near[0]}?"
    return "see docs/reference/settings.md for all settings"


def _describe(prefix: str, detail: Any, known: Mapping[str, Any]) -> str:
    path = ".".join(str(part) for part in detail["loc"])
    key = f"{prefix}{path}" if path else prefix.rstrip("_")
    if detail["type"] == "missing":
        return f"{key}: missing; set it in group_data/{prefix.rstrip('_')}.py or in the inventory"
    if path == "ref" and detail["type"] == "string_type":
        found = type(known["ref"]).__name__
        return (
            f"{key}: expected a string, found {found} (pyinfra reads numbers out of --data);"
            f" quote it: --data '{key}=\"12e4567\"'"
        )
    message = str(detail["msg"]).removeprefix("Value error, ")
    if detail["type"].endswith("_type"):
        message += f", found {type(detail['input']).__name__}"
    return f"{key}: {message}"
