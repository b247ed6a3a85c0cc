database losses --manifest "$manifest"
