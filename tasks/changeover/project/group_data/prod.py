"""Values of every app in production. The environment is in secrets/prod/<app>.env (mode 0600)."""

# the host itself: deploys/provision.py
# host_acme_email = "you@example.com"
