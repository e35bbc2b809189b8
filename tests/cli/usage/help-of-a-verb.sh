# Help begins with examples.
exhibit key --help
