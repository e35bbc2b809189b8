/*
 * Who vouches for each of the files given (judgement.md J-4, J-5; seal.md S-11): a key that was
 * given, an expected checkpoint
 * below which the whole file lies, or nobody. A checkpoint proves that positions below its size
 * are contained, nothing more.
 */
#ifndef ARCHIVE_VOUCH_H
#define ARCHIVE_VOUCH_H

#include "archive/reader.h"

/* A checkpoint that the log must contain: what an auditor wrote down earlier, or got from somebody
 * else. */
struct expect {
	struct checkpoint c;
	/* when it was seen, and its note, where the auditor's memory has it (borrowed); NULL: it
	 * was given */
	const char *remembered, *note;
	/* a file proves its root at its size; proves another one */
	bool met, refuted;
};

extern const char *const vouched_name[];

/*
 * Files must be authenticated, sorted and compared (sequence_check). Fills a->vouched and the
 * expectations, and adds what is
 * said of keys, checkpoints and positions before the first file: K01 to K06, L04, L06, N05. -1:
 * the tool failed, or two
 * expectations contradict each other (e).
 */
int vouch_judge(struct archive *const *a, unsigned n, const struct vkey *keys, size_t n_keys,
    struct expect *expect, unsigned n_expects, struct findings *f, struct err *e);

#endif
