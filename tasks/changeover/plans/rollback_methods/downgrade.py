"""Back by taking migrations back, each a step, by the code that knows them."""

from changeover.plans import migrations
from changeover.plans.migrations.protocol import schema
from changeover.plans.migrations.steps import after
from changeover.plans.rollback_methods.gap import find_gap, revision
from changeover.plans.rollback_methods.method import DOWNGRADE, Method
from changeover.plans.snapshot import Release, Snapshot
from changeover.settings.app import App


def downgrade(app: App, snapshot: Snapshot, release: Release) -> Method:
    """Return which migrations are taken back, or why they cannot be."""
    gap = find_gap(app, snapshot, release)
    if gap.problem:
        return Method(DOWNGRADE, gap.problem)
    engine, database = migrations.of(app), snapshot.database
    if engine is None or database is None:
        return Method(DOWNGRADE, problem="there are no migrations to take back")
    if not release.migrations:
        return Method(
            DOWNGRADE, problem="the release has no migrations, so no schema to go down to"
        )
    if not gap.steps or gap.knower is None:
        settled = release.name == snapshot.current
        why = "" if settled else "the release knows the schema: there is nothing to take back"
        return Method(DOWNGRADE, why, settled=settled, revision=revision(app, snapshot))
    kept = frozenset(step.id for step in release.migrations)
    refused = engine.judge(gap.knower.migrations or (), database.rows).refused
    if refused:
        return Method(DOWNGRADE, refused[0].said)
    try:
        moves = engine.back(gap.knower.migrations or (), database.revisions, kept)
    except ValueError as error:
        return Method(DOWNGRADE, str(error))
    told = ", ".join(step.id + (f" ({step.title})" if step.title else "") for step in gap.steps)
    return Method(
        DOWNGRADE,
        loses=f"the columns and tables that taking back {told} drops, with what is in them",
        revision=schema(engine, after(database.revisions, moves)),
        moves=moves,
        knower=gap.knower.name,
    )
