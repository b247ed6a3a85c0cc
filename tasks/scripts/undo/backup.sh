# a second copy of the data in a server is room and a risk; but for it alone no site stays closed
clear_scratch || echo "the scratch database of $database may be left until the next backup" >&2
