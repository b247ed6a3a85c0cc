server ENV.fetch("TARGET"), user: "deploy", roles: %w[app]
