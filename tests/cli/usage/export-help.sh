# The verbs of the exporter.
exhibit_export --help
