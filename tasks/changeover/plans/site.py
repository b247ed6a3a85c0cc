"""Publishing the nginx site: tested as a whole before it takes the old one's place."""

from typing import Literal

from changeover.plans import processes, tls
from changeover.plans.decision import Decision, done, todo
from changeover.plans.digest import sha
from changeover.plans.paths import SITE_INCLUDES
from changeover.plans.script import script
from changeover.plans.site_text import DEFAULT_POLICY, Files, Site, render_site
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target
from changeover.plans.undo import Undo
from changeover.settings import site as settings

# directives of every site that may stand in it but once, and which setting is each of them
_SETTINGS = {"client_max_body_size": "body_limit", "large_client_header_buffers": "header_limit"}


# The test sees a copy of nginx's folder, mounted over the real one for the test alone: a
# configuration that nginx refuses never stands where a reboot would find it.
def wanted(target: Target) -> Site:
    """Return the site that the app should have."""
    app, values, paths = target.app, target.values, target.paths
    policy = app.site.content_security_policy
    static = f"{paths.current}/{app.site.static}" if app.site.static else None
    return Site(
        app=app.name,
        server_names=(values.domain, *values.aliases),
        upstream=processes.of(app).listener(target),
        static_root=static if app.site.static_prefix is None else None,
        files=_files(app.site, static),
        app_paths=app.site.app_paths,
        body_limit=values.body_limit,
        header_limit=values.header_limit,
        read_timeout_seconds=values.read_timeout_seconds,
        websocket_timeout_seconds=values.websocket_timeout_seconds,
        frame_options=app.site.frame_options,
        referrer_policy=app.site.referrer_policy,
        permissions_policy=app.site.permissions_policy,
        content_security_policy=DEFAULT_POLICY if policy is None else policy,
        include=_digest(target),
        bypass_addresses=tuple(values.maintenance_bypass_addresses),
        tls=values.tls != tls.OFF,
        proxy_https=values.proxy_https,
    )


def _digest(target: Target) -> str:
    """Return what names a file of the operator's by what is in it, "" where there is none."""
    return sha(target.site_include)[:16] if target.site_include else ""


def include(target: Target) -> str:
    """Return where that file is on the host, "" where there is none."""
    name = f"{target.app.name}-{_digest(target)}.conf"
    return f"{SITE_INCLUDES}/{name}" if target.site_include else ""


def _files(declared: settings.Site, static: str | None) -> tuple[Files, ...]:
    if static is None or declared.static_prefix is None:
        return ()
    kind: Literal["hashed", "plain"] = "hashed" if declared.static_hashed else "plain"
    return (Files(declared.static_prefix, static, kind),)


def decide(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether the site has to be written or loaded."""
    published = sha(render_site(wanted(target)))
    if snapshot.files.get(target.paths.site) != published:
        return todo("missing or different")
    if target.site_include and snapshot.files.get(include(target)) != sha(target.site_include):
        return todo("the file that it includes is missing or different")
    if snapshot.site_enabled != target.paths.site:
        return todo("not enabled")
    if not snapshot.nginx_active or snapshot.site_loaded != published:
        return todo("nginx has not loaded it")
    if target.values.tls != tls.OFF and snapshot.tls.certificate is None:
        return todo(snapshot.tls.damage or "its certificate is missing")
    return done("the site is published")


def publish_script(target: Target) -> str:
    """Return the script that tests, installs and loads the site; what it includes is its stdin."""
    paths = target.paths
    return script(
        "site/publish",
        functions="nginx",
        text=render_site(wanted(target)).removesuffix("\n"),
        domain=target.values.domain,
        site=paths.site,
        site_enabled=paths.site_enabled,
        bypass=paths.bypass,
        include=include(target),
        included_from=target.values.site_include or "",
        settings=[f"{name} {target.app.name}_{key}" for name, key in _SETTINGS.items()],
        loaded=f"{paths.state}/site.loaded",
        **tls.variables(target),
    )


def undo(target: Target, snapshot: Snapshot) -> Undo:
    """Return what puts the earlier site back; nginx loads it at the end of every undo."""
    paths = target.paths
    # a certificate that comes by itself meanwhile stays
    own = [paths.certificate] if tls.needs_own(target, snapshot) else []
    own += [include(target)] if target.site_include else []
    # until then an undo may need the earlier one
    others = script(
        "site/included", app=target.app.name, folder=SITE_INCLUDES, include=include(target)
    )
    return Undo(
        "site.publish",
        save=(paths.site, paths.site_enabled, paths.bypass, f"{paths.state}/site.loaded", *own),
        redo=others,
    )
