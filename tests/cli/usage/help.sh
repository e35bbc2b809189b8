# The verbs of the analyzer, and where to go on: its first and last lines.
exhibit --help >words
sed -n "1,3p;\$p" words
