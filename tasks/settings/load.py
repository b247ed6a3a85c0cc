"""From flat host data to a checked model, with every problem named at once."""

import difflib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from tasks.settings.values import Values, rules


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
    own = {key.removeprefix(prefix): value for key, value in data.items() if key.startswith(prefix)}
    problems = [_unknown(prefix, key) for key in own if key not in Values.model_fields]
    known = {key: value for key, value in own.items() if key in Values.model_fields}
    problems += [f"{prefix}{key}: {message}" for key, message in rules(known)]
    try:
        values = Values.model_validate(known)
    except ValidationError as error:
        problems += [_describe(prefix, detail, known) for detail in error.errors()]
        raise SettingsError(problems) from None
    if problems:
        raise SettingsError(problems)
    return values


def _unknown(prefix: str, key: str) -> str:
    near = difflib.get_close_matches(key, Values.model_fields, n=1)
    hint = f"did you mean {prefix}{near[0]}?" if near else "see docs/settings.md for all settings"
    return f"{prefix}{key}: unknown setting; {hint}"


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
