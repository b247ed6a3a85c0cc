prepare
for at in "${!steps[@]}"; do
    echo "taking back ${steps[$at]}"
    migrate downgrade "${steps[$at]}" "${onto[$at]}"
done
