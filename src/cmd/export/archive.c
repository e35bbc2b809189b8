#include <dirent.h>
#include <libgen.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "cmd/export/export.h"
#include "cmd/version.h"

#define BUILD "exhibit-export " EXHIBIT_VERSION

static volatile sig_atomic_t stop_signal;
static int stop;

static void
on_signal(int sig)
{
	stop_signal = sig;
	stop = 1;
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

/* A second log of the same name in one folder is a mistake that only shows later: refuse it now. */
static int
same_origin_beside(const char *out, const char *origin, struct err *e)
{
	char copy[4096], path[8192], uri[8300];
	struct dirent *d;
	DIR *dir;
	int rc = 0;

	snprintf(copy, sizeof copy, "%s", out);
	snprintf(path, sizeof path, "%s", dirname(copy));
	if ((dir = opendir(path)) == NULL)
		return err_errno(e, "%s", path);
	while (rc == 0 && (d = readdir(dir)) != NULL) {
		size_t n = strlen(d->d_name);
		sqlite3 *db = NULL;
		sqlite3_stmt *st = NULL;

		if (n < 9 || strcmp(d->d_name + n - 8, ".exhibit"))
			continue;
		snprintf(copy, sizeof copy, "%s", out);
		snprintf(path, sizeof path, "%s/%s", dirname(copy), d->d_name);
		snprintf(copy, sizeof copy, "%s", out);
		if (strcmp(d->d_name, basename(copy)) == 0)
			continue;
		sqlite3_snprintf(sizeof uri, uri, "file:%s?immutable=1", path);
		if (sqlite3_open_v2(uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) == SQLITE_OK &&
		    sqlite3_prepare_v2(db, "SELECT origin FROM log", -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW &&
		    strcmp((const char *)sqlite3_column_text(st, 0), origin) == 0)
			rc = err_set(e, EX_CANT_CREATE, "%s is a file of the log %s already: beginning the log again beside it would make two logs of one name; "
			    "write to another folder, or use another --origin with its own key", path, origin);
		sqlite3_finalize(st);
		sqlite3_close(db);
	}
	closedir(dir);
	return rc;
}

static int
time_option(const struct cli *c, const char *name, int64_t *ret, struct err *e)
{
	const char *v = cli_get(c, name);
	struct utc t;

	if (v == NULL)
		return 0;
	if (utc_parse(v, strlen(v), &t) != UTC_OK)
		return err_set(e, EX_USAGE_ERR, "--%s: want a time like 2026-11-01T00:00:00Z, have %s", name, v);
	*ret = t.us;
	return 0;
}

static void
print_inputs(const struct input *in, unsigned n)
{
	struct buf b;

	buf_init(&b, 1u << 20);
	for (unsigned i = 0; i < n; i++) {
		buf_str(&b, i ? ",{\"path\":" : "{\"path\":");
		text_json(&b, in[i].path, strlen(in[i].path));
		buf_printf(&b, ",\"kind\":\"%s\",\"rows\":%llu,\"events\":%llu,\"rejects\":%llu,\"conflicts\":%llu,\"repeats\":%llu,\"lacks\":[",
		    input_kind_name[in[i].kind], (unsigned long long)in[i].rows, (unsigned long long)in[i].events, (unsigned long long)in[i].rejects,
		    (unsigned long long)in[i].conflicts, (unsigned long long)in[i].repeats);
		buf_put(&b, in[i].lacks.p, in[i].lacks.len);
		buf_str(&b, "]}");
	}
	fwrite(b.p, 1, b.len, stdout);
	buf_release(&b);
}

static void
print_table(const struct input *in, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct buf b;

		buf_init(&b, 1u << 20);
		text_plain(&b, in[i].path, strlen(in[i].path));
		printf("%.*s: %s, %llu rows: %llu events", (int)b.len, b.p, input_kind_name[in[i].kind], (unsigned long long)in[i].rows,
		    (unsigned long long)in[i].events);
		if (in[i].rejects)
			printf(", %llu REJECTED", (unsigned long long)in[i].rejects);
		if (in[i].conflicts)
			printf(", %llu CONFLICTING", (unsigned long long)in[i].conflicts);
		if (in[i].repeats)
			printf(", %llu repeats", (unsigned long long)in[i].repeats);
		if (in[i].outside)
			printf(", %llu outside the period", (unsigned long long)in[i].outside);
		printf("\n");
		buf_clear(&b);
		text_plain(&b, in[i].lacks.p, in[i].lacks.len);
		if (b.len)
			printf("  lacks: %.*s\n", (int)b.len, b.p);
		for (unsigned k = 0; k < in[i].n_tables; k++)
			if (in[i].table[k].rows) {
				buf_clear(&b);
				text_plain(&b, in[i].table[k].name, strlen(in[i].table[k].name));
				printf("  %-40.*s %10llu rows%s\n", (int)b.len, b.p, (unsigned long long)in[i].table[k].rows, in[i].table[k].kept ? "" : "  (left out)");
			}
		buf_release(&b);
	}
}

static int
print_result(const struct cli *c, const struct writer_result *r, const struct input *in, unsigned n)
{
	const char *out = cli_get(c, "out"), *origin = cli_get(c, "origin"), *o = cli_get(c, "output");
	char hex[65];
	int status = r->rejects || r->conflicts ? EX_KEPT_ASIDE : 0;

	hex_of(r->root, 32, hex);
	if (o && strcmp(o, "json") == 0) {
		struct buf b;

		buf_init(&b, 65536);
		buf_str(&b, "{\"file\":");
		text_json(&b, out, strlen(out));
		buf_str(&b, ",\"origin\":");
		text_json(&b, origin ? origin : "", origin ? strlen(origin) : 0);
		buf_printf(&b, ",\"events\":%llu,\"rejects\":%llu,\"conflicts\":%llu,\"contexts\":%llu,\"first_position\":%llu,\"next_position\":%llu,\"root\":\"%s\",\"inputs\":[",
		    (unsigned long long)r->events, (unsigned long long)r->rejects, (unsigned long long)r->conflicts, (unsigned long long)r->contexts,
		    (unsigned long long)r->first, (unsigned long long)r->next, hex);
		fwrite(b.p, 1, b.len, stdout);
		print_inputs(in, n);
		printf("]}\n");
		buf_release(&b);
		return status;
	}
	printf("%s: %llu events, %llu records, %s\n", out, (unsigned long long)r->events, (unsigned long long)r->next,
	    cli_get(c, "key") ? "sealed" : "UNSEALED");
	print_table(in, n);
	if (cli_get(c, "key"))
		printf("checkpoint: %s %llu %s\n", origin, (unsigned long long)r->next, hex);
	if (status)
		printf("Something was rejected or conflicting; it is in the archive: exhibit cat %s --kind reject   (or conflict)\n", out);
	return status;
}

int
cmd_archive(const struct cli *c)
{
	const char *out = cli_get(c, "out"), *origin = cli_get(c, "origin"), *keyfile = cli_get(c, "key"), *level = cli_get(c, "level"),
	    *started = cli_get(c, "started-at");
	struct session s = { .since = INT64_MIN, .until = INT64_MAX, .build = BUILD, .level = 9, .stop = &stop };
	struct writer_options o = { .path = out, .build = BUILD, .threads = 2 };
	struct writer_result result;
	struct signing_key key;
	struct progress progress;
	struct err e = { 0 };
	struct input *in = calloc(c->n_args ? c->n_args : 1, sizeof *in);
	struct sigaction sa = { .sa_handler = on_signal };
	struct buf options;
	uint64_t lv = 9;
	char now[32];
	unsigned done = 0;
	int status;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	buf_init(&options, 65536);
	if (in == NULL)
		err_nomem(&e);
	else if (c->n_args == 0)
		return free(in), cli_usage(c, "archive wants an input: a file, a folder, or - for stdin");
	else if (out == NULL)
		return free(in), cli_usage(c, "archive wants --out FILE.exhibit");
	else if (cli_get(c, "unsealed") ? keyfile || origin : !keyfile || !origin)
		return free(in), cli_usage(c, "archive wants either --origin NAME and --key BASE.key, or --unsealed alone");
	else if (level && (!dec_u64(level, strlen(level), &lv) || lv < 1 || lv > 19))
		return free(in), cli_usage(c, "--level: want 1 to 19");
	if (e.status || time_option(c, "since", &s.since, &e) || time_option(c, "until", &s.until, &e))
		goto fail;
	if (started == NULL) {
		time_t t = time(NULL);
		struct tm tm;

		strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
		started = now;
	}
	s.level = o.level = (int)lv;
	if (cpus > 2)
		o.threads = (unsigned)cpus;
	buf_printf(&options, "{\"since\":");
	if (cli_get(c, "since"))
		text_json(&options, cli_get(c, "since"), strlen(cli_get(c, "since")));
	else
		buf_str(&options, "null");
	buf_str(&options, ",\"until\":");
	if (cli_get(c, "until"))
		text_json(&options, cli_get(c, "until"), strlen(cli_get(c, "until")));
	else
		buf_str(&options, "null");
	buf_str(&options, "}");
	buf_byte(&options, '\0');
	s.options = (const char *)options.p;
	s.started_at = o.started_at = started;
	if (keyfile) {
		if (sign_key_load(&key, keyfile, &e))
			goto fail;
		if (strcmp(key.pub.name, origin)) {
			err_set(&e, EX_USAGE_ERR, "--origin %s: the key is named %s; one log, one name, one key [S-6]", origin, key.pub.name);
			goto fail;
		}
		if (same_origin_beside(out, origin, &e))
			goto fail;
		o.key = &key;
	}
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	if (isatty(2) && cli_get(c, "quiet") == NULL) {
		clock_gettime(CLOCK_MONOTONIC, &progress.began);
		progress.last = progress.began;
		s.progress = show_progress;
		s.progress_arg = &progress;
	}
	if (session_init(&s, &e) || (s.w = writer_open(&o, &e)) == NULL)
		goto fail;
	for (; done < c->n_args; done++)
		if (read_argument(&s, c->arg[done], &in[done], &e))
			goto fail;
	if (writer_counts(s.w)->events == 0 && writer_counts(s.w)->rejects == 0) {
		err_set(&e, EX_DATA_ERR, "no audit event in the input: nothing to archive");
		goto fail;
	}
	if (writer_finish(s.w, &result, &e))
		goto fail;
	if (s.progress)
		fprintf(stderr, "\r\033[K");
	status = print_result(c, &result, in, done);
	goto out;
fail:
	if (s.progress)
		fprintf(stderr, "\r\033[K");
	status = cli_fail(c, &e);
	if (stop && s.w)
		fprintf(stderr, "exhibit-export: %s is unfinished and says so; remove it and run the same command again\n", out);
out:
	writer_free(s.w, stop != 0);
	session_release(&s);
	for (unsigned i = 0; in && i < c->n_args; i++)
		input_release(&in[i]);
	free(in);
	buf_release(&options);
	return status;
}

int
cmd_inspect(const struct cli *c)
{
	struct session s = { .since = INT64_MIN, .until = INT64_MAX, .build = BUILD, .options = "{}", .started_at = "" };
	const char *o = cli_get(c, "output");
	struct err e = { 0 };
	int status = 0;

	if (c->n_args == 0)
		return cli_usage(c, "inspect wants an input: a file, a folder, or - for stdin");
	if (session_init(&s, &e))
		return cli_fail(c, &e);
	if (o && strcmp(o, "json") == 0)
		printf("{\"inputs\":[");
	for (unsigned i = 0; i < c->n_args; i++) {
		struct input in;

		memset(&e, 0, sizeof e);
		if (read_argument(&s, c->arg[i], &in, &e)) {
			status = cli_fail(c, &e);
		} else if (o && strcmp(o, "json") == 0) {
			if (i)
				printf(",");
			print_inputs(&in, 1);
		} else {
			print_table(&in, 1);
		}
		if (status == 0 && in.rejects)
			status = EX_KEPT_ASIDE;
		input_release(&in);
	}
	if (o && strcmp(o, "json") == 0)
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
