# what was in force is noted in the open journal: it goes with it, and is what an undo puts back
"$program" set "$journal"
