# Takes migrations back, the newest first.
# Given: steps.
prepare
for at in "${!steps[@]}"; do
    echo "taking back ${steps[$at]}"
    move downgrade "$at"
done
