#include "source/bundle.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/vec.h"
#include "source/bundle_inner.h"

/* bytes of files that nobody asked for, in case a link leads to them */
#define KEPT_ANYWAY (2ull << 30)

int
bundle_init(struct bundle *b, bool (*want)(const char *path), struct err *e)
{
	const char *dir[] = { getenv("TMPDIR"), "/var/tmp", "/tmp" };

	memset(b, 0, sizeof *b);
	b->want = want;
	b->fd = -1;
	for (unsigned i = 0; i < 3 && b->fd < 0; i++)
		if (dir[i] && *dir[i])
			b->fd = open(dir[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (b->fd < 0)
		return err_set(e, EX_CANT_CREATE,
		    "no temporary file can be made in $TMPDIR, /var/tmp or /tmp: %s",
		    strerror(errno));
	return (b->sha = sha256_new()) ? 0 : err_nomem(e);
}

/* Drops all files and links. */
static void
forget(struct bundle *b)
{
	for (unsigned i = 0; i < b->n; i++)
		free(b->file[i].path);
	free(b->file);
	for (unsigned i = 0; i < b->n_links; i++) {
		free(b->link[i].path);
		free(b->link[i].to);
	}
	free(b->link);
	b->file = NULL;
	b->link = NULL;
	b->n = b->n_links = 0;
	b->total = b->copied = b->linked = 0;
}

void
bundle_release(struct bundle *b)
{
	forget(b);
	sha256_free(b->sha);
	if (b->fd >= 0)
		close(b->fd);
}

/* A file begins: its bytes follow with add(), then finish(). */
static struct bundle_file *
begin_file(struct bundle *b, const char *path, struct err *e)
{
	struct bundle_file *f;

	while (path[0] == '.' && path[1] == '/')
		path += 2;
	if (b->n == BUNDLE_FILES) {
		err_set(e, EX_DATA_ERR, "more than %u files in one input", BUNDLE_FILES);
		return NULL;
	}
	if (vec_more(&b->file, b->n, sizeof *b->file)) {
		err_nomem(e);
		return NULL;
	}
	f = &b->file[b->n];
	memset(f, 0, sizeof *f);
	if ((f->path = strdup(path)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	b->n++;
	/* what a link may lead to later on is not known when it comes by */
	f->kept = b->want == NULL || b->want(f->path) || (b->all && b->copied < KEPT_ANYWAY);
	f->at = b->copied;
	sha256_begin(b->sha);
	return f;
}

static int
copy_aside(struct bundle *b, const char *p, size_t n, struct err *e)
{
	while (n) {
		ssize_t k = pwrite(b->fd, p, n, (off_t)b->copied);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return err_set(e, EX_IO_ERR, "temporary file: %s", strerror(errno));
		p += k;
		n -= (size_t)k;
		b->copied += (uint64_t)k;
	}
	return 0;
}

static int
add(struct bundle *b, struct bundle_file *f, const void *v, size_t n, struct err *e)
{
	const char *p = v;

	sha256_add(b->sha, p, n);
	f->bytes += n;
	b->total += n;
	if (b->total > BUNDLE_BYTES)
		return err_set(e, EX_DATA_ERR,
		    "%s: the files of this input are together longer than the limit of 64 GiB",
		    f->path);
	return f->kept ? copy_aside(b, p, n, e) : 0;
}

int
bundle_by_path(const void *a, const void *b)
{
	return strcmp(((const struct bundle_file *)a)->path, ((const struct bundle_file *)b)->path);
}

int
bundle_sort(struct bundle *b, const char *name, struct err *e)
{
	if (b->n)
		qsort(b->file, b->n, sizeof *b->file, bundle_by_path);
	for (unsigned i = 1; i < b->n; i++)
		if (strcmp(b->file[i - 1].path, b->file[i].path) == 0)
			return err_set(e, EX_DATA_ERR,
			    "%s: holds the file %s twice: which one counts cannot be told", name,
			    b->file[i].path);
	return 0;
}

static int
copy_file(struct bundle *b, int dir, const char *name, const char *path, struct err *e)
{
	char chunk[65536];
	struct bundle_file *f;
	struct stat st, now;
	ssize_t n = 0;
	/* neither a link that replaces the file, nor a pipe that would never answer, nor a
	 * terminal */
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY),
	    rc = -1;

	if (fd < 0 || fstat(fd, &st)) {
		err_errno(e, "%s", path);
	} else if (!S_ISREG(st.st_mode)) {
		rc = bundle_note_link(b, path, NULL, false, e);
	} else if ((f = begin_file(b, path, e)) != NULL) {
		/* what is kept is a copy, read once: everything later reads that, so that the file
		 * may change behind it */
		while (
		    (n = read(fd, chunk, sizeof chunk)) > 0 && add(b, f, chunk, (size_t)n, e) == 0)
			;
		if (n < 0)
			err_errno(e, "%s", path);
		else if (e->status == 0 &&
		    (fstat(fd, &now) || now.st_size != st.st_size ||
			(uint64_t)st.st_size != f->bytes ||
			now.st_mtim.tv_sec != st.st_mtim.tv_sec ||
			now.st_mtim.tv_nsec != st.st_mtim.tv_nsec))
			/* size and time before and after: a file that grew or was written to
			 * meanwhile would be half of each */
			err_set(e, EX_IO_ERR,
			    "%s: changed while it was read; export from a copy that nobody writes "
			    "to",
			    path);
		sha256_end(b->sha, f->sha256);
		rc = e->status ? -1 : 0;
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

static int
walk_link(struct bundle *b, int dir, const char *name, const char *path, struct err *e)
{
	char to[4096];
	ssize_t n = readlinkat(dir, name, to, sizeof to - 1);

	if (n < 0)
		return err_errno(e, "%s", path);
	to[n] = '\0';
	return bundle_note_link(b, path, to, true, e);
}

static int
walk(
    struct bundle *b, int parent, const char *name, const char *path, unsigned depth, struct err *e)
{
	int fd =
	/* links are followed once, at the top, where somebody named the folder; inside they are
	 * notes */
	    openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (depth ? O_NOFOLLOW : 0));
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;
	int rc = 0;

	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return err_errno(e, "%s", *path ? path : name);
	}
	/* before anything is read of it: folders may be mounted into each other */
	if (depth > BUNDLE_DEPTH)
		rc = err_set(
		    e, EX_DATA_ERR, "%s: more than %d folders in folders", path, BUNDLE_DEPTH);
	/* errno tells an end from an error, and readdir sets it only then */
	while (rc == 0 && (errno = 0, d = readdir(dir)) != NULL) {
		struct stat st;
		char *sub = NULL;

		/* the order of a folder is the file system's; files are sorted afterwards
		 * (bundle_sort) */
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		if (asprintf(&sub, "%s%s%s", path, *path ? "/" : "", d->d_name) < 0)
			rc = err_nomem(e);
		else if (fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW))
			rc = err_errno(e, "%s", sub);
		else if (S_ISDIR(st.st_mode))
			rc = walk(b, dirfd(dir), d->d_name, sub, depth + 1, e);
		else if (S_ISREG(st.st_mode))
			rc = copy_file(b, dirfd(dir), d->d_name, sub, e);
		else if (S_ISLNK(st.st_mode))
			rc = walk_link(b, dirfd(dir), d->d_name, sub, e);
		else
			/* sockets, pipes and devices are named as left out */
			rc = bundle_note_link(b, sub, NULL, false, e);
		free(sub);
	}
	if (rc == 0 && errno)
		rc = err_errno(e, "%s", *path ? path : name);
	closedir(dir);
	return rc;
}

int
bundle_folder(struct bundle *b, const char *folder, struct err *e)
{
	bool links = false;

	if (walk(b, AT_FDCWD, folder, "", 0, e))
		return -1;
	for (unsigned i = 0; i < b->n_links; i++)
		links |= b->link[i].to != NULL;
	/* what they lead to was not wanted under its own name, and was not kept */
	if (links && !b->all) {
		forget(b);
		b->all = true;
		if (walk(b, AT_FDCWD, folder, "", 0, e))
			return -1;
	}
	return bundle_sort(b, folder, e) || bundle_follow_links(b, folder, e) ? -1 : 0;
}

struct tar_source {
	struct stream *f;
	const char *last; /* what was given last */
	size_t given;
	bool empty_block; /* the block before it holds zeros only */
	struct err *e;
};

static bool
zeros(const char *p, size_t n)
{
	return memcmp(p, (char[512]){ 0 }, n < 512 ? n : 512) == 0;
}

/*
 * What was given last is passed when more is asked for, so that what libarchive leaves of it can
 * be taken up again. In whole blocks: a tar consists of them, so none is
 * asked for before the last is used up.
 */
static la_ssize_t
read_tar(struct archive *a, void *arg, const void **ret)
{
	struct tar_source *t = arg;
	const char *p;
	size_t n;

	if (t->given)
		t->empty_block = t->given >= 512 && zeros(t->last + t->given - 512, 512);
	stream_skip(t->f, t->given);
	t->given = 0;
	if (stream_peek(t->f, 512, &p, &n, t->e)) {
		archive_set_error(a, EIO, "%s", t->e->text);
		return -1;
	}
	n = n > 512 ? n / 512 * 512 : n;
	*ret = t->last = p;
	t->given = n;
	return (la_ssize_t)n;
}

static int
tar_file(struct bundle *b, struct archive *a, const char *path, struct err *e)
{
	struct bundle_file *f = begin_file(b, path, e);
	const void *p;
	la_int64_t off;
	size_t n;
	int rc;

	if (f == NULL)
		return -1;
	while (
	    (rc = archive_read_data_block(a, &p, &n, &off)) == ARCHIVE_OK || rc == ARCHIVE_WARN) {
		if ((uint64_t)off != f->bytes)
			return err_set(e, EX_DATA_ERR,
			    "%s: a sparse file, which a collection never holds", path);
		if (add(b, f, p, n, e))
			return -1;
	}
	sha256_end(b->sha, f->sha256);
	f->partial = rc != ARCHIVE_EOF;
	return f->partial ? 1 : 0;
}

/* The input ends or breaks here: what came before is kept, and it is said. Without anything before
 * it, it is an error. */
static int
note_cut(struct bundle *b, struct archive *a, const char *name, bool zip, struct err *e)
{
	const char *why = archive_error_string(a);

	if (e->status) /* the medium, not the input */
		return -1;
	why = why ? why : "unreadable";
	if (b->n == 0)
		return err_set(e, EX_IO_ERR,
		    "%s: the %s cannot be read (%s), and no file stands before that: get it once "
		    "more",
		    name, zip ? "ZIP" : "tarball", why);
	b->damaged = strcasestr(why, "truncated") == NULL;
	snprintf(b->cut, sizeof b->cut, "%s", why);
	return 0;
}

/* One tar, or the ZIP, from where the stream stands. */
static int
unpack_one(struct bundle *b, struct stream *f, const char *name, bool zip, struct err *e)
{
	struct tar_source src = { .f = f, .e = e };
	uint64_t from = stream_offset(f), used;
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	const char *path;
	int rc = 0, k = ARCHIVE_EOF;

	if (a == NULL)
		return err_nomem(e);
	/* streamed, never by the directory at a ZIP's end: two readers could see different files in
	 * it */
	if (zip)
		archive_read_support_format_zip_streamable(a);
	else
		archive_read_support_format_tar(a);
	if (archive_read_open(a, &src, NULL, read_tar, NULL) != ARCHIVE_OK)
		rc = err_set(e, EX_IO_ERR, "%s: %s", name, archive_error_string(a));
	/* a warning is about an attribute, such as a name in an odd encoding; the content is
	 * whole */
	while (rc == 0 &&
	    ((k = archive_read_next_header(a, &entry)) == ARCHIVE_OK || k == ARCHIVE_WARN)) {
		/* folders are there by the files in them */
		if (archive_entry_filetype(entry) == AE_IFDIR)
			continue;
		if ((path = archive_entry_pathname(entry)) == NULL)
			rc = err_set(e, EX_DATA_ERR, "%s: a file without a name", name);
		else if (zip && archive_entry_is_data_encrypted(entry))
			/* a guess at the key would be no evidence */
			rc = err_set(
			    e, EX_DATA_ERR, "%s: an encrypted ZIP: unpack it first (7z x)", name);
		else if (archive_entry_hardlink(entry))
			rc = bundle_note_link(b, path, archive_entry_hardlink(entry), false, e);
		else if (archive_entry_filetype(entry) == AE_IFLNK)
			rc = bundle_note_link(b, path, archive_entry_symlink(entry), true, e);
		else if (archive_entry_filetype(entry) != AE_IFREG)
			rc = bundle_note_link(b, path, NULL, false, e);
		else
			rc = tar_file(b, a, path, e);
	}
	/* what was unpacked before the damage stays; that something is missing is told */
	if (rc == 1 || (rc == 0 && k != ARCHIVE_EOF))
		rc = note_cut(b, a, name, zip, e);
	used = (uint64_t)archive_filter_bytes(a, 0);
	/* what libarchive was given and did not use; of a broken one nothing is left that could be
	 * understood */
	if (b->cut[0])
		used = stream_offset(f) - from + src.given;
	/* the stream goes on behind this tar: files may be put behind each other */
	if (used > stream_offset(f) - from) {
		size_t n = (size_t)(used - (stream_offset(f) - from));

		n = n < src.given ? n : src.given;
		if (n >= 512)
			src.empty_block = zeros(src.last + n - 512, 512);
		stream_skip(f, n);
	}
	b->end_mark = src.empty_block;
	archive_read_free(a);
	return rc;
}

/* A tar ends with two empty blocks. What stands behind them and is not empty is another tar, or
 * the reader of the input finds it unread. */
int
bundle_tar(struct bundle *b, struct stream *f, const char *name, struct err *e)
{
	uint64_t before = stream_offset(f), content = b->total;
	const char *p;
	size_t n;

	b->all = true;
	for (;;) {
		if (unpack_one(b, f, name, false, e))
			return -1;
		/* padding up to the next tar, or to the end */
		while (stream_peek(f, 512, &p, &n, e) == 0 && n && zeros(p, n)) {
			b->end_mark = true;
			stream_skip(f, n < 512 ? n : 512);
		}
		if (e->status)
			return -1;
		if (b->cut[0] == '\0' && !b->end_mark)
			snprintf(b->cut, sizeof b->cut,
			    "it ends without the empty blocks that end a tar");
		if (b->cut[0])
			while (stream_peek(f, 65536, &p, &n, e) == 0 && n)
				stream_skip(f, n);
		if (e->status)
			return -1;
		if (n < 512 || memcmp(p + 257, "ustar", 5))
			break;
	}
	b->structure = stream_offset(f) - before - (b->total - content);
	return bundle_sort(b, name, e) || bundle_follow_links(b, name, e) ? -1 : 0;
}

/* A ZIP ends with a directory that says once more what is in it, and a mark. What stands behind
 * that is counted, if it is anything. */
static int
zip_end(struct bundle *b, struct stream *f, struct err *e)
{
	const char *p;
	size_t n, size = 0;
	bool end = false;

	/* each record of the directory has a fixed part, and lengths of what follows it */
	while (b->cut[0] == '\0' && !end && stream_peek(f, 46, &p, &n, e) == 0 && n >= 4) {
		const unsigned char *q = (const unsigned char *)p;

		if (memcmp(p, "PK\1\2", 4) == 0 && n >= 46)
			size = 46u + q[28] + q[29] * 256u + q[30] + q[31] * 256u + q[32] +
			    q[33] * 256u;
		else if (memcmp(p, "PK\6\6", 4) == 0 && n >= 12 && q[7] == 0 && q[8] == 0)
			size = 12u + q[4] + q[5] * 256u + q[6] * 65536u;
		else if (memcmp(p, "PK\6\7", 4) == 0 && n >= 20)
			size = 20;
		else if (memcmp(p, "PK\5\6", 4) == 0 && n >= 22)
			size = 22u + q[20] + q[21] * 256u, end = true;
		else
			break;
		/* a record that claims more than is there is no end */
		if (stream_peek(f, size, &p, &n, e) || n < size) {
			end = false;
			break;
		}
		stream_skip(f, size);
	}
	if (b->cut[0] == '\0' && !end)
		snprintf(b->cut, sizeof b->cut, "it ends without the directory that ends a ZIP");
	/* padding behind it; where its end is missing, nothing that is left can be followed */
	while (e->status == 0 && stream_peek(f, 512, &p, &n, e) == 0 && n) {
		n = n < 512 ? n : 512;
		if (end && !zeros(p, n))
			break;
		stream_skip(f, n);
	}
	return e->status ? -1 : 0;
}

int
bundle_zip(struct bundle *b, struct stream *f, const char *name, struct err *e)
{
	return unpack_one(b, f, name, true, e) || zip_end(b, f, e) || bundle_sort(b, name, e) ? -1 :
												0;
}

const struct bundle_file *
bundle_find(const struct bundle *b, const char *path)
{
	struct bundle_file key = { .path = (char *)path };

	return b->n ? bsearch(&key, b->file, b->n, sizeof key, bundle_by_path) : NULL;
}

int
bundle_copy(const struct bundle *b, uint64_t at, void *p, size_t n, struct err *e)
{
	size_t got = 0;

	while (got < n) {
		ssize_t k = pread(b->fd, (char *)p + got, n - got, (off_t)(at + got));

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return err_set(e, EX_IO_ERR, "temporary file: %s",
			    k ? strerror(errno) : "shorter than it was");
		got += (size_t)k;
	}
	return 0;
}

ssize_t
bundle_read(const struct bundle *b, const struct bundle_file *f, uint64_t at, void *p, size_t n,
    struct err *e)
{
	if (at >= f->bytes)
		return 0;
	if (n > f->bytes - at)
		n = (size_t)(f->bytes - at);
	return bundle_copy(b, f->at + at, p, n, e) ? -1 : (ssize_t)n;
}

int
bundle_rest(struct bundle *b, struct stream *f, struct err *e)
{
	const char *p;
	size_t n;

	b->rest_at = b->copied;
	while (stream_peek(f, 65536, &p, &n, e) == 0 && n) {
		if (b->total + b->rest + n > BUNDLE_BYTES)
			return err_set(e, EX_DATA_ERR,
			    "what stands behind the end of the tar or ZIP is longer than the limit "
			    "of 64 GiB");
		if (copy_aside(b, p, n, e))
			return -1;
		b->rest += n;
		stream_skip(f, n);
	}
	return e->status ? -1 : 0;
}

struct stream *
bundle_stream(const struct bundle *b, const struct bundle_file *f, struct err *e)
{
	return stream_section(b->fd, f->at, f->bytes, f->path, e);
}
