/*
 * A file is opened in stages, each of which looks at what the one before it proved; the first that
 * cannot go on decides what the file is called (unfinished, newer, foreign, broken).
 */
#include "archive/reader_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/container.h"
#include "archive/history.h"
#include "archive/seals.h"
#include "base/err.h"
#include "base/text.h"

static const char *const side[] = { "-wal", "-shm", "-journal" };

/*
 * Whether a file beside the archive holds anything: an empty or zeroed one is what SQLite leaves
 * behind after it
 * finished, and nothing that it would apply. What cannot be looked at counts as holding something.
 */
static bool
holds_something(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	unsigned char p[65536];
	struct stat st;
	ssize_t n = 0;
	bool some = fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode);

	while (!some && (n = read(fd, p, sizeof p)) > 0)
		for (ssize_t i = 0; i < n && !some; i++)
			some = p[i] != 0;
	if (fd >= 0)
		close(fd);
	return some || n < 0;
}

void
attached_rename(struct attached *x, const char *called)
{
	x->path = called;
}

void
attached_close(struct attached *x)
{
	if (x && x->fd >= 0)
		close(x->fd);
	free(x);
}

struct attached *
archive_attach(const char *path, const char *called, unsigned file, struct err *e)
{
	struct attached *x = calloc(1, sizeof *x);
	char name[4096];
	struct stat st;

	if (x == NULL)
		return err_nomem(e), NULL;
	x->path = called;
	x->file = file;
	if ((x->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) < 0 ||
	    fstat(x->fd, &x->st)) {
		err_errno(e, "%s", path);
	} else if (!S_ISREG(x->st.st_mode)) {
		err_set(e, EX_NO_INPUT, "%s: want an archive file, have a %s", path,
		    S_ISDIR(x->st.st_mode) ? "folder" : "device, pipe or socket");
	} else {
		for (unsigned i = 0; i < 3; i++)
			if (snprintf(name, sizeof name, "%s%s", path, side[i]) < (int)sizeof name &&
			    lstat(name, &st) == 0)
				x->side[i] = holds_something(name) ? SIDE_HOLDS : SIDE_EMPTY;
		return x;
	}
	attached_close(x);
	return NULL;
}

struct attached *
attached_held(const void *p, size_t n, const char *called, unsigned file, struct err *e)
{
	struct attached *x = calloc(1, sizeof *x);

	if (x == NULL)
		return err_nomem(e), NULL;
	*x = (struct attached){ .path = called, .file = file, .fd = -1, .held = p };
	x->st.st_size = (off_t)n;
	return x;
}

struct attached *
attached_patched(const struct archive *of, const struct patch *patch, unsigned n_patches,
    uint64_t bytes, struct err *e)
{
	struct attached *x = calloc(1, sizeof *x);

	if (x == NULL)
		return err_nomem(e), NULL;
	*x = of->at;
	x->fd = -1;
	x->under = &of->at;
	x->patch = patch;
	x->n_patches = n_patches;
	x->brief = true;
	x->st.st_size = (off_t)bytes;
	return x;
}

void
attached_watch(struct attached *x, void (*seen)(void *arg, uint64_t at, size_t n), void *arg)
{
	x->seen = seen;
	x->seen_arg = arg;
}

ssize_t
attached_read(const struct attached *x, void *p, size_t n, uint64_t at)
{
	uint64_t bytes = (uint64_t)x->st.st_size, left = at < bytes ? bytes - at : 0;
	ssize_t k;

	if (x->seen)
		x->seen(x->seen_arg, at, n);
	if (x->fd >= 0)
		return pread(x->fd, p, n, (off_t)at);
	if (n > left)
		n = (size_t)left;
	if (n == 0)
		return 0;
	if (x->under && (k = attached_read(x->under, p, n, at)) <= 0) {
		/* bytes behind the file's own end are those of a patch */
		if (k < 0)
			return -1;
		memset(p, 0, n);
	} else if (x->under) {
		n = (size_t)k;
	} else {
		memcpy(p, x->held + at, n);
	}
	for (unsigned i = 0; i < x->n_patches; i++) {
		const struct patch *q = &x->patch[i];
		uint64_t from = q->at > at ? q->at : at, to = q->at + q->n;

		if (to > at + n)
			to = at + n;
		if (from < to)
			memcpy((char *)p + (from - at), (const char *)q->p + (from - q->at),
			    (size_t)(to - from));
	}
	return (ssize_t)n;
}

/* The archive of a file that nobody has looked into: nothing is known but its size. */
static struct archive *
unopened(struct attached *x, struct err *e)
{
	struct archive *a = calloc(1, sizeof *a);

	if (a) {
		a->at = *x;
		x->fd = -1;
		a->bytes = (uint64_t)a->at.st.st_size;
		json_init(&a->manifest);
		buf_init(&a->manifest_text, EX_MAX_BODY);
		buf_init(&a->proofs, EX_MAX_PROOFS);
		a->sha = sha256_new();
	}
	attached_close(x);
	if (a == NULL || a->sha == NULL) {
		err_nomem(e);
		archive_close(a);
		return NULL;
	}
	return a;
}

void
archive_close(struct archive *a)
{
	if (a == NULL)
		return;
	sqlite3_close(a->db);
	sha256_free(a->sha);
	json_release(&a->manifest);
	told_release(&a->told);
	buf_release(&a->manifest_text);
	for (uint32_t i = 0; i < a->n_tables; i++)
		table_free(a->table[i]);
	for (uint64_t i = 0; i < a->n_pages; i++)
		free(a->page[i].low);
	free(a->page);
	free(a->table);
	free(a->row);
	free(a->damaged);
	free(a->dict);
	free(a->seal_note);
	free(a->trailer_note);
	for (uint64_t i = 0; i < a->n_interim; i++)
		free(a->interim[i].note);
	free(a->interim);
	free(a->prev_note);
	buf_release(&a->proofs);
	if (a->at.fd >= 0)
		close(a->at.fd);
	free(a);
}

/* What a file is, while it is opened. */
struct opening {
	struct archive *a;
	const struct vkey *keys;
	size_t n_keys;
	struct findings *f;
	/* what is told only once it is known that the file is finished, or open */
	struct findings held;
	bool rows; /* its tables can be read */
};

/* A stage was passed; the file is called something; the tool failed (e). */
enum stage { ON, ENOUGH, FAILED };

/* A read that failed says nothing about the file (judgement.md J-9). */
static enum stage
unreadable_medium(struct archive *a, struct err *e)
{
	err_set(e, EX_IO_ERR, "%s: cannot be read (%s): nothing was judged", a->at.path,
	    a->medium ? strerror(a->medium) : "an error of the medium, or no memory");
	return FAILED;
}

static enum stage
called(struct opening *o, enum archive_shape shape)
{
	o->a->shape = shape;
	return ENOUGH;
}

static enum stage
unfinished(struct opening *o, const char *place, enum said said)
{
	finding_say(o->f, said, o->a->at.file, place, GIVING_NOTHING);
	return called(o, ARCHIVE_UNFINISHED);
}

/* 1. The size, before anything is read or taken. */
static enum stage
size(struct opening *o, struct err *e)
{
	(void)e;
	if (o->a->bytes <= EX_MAX_DATABASE)
		return ON;
	finding_say(o->f, U04_LIMIT, o->a->at.file, "the file", GIVING_NOTHING);
	return called(o, ARCHIVE_BROKEN);
}

/* 2. The trailer: an unfinished export has none, so it is looked for before its absence counts. */
static enum stage
trailer(struct opening *o, struct err *e)
{
	struct archive *a = o->a;

	container_trailer(a, o->keys, o->n_keys, &o->held);
	if (a->medium)
		return unreadable_medium(a, e);
	if (!a->trailer && a->at.side[2] == SIDE_HOLDS && container_may_be_ours(a))
		return unfinished(o, "the file and its journal", U03_JOURNAL);
	return ON;
}

/* 3. The container's own header (C-1): whose file is it? It says itself what it is called. */
static enum stage
header(struct opening *o, struct err *e)
{
	if (container_header(o->a, o->f))
		return ON;
	return o->a->medium ? unreadable_medium(o->a, e) : ENOUGH;
}

/* 4. The database in it, and that it has the tables of C-4 and no more: only then is it asked. */
static enum stage
database(struct opening *o, struct err *e)
{
	struct archive *a = o->a;

	if (vfs_open(&a->at, a->db_bytes, &a->db) == SQLITE_OK && !container_schema(a, o->f))
		return ON;
	if (a->db == NULL || (sqlite3_errcode(a->db) & 0xff) == SQLITE_NOMEM) {
		err_nomem(e);
		return FAILED;
	}
	if ((sqlite3_errcode(a->db) & 0xff) == SQLITE_IOERR)
		return unreadable_medium(a, e);
	if (o->f->n == 0)
		finding_say(o->f, U04_SQLITE, a->at.file, "the database",
		    GIVING(TEXT(sqlite3_errmsg(a->db))));
	container_trailer(a, o->keys, o->n_keys, o->f);
	return called(o, ARCHIVE_BROKEN);
}

/* 5. The rows around the records: the log's name and place, dictionary, seals, blocks with their
 * chain and tree. A fault in them is a finding, and what can be read is read on. */
static enum stage
tables(struct opening *o, struct err *e)
{
	struct archive *a = o->a;

	o->rows = reader_log(a, o->f) && reader_dictionary(a, o->f) && seals_read(a, o->f) &&
	    reader_blocks(a, o->f, e);
	return e->status || a->failed ? unreadable_medium(a, e) : ON;
}

/* 6. The seal over those rows, and the manifest, the last of the records that it binds. */
static enum stage
seal(struct opening *o, struct err *e)
{
	struct archive *a = o->a;

	if (o->rows && a->n_rows == 0 && !a->trailer)
		return unfinished(o, "the file", U03_EMPTY);
	if (!o->rows || a->n_rows == 0)
		return ON;
	seals_judge(a, o->keys, o->n_keys, &o->held);
	if (reader_manifest(a, &o->held, e) < 0)
		return FAILED;
	if (a->tail && !a->open)
		finding_say(&o->held, A16_TAIL, a->at.file, "seal", GIVING(NUM(a->tail)));
	if (!a->trailer && !a->manifest_ok && a->seal_note == NULL && a->seal_why == NULL)
		return unfinished(o, "the file", U03_BARE);
	return ON;
}

/* 7. The trailer again, now that what is missing of it counts, and who signed both. */
static enum stage
ending(struct opening *o, struct err *e)
{
	struct archive *a = o->a;

	(void)e;
	a->trailer = false;
	a->trailer_key[0] = '\0';
	container_trailer(a, o->keys, o->n_keys, a->open ? &o->held : o->f);
	if (a->open && a->tail)
		finding_say(
		    o->f, L05_TAIL, a->at.file, "the file", GIVING(NUM(a->next), NUM(a->tail)));
	else if (a->open)
		finding_say(o->f, L05_OPEN, a->at.file, "the file", GIVING(NUM(a->next)));
	if (o->rows)
		container_compare_signers(a, o->keys, o->n_keys, o->f);
	return ON;
}

/* 8. Files beside it, which were not read; and what was held back is told. */
static enum stage
beside(struct opening *o, struct err *e)
{
	struct archive *a = o->a;

	(void)e;
	for (unsigned i = 0; i < 3; i++)
		if (a->at.side[i] == SIDE_HOLDS)
			finding_say(
			    o->f, A06_HOLDS, a->at.file, "beside the file", GIVING(TEXT(side[i])));
		else if (a->at.side[i] == SIDE_EMPTY)
			finding_say(
			    o->f, N06_EMPTY, a->at.file, "beside the file", GIVING(TEXT(side[i])));
	/* the trailer's own were found again where they count */
	for (unsigned i = 0; i < o->held.n; i++)
		if (o->held.f[i].id == F_A02 || o->held.f[i].id == F_A03)
			o->held.f[i].id = FINDING_COUNT;
	findings_take(o->f, &o->held);
	return ON;
}

/* 9. The log before this file (S-9), and the list of its index, which the manifest names. */
static enum stage
around(struct opening *o, struct err *e)
{
	struct archive *a = o->a;

	if (o->rows && a->n_rows == 0)
		finding_say(o->f, A17_EMPTY, a->at.file, "table block", GIVING_NOTHING);
	if (o->rows && a->n_rows)
		history_check(a, o->keys, o->n_keys, o->f);
	/* an index of all records would name those that are left out (C-20) */
	if (a->manifest_ok && !a->open && !a->disclosed)
		reader_index_list(a, o->f);
	a->readable = a->n_rows > 0;
	return a->failed || o->f->failed ? unreadable_medium(a, e) : ON;
}

int
archive_open(struct attached *file, const struct vkey *keys, size_t n_keys, struct findings *f,
    struct archive **ret, struct err *e)
{
	static enum stage (*const stage[])(struct opening *, struct err *) = { size, trailer,
		header, database, tables, seal, ending, beside, around };
	struct opening o = { .a = unopened(file, e), .keys = keys, .n_keys = n_keys, .f = f };
	enum stage s = ON;

	if ((*ret = o.a) == NULL)
		return -1;
	for (size_t i = 0; i < sizeof stage / sizeof *stage && s == ON; i++)
		s = stage[i](&o, e);
	findings_release(&o.held);
	/* a file of which nothing was judged is none that others may read */
	if (s == FAILED)
		o.a->readable = false;
	return s == FAILED ? -1 : (int)archive_trust(o.a);
}
