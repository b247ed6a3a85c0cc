"""Every step of a release, taken from the operations themselves, to decide without a host."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from unittest.mock import patch

from changeover import operations
from changeover.operations.view import View
from changeover.plans.decision import Decision
from changeover.plans.maintenance import BY_HAND, BY_RELEASE
from changeover.plans.undo import Undo
from changeover.settings.app import App


@dataclass(frozen=True)
class Step:
    """What an operation hands to ``changeover.operations.step.apply``."""

    decide: Callable[[View], Decision]
    script: Callable[[View], str]
    secret: Callable[[View], str] | None = None
    undo: Callable[[View], Undo] | None = None
    needs_commit: bool = True
    in_plan: bool = True
    changes: Callable[[View], bool] = lambda _: True
    forbid: Callable[[View], str] | None = None


def steps(app: App) -> dict[str, Step]:
    """Return each step by its name, ``<stem>.<operation>``."""
    found: dict[str, Step] = {}
    for info in pkgutil.iter_modules(operations.__path__):
        found |= _of_module(info.name, app)
    return found


def acting(app: App, view: View, *, by_hand: bool = False) -> set[str]:
    """Return the names of the steps that have something to do."""
    other = BY_RELEASE if by_hand else BY_HAND
    return {
        name.removesuffix(f" {BY_RELEASE}").removesuffix(f" {BY_HAND}")
        for name, step in steps(app).items()
        if not name.endswith(other) and step.decide(view).needed
    }


def _of_module(stem: str, app: App) -> dict[str, Step]:
    module = importlib.import_module(f"changeover.operations.{stem}")
    found: dict[str, Step] = {}
    for name, operation in vars(module).items():
        inner = getattr(operation, "_inner", None)
        # some only look: they refuse or go on, and have no script
        if inner is None or "apply" not in inner.__code__.co_names:
            continue
        if "why" in inner.__annotations__:
            for why in (BY_RELEASE, BY_HAND):
                found[f"{stem}.{name} {why}"] = _captured(stem, inner, app=app, why=why)
        else:
            found[f"{stem}.{name}"] = _captured(stem, inner, app=app)
    return found


def _captured(stem: str, inner: Callable[..., Iterator[object]], **arguments: object) -> Step:
    caught: list[Step] = []

    def catch(
        _app: App,
        decide: Callable[[View], Decision],
        script: Callable[[View], str],
        secret: Callable[[View], str] | None = None,
        *,
        undo: Callable[[View], Undo] | None = None,
        needs_commit: bool = True,
        in_plan: bool = True,
        changes: Callable[[View], bool] = lambda _: True,
        forbid: Callable[[View], str] | None = None,
        told_in_plan: bool = False,  # noqa: ARG001 - what is told changes nothing
    ) -> Iterator[object]:
        caught.append(Step(decide, script, secret, undo, needs_commit, in_plan, changes, forbid))
        return iter(())

    with patch(f"changeover.operations.{stem}.apply", catch):
        list(inner(**arguments))
    (step,) = caught
    return step
