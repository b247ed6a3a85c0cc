"""Jersey Events' values, the same for every inventory; an inventory's own file overrides them."""

jersey_events_ref = "main"
jersey_events_shared = ["db.sqlite3", "mail/"]
