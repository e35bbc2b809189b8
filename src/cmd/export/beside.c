/*
 * The files of one log that lie in a folder: found by their own rows and seals, before anything in
 * them is believed (seal.md S-2, S-7), so that a log is continued behind all of its files, and by
 * one exporter at a time.
 */
#include "cmd/export/beside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/archive.h"
#include "base/buf.h"
#include "base/vec.h"
#include "cmd/export/export.h"

#define STEPS_MAX 1000000 /* of SQLite's machine: what is asked for is four rows */

/*
 * An archive's database says so in its first 72 bytes; anything else in the folder is passed over.
 */
static bool
is_archive(int fd, const struct stat *st, bool *ret_finished)
{
	unsigned char head[72];
	char trailer[15];

	if (!S_ISREG(st->st_mode) || pread(fd, head, sizeof head, 0) != sizeof head ||
	    memcmp(head, "SQLite format 3", 16) || load_be(head + 68, 4) != EX_APPLICATION_ID)
		return false;
	/* a disclosure copy continues nothing, and stands for no file (C-20) */
	if (load_be(head + 60, 4) == EX_FORMAT_DISCLOSED)
		return false;
	*ret_finished = st->st_size > 2 * 4096 &&
	    pread(fd, trailer, sizeof trailer, st->st_size - 4096) == sizeof trailer &&
	    memcmp(trailer, "exhibit-file/1\n", sizeof trailer) == 0;
	return true;
}

static int
too_long(void *arg)
{
	(void)arg;
	return 1;
}

/*
 * A path as SQLite wants it in an address; immutable: no lock is taken, and no journal looked at.
 */
static void
put_address(struct buf *b, const char *path)
{
	buf_str(b, "file:");
	for (; *path; path++)
		if (strchr("%?#", *path))
			buf_printf(b, "%%%02x", (unsigned char)*path);
		else
			buf_byte(b, (unsigned char)*path);
	buf_str(b, "?immutable=1");
	buf_byte(b, '\0');
}

static const char *
text_of(sqlite3_stmt *st, int col)
{
	const unsigned char *p = sqlite3_column_text(st, col);

	return p ? (const char *)p : "";
}

/* Size and root that a checkpoint states; key: it must have signed it, or NULL. */
static bool
take_note(
    const char *text, const char *origin, const struct vkey *key, uint64_t *size, uint8_t root[32])
{
	const struct vkey *by;
	struct checkpoint c;
	struct note note;
	const char *why;

	if (note_parse(&note, text, strlen(text), &why) ||
	    checkpoint_parse(&c, note.text, note.text_len) || strcmp(c.origin, origin) ||
	    (key && note_verify(&note, key, 1, &by) != NOTE_VERIFIED))
		return false;
	*size = c.size;
	memcpy(root, c.root, 32);
	return true;
}

static bool
read_rows(struct beside *b, sqlite3 *db, const char *origin, const struct vkey *key)
{
	sqlite3_stmt *st = NULL;
	uint64_t size = 0;
	bool of_log;

	sqlite3_progress_handler(db, STEPS_MAX, too_long, NULL);
	of_log = sqlite3_prepare_v2(
		     db, "SELECT origin, first, prev_note FROM log", -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW && strcmp(text_of(st, 0), origin) == 0;
	if (of_log) {
		b->first = b->next = (uint64_t)sqlite3_column_int64(st, 1);
		b->has_previous =
		    take_note(text_of(st, 2), origin, NULL, &size, b->previous) && size == b->first;
	}
	sqlite3_finalize(st);
	st = NULL;
	if (of_log &&
	    sqlite3_prepare_v2(
		db, "SELECT note FROM seal ORDER BY no DESC LIMIT 1", -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW)
		b->sealed =
		    take_note(text_of(st, 0), origin, key, &size, b->root) && size > b->first;
	if (b->sealed)
		b->next = size;
	sqlite3_finalize(st);
	return of_log;
}

int
beside_look(
    struct beside *b, const char *path, const char *origin, const struct vkey *key, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc = 0;
	sqlite3 *db = NULL;
	struct buf address;
	struct stat st;

	memset(b, 0, sizeof *b);
	if (fd < 0 || fstat(fd, &st) || !is_archive(fd, &st, &b->finished)) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	close(fd);
	b->dev = st.st_dev;
	b->ino = st.st_ino;
	buf_init(&address, 65536);
	put_address(&address, path);
	if (!address.failed &&
	    sqlite3_open_v2((const char *)address.p, &db,
		SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_PRIVATECACHE,
		NULL) == SQLITE_OK)
		rc = read_rows(b, db, origin, key);
	sqlite3_close(db);
	buf_release(&address);
	if (rc && (b->path = strdup(path)) == NULL)
		return err_nomem(e);
	return rc;
}

static bool
is_file(const struct beside *b, const struct stat *st)
{
	return b->dev == st->st_dev && b->ino == st->st_ino;
}

bool
beside_holds(const struct beside_list *l, const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return false;
	for (unsigned i = 0; i < l->n; i++)
		if (is_file(&l->f[i], &st))
			return true;
	return false;
}

int
beside_add(struct beside_list *l, struct beside *b, struct err *e)
{
	struct beside *p = vec_resize(l->f, l->n + 1, sizeof *p);

	if (p == NULL) {
		free(b->path);
		return err_nomem(e);
	}
	l->f = p;
	p[l->n++] = *b;
	return 0;
}

static int
by_place(const void *a, const void *b)
{
	const struct beside *x = a, *y = b;
	int c = (x->first > y->first) - (x->first < y->first);

	return c ? c : strcmp(x->path, y->path);
}

int
beside_folder(struct beside_list *l, const char *of, bool any_name, const struct beside_list *known,
    const char *origin, const struct vkey *key, struct err *e)
{
	const char *slash = strrchr(of, '/');
	int n = slash ? (int)(slash - of) + 1 : 0, rc = 0;
	char *folder, *path;
	struct dirent *d;
	DIR *dir;

	/* the folder of the given file, wherever that is */
	if (asprintf(&folder, "%.*s", n ? n : 1, n ? of : ".") < 0)
		return err_nomem(e);
	if ((dir = opendir(folder)) == NULL)
		rc = err_errno(e, "%s", folder);
	/* names are looked at first: of most files nothing is read */
	while (rc == 0 && (d = readdir(dir)) != NULL) {
		size_t len = strlen(d->d_name);
		struct beside b;

		/* the folder and its own */
		if ((d->d_name[0] == '.' && strchr("./", d->d_name[1])) ||
		    (!any_name && (len < 9 || strcmp(d->d_name + len - 8, ".exhibit"))))
			continue;
		if (asprintf(&path, "%.*s%s", n, of, d->d_name) < 0) {
			rc = err_nomem(e);
			break;
		}
		/* each file once, whatever it is called */
		if (!beside_holds(known, path) && !beside_holds(l, path) &&
		    (rc = beside_look(&b, path, origin, key, e)) > 0)
			rc = beside_add(l, &b, e);
		free(path);
	}
	if (dir)
		closedir(dir);
	free(folder);
	/* in the order of positions */
	if (rc == 0 && l->n)
		qsort(l->f, l->n, sizeof *l->f, by_place);
	return rc;
}

void
beside_release(struct beside_list *l)
{
	for (unsigned i = 0; i < l->n; i++)
		free(l->f[i].path);
	free(l->f);
	memset(l, 0, sizeof *l);
}

/*
 * `--after A --after B`, as far as it fits; the newest alone would do, as the others lie beside it.
 */
static void
put_advice(const struct beside_list *l, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < l->n; i++) {
		int k = !l->f[i].finished || !l->f[i].sealed ?
		    0 :
		    snprintf(out + n, size - n, "%s--after %s", n ? " " : "", l->f[i].path);

		if (k < 0 || (size_t)k >= size - n) {
			snprintf(out, size, "--after %s (the others are found beside it)",
			    l->f[l->n - 1].path);
			return;
		}
		n += (size_t)k;
	}
}

/* The files that this one continues, and itself. */
static int
known_files(const struct start_claim *c, struct beside_list *l, struct err *e)
{
	for (unsigned i = 0; i <= c->after->n; i++) {
		const char *path = i < c->after->n ? archive_path(c->after->archive[i]) : c->out;
		struct beside b = { .path = NULL };
		struct stat st;

		if (stat(path, &st))
			continue; /* it is not there yet */
		b.dev = st.st_dev;
		b.ino = st.st_ino;
		if (beside_add(l, &b, e))
			return -1;
	}
	return 0;
}

static bool
is_locked(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool locked = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;

	if (fd >= 0)
		close(fd);
	return locked;
}

/* What is wrong with a file of the log that is none of those this one continues; 0 nothing. */
static int
judge(const struct start_claim *c, const struct beside *b, const struct beside_list *all,
    struct err *e)
{
	unsigned long long first = b->first, here = c->first;
	char advice[500];

	/* an earlier file is what this one goes on from, and no rival */
	if (b->first < c->first && b->next <= c->first)
		return 0; /* an earlier file, or a copy of one */
	put_advice(all, advice, sizeof advice);
	/* a run that still writes is told apart from one that was killed */
	if (!b->finished && b->first == c->first && is_locked(b->path))
		return err_set(e, EX_TEMP_FAIL,
		    "%s is being written by another exhibit-export, "
		    "and begins at position %llu of the log %s as this file would: one of "
		    "them only may be sealed. Wait until it has ended, then continue behind it",
		    b->path, here, c->key->name);
	/* both would hold the same positions, and only one may be sealed */
	if (!b->finished && b->first >= c->first)
		return err_set(e, EX_TEMP_FAIL,
		    "%s is an unfinished file of the log %s and "
		    "begins at position %llu; this one would begin at %llu: both would hold the "
		    "same positions. Finish it (the same command again, with --resume or "
		    "--follow), or move it away",
		    b->path, c->key->name, first, here);
	/* another key's file of that name is no file of this log */
	if (advice[0] == '\0')
		return err_set(e, c->first || c->looked ? EX_TEMP_FAIL : EX_CANT_CREATE,
		    "%s is a file of the log %s, and this key has not sealed it: one log, one "
		    "name, one key. "
		    "Give the log another name, or this file another folder [S-6]",
		    b->path, c->key->name);
	/* beginning again would make two logs of one name */
	if (c->first == 0 && !c->looked)
		return err_set(e, EX_CANT_CREATE,
		    "%s is a file of the log %s already: beginning "
		    "the log again beside it would make two logs of one name. "
		    "To continue it, add: %s",
		    b->path, c->key->name, advice);
	/* the log goes on elsewhere: continuing here would sign two ends */
	return err_set(e, EX_TEMP_FAIL,
	    "%s holds positions %llu to %" PRIu64 " of the log %s, and this "
	    "file would begin at %llu: the log goes on there, and is never "
	    "signed twice from one place. Continue behind its newest file: %s",
	    b->path, first, b->next, c->key->name, here, advice);
}

int
claim_look(void *arg, struct err *e)
{
	struct start_claim *c = arg;
	struct beside_list known = { .n = 0 }, all = { .n = 0 }, others = { .n = 0 };
	const char *newest =
	    c->after->n ? archive_path(c->after->archive[c->after->n - 1]) : c->out;
	int rc = known_files(c, &known, e);

	/* both folders: this file may lie elsewhere than the log */
	if (rc == 0)
		rc = beside_folder(&others, c->out, false, &known, c->key->name, c->key, e) ||
			beside_folder(&others, newest, false, &known, c->key->name, c->key, e) ?
		    -1 :
		    0;
	/* what lies before this one is no contradiction */
	for (unsigned i = 0; rc == 0 && i < others.n; i++) {
		if (others.f[i].first < c->first && others.f[i].next <= c->first)
			continue;
		/* advice names every file that is needed: those this one continues, too */
		for (unsigned k = 0; rc == 0 && k < c->after->n; k++) {
			struct beside b;

			if ((rc = beside_look(&b, archive_path(c->after->archive[k]), c->key->name,
				 c->key, e)) > 0)
				rc = beside_add(&all, &b, e);
		}
		for (unsigned k = 0; rc == 0 && k < others.n; k++) {
			struct beside b = others.f[k];

			if ((b.path = strdup(b.path)) == NULL)
				rc = err_nomem(e);
			else if (!beside_holds(&all, b.path))
				rc = beside_add(&all, &b, e);
			else
				free(b.path);
		}
		if (rc == 0)
			rc = judge(c, &others.f[i], &all, e);
	}
	c->looked = true;
	beside_release(&known);
	beside_release(&all);
	beside_release(&others);
	return rc;
}

int
claim_take(struct start_claim *c, const struct after *after, const char *out,
    const struct vkey *key, struct err *e)
{
	memset(c, 0, sizeof *c);
	c->newest = c->own = -1;
	c->after = after;
	c->out = out;
	c->key = key;
	c->first = after->history.first;
	/*
	 * Whoever goes on behind the same file waits for the same lock, wherever it writes to.
	 * Where there are no locks, looking again has to do.
	 */
	if (after->n) {
		const char *path = archive_path(after->archive[after->n - 1]);

		if ((c->newest = open(path, O_RDONLY | O_CLOEXEC)) >= 0 &&
		    flock(c->newest, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
			return err_set(e, EX_TEMP_FAIL,
			    "%s: another exhibit-export continues the log %s behind this file "
			    "now: wait until it has ended, then "
			    "continue behind what it wrote",
			    path, key->name);
	}
	return claim_look(c, e);
}

int
claim_written(struct start_claim *c, struct err *e)
{
	if ((c->own = open(c->out, O_RDONLY | O_CLOEXEC)) >= 0 &&
	    flock(c->own, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
		return err_set(e, EX_TEMP_FAIL, "%s: another exhibit-export is writing it", c->out);
	return claim_look(c, e);
}

void
claim_release(struct start_claim *c)
{
	if (c->key == NULL)
		return;
	if (c->own >= 0)
		close(c->own);
	if (c->newest >= 0)
		close(c->newest);
	memset(c, 0, sizeof *c);
}

/* The file of the chain that ends where b begins, among those of l. */
static const struct beside *
before(const struct beside_list *l, const struct beside *b)
{
	for (unsigned i = 0; i < l->n; i++) {
		const struct beside *x = &l->f[i];

		if (x->finished && x->sealed && x->next == b->first && x->first < b->first &&
		    (!b->has_previous || memcmp(x->root, b->previous, 32) == 0))
			return x;
	}
	return NULL;
}

/* Where the file that ends nearest before a place ends; 0 if none does. */
static uint64_t
nearest(const struct beside_list *l, uint64_t place, const struct beside **ret)
{
	uint64_t end = 0;

	for (unsigned i = 0; i < l->n; i++)
		if (l->f[i].finished && l->f[i].sealed && l->f[i].next < place &&
		    l->f[i].next > end) {
			*ret = &l->f[i];
			end = l->f[i].next;
		}
	return end;
}

static int
take(char ***path, unsigned *n, const struct beside *b, const struct beside_list *given,
    struct err *e)
{
	return beside_holds(given, b->path) ? 0 : path_push(path, n, strdup(b->path), e);
}

int
after_find(char ***path, unsigned *n, const struct vkey *key, struct holes *holes, struct err *e)
{
	struct beside_list given = { .n = 0 }, all = { .n = 0 };
	const struct beside *at = NULL, *next;
	int rc = 0;

	/* what was given has to be this log's */
	for (unsigned i = 0; rc == 0 && i < *n; i++) {
		struct beside b;

		if ((rc = beside_look(&b, (*path)[i], key->name, key, e)) > 0)
			rc = beside_add(&given, &b, e);
		else if (rc == 0)
			goto out; /* whoever opens it says what it is instead */
	}
	/* the newest of them is where the search begins */
	for (unsigned i = 0; i < given.n; i++)
		if (at == NULL || given.f[i].next > at->next)
			at = &given.f[i];
	/* what was given comes first, then what lies beside the newest */
	for (unsigned i = 0; rc == 0 && i < given.n; i++) {
		struct beside b = given.f[i];

		rc = (b.path = strdup(b.path)) == NULL ? err_nomem(e) : beside_add(&all, &b, e);
	}
	if (rc || at == NULL || beside_folder(&all, at->path, true, &given, key->name, key, e))
		goto out;
	/* backwards, each file being found by the position where the next begins */
	while (rc == 0 && at && at->first) {
		if ((next = before(&given, at)) == NULL && (next = before(&all, at)) != NULL)
			rc = take(path, n, next, &given, e);
		/* none that fits exactly: the nearest one before it, and a hole between */
		if (next == NULL) {
			uint64_t end = nearest(&all, at->first, &next);

			if (holes->n < HOLES_MAX)
				holes->hole[holes->n++] = (struct hole){ end, at->first };
			if (next)
				rc = take(path, n, next, &given, e);
		}
		at = next;
	}
out:
	beside_release(&given);
	beside_release(&all);
	return rc ? -1 : 0;
}

int
after_missing(const struct holes *holes, const char *newest, struct err *e)
{
	char list[300] = "";
	size_t n = 0;

	for (unsigned i = holes->n; i-- > 0 && n < sizeof list - 60;)
		n += (size_t)snprintf(list + n, sizeof list - n, "%s%" PRIu64 " to %" PRIu64,
		    n ? ", " : "", holes->hole[i].first, holes->hole[i].next - 1);
	return err_set(e, EX_NO_INPUT,
	    "%s continues a log of which positions %s are missing: "
	    "they are in no file given, and in none beside it. Give the earlier "
	    "files too (--after FILE), or indexes of their ids (--ids FILE.ids), or say "
	    "--without-earlier: then rows that they hold are sealed a second time as if "
	    "they were new",
	    newest, list);
}
