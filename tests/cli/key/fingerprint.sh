# Name and fingerprint of a public key.
exhibit key "$VKEY"
