"""PlayMaker's values, the same for every inventory; an inventory's own file overrides them."""

playmaker_ref = "main"
playmaker_shared = ["playmaker.db"]
playmaker_keep_releases = 5
