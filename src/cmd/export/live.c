/* Sources that are asked, not files: PostgreSQL, the REST API, the streams of dead letters. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/export/export.h"

#define ROWS_A_SECOND 50000 /* of PostgreSQL into an archive: tools/bench */

bool
duration(const char *v, double *ret)
{
	static const struct {
		const char *unit;
		double seconds;
	} unit[] = { { "ms", 0.001 }, { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 } };
	size_t digits = strspn(v, "0123456789");
	uint64_t n;

	if (!dec_u64(v, digits, &n) || n == 0 || n > 1000000)
		return false;
	for (unsigned i = 0; i < sizeof unit / sizeof *unit; i++)
		if (strcmp(v + digits, unit[i].unit) == 0) {
			*ret = (double)n * unit[i].seconds;
			return true;
		}
	return false;
}

int
postgres_take_options(const struct cli *c, struct postgres_options *o, struct err *e)
{
	const char *v = cli_get(c, "statement-timeout"), *held = cli_get(c, "max-snapshot");
	double seconds = 3600;

	memset(o, 0, sizeof *o);
	if (v && !duration(v, &seconds))
		return err_set(e, EX_USAGE_ERR,
		    "--statement-timeout: want a duration like 90s, 10m or 1h, have %.40s", v);
	if (held && !duration(held, &o->max_snapshot))
		return err_set(e, EX_USAGE_ERR,
		    "--max-snapshot: want a duration like 90s, 10m or 1h, have %.40s", held);
	o->timeout = (uint64_t)(seconds * 1000);
	o->with_detached = cli_get(c, "with-detached") != NULL;
	return 0;
}

int
live_open(struct live *l, const char *arg, const struct cli *c, struct input *in, unsigned *rank,
    struct err *e)
{
	struct postgres_options p;

	if (postgres_is(arg)) {
		if (postgres_take_options(c, &p, e) ||
		    (l->postgres = postgres_open(arg, &p, e)) == NULL)
			return -1;
		in->path = postgres_label(l->postgres);
		in->kind = INPUT_POSTGRES;
		*rank = 0;
	} else if (rest_is(arg)) {
		struct rest_options o = { .token_file = cli_get(c, "token-file"),
			.ca_file = cli_get(c, "ca-file"),
			.plain = cli_get(c, "plain-http") != NULL,
			.stop = stop_on_signals() };

		if ((l->rest = rest_open(arg, &o, e)) == NULL)
			return -1;
		in->path = rest_label(l->rest);
		in->kind = INPUT_REST;
		*rank = rest_is_old(l->rest) ? RANK_OLD_ANSWERS : RANK_ANSWERS;
	} else if (redis_is(arg)) {
		if ((l->redis = redis_open(arg, e)) == NULL)
			return -1;
		in->path = redis_label(l->redis);
		in->kind = INPUT_REDIS;
		*rank = RANK_DEAD_LETTERS;
	} else {
		return 0;
	}
	return 1;
}

bool
live_is(const struct live *l)
{
	return l->postgres || l->rest || l->redis;
}

/* All rows of a database; one that breaks off leaves an unfinished file. */
static int
read_postgres(struct postgres *p, struct session *s, struct err *e)
{
	struct stream *f = postgres_stream(p, e);
	int rc = f == NULL || read_pg_dump(s, f, e) || postgres_facts(p, s->in, true, e) ? -1 : 0;

	stream_free(f);
	if (rc && postgres_rewritten(p))
		e->status = EX_TEMP_FAIL;
	return rc;
}

int
live_read(struct live *l, struct session *s, struct err *e)
{
	return l->postgres ? read_postgres(l->postgres, s, e) :
	    l->rest        ? read_rest(s, l->rest, e) :
			     read_redis(s, l->redis, e);
}

bool
live_rewritten(const struct live *l)
{
	return l->postgres && postgres_rewritten(l->postgres);
}

void
live_release(struct live *l)
{
	postgres_free(l->postgres);
	rest_free(l->rest);
	redis_free(l->redis);
}

/* How long a run would take, and what it would ask of the source. */
static void
print_load(struct emit *json, double seconds, uint64_t requests, const char *load)
{
	if (json) {
		emit_fixed(json, "seconds_estimated", seconds, 0);
		emit_u64(json, "requests_estimated", requests);
		emit_str(json, "load", load);
	} else {
		printf("  about %.0f minute%s; load: %s\n", seconds < 60 ? 1 : seconds / 60,
		    seconds < 120 ? "" : "s", load);
	}
}

static int
inspect_rest(struct rest *r, struct emit *json, struct err *e)
{
	uint64_t rows = rest_total(r), requests = rows / REST_PAGE + 1, bytes;
	double seconds;
	char load[200];

	if (rest_measure(r, &bytes, &seconds, e))
		return -1;
	seconds = (double)requests * (seconds < 0.1 ? 0.1 : seconds);
	bytes *= requests;
	snprintf(load, sizeof load,
	    "about %" PRIu64 " request%s of %u events, one at a time, at most 10 a second",
	    requests, requests == 1 ? "" : "s", REST_PAGE);
	if (json) {
		emit_u64(json, "rows_estimated", rows);
		emit_u64(json, "bytes", bytes);
	} else {
		printf("  about %" PRIu64 " events, %" PRIu64 " bytes of answers%s\n", rows, bytes,
		    rest_is_old(r) ? "; a server up to v1.4: it leaves hashed columns out" : "");
	}
	print_load(json, seconds, requests, load);
	return 0;
}

static int
inspect_redis(struct redis *r, struct emit *json, struct err *e)
{
	uint64_t n;

	if (redis_count(r, &n, e))
		return -1;
	if (json)
		emit_u64(json, "rows_estimated", n);
	else
		printf("  %" PRIu64 " dead letters, read by XRANGE: nothing is acknowledged, "
		       "claimed or "
		       "deleted\n",
		    n);
	return 0;
}

int
live_inspect(struct live *l, const struct input *in, struct buf *out, struct err *e)
{
	struct emit x, *json = out ? &x : NULL;
	uint64_t rows = 0;
	char load[200];
	struct buf name;
	int rc;

	/* as JSON the same facts, for whoever decides by them */
	if (json) {
		emit_init(json, out);
		emit_object(json, NULL);
		emit_str(json, "path", in->path);
		emit_str(json, "kind", input_reader[in->kind].name);
	} else {
		buf_init(&name, 65536);
		text_plain(&name, in->path, strlen(in->path));
		printf("%.*s: %s, not read yet\n", (int)name.len, (char *)name.p,
		    input_reader[in->kind].name);
		buf_release(&name);
	}
	/* what it would cost, before it is done */
	rc = l->rest ? inspect_rest(l->rest, json, e) :
	    l->redis ? inspect_redis(l->redis, json, e) :
		       postgres_estimate(l->postgres, json, &rows, e);
	if (rc == 0 && l->postgres) {
		snprintf(load, sizeof load,
		    "one snapshot, held for about %.0f s; every table once by COPY, some %u rows a "
		    "second, no lock but ACCESS SHARE",
		    (double)rows / ROWS_A_SECOND < 1 ? 1 : (double)rows / ROWS_A_SECOND,
		    ROWS_A_SECOND);
		print_load(json, (double)rows / ROWS_A_SECOND, 1, load);
	}
	if (json)
		emit_end(json);
	return rc;
}
