/* Exporter: records into blocks (archive.md C-7, C-8; record.md ). */
#ifndef WRITE_PACK_H
#define WRITE_PACK_H

#include "archive/archive.h"
#include "base/err.h"
#include "record/record.h"

/* A closed block on its way into the file. */
struct packed {
	struct block_row row; /* chain is filled by the archive writer */
	/* until packed_digest: body and aside pointers are not kept, see at */
	struct record *rec;
	struct place *at;
	struct buf aside;            /* until then */
	struct buf head, body, tags; /* raw head; raw bodies and asides; tag bytes */
	struct buf blob;             /* after packed_compress */
	bool salted;                 /* headers of version 2, by salts of this secret */
	uint8_t secret[RECORD_SECRET];
	struct packed *next;
	/* in the file already (a resumed run): to be compared, not compressed */
	bool stored;
	bool done, failed; /* set by the thread that compressed it */
};

struct packer;

/* salted: of records with headers of version 2. NULL: no memory, or no randomness. */
struct packer *packer_new(uint64_t first, bool salted);
/* The secret of the open block; to be set where a run is resumed. */
uint8_t *packer_secret(struct packer *p);
void packer_free(struct packer *p);

/* True if r does not fit behind what is there (C-7): close first. */
bool packer_full(const struct packer *p, const struct record *r);
/* Gives r its position and adds it; r->body and r->aside are copied. -1: no memory. */
int packer_add(struct packer *p, struct record *r);
uint32_t packer_count(const struct packer *p);
/* Record i of the open block, without its digests; its body stands in *scratch. */
void packer_record(const struct packer *p, uint32_t i, struct buf *scratch, struct record *ret);
/* Closes the block; NULL: nothing in it, or no memory (then e is set). The packer goes on with the
 * next one. */
struct packed *packer_close(struct packer *p, struct err *e);

/* Digests, nodes and head of a closed block; does nothing the second time. Thread-safe on
 * different blocks. -1: no memory, or longer than the limits. */
int packed_digest(struct packed *b);
/* Compresses what packed_digest left; likewise. level, dict as in the archive; cdict may be NULL.
 * -1 on failure. */
int packed_compress(struct packed *b, void *cctx, void *cdict, int level);
/* The secret of a stored block (C-18). false: it cannot be read. */
bool packed_secret_of(
    const struct block_row *row, const void *blob, size_t n, uint8_t ret[RECORD_SECRET]);
/* Does a stored block hold exactly these records? row and blob are the file's, dict may be NULL. */
bool packed_same(const struct packed *b, const struct block_row *row, const void *blob, size_t n,
    const void *dict, size_t dict_len);
void packed_free(struct packed *b);

#endif
