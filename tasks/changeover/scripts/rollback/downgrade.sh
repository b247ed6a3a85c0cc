prepare
for at in "${!steps[@]}"; do
    echo "taking back ${steps[$at]}"
    move downgrade "$at"
done
