"""Make each host one for the internet, and give it what its apps need. Releases nothing."""

from tasks import apps, network, server, web

server.check()
apps.include(only=["preflight"])
server.prepare()
server.begin()
network.kernel()
network.firewall()
network.bans()
web.nginx()
web.sandbox()
server.commit()
apps.include(only=["provision"])
server.tell()
