"""Make each host one for the internet, and give it what its apps need. Releases nothing."""

from tasks import apps, server, tls

server.check()
apps.include(only=["preflight"])
server.prepare()
server.begin()
server.commit()
apps.include(only=["provision"])
apps.include(only=["tls"])
server.tell()
tls.agree()
