/* From a stored blob to records (archive.md C-8 to C-10, record.md ). One unpacker
 * serves one thread. */
#ifndef ARCHIVE_UNPACK_H
#define ARCHIVE_UNPACK_H

#include "archive/archive.h"
#include "event/view.h"
#include "record/record.h"

struct unpacker;

/* dict may be NULL; it is digested once and need not outlive the call. */
struct unpacker *unpacker_new(const void *dict, size_t dict_len);
void unpacker_free(struct unpacker *u);
/* From now on bodies are read whole: event_data that is not canonical makes a body bad, too (E-2).
 * Reading verbs need not. */
void unpacker_read_whole(struct unpacker *u);
/*
 * From now on only what rows say is read, for who opens a view on each: digests of bodies and
 * asides, leaves, and what is read from canonical bodies (time, correlation) are not filled;
 * claimed and previous hashes only if they are wanted. The last three of struct block are NULL.
 */
void unpacker_read_rows(struct unpacker *u, bool hashes);
/* Whether blocks from now on are those of a disclosure copy (C-20), which hold all that there is to
 * their records whatever else was asked for. */
void unpacker_read_disclosed(struct unpacker *u, bool disclosed);
/* Whether they are those of an archive whose records have headers of version 2. */
void unpacker_read_salted(struct unpacker *u, bool salted);
/* The secret of the block that was unpacked last, of such an archive. */
const uint8_t *unpacker_secret(const struct unpacker *u);
struct sha256 *unpacker_sha(struct unpacker *u);

struct block {
	uint64_t first;
	uint32_t n;
	struct record *rec; /* all pointers live until the next use of the unpacker */
	uint8_t (*leaf)[32];
	const unsigned char *tags; /* 2 bytes a record, as stored (C-8) */
	const char **bad_body;     /* NULL, or why a body of form 1 or 2 is not canonical */
	/* of canonical bodies, where they need no decoding; else p = NULL */
	struct str *type, *correlation;
};

/*
 * What the fields of a header that are no lengths, numbers or digests may not say, alone or
 * together (record.md ). NULL: nothing is wrong with them.
 */
const char *unpack_fields_wrong(const struct record *r);

/* Which rule a blob breaks. */
enum unpack_fault { UNPACK_OK, UNPACK_FRAME, UNPACK_HEAD, UNPACK_NOMEM };

/*
 * Decodes a blob whose lengths were compared with row before. Fills *ret with records, digests
 * and leaves; nothing is compared
 * with tags, nodes or data_sha256 here. On a fault why says which field wants and has what.
 */
enum unpack_fault unpack(struct unpacker *u, const struct block_row *row, const unsigned char *blob,
    size_t n, struct block *ret, char why[200]);
/*
 * The kind of each record of a blob (row->count bytes, R-3), from its head part alone, for who
 * looks for records of a kind that few blocks have. They live until the next use of u. As unpack;
 * what the head says else is not looked at.
 */
enum unpack_fault unpack_kinds(struct unpacker *u, const struct block_row *row,
    const unsigned char *blob, size_t n, const uint8_t **ret, char why[200]);
/*
 * Correlation id and type of record i of a block, an event or a conflict, as text; "" where the
 * row has none. t: the table it names, may be
 * NULL. The text lives until the next use of the view or the unpacker. -1: no memory.
 */
int block_names(const struct block *b, uint32_t i, struct view *view, const struct table *t,
    struct str *corr, struct str *type);

#endif
