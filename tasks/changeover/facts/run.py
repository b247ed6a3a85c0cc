"""What one run of pyinfra knows and notes; read once, and gone with the run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import gevent

    from changeover.facts.commit import Unresolved
    from changeover.facts.environment import WantedEnvironment
    from changeover.hardening.operations.view import HostView
    from changeover.operations.hold import Hold
    from changeover.operations.view import View
    from changeover.plans.commit import Commit, Source
    from changeover.plans.rollback import RollbackRequest
    from changeover.plans.status import Report
    from changeover.plans.target import Rollback
    from changeover.settings.app import App

HostAndApp = tuple[str, str]


@dataclass
class Run:
    """One run: what it was told, what it has read, what it has seen, and what it has begun."""

    # told on the command line, or by deploy files
    patterns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Names that ``--limit`` and ``--exclude`` were given, by option."""
    carried: dict[str, tuple[App, ...]] = field(default_factory=dict)
    """The apps of each host whose own configuration is converged."""
    only_shows: bool = False
    """It was started with ``--dry``."""
    rollback_requests: dict[HostAndApp, RollbackRequest] = field(default_factory=dict)
    """How an app is taken back instead of released."""

    # read on the controller
    commits: dict[Source, Commit | Unresolved] = field(default_factory=dict)
    """What each ref is, the same for every host."""
    asked: dict[Source, gevent.Greenlet[..., Commit | Unresolved]] = field(default_factory=dict)
    """Questions to repositories' servers that are on their way."""
    environments: dict[tuple[str, str], WantedEnvironment] = field(default_factory=dict)
    """By app, and file or command."""

    # seen on hosts; by stage too, as what was read to show a plan is old when it was confirmed
    views: dict[tuple[str, str, bool], View] = field(default_factory=dict)
    """Of each host and app, and whether steps are executed."""
    generations: dict[HostAndApp, str] = field(default_factory=dict)
    """The changeover that was committed last when this run first looked."""
    rollbacks: dict[HostAndApp, Rollback] = field(default_factory=dict)
    """Where a rollback leads, decided at the first look."""
    aims: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of each app, the release that each host is taken back to."""
    host_views: dict[tuple[str, bool], HostView] = field(default_factory=dict)
    """Of each host itself."""
    host_generations: dict[str, str] = field(default_factory=dict)
    """The same as for apps."""
    outdated: set[str] = field(default_factory=set)
    """Hosts that a part has changed since they were looked at."""
    statuses: dict[str, list[Report]] = field(default_factory=dict)
    """What each host told for ``deploys/status.py``."""
    open_changeovers: set[str] = field(default_factory=set)
    """Ids that a person named and that some host has open."""

    # begun, planned and found
    tuned: set[str] = field(default_factory=set)
    """Hosts whose connection was set up."""
    channels: dict[str, int] = field(default_factory=dict)
    """How many ssh channels were opened on hosts that count them."""
    sudo_tried: set[str] = field(default_factory=set)
    """Hosts on which sudo was seen to work."""
    holds: dict[HostAndApp, Hold] = field(default_factory=dict)
    """The changeovers that this run has open, or had."""
    notes: dict[HostAndApp, dict[str, Any]] = field(default_factory=dict)
    """What a changeover's record gets beside its own."""
    planned: set[HostAndApp] = field(default_factory=set)
    """Apps for which a plan that is only shown has steps of a changeover."""
    foreseen: set[tuple[str, str]] = field(default_factory=set)
    """Host and problem that would stop the run, where nothing is run."""
    stopped: set[str] = field(default_factory=set)
    """Hosts without a problem of their own, stopped for the sake of others."""
    missed_certificates: dict[HostAndApp, str] = field(default_factory=dict)
    """Why a certificate could not be had."""


this = Run()
"""The run that goes on: a process of pyinfra is one run."""
