environment=$candidate; [ -f "$environment" ] || environment=$env_file
prepare
for at in "${!steps[@]}"; do
    echo "applying ${steps[$at]}"
    move upgrade "$at"
done
