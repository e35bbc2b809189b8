/*
 * Opening an archive and proving what can be proved without reading a body: container, schema,
 * block rows, chain, root, seal, manifest
 * and the digests of index pages (archive.md, seal.md S-8). Everything that is wrong becomes a
 * finding.
 */
#ifndef ARCHIVE_READER_H
#define ARCHIVE_READER_H

#include <sys/types.h>

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

/* What an opened file is. */
enum archive_trust {
	/* No archive that can be read: unfinished, of a newer format, another program's, broken, or
	 * its medium failed. */
	ARCHIVE_NOT,
	/* Its records can be read, and something that they rest on is missing or wrong, or no key
	 * that was given has sealed it. */
	ARCHIVE_UNPROVED,
	/* Chain and manifest bind the bytes of each block, and a key that was given has signed the
	 * seal over them (S-8). */
	ARCHIVE_PROVED
};

/* What a file is called. */
enum archive_shape {
	ARCHIVE_FINE,
	ARCHIVE_UNFINISHED,
	ARCHIVE_NEWER,
	ARCHIVE_FOREIGN,
	ARCHIVE_BROKEN
};

struct index_page {
	uint64_t no;
	enum index_kind kind;
	unsigned char *low;
	size_t low_len;
	uint8_t sha256[32];
};

struct archive;

/* A file that is at hand and that nobody has looked into. */
struct attached;

/*
 * Opens the file and looks for files beside it; parses nothing, so this is done before the sandbox
 * is up. called: how messages and documents name it, which lives as long as the file; its number
 * among the files given. NULL: the tool cannot (e).
 */
struct attached *archive_attach(const char *path, const char *called, unsigned file, struct err *e);
/* Calls it otherwise from now on: documents that are handed on name no machine. */
void attached_rename(struct attached *x, const char *called);
void attached_close(struct attached *x);

/* Bytes that stand in place of a file's own, in memory alone. */
struct patch {
	uint64_t at; /* of the file */
	size_t n;
	const void *p;
};

/*
 * What is at hand without a path, for who tries what verification finds (src/selftest): bytes in
 * memory as if they were a file, or an opened file as if these bytes stood in it and it ended
 * elsewhere, of which no records will be read. All of it is borrowed, and outlives the archive that
 * is opened of it. NULL: no memory (e).
 */
struct attached *
attached_held(const void *p, size_t n, const char *called, unsigned file, struct err *e);
struct attached *attached_patched(const struct archive *of, const struct patch *patch,
    unsigned n_patches, uint64_t bytes, struct err *e);
/* From now on tells of each reading of bytes, before it. */
void attached_watch(struct attached *x, void (*seen)(void *arg, uint64_t at, size_t n), void *arg);

/*
 * The only maker of an archive: everything that can be proved of the file without reading a body,
 * behind the sandbox. Takes the attached file over. Findings tell what is wrong. Returns an enum
 * archive_trust, or -1: the tool failed (e), and nothing was judged. *ret is for the caller to
 * close; NULL only after a failure.
 */
int archive_open(struct attached *file, const struct vkey *keys, size_t n_keys, struct findings *f,
    struct archive **ret, struct err *e);
void archive_close(struct archive *a);
/* What archive_open answered, as long as archive_give_up did not take it back. */
enum archive_trust archive_trust(const struct archive *a);

/*
 * C-16: reads the file to its end, once: its bytes against the trailer (A01, A25), and its digest
 * on the way. -1: the medium or the tool failed (e).
 */
int archive_digest(struct archive *a, struct findings *f, struct err *e);
/* archive_digest was here. */
bool archive_digested(const struct archive *a);
/* Of the whole file, as sha256sum prints it; zeros before archive_digest. 32 bytes. */
const uint8_t *archive_sha256(const struct archive *a);
/* SQLite's own check of the database (A05). -1: no memory. */
int archive_check_database(struct archive *a, struct findings *f, struct err *e);
/* It is not the file any more that was attached: another size, or written since. */
bool archive_changed(const struct archive *a);

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

/* ---- what is known of a file, however its opening ended */

/* The file's name without its folders: what a report says must not depend on where the file
 * lies. */
const char *archive_name(const struct archive *a);
/* As it was attached. */
const char *archive_path(const struct archive *a);
/* Its number among the files given, which findings name. */
unsigned archive_file(const struct archive *a);
uint64_t archive_bytes(const struct archive *a);
/* Up to n of its bytes from a position on. Returns their number, 0 at the end, -1 with errno. */
ssize_t archive_read(const struct archive *a, uint64_t at, void *p, size_t n);
/* What it is called; ARCHIVE_FINE says nothing of what is in it. */
enum archive_shape archive_shape(const struct archive *a);
/* Its blocks can be read; else none of what follows is known. */
bool archive_readable(const struct archive *a);
/* It can be read, and no other of the files given holds all of it (L03): what it holds counts. */
bool archive_counts(const struct archive *a);
/* Another of the files given holds all of it (L03). */
bool archive_is_copy(const struct archive *a);
/* It is a disclosure copy (C-20): records of kind KIND_LEFT_OUT are of the log, and not here. */
bool archive_disclosed(const struct archive *a);
/* The headers of its records are of version 2; of a disclosure copy its headers tell. */
bool archive_salted(const struct archive *a);
/* The digest of the database of the file that it is a copy of (line 3 of that file's trailer). 32
 * bytes; of a disclosure copy. */
const uint8_t *archive_original(const struct archive *a);
/* The medium did not give it, and it is not judged (J-9). */
bool archive_unread(const struct archive *a);
/* Notes that. */
void archive_give_up(struct archive *a);

/* ---- its place in the log, and who vouches for it */

/* Of the log; '' if it was never sealed. */
const char *archive_origin(const struct archive *a);
/* Its first position, and the first behind it. */
uint64_t archive_first(const struct archive *a);
uint64_t archive_next(const struct archive *a);
/* Of the tree over [0, next), and over [0, first), which is known if first > 0. 32 bytes. */
const uint8_t *archive_root(const struct archive *a);
const uint8_t *archive_root_before(const struct archive *a);
/* The nodes of its compact range at its end (S-3), largest first. Returns their number. */
unsigned archive_compact(const struct archive *a, uint8_t ret[64][32]);
/* S-9: the proofs that it carries. */
struct str archive_proofs(const struct archive *a);
/* The checkpoint of its last seal; NULL: it is not sealed. */
const struct checkpoint *archive_seal(const struct archive *a);
/* The notes of its seals by size, i <= archive_interim_seals; the last is that of archive_seal. */
const char *archive_note(const struct archive *a, uint64_t i);
/* The text of its trailer with its signatures; NULL: it has none, or no signature. */
const char *archive_trailer_note(const struct archive *a);
/* C-5, what it says of the log before it: the nodes of the compact range at its beginning, largest
 * first (their number is returned), the seal and the last chain value there. */
unsigned archive_before(const struct archive *a, uint8_t ret_compact[64][32], const char **ret_note,
    uint8_t ret_chain[32]);
/* The text of that seal with its signatures; NULL if there is none. */
const char *archive_seal_note(const struct archive *a);
/* Of that seal, and of the trailer. */
enum signature archive_signature(const struct archive *a);
enum signature archive_trailer_signature(const struct archive *a);
/* The key that verified the seal; NULL: none did. */
const struct vkey *archive_signer(const struct archive *a);
/* Name and key id: of the line that verified, else of the seal's first. */
const char *archive_claimed_key(const struct archive *a);
/* Of vouch_judge. */
enum vouched archive_vouched(const struct archive *a);
/* What lies before it is given, or anchored by an expected checkpoint of exactly its beginning. */
void archive_anchor(struct archive *a);
/* Chain and manifest bind each block's bytes, and the seal binds them (S-8). */
bool archive_storage_proved(const struct archive *a);
/* There is a well-formed trailer; the key that verified the seal verified it too (J-5). */
bool archive_has_trailer(const struct archive *a);
bool archive_trailer_vouched(const struct archive *a);
/* Interim seals before the last one; whether one of them ends behind a position. */
uint64_t archive_interim_seals(const struct archive *a);
bool archive_interim_ends(const struct archive *a, uint64_t position);
/* C-19: it follows its source and is still open: it is read up to its last seal. */
bool archive_still_open(const struct archive *a);
/* its rows were read as they came. */
bool archive_follows(const struct archive *a);
/* dead letters are in evidence. */
bool archive_letters(const struct archive *a);

/* ---- its blocks, tables and index pages */

uint64_t archive_blocks(const struct archive *a);
/* i < archive_blocks. */
const struct block_row *archive_row(const struct archive *a, uint64_t i);
/* Unpacks its blocks; the caller frees it. NULL: no memory. */
struct unpacker *archive_unpacker(const struct archive *a);
/* How many of its blocks could not be read so far, with how many records; and whether one is. */
uint64_t archive_damaged_blocks(const struct archive *a);
uint64_t archive_damaged_records(const struct archive *a);
bool archive_is_damaged(const struct archive *a, uint64_t i);
/* C-9: its dictionary; empty: it has none. */
struct str archive_dictionary(const struct archive *a);
/* The greatest source number that has a table. */
uint32_t archive_tables(const struct archive *a);
uint64_t archive_pages(const struct archive *a);
/* i < archive_pages; without its data. */
const struct index_page *archive_page_row(const struct archive *a, uint64_t i);
/* The list of pages is that of the manifest, and no page was found to be another one. */
bool archive_indexed(const struct archive *a);
/* A page does not hold what an index holds: nobody is to rely on any of them. */
void archive_drop_index(struct archive *a);

/* ---- its manifest */

/* NULL: it has none that can be read. */
const struct json_doc *archive_manifest(const struct archive *a);
/* Its bytes; none if it has none. */
struct str archive_manifest_text(const struct archive *a);
/* A text of it along a path; empty if it is not there, or is no text. */
struct str archive_manifest_str(const struct archive *a, const char *path);
/* What it says of its inputs; none if it cannot be read. */
const struct told_inputs *archive_told(const struct archive *a);
/* What the manifest says of an input; NULL if it says nothing of it. */
const struct told_input *archive_input(const struct archive *a, uint32_t number);
/* The manifest's entry of the first input; the others follow as its siblings. JSON_NONE if there
 * is none. */
uint32_t archive_inputs(const struct archive *a);
/* A number of the manifest along a path; false if it is not there. */
bool archive_manifest_u64(
    const struct archive *a, const char *object_path, const char *name, uint64_t *ret);

#endif
