"""Make each host one for the internet, and give it what its apps need. Releases nothing."""

from tasks import apps, network, postgres, server, system, web

server.check()
apps.include(only=["preflight"])
server.prepare()
server.begin()
network.kernel()
network.firewall()
network.bans()
system.identity()
system.upgrades()
system.time()
system.journal()
system.swap()
system.limits()
postgres.server()
web.nginx()
web.sandbox()
server.commit()
apps.include(only=["provision"])
server.tell()
