# Applies the pending migrations.
# Given: candidate, env_file, rehearsed.
environment=$candidate; [ -f "$environment" ] || environment=$env_file
prepare
rm -f "$rehearsed" # if it fails now, then what was rehearsed says too little
move_all
