"""A host's own configuration, whatever apps it carries: one module a subject."""
