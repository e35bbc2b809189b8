#include "write/trailer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "digest/digest.h"

static int
sync_folder(const char *path, struct err *e)
{
	char dir[4096];
	int fd, rc = 0;

	snprintf(dir, sizeof dir, "%s", path);
	fd = open(dirname(dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* EINVAL: a file system that cannot sync folders */
	if (fd < 0 || (fsync(fd) && errno != EINVAL))
		rc = err_errno(e, "%s", dir);
	if (fd >= 0)
		close(fd);
	return rc;
}

/* Writes the page behind the database, or finds it there already. */
static int
put_page(int fd, const unsigned char page[EX_PAGE], off_t at, off_t size)
{
	unsigned char have[EX_PAGE];

	if (size == at + (off_t)EX_PAGE && pread(fd, have, EX_PAGE, at) == (ssize_t)EX_PAGE &&
	    memcmp(have, page, EX_PAGE) == 0)
		return fsync(fd);
	if ((size > at && ftruncate(fd, at)) || pwrite(fd, page, EX_PAGE, at) != (ssize_t)EX_PAGE)
		return -1;
	return fsync(fd);
}

/* Digest of the database of a file, up to its length as SQLite's header has it: bytes behind that
 * are not covered. */
static int
digest_database(const char *path, int fd, uint64_t *ret_bytes, uint8_t ret[32], struct err *e)
{
	unsigned char chunk[65536], head[32];
	struct sha256 *sha = sha256_new();
	uint64_t bytes, at = 0;
	ssize_t n = 0;
	int rc = 0;

	if (sha == NULL)
		return err_nomem(e);
	if (pread(fd, head, sizeof head, 0) != (ssize_t)sizeof head) {
		rc = err_errno(e, "%s", path);
		goto out;
	}
	*ret_bytes = bytes = load_be(head + 28, 4) * EX_PAGE;
	sha256_begin(sha);
	while (at < bytes &&
	    (n = pread(fd, chunk, bytes - at < sizeof chunk ? (size_t)(bytes - at) : sizeof chunk,
		 (off_t)at)) > 0) {
		sha256_add(sha, chunk, (size_t)n);
		at += (uint64_t)n;
	}
	if (n < 0)
		rc = err_errno(e, "%s", path);
	/* a database that ended elsewhere is a file that changed */
	else if (at != bytes || bytes == 0)
		rc = err_set(e, EX_IO_ERR, "%s: the database did not end where SQLite says", path);
	sha256_end(sha, ret);
out:
	sha256_free(sha);
	return rc;
}

/* The trailer is text, so that it can be read without a program of ours; and one page, so that the
 * file's size stays a multiple. original: NULL, or what stands behind that
 * of a copy (C-20). */
static int
make_page(const struct signing_key *key, const char *original, uint64_t bytes,
    const uint8_t digest[32], unsigned char page[EX_PAGE], struct err *e)
{
	struct buf t;
	char hex[65];
	int rc = 0;

	buf_init(&t, EX_PAGE);
	hex_of(digest, 32, hex);
	buf_printf(&t, "exhibit-%s/1\n%" PRIu64 "\n%s\n%s", original ? "copy" : "file", bytes, hex,
	    original ? original : "");
	if (key)
		rc = sign_note(key, (const char *)t.p, t.len, &t, e);
	if (rc == 0 && t.failed)
		rc = err_nomem(e);
	if (rc == 0) {
		memset(page, 0, EX_PAGE);
		memcpy(page, t.p, t.len);
	}
	buf_release(&t);
	return rc;
}

static int
put(const char *path, const struct signing_key *key, const char *original, struct err *e)
{
	unsigned char page[EX_PAGE];
	uint8_t digest[32];
	uint64_t bytes;
	struct stat st;
	int fd = open(path, O_RDWR | O_CLOEXEC), rc;

	if (fd < 0 || fstat(fd, &st))
		rc = err_errno(e, "%s", path);
	else
		rc = digest_database(path, fd, &bytes, digest, e);
	if (rc == 0)
		rc = make_page(key, original, bytes, digest, page, e);
	if (rc == 0 && put_page(fd, page, (off_t)bytes, st.st_size))
		rc = err_errno(e, "%s", path);
	if (fd >= 0)
		close(fd);
	/* the folder too: a file that exists only in memory is not there */
	return rc ? rc : sync_folder(path, e);
}

int
trailer_put(const char *path, const struct signing_key *key, struct err *e)
{
	return put(path, key, NULL, e);
}

int
trailer_put_copy(const char *path, const char *original, struct err *e)
{
	return put(path, NULL, original, e);
}
