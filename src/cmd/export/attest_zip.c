#include "cmd/export/attest_zip.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/vec.h"

static int
by_name(const void *pa, const void *pb)
{
	return strcmp(((const struct zip_file *)pa)->name, ((const struct zip_file *)pb)->name);
}

/* The entry that the zip came to: digested, and kept where its text is needed. 0 or -1 (e). */
static int
read_one(struct zip_files *z, struct zipped *in, struct sha256 *sha, struct err *e)
{
	static unsigned char chunk[1 << 16];
	struct buf *keep = strcmp(in->name, "SHA256SUMS") == 0 ? &z->sums :
	    strcmp(in->name, "statement.intoto.json") == 0     ? &z->statement :
								 NULL;
	struct zip_file f = { .name = strdup(in->name) };
	unsigned char d[32];
	int n;

	if (f.name == NULL || vec_grow(&z->file, &z->cap, z->n + 1, sizeof *z->file)) {
		free(f.name);
		return err_nomem(e);
	}
	sha256_begin(sha);
	while ((n = zipped_read(in, chunk, sizeof chunk, e)) > 0) {
		sha256_add(sha, chunk, (size_t)n);
		if (keep)
			buf_put(keep, chunk, (size_t)n);
	}
	sha256_end(sha, d);
	hex_of(d, 32, f.sha);
	z->file[z->n++] = f;
	if (n == 0 && keep && keep->failed)
		return err_set(e, EX_DATA_ERR, "%.300s: %s is too large", z->path, f.name);
	return n;
}

int
zip_files_read(
    struct zip_files *z, const char *path, size_t most, struct sha256 *sha, struct err *e)
{
	struct zipped in;
	int rc, more = 0;

	*z = (struct zip_files){ .path = path, .out_fd = -1 };
	buf_init(&z->sums, most);
	buf_init(&z->statement, most);
	if ((z->fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return err_errno(e, "%.300s", path);
	rc = zipped_open(&in, z->fd, path, e);
	while (rc == 0 && (more = zipped_next(&in, e)) > 0)
		rc = in.folder ? 0 : read_one(z, &in, sha, e);
	zipped_close(&in);
	if (rc || more < 0)
		return -1;
	if (z->n)
		qsort(z->file, z->n, sizeof *z->file, by_name);
	/* a name that is there twice could be read as either */
	for (size_t i = 1; i < z->n; i++)
		if (by_name(&z->file[i - 1], &z->file[i]) == 0)
			return err_set(e, EX_DATA_ERR, "%.300s: %.400s: it is here twice", path,
			    z->file[i].name);
	if (zip_files_sha(z, "SHA256SUMS") && zip_files_sha(z, "statement.intoto.json"))
		return 0;
	return err_set(e, EX_DATA_ERR,
	    "%.300s: SHA256SUMS or statement.intoto.json is not in it; want a zip as exhibit "
	    "bundle wrote it",
	    path);
}

const char *
zip_files_sha(const struct zip_files *z, const char *name)
{
	const struct zip_file key = { .name = (char *)(uintptr_t)name };
	const struct zip_file *f = z->n ? bsearch(&key, z->file, z->n, sizeof key, by_name) : NULL;

	return f ? f->sha : NULL;
}

static int
cannot_write(const struct zip_files *z, struct err *e)
{
	return err_set(e, EX_IO_ERR, "%.300s: cannot be written (%s)", z->out,
	    errno ? strerror(errno) : "minizip says no more");
}

int
zip_files_copy(struct zip_files *z, const char *out, struct err *e)
{
	static unsigned char chunk[1 << 16];
	struct zipped in;
	int rc, more = 0;

	z->out = out;
	if ((z->out_fd = open(out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644)) < 0)
		return errno == EEXIST ? err_there_already(e, out, "a bundle", "") :
					 err_errno(e, "--out %.300s", out);
	if ((z->zip = zip_to(z->out_fd)) == NULL)
		return err_nomem(e);
	rc = zipped_open(&in, z->fd, z->path, e);
	while (rc == 0 && (more = zipped_next(&in, e)) > 0) {
		int n = 0;

		if (in.folder)
			continue;
		/* archives are never packed, so that other tools can read them in place */
		rc = zip_entry(z->zip, in.name, strncmp(in.name, "archives/", 9) != 0) ?
		    0 :
		    cannot_write(z, e);
		while (rc == 0 && (n = zipped_read(&in, chunk, sizeof chunk, e)) > 0)
			rc = zipWriteInFileInZip(z->zip, chunk, (unsigned)n) ? cannot_write(z, e) :
									       0;
		if (rc == 0 && (n < 0 || zipCloseFileInZip(z->zip)))
			rc = cannot_write(z, e);
	}
	zipped_close(&in);
	return rc || more < 0 ? -1 : 0;
}

int
zip_files_add(struct zip_files *z, const char *name, const struct buf *b, struct err *e)
{
	if (zip_files_sha(z, name))
		return err_set(e, EX_CANT_CREATE,
		    "%.300s: %.400s: it is there already; a signature is not replaced", z->path,
		    name);
	return zip_entry(z->zip, name, true) &&
		zipWriteInFileInZip(z->zip, b->p, (unsigned)b->len) == ZIP_OK &&
		zipCloseFileInZip(z->zip) == ZIP_OK ?
	    0 :
	    cannot_write(z, e);
}

int
zip_files_finish(struct zip_files *z, struct err *e)
{
	int rc = zipClose(z->zip, NULL);

	z->zip = NULL;
	if (rc || fsync(z->out_fd))
		return cannot_write(z, e);
	close(z->out_fd);
	z->out_fd = -1;
	return 0;
}

void
zip_files_close(struct zip_files *z)
{
	if (z->zip)
		zipClose(z->zip, NULL);
	if (z->out_fd >= 0) {
		close(z->out_fd);
		unlink(z->out);
	}
	if (z->fd >= 0)
		close(z->fd);
	for (size_t i = 0; i < z->n; i++)
		free(z->file[i].name);
	free(z->file);
	buf_release(&z->sums);
	buf_release(&z->statement);
}
