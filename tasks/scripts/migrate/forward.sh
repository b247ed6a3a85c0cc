environment=$candidate; [ -f "$environment" ] || environment=$env_file
prepare
for step in "${steps[@]}"; do
    echo "applying $step"
    migrate upgrade "$step" "$step"
done
