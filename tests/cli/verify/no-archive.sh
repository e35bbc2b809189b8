# A file of something else.
echo hello >a.exhibit
exhibit verify a.exhibit --vkey "$VKEY"
