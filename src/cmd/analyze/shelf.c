#include "cmd/analyze/shelf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/vec.h"

#define FILES_MOST 1000000u /* of a bundle */
#define DEEPEST 8u          /* folders in folders */

static int
by_name(const void *pa, const void *pb)
{
	return strcmp(((const struct shelved *)pa)->name, ((const struct shelved *)pb)->name);
}

static int
note(
    struct shelved **list, size_t *n, size_t *cap, const char *name, const char *sha, struct err *e)
{
	char *copy = strdup(name);

	if (copy == NULL || *n >= FILES_MOST || vec_grow(list, cap, *n + 1, sizeof **list)) {
		free(copy);
		return err_nomem(e);
	}
	(*list)[*n] = (struct shelved){ .name = copy };
	memcpy((*list)[(*n)++].sha, sha, 65);
	return 0;
}

static bool
is_empty(const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *x;
	bool empty = d != NULL;

	while (empty && (x = readdir(d)) != NULL)
		empty = strcmp(x->d_name, ".") == 0 || strcmp(x->d_name, "..") == 0;
	if (d)
		closedir(d);
	return empty;
}

int
shelf_open(struct shelf *s, const char *path, struct sandbox_may *may, struct err *e)
{
	size_t n = strlen(path);
	struct stat st;

	*s = (struct shelf){ .path = path, .dir.fd = -1, .target.fd = -1 };
	buf_init(&s->differences, 64u << 20);
	if ((s->sha = sha256_new()) == NULL)
		return err_nomem(e);
	/* nothing that is there is touched */
	if (lstat(path, &st) == 0)
		return err_set(e, EX_CANT_CREATE, "--out %.300s: it is there already%s", path,
		    S_ISDIR(st.st_mode) && is_empty(path) ? ", empty: a run that failed leaves it "
							    "so; remove it, or name another" :
							    "");
	if (n > 4 && strcmp(path + n - 4, ".zip") == 0) {
		s->to = TO_ZIP;
		if (target_open(&s->target, path, e))
			return -1;
		target_may(&s->target, may);
		return (s->zip = zip_to(s->target.fd)) == NULL ? err_nomem(e) : 0;
	}
	if (outdir_open(&s->dir, path, e))
		return -1;
	may->dir = path;
	return 0;
}

/* ---- a folder that is compared */

static int
digest_fd(struct shelf *s, int fd, const char *name, char hex[65], struct err *e)
{
	unsigned char chunk[65536], d[32];
	ssize_t n;

	sha256_begin(s->sha);
	while ((n = read(fd, chunk, sizeof chunk)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(
			    e, EX_IO_ERR, "%.300s: cannot be read (%s)", name, strerror(errno));
		sha256_add(s->sha, chunk, (size_t)n);
	}
	sha256_end(s->sha, d);
	hex_of(d, 32, hex);
	return 0;
}

static int walk(struct shelf *s, int at, const char *prefix, unsigned depth, struct err *e);

/* One name of a folder: a file's digest, or a folder in it. 0 or -1 (e). */
static int
walk_one(struct shelf *s, int at, const char *base, char name[600], unsigned depth, struct err *e)
{
	char hex[65] = "";
	struct stat st;
	int rc;
	/* a pipe or a link must neither hang the program nor lead it out */
	int fd = openat(at, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	/* what cannot be read is not judged, and no difference */
	if (fd < 0 && errno != ELOOP && errno != ENXIO)
		return err_errno(e, "%.300s/%.500s", s->path, name);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		strncat(name, "/", 600 - strlen(name) - 1);
		if (depth < DEEPEST)
			return walk(s, fd, name, depth + 1, e);
		rc = err_set(e, EX_DATA_ERR, "%.300s: folders too deep", s->path);
	} else {
		/* a link, or what is no file: noted without a digest, so it never fits */
		rc = fd >= 0 && S_ISREG(st.st_mode) ? digest_fd(s, fd, name, hex, e) : 0;
		rc = rc || note(&s->there, &s->n_there, &s->there_cap, name, hex, e) ? -1 : 0;
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

/* All below one folder, whose name ends with `/` or is empty. at: closed in any case. */
static int
walk(struct shelf *s, int at, const char *prefix, unsigned depth, struct err *e)
{
	DIR *d = fdopendir(at);
	struct dirent *x;
	char name[600];
	size_t n = 0;
	int rc = 0;

	if (d == NULL) {
		close(at);
		return err_errno(e, "%s/%s", s->path, prefix);
	}
	/* names alone decide: nothing in the folder is followed */
	while (rc == 0 && (x = readdir(d)) != NULL) {
		if (strcmp(x->d_name, ".") == 0 || strcmp(x->d_name, "..") == 0)
			continue;
		n++;
		if (snprintf(name, sizeof name, "%s%s", prefix, x->d_name) >= (int)sizeof name)
			rc = err_set(e, EX_DATA_ERR, "%.300s: a name in it is too long", s->path);
		else
			rc = walk_one(s, dirfd(d), x->d_name, name, depth, e);
	}
	closedir(d);
	/* a folder with nothing in it is none of a bundle's, and is noted like a file */
	if (rc == 0 && n == 0 && depth)
		rc = note(&s->there, &s->n_there, &s->there_cap, prefix, "", e);
	return rc;
}

int
shelf_compare(struct shelf *s, const char *path, struct err *e)
{
	int fd;

	*s = (struct shelf){ .to = TO_COMPARE, .path = path, .dir.fd = -1, .target.fd = -1 };
	buf_init(&s->differences, 64u << 20);
	if ((s->sha = sha256_new()) == NULL)
		return err_nomem(e);
	if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_errno(e, "--check %s", path);
	if (walk(s, fd, "", 0, e))
		return -1;
	if (s->n_there)
		qsort(s->there, s->n_there, sizeof *s->there, by_name);
	return 0;
}

void
shelf_differs(struct shelf *s, const char *name, const char *how)
{
	s->n_differences++;
	text_plain(&s->differences, name, strlen(name));
	buf_printf(&s->differences, ": %s\n", how);
}

static struct shelved *
there(struct shelf *s, const char *name)
{
	struct shelved key = { .name = (char *)(uintptr_t)name };

	return s->n_there ? bsearch(&key, s->there, s->n_there, sizeof key, by_name) : NULL;
}

/* ---- writing */

static int
failed(struct shelf *s, struct err *e)
{
	return err_set(e, EX_IO_ERR, "%.200s cannot be written, in %.300s (%s)", s->name, s->path,
	    errno ? strerror(errno) : "minizip says no more");
}

int
shelf_begin(struct shelf *s, const char *name, bool packed, struct err *e)
{
	int rc = 0;

	snprintf(s->name, sizeof s->name, "%s", name);
	sha256_begin(s->sha);
	if (s->to == TO_FOLDER) {
		rc = outdir_create(&s->dir, e, "%s", name);
		return rc > 0 ? outdir_there(&s->dir, e), -1 : rc;
	}
	if (s->to == TO_ZIP)
		rc = !zip_entry(s->zip, name, packed);
	return rc ? failed(s, e) : 0;
}

int
shelf_write(struct shelf *s, const void *p, size_t n, struct err *e)
{
	sha256_add(s->sha, p, n);
	if (s->to == TO_FOLDER && fwrite(p, 1, n, s->dir.file) != n)
		return failed(s, e);
	for (const char *q = p; s->to == TO_ZIP && n;) {
		unsigned some = n > 1u << 24 ? 1u << 24 : (unsigned)n;

		if (zipWriteInFileInZip(s->zip, q, some))
			return failed(s, e);
		q += some;
		n -= some;
	}
	return 0;
}

int
shelf_end(struct shelf *s, struct err *e)
{
	struct shelved *x;
	unsigned char d[32];
	char hex[65];

	sha256_end(s->sha, d);
	hex_of(d, 32, hex);
	if (s->to == TO_FOLDER && outdir_finish(&s->dir, true, e))
		return -1;
	if (s->to == TO_ZIP && zipCloseFileInZip(s->zip))
		return failed(s, e);
	if (s->to == TO_COMPARE) {
		if ((x = there(s, s->name)) == NULL)
			shelf_differs(s, s->name, "missing");
		else if (x->sha[0] == '\0')
			shelf_differs(s, s->name, "no regular file");
		else if (strcmp(x->sha, hex))
			shelf_differs(
			    s, s->name, "not what the archives and the policy of the bundle give");
		if (x)
			x->seen = true;
	}
	return note(&s->file, &s->n, &s->cap, s->name, hex, e);
}

int
shelf_put(struct shelf *s, const char *name, const struct buf *b, struct err *e)
{
	if (b->failed)
		return err_nomem(e);
	return shelf_begin(s, name, true, e) || (b->len && shelf_write(s, b->p, b->len, e)) ||
		shelf_end(s, e) ?
	    -1 :
	    0;
}

int
shelf_finish(struct shelf *s, struct err *e)
{
	struct buf b, none;
	int rc;

	buf_init(&b, 512u << 20);
	buf_init(&none, 1);
	qsort(s->file, s->n, sizeof *s->file, by_name);
	for (size_t i = 0; i < s->n; i++)
		buf_printf(&b, "%s  %s\n", s->file[i].sha, s->file[i].name);
	rc = shelf_put(s, "SHA256SUMS", &b, e);
	buf_release(&b);
	for (size_t i = 0; i < s->n_there; i++)
		if (!s->there[i].seen)
			shelf_differs(s, s->there[i].name, "no file of this bundle");
	if (rc == 0 && s->to == TO_ZIP) {
		rc = zipClose(s->zip, NULL) ? failed(s, e) : 0;
		s->zip = NULL;
		rc = rc || target_finish(&s->target, &none, e) ? -1 : 0;
	}
	if (rc == 0 && s->to == TO_FOLDER)
		s->path = NULL; /* whole: it stays */
	return rc;
}

/* What was made goes again; the folder itself is removed where that is still allowed. */
static void
remove_folder(struct shelf *s)
{
	char *slash;

	/* the folder of the file that failed is one of them */
	if ((slash = strrchr(s->name, '/')) != NULL) {
		*slash = '\0';
		unlinkat(s->dir.fd, s->name, AT_REMOVEDIR);
	}
	for (size_t i = s->n; i-- > 0;)
		unlinkat(s->dir.fd, s->file[i].name, 0);
	for (size_t i = s->n; i-- > 0;)
		while ((slash = strrchr(s->file[i].name, '/')) != NULL) {
			*slash = '\0';
			unlinkat(s->dir.fd, s->file[i].name, AT_REMOVEDIR);
		}
	unlinkat(AT_FDCWD, s->path, AT_REMOVEDIR);
}

void
shelf_close(struct shelf *s)
{
	struct err e = { 0 };

	if (s->dir.file)
		outdir_finish(&s->dir, false, &e);
	if (s->to == TO_FOLDER && s->path && s->dir.fd >= 0)
		remove_folder(s);
	outdir_close(&s->dir);
	if (s->zip)
		zipClose(s->zip, NULL);
	if (s->to == TO_ZIP)
		target_close(&s->target);
	for (size_t i = 0; i < s->n; i++)
		free(s->file[i].name);
	for (size_t i = 0; i < s->n_there; i++)
		free(s->there[i].name);
	free(s->file);
	free(s->there);
	buf_release(&s->differences);
	sha256_free(s->sha);
	s->sha = NULL;
}
