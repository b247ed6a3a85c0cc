"""Back to a release's code alone: data and schema stay as they are."""

from changeover.plans import migrations
from changeover.plans.rollback_methods.gap import find_gap, revision
from changeover.plans.rollback_methods.method import CODE, Method
from changeover.plans.snapshot import Release, Snapshot
from changeover.settings.app import App


def code(app: App, snapshot: Snapshot, release: Release) -> Method:
    """Return how the code alone goes back, or what the schema has against it."""
    gap = find_gap(app, snapshot, release)
    if gap.problem:
        return Method(CODE, gap.problem)
    engine, now = migrations.of(app), revision(app, snapshot)
    way = Method(
        CODE,
        loses="nothing: data and schema stay as they are",
        settled=release.name == snapshot.current,
        # code from before the database says nothing of a schema
        revision=now if release.migrations else None,
    )
    declared = engine.backward_compatible if engine else ()
    strange = [step.id for step in gap.steps if step.id not in declared]
    if engine is None or not strange or way.settled:
        return way
    listed = ", ".join(f'"{one}"' for one in reversed(strange))
    return Method(
        CODE,
        problem=f"the database is at {now}, which the release does not know; if its code runs on"
        f" that schema, declare {engine.title}(backward_compatible=({listed},)) in"
        f" deploys/{app.name}.py",
    )
