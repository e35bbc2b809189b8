/* archive --follow: new rows of a living database are appended as they come (archive.md C-19);
 * files roll by size or time into the next of the same log. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "chain/content.h"
#include "cmd/export/export.h"
#include "cmd/version.h"

#define FETCH 500u /* rows asked for by id at once */
/* ids that one look at all ids may find missing; more are found by the next */
#define MISSED_MAX (1u << 22)
#define WAIT_MAX 30.0 /* seconds between attempts to reach the source */
#define DIGITS 12     /* of the first position in a file's name */

struct following {
	const struct cli *c;
	struct signing_key key;
	struct writer_options o;
	char *base, *path; /* --out without .exhibit; the file being written */
	char **done;       /* finished files of the log, in order */
	unsigned n_done;
	int lock;                 /* of `path` */
	struct start_claim claim; /* on the place where it begins */
	struct after after;
	struct session s;
	struct input in;
	struct followed was;
	struct redact *redact;
	struct buf options, label;
	char started[32];
	struct postgres *p;
	/* facts of the server, for the next poll record; empty: told */
	struct buf database;
	/* snapshots: of this poll, of the last poll and of the last sweep; empty: none that
	 * means anything */
	struct buf now, seen, swept;
	char server[200];                               /* that they are of */
	bool any;                                       /* the log holds rows */
	double poll, interval, sweep_every, roll_every; /* seconds */
	uint64_t roll_bytes;
	unsigned overlap;
	struct postgres_options source;
	bool once;
	volatile const int *stop;
	double next_sweep, next_seal, began;
	/* no sweep before that: they take a hundredth of the time at most */
	double soonest;
	/* the last number of the source's rows at the last look; 0: not told */
	uint64_t numbered;
	uint64_t sealed; /* position of the last seal */
	struct telemetry {
		const char *path;
		uint64_t polls, errors, rows, events, repeats, rejects, conflicts, files;
		double lag, poll_seconds, snapshot_seconds;
		time_t last_poll, last_seal;
		bool up;
	} m;
};

static double
clock_now(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
stamp(char out[32])
{
	struct timespec t;
	struct tm tm;
	char day[24];

	clock_gettime(CLOCK_REALTIME, &t);
	strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", gmtime_r(&t.tv_sec, &tm));
	snprintf(out, 32, "%s.%03dZ", day, (int)(t.tv_nsec / 1000000 % 1000));
}

/* Sleeps, unless it is time to stop. */
static void
rest(const struct following *f, double seconds)
{
	double until = clock_now(CLOCK_MONOTONIC) + seconds;

	while (!*f->stop && (seconds = until - clock_now(CLOCK_MONOTONIC)) > 0) {
		if (seconds > 0.2)
			seconds = 0.2;
		usleep((useconds_t)(seconds * 1e6) + 1);
	}
}

static void
say(const struct following *f, const char *what, const char *more)
{
	struct buf b;
	char t[32];

	if (cli_get(f->c, "quiet"))
		return;
	stamp(t);
	buf_init(&b, 65536);
	cli_text(f->c, more, &b);
	fprintf(stderr, "%s %s%s%.*s\n", t, what, more[0] ? ": " : "", (int)b.len,
	    b.p ? (char *)b.p : "");
	buf_release(&b);
}

static int
take_options(struct following *f, struct err *e)
{
	const char *v, *out = cli_get(f->c, "out");
	struct {
		const char *name;
		double *to;
		double normal;
	} d[] = { { "poll", &f->poll, 1 }, { "interval", &f->interval, 60 },
		{ "sweep", &f->sweep_every, 60 }, { "roll-every", &f->roll_every, 0 } };
	double overlap = 60;
	size_t n = strlen(out), digits;

	for (unsigned i = 0; i < sizeof d / sizeof *d; i++) {
		*d[i].to = d[i].normal;
		if ((v = cli_get(f->c, d[i].name)) != NULL && !duration(v, d[i].to))
			return err_set(e, EX_USAGE_ERR,
			    "--%s: want a time like 500ms, 10s, 5m, 1h or 1d, have %s", d[i].name,
			    v);
	}
	if ((v = cli_get(f->c, "overlap")) != NULL && (!duration(v, &overlap) || overlap < 1))
		return err_set(e, EX_USAGE_ERR, "--overlap: want a time like 60s, have %s", v);
	f->overlap = (unsigned)overlap;
	if ((v = cli_get(f->c, "roll-bytes")) != NULL) {
		digits = strspn(v, "0123456789");
		if (!dec_u64(v, digits, &f->roll_bytes) || f->roll_bytes == 0 ||
		    f->roll_bytes > 1u << 20 || strlen(v + digits) != 1 ||
		    strchr("kMG", v[digits]) == NULL)
			return err_set(e, EX_USAGE_ERR,
			    "--roll-bytes: want a size like 500M or 1G, have %s", v);
		f->roll_bytes <<= v[digits] == 'k' ? 10 : v[digits] == 'M' ? 20 : 30;
	}
	if (postgres_take_options(f->c, &f->source, e))
		return -1;
	f->once = cli_get(f->c, "once") != NULL;
	f->m.path = cli_get(f->c, "metrics");
	if (n < 9 || strcmp(out + n - 8, ".exhibit"))
		return err_set(e, EX_USAGE_ERR,
		    "--out: want BASE.exhibit; the files are named BASE-FIRST_POSITION.exhibit");
	return (f->base = strndup(out, n - 8)) ? 0 : err_nomem(e);
}

/* As a label's value of Prometheus' text form. */
static void
label_of(const char *s, char out[2 * NOTE_NAME_MAX + 1])
{
	size_t n = 0;

	for (; s && *s && n + 2 < 2 * NOTE_NAME_MAX; s++) {
		if (*s == '"' || *s == '\\' || *s == '\n')
			out[n++] = '\\';
		out[n++] = *s == '\n' ? 'n' : *s;
	}
	out[n] = '\0';
}

/* Prometheus' text form, there as a whole or not at all. */
static void
put_metrics(struct following *f)
{
	char t[4200], origin[2 * NOTE_NAME_MAX + 1];
	FILE *o;

	if (f->m.path == NULL || snprintf(t, sizeof t, "%s.tmp", f->m.path) >= (int)sizeof t ||
	    (o = fopen(t, "we")) == NULL)
		return;
	/* two followers on one node would be one without it */
	label_of(cli_get(f->c, "origin"), origin);
#define COUNTER(name, help, value) \
	fprintf(o, \
	    "# HELP exhibit_follow_" name " " help "\n# TYPE exhibit_follow_" name \
	    " counter\nexhibit_follow_" name "{origin=\"%s\"} %llu\n", \
	    origin, (unsigned long long)(value))
#define GAUGE(name, help, value) \
	fprintf(o, \
	    "# HELP exhibit_follow_" name " " help "\n# TYPE exhibit_follow_" name \
	    " gauge\nexhibit_follow_" name "{origin=\"%s\"} %.3f\n", \
	    origin, (double)(value))
	GAUGE("up", "1 while the source can be reached.", f->m.up);
	COUNTER("polls_total", "Looks at the source.", f->m.polls);
	COUNTER("errors_total", "Looks at the source that failed.", f->m.errors);
	COUNTER("rows_total", "Rows read.", f->m.rows);
	COUNTER("events_total", "Events archived.", f->m.events);
	COUNTER("repeats_total", "Rows that were archived already.", f->m.repeats);
	COUNTER("rejects_total", "Rows kept verbatim because they could not be understood.",
	    f->m.rejects);
	COUNTER("conflicts_total", "Rows that changed after they were archived.", f->m.conflicts);
	COUNTER("files_total", "Files of the log finished by this run.", f->m.files);
	GAUGE("position", "Records of the log so far.", f->s.w ? writer_counts(f->s.w)->next : 0);
	GAUGE("sealed_position", "Of them under the last seal.", f->sealed);
	GAUGE("lag_seconds",
	    "Age of the newest row of the last look that brought rows when it was on the medium, "
	    "by the source's own times.",
	    f->m.lag);
	GAUGE("poll_seconds", "Duration of the last look.", f->m.poll_seconds);
	GAUGE("snapshot_seconds", "Time for which the last look held its snapshot.",
	    f->m.snapshot_seconds);
	GAUGE(
	    "last_poll_timestamp_seconds", "End of the last look that succeeded.", f->m.last_poll);
	GAUGE("last_seal_timestamp_seconds", "Time of the last seal.", f->m.last_seal);
#undef COUNTER
#undef GAUGE
	if (fclose(o) || rename(t, f->m.path))
		unlink(t);
}

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
	if (f->n_done)
		qsort(f->done, f->n_done, sizeof *f->done, path_order);
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
	if (asprintf(&f->path, "%s-%0*llu.exhibit", f->base, DIGITS, (unsigned long long)first) < 0)
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
	return session_init(&f->s, e);
}

/* This run's input of the file that is open. */
static int
begin_input(struct following *f, struct err *e)
{
	input_release(&f->in);
	memset(&f->in, 0, sizeof f->in);
	f->in.path = (const char *)f->label.p;
	f->in.kind = INPUT_POSTGRES;
	return session_begin(&f->s, &f->in, e);
}

/* What the source is, in a transaction of its own where none is open; a source that is lost
 * meanwhile is found so by the next look. */
static int
tell_source(struct following *f, struct err *e)
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

/* The files there are: the finished ones are opened and all their ids read, the open one is taken
 * up. */
static int
open_log(struct following *f, struct err *e)
{
	int rc;

	if (find_files(f, e) ||
	    (f->n_done &&
		after_reopen(&f->after, (const char *const *)f->done, f->n_done, &f->key.pub, e)))
		return -1;
	f->o.history = f->after.n ? &f->after.history : NULL;
	if (f->path == NULL && name_file(f, f->after.history.first, e))
		return -1;
	f->o.path = f->path;
	if (access(f->path, F_OK) == 0 && lock_file(f, e))
		return -1;
	if (claim_take(&f->claim, &f->after, f->path, &f->key.pub, e) || begin_session(f, e) ||
	    (f->s.w = writer_open(&f->o, e)) == NULL || (f->lock < 0 && lock_file(f, e)) ||
	    claim_look(&f->claim, e) || (f->after.n && after_load(&f->after, &f->s, e)))
		return -1;
	writer_started(f->s.w, f->started);
	if ((rc = session_reload(&f->s, &f->was, e)) < 0)
		return -1;
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
	return rc ? rc : open_log(f, e);
}

static int
seal(struct following *f, struct err *e)
{
	char t[120];

	if (f->sealed == writer_counts(f->s.w)->next)
		return 0;
	if (writer_checkpoint(f->s.w, e))
		return -1;
	f->sealed = writer_counts(f->s.w)->next;
	f->m.last_seal = time(NULL);
	snprintf(t, sizeof t, "position %llu, %llu events in this file",
	    (unsigned long long)f->sealed, (unsigned long long)writer_counts(f->s.w)->events);
	say(f, "sealed so far", t);
	return 0;
}

/* Ends this run's input and the file. */
static int
finish_file(struct following *f, struct err *e)
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
	snprintf(t, sizeof t, "%s: %llu events, positions %llu to %llu", f->path,
	    (unsigned long long)result.events, (unsigned long long)result.first,
	    (unsigned long long)result.next);
	say(f, "finished", t);
	return 0;
}

/* The next file of the log: ids and tree go on in memory. */
static int
roll(struct following *f, struct err *e)
{
	struct utc_range before = f->s.before;
	struct newest newest = f->s.written.any ? f->s.written : f->s.newest;
	struct writer *old = f->s.w;

	if (finish_file(f, e))
		return -1;
	utc_range_merge(&before, writer_times(old));
	session_release(&f->s);
	claim_release(&f->claim);
	close(f->lock);
	f->lock = -1;
	if (path_push(&f->done, &f->n_done, strdup(f->path), e) ||
	    after_reopen(&f->after, (const char *const *)f->done, f->n_done, &f->key.pub, e) ||
	    name_file(f, f->after.history.first, e)) {
		memset(&f->s, 0, sizeof f->s);
		writer_free(old, true);
		return -1;
	}
	f->o.path = f->path;
	f->o.history = &f->after.history;
	f->o.spill = writer_take_ids(old);
	writer_free(old, true);
	memset(&f->s, 0, sizeof f->s);
	if (claim_take(&f->claim, &f->after, f->path, &f->key.pub, e) == 0 &&
	    begin_session(f, e) == 0)
		f->s.w = writer_open(&f->o, e);
	f->o.spill = NULL;
	if (f->s.w == NULL || lock_file(f, e) || claim_look(&f->claim, e) ||
	    after_attach(&f->after, &f->s, e))
		return -1;
	f->s.before = before;
	f->s.newest = newest;
	writer_started(f->s.w, f->started);
	stamp(f->started);
	f->began = clock_now(CLOCK_REALTIME);
	buf_clear(&f->database);
	return begin_input(f, e) || tell_source(f, e) ? -1 : 0;
}

struct missed {
	struct following *f;
	uint8_t (*id)[16];
	size_t n, cap;
	bool more;
};

static int
note_missed(void *arg, const uint8_t id[16], struct err *e)
{
	struct missed *m = arg;
	int rc = writer_has(m->f->s.w, id, e);
	void *p;

	if (rc)
		return rc < 0 ? -1 : 0;
	if (m->n == MISSED_MAX) {
		m->more = true;
		return 0;
	}
	if (m->n == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 1024;
		if ((p = realloc(m->id, m->cap * 16)) == NULL)
			return err_nomem(e);
		m->id = p;
	}
	memcpy(m->id[m->n++], id, 16);
	return 0;
}

static int
read_rows(struct following *f, struct err *e)
{
	struct stream *rows = postgres_stream(f->p, e);
	int rc = rows ? read_pg_dump(&f->s, rows, e) : -1;

	stream_free(rows);
	return rc;
}

/* Rows whose ids the log lacks: where no snapshot tells what is new, because the server was
 * restarted, restored or is another. */
static int
read_missed(struct following *f, bool *ret_all, struct err *e)
{
	struct missed m = { .f = f };
	int rc = postgres_poll_ids(f->p, note_missed, &m, e);

	for (size_t at = 0; rc == 0 && at < m.n; at += FETCH)
		rc = postgres_poll_these(f->p, (const uint8_t(*)[16])m.id + at,
			 m.n - at < FETCH ? m.n - at : FETCH, e) ||
			read_rows(f, e) ?
		    -1 :
		    0;
	*ret_all = !m.more;
	free(m.id);
	return rc;
}

static void
copy_text(struct buf *to, const struct buf *from)
{
	buf_clear(to);
	buf_put(to, from->p, from->len);
}

/* One look at the source. *ret_kind: how far it looked. */
static int
look(struct following *f, bool *ret_sweep, struct err *e)
{
	char server[200];
	bool all = true, same;
	int rc = postgres_poll_begin(f->p, &f->now, server, e);

	if (rc)
		return rc < 0 ?
		    rc :
		    err_set(e, EX_IO_ERR, "the source's tables changed: connecting again");
	same = strcmp(server, f->server) == 0;
	*ret_sweep = true;
	f->any |= writer_counts(f->s.w)->events > 0;
	if (!f->any) {
		rc = postgres_poll_rows(f->p, POLL_ALL, NULL, 0, e) || read_rows(f, e) ? -1 : 0;
	} else if (f->swept.len == 0 || !same) {
		rc = read_missed(f, &all, e);
	} else {
		*ret_sweep = f->once || clock_now(CLOCK_MONOTONIC) >= f->next_sweep;
		rc = postgres_poll_rows(f->p, *ret_sweep ? POLL_SWEEP : POLL_NEWEST,
			 (const char *)(*ret_sweep ? f->swept.p : f->seen.p), f->overlap, e) ||
			read_rows(f, e) ?
		    -1 :
		    0;
	}
	if (rc || postgres_poll_end(f->p, e))
		return -1;
	f->m.snapshot_seconds = postgres_held(f->p);
	snprintf(f->server, sizeof f->server, "%s", server);
	copy_text(&f->seen, &f->now);
	if (*ret_sweep && all)
		copy_text(&f->swept, &f->now);
	return f->seen.failed || f->swept.failed ? err_nomem(e) : 0;
}

/*
 * Numbers that were handed out and came with no row: a row dated back that only a sweep finds, an
 * open transaction, an insert that failed. The sweep is not waited for.
 */
static void
hasten_sweep(struct following *f, uint64_t rows)
{
	uint64_t last = postgres_last_number(f->p);

	if (last > f->numbered && f->numbered && last - f->numbered > rows &&
	    f->soonest < f->next_sweep)
		f->next_sweep = f->soonest;
	f->numbered = last;
}

/* One look, and what came onto the medium, with its poll record. */
static int
poll_once(struct following *f, struct err *e)
{
	const struct input *in = &f->in;
	const struct utc_range *times = writer_times(f->s.w);
	uint64_t rows = in->rows, contexts = in->contexts;
	uint64_t events = in->events, repeats = in->repeats, rejects = in->rejects,
		 conflicts = in->conflicts;
	double began = clock_now(CLOCK_MONOTONIC), took;
	bool sweep = false, news;
	char at[32];

	if (look(f, &sweep, e))
		return -1;
	news = in->events + in->rejects + in->conflicts + in->contexts >
		events + rejects + conflicts + contexts ||
	    f->database.len;
	if (news) {
		stamp(at);
		if (session_poll(&f->s, at, &f->seen, &f->swept, f->server,
			f->database.len ? &f->database : NULL, e) ||
		    writer_flush(f->s.w, e))
			return -1;
		buf_clear(&f->database);
	}
	took = clock_now(CLOCK_MONOTONIC) - began;
	/* it reads the whole table: never more than a hundredth of the time */
	if (sweep) {
		f->soonest = clock_now(CLOCK_MONOTONIC) + took * 100;
		f->next_sweep = took * 100 > f->sweep_every ?
		    f->soonest :
		    clock_now(CLOCK_MONOTONIC) + f->sweep_every;
	}
	hasten_sweep(f, in->rows - rows);
	f->m.polls++;
	f->m.rows += in->rows - rows;
	f->m.events += in->events - events;
	f->m.repeats += in->repeats - repeats;
	f->m.rejects += in->rejects - rejects;
	f->m.conflicts += in->conflicts - conflicts;
	f->m.poll_seconds = took;
	f->m.last_poll = time(NULL);
	f->m.up = true;
	if (in->events > events && times->any)
		f->m.lag = clock_now(CLOCK_REALTIME) - (double)times->max / 1e6;
	return 0;
}

static int
connect_source(struct following *f, struct err *e)
{
	if ((f->p = postgres_open(f->c->arg[0], &f->source, e)) == NULL)
		return -1;
	if (f->in.source == 0) {
		buf_clear(&f->label);
		buf_str(&f->label, postgres_label(f->p));
		buf_byte(&f->label, '\0');
		if (begin_input(f, e) || tell_source(f, e))
			return -1;
	}
	return 0;
}

static bool
time_to_roll(const struct following *f)
{
	struct stat st;

	if (writer_counts(f->s.w)->events == 0)
		return false;
	if (f->roll_every > 0 &&
	    (uint64_t)(clock_now(CLOCK_REALTIME) / f->roll_every) !=
		(uint64_t)(f->began / f->roll_every))
		return true;
	return f->roll_bytes && stat(f->path, &st) == 0 && (uint64_t)st.st_size >= f->roll_bytes;
}

/* Until it is told to stop. A failure of the source is waited out; one of our own medium ends the
 * run. */
static int
run(struct following *f, struct err *e)
{
	double wait = 0.25;

	while (!*f->stop) {
		struct err lost = { 0 };
		double began = clock_now(CLOCK_MONOTONIC);

		if ((f->p == NULL && connect_source(f, &lost)) || poll_once(f, &lost)) {
			if (*f->stop)
				break;
			/* what was never reached is perhaps a mistake on the command line */
			if (lost.status != EX_IO_ERR || writer_resumable(f->s.w) ||
			    (f->once && f->m.errors == 3) || (f->in.source == 0 && !f->any)) {
				*e = lost;
				return -1;
			}
			f->m.errors++;
			f->m.up = false;
			say(f, "the source cannot be read, trying again", lost.text);
			postgres_free(f->p);
			f->p = NULL;
			put_metrics(f);
			rest(f, wait);
			wait = wait * 2 > WAIT_MAX ? WAIT_MAX : wait * 2;
			continue;
		}
		wait = 0.25;
		if (f->once)
			return 0;
		if (time_to_roll(f)) {
			if (roll(f, e))
				return -1;
			f->next_seal = clock_now(CLOCK_MONOTONIC) + f->interval;
		} else if (clock_now(CLOCK_MONOTONIC) >= f->next_seal) {
			if (seal(f, e))
				return -1;
			f->next_seal = clock_now(CLOCK_MONOTONIC) + f->interval;
		}
		put_metrics(f);
		rest(f, f->poll - (clock_now(CLOCK_MONOTONIC) - began));
	}
	return 0;
}

int
follow(const struct cli *c, int level)
{
	struct following f = { .c = c,
		.lock = -1,
		.o = { .build = BUILD, .threads = 2, .level = level, .follow = true } };
	const char *origin = cli_get(c, "origin");
	struct err e = { 0 };
	int status = 0;

	buf_init(&f.options, 4096);
	buf_init(&f.label, 4096);
	buf_init(&f.database, EX_MAX_BODY);
	buf_init(&f.now, EX_MAX_BODY);
	buf_init(&f.seen, EX_MAX_BODY);
	buf_init(&f.swept, EX_MAX_BODY);
	stamp(f.started);
	f.stop = stop_on_signals();
	if (take_options(&f, &e) || sign_key_load(&f.key, cli_get(c, "key"), &e))
		goto out;
	if (strcmp(f.key.pub.name, origin)) {
		err_set(&e, EX_USAGE_ERR,
		    "--origin %s: the key is named %s; one log, one name, one key [S-6]", origin,
		    f.key.pub.name);
		goto out;
	}
	say_group(c, &f.key);
	f.o.key = &f.key;
	f.o.may_seal = claim_look;
	f.o.may_seal_arg = &f.claim;
	buf_printf(&f.options, "{\"follow\":true,\"overlap\":%u", f.overlap);
	if (cli_get(c, "redact")) {
		if ((f.redact = redact_new(cli_get(c, "redact"), &e)) == NULL)
			goto out;
		buf_str(&f.options, ",\"redact\":");
		text_json(&f.options, cli_get(c, "redact"), strlen(cli_get(c, "redact")));
	}
	buf_byte(&f.options, '}');
	buf_byte(&f.options, '\0');
	f.began = clock_now(CLOCK_REALTIME);
	f.next_seal = clock_now(CLOCK_MONOTONIC) + f.interval;
	if (open_log(&f, &e) == 0 && run(&f, &e) == 0 && f.in.source) {
		if (f.p)
			postgres_facts_again(f.p, &f.in);
		postgres_free(f.p);
		f.p = NULL;
		if (f.once)
			finish_file(&f, &e);
		else if (session_end(&f.s, &e) == 0)
			seal(&f, &e);
	}
	f.m.up = false;
	put_metrics(&f);
out:
	if (e.status) {
		status = cli_fail(c, &e);
		if (f.s.w)
			cli_note(c,
			    "%s is a valid beginning: run the same command again, it goes on where "
			    "it stood",
			    f.path);
	}
	postgres_free(f.p);
	writer_free(f.s.w, true);
	session_release(&f.s);
	claim_release(&f.claim);
	after_release(&f.after);
	redact_free(f.redact);
	input_release(&f.in);
	followed_release(&f.was);
	for (unsigned i = 0; i < f.n_done; i++)
		free(f.done[i]);
	free(f.done);
	free(f.base);
	free(f.path);
	if (f.lock >= 0)
		close(f.lock);
	buf_release(&f.options);
	buf_release(&f.label);
	buf_release(&f.database);
	buf_release(&f.now);
	buf_release(&f.seen);
	buf_release(&f.swept);
	return status;
}
