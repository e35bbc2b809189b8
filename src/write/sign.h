/* Keys and signatures of the exporter (seal.md S-5, S-6). No object of the analyzer includes this. */
#ifndef WRITE_SIGN_H
#define WRITE_SIGN_H

#include "base/err.h"
#include "log/note.h"

struct signing_key {
	struct vkey pub;
	uint8_t seed[32];
};

int sign_key_load(struct signing_key *k, const char *path, struct err *e);
/* Makes BASE.key (0600) and BASE.vkey; refuses to replace either. */
int sign_keygen(const char *name, const char *base, struct vkey *ret, struct err *e);
/* Appends an empty line and the signature line over text[0..n). */
int sign_note(const struct signing_key *k, const char *text, size_t n, struct buf *out, struct err *e);

#endif
