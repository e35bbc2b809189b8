/*
 * The file as a whole, whatever stands in it: its bytes against the trailer (archive.md C-16), the
 * database as SQLite checks it, and whether it changed while it was read.
 */
#include "archive/reader_inner.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

#define CHUNK (1u << 18) /* bytes read at once */

/*
 * Two digests of one reading: db is what sha was where the database ends. Stops where the file ends
 * or the medium fails, and returns how far it came.
 */
static uint64_t
read_whole(const struct archive *a, struct sha256 *sha, struct sha256 *db, unsigned char *chunk,
    struct err *e)
{
	uint64_t at = 0;

	sha256_begin(sha);
	for (;;) {
		uint64_t border = at < a->db_bytes ? a->db_bytes : a->bytes, left = border - at;
		ssize_t k;

		if (at == a->db_bytes && sha256_fork(db, sha)) {
			err_nomem(e);
			break;
		}
		if (at == a->bytes)
			break;
		k = archive_read(a, at, chunk, left > CHUNK ? CHUNK : (size_t)left);
		if (k < 0 && errno == EINTR)
			continue;
		/* the medium, and no fact about the file (judgement.md J-9) */
		if (k < 0)
			err_set(e, EX_IO_ERR,
			    "%s: cannot be read at byte %" PRIu64 " (%s): nothing was judged",
			    a->at.path, at, strerror(errno));
		if (k <= 0)
			break;
		sha256_add(sha, chunk, (size_t)k);
		at += (uint64_t)k;
	}
	return at;
}

int
archive_digest(struct archive *a, struct findings *f, struct err *e)
{
	unsigned char *chunk = malloc(CHUNK);
	struct sha256 *sha = sha256_new(), *db = sha256_new();
	uint8_t d[32];

	if (chunk == NULL || sha == NULL || db == NULL) {
		err_nomem(e);
	} else if (read_whole(a, sha, db, chunk, e) == a->bytes && e->status == 0) {
		sha256_end(db, d);
		sha256_end(sha, a->file_sha256);
		/* what is unfinished or of others has no trailer that could be meant */
		if (a->trailer && (a->shape == ARCHIVE_FINE || a->shape == ARCHIVE_BROKEN) &&
		    memcmp(d, a->trailer_sha256, 32)) {
			finding_digests(
			    finding_say(f, A01_BYTES, a->at.file, "database pages", GIVING_NOTHING),
			    a->trailer_sha256, d);
		}
	} else if (e->status == 0) {
		finding_say(f, A25_END, a->at.file, "the file", GIVING_NOTHING);
	}
	free(chunk);
	sha256_free(sha);
	sha256_free(db);
	a->digested = true;
	return e->status ? -1 : 0;
}

bool
archive_digested(const struct archive *a)
{
	return a->digested;
}

const uint8_t *
archive_sha256(const struct archive *a)
{
	return a->file_sha256;
}

int
archive_check_database(struct archive *a, struct findings *f, struct err *e)
{
	sqlite3_stmt *st;
	const char *s;
	int rc = 0;

	if (sqlite3_prepare_v2(a->db, "PRAGMA integrity_check(1)", -1, &st, NULL) != SQLITE_OK)
		return err_nomem(e);
	s = sqlite3_step(st) == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0) : NULL;
	/* want of memory is ours; whatever else it does not call ok is the file's */
	if (s == NULL && (sqlite3_errcode(a->db) & 0xff) == SQLITE_NOMEM)
		rc = err_nomem(e);
	else if (s == NULL || strcmp(s, "ok"))
		finding_values(finding_say(f, A05_SQLITE, a->at.file, "database", GIVING_NOTHING),
		    "ok", s && strlen(s) < 300 ? s : "not ok");
	sqlite3_finalize(st);
	return rc;
}

bool
archive_changed(const struct archive *a)
{
	struct stat now;

	/* what is in memory is nobody else's to change */
	if (a->at.fd < 0)
		return false;
	return fstat(a->at.fd, &now) || now.st_size != a->at.st.st_size ||
	    now.st_mtim.tv_sec != a->at.st.st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != a->at.st.st_mtim.tv_nsec;
}
