# A file without a byte is no archive.
: >a.exhibit
exhibit verify a.exhibit --vkey "$VKEY"
