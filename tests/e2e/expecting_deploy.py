"""PlayMaker's release with more expectations than its own deploy file has, of each kind."""

from changeover import (
    activate,
    apps,
    backup,
    build,
    changeover,
    dependencies,
    environment,
    fetch,
    health,
    maintenance,
    migrate,
    once,
    preflight,
    provision,
    prune,
    service,
    site,
    tls,
    verify,
)
from changeover.settings.app import Health
from changeover.settings.expect import Check, Columns, Errors, Http, Once, OnlyValues, SameCount

_playmaker = apps.declared("playmaker")
app = _playmaker.model_copy(
    update={
        "expectations": (
            *_playmaker.expectations,
            Columns(table="playlist_history", columns={"mood": "varchar(20)"}, since="0003"),
            OnlyValues(
                table="playlist_history", column="mood", values=("calm", "wild"), since="0003"
            ),
            SameCount(
                title="every playlist kept its mood",
                query="select count(mood) from playlist_history",
                equals="select count(*) from playlist_history",
                since="0003",
            ),
        ),
        "checks": (Check(command="verify_release.py --all", seconds=20, since="0003"),),
        "health": Health(
            expect=(
                *_playmaker.health.expect,
                Http(path="/api/mood", contains="calm", max_ms=800, since="0003"),
            )
        ),
        "processes": (_playmaker.web.model_copy(update={"errors": Errors(files=("mood.log",))}),),
        "once": (
            Once(
                name="greet", command="greet.py --really", rehearse="greet.py --dry", since="0003"
            ),
        ),
    }
)

preflight.check(app)
provision.converge(app)
changeover.begin(app)
fetch.release(app)
dependencies.install(app)
environment.prepare(app)
build.assets(app)
maintenance.close(app)
service.quiesce(app)
backup.take(app)
migrate.forward(app)
verify.data(app)
activate.release(app)
service.restart(app)
site.publish(app)
health.local(app)
changeover.commit(app)
maintenance.reopen(app)
tls.certificate(app)
health.through_site(app)
prune.old(app)
once.run(app)
