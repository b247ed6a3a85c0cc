"""Every path that Changeover uses on a host."""

from dataclasses import dataclass

from changeover.host.changeover.lock import FOLDER
from changeover.host.tree.folders import LARGE, MODULES

PROGRAMS = "/usr/local/lib/changeover"
"""Host programs, by the names by which they are called: links to those of the current version."""
VERSION = f"{PROGRAMS}/current"
"""The folder of the current version, switched by one rename; its modules are there."""
PAGES = "/usr/local/share/changeover"
SHARED_LOCK = f"/run/{FOLDER}/.shared"
"""Held while something is made that all apps of the host share."""
UV = "/opt/changeover/uv"
NODE = "/opt/changeover/node"
LEAF = "/run/changeover-leaf"
"""Where a copy of an app's data is seen by who works on it (``host/app/leaf.py``)."""
FETCH_USER = "changeover"
BUILT_CACHES = "built"
"""Where an app's cache has what it writes into the outputs of its builds."""
UNITS = "/etc/systemd/system"
ACME_WEBROOT = "/var/lib/changeover/acme"
SITE_INCLUDES = "/etc/nginx/changeover/sites"
"""Files of the operator's that are parts of sites, each named by its app and a digest."""
LETSENCRYPT = "/etc/letsencrypt"
GUARD_WANTS = f"{UNITS}/multi-user.target.wants"


@dataclass(frozen=True)
class Paths:
    """The paths of one app."""

    app: str

    @property
    def root(self) -> str:
        """The app's folder: releases, shared, current."""
        return f"/srv/{self.app}"

    @property
    def releases(self) -> str:
        """One folder a release."""
        return f"{self.root}/releases"

    @property
    def shared(self) -> str:
        """What outlives releases."""
        return f"{self.root}/shared"

    @property
    def current(self) -> str:
        """The link to the release that serves."""
        return f"{self.root}/current"

    @property
    def mirror(self) -> str:
        """The bare mirror of the repository."""
        return f"{self.root}/repository.git"

    @property
    def modules(self) -> str:
        """The repositories of the submodules of the last commit that was fetched."""
        return f"{self.mirror}/{MODULES}"

    @property
    def large(self) -> str:
        """The large files of the last commit that was fetched."""
        return f"{self.mirror}/{LARGE}"

    @property
    def environments(self) -> str:
        """Python environments and node_modules, one per lock."""
        return f"{self.root}/environments"

    @property
    def builds(self) -> str:
        """Built assets, one per content."""
        return f"{self.root}/builds"

    @property
    def build_user(self) -> str:
        """Who installs the app's packages and builds it, and nothing else."""
        return f"{self.app}-build"

    @property
    def cache(self) -> str:
        """What the build user has downloaded: no other app's packages come from it."""
        return f"/var/cache/changeover/{self.app}"

    @property
    def app_caches(self) -> str:
        """Folders in which the running app keeps what can be lost."""
        return f"/var/cache/changeover-apps/{self.app}"

    @property
    def built_caches(self) -> str:
        """Folders of builds in which the running app keeps what can be lost, by builds' names."""
        return f"{self.app_caches}/{BUILT_CACHES}"

    @property
    def env_file(self) -> str:
        """The environment that is in force."""
        return f"{self.shared}/.env"

    @property
    def state(self) -> str:
        """What the host remembers of the app's changeovers."""
        return f"/var/lib/changeover/{self.app}"

    @property
    def candidate(self) -> str:
        """The environment that activation will put in force."""
        return f"{self.state}/candidate.env"

    @property
    def rehearsal(self) -> str:
        """The copy of the data on which migrations are rehearsed, while they are."""
        return f"{self.state}/rehearsal"

    @property
    def rehearsed(self) -> str:
        """What was seen in the last rehearsal that went well."""
        return f"{self.state}/rehearsed.json"

    @property
    def activated(self) -> str:
        """When the release in force was put there: the boot, and seconds since it."""
        return f"{self.state}/activated"

    @property
    def restarted(self) -> str:
        """When the app was last restarted, and what its log was then."""
        return f"{self.state}/restarted.json"

    @property
    def maintenance(self) -> str:
        """While this file is there, nginx answers 503."""
        return f"{self.state}/maintenance"

    @property
    def quiesced(self) -> str:
        """While this file is there, nothing starts the app's processes."""
        return f"{self.state}/quiesced"

    @property
    def backups(self) -> str:
        """Verified backups with their manifests."""
        return f"/var/backups/changeover/{self.app}"

    @property
    def configuration(self) -> str:
        """The deploy key and the pinned host keys, of root alone."""
        return f"/etc/changeover/{self.app}"

    @property
    def certificates(self) -> str:
        """The certificates of the site, with their keys."""
        return f"{self.configuration}/tls"

    @property
    def certificate(self) -> str:
        """The link to the folder of the certificate that the site shows."""
        return f"{self.certificates}/current"

    @property
    def lineage(self) -> str:
        """What certbot calls the app's certificate."""
        return f"changeover-{self.app}"

    @property
    def renewal(self) -> str:
        """Where certbot keeps what it has to know to renew it."""
        return f"{LETSENCRYPT}/renewal/{self.lineage}.conf"

    @property
    def lock(self) -> str:
        """Held by the one script that changes the app's host; nobody but root can open it."""
        return f"/run/{FOLDER}/{self.app}.lock"

    @property
    def guard(self) -> str:
        """Undoes what was interrupted, at boot; its timer does while a changeover is open."""
        return f"changeover-undo@{self.app}.service"

    @property
    def site(self) -> str:
        """The app's nginx site."""
        return f"/etc/nginx/sites-available/{self.app}.conf"

    @property
    def site_enabled(self) -> str:
        """The link that enables the site."""
        return f"/etc/nginx/sites-enabled/{self.app}.conf"

    @property
    def bypass(self) -> str:
        """The operator's way past the maintenance page."""
        return f"/etc/nginx/changeover/{self.app}-bypass.conf"
