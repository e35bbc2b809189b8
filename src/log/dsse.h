/*
 * Statements that other tools verify (formats/bundle.md X-10): the bytes that a DSSE signature is
 * over, and how others name and hold an Ed25519 key of ours.
 */
#ifndef LOG_DSSE_H
#define LOG_DSSE_H

#include "log/note.h"

#define DSSE_STATEMENT "application/vnd.in-toto+json"
#define SPKI_ED25519 44u /* bytes of a public key as SubjectPublicKeyInfo */

/* Appends `DSSEv1 LEN TYPE LEN PAYLOAD`. */
void dsse_bytes(struct buf *out, const char *type, const void *payload, size_t n);

/* The name of a key as securesystemslib computes it: SHA-256 of the canonical JSON of the key, hex.
 * false: no memory (noted). */
bool dsse_keyid(const struct vkey *k, char hex[65]);

void vkey_spki(const struct vkey *k, uint8_t out[SPKI_ED25519]);
/* Appends it as PEM. */
void vkey_pem(const struct vkey *k, struct buf *out);

/* Does the signature over these bytes verify by the key? NOTE_VERIFIED, NOTE_FALSE, NOTE_NOMEM, or
 * NOTE_UNKNOWN_KEY: a key of a kind that is not verified. */
enum note_result
vkey_verifies(const struct vkey *k, const void *p, size_t n, const uint8_t sig[64]);

#endif
