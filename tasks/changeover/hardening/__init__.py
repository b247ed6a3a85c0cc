"""The host itself, whatever apps it carries: its accounts, network, system and servers."""
