/*
 * src/record/: what the log is made of. record.c is the one place that knows the layout of a
 * header, whose bytes are the leaf of the tree; daycount.c counts records by day and type for
 * manifests. What a body says is known to src/event, how records are packed to src/archive and
 * src/write.
 *
 * One record of the log: its header (record.md R-2), and the aside's items.
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "base/buf.h"
#include "digest/digest.h"

#define RECORD_HEADER 232u

enum record_kind {
	KIND_EVENT = 1,
	KIND_REJECT,
	KIND_CONTEXT,
	KIND_MANIFEST,
	KIND_CONFLICT,
	KIND_DEAD_LETTER,
	/* in memory alone: a record of which a disclosure copy holds the header only (C-20) */
	KIND_LEFT_OUT
};

enum record_flag {
	FLAG_LATE = 1,
	FLAG_MAYBE_REPEAT = 2,
	FLAG_TIME_INVALID = 4,
	FLAG_ID_ABSENT = 8,
	FLAG_INTERIM = 16,
	FLAG_WITHHELD = 32,
	FLAG_NO_CORRELATION = 64,
	FLAG_ALL = 127
};

enum hash_form { FORM_NULL, FORM_EMPTY, FORM_HEX, FORM_TEXT, FORM_ABSENT };
enum algorithm { ALGO_ABSENT, ALGO_EMPTY, ALGO_SHA256, ALGO_HMAC, ALGO_TEXT = 255 };

/*
 * Header version 2: what a header of version 1 says of content stands as commitments, each
 * with a salt of its own, which lies elsewhere.
 */
#define RECORD_SALT 16u
#define SALT_INDEX 16u /* what a salt is for: a field (enum committed), or this + an index's kind */
#define RECORD_SECRET 32u /* of a block, of which its salts are made */

enum committed {
	COMMIT_BODY,
	COMMIT_ASIDE,
	COMMIT_CLAIMED,
	COMMIT_PREVIOUS,
	COMMIT_CORRELATION,
	COMMITTED
};

struct salted {
	uint8_t salt[COMMITTED][RECORD_SALT], commitment[COMMITTED][32];
};

struct record {
	uint8_t version; /* of its header: 2, or any other for 1 */
	/* a left out record of version 2 that does not show its correlation: zeros stand there */
	bool hidden;
	const struct salted *salted; /* of version 2; NULL where nobody asked for leaves */
	uint8_t kind, claimed_form, previous_form, algorithm, body_form;
	uint8_t was; /* KIND_LEFT_OUT: the kind that its header says; else 0 */
	uint16_t flags;
	uint32_t source;
	uint64_t position, ordinal;
	int64_t time;
	uint8_t id[16];
	uint8_t body_digest[32], aside_digest[32], claimed[32], previous[32], correlation[32];
	const unsigned char *body, *aside; /* borrowed; the body is complete (with its id) */
	size_t body_len, aside_len;
};

/* Is it the record of this context? Told by its first bytes, nothing is parsed for it. */
bool record_tells(const struct record *r, const char *context);
/* begins the digest of a body with what stands before it; the body, or its parts, and
 * sha256_end follow. */
void record_digest_begin(struct sha256 *s, const struct record *r);
/* The same of a whole record, whatever its flags say. */
void record_digest(struct sha256 *s, const struct record *r, uint8_t out[32]);
void record_header(const struct record *r, uint8_t out[RECORD_HEADER]);
/* A salt of the block's secret: of a field of the record at a position, or what else. */
void record_salt(struct sha256 *s, const uint8_t secret[RECORD_SECRET], uint64_t position,
    unsigned what, uint8_t out[RECORD_SALT]);
/* The salts of all fields. */
void record_salts(
    struct sha256 *s, const uint8_t secret[RECORD_SECRET], uint64_t position, struct salted *ret);
/* The commitments to what the record says, by salts that are there. */
void record_commit(struct sha256 *s, const struct record *r, struct salted *x);
/* One of them. */
void record_commitment(
    struct sha256 *s, const uint8_t salt[RECORD_SALT], const uint8_t value[32], uint8_t out[32]);
/*
 * What opens all commitments of a header of version 2: salts, values but for the aside's
 * digest, lengths. record_open takes it from RECORD_OPENING bytes: into the record and x.
 */
#define RECORD_OPENING (COMMITTED * RECORD_SALT + 4u * 32 + 2u * 8)
void record_opening(const struct record *r, struct buf *out);
void record_open(const uint8_t in[RECORD_OPENING], struct record *r, struct salted *x);
/*
 * The same in the other direction. Body and aside get their lengths and no bytes; of version 2 the
 * five digests are commitments. false: it is not a header of version 1 or 2; what its fields say is
 * not looked at (archive/unpack.h does).
 */
bool record_read_header(const uint8_t in[RECORD_HEADER], struct record *ret);

static inline bool
record_event_like(const struct record *r)
{
	return r->kind == KIND_EVENT || r->kind == KIND_CONFLICT;
}

enum aside_tag {
	TAG_COLUMN = 0,
	TAG_CONFLICT = 0x100,
	TAG_PLACE,
	TAG_REASON,
	TAG_CHUNK,
	TAG_UNKNOWN = 0x1000
};
enum aside_state {
	STATE_NULL,
	STATE_TEXT,
	STATE_ABSENT,
	STATE_OFFSET,
	STATE_AS_BODY,
	STATE_AS_POSTGRES
};

/* Appends an item; tags must be given in ascending order. */
void aside_put(struct buf *b, unsigned tag, const void *p, size_t n);
void aside_put_state(struct buf *b, unsigned tag, enum aside_state state, const void *p, size_t n);

/* Walks items. 1 an item, 0 the end, -1 malformed. */
struct aside_item {
	unsigned tag;
	const unsigned char *p;
	size_t n;
};
int aside_next(struct span *s, unsigned *last_tag, struct aside_item *ret);
/* The item with a tag; false if there is none (or the aside is malformed before it). */
bool aside_find(const struct record *r, unsigned tag, struct aside_item *ret);

#endif
