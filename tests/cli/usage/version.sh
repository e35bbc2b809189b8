# What it is.
exhibit --version
