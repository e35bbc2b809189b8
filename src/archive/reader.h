/*
 * Opening an archive and proving what can be proved without reading a body: container, schema,
 * block rows, chain, root, seal, manifest
 * and the digests of index pages (archive.md, seal.md S-8). Everything that is wrong becomes a
 * finding.
 */
#ifndef ARCHIVE_READER_H
#define ARCHIVE_READER_H

#include <sys/stat.h>

#include "archive/told.h"
#include "archive/unpack.h"
#include "archive/vfs.h"
#include "event/column.h"
#include "finding/finding.h"
#include "index/index.h"
#include "json/json.h"
#include "log/note.h"
#include "log/proof.h"

/* Who vouches for a file: vouch.h. In the order of what is said where several files differ: the
 * worst counts. */
enum vouched {
	VOUCHED_NOT,
	VOUCHED_UNSEALED,
	VOUCHED_STRANGER,
	VOUCHED_FALSE,
	VOUCHED_EXPECTED,
	VOUCHED_KEY
};

enum signature { SIG_NONE, SIG_UNKNOWN_KEY, SIG_FALSE, SIG_VERIFIED };

struct index_page {
	uint64_t no;
	enum index_kind kind;
	unsigned char *low;
	size_t low_len;
	uint8_t sha256[32];
};

struct archive {
	const char *path; /* as given */
	unsigned file;    /* its number among the files given */
	int fd;
	struct stat st;
	/* C-1: -wal, -shm, -journal */
	enum { SIDE_NONE, SIDE_EMPTY, SIDE_HOLDS } side_file[3];
	bool side_journal;
	uint64_t bytes, db_bytes; /* of the file; of the database, as the trailer says */
	bool trailer;             /* there is a well-formed trailer */
	uint8_t trailer_sha256[32];
	/* of the whole file, as sha256sum prints it; filled by verify */
	uint8_t file_sha256[32];
	enum signature trailer_sig, seal_sig;
	/* name and key id of the trailer's first signature line, '' if none */
	char trailer_key[NOTE_NAME_MAX + 32];
	char *trailer_note; /* its text with its signatures; NULL if it has none */
	/* the key that verified the seal verified the trailer too (J-5) */
	bool trailer_vouched;
	sqlite3 *db;
	struct sha256 *sha;
	char origin[NOTE_NAME_MAX + 1];
	uint64_t first, next;
	uint8_t prev_chain[32];
	struct block_row *row;
	uint64_t n_rows;
	/* by row: it could not be read; NULL while all could be */
	uint8_t *damaged;
	uint64_t n_damaged, damaged_records;
	unsigned char *dict;
	size_t dict_len;
	uint8_t root[32];           /* folded from the block rows */
	uint8_t prev_root[32];      /* of [0, first), from the compact range; if first > 0 */
	char *prev_note;            /* seal of the file before, as kept here */
	struct buf proofs;          /* S-9 */
	struct merkle before, tree; /* of [0, first); of [0, next) */
	enum vouched vouched;       /* filled by vouch_judge */
	/* what its inputs were asked for (--since, --until), µs; filled by verify */
	int64_t asked_from, asked_to;
	/* an expected checkpoint of exactly its beginning was met (J-2) */
	bool anchored;
	/* the log is known to reach so far: an expected checkpoint says so; else 0 */
	uint64_t known_next;
	bool copy;        /* another of the files given holds all of it */
	bool root_signed; /* equals the checkpoint of the seal */
	/* chain and manifest bind each block's bytes, and the seal binds them (S-8) */
	bool storage_proved;
	bool sealed;
	struct checkpoint seal; /* the last one */
	char *seal_note;
	/* the ones before it, by size; met: a block ends there with that root */
	struct interim_seal {
		struct checkpoint c;
		char *note;
		bool met;
	} * interim;
	uint64_t n_interim;
	/* follows its source and is still open (C-19): read up to its last seal */
	bool open;
	bool follows;         /* its rows were read as they came */
	bool letters;         /* dead letters are in evidence */
	const char *seal_why; /* what a row of `seal` is not */
	/* block rows up to the last seal, and the tree there, while there is no trailer */
	uint64_t sealed_rows;
	struct merkle sealed_tree;
	uint64_t tail;             /* records behind that seal, not read */
	const struct vkey *signer; /* the key that verified the seal */
	/* name and key id: of the line that verified, else of the seal's first */
	char claimed_key[NOTE_NAME_MAX + 32];
	struct json_doc manifest;
	struct buf manifest_text;
	bool manifest_ok;
	struct told_inputs told; /* of its inputs; none unless manifest_ok */
	struct table **table;    /* by source number − 1 */
	uint32_t n_tables;
	struct index_page *page;
	uint64_t n_pages;
	bool index_ok; /* the list of pages is that of the manifest */
	bool readable; /* blocks can be read */
	bool failed;   /* the tool failed on the way: nothing may be judged */
	int medium;    /* errno of a read that the medium refused; 0: none */
	/* the medium could not be read: the file is not judged (J-9) */
	bool unread;
	/* file_sha256 is filled, and compared with the trailer */
	bool digested;
	enum archive_shape {
		ARCHIVE_FINE,
		ARCHIVE_UNFINISHED,
		ARCHIVE_NEWER,
		ARCHIVE_FOREIGN,
		ARCHIVE_BROKEN
	} shape;
};

/* Opens the file and looks for files beside it; parses nothing. -1: the tool cannot (e). */
int archive_attach(struct archive *a, const char *path, unsigned file, struct err *e);
/* Everything else, after the sandbox is up. Findings tell; -1 only for a failure of the tool. */
int archive_authenticate(
    struct archive *a, const struct vkey *keys, size_t n_keys, struct findings *f, struct err *e);
void archive_detach(struct archive *a);
/* The file's name without its folders: what a report says must not depend on where the file
 * lies. */
const char *archive_name(const struct archive *a);

/* Reads block row i's blob into b and checks its storage proof. 0 fine, 1 damaged (a finding was
 * added), -1 no memory. */
int archive_blob(struct archive *a, uint64_t i, struct buf *b, struct findings *f, struct err *e);
/* The same, and unpacked; the block lives as long as b and the next use of u. 0 fine, 1 damaged (a
 * finding was added), -1 the tool failed (e). */
int archive_block(struct archive *a, uint64_t i, struct unpacker *u, struct buf *b,
    struct block *ret, struct findings *f, struct err *e);
/* The second half of archive_block, for any thread: changes nothing of the archive, so who calls it
 * notes the damage. */
int archive_unpack(const struct archive *a, uint64_t i, struct unpacker *u, const struct buf *b,
    struct block *ret, struct findings *f, struct err *e);
/* The kind of each record of block row i (unpack_kinds): its stored bytes are read and checked, and
 * only their head part is unpacked. As archive_block. */
int archive_kinds(struct archive *a, uint64_t i, struct unpacker *u, struct buf *b,
    const uint8_t **ret, struct findings *f, struct err *e);
/* Notes that a block could not be read: what lies in it is neither here nor deleted (judgement.md
 * J-9). */
void archive_damaged(struct archive *a, uint64_t i);
/* The block row that holds a position; n_rows if none does. */
uint64_t archive_block_of(const struct archive *a, uint64_t position);
/* The last position of the block that holds one; the position itself if none does. */
uint64_t archive_end_of_block(const struct archive *a, uint64_t position);
/* The table record with a source number, NULL if there is none. */
const struct table *archive_table_of(const struct archive *a, uint32_t source);
/* The data of an index page, checked against its digest. 0, 1 damaged (finding), -1. */
int archive_page(struct archive *a, uint64_t i, struct buf *b, struct findings *f, struct err *e);

/* What the manifest says of an input; NULL if it says nothing of it. */
const struct told_input *archive_input(const struct archive *a, uint32_t number);
/* The manifest's entry of the first input; the others follow as its siblings. JSON_NONE if there
 * is none. */
uint32_t archive_inputs(const struct archive *a);
/* A number of the manifest along a path; false if it is not there. */
bool archive_manifest_u64(
    const struct archive *a, const char *object_path, const char *name, uint64_t *ret);

#endif
