/* archive --follow: new rows of a living database are appended as they come (archive.md C-19):
 * options, metrics, looking at the source. Its files are follow_log.c's. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/vec.h"
#include "cmd/export/follow_inner.h"
#include "cmd/export/witnesses.h"
#include "cmd/version.h"

#define FETCH 500u /* rows asked for by id at once */
/* ids that one look at all ids may find missing; more are found by the next */
#define MISSED_MAX (1u << 22)
#define WAIT_MAX 30.0 /* seconds between attempts to reach the source */

/* Seconds of a clock. */
double
follow_clock(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Now, as the metrics and messages have it. */
void
follow_stamp(char out[32])
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
	double until = follow_clock(CLOCK_MONOTONIC) + seconds;

	while (!*f->stop && (seconds = until - follow_clock(CLOCK_MONOTONIC)) > 0) {
		if (seconds > 0.2)
			seconds = 0.2;
		usleep((useconds_t)(seconds * 1e6) + 1);
	}
}

void
follow_say(const struct following *f, const char *what, const char *more)
{
	struct buf b;
	char t[32];

	if (cli_get(f->c, "quiet"))
		return;
	follow_stamp(t);
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

	/* each with its usual value, so that the rest of the run needs none */
	for (unsigned i = 0; i < sizeof d / sizeof *d; i++) {
		*d[i].to = d[i].normal;
		if ((v = cli_get(f->c, d[i].name)) != NULL && !duration(v, d[i].to))
			return err_set(e, EX_USAGE_ERR,
			    "--%s: want a time like 500ms, 10s, 5m, 1h or 1d, have %s", d[i].name,
			    v);
	}
	/* at least a second: below it rows of one second would be lost */
	if ((v = cli_get(f->c, "overlap")) != NULL && (!duration(v, &overlap) || overlap < 1))
		return err_set(e, EX_USAGE_ERR, "--overlap: want a time like 60s, have %s", v);
	f->overlap = (unsigned)overlap;
	/* a size with its unit, and no bare number that could be either */
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
	/* the files are numbered by their position, behind this name */
	if (n < 9 || strcmp(out + n - 8, ".exhibit"))
		return err_set(e, EX_USAGE_ERR,
		    "--out: want BASE.exhibit; the files are named BASE-FIRST_POSITION.exhibit");
	return (f->base = strndup(out, n - 8)) ? 0 : err_nomem(e);
}

/* As a label's value of Prometheus' text form, with its quotes. */
static void
label_of(const char *s, char out[2 * NOTE_NAME_MAX + 1])
{
	size_t n = 0;

	out[n++] = '"';
	for (; s && *s && n + 3 < 2 * NOTE_NAME_MAX; s++) {
		if (*s == '"' || *s == '\\' || *s == '\n')
			out[n++] = '\\';
		out[n++] = *s == '\n' ? 'n' : *s;
	}
	out[n++] = '"';
	out[n] = '\0';
}

/* Prometheus' text form, there as a whole or not at all. */
static void
put_metrics(struct following *f)
{
	char t[4200], origin[2 * NOTE_NAME_MAX + 1];
	FILE *o;

	/* written beside, and renamed: a reader sees one state or the other */
	if (f->m.path == NULL || snprintf(t, sizeof t, "%s.tmp", f->m.path) >= (int)sizeof t ||
	    (o = fopen(t, "we")) == NULL)
		return;
	/* two followers on one node would be one without it */
	label_of(cli_get(f->c, "origin"), origin);
#define COUNTER(name, help, value) \
	fprintf(o, \
	    "# HELP exhibit_follow_" name " " help "\n# TYPE exhibit_follow_" name \
	    " counter\nexhibit_follow_" name "{origin=%s} %" PRIu64 "\n", \
	    origin, value)
#define GAUGE(name, help, value) \
	fprintf(o, \
	    "# HELP exhibit_follow_" name " " help "\n# TYPE exhibit_follow_" name \
	    " gauge\nexhibit_follow_" name "{origin=%s} %.3f\n", \
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
		if ((p = vec_resize(m->id, m->cap, 16)) == NULL)
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

	/* the table changed: columns are asked for again */
	if (rc)
		return rc < 0 ?
		    rc :
		    /* another server, or one that started again, has other transactions */
		    err_set(e, EX_IO_ERR, "the source's tables changed: connecting again");
	same = strcmp(server, f->server) == 0;
	*ret_sweep = true;
	f->any |= writer_counts(f->s.w)->events > 0;
	/* the first look takes all; a later one what is new */
	if (!f->any) {
		rc = postgres_poll_rows(f->p, POLL_ALL, NULL, 0, e) || read_rows(f, e) ? -1 : 0;
	} else if (f->swept.len == 0 || !same) {
		/* after a pause, what was missed is read whole */
		rc = read_missed(f, &all, e);
	} else {
		/* between sweeps only the newest rows are asked for, which is cheap */
		*ret_sweep = f->once || follow_clock(CLOCK_MONOTONIC) >= f->next_sweep;
		rc = postgres_poll_rows(f->p, *ret_sweep ? POLL_SWEEP : POLL_NEWEST,
			 (const char *)(*ret_sweep ? f->swept.p : f->seen.p), f->overlap, e) ||
			read_rows(f, e) ?
		    -1 :
		    0;
	}
	/* only now is it known how long the snapshot was held */
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
	double began = follow_clock(CLOCK_MONOTONIC), took;
	bool sweep = false, news;
	char at[32];

	/* counts before and after tell what this look brought */
	if (look(f, &sweep, e))
		return -1;
	news = in->events + in->rejects + in->conflicts + in->contexts >
		events + rejects + conflicts + contexts ||
	    f->database.len;
	/* a look that brought nothing leaves no record */
	if (news) {
		follow_stamp(at);
		if (session_poll(&f->s, at, &f->seen, &f->swept, f->server,
			f->database.len ? &f->database : NULL, e) ||
		    writer_flush(f->s.w, e))
			return -1;
		buf_clear(&f->database);
	}
	took = follow_clock(CLOCK_MONOTONIC) - began;
	/* it reads the whole table: never more than a hundredth of the time */
	if (sweep) {
		f->soonest = follow_clock(CLOCK_MONOTONIC) + took * 100;
		f->next_sweep = took * 100 > f->sweep_every ?
		    f->soonest :
		    follow_clock(CLOCK_MONOTONIC) + f->sweep_every;
	}
	/* a sweep that takes long is done less often */
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
		f->m.lag = follow_clock(CLOCK_REALTIME) - (double)times->max / 1e6;
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
		if (follow_input(f, e) || follow_tell_source(f, e))
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
	    (uint64_t)(follow_clock(CLOCK_REALTIME) / f->roll_every) !=
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
		double began = follow_clock(CLOCK_MONOTONIC);

		/* a source that went away is waited for; a mistake on the command line is not */
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
			follow_say(f, "the source cannot be read, trying again", lost.text);
			postgres_free(f->p);
			f->p = NULL;
			put_metrics(f);
			rest(f, wait);
			wait = wait * 2 > WAIT_MAX ? WAIT_MAX : wait * 2;
			continue;
		}
		/* it answered: the next failure waits shortly again */
		wait = 0.25;
		if (f->once)
			return 0;
		/* a new file when this one is large or old enough */
		if (time_to_roll(f)) {
			if (follow_roll(f, e))
				return -1;
			f->next_seal = follow_clock(CLOCK_MONOTONIC) + f->interval;
		} else if (follow_clock(CLOCK_MONOTONIC) >= f->next_seal) {
			/* a seal in between, so that what was followed is proven up to here */
			if (follow_seal(f, e))
				return -1;
			f->next_seal = follow_clock(CLOCK_MONOTONIC) + f->interval;
		}
		/* what the run is doing, for whoever watches it */
		put_metrics(f);
		rest(f, f->poll - (follow_clock(CLOCK_MONOTONIC) - began));
	}
	return 0;
}

static int
may_seal(void *arg, struct err *e)
{
	struct following *f = arg;

	return claim_look(&f->claim, e);
}

/* Who is to be asked is sealed (W-4). */
static int
members(void *arg, struct buf *ret, struct err *e)
{
	const struct following *f = arg;

	(void)e;
	witnesses_member(f->c, ret);
	return 0;
}

/* Everything that can be wrong is looked at before the log is touched. */
static int
prepare(struct following *f, struct err *e)
{
	const struct cli *c = f->c;
	const char *origin = cli_get(c, "origin");

	if (witnesses_check(c, e) || stamp_check(c, e) || take_options(f, e) ||
	    sign_key_load(&f->key, cli_get(c, "key"), e))
		return -1;
	/* the key says which log this is */
	if (strcmp(f->key.pub.name, origin))
		return err_set(e, EX_USAGE_ERR,
		    "--origin %s: the key is named %s; one log, one name, one key [S-6]", origin,
		    f->key.pub.name);
	say_group(c, &f->key);
	f->o.key = &f->key;
	f->o.may_seal = may_seal;
	f->o.members = members;
	f->o.may_seal_arg = f;
	return 0;
}

/* Options are sealed: a later run has to have the same. */
static int
seal_options(struct following *f, struct err *e)
{
	const char *redact = cli_get(f->c, "redact");
	struct emit x;

	emit_init(&x, &f->options);
	emit_object(&x, NULL);
	emit_bool(&x, "follow", true);
	emit_u64(&x, "overlap", f->overlap);
	if (redact) {
		if ((f->redact = redact_new(redact, e)) == NULL)
			return -1;
		emit_str(&x, "redact", redact);
	}
	emit_end(&x);
	buf_byte(&f->options, '\0');
	return 0;
}

/* The run, and its orderly end. */
static void
run_and_end(struct following *f, struct err *e)
{
	f->began = follow_clock(CLOCK_REALTIME);
	f->next_seal = follow_clock(CLOCK_MONOTONIC) + f->interval;
	if (follow_open_log(f, e) == 0 && run(f, e) == 0 && f->in.source) {
		if (f->p)
			postgres_facts_again(f->p, &f->in);
		postgres_free(f->p);
		f->p = NULL;
		if (f->once)
			follow_finish_file(f, e);
		else if (session_end(&f->s, e) == 0 && follow_seal(f, e) == 0)
			follow_stamp_seal(f);
	}
	/* the last state that a watcher sees */
	f->m.up = false;
	put_metrics(f);
}

static void
following_release(struct following *f)
{
	postgres_free(f->p);
	writer_free(f->s.w, true);
	session_release(&f->s);
	claim_release(&f->claim);
	after_release(&f->after);
	redact_free(f->redact);
	input_release(&f->in);
	followed_release(&f->was);
	for (unsigned i = 0; i < f->n_done; i++)
		free(f->done[i]);
	free(f->done);
	free(f->base);
	free(f->path);
	if (f->lock >= 0)
		close(f->lock);
	buf_release(&f->options);
	buf_release(&f->label);
	buf_release(&f->database);
	buf_release(&f->now);
	buf_release(&f->seen);
	buf_release(&f->swept);
}

int
follow(const struct cli *c, int level)
{
	struct following f = { .c = c,
		.lock = -1,
		.o = { .build = BUILD, .threads = 2, .level = level, .follow = true } };
	struct err e = { 0 };
	int status = 0;

	buf_init(&f.options, 4096);
	buf_init(&f.label, 4096);
	buf_init(&f.database, EX_MAX_BODY);
	buf_init(&f.now, EX_MAX_BODY);
	buf_init(&f.seen, EX_MAX_BODY);
	buf_init(&f.swept, EX_MAX_BODY);
	follow_stamp(f.started);
	f.stop = stop_on_signals();
	if (prepare(&f, &e) == 0 && seal_options(&f, &e) == 0)
		run_and_end(&f, &e);
	if (e.status == 0 && f.below_quorum)
		status = EX_KEPT_ASIDE;
	if (e.status) {
		status = cli_fail(c, &e);
		if (f.s.w)
			cli_note(c,
			    "%s is a valid beginning: run the same command again, it goes on where "
			    "it stood",
			    f.path);
	}
	following_release(&f);
	return status;
}
