"""What stands in front of the apps' sites: nginx's own configuration, and its sandbox.

An app's site is of its release (``plans/site.py``). Here is what all sites share, and what
answers where no site does.
"""

from changeover.hardening.plans.part import File, HostTarget, Part, Setting
from changeover.plans.paths import ACME_WEBROOT
from changeover.plans.script import Variable, assignments, read
from changeover.templates.render import render

CONFIGURATION = "/etc/nginx/nginx.conf"
DEFAULT = "/etc/nginx/changeover/default.conf"
STATIC = "/etc/nginx/changeover/static.conf"
"""Read by a site's locations of files that are the same for everybody, where it is there."""
SANDBOX = "/etc/systemd/system/nginx.service.d/50-changeover.conf"

"""Where challenges of certificate authorities are answered from."""
LOADED = "/run/changeover-nginx.loaded"
"""Its time is that of nginx's last reload by this part."""
DEBIANS = "/etc/nginx/sites-enabled/default"
BROTLI = "libnginx-mod-http-brotli-filter"
# those whose archives were seen to have it
_BROTLI_SYSTEMS = ("debian 12", "debian 13", "ubuntu 24.04")
_NOTHING = "the host carries no app that has a site"

# text/html always is one
_COMPRESSED = (
    *("application/javascript", "application/json", "application/manifest+json"),
    *("application/wasm", "application/xml", "image/svg+xml", "image/x-icon"),
    *("text/css", "text/javascript", "text/plain", "text/xml"),
)


def nginx(target: HostTarget) -> Part:
    """
    Return nginx's configuration around the sites.

    Who asks for an unknown name gets no answer. Sites of others stay; one that claims to answer
    unknown names makes the step fail, with a message that names it.
    """
    if not target.apps:
        return Part("web.nginx", because=_NOTHING)
    brotli = target.machine.system in _BROTLI_SYSTEMS
    files = {
        CONFIGURATION: render("nginx.conf.j2", proxies=target.settings.proxies),
        DEFAULT: render("default.conf.j2", webroot=ACME_WEBROOT),
        STATIC: render(
            "static.conf.j2",
            codings=("gzip", "brotli") if brotli else ("gzip",),
            types=_COMPRESSED,
        ),
    }
    unknown_names = _question("web/unknown_names")
    return Part(
        "web.nginx",
        packages=("nginx", BROTLI) if brotli else ("nginx",),
        files={path: File(content) for path, content in files.items()},
        answers={
            "Debian's own site": Setting(
                _question("web/default_site", enabled=DEBIANS), "disabled"
            ),
            "who answers unknown names": Setting(unknown_names, "nobody"),
            "nginx's configuration": Setting(
                _question("web/loaded", files=tuple(files), stamp=LOADED), "loaded"
            ),
        },
        apply="web/nginx",
        settle="web/nginx_settle",
        functions=("nginx",),
        variables={"enabled": DEBIANS, "stamp": LOADED, "unknown_names": unknown_names},
        keep=(DEBIANS,),
    )


def sandbox(target: HostTarget) -> Part:
    """Return the sandbox of nginx's unit; nginx is restarted where it does not run in it."""
    if not target.apps:
        return Part("web.sandbox", because=_NOTHING)
    return Part(
        "web.sandbox",
        packages=("nginx",),
        files={SANDBOX: File(render("sandbox.conf.j2"))},
        answers={
            "nginx's sandbox": Setting(_question("web/sandboxed", sandbox=SANDBOX), "in force")
        },
        apply="web/sandbox",
        settle="web/sandbox_settle",
        variables={"sandbox": SANDBOX},
    )


def _question(name: str, **values: Variable) -> str:
    """Return a command that prints one line: the script ``name`` with these values."""
    return assignments(values) + read(name)
