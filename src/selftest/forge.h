/*
 * An archive in memory of records that somebody changed: written from formats/ by a holder of the
 * key, who makes again everything that follows. He may lie at one place, before what follows from
 * it is made, so that one clause is broken and no other; or leave all digests and signatures as
 * they stood in another version, as somebody does who has no key.
 */
#ifndef SELFTEST_FORGE_H
#define SELFTEST_FORGE_H

#include "archive/archive.h"
#include "log/merkle.h"
#include "record/record.h"
#include "selftest/hand.h"

#define DRAFT_RECORDS 160u
#define DRAFT_BLOCKS 16u

/* The records of a file, but for its manifest. */
struct draft {
	struct forged {
		struct record r; /* body, aside: borrowed; what follows from them is made */
		bool last;       /* of its block */
	} rec[DRAFT_RECORDS];
	unsigned n;
	const char *started_at;
};

/* Where he lies. A bit of the thing is turned, unless something else is said. */
enum lie_at {
	LIE_NOT,
	LIE_HEADER,    /* of a record, before its leaf */
	LIE_LEAF,      /* of a record, before its node */
	LIE_NODE,      /* of a block */
	LIE_HEAD,      /* the packed head, before it is compressed */
	LIE_BODY,      /* the bodies, before they are compressed */
	LIE_TAG,       /* of a record, in the head part */
	LIE_FRAME,     /* compressed bytes of a block */
	LIE_ROW,       /* a number of a row of block: one more */
	LIE_DATA,      /* the digest of a block's bytes */
	LIE_CHAIN,     /* of a block */
	LIE_ENTRY,     /* of an index: another block or position */
	LIE_NO_ENTRY,  /* of an index: one is left out */
	LIE_PAGE,      /* of an index, before its digest */
	LIE_PAGE_SUM,  /* its digest */
	LIE_MANIFEST,  /* a digit of it: another one */
	LIE_COUNT,     /* a count of it: one more */
	LIE_ROOT,      /* of the seal, before it is signed */
	LIE_SIZE,      /* of the seal: one more */
	LIE_SEAL,      /* the signature of the seal */
	LIE_LOG_FIRST, /* the chain that the file begins with */
	LIE_PROOF,     /* S-9, of a file that has one before it */
	LIE_SCHEMA,    /* a sixth table */
	LIE_DATABASE,  /* a number of the database's header: one more */
	LIE_TRAILER,   /* its digest, before it is signed */
	LIE_TRAILER_SIGNATURE
};

struct lie {
	enum lie_at at;
	uint64_t draw; /* which of them, and which bit */
};

/* What was written. */
struct written {
	struct buf file; /* the archive */
	struct block_row row[DRAFT_BLOCKS];
	unsigned n_rows; /* the manifest's included */
	struct buf manifest, note, trailer;
	struct merkle tree; /* of [0, next) */
	uint64_t first, next;
	struct checkpoint seal;
	uint8_t chain[32];
};

void written_init(struct written *w);
void written_release(struct written *w);

/*
 * Writes a draft. before: the file of the log before it, NULL: it is the first. left: what an
 * outsider leaves as it stands; NULL: all is made again. seal, trailer: the keys that sign. 0; -1:
 * no memory, or more records or bytes than a draft may have (e).
 */
struct forgery {
	struct hand *hand;
	struct sha256 *sha;
	const struct draft *draft;
	const struct written *before, *left;
	enum hand_key seal, trailer;
	struct lie lie;
};
int forge(const struct forgery *f, struct written *ret, struct err *e);

#endif
