"""Make each host one for the internet, and give it what its apps need. Releases nothing."""

from tasks import apps, postgres, server, system

server.check()
apps.include(only=["preflight"])
server.prepare()
server.begin()
system.identity()
system.upgrades()
system.time()
system.journal()
system.swap()
system.limits()
postgres.server()
server.commit()
apps.include(only=["provision"])
server.tell()
