"""What all apps of a host share is made by one provisioning at a time."""

from changeover.plans.paths import SHARED_LOCK

ALONE = {"functions": "provision/shared", "shared_lock": SHARED_LOCK}
"""What a script is given that makes such a thing."""
