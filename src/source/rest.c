#include "json/emit.h"
#include "source/rest.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "source/rest_inner.h"

#define PIECE 262144u /* bytes handed to the reader at once */

bool
rest_is(const char *arg)
{
	return strncasecmp(arg, "https://", 8) == 0 || strncasecmp(arg, "http://", 7) == 0;
}

const char *
rest_label(const struct rest *r)
{
	return r->label;
}

bool
rest_is_old(const struct rest *r)
{
	return r->old;
}

uint64_t
rest_total(const struct rest *r)
{
	return r->total;
}

/* One row, to see what there is: the total that the server tells. */
static int
count(struct rest *r, const char *period, uint64_t *total, struct err *e)
{
	struct json_doc d;
	uint32_t m;
	int rc = rest_ask(r, 1, 0, period, e);

	if (rc)
		return -1;
	json_init(&d);
	rc = json_parse(&d, (char *)r->answer.p, r->answer.len, EX_JSON_DEPTH + 4);
	if (rc < 0)
		err_nomem(e);
	else if (rc || d.node[0].type != JSON_OBJECT ||
	    (m = json_member(&d, 0, "pagination")) == JSON_NONE || d.node[m].type != JSON_OBJECT ||
	    !json_u64(&d, m, "total", total) || json_member(&d, 0, "data") == JSON_NONE)
		rc = err_set(e, EX_DATA_ERR, "%s: the answer (%zu bytes) is %s", r->label,
		    r->answer.len, rest_not_an_answer(r));
	json_release(&d);
	return rc ? -1 : 0;
}

/* The service may stand behind a path (kubectl proxy, a gateway): what the API is called goes
 * behind it, unless it stands there. */
static int
api_path(CURLU *u, const char *path)
{
	size_t n = strlen(path), k = strlen(PATH);
	char *all;
	int rc;

	while (n && path[n - 1] == '/')
		n--;
	if (n >= k && memcmp(path + n - k, PATH, k) == 0)
		n -= k;
	if (asprintf(&all, "%.*s%s", (int)n, path, PATH) < 0)
		return -1;
	rc = curl_url_set(u, CURLUPART_PATH, all, 0) == CURLUE_OK ? 0 : -1;
	free(all);
	return rc;
}

/* Takes the address apart: user names and passwords in it are refused, a query is a filter. */
static int
take_url(struct rest *r, const char *url, struct err *e)
{
	CURLU *u = curl_url();
	char *path = NULL, *query = NULL, *user = NULL, *host = NULL, *scheme = NULL, *label = NULL;
	int rc = 0;

	if (u == NULL)
		return err_nomem(e);
	/* libcurl's own parser: the address is what libcurl will ask */
	if (curl_url_set(u, CURLUPART_URL, url, 0))
		rc = err_set(e, EX_USAGE_ERR, "%.300s: not an address", url);
	curl_url_get(u, CURLUPART_USER, &user, 0);
	curl_url_get(u, CURLUPART_QUERY, &query, 0);
	curl_url_get(u, CURLUPART_PATH, &path, 0);
	curl_url_get(u, CURLUPART_HOST, &host, 0);
	curl_url_get(u, CURLUPART_SCHEME, &scheme, 0);
	/* a password in an address ends up in logs and in this archive */
	if (rc == 0 && user)
		rc = err_set(e, EX_USAGE_ERR,
		    "a name or a password in the address: the server wants a bearer token "
		    "(--token-file FILE)");
	/* what this program asks by itself would be asked twice, and differently */
	if (rc == 0 && query &&
	    (strstr(query, "limit=") || strstr(query, "offset=") || strstr(query, "until=") ||
		strstr(query, "since=")))
		rc = err_set(e, EX_USAGE_ERR,
		    "limit, offset, since and until in the address: this program asks for pages by "
		    "itself (--since T, --until T)");
	/* the query is a filter, which is kept and sealed apart from the address */
	curl_url_set(u, CURLUPART_QUERY, NULL, 0);
	curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
	if (rc == 0 && api_path(u, path ? path : "/"))
		rc = err_nomem(e);
	if (rc == 0 && curl_url_get(u, CURLUPART_URL, &label, 0))
		rc = err_nomem(e);
	/* a token may cross a machine's own loopback in the clear, and nothing else */
	if (rc == 0) {
		r->filtered = query && *query;
		r->loopback = host &&
		    (strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
			strcmp(host, "[::1]") == 0);
		r->label = strdup(label);
		if (r->label == NULL ||
		    asprintf(
			&r->base, "%s?%s%s", label, query ? query : "", r->filtered ? "&" : "") < 0)
			rc = err_nomem(e);
		else if (strcmp(scheme, "https") && r->o.token_file && !r->loopback && !r->o.plain)
			/* refused before anything is sent */
			rc = err_set(e, EX_USAGE_ERR,
			    "%s: the token would cross the network in the clear; use https://, or "
			    "say --plain-http",
			    r->label);
	}
	curl_free(path);
	curl_free(query);
	curl_free(user);
	curl_free(host);
	curl_free(scheme);
	curl_free(label);
	curl_url_cleanup(u);
	return rc;
}

struct rest *
rest_open(const char *url, const struct rest_options *o, struct err *e)
{
	struct rest *r = calloc(1, sizeof *r);

	if (r == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) ||
	    (r->c = curl_easy_init()) == NULL) {
		err_nomem(e);
		goto fail;
	}
	r->o = *o;
	r->limit = REST_PAGE;
	buf_init(&r->token, TOKEN_MAX + 64);
	buf_init(&r->answer, ANSWER_MAX + 2u * CURL_MAX_WRITE_SIZE);
	if (take_url(r, url, e) || rest_prepare(r, e))
		goto fail;
	if (count(r, "", &r->total, e))
		goto fail;
	r->old = memmem(r->answer.p, r->answer.len, "\"retention_days\":0,", 19) != NULL;
	return r;
fail:
	rest_free(r);
	return NULL;
}

void
rest_free(struct rest *r)
{
	if (r == NULL)
		return;
	curl_easy_cleanup(r->c);
	curl_slist_free_all(r->header);
	buf_release(&r->token);
	buf_release(&r->answer);
	free(r->label);
	free(r->base);
	free(r);
}

int
rest_measure(struct rest *r, uint64_t *ret_bytes, double *ret_seconds, struct err *e)
{
	double began;
	int rc;

	while (began = rest_clock(), (rc = rest_ask(r, r->limit, 0, "", e)) == 1)
		r->limit = r->limit > 8 ? r->limit / 4 : 1;
	*ret_bytes = r->answer.len;
	*ret_seconds = rest_clock() - began;
	return rc;
}

/* The answer, piece by piece, for the reader of such answers. */
static ssize_t
more(void *arg, const void **ret, char why[400])
{
	struct rest *r = arg;
	size_t n = r->answer.len - r->sent;

	(void)why;
	n = n > PIECE ? PIECE : n;
	*ret = r->answer.p + r->sent;
	r->sent += n;
	return (ssize_t)n;
}

static void
put_time(struct buf *b, const char *name, int64_t us)
{
	if (us == INT64_MIN || us == INT64_MAX)
		return;
	buf_printf(b, "&%s=", name);
	utc_print(b, UTC_REST, us, 0);
}

/* One page into the session. 0, 1: the rows were too many for one answer, r->limit is smaller now;
 * -1 (e). */
static int
page(struct session *s, struct rest *r, uint64_t offset, int64_t until, struct err *e)
{
	struct stream *f;
	struct buf period;
	int rc;

	buf_init(&period, 256);
	put_time(&period, "since", s->since);
	put_time(&period, "until", until);
	buf_byte(&period, '\0');
	rc = period.failed ? err_nomem(e) : rest_ask(r, r->limit, offset, (char *)period.p, e);
	buf_release(&period);
	if (rc == 1)
		r->limit = r->limit > 8 ? r->limit / 4 : 1;
	if (rc)
		return rc;
	if (r->answer.len == 0 || r->answer.p[0] != '{')
		return err_set(e, EX_DATA_ERR, "%s: the answer (%zu bytes) is %s", r->label,
		    r->answer.len, rest_not_an_answer(r));
	r->sent = 0;
	s->in->page++;
	s->in->more = -1;
	if ((f = stream_of(r->label, more, r, e)) == NULL)
		return -1;
	rc = read_json(s, f, e);
	stream_free(f);
	return rc;
}

/* What of the server's rows is not here. beyond: dated after the end of the period that was asked
 * for. */
static void
tell_counts(struct session *s, const struct rest *r, uint64_t beyond, uint64_t within)
{
	struct input *in = s->in;
	char t[300];

	if (beyond && s->until == INT64_MAX) {
		snprintf(t, sizeof t,
		    "%" PRIu64 " events dated after this run began were not asked for: the next "
		    "export "
		    "has them",
		    beyond);
		input_lacks(in, t);
	}
	/* both numbers are sealed, also when they agree */
	input_compared(in, "total", NULL, within, in->onward);
	if (in->more == 0)
		input_compared(in, "has-more", NULL, ROWS_UNKNOWN, ROWS_UNKNOWN);
	/* fewer rows than the server counts are a lack with a number */
	if (within > in->onward)
		input_lacks_rows(in, LACK_FEWER, NULL, within - in->onward,
		    "the server counts %" PRIu64 " events, %" PRIu64 " were read one after the "
		    "other",
		    within, in->onward);
	else if (within < in->onward) {
		/* more can be: rows may come between two questions */
		snprintf(t, sizeof t,
		    "the server counts %" PRIu64 " events, %" PRIu64 " were read one after the "
		    "other",
		    within, in->onward);
		input_lacks(in, t);
	}
	/* a filter makes the rows of others missing on purpose */
	if (r->filtered)
		input_lacks_rows(in, LACK_FILTER, NULL, ROWS_UNKNOWN,
		    "only those events that the address asks for");
	/* pages are no snapshot, whatever the numbers say */
	input_lacks(in,
	    "one snapshot: an event stored while this was read, dated earlier than where the "
	    "reading stood, is not here (the next export has it)");
}

/* What the server said of itself and of the number of its rows (R-15 `service`). */
static int
facts(struct session *s, struct rest *r, int64_t until, uint64_t before, struct err *e)
{
	struct input *in = s->in;
	struct buf *b = &in->service, period;
	struct emit x;
	uint64_t within = 0, after = 0;
	int rc;

	/* counted again behind the last page: what came meanwhile is a difference, and not a
	 * loss */
	buf_init(&period, 256);
	put_time(&period, "since", s->since);
	buf_byte(&period, '\0');
	rc = count(r, (char *)period.p, &after, e);
	within = after;
	/* up to where this run asked */
	if (rc == 0 && until != INT64_MAX) {
		period.len--;
		put_time(&period, "until", until);
		buf_byte(&period, '\0');
		rc = count(r, (char *)period.p, &within, e);
	}
	buf_release(&period);
	if (rc)
		return rc;
	/* what was asked, so that somebody can ask again */
	emit_init(&x, b);
	emit_object(&x, NULL);
	emit_str(&x, "url", r->label);
	emit_str(&x, "filter", strchr(r->base, '?') + 1);
	emit_bool(&x, "tls", strncasecmp(r->label, "https", 5) == 0);
	emit_u64(&x, "requests", r->requests);
	emit_u64(&x, "retries", r->retries);
	emit_u64(&x, "pages", in->page);
	if (until == INT64_MAX)
		emit_null(&x, "until");
	else
		emit_time(&x, "until", until);
	emit_u64(&x, "total_before", before);
	emit_u64(&x, "total_after", after);
	emit_u64(&x, "within", within);
	emit_u64(&x, "onward", in->onward);
	emit_str(&x, "server_clock", r->clock);
	emit_end(&x);
	tell_counts(s, r, after > within ? after - within : 0, within);
	return b->failed ? err_nomem(e) : 0;
}

/*
 * Pages by `until`, not by number: rows that are stored meanwhile would shift those. Each page
 * begins with the time at which the last one ended; rows that come
 * again by that are repeats. A time that fills a whole page is passed by `offset`, a tenth of a
 * page back each time.
 */
int
read_rest(struct session *s, struct rest *r, struct err *e)
{
	struct input *in = s->in;
	int64_t until = s->until < s->asof ? s->until : s->asof, at = until;
	uint64_t offset = 0, before = r->total;

	in->oldest = INT64_MAX;
	for (;;) {
		uint64_t rows = in->rows, got;
		int rc = page(s, r, offset, at, e);

		if (rc < 0)
			return -1;
		if (rc)
			continue;
		got = in->rows - rows;
		if (in->more < 0)
			return err_set(e, EX_DATA_ERR,
			    "%s: answer %" PRIu64 " is not whole, or has no pagination", r->label,
			    in->page);
		if (got == 0 || in->more == 0)
			break;
		if (in->oldest < INT64_MAX - 1 && in->oldest + 1 < at) {
			at = in->oldest + 1;
			offset = 0;
		} else {
			offset += got - got / 10;
		}
	}
	return facts(s, r, until, before, e);
}
