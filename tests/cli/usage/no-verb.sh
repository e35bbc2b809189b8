# Nothing asked.
exhibit
