"""The app that a deploy file here is run for: ``--data variant=toy`` means ``toy_app.py``."""

from importlib import import_module

from pyinfra import host

from changeover.settings.app import App

app: App = import_module(f"tests.e2e.{host.data.variant}_app").app
