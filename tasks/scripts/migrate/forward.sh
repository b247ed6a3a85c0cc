environment=$candidate; [ -f "$environment" ] || environment=$env_file
prepare
rm -f "$rehearsed" # if it fails now, then what was rehearsed says too little
for at in "${!steps[@]}"; do
    echo "applying ${steps[$at]}"
    move upgrade "$at"
done
