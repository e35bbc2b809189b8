/*
 * What others may ask of a file that was opened (reader.h). Nothing is worked out here: each answer
 * was settled when the file was opened, sorted, vouched for or read.
 */
#include "archive/reader_inner.h"

#include <string.h>
#include <unistd.h>

const char *
archive_name(const struct archive *a)
{
	const char *base = strrchr(a->at.path, '/');

	return base ? base + 1 : a->at.path;
}

const char *
archive_path(const struct archive *a)
{
	return a->at.path;
}

unsigned
archive_file(const struct archive *a)
{
	return a->at.file;
}

uint64_t
archive_bytes(const struct archive *a)
{
	return a->bytes;
}

ssize_t
archive_read(const struct archive *a, uint64_t at, void *p, size_t n)
{
	return attached_read(&a->at, p, n, at);
}

enum archive_shape
archive_shape(const struct archive *a)
{
	return a->shape;
}

enum archive_trust
archive_trust(const struct archive *a)
{
	if (!a->readable)
		return ARCHIVE_NOT;
	return a->storage_proved && a->sealed && a->seal_sig == SIG_VERIFIED ? ARCHIVE_PROVED :
									       ARCHIVE_UNPROVED;
}

bool
archive_readable(const struct archive *a)
{
	return a->readable;
}

bool
archive_counts(const struct archive *a)
{
	return a->readable && !a->copy;
}

bool
archive_is_copy(const struct archive *a)
{
	return a->copy;
}

bool
archive_disclosed(const struct archive *a)
{
	return a->disclosed;
}

bool
archive_salted(const struct archive *a)
{
	return a->salted;
}

const uint8_t *
archive_original(const struct archive *a)
{
	return a->original_sha256;
}

bool
archive_unread(const struct archive *a)
{
	return a->unread;
}

void
archive_give_up(struct archive *a)
{
	a->unread = true;
	a->readable = false;
}

const char *
archive_origin(const struct archive *a)
{
	return a->origin;
}

uint64_t
archive_first(const struct archive *a)
{
	return a->first;
}

uint64_t
archive_next(const struct archive *a)
{
	return a->next;
}

const uint8_t *
archive_root(const struct archive *a)
{
	return a->root;
}

const uint8_t *
archive_root_before(const struct archive *a)
{
	return a->prev_root;
}

unsigned
archive_compact(const struct archive *a, uint8_t ret[64][32])
{
	unsigned n = a->tree.n < 64 ? a->tree.n : 64;

	for (unsigned i = 0; i < n; i++)
		memcpy(ret[i], a->tree.e[i].hash, 32);
	return n;
}

struct str
archive_proofs(const struct archive *a)
{
	return (struct str){ (const char *)a->proofs.p, a->proofs.len };
}

const struct checkpoint *
archive_seal(const struct archive *a)
{
	return a->sealed ? &a->seal : NULL;
}

const char *
archive_note(const struct archive *a, uint64_t i)
{
	return i < a->n_interim ? a->interim[i].note : a->seal_note;
}

const char *
archive_trailer_note(const struct archive *a)
{
	return a->trailer_note;
}

unsigned
archive_before(const struct archive *a, uint8_t ret_compact[64][32], const char **ret_note,
    uint8_t ret_chain[32])
{
	unsigned n = a->before.n < 64 ? a->before.n : 64;

	for (unsigned i = 0; i < n; i++)
		memcpy(ret_compact[i], a->before.e[i].hash, 32);
	*ret_note = a->prev_note;
	memcpy(ret_chain, a->prev_chain, 32);
	return n;
}

const char *
archive_seal_note(const struct archive *a)
{
	return a->seal_note;
}

enum signature
archive_signature(const struct archive *a)
{
	return a->seal_sig;
}

enum signature
archive_trailer_signature(const struct archive *a)
{
	return a->trailer_sig;
}

const struct vkey *
archive_signer(const struct archive *a)
{
	return a->signer;
}

const char *
archive_claimed_key(const struct archive *a)
{
	return a->claimed_key;
}

enum vouched
archive_vouched(const struct archive *a)
{
	return a->vouched;
}

void
archive_anchor(struct archive *a)
{
	a->anchored = true;
}

bool
archive_storage_proved(const struct archive *a)
{
	return a->storage_proved;
}

bool
archive_has_trailer(const struct archive *a)
{
	return a->trailer;
}

bool
archive_trailer_vouched(const struct archive *a)
{
	return a->trailer_vouched;
}

uint64_t
archive_interim_seals(const struct archive *a)
{
	return a->n_interim;
}

bool
archive_interim_ends(const struct archive *a, uint64_t position)
{
	uint64_t lo = 0, hi = a->n_interim;

	while (lo < hi) {
		uint64_t mid = (lo + hi) / 2;

		if (a->interim[mid].c.size <= position)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < a->n_interim && a->interim[lo].c.size == position + 1;
}

bool
archive_still_open(const struct archive *a)
{
	return a->open;
}

bool
archive_follows(const struct archive *a)
{
	return a->follows;
}

bool
archive_letters(const struct archive *a)
{
	return a->letters;
}

uint64_t
archive_blocks(const struct archive *a)
{
	return a->n_rows;
}

const struct block_row *
archive_row(const struct archive *a, uint64_t i)
{
	return &a->row[i];
}

struct unpacker *
archive_unpacker(const struct archive *a)
{
	struct unpacker *u = unpacker_new(a->dict, a->dict_len);

	if (u) {
		unpacker_read_disclosed(u, a->disclosed);
		unpacker_read_salted(u, a->salted);
	}
	return u;
}

uint64_t
archive_damaged_blocks(const struct archive *a)
{
	return a->n_damaged;
}

uint64_t
archive_damaged_records(const struct archive *a)
{
	return a->damaged_records;
}

bool
archive_is_damaged(const struct archive *a, uint64_t i)
{
	return a->damaged && a->damaged[i];
}

struct str
archive_dictionary(const struct archive *a)
{
	return (struct str){ (const char *)a->dict, a->dict_len };
}

uint32_t
archive_tables(const struct archive *a)
{
	return a->n_tables;
}

uint64_t
archive_pages(const struct archive *a)
{
	return a->n_pages;
}

const struct index_page *
archive_page_row(const struct archive *a, uint64_t i)
{
	return &a->page[i];
}

bool
archive_indexed(const struct archive *a)
{
	return a->index_ok;
}

void
archive_drop_index(struct archive *a)
{
	a->index_ok = false;
}

const struct json_doc *
archive_manifest(const struct archive *a)
{
	return a->manifest_ok ? &a->manifest : NULL;
}

struct str
archive_manifest_text(const struct archive *a)
{
	return a->manifest_ok ?
	    (struct str){ (const char *)a->manifest_text.p, a->manifest_text.len } :
	    (struct str){ "", 0 };
}

struct str
archive_manifest_str(const struct archive *a, const char *path)
{
	const struct json_doc *m = &a->manifest;
	uint32_t i = a->manifest_ok ? json_path(m, 0, path) : JSON_NONE;

	return i != JSON_NONE && m->node[i].type == JSON_STRING ?
	    (struct str){ json_str(m, i), m->node[i].str_len } :
	    (struct str){ "", 0 };
}

const struct told_inputs *
archive_told(const struct archive *a)
{
	return &a->told;
}
