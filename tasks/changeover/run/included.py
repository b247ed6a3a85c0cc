"""Which phases of an app's deploy file a run includes: data that changeover.apps.include sets."""

ONLY = "changeover_only"
WITHOUT = "changeover_without"
