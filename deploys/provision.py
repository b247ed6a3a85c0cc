"""Make each host one for the internet, and give it what its apps need. Releases nothing."""

from tasks import apps, server

server.check()
apps.include(only=["preflight"])
server.prepare()
server.begin()
server.commit()
apps.include(only=["provision"])
server.tell()
