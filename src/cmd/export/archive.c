#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#include "chain/content.h"
#include "cmd/export/witnesses.h"
#include "cmd/export/succeed.h"
#include "cmd/version.h"

static volatile int stop;

static void
on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

volatile const int *
stop_on_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	return &stop;
}

/* --since, --until: the instant, and how it is sealed. A time stands as it was given; a month or a
 * day as the instant that it means. */
static int
time_option(
    const struct cli *c, const char *name, bool end, int64_t *ret, char sealed[64], struct err *e)
{
	const char *v = cli_get(c, name);
	struct utc_span t;
	struct utc as_is;
	struct buf b;

	if (v == NULL)
		return 0;
	if (utc_span_parse(v, strlen(v), &t) != UTC_OK)
		return err_set(e, EX_USAGE_ERR, "--%s %.100s: want " UTC_WANTED, name, v);
	*ret = end && t.whole ? t.to : t.from;
	buf_init(&b, 64);
	if (utc_parse(v, strlen(v), &as_is) == UTC_OK)
		buf_str(&b, v);
	else
		utc_print(&b, UTC_REST, *ret, 0);
	snprintf(sealed, 64, "%.*s", (int)b.len, (const char *)b.p);
	buf_release(&b);
	return 0;
}

bool
mode_of(const struct cli *c, unsigned *ret)
{
	const char *v = cli_get(c, "mode");
	char *end;

	*ret = 0600;
	if (v == NULL)
		return true;
	*ret = (unsigned)strtoul(v, &end, 8);
	return strspn(v, "01234567") == strlen(v) && strlen(v) >= 3 && strlen(v) <= 4 &&
	    *ret <= 0777;
}

void
say_group(const struct cli *c, const struct signing_key *k)
{
	if (k->group)
		cli_note(c,
		    "%s: the group of this process can read or write the signing key; chmod 600 if "
		    "that is not meant [S-6]",
		    cli_get(c, "key"));
}

static bool
member_is(const struct json_doc *d, const char *name, const char *want)
{
	uint32_t m = json_member(d, 0, name);

	return m != JSON_NONE && d->node[m].type == JSON_STRING &&
	    d->node[m].str_len == strlen(want) && memcmp(json_str(d, m), want, strlen(want)) == 0;
}

/*
 * A resumed run goes on as it began: what could vary stands in the file's first record. Sets
 * *started, kept in *keep. Refuses another build,
 * another zstd, level or options.
 */
static int
as_it_began(
    struct session *s, const char *path, const char **started, struct buf *keep, struct err *e)
{
	struct json_doc d;
	const char *what = NULL;
	uint64_t level;
	uint32_t m;
	int rc = -1;

	json_init(&d);
	/* the first record of the file says how it was begun */
	if (writer_first_body(s->w, keep, e))
		goto out;
	/* nothing was written yet: then the run begins */
	if (keep->len == 0) {
		rc = 0;
		goto out;
	}
	if (json_parse(&d, (char *)keep->p, keep->len, 64) || d.node[0].type != JSON_OBJECT ||
	    !member_is(&d, "context", "input-start")) {
		err_set(e, EX_DATA_ERR,
		    "%s cannot be resumed: its first record is not the beginning of a run [R-15]",
		    path);
		goto out;
	}
	/* whatever would make other bytes ends it: the file must be that of an undisturbed run */
	if (!member_is(&d, "exporter", s->build))
		what = "another build of exhibit-export";
	else if (!member_is(&d, "zstd", ZSTD_versionString()))
		what = "another version of zstd";
	else if (!json_u64(&d, 0, "level", &level) || level != (uint64_t)s->level)
		what = "another --level";
	else if ((m = json_member(&d, 0, "options")) == JSON_NONE ||
	    d.node[m].src_len != strlen(s->options) ||
	    memcmp(json_src(&d, m), s->options, strlen(s->options)))
		what = "other options";
	else if ((m = json_member(&d, 0, "started_at")) == JSON_NONE ||
	    d.node[m].type != JSON_STRING)
		what = "no start time";
	if (what) {
		err_set(e, EX_DATA_ERR,
		    "%s cannot be resumed: it was begun with %s; move the file away and begin "
		    "again",
		    path, what);
		goto out;
	}
	/* the time of the first run, so that both ends have the same */
	buf_clear(keep);
	buf_put(keep, json_str(&d, m), d.node[m].str_len);
	buf_byte(keep, '\0');
	*started = (char *)keep->p;
	rc = keep->failed ? err_nomem(e) : 0;
out:
	json_release(&d);
	return rc;
}

/* What the command line asks for. 0, or the exit status (printed). */
static int
check_usage(const struct cli *c, uint64_t *level)
{
	const char *origin = cli_get(c, "origin"), *key = cli_get(c, "key"),
		   *l = cli_get(c, "level");
	unsigned mode;

	/* each by itself, with what would be right */
	if (c->n_args == 0)
		return cli_usage(c, "archive wants an input: a file, a folder, or - for stdin");
	if (cli_get(c, "out") == NULL)
		return cli_usage(c, "archive wants --out FILE.exhibit");
	if (cli_get(c, "unsealed") ? key || origin : !key || !origin)
		return cli_usage(c,
		    "archive wants either --origin NAME and --key BASE.key, or --unsealed alone");
	/* a follower has options of its own */
	if (cli_get(c, "follow") && (c->n_args != 1 || !postgres_is(c->arg[0])))
		return cli_usage(c, "--follow wants one source, postgres://…");
	if (cli_get(c, "follow") &&
	    (cli_get(c, "unsealed") || cli_get(c, "after") || cli_get(c, "resume") ||
		cli_get(c, "since") || cli_get(c, "until")))
		return cli_usage(c,
		    "--follow wants --origin and --key; it goes on by itself where it stood, takes "
		    "all rows, and finds the earlier files of its log beside --out");
	/* continuing needs a key, since the log is signed */
	if (cli_get(c, "unsealed") && cli_get(c, "after"))
		return cli_usage(c, "--after continues a sealed log: it wants --origin and --key");
	if (l)
		dec_u64(l, strlen(l), level);
	if (!mode_of(c, &mode))
		return cli_usage(
		    c, "--mode %.20s: want three octal digits, such as 640", cli_get(c, "mode"));
	/* labels belong to inputs, one each */
	if (cli_nth(c, "label", c->n_args))
		return cli_usage(c, "more --label than inputs");
	if (cli_get(c, "follow") && (cli_get(c, "label") || cli_get(c, "record-paths")))
		return cli_usage(c,
		    "--label and --record-paths are for files; a database that is followed is "
		    "called by its address");
	/* options of a continued log */
	if (cli_get(c, "without-earlier") && !cli_get(c, "after"))
		return cli_usage(c,
		    "--without-earlier goes with --after FILE: it continues a log without its "
		    "earlier files");
	if (cli_get(c, "ids") && (!cli_get(c, "after") || cli_get(c, "without-earlier")))
		return cli_usage(
		    c, "--ids FILE goes with --after FILE: it stands for earlier files of its log");
	if (cli_get(c, "succession") && (cli_get(c, "unsealed") || cli_get(c, "follow")))
		return cli_usage(c,
		    "--succession is of a sealed file that is not followed: the first file of the "
		    "new key is written without --follow");
	if (cli_get(c, "unsealed") && (cli_get(c, "witness") || cli_get(c, "tsa")))
		return cli_usage(
		    c, "--witness and --tsa are for a sealed file: what others sign is its seal");
	if (cli_get(c, "salted") && cli_get(c, "write-ids"))
		return cli_usage(c,
		    "--salted and --write-ids: an index of ids holds digests without salt (R-24), "
		    "which the manifest would seal");
	if (cli_get(c, "salted") && cli_get(c, "follow"))
		return cli_usage(c, "--salted is not for --follow");
	if (cli_get(c, "write-ids") && (cli_get(c, "unsealed") || cli_get(c, "follow")))
		return cli_usage(c, "--write-ids is for a sealed file: its digest is sealed there");
	return 0;
}

/* Reads all arguments in their order and seals. */
static int
run(struct session *s, const struct arguments *all, struct writer_result *result, struct err *e)
{
	const struct argument *a = all->a;
	unsigned n = all->n;
	int rc = 0;

	if (arguments_read(all, s, e))
		return -1;
	/* an increment may find the whole table empty: what earlier files hold of it is gone then,
	 * or detached, and that is told */
	for (unsigned i = 0; i < n; i++)
		rc |= input_yields(&a[i].in) || (s->first && a[i].in.whole && !a[i].in.rejects);
	return rc || s->vanished ? writer_finish(s->w, result, e) : yields_nothing(s, a, n, e);
}

/* Names what the sanitiser had removed and --use-unsanitised brings back. */
static void
warn_unsanitised(const struct cli *c, const struct arguments *all)
{
	for (unsigned i = 0; i < all->n; i++)
		if (memmem(all->a[i].in.collection.p ? (char *)all->a[i].in.collection.p : "",
			all->a[i].in.collection.len, "\"originals_used\":[\"", 19))
			cli_note(c,
			    "%s: unsanitised originals were used; e-mail addresses, tokens and the "
			    "like stand in the archive",
			    all->a[i].arg);
}

/* One run, as far as it has come. */
struct run {
	const struct cli *c;
	struct session s;
	struct writer_options o;
	struct arguments all;
	struct after after;
	char **earlier; /* their paths */
	unsigned n_earlier;
	struct start_claim claim;
	char *ids; /* the index to be written; NULL: none */
	bool ids_written;
	struct signing_key key;
	struct succeeding succeeding; /* the key that it follows */
	struct progress progress;
	struct buf options, keep;
	char now[32], since[64], until[64], began[64]; /* as they are sealed */
};

/* The files behind which this one goes on: those given, and what lies beside them. */
static int
continue_log(struct run *r, struct err *e)
{
	const struct cli *c = r->c;
	struct holes holes = { .n = 0 };
	const char *given = NULL;
	int rc = 0;

	/* given by name first: they decide which log it is */
	for (unsigned i = 0; rc == 0 && (given = cli_nth(c, "after", i)) != NULL; i++)
		rc = path_push(&r->earlier, &r->n_earlier, strdup(given), e);
	/* what lies between them and the beginning is looked for */
	if (rc == 0 && r->n_earlier && cli_get(c, "without-earlier") == NULL)
		rc = after_find(&r->earlier, &r->n_earlier, &r->key.pub, &holes, e);
	if (rc == 0 && holes.n && cli_get(c, "ids") == NULL)
		rc = after_missing(&holes, r->earlier[0], e);
	if (rc == 0 && r->n_earlier)
		rc = after_open(
		    &r->after, (const char *const *)r->earlier, r->n_earlier, &r->key.pub, e);
	if (rc == 0 && r->after.n)
		r->o.history = &r->after.history;
	/* holes that indexes of ids may stand for */
	if (rc == 0 && holes.n) {
		const char *ids[CLI_MAX];
		unsigned n = 0;

		for (; n < CLI_MAX && (ids[n] = cli_nth(c, "ids", n)) != NULL; n++)
			;
		r->after.holes = holes;
		rc = after_indexes(&r->after, ids, n, &r->key.pub, e);
	}
	/* without earlier files nothing can be held against them: said once, plainly */
	if (rc == 0 && r->after.n && archive_first(r->after.archive[0]) && r->after.holes.n == 0)
		cli_note(c,
		    "--without-earlier: rows that positions 0 to %" PRIu64 " of the log hold are "
		    "not "
		    "known: those that come again are sealed a second time as if they "
		    "were new, changed ones are no conflicts, and none that is gone is named",
		    archive_first(r->after.archive[0]) - 1);
	return rc;
}

/* Before every seal. */
static int
may_seal(void *arg, struct err *e)
{
	struct run *r = arg;

	return claim_look(&r->claim, e);
}

static int
members(void *arg, struct buf *ret, struct err *e)
{
	struct run *r = arg;

	witnesses_member(r->c, ret);
	succeed_member(&r->succeeding, ret);
	if (r->ids == NULL)
		return 0;
	if (ids_write(r->ids, r->o.resume, &r->s, &r->after, cli_get(r->c, "origin"), ret, e))
		return -1;
	r->ids_written = true;
	return 0;
}

static int
take_key(struct run *r, const char *file, struct err *e)
{
	const char *origin = cli_get(r->c, "origin");

	if (sign_key_load(&r->key, file, e))
		return -1;
	say_group(r->c, &r->key);
	if (succeed_read(&r->succeeding, cli_get(r->c, "succession"), &r->key, e))
		return -1;
	if (strcmp(r->key.pub.name, origin))
		return err_set(e, EX_USAGE_ERR,
		    "--origin %s: the key is named %s; one log, one name, one key [S-6]", origin,
		    r->key.pub.name);
	r->o.key = &r->key;
	r->o.may_seal = may_seal;
	r->o.members = members;
	r->o.may_seal_arg = r;
	if (cli_get(r->c, "write-ids") && asprintf(&r->ids, "%s.ids", r->o.path) < 0) {
		r->ids = NULL;
		return err_nomem(e);
	}
	if (r->ids && !r->o.resume && access(r->ids, F_OK) == 0)
		return err_set(e, EX_CANT_CREATE,
		    "%s exists already: an index of ids is never replaced, move it away", r->ids);
	/* that the place is taken is told before what else lies in its folder */
	if (!r->o.resume && access(r->o.path, F_OK) == 0)
		return err_there_already(e, r->o.path, "an archive", STORE_RESUMES);
	return continue_log(r, e) || succeed_fits(&r->succeeding, &r->after, e) ||
		claim_take(&r->claim, &r->after, r->o.path, &r->key.pub, e) ?
	    -1 :
	    0;
}

static int
take_options(struct run *r, struct err *e)
{
	const struct cli *c = r->c;
	struct emit options;
	int64_t began;
	time_t t = time(NULL);
	struct tm tm;

	if (time_option(c, "since", false, &r->s.since, r->since, e) ||
	    time_option(c, "until", true, &r->s.until, r->until, e) ||
	    time_option(c, "started-at", false, &began, r->began, e))
		return -1;
	strftime(r->now, sizeof r->now, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
	emit_init(&options, &r->options);
	emit_object(&options, NULL);
	emit_str(&options, "since", r->since[0] ? r->since : NULL);
	emit_str(&options, "until", r->until[0] ? r->until : NULL);
	if (cli_get(c, "redact")) {
		emit_str(&options, "redact", cli_get(c, "redact"));
		if ((r->s.redact = redact_new(cli_get(c, "redact"), e)) == NULL)
			return -1;
	}
	r->s.spellings = judge_spellings;
	r->s.tool_forms = judge_tool_forms;
	if (r->s.unsanitised)
		emit_bool(&options, "use-unsanitised", true);
	r->o.salted = cli_get(c, "salted") != NULL;
	if (r->o.salted)
		emit_bool(&options, "salted", true);
	emit_end(&options);
	buf_byte(&r->options, '\0');
	r->s.options = (const char *)r->options.p;
	return r->options.failed ? err_nomem(e) : 0;
}

/* Everything from the inputs to the sealed file, read back. */
static int
archive(struct run *r, struct writer_result *result, struct err *e)
{
	const struct cli *c = r->c;
	const char *started;
	struct utc asof;
	unsigned mode;

	/* everything that the command line says is checked before anything is opened */
	if (witnesses_check(c, e) || stamp_check(c, e) || take_options(r, e) ||
	    (cli_get(c, "key") && take_key(r, cli_get(c, "key"), e)))
		return -1;
	started = r->began[0] ? r->began : NULL;
	r->s.stop = stop_on_signals();
	/* a person at a terminal sees how it goes */
	if (isatty(2) && cli_get(c, "quiet") == NULL) {
		clock_gettime(CLOCK_MONOTONIC, &r->progress.began);
		r->progress.last = r->progress.began;
		r->s.progress = progress_show;
		r->s.progress_arg = &r->progress;
	}
	/* inputs before the writer: what cannot be read must not leave a file behind */
	if (arguments_open(&r->all, c, e) || session_init(&r->s, e) ||
	    (r->s.w = writer_open(&r->o, e)) == NULL)
		return -1;
	/* the start is claimed, so that two runs do not write one log */
	if ((r->o.key && claim_written(&r->claim, e)) ||
	    (r->o.resume && as_it_began(&r->s, r->o.path, &started, &r->keep, e)))
		return -1;
	/* the run's time, for rows that are newer than it */
	r->s.started_at = started ? started : r->now;
	if (cli_get(c, "started-at") == NULL &&
	    utc_parse(r->s.started_at, strlen(r->s.started_at), &asof) == UTC_OK)
		r->s.asof = asof.us;
	writer_started(r->s.w, r->s.started_at);
	/* earlier files first: they decide what is new */
	if ((r->after.n && after_load(&r->after, &r->s, e)) || run(&r->s, &r->all, result, e))
		return -1;
	/* what the medium holds is read again, and believed only then */
	if (read_back(r->o.path, r->o.key ? &r->key.pub : NULL, result, e))
		return -1;
	mode_of(c, &mode);
	return cli_get(c, "mode") && chmod(r->o.path, mode) ?
	    err_errno(e, "--mode: %s", r->o.path) :
	    0;
}

static void
run_release(struct run *r)
{
	writer_free(r->s.w, stop != 0);
	claim_release(&r->claim);
	after_release(&r->after);
	for (unsigned i = 0; i < r->n_earlier; i++)
		free(r->earlier[i]);
	free(r->earlier);
	free(r->ids);
	session_release(&r->s);
	redact_free(r->s.redact);
	arguments_release(&r->all);
	buf_release(&r->options);
	buf_release(&r->keep);
	buf_release(&r->succeeding.note);
}

/* The status of a run with what came of one question behind its seal: a log that a witness
 * contradicts outranks what is missing. */
static int
with_answer(const struct cli *c, int status, int rc, struct err *e)
{
	if (rc < 0)
		rc = cli_fail(c, e);
	return rc == 0 || status == EX_CONFLICT ? status : rc;
}

/* Behind the seal, which stands whatever others say. The run's status. */
static int
ask_others(const struct cli *c, const char *path, int status)
{
	struct err unasked = { 0 }, unstamped = { 0 };

	status = with_answer(c, status, witnesses_ask(c, path, &stop, &unasked), &unasked);
	return with_answer(c, status, stamp_ask(c, path, &stop, &unstamped), &unstamped);
}

/* *ret_again: the source changed under the run, and everything it wrote is gone: it may be begun
 * once more. */
static int
archive_once(const struct cli *c, int level, bool *ret_again)
{
	struct run r = { .c = c,
		.s = { .since = INT64_MIN,
		    .until = INT64_MAX,
		    .asof = INT64_MAX,
		    .build = BUILD,
		    .level = level },
		.o = { .path = cli_get(c, "out"), .build = BUILD, .threads = 2, .level = level } };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct writer_result result;
	struct err e = { 0 };
	int status;

	/* room for the options as they will be sealed */
	buf_init(&r.options, 65536);
	buf_init(&r.keep, EX_MAX_BODY);
	r.s.unsanitised = cli_get(c, "use-unsanitised") != NULL;
	r.s.table = cli_get(c, "table");
	r.o.resume = cli_get(c, "resume") != NULL;
	if (cpus > 2)
		r.o.threads = (unsigned)cpus;
	/* what was written is told with what it stands for */
	if (archive(&r, &result, &e) == 0) {
		progress_end(&r.s);
		warn_unsanitised(c, &r.all);
		status = print_result(c, &result, r.all.a, r.all.n, &r.s);
		status = ask_others(c, r.o.path, status);
	} else {
		/* a source that changed under the run leaves nothing, and may be read once more */
		bool again = false;

		for (unsigned i = 0; i < r.all.n; i++)
			again |= live_rewritten(&r.all.a[i].live);
		*ret_again &= again && !r.o.resume && !stop;
		progress_end(&r.s);
		status = e.status;
		if (*ret_again) {
			if (cli_get(c, "quiet") == NULL)
				cli_fail(c, &e);
		} else {
			cli_fail(c, &e);
			/* what is left is a valid beginning, and the next run may go on with it */
			if (r.s.w && (stop || writer_resumable(r.s.w)))
				cli_note(c,
				    "%s is unfinished, and a valid beginning: run the same command "
				    "again with --resume",
				    r.o.path);
		}
		/* an index of ids is nothing without the file that seals its digest */
		if (r.ids_written && !stop && !writer_resumable(r.s.w))
			unlink(r.ids);
		run_release(&r);
		return status;
	}
	*ret_again = false;
	run_release(&r);
	return status;
}

int
cmd_archive(const struct cli *c)
{
	uint64_t level = 11;
	int status = check_usage(c, &level);
	bool again;

	if (status)
		return status;
	if (cli_get(c, "follow"))
		return follow(c, (int)level);
	for (unsigned tries = 1;; tries++) {
		again = tries < RUN_TRIES;
		for (unsigned i = 0; i < c->n_args; i++)
			again &= strcmp(c->arg[i], "-") != 0; /* stdin can be read once */
		status = archive_once(c, (int)level, &again);
		if (!again)
			return status;
	}
}
