"""How the host's program ``expect`` asks an app and its site, as a visitor would."""

import json
from collections.abc import Mapping
from typing import Any

from changeover.host.visitor.site import Site
from changeover.plans import processes, tls
from changeover.plans.paths import PROGRAMS
from changeover.plans.processes import functions_text
from changeover.plans.script import script
from changeover.plans.target import Target

Asked = dict[str, Any]


def site(target: Target, domain: str = "") -> Asked:
    """Return where the site is, and the app behind it; ``domain`` is the name it is asked by."""
    paths = target.paths
    return Site(
        domain=domain or target.values.domain,
        scheme=tls.scheme(target),
        socket=processes.of(target.app).listener(target).removeprefix("unix:"),
        site_enabled=paths.site_enabled,
        certificate=paths.certificate,
    )._asdict()


def past_closed(target: Target) -> Asked:
    """Return what leads past a closed page, and how the program knows that the site is closed."""
    paths = target.paths
    return {
        "app": target.app.name,
        "maintenance": paths.maintenance,
        "bypass": paths.bypass,
    }


def engine(target: Target) -> Asked:
    """Return the app's process engine, as the program asks it."""
    found = processes.of(target.app)
    return {
        "title": found.title,
        "label": found.label(target),
        "functions": functions_text(target),
    }


def expect_script(asked: Mapping[str, Any], *words: str) -> str:
    """Return the script that asks the program something."""
    return script("health/ask", programs=PROGRAMS, words=words, asked=json.dumps(asked))
