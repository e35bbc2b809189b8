/* Keys and signatures of the exporter (seal.md S-5, S-6). No object of the analyzer includes
 * this. */
#ifndef WRITE_SIGN_H
#define WRITE_SIGN_H

#include "base/err.h"
#include "log/note.h"

struct signing_key {
	struct vkey pub;
	uint8_t seed[32];
	/* the process's own group can read or write its file: to be said */
	bool group;
};

/*
 * Reads a signing key; `-` is stdin. A file that others can read or write, or a group that the
 * process is not of, is refused (77, S-6); a
 * link counts by what it names. -1 (e).
 */
int sign_key_load(struct signing_key *k, const char *path, struct err *e);
/* Makes BASE.key (0600) and BASE.vkey; refuses to replace either. */
int sign_keygen(const char *name, const char *base, struct vkey *ret, struct err *e);
/* The signature over bytes as they lie. 0 or -1 (e). */
int
sign_bytes(const struct signing_key *k, const void *p, size_t n, uint8_t sig[64], struct err *e);
/* Appends an empty line and the signature line over text[0..n). */
int
sign_note(const struct signing_key *k, const char *text, size_t n, struct buf *out, struct err *e);

#endif
