"""An ACME server: Debian's pebble, with a name server that knows the lab's sites."""

import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from changeover.lab import names
from changeover.lab.host import LabHost
from changeover.lab.server import Server

HOST = "acme.lab.test"
URL = f"https://{HOST}:14000/dir"
SITES = "/etc/lab-sites"
# As long as those of Let's Encrypt.
VALIDITY_SECONDS = 90 * 86400
SETUP = f"""set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q install -y --no-install-recommends pebble dnsmasq curl nftables openssl \\
    testssl.sh bind9-dnsutils
apt-get clean
install -d -m 755 /etc/pebble
cd /etc/pebble
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=the lab ACME server' \\
    -keyout ca.key -out ca.pem
openssl req -newkey rsa:2048 -nodes -subj '/CN={HOST}' -keyout key.pem -out request.pem
echo 'subjectAltName=DNS:{HOST}' > extensions
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 \\
    -extfile extensions -out cert.pem
cat > config.json <<'JSON'
{{"pebble": {{
  "listenAddress": "0.0.0.0:14000", "managementListenAddress": "127.0.0.1:15000",
  "certificate": "/etc/pebble/cert.pem", "privateKey": "/etc/pebble/key.pem",
  "httpPort": 80, "tlsPort": 443, "ocspResponderURL": "",
  "externalAccountBindingRequired": false, "certificateValidityPeriod": {VALIDITY_SECONDS}
}}}}
JSON
cat > /etc/systemd/system/pebble.service <<'UNIT'
[Unit]
After=dnsmasq.service
[Service]
Environment=PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=0
ExecStart=/usr/bin/pebble -config /etc/pebble/config.json -dnsserver 127.0.0.1:53
[Install]
WantedBy=multi-user.target
UNIT
touch {SITES}
cat > /etc/dnsmasq.d/lab.conf <<'DNS'
no-resolv
no-hosts
addn-hosts={SITES}
local-ttl=1
listen-address=127.0.0.1
bind-interfaces
DNS
systemctl enable --now pebble
systemctl restart dnsmasq
"""
SERVER = Server(names.ACME, SETUP)


_REFUSING = """table inet lab_down {
    chain input {
        type filter hook input priority 0;
        tcp dport 14000 reject with tcp reset
    }
}
"""


class Acme:
    """The ACME server of one lab. What it knows of accounts and orders goes when it stops."""

    url = URL

    def __init__(self, host: LabHost) -> None:
        """Take the host it runs on."""
        self.host = host

    def trusted_by(self, host: LabHost) -> None:
        """Let a host find the server and trust it."""
        authority = shlex.quote(self.host.run("cat /etc/pebble/ca.pem").stdout)
        place = "/usr/local/share/ca-certificates/lab-acme.crt"
        host.run(f"printf %s {authority} > {place} && update-ca-certificates > /dev/null")
        known = f"{self.host.address} {HOST}"
        host.run(f"grep -qxF '{known}' /etc/hosts || echo '{known}' >> /etc/hosts")

    def knows(self, sites: Mapping[str, str]) -> None:
        """Let the server find these sites, address by name, and no others."""
        lines = "".join(f"{address} {name}\\n" for name, address in sites.items())
        self.host.run(f"printf '{lines}' > {SITES} && systemctl reload dnsmasq")

    def root(self) -> str:
        """Return the certificate that all of its certificates lead to, another after each start."""
        return self.host.run("curl -sSk https://127.0.0.1:15000/roots/0").stdout

    @contextmanager
    def down(self) -> Iterator[None]:
        """Refuse every connection, as a server that is down; what it knows is kept."""
        self.host.run("nft -f -", text=_REFUSING)
        try:
            yield
        finally:
            self.host.run("nft delete table inet lab_down")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Take connections and answer nothing."""
        self.host.run("systemctl kill --signal=STOP pebble")
        try:
            yield
        finally:
            self.host.run("systemctl kill --signal=CONT pebble")
