# A file that is no key.
echo hello >x
exhibit key x
