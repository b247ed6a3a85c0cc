"""Make each host one for the internet, and give it what its apps need. Releases nothing."""

from tasks import access, apps, server

server.check()
apps.include(only=["preflight"])
server.prepare()
server.begin()
access.operator()
access.sshd()
server.commit()
apps.include(only=["provision"])
server.tell()
