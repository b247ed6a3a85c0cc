rm -f "$candidate"
