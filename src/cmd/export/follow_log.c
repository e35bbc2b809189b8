/* The files of a log that follows its source (archive.md C-19): found, begun, sealed, finished,
 * rolled into the next. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "chain/content.h"
#include "cmd/export/follow_inner.h"
#include "cmd/export/witnesses.h"
#include "cmd/version.h"

#define DIGITS 12 /* of the first position in a file's name */

/* Does the file end with a trailer? */
static bool
is_whole(const char *path)
{
	char head[15];
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool whole = fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 2 * 4096 &&
	    pread(fd, head, sizeof head, st.st_size - 4096) == sizeof head &&
	    memcmp(head, "exhibit-file/1\n", 15) == 0;

	if (fd >= 0)
		close(fd);
	return whole;
}

/* The files of this log beside --out, by their names: all but the last must be finished; f->path:
 * the one that is not, or NULL. */
static int
find_files(struct following *f, struct err *e)
{
	char *copy = strdup(f->base), *copy2 = strdup(f->base),
	     *folder = copy ? dirname(copy) : NULL, *name = copy2 ? basename(copy2) : NULL, *path;
	size_t n = name ? strlen(name) : 0;
	DIR *dir = folder ? opendir(folder) : NULL;
	struct dirent *d;
	int rc = dir ? 0 : folder ? err_errno(e, "%s", folder) : err_nomem(e);

	/* only names of this log: others in the folder are not ours */
	while (rc == 0 && (d = readdir(dir)) != NULL) {
		const char *rest_of = d->d_name + n;

		if (strncmp(d->d_name, name, n) || rest_of[0] != '-' ||
		    strspn(rest_of + 1, "0123456789") != DIGITS ||
		    strcmp(rest_of + 1 + DIGITS, ".exhibit"))
			continue;
		rc = path_push(&f->done, &f->n_done,
		    asprintf(&path, "%s/%s", folder, d->d_name) < 0 ? NULL : path, e);
	}
	if (dir)
		closedir(dir);
	free(copy);
	free(copy2);
	if (rc)
		return rc;
	/* in the order of positions, which is that of the names */
	if (f->n_done)
		qsort(f->done, f->n_done, sizeof *f->done, path_order);
	/* all but the last must be whole, or positions would be held twice */
	for (unsigned i = 0; i + 1 < f->n_done; i++)
		if (!is_whole(f->done[i]))
			return err_set(e, EX_DATA_ERR,
			    "%s is not finished, and %s comes behind it: the log cannot be gone on "
			    "with",
			    f->done[i], f->done[f->n_done - 1]);
	if (f->n_done && !is_whole(f->done[f->n_done - 1]))
		f->path = f->done[--f->n_done];
	return 0;
}

static int
name_file(struct following *f, uint64_t first, struct err *e)
{
	free(f->path);
	if (asprintf(&f->path, "%s-%0*" PRIu64 ".exhibit", f->base, DIGITS, first) < 0)
		f->path = NULL;
	return f->path ? 0 : err_nomem(e);
}

/* --mode: exactly when the file is finished; while it is written, its owner can write it. */
static int
set_mode(struct following *f, bool finished, struct err *e)
{
	unsigned mode;

	mode_of(f->c, &mode);
	if (cli_get(f->c, "mode") && chmod(f->path, finished ? mode : mode | 0600))
		return err_errno(e, "--mode: %s", f->path);
	return 0;
}

/* One exporter writes a file at a time. */
static int
lock_file(struct following *f, struct err *e)
{
	if ((f->lock = open(f->path, O_RDONLY | O_CLOEXEC)) < 0)
		return err_errno(e, "%s", f->path);
	if (set_mode(f, false, e))
		return -1;
	if (flock(f->lock, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ?
		    err_set(
			e, EX_CANT_CREATE, "%s: another exhibit-export is writing it", f->path) :
		    err_errno(e, "%s", f->path);
	return 0;
}

static int
begin_session(struct following *f, struct err *e)
{
	memset(&f->s, 0, sizeof f->s);
	f->s.since = INT64_MIN;
	f->s.until = f->s.asof = INT64_MAX;
	f->s.build = BUILD;
	f->s.level = f->o.level;
	f->s.options = (const char *)f->options.p;
	f->s.started_at = f->started;
	f->s.stop = f->stop;
	f->s.redact = f->redact;
	f->s.spellings = judge_spellings;
	f->s.tool_forms = judge_tool_forms;
	return session_init(&f->s, e);
}

int
follow_input(struct following *f, struct err *e)
{
	input_release(&f->in);
	memset(&f->in, 0, sizeof f->in);
	f->in.path = (const char *)f->label.p;
	f->in.kind = INPUT_POSTGRES;
	return session_begin(&f->s, &f->in, e);
}

int
follow_tell_source(struct following *f, struct err *e)
{
	bool own = !postgres_busy(f->p);
	struct err lost = { 0 };
	int rc;

	if (own)
		postgres_begin(f->p, &lost);
	if (f->s.newest.any && lost.status == 0)
		postgres_has(f->p, f->s.newest.id, &f->in.newest_seen, &lost);
	rc = postgres_facts(f->p, &f->in, false, e);
	if (own)
		postgres_poll_end(f->p, &lost);
	buf_put(&f->database, f->in.database.p, f->in.database.len);
	return rc ? rc : f->database.failed ? err_nomem(e) : 0;
}

int
follow_open_log(struct following *f, struct err *e)
{
	int rc;

	/* what lies here already, then where this run begins */
	if (find_files(f, e) ||
	    (f->n_done &&
		after_reopen(&f->after, (const char *const *)f->done, f->n_done, &f->key.pub, e)))
		return -1;
	f->o.history = f->after.n ? &f->after.history : NULL;
	if (f->path == NULL && name_file(f, f->after.history.first, e))
		return -1;
	/* an existing file is locked before it is read: nobody else writes to it */
	f->o.path = f->path;
	if (access(f->path, F_OK) == 0 && lock_file(f, e))
		return -1;
	/* the claim is taken before the writer, and looked at again behind it */
	if (claim_take(&f->claim, &f->after, f->path, &f->key.pub, e) || begin_session(f, e) ||
	    (f->s.w = writer_open(&f->o, e)) == NULL || (f->lock < 0 && lock_file(f, e)) ||
	    claim_look(&f->claim, e) || (f->after.n && after_load(&f->after, &f->s, e)))
		return -1;
	/* what a killed run had written is read back and gone on with */
	writer_started(f->s.w, f->started);
	if ((rc = session_reload(&f->s, &f->was, e)) < 0)
		return -1;
	/* where the source was left, so that nothing is missed and little read twice */
	if (rc == 0) {
		f->any = f->after.n || writer_counts(f->s.w)->events;
		buf_put(&f->seen, f->was.snapshot.p, f->was.snapshot.len);
		buf_put(&f->swept, f->was.swept.p, f->was.swept.len);
		snprintf(f->server, sizeof f->server, "%.199s",
		    f->was.server.len ? (const char *)f->was.server.p : "");
		return session_end_killed(&f->s, &f->was, e);
	}
	/* killed between its last seal and its trailer */
	struct writer_result result;

	/* a file that was finished but not closed is finished again, and the run begins anew */
	rc = writer_finish(f->s.w, &result, e);
	writer_free(f->s.w, true);
	session_release(&f->s);
	memset(&f->s, 0, sizeof f->s);
	followed_release(&f->was);
	memset(&f->was, 0, sizeof f->was);
	claim_release(&f->claim);
	after_release(&f->after);
	memset(&f->after, 0, sizeof f->after);
	close(f->lock);
	f->lock = -1;
	for (unsigned i = 0; i < f->n_done; i++)
		free(f->done[i]);
	f->n_done = 0;
	free(f->path);
	f->path = NULL;
	return rc ? rc : follow_open_log(f, e);
}

/* Behind each seal. What a witness does not give is missing until the next one; one that
 * contradicts ends the run (W-3). 0 or -1 (e). */
static int
ask_others(struct following *f, struct err *e)
{
	struct err why = { 0 };
	int rc = witnesses_ask(f->c, f->path, NULL, &why);

	if (rc == EX_CONFLICT)
		return err_set(e, EX_CONFLICT, "%s: a witness saw another log [W-3]", f->path);
	if (rc == EX_KEPT_ASIDE)
		f->below_quorum = true;
	/* the source is followed on: its rows matter more than one answer */
	if (rc < 0)
		follow_say(f, "witnesses could not be asked", why.text);
	return 0;
}

void
follow_stamp_seal(struct following *f)
{
	struct err why = { 0 };
	int rc = stamp_ask(f->c, f->path, NULL, &why);

	if (rc)
		f->below_quorum = true;
	if (rc < 0)
		follow_say(f, "the seal could not be stamped", why.text);
}

int
follow_seal(struct following *f, struct err *e)
{
	char t[120];

	if (f->sealed == writer_counts(f->s.w)->next)
		return 0;
	if (writer_checkpoint(f->s.w, e))
		return -1;
	f->sealed = writer_counts(f->s.w)->next;
	f->m.last_seal = time(NULL);
	snprintf(t, sizeof t, "position %" PRIu64 ", %" PRIu64 " events in this file", f->sealed,
	    writer_counts(f->s.w)->events);
	follow_say(f, "sealed so far", t);
	return ask_others(f, e);
}

int
follow_finish_file(struct following *f, struct err *e)
{
	struct writer_result result;
	char t[4400];

	if (f->p)
		postgres_facts_again(f->p, &f->in);
	if (session_end(&f->s, e) || writer_finish(f->s.w, &result, e) ||
	    read_back(f->path, &f->key.pub, &result, e))
		return -1;
	if (set_mode(f, true, e))
		return -1;
	f->m.files++;
	f->sealed = result.next;
	f->m.last_seal = time(NULL);
	snprintf(t, sizeof t, "%s: %" PRIu64 " events, positions %" PRIu64 " to %" PRIu64, f->path,
	    result.events, result.first, result.next);
	follow_say(f, "finished", t);
	follow_stamp_seal(f);
	return ask_others(f, e);
}

int
follow_roll(struct following *f, struct err *e)
{
	struct utc_range before = f->s.before;
	struct newest newest = f->s.written.any ? f->s.written : f->s.newest;
	struct writer *old = f->s.w;

	/* the old file is sealed before the new one begins */
	if (follow_finish_file(f, e))
		return -1;
	utc_range_merge(&before, writer_times(old));
	session_release(&f->s);
	claim_release(&f->claim);
	close(f->lock);
	f->lock = -1;
	/* the new one knows the old as its predecessor */
	if (path_push(&f->done, &f->n_done, strdup(f->path), e) ||
	    after_reopen(&f->after, (const char *const *)f->done, f->n_done, &f->key.pub, e) ||
	    name_file(f, f->after.history.first, e)) {
		memset(&f->s, 0, sizeof f->s);
		writer_free(old, true);
		return -1;
	}
	f->o.path = f->path;
	f->o.history = &f->after.history;
	/* the ids that were seen stay with the run */
	f->o.spill = writer_take_ids(old);
	writer_free(old, true);
	memset(&f->s, 0, sizeof f->s);
	if (claim_take(&f->claim, &f->after, f->path, &f->key.pub, e) == 0 &&
	    begin_session(f, e) == 0)
		f->s.w = writer_open(&f->o, e);
	f->o.spill = NULL;
	/* claimed again, since another run may have begun meanwhile */
	if (f->s.w == NULL || lock_file(f, e) || claim_look(&f->claim, e) ||
	    after_attach(&f->after, &f->s, e))
		return -1;
	/* what was newest before still counts */
	f->s.before = before;
	f->s.newest = newest;
	writer_started(f->s.w, f->started);
	follow_stamp(f->started);
	f->began = follow_clock(CLOCK_REALTIME);
	buf_clear(&f->database);
	return follow_input(f, e) || follow_tell_source(f, e) ? -1 : 0;
}
