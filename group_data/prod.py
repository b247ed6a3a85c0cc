"""Values of every app in production. The environment is in secrets/prod/<app>.env (mode 0600)."""

playmaker_repository = "git@git.example.com:you/playmaker.git"
playmaker_deploy_key = "secrets/prod/playmaker.deploy_key"
playmaker_known_hosts = "git.example.com ssh-ed25519 AAAA..."
playmaker_ref = "main"
playmaker_keep_releases = 5
playmaker_tls = "acme"

# the host itself: deploys/provision.py
host_acme_email = "you@example.com"
