#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#include "base/text.h"
#include "cmd/export/export.h"
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

struct progress {
	struct timespec began, last;
	const char *path;
};

static double
seconds(const struct timespec *a, const struct timespec *b)
{
	return (double)(b->tv_sec - a->tv_sec) + (double)(b->tv_nsec - a->tv_nsec) / 1e9;
}

/* Rows, rate and time left on stderr, twice a second, on a terminal only. */
static void
show_progress(void *arg, const struct session *s, const struct stream *f)
{
	struct progress *p = arg;
	struct timespec now;
	double done, took;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (seconds(&p->last, &now) < 0.5)
		return;
	p->last = now;
	took = seconds(&p->began, &now);
	done = stream_progress(f);
	fprintf(stderr, "\r%llu rows, %.1f MB/s", (unsigned long long)s->rows, (double)stream_offset(f) / 1e6 / took);
	if (done > 0)
		fprintf(stderr, ", %.0f %%, %.0f s left", done * 100, took / done - took);
	fprintf(stderr, "\033[K");
}

/* --since, --until: the instant, and how it is sealed. A time stands as it was given; a month or a day as the instant that it means. */
static int
time_option(const struct cli *c, const char *name, bool end, int64_t *ret, char sealed[64], struct err *e)
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
	return strspn(v, "01234567") == strlen(v) && strlen(v) >= 3 && strlen(v) <= 4 && *ret <= 0777;
}

void
say_group(const struct cli *c, const struct signing_key *k)
{
	if (k->group)
		cli_note(c, "%s: the group of this process can read or write the signing key; chmod 600 if that is not meant [S-6]", cli_get(c, "key"));
}

static void
put_option(struct buf *b, const char *name, const char *v)
{

	buf_printf(b, "%s\"%s\":", b->len ? "," : "{", name);
	if (v)
		text_json(b, v, strlen(v));
	else
		buf_str(b, "null");
}

static bool
member_is(const struct json_doc *d, const char *name, const char *want)
{
	uint32_t m = json_member(d, 0, name);

	return m != JSON_NONE && d->node[m].type == JSON_STRING && d->node[m].str_len == strlen(want) && memcmp(json_str(d, m), want, strlen(want)) == 0;
}

/*
 * A resumed run goes on as it began: what could vary stands in the file's first record. Sets *started, kept in *keep. Refuses another build,
 * another zstd, level or options.
 */
static int
as_it_began(struct session *s, const char *path, const char **started, struct buf *keep, struct err *e)
{
	struct json_doc d;
	const char *what = NULL;
	uint64_t level;
	uint32_t m;
	int rc = -1;

	json_init(&d);
	if (writer_first_body(s->w, keep, e))
		goto out;
	if (keep->len == 0) {
		rc = 0;
		goto out;
	}
	if (json_parse(&d, (char *)keep->p, keep->len, 64) || d.node[0].type != JSON_OBJECT || !member_is(&d, "context", "input-start")) {
		err_set(e, EX_DATA_ERR, "%s cannot be resumed: its first record is not the beginning of a run [R-15]", path);
		goto out;
	}
	if (!member_is(&d, "exporter", s->build))
		what = "another build of exhibit-export";
	else if (!member_is(&d, "zstd", ZSTD_versionString()))
		what = "another version of zstd";
	else if (!json_u64(&d, 0, "level", &level) || level != (uint64_t)s->level)
		what = "another --level";
	else if ((m = json_member(&d, 0, "options")) == JSON_NONE || d.node[m].src_len != strlen(s->options) || memcmp(json_src(&d, m), s->options, strlen(s->options)))
		what = "other options";
	else if ((m = json_member(&d, 0, "started_at")) == JSON_NONE || d.node[m].type != JSON_STRING)
		what = "no start time";
	if (what) {
		err_set(e, EX_DATA_ERR, "%s cannot be resumed: it was begun with %s; move the file away and begin again", path, what);
		goto out;
	}
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
	const char *origin = cli_get(c, "origin"), *key = cli_get(c, "key"), *l = cli_get(c, "level");
	unsigned mode;

	if (c->n_args == 0)
		return cli_usage(c, "archive wants an input: a file, a folder, or - for stdin");
	if (cli_get(c, "out") == NULL)
		return cli_usage(c, "archive wants --out FILE.exhibit");
	if (cli_get(c, "unsealed") ? key || origin : !key || !origin)
		return cli_usage(c, "archive wants either --origin NAME and --key BASE.key, or --unsealed alone");
	if (cli_get(c, "follow") && (c->n_args != 1 || !postgres_is(c->arg[0])))
		return cli_usage(c, "--follow wants one source, postgres://…");
	if (cli_get(c, "follow") && (cli_get(c, "unsealed") || cli_get(c, "after") || cli_get(c, "resume") || cli_get(c, "since") || cli_get(c, "until")))
		return cli_usage(c, "--follow wants --origin and --key; it goes on by itself where it stood, takes all rows, and finds the earlier files of its log beside --out");
	if (cli_get(c, "unsealed") && cli_get(c, "after"))
		return cli_usage(c, "--after continues a sealed log: it wants --origin and --key");
	if (l)
		dec_u64(l, strlen(l), level);
	if (!mode_of(c, &mode))
		return cli_usage(c, "--mode %.20s: want three octal digits, such as 640", cli_get(c, "mode"));
	if (cli_nth(c, "label", c->n_args))
		return cli_usage(c, "more --label than inputs");
	if (cli_get(c, "follow") && (cli_get(c, "label") || cli_get(c, "record-paths")))
		return cli_usage(c, "--label and --record-paths are for files; a database that is followed is called by its address");
	return 0;
}

static void
clear_line(const struct session *s)
{
	if (s->progress)
		fprintf(stderr, "\r\033[K");
}

/* Rejects alone are no archive: what was met instead of events, at its first places, and what is known to be missing. */
static int
nothing(const struct session *s, const struct argument *a, unsigned n, struct err *e)
{
	uint64_t outside = 0;
	struct json_doc d;
	struct buf b;

	buf_init(&b, 1u << 20);
	for (unsigned i = 0; i < n; i++) {
		const struct input *in = &a[i].in;

		outside += in->outside;
		json_init(&d);
		buf_clear(&b);
		buf_byte(&b, '[');
		buf_put(&b, in->lacks.p, in->lacks.len);
		buf_byte(&b, ']');
		if (in->known_lacks && !b.failed && json_parse(&d, (char *)b.p, b.len, 8) == 0)
			for (uint32_t k = d.node[0].first; k != JSON_NONE; k = d.node[k].next) {
				uint32_t m = d.node[k].type == JSON_OBJECT ? json_member(&d, k, "sentence") : JSON_NONE;

				if (m != JSON_NONE) {
					struct buf t;

					buf_init(&t, 65536);
					text_plain(&t, json_str(&d, m), d.node[m].str_len);
					err_set(e, EX_DATA_ERR, "no audit event in the input: nothing to archive: %s: %.*s%s%.*s", a[i].arg, (int)(t.len > 400 ? 400 : t.len), t.len ? (char *)t.p : "",
					    s->places.len ? "; " : "", (int)(s->places.len > 400 ? 400 : s->places.len), s->places.len ? (char *)s->places.p : "");
					buf_release(&t);
					break;
				}
			}
		json_release(&d);
	}
	buf_release(&b);
	if (outside)
		return err_set(e, EX_DATA_ERR, "no audit event in the period asked for: nothing to archive (%llu rows lie outside of --since and --until)", (unsigned long long)outside);
	return err_set(e, EX_DATA_ERR, "no audit event in the input: nothing to archive%s%.*s", s->places.len ? ": " : "", (int)(s->places.len > 900 ? 900 : s->places.len),
	    s->places.len ? (char *)s->places.p : "");
}

/* Reads all arguments in their order and seals. */
static int
run(struct session *s, const struct arguments *all, struct writer_result *result, struct err *e)
{
	const struct argument *a = all->a;
	unsigned n = all->n;
	struct input *in;
	int rc;

	for (unsigned i = 0; i < n; i++)
		if (argument_read(all->order[i], s, e))
			return -1;
	if ((in = calloc(n, sizeof *in)) == NULL)
		return err_nomem(e);
	for (unsigned i = 0; i < n; i++)
		in[i] = a[i].in;
	rc = session_vanished(s, in, n, e);
	free(in);
	if (rc)
		return rc;
	for (unsigned i = 0; i < n; i++)
		rc |= input_yields(&a[i].in);
	return rc || s->vanished ? writer_finish(s->w, result, e) : nothing(s, a, n, e);
}

/* Names what the sanitiser had removed and --use-unsanitised brings back. */
static void
warn_unsanitised(const struct cli *c, const struct arguments *all)
{
	for (unsigned i = 0; i < all->n; i++)
		if (memmem(all->a[i].in.collection.p ? (char *)all->a[i].in.collection.p : "", all->a[i].in.collection.len, "\"originals_used\":[\"", 19))
			cli_note(c, "%s: unsanitised originals were used; e-mail addresses, tokens and the like stand in the archive", all->a[i].arg);
}

int
cmd_archive(const struct cli *c)
{
	const char *out = cli_get(c, "out"), *keyfile = cli_get(c, "key"), *started = cli_get(c, "started-at");
	struct session s = { .since = INT64_MIN, .until = INT64_MAX, .asof = INT64_MAX, .build = BUILD, .unsanitised = cli_get(c, "use-unsanitised") != NULL, .table = cli_get(c, "table") };
	struct writer_options o = { .path = out, .build = BUILD, .threads = 2, .resume = cli_get(c, "resume") != NULL };
	struct arguments all = { .n = 0 };
	struct after after = { .n = 0 };
	const char *earlier[CLI_MAX + 1];
	unsigned n_earlier = 0;
	struct writer_result result;
	struct signing_key key;
	struct progress progress;
	struct err e = { 0 };
	struct buf options, keep;
	uint64_t level = 11;
	struct utc asof;
	char now[32], since[64] = "", until[64] = "", began[64] = "";
	int64_t asof_given;
	unsigned mode;
	time_t t = time(NULL);
	struct tm tm;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int status = check_usage(c, &level);

	if (status)
		return status;
	if (cli_get(c, "follow"))
		return follow(c, (int)level);
	buf_init(&options, 65536);
	buf_init(&keep, EX_MAX_BODY);
	if (time_option(c, "since", false, &s.since, since, &e) || time_option(c, "until", true, &s.until, until, &e))
		goto fail;
	if (started && time_option(c, "started-at", false, &asof_given, began, &e))
		goto fail;
	if (started)
		started = began;
	strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
	s.level = o.level = (int)level;
	if (cpus > 2)
		o.threads = (unsigned)cpus;
	put_option(&options, "since", since[0] ? since : NULL);
	put_option(&options, "until", until[0] ? until : NULL);
	if (cli_get(c, "redact")) {
		put_option(&options, "redact", cli_get(c, "redact"));
		if ((s.redact = redact_new(cli_get(c, "redact"), &e)) == NULL)
			goto fail;
	}
	if (s.unsanitised)
		buf_str(&options, ",\"use-unsanitised\":true");
	buf_str(&options, "}");
	buf_byte(&options, '\0');
	s.options = (const char *)options.p;
	if (keyfile) {
		if (sign_key_load(&key, keyfile, &e))
			goto fail;
		say_group(c, &key);
		if (strcmp(key.pub.name, cli_get(c, "origin"))) {
			err_set(&e, EX_USAGE_ERR, "--origin %s: the key is named %s; one log, one name, one key [S-6]", cli_get(c, "origin"), key.pub.name);
			goto fail;
		}
		o.key = &key;
		for (unsigned i = 0; i < CLI_MAX && (earlier[n_earlier] = cli_nth(c, "after", i)) != NULL; i++)
			n_earlier++;
		if (n_earlier ? after_open(&after, earlier, n_earlier, &key.pub, &e) : after_forgotten(out, key.pub.name, &e))
			goto fail;
		if (after.n)
			o.history = &after.history;
	}
	s.stop = stop_on_signals();
	if (isatty(2) && cli_get(c, "quiet") == NULL) {
		clock_gettime(CLOCK_MONOTONIC, &progress.began);
		progress.last = progress.began;
		s.progress = show_progress;
		s.progress_arg = &progress;
	}
	if (arguments_open(&all, c, &e) || session_init(&s, &e) || (s.w = writer_open(&o, &e)) == NULL)
		goto fail;
	if (o.resume && as_it_began(&s, out, &started, &keep, &e))
		goto fail;
	s.started_at = started ? started : now;
	if (cli_get(c, "started-at") == NULL && utc_parse(s.started_at, strlen(s.started_at), &asof) == UTC_OK)
		s.asof = asof.us;
	writer_started(s.w, s.started_at);
	if ((after.n && after_load(&after, &s, &e)) || run(&s, &all, &result, &e))
		goto fail;
	clear_line(&s);
	mode_of(c, &mode);
	if (cli_get(c, "mode") && chmod(out, mode)) {
		err_errno(&e, "--mode: %s", out);
		status = cli_fail(c, &e);
		goto out;
	}
	warn_unsanitised(c, &all);
	status = print_result(c, &result, all.a, all.n, &s);
	goto out;
fail:
	clear_line(&s);
	status = cli_fail(c, &e);
	if (s.w && (stop || writer_resumable(s.w)))
		cli_note(c, "%s is unfinished, and a valid beginning: run the same command again with --resume", out);
out:
	writer_free(s.w, stop != 0);
	after_release(&after);
	session_release(&s);
	redact_free(s.redact);
	arguments_release(&all);
	buf_release(&options);
	buf_release(&keep);
	return status;
}

/* i: its place in the JSON list, UINT_MAX: text. */
static int
inspect_live(struct argument *a, unsigned i, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, 1u << 20);
	rc = live_inspect(&a->live, &a->in, i == UINT_MAX ? NULL : &b, e);
	if (rc == 0 && i != UINT_MAX)
		printf("%s%.*s", i ? "," : "", (int)b.len, (const char *)b.p);
	buf_release(&b);
	return rc;
}

int
cmd_inspect(const struct cli *c)
{
	struct session s = { .since = INT64_MIN, .until = INT64_MAX, .asof = INT64_MAX, .build = BUILD, .options = "{}", .started_at = "" };
	bool json = c->form == OUT_JSON;
	int status = 0;

	if (c->n_args == 0)
		return cli_usage(c, "inspect wants an input: a file, a folder, or - for stdin");
	s.table = cli_get(c, "table");
	if (json)
		printf("{\"inputs\":[");
	for (unsigned i = 0; i < c->n_args; i++) {
		struct err e = { 0 };
		struct argument a;

		if ((s.b == NULL && session_init(&s, &e)) || argument_open(&a, c->arg[i], i, c, &e) || (live_is(&a.live) ? inspect_live(&a, json ? i : UINT_MAX, &e) : argument_read(&a, &s, &e))) {
			status = cli_fail(c, &e);
		} else if (live_is(&a.live)) {
			;
		} else if (json) {
			printf(i ? "," : "");
			print_inputs(&a, 1);
		} else {
			print_argument(&a);
		}
		if (status == 0 && a.in.rejects)
			status = EX_KEPT_ASIDE;
		argument_release(&a);
	}
	if (json)
		printf("]}\n");
	session_release(&s);
	return status;
}

int
cmd_keygen(const struct cli *c)
{
	const char *name = cli_get(c, "name"), *out = cli_get(c, "out");
	struct err e = { 0 };
	struct vkey k;

	if (name == NULL || out == NULL || c->n_args)
		return cli_usage(c, "keygen wants --name ORIGIN and --out BASE");
	if (sign_keygen(name, out, &k, &e))
		return cli_fail(c, &e);
	printf("%s.key    the signing key: keep it secret, it seals archives of the log %s\n%s.vkey   the public key: give it to auditors\n"
	    "fingerprint (read it out to them over another channel):\n  %s\n", out, name, out, k.fingerprint);
	return 0;
}
