#include "source/rest.h"

#include <ctype.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "source/layer.h"

#define PATH "/api/v1/audit/events"
#define ANSWER_MAX (64u << 20) /* bytes; of more, fewer rows are asked for */
#define PIECE 262144u          /* bytes handed to the reader at once */
/* seconds between requests: a fifth of what the server lets one address have */
#define EVERY 0.1
#define TRIES 9u        /* of one request */
#define WAIT_FIRST 0.25 /* seconds, then twice as long each time */
#define WAIT_MAX 30.0
#define TOKEN_MAX 65536u

struct rest {
	CURL *c;
	struct curl_slist *header;
	struct rest_options o;
	/* base: with PATH, and what is asked for in all requests behind ? */
	char *label, *base;
	bool filtered, old, loopback;
	struct buf token; /* as last read */
	struct buf answer;
	size_t sent;            /* of the answer, to the reader */
	bool too_long, reached; /* reached: it has answered once, so it is waited for */
	long status;
	/* seconds the server asked for; when the last request began */
	double wait_asked, last;
	char clock[64], why[CURL_ERROR_SIZE];
	uint64_t requests, retries, total;
	unsigned limit;
};

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

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool
stopped(const struct rest *r)
{
	return r->o.stop && *r->o.stop;
}

static void
rest_for(const struct rest *r, double seconds)
{
	for (double end = now() + seconds; now() < end && !stopped(r);)
		nanosleep(&(struct timespec){ 0, 20000000 }, NULL);
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct rest *r = arg;

	buf_put(&r->answer, p, size * n);
	r->too_long = r->answer.len > ANSWER_MAX;
	return r->answer.failed || r->too_long ? 0 : size * n;
}

static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	struct rest *r = arg;
	size_t len = size * n;

	if (len > 6 && strncasecmp(p, "date: ", 6) == 0) {
		while (len > 6 && isspace((unsigned char)p[len - 1]))
			len--;
		snprintf(
		    r->clock, sizeof r->clock, "%.*s", (int)(len - 6 > 60 ? 60 : len - 6), p + 6);
	}
	return size * n;
}

static int
on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)a, (void)b, (void)c, (void)d;
	return stopped(arg);
}

/* The token's file into the request's header. 1: it is another than before; 0: the same, or there
 * is none; -1 (e). */
static int
load_token(struct rest *r, struct err *e)
{
	struct buf t;
	struct curl_slist *h;
	ssize_t n;
	int fd, rc = 0;

	if (r->o.token_file == NULL)
		return 0;
	if ((fd = open(r->o.token_file, O_RDONLY | O_CLOEXEC)) < 0)
		return err_errno(e, "%s", r->o.token_file);
	buf_init(&t, TOKEN_MAX + 64);
	buf_str(&t, "Authorization: Bearer ");
	do {
		char piece[4096];

		if ((n = read(fd, piece, sizeof piece)) > 0)
			buf_put(&t, piece, (size_t)n);
	} while (n > 0 && !t.failed);
	close(fd);
	while (t.len && isspace(t.p[t.len - 1]))
		t.len--;
	for (size_t i = 22; i < t.len; i++)
		if (t.p[i] < 0x21 || t.p[i] > 0x7e)
			t.failed = true;
	if (n < 0 || t.failed || t.len < 23) {
		buf_release(&t);
		return err_set(e, EX_DATA_ERR,
		    "%s: not a bearer token (one line of printable characters)", r->o.token_file);
	}
	buf_byte(&t, '\0');
	if (r->token.len == t.len && memcmp(r->token.p, t.p, t.len) == 0) {
		buf_release(&t);
		return 0;
	}
	buf_release(&r->token);
	r->token = t;
	h = curl_slist_append(NULL, "Accept: application/json");
	if (h == NULL || t.failed || curl_slist_append(h, (char *)t.p) == NULL)
		rc = err_nomem(e);
	curl_slist_free_all(r->header);
	r->header = h;
	curl_easy_setopt(r->c, CURLOPT_HTTPHEADER, h);
	return rc ? rc : 1;
}

/* `title: detail` of an answer that says what is wrong (RFC 7807). */
static void
problem(struct rest *r, char out[300])
{
	static const char *const member[] = { "title", "detail" };
	struct json_doc d;

	out[0] = '\0';
	json_init(&d);
	if (r->answer.len < 65536 && json_parse(&d, (char *)r->answer.p, r->answer.len, 16) == 0 &&
	    d.node[0].type == JSON_OBJECT)
		for (unsigned i = 0; i < 2; i++) {
			uint32_t m = json_member(&d, 0, member[i]);

			if (m != JSON_NONE && d.node[m].type == JSON_STRING)
				snprintf(out + strlen(out), 300 - strlen(out), ": %.*s",
				    (int)(d.node[m].str_len > 140 ? 140 : d.node[m].str_len),
				    json_str(&d, m));
		}
	json_release(&d);
}

/* The request could not be answered, and asking again would not help. */
static int
refused(struct rest *r, CURLcode rc, struct err *e)
{
	char said[300];
	const char *what;

	if (stopped(r))
		return err_set(e, EX_OS_ERR, "interrupted");
	if (rc != CURLE_OK)
		return err_set(e, EX_IO_ERR, "%s: %s%s", r->label,
		    r->why[0] ? r->why : curl_easy_strerror(rc),
		    rc == CURLE_PEER_FAILED_VERIFICATION ? " (the cluster's authority: --ca-file "
							   "FILE)" :
							   "");
	problem(r, said);
	what = r->status == 401 && r->o.token_file == NULL ? " (--token-file FILE)" :
	    r->status == 401     ? " (the token is not accepted: expired?)" :
	    r->status == 403     ? " (the token's account needs: get on services "
				   "data-storage-service)" :
	    r->status == 404     ? " (is this Kubernaut's data storage service?)" :
	    r->status / 100 == 3 ? " (a redirection is not followed: the token would go with it)" :
				   "";
	return err_set(e,
	    r->status == 401 || r->status == 403         ? EX_NO_PERM :
		r->status / 100 == 5 || r->status == 429 ? EX_IO_ERR :
							   EX_DATA_ERR,
	    "%s: the server answers %ld%s%s", r->label, r->status, said, what);
}

static bool
passing(CURLcode rc, long status)
{
	if (rc == CURLE_OK)
		return status == 408 || status == 429 || status == 500 || status == 502 ||
		    status == 503 || status == 504;
	return rc == CURLE_COULDNT_RESOLVE_HOST || rc == CURLE_COULDNT_CONNECT ||
	    rc == CURLE_OPERATION_TIMEDOUT || rc == CURLE_GOT_NOTHING || rc == CURLE_RECV_ERROR ||
	    rc == CURLE_SEND_ERROR || rc == CURLE_PARTIAL_FILE || rc == CURLE_HTTP2 ||
	    rc == CURLE_HTTP2_STREAM || rc == CURLE_SSL_CONNECT_ERROR;
}

/* One request, not sooner than the last one allows. */
static CURLcode
send_request(struct rest *r, const char *url)
{
	curl_off_t asked = 0;
	CURLcode rc;

	rest_for(r, r->last + EVERY - now());
	r->last = now();
	buf_clear(&r->answer);
	r->too_long = false;
	r->why[0] = '\0';
	r->status = 0;
	r->requests++;
	curl_easy_setopt(r->c, CURLOPT_URL, url);
	rc = curl_easy_perform(r->c);
	curl_easy_getinfo(r->c, CURLINFO_RESPONSE_CODE, &r->status);
	curl_easy_getinfo(r->c, CURLINFO_RETRY_AFTER, &asked);
	r->wait_asked = asked > 60 ? 60 : (double)asked;
	return rc;
}

/* Proxies pack answers though nobody asked for that, and some do not say so. -1: longer than an
 * answer may be. */
static int
unpack_answer(struct rest *r)
{
	static const size_t room[] = { 1u << 20, 8u << 20, ANSWER_MAX };
	unsigned char *p;
	ssize_t n = -1;

	if (r->answer.len < 18 || r->answer.p[0] != 0x1f || r->answer.p[1] != 0x8b)
		return 0;
	for (unsigned i = 0; i < 3 && n < 0; i++) {
		if ((p = malloc(room[i])) == NULL)
			return -1;
		if ((n = layer_gunzip(r->answer.p, r->answer.len, p, room[i])) >= 0) {
			buf_clear(&r->answer);
			buf_put(&r->answer, p, (size_t)n);
		}
		free(p);
	}
	return n < 0 ? -1 : 0;
}

/* What came instead of an answer of the API. */
static const char *
not_an_answer(const struct rest *r)
{
	size_t i = 0;

	while (i < r->answer.len && isspace(r->answer.p[i]))
		i++;
	if (i < r->answer.len && r->answer.p[i] == '<')
		return "HTML, such as a login page, and no JSON: a proxy stands in between and "
		       "wants somebody to log in (--token-file FILE), or the address is another "
		       "service's";
	if (i + 1 < r->answer.len && r->answer.p[i] == 0x1f && r->answer.p[i + 1] == 0x8b)
		return "gzip that cannot be unpacked";
	return "not an answer of GET " PATH ": is this Kubernaut's data storage service?";
}

/* Asks until there is an answer. 0: r->answer; 1: fewer rows must be asked for; -1 (e). */
static int
ask(struct rest *r, unsigned limit, uint64_t offset, const char *period, struct err *e)
{
	double wait = WAIT_FIRST;
	bool renewed = false;
	char *url;
	int ret = -1;

	if (asprintf(&url, "%slimit=%u&offset=%llu%s", r->base, limit, (unsigned long long)offset,
		period) < 0)
		return err_nomem(e);
	for (unsigned i = 1;; i++) {
		CURLcode rc = send_request(r, url);

		r->reached |= rc == CURLE_OK;
		if (rc == CURLE_OK && r->status == 200) {
			unpack_answer(r);
			ret = 0;
			break;
		}
		if (r->answer.failed) {
			err_nomem(e);
			break;
		}
		if (r->too_long && limit > 1) {
			ret = 1;
			break;
		}
		/* tokens of a pod are renewed in their file */
		if (rc == CURLE_OK && r->status == 401 && !renewed) {
			int t = load_token(r, e);

			renewed = true;
			if (t < 0)
				break;
			if (t) {
				r->retries++;
				continue;
			}
		}
		if (stopped(r) || r->too_long || i == TRIES || (!r->reached && i == 3) ||
		    !passing(rc, r->status)) {
			refused(r, rc, e);
			break;
		}
		/* its query has a limit of 10 s */
		if (i >= 2 && limit > 1 &&
		    (rc == CURLE_OPERATION_TIMEDOUT || r->status == 500 || r->status == 504)) {
			r->retries++;
			ret = 1;
			break;
		}
		r->retries++;
		rest_for(r, r->wait_asked > wait ? r->wait_asked : wait);
		wait = wait * 2 > WAIT_MAX ? WAIT_MAX : wait * 2;
	}
	free(url);
	return ret;
}

/* One row, to see what there is: the total that the server tells. */
static int
count(struct rest *r, const char *period, uint64_t *total, struct err *e)
{
	struct json_doc d;
	uint32_t m;
	int rc = ask(r, 1, 0, period, e);

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
		    r->answer.len, not_an_answer(r));
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
	if (curl_url_set(u, CURLUPART_URL, url, 0))
		rc = err_set(e, EX_USAGE_ERR, "%.300s: not an address", url);
	curl_url_get(u, CURLUPART_USER, &user, 0);
	curl_url_get(u, CURLUPART_QUERY, &query, 0);
	curl_url_get(u, CURLUPART_PATH, &path, 0);
	curl_url_get(u, CURLUPART_HOST, &host, 0);
	curl_url_get(u, CURLUPART_SCHEME, &scheme, 0);
	if (rc == 0 && user)
		rc = err_set(e, EX_USAGE_ERR,
		    "a name or a password in the address: the server wants a bearer token "
		    "(--token-file FILE)");
	if (rc == 0 && query &&
	    (strstr(query, "limit=") || strstr(query, "offset=") || strstr(query, "until=") ||
		strstr(query, "since=")))
		rc = err_set(e, EX_USAGE_ERR,
		    "limit, offset, since and until in the address: this program asks for pages by "
		    "itself (--since T, --until T)");
	curl_url_set(u, CURLUPART_QUERY, NULL, 0);
	curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
	if (rc == 0 && api_path(u, path ? path : "/"))
		rc = err_nomem(e);
	if (rc == 0 && curl_url_get(u, CURLUPART_URL, &label, 0))
		rc = err_nomem(e);
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
	if (take_url(r, url, e) || load_token(r, e) < 0)
		goto fail;
	curl_easy_setopt(r->c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(r->c, CURLOPT_FOLLOWLOCATION, 0L);
	/* asks for none, and unpacks what comes packed all the same */
	curl_easy_setopt(r->c, CURLOPT_ACCEPT_ENCODING, "identity");
	curl_easy_setopt(r->c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(r->c, CURLOPT_CONNECTTIMEOUT, 20L);
	/* the server itself gives up after 30 s */
	curl_easy_setopt(r->c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(r->c, CURLOPT_LOW_SPEED_TIME, 45L);
	curl_easy_setopt(r->c, CURLOPT_USERAGENT, "exhibit-export");
	curl_easy_setopt(r->c, CURLOPT_ERRORBUFFER, r->why);
	curl_easy_setopt(r->c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(r->c, CURLOPT_WRITEDATA, r);
	curl_easy_setopt(r->c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(r->c, CURLOPT_HEADERDATA, r);
	curl_easy_setopt(r->c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(r->c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(r->c, CURLOPT_XFERINFODATA, r);
	if (o->ca_file)
		curl_easy_setopt(r->c, CURLOPT_CAINFO, o->ca_file);
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

	while (began = now(), (rc = ask(r, r->limit, 0, "", e)) == 1)
		r->limit = r->limit > 8 ? r->limit / 4 : 1;
	*ret_bytes = r->answer.len;
	*ret_seconds = now() - began;
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
	rc = period.failed ? err_nomem(e) : ask(r, r->limit, offset, (char *)period.p, e);
	buf_release(&period);
	if (rc == 1)
		r->limit = r->limit > 8 ? r->limit / 4 : 1;
	if (rc)
		return rc;
	if (r->answer.len == 0 || r->answer.p[0] != '{')
		return err_set(e, EX_DATA_ERR, "%s: the answer (%zu bytes) is %s", r->label,
		    r->answer.len, not_an_answer(r));
	r->sent = 0;
	s->in->page++;
	s->in->more = -1;
	if ((f = stream_of(r->label, more, r, e)) == NULL)
		return -1;
	rc = read_json(s, f, e);
	stream_free(f);
	return rc;
}

/* What the server said of itself and of the number of its rows (R-15 `service`). */
static int
facts(struct session *s, struct rest *r, int64_t until, uint64_t before, struct err *e)
{
	struct input *in = s->in;
	struct buf *b = &in->service, period;
	uint64_t within = 0, after = 0, beyond;
	char t[300];
	int rc;

	buf_init(&period, 256);
	put_time(&period, "since", s->since);
	buf_byte(&period, '\0');
	rc = count(r, (char *)period.p, &after, e);
	within = after;
	if (rc == 0 && until != INT64_MAX) {
		period.len--;
		put_time(&period, "until", until);
		buf_byte(&period, '\0');
		rc = count(r, (char *)period.p, &within, e);
	}
	buf_release(&period);
	if (rc)
		return rc;
	buf_str(b, "{\"url\":");
	text_json(b, r->label, strlen(r->label));
	buf_str(b, ",\"filter\":");
	text_json(b, strchr(r->base, '?') + 1, strlen(strchr(r->base, '?') + 1));
	buf_printf(b, ",\"tls\":%s,\"requests\":%llu,\"retries\":%llu,\"pages\":%llu,\"until\":",
	    strncasecmp(r->label, "https", 5) ? "false" : "true", (unsigned long long)r->requests,
	    (unsigned long long)r->retries, (unsigned long long)in->page);
	if (until == INT64_MAX)
		buf_str(b, "null");
	else {
		buf_byte(b, '"');
		utc_print(b, UTC_REST, until, 0);
		buf_byte(b, '"');
	}
	buf_printf(b,
	    ",\"total_before\":%llu,\"total_after\":%llu,\"within\":%llu,\"onward\":%llu,\"server_"
	    "clock\":",
	    (unsigned long long)before, (unsigned long long)after, (unsigned long long)within,
	    (unsigned long long)in->onward);
	text_json(b, r->clock, strlen(r->clock));
	buf_byte(b, '}');
	beyond = after > within ? after - within : 0;
	if (beyond && s->until == INT64_MAX) {
		snprintf(t, sizeof t,
		    "%llu events dated after this run began were not asked for: the next export "
		    "has them",
		    (unsigned long long)beyond);
		input_lacks(in, t);
	}
	input_compared(in, "total", NULL, within, in->onward);
	if (in->more == 0)
		input_compared(in, "has-more", NULL, ROWS_UNKNOWN, ROWS_UNKNOWN);
	if (within > in->onward)
		input_lacks_rows(in, LACK_FEWER, NULL, within - in->onward,
		    "the server counts %llu events, %llu were read one after the other",
		    (unsigned long long)within, (unsigned long long)in->onward);
	else if (within < in->onward) {
		snprintf(t, sizeof t,
		    "the server counts %llu events, %llu were read one after the other",
		    (unsigned long long)within, (unsigned long long)in->onward);
		input_lacks(in, t);
	}
	if (r->filtered)
		input_lacks_rows(in, LACK_FILTER, NULL, ROWS_UNKNOWN,
		    "only those events that the address asks for");
	input_lacks(in,
	    "one snapshot: an event stored while this was read, dated earlier than where the "
	    "reading stood, is not here (the next export has it)");
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
			    "%s: answer %llu is not whole, or has no pagination", r->label,
			    (unsigned long long)in->page);
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
