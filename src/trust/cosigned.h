/*
 * What witnesses add to a checkpoint (trust.md W-1; C2SP tlog-cosignature): their keys, and what
 * each signature line of a note is worth by the keys that were given.
 */
#ifndef TRUST_COSIGNED_H
#define TRUST_COSIGNED_H

#include "base/err.h"
#include "log/note.h"

#define WITNESS_ED25519 4u /* cosignature/v1 */
#define WITNESS_ML_DSA 6u  /* ML-DSA-44; not checked */

/* The key of a witness. */
struct witness_key {
	struct vkey key; /* type, id, name and fingerprint are its own; key: of WITNESS_ED25519 */
	bool checkable;  /* false: its signatures are named, and not checked */
};

/* Parses a verifier key of a witness, one line (S-6). 0 or -1 (e: what is wrong, or that it is the
 * key of a log). */
int witness_key_parse(struct witness_key *ret, const char *s, size_t n, struct err *e);

enum cosigned {
	COSIGNED_VERIFIED,
	COSIGNED_FALSE,    /* of a key that was given, and not over this text */
	COSIGNED_NO_CHECK, /* of a key that was given and whose type is not checked */
	COSIGNED_STRANGER, /* of no key that was given */
	COSIGNED_NOMEM
};

/* Judges one signature line by the keys given. ret_key: which it is of, or NULL; ret_time: seconds
 * since 1970 of COSIGNED_VERIFIED. */
enum cosigned
cosigned_by(const struct note *note, const struct note_sig *sig, const struct witness_key *keys,
    size_t n_keys, const struct witness_key **ret_key, uint64_t *ret_time);

/* The time that a line of cosignature/v1 states; 0: it has no such form. Nothing of it is
 * checked. */
uint64_t cosigned_says(const struct note_sig *sig);

#endif
