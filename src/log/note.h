/* C2SP signed notes, checkpoints and verifier keys (seal.md S-5 to S-7). Reading and verifying
 * only; signing is write/sign.c. */
#ifndef LOG_NOTE_H
#define LOG_NOTE_H

#include "base/err.h"
#include "base/text.h"
#include "digest/digest.h"

#define NOTE_NAME_MAX 255

struct vkey {
	char name[NOTE_NAME_MAX + 1];
	uint8_t id[4];
	uint8_t type; /* 1 = Ed25519; others are kept and never verify */
	uint8_t key[32];
	char fingerprint[80]; /* SHA-256(type ‖ key), hex in groups of four */
	/* The key that it follows in its log (S-15), whose signature counts where its own does: of
	 * the exporter alone, which is told by whoever has both. Borrowed; NULL: none. */
	const struct vkey *older;
};

/* True for a name that may stand in a key and as an origin (S-6). */
bool note_name_ok(const char *name, size_t n);
/* Fills id and fingerprint from name, type and key. */
void vkey_finish(struct vkey *k);
/* Parses one line `<name>+<id>+<base64>`; trailing white space is allowed. -1: e says what is
 * wrong. */
int vkey_parse(struct vkey *k, const char *s, size_t n, struct err *e);

#define NOTE_SIG_KEPT 72u /* bytes: an Ed25519 signature with a time before it (trust.md W-1) */

struct note_sig {
	char name[NOTE_NAME_MAX + 1];
	uint8_t id[4];
	uint8_t sig[NOTE_SIG_KEPT];
	size_t sig_len; /* whole; 64, or another length of another type */
};

/* The most signature lines of one note. */
#define NOTE_SIGS 16u

struct note {
	const char *text; /* borrowed; ends in a line feed */
	size_t text_len;
	struct note_sig sig[NOTE_SIGS];
	unsigned n_sig;
};

/* One signature line, without its line feed. 0, or 1: it is none. */
int note_sig_parse(struct note_sig *ret, const char *s, size_t n);
/* Splits a note. 0 fine; 1 malformed (why). */
int note_parse(struct note *n, const char *s, size_t len, const char **why);

enum note_result { NOTE_VERIFIED, NOTE_FALSE, NOTE_UNKNOWN_KEY, NOTE_NOMEM };

/* Judges a note by keys; *ret_key is the key that verified or failed. False as soon as one known
 * key's signature fails. */
enum note_result note_verify(
    const struct note *n, const struct vkey *keys, size_t n_keys, const struct vkey **ret_key);
/* The same by one key: NOTE_UNKNOWN_KEY if no line is of it. */
enum note_result note_verify_by(const struct note *n, const struct vkey *key);
/* Whether a signature line is of that key, by name and key id (S-5). */
bool note_sig_of(const struct note_sig *s, const struct vkey *key);

struct checkpoint {
	char origin[NOTE_NAME_MAX + 1];
	uint64_t size;
	uint8_t root[32];
};

/* Parses the text of a checkpoint (three lines). 0 or 1. */
int checkpoint_parse(struct checkpoint *c, const char *text, size_t n);
void checkpoint_print(const struct checkpoint *c, struct buf *out);

#endif
