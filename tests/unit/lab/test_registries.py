"""How hosts reach the controller's registries."""

import tomllib

from changeover.lab.registries import uv_configuration


def test_uv_trusts_the_system_and_keeps_its_own_index() -> None:
    assert tomllib.loads(uv_configuration(None)) == {"system-certs": True}


def test_uv_uses_the_index_of_pip() -> None:
    configured = tomllib.loads(uv_configuration("https://mirror.example/simple"))

    assert configured["index"] == [
        {"name": "controller", "url": "https://mirror.example/simple", "default": True}
    ]
