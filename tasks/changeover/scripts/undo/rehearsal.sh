# Undoes a rehearsal: removes its copies.
# Given: candidate, env_file, how, programs.
environment=$candidate; [ -f "$environment" ] || environment=$env_file
[ ! -f "$environment" ] || [ ! -x "$programs/rehearse" ] || "$programs/rehearse" clear --environment "$environment" "${how[@]}"
