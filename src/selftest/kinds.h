/* What selftest changes: one change of a kind, made on drafts of two files of a log. */
#ifndef SELFTEST_KINDS_H
#define SELFTEST_KINDS_H

#include "selftest/rows.h"

/* Who makes a change: with no key, so that digests and signatures stay as they stood; or with the
 * log's, so that all of it is made again. */
enum selftest_hand { OUTSIDER, INSIDER, HANDS };

/* What must become of a change of a kind, by that hand. */
enum selftest_must {
	NOT_TRIED,
	MUST_FIND,
	NOT_EXCLUDED, /* the ledger says so: it may be found, and need not be */
	NO_EFFECT     /* what the log says is the same */
};

/* The file as it would read is given, or both. */
#define GIVE_ONE 1u
#define GIVE_TWO 2u

/* One change: what a kind may set. */
struct trial {
	struct draft one, two; /* the honest log's, to be changed */
	const struct written *honest_one, *honest_two;
	struct pieces *own; /* memory of this trial */
	struct sha256 *sha;
	bool keyed; /* rows have the hashes of rows_key, where they are keyed */
	uint64_t state;
	/* what is said beside what follows from the drafts */
	struct lie lie, lie_two;
	enum hand_key seal, trailer;
	unsigned given,
	    against;  /* the honest files that the findings are held against; 0: the same */
	bool fork;    /* what is given as second is the honest first file */
	bool expects; /* the auditor has the newest checkpoint of the honest log: of both files */
};

/* A number below n, n > 0; drawn from the seed. */
uint64_t trial_draw(struct trial *t, uint64_t n);

enum kind_of {
#define KIND(id, function, arg, outsider, insider, threat, words) KIND_OF_##id,
#define BYTES(id, threat, words) KIND_OF_BYTES_##id,
#include "selftest/kinds.def"
#undef BYTES
#undef KIND
	SELFTEST_KINDS
};

struct kind_info {
	/* NULL: it is made of the file itself (bytes.h). Makes the change. 0; 1: the log has
	 * nothing that it could be made of; -1: no memory. */
	int (*make)(struct trial *t, int arg);
	int arg;
	enum selftest_must must[HANDS];
	const char *threat, *words;
};

extern const struct kind_info kind_info[SELFTEST_KINDS];

#endif
