"""Values of every app in staging. The environment is in secrets/staging/<app>.env (mode 0600)."""

playmaker_repository = "git@git.example.com:you/playmaker.git"
playmaker_deploy_key = "secrets/staging/playmaker.deploy_key"
playmaker_known_hosts = "git.example.com ssh-ed25519 AAAA..."
playmaker_ref = "main"
playmaker_keep_releases = 2
