/*
 * The file as src/archive/ sees it; nobody else does (tools/lint.py). And the stages of opening
 * (open.c) that read what the database holds: the rows around the records
 * (reader.c), the manifest (manifest.c), the list of the index (index_list.c).
 */
#ifndef ARCHIVE_READER_INNER_H
#define ARCHIVE_READER_INNER_H

#include <sys/stat.h>

#include "archive/reader.h"

/* A file beside the archive as SQLite names its own (C-1). */
enum side_file { SIDE_NONE, SIDE_EMPTY, SIDE_HOLDS };

struct attached {
	const char *path;       /* how it is called */
	unsigned file;          /* its number among the files given */
	int fd;                 /* -1: none, or it is another's (under) */
	struct stat st;         /* of what is held only its size is known */
	enum side_file side[3]; /* -wal, -shm, -journal */
	/* without a descriptor of its own: bytes in memory, or another file's, and what stands in
	 * place of some */
	const unsigned char *held;
	const struct attached *under;
	const struct patch *patch;
	unsigned n_patches;
	/* only whether something is wrong is wanted: nothing is looked for to be read */
	bool brief;
	void (*seen)(void *arg, uint64_t at, size_t n); /* of each reading; may be NULL */
	void *seen_arg;
};

/* As pread: the only way to the bytes of a file. */
ssize_t attached_read(const struct attached *x, void *p, size_t n, uint64_t at);

/* A seal before the last one; met: a block ends there with that root. */
struct interim_seal {
	struct checkpoint c;
	char *note;
	bool met;
};

struct archive {
	struct attached at;
	uint64_t bytes, db_bytes; /* of the file; of the database, as the trailer says */
	bool trailer;             /* there is a well-formed trailer */
	uint8_t trailer_sha256[32];
	bool salted; /* its headers are of version 2 */
	uint8_t manifest_secret[RECORD_SECRET];
	/* a disclosure copy (C-20), of a file whose database had this digest; as the database's
	 * header says, and as the trailer does */
	bool disclosed, trailer_disclosed;
	uint8_t original_sha256[32];
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
	/* the ones before it, by size */
	struct interim_seal *interim;
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
	enum archive_shape shape;
};

/* C-5; leaves the compact range in a->tree. False: it cannot be read, as a finding says. */
bool reader_log(struct archive *a, struct findings *f);
/* The dictionary, if there is one. False: what stands in its place is none. */
bool reader_dictionary(struct archive *a, struct findings *f);
/* C-6, S-3, S-4: every row, the chain line by line, the root. False: they are not what they must
 * be; *e is set where the tool failed. */
bool reader_blocks(struct archive *a, struct findings *f, struct err *e);
/* The record before the seal (R-20, S-7). -1: the tool failed (e). */
int reader_manifest(struct archive *a, struct findings *f, struct err *e);
/* C-13: the rows of idx without their data. */
void reader_index_list(struct archive *a, struct findings *f);
/* A blob of 32 bytes in column i of a row. False: it is none. */
bool reader_blob32(sqlite3_stmt *st, int i, uint8_t out[32]);
/* A whole number from 0 to max. False: it is none. */
bool reader_number(sqlite3_stmt *st, int i, uint64_t max, uint64_t *ret);

#endif
