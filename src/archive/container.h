/* The container around the tables: trailer, database header, schema (archive.md C-1, C-3, C-4,
 * C-16). Part of archive_authenticate. */
#ifndef ARCHIVE_CONTAINER_H
#define ARCHIVE_CONTAINER_H

#include "archive/reader.h"

/* C-16: sets db_bytes, trailer and its signature; without a trailer the database is taken to be
 * all whole pages. */
void
container_trailer(struct archive *a, const struct vkey *keys, size_t n_keys, struct findings *f);
/* An archive whose first page is there or not written yet: its journal can make an unfinished
 * export of it (C-2). */
bool container_may_be_ours(struct archive *a);
/* C-3, from the bytes themselves. false: SQLite should not be asked (a->shape says why). */
bool container_header(struct archive *a, struct findings *f);
/*
 * C-4, C-17. 0: the five tables are there as they must be, and what else stands beside them
 * became a finding;
 * 1: they are not (a finding), or SQLite cannot read the file.
 */
int container_schema(struct archive *a, struct findings *f);
/*
 * S-10: the trailer is signed by the key of the seal, and by none in an unsealed file. Settles
 * a->signer, a->claimed_key
 * and a->trailer_vouched; lines of keys that were not given become notes.
 */
void container_compare_signers(
    struct archive *a, const struct vkey *keys, size_t n_keys, struct findings *f);

enum signature container_judge_note(struct archive *a, const struct note *n,
    const struct vkey *keys, size_t n_keys, const struct vkey **ret);
/* Name and key id of a note's first signature line. */
void container_signer(const struct note *n, char out[NOTE_NAME_MAX + 32]);
void container_signer_of(const struct vkey *key, char out[NOTE_NAME_MAX + 32]);

#endif
