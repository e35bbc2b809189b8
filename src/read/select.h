/*
 * src/read/: records become what a person asks for. select.h finds them by any of their names,
 * flow.c puts a remediation's events in order, phases.h says where it stands, phrase.c tells each
 * event in a sentence, person.h tells people from machines. Everything that shows a story begins
 * here.
 *
 * Finding records by what an auditor has in hand: a correlation id, an event id, an approval's or
 * notification's name, or a prefix.
 */
#ifndef READ_SELECT_H
#define READ_SELECT_H

#include "archive/reader.h"
#include "digest/digest.h"
#include "event/view.h"
#include "read/moment.h"

struct correlation {
	char *text; /* NUL behind it; may hold anything else */
	size_t n;
	/* in the order of archives and log */
	struct {
		unsigned archive;
		uint64_t position;
	} * at;
	unsigned n_at, cap;
	/* events and conflicts of it, beside those, that disclosure copies leave out (C-20) */
	unsigned left_out;
	bool remediation;
};

struct catalog {
	struct correlation *c; /* sorted by bytes of text */
	unsigned n, cap;
};

/* kept unpacked: a remediation lies in one or two, and its neighbours in the same */
#define READING_BLOCKS 8

/* What a reading verb reads from. */
struct reading {
	struct archive *const *archive;
	unsigned n;
	struct findings *findings;
	struct view *view;
	struct {
		struct unpacker *u;
		struct buf blob;
		unsigned archive;
		uint64_t row, used;
		bool open;
		struct block block;
	} slot[READING_BLOCKS];
	uint64_t clock;
	struct block block; /* the one that was read last */
	/* for heads of blocks alone; NULL: none was asked for */
	struct unpacker *heads;
	struct buf head_blob;
	/* of moments, bits of enum moment_want; WANT_HASHES from the beginning */
	unsigned want;
	struct sha256 *sha; /* scratch of their digests */
	bool rows;          /* reading_rows was here */
};

int reading_init(
    struct reading *r, struct archive *const *a, unsigned n, struct findings *f, struct err *e);
void reading_release(struct reading *r);
/* What moments are read with: bits of enum moment_want. */
void reading_wants(struct reading *r, unsigned want);
/*
 * From now on blocks are opened for what a view shows of their rows, and for nothing else: digests,
 * leaves, correlation and time of records are not filled (unpacker_read_rows; view_time has the
 * time). Their storage proof is checked as ever.
 */
void reading_rows(struct reading *r);
/* From now on with the hashes of records, too, which are computed where they do not lie there: the
 * block that is open is read again when it is asked for. */
void reading_hashes(struct reading *r);

/* A block, unpacked into r->block. 0 fine; 1 damaged (a finding says so); -1 (e). */
int reading_block(struct reading *r, unsigned archive, uint64_t row, struct err *e);
/* The record at a position. 0 fine; 1 damaged (a finding says so); -1 (e). Valid until the next
 * call. */
int reading_record(struct reading *r, unsigned archive, uint64_t position,
    const struct record **ret, struct err *e);
/* Notes that the row of a record breaks a rule: why, as view_open() says it. */
void reading_broken(struct findings *f, unsigned archive, uint64_t position, const char *why);
/* Opens the view on a record and notes what is wrong with it. NULL: nothing can be shown. */
struct view *
reading_view(struct reading *r, unsigned archive, const struct record *rec, struct err *e);

/*
 * Marks, in bits from the archive's first position on, what an index says may be such an event:
 * of a
 * type, or of types that begin so; with an id. 0; 1: the index cannot be relied on; -1 (e).
 */
int reading_types(struct reading *r, unsigned archive, const char *type, size_t n, bool prefix,
    uint8_t *bits, struct err *e);
int reading_ids(
    struct reading *r, unsigned archive, const uint8_t id[16], uint8_t *bits, struct err *e);

/* The kind of each record of a block (archive_kinds). 0 fine; 1 damaged (a finding says so); -1
 * (e). Valid until the next call. */
int reading_kinds(
    struct reading *r, unsigned archive, uint64_t row, const uint8_t **ret, struct err *e);
/* Marks the positions of the events of all blocks that are not damaged. 0 or -1 (e). */
int reading_events(struct reading *r, unsigned archive, uint8_t *bits, struct err *e);
/* A place that the index of types names; fresh: the first of its type on this page. 0 or -1 (e). */
typedef int by_type_fn(void *arg, struct str type, bool fresh, uint64_t position, struct err *e);
/* All places of the index of types, of events and conflicts, by type and position; longer types are
 * cut to EX_MAX_KEY bytes. 0; 1: the index cannot be relied on; -1 (e). */
int reading_by_type(struct reading *r, unsigned archive, by_type_fn *f, void *arg, struct err *e);

/* How many records of a correlation lie in blocks that could not be read so far. */
unsigned reading_unreadable(const struct reading *r, const struct correlation *c);

/* Counts, for each correlation of a catalog, what disclosure copies leave out of it. 0, -1 (e). */
int catalog_left_out(struct catalog *c, struct reading *r, struct err *e);

/* times.c. Marks the block rows that may hold an event of [from, to), µs; others stay as they are.
 * 0; 1: the index cannot be relied on; -1 (e). */
int reading_times(
    struct reading *r, unsigned archive, int64_t from, int64_t to, uint8_t *rows, struct err *e);

/* Every correlation with its positions, from the indexes as sealed, or from the records where an
 * index is damaged. */
int catalog_load(struct catalog *c, struct reading *r, struct err *e);
/* Only the correlations of these names, if the indexes hold every one of them; else all. For verbs
 * that were told what to look for. */
int catalog_load_some(
    struct catalog *c, struct reading *r, const char *const *id, unsigned n, struct err *e);
/*
 * The correlation of exactly this id alone, by the indexes, into an empty catalog; none is none.
 * 0; 1: an index cannot be relied on; -1 (e). To be released in any case.
 */
int catalog_load_one(struct catalog *c, struct reading *r, const char *id, size_t n, struct err *e);
void catalog_release(struct catalog *c);

/* The correlation of exactly this id; NULL: none is here. */
const struct correlation *catalog_get(const struct catalog *c, const char *text, size_t n);
/* Drops the correlations for whose place keep[] is false. */
void catalog_keep(struct catalog *c, const bool *keep);
/* 0 and *ret; else e says that nothing or too much matches, with the nearest. */
int catalog_find(const struct catalog *c, struct reading *r, const char *id,
    const struct correlation **ret, struct err *e);

#include "read/story.h" /* what is selected is mostly told */

#endif
