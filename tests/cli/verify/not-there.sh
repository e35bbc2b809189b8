# A file that is not there.
exhibit verify nowhere.exhibit --vkey "$VKEY"
