# The verbs of the analyzer.
exhibit --help
