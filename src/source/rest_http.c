/* One request after the other to the service: pace, retries, tokens, what is no answer. */
#include <ctype.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "source/layer.h"
#include "source/rest_inner.h"

/* seconds between requests: a fifth of what the server lets one address have */
#define EVERY 0.1
#define TRIES 9u        /* of one request */
#define WAIT_FIRST 0.25 /* seconds, then twice as long each time */
#define WAIT_MAX 30.0

double
rest_clock(void)
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
	for (double end = rest_clock() + seconds; rest_clock() < end && !stopped(r);)
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

	/* read anew each time: a pod's token is renewed in its file */
	if (r->o.token_file == NULL)
		return 0;
	if ((fd = open(r->o.token_file, O_RDONLY | O_CLOEXEC)) < 0)
		return err_errno(e, "%s", r->o.token_file);
	buf_init(&t, TOKEN_MAX + 64);
	buf_str(&t, "Authorization: Bearer ");
	/* bounded: a wrong file must not be sent as a header */
	do {
		char piece[4096];

		if ((n = read(fd, piece, sizeof piece)) > 0)
			buf_put(&t, piece, (size_t)n);
	} while (n > 0 && !t.failed);
	close(fd);
	/* editors put a line end behind it */
	while (t.len && isspace(t.p[t.len - 1]))
		t.len--;
	/* a line end inside would begin another header */
	for (size_t i = 22; i < t.len; i++)
		if (t.p[i] < 0x21 || t.p[i] > 0x7e)
			t.failed = true;
	/* 22 bytes are the header's own */
	if (n < 0 || t.failed || t.len < 23) {
		buf_release(&t);
		return err_set(e, EX_DATA_ERR,
		    "%s: not a bearer token (one line of printable characters)", r->o.token_file);
	}
	buf_byte(&t, '\0');
	/* the same token again would be refused again */
	if (r->token.len == t.len && memcmp(r->token.p, t.p, t.len) == 0) {
		buf_release(&t);
		return 0;
	}
	buf_release(&r->token);
	r->token = t;
	/* the header is replaced as a whole: libcurl keeps a pointer to the list */
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

	rest_for(r, r->last + EVERY - rest_clock());
	r->last = rest_clock();
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

const char *
rest_not_an_answer(const struct rest *r)
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

int
rest_ask(struct rest *r, unsigned limit, uint64_t offset, const char *period, struct err *e)
{
	double wait = WAIT_FIRST;
	bool renewed = false;
	char *url;
	int token, ret = -1;

	if (asprintf(&url, "%slimit=%u&offset=%" PRIu64 "%s", r->base, limit, offset, period) < 0)
		return err_nomem(e);
	/* until it answers, is refused for good, or the tries are over */
	for (unsigned i = 1;; i++) {
		CURLcode rc = send_request(r, url);

		r->reached |= rc == CURLE_OK;
		/* the only answer that counts */
		if (rc == CURLE_OK && r->status == 200) {
			unpack_answer(r);
			ret = 0;
			break;
		}
		/* want of memory is no failure of the server */
		if (r->answer.failed) {
			err_nomem(e);
			break;
		}
		/* the page is too long for its bound: the caller asks for fewer rows */
		if (r->too_long && limit > 1) {
			ret = 1;
			break;
		}
		/* tokens of a pod are renewed in their file */
		if (rc == CURLE_OK && r->status == 401 && !renewed) {
			renewed = true;
			if ((token = load_token(r, e)) < 0)
				break;
			r->retries += token > 0;
			if (token)
				continue;
		}
		/* what a second try would not change, and where nothing answered from the first
		 * on */
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
		/* a server that says how long to wait is waited for; else twice as long each
		 * time */
		r->retries++;
		rest_for(r, r->wait_asked > wait ? r->wait_asked : wait);
		wait = wait * 2 > WAIT_MAX ? WAIT_MAX : wait * 2;
	}
	free(url);
	return ret;
}

int
rest_prepare(struct rest *r, struct err *e)
{
	if (load_token(r, e) < 0)
		return -1;
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
	if (r->o.ca_file)
		curl_easy_setopt(r->c, CURLOPT_CAINFO, r->o.ca_file);
	return 0;
}
