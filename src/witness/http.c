#include "witness/http.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define CONNECT_SECONDS 10L
#define WHOLE_SECONDS 30L

struct asking {
	struct http_answer *a;
	const struct http_options *o;
	bool too_long;
};

int
http_address(const char *url, struct err *e)
{
	const char *host;

	if (strncasecmp(url, "http://", 7) && strncasecmp(url, "https://", 8))
		return err_set(
		    e, EX_USAGE_ERR, "%.200s: want an address http://… or https://…", url);
	host = strstr(url, "//") + 2;
	/* addresses are sealed and stored: nothing secret may stand in one */
	if (memchr(host, '@', strcspn(host, "/?#")))
		return err_set(e, EX_USAGE_ERR,
		    "an address with a name or password before @ is not asked: addresses are "
		    "sealed");
	if (*host == '\0' || *host == '/' || strpbrk(host, "?#") || strlen(url) > 1000)
		return err_set(e, EX_USAGE_ERR,
		    "%.200s: want an address with a host, without ? and #, of 1,000 characters at "
		    "most",
		    url);
	for (const char *p = url; *p; p++)
		if ((unsigned char)*p <= 0x20 || (unsigned char)*p >= 0x7f)
			return err_set(e, EX_USAGE_ERR,
			    "%.200s: want an address of printable ASCII without blanks", url);
	return 0;
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct asking *x = arg;

	if (x->a->body.len + size * n > ANSWER_MAX) {
		x->too_long = true;
		return 0;
	}
	buf_put(&x->a->body, p, size * n);
	return x->a->body.failed ? 0 : size * n;
}

static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	static const char name[] = "content-type:";
	struct asking *x = arg;
	size_t len = size * n, i = sizeof name - 1, o = 0;

	if (len < i || strncasecmp(p, name, i))
		return len;
	while (i < len && isblank((unsigned char)p[i]))
		i++;
	for (; i < len && o + 1 < sizeof x->a->type && strchr("; \r\n", p[i]) == NULL; i++)
		x->a->type[o++] = (char)tolower((unsigned char)p[i]);
	x->a->type[o] = '\0';
	return len;
}

static int
on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct asking *x = arg;

	(void)a, (void)b, (void)c, (void)d;
	return x->o->stop && *x->o->stop;
}

static void
set_options(CURL *c, struct asking *x, struct curl_slist *header, const void *p, size_t n)
{
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	/* what is asked of one address is told to no other */
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, WHOLE_SECONDS);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "exhibit-export");
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, header);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)n);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, p);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, x);
	if (x->o->ca_file)
		curl_easy_setopt(c, CURLOPT_CAINFO, x->o->ca_file);
}

int
http_post(struct http_answer *a, const char *url, const char *path, const char *type, const void *p,
    size_t n, const struct http_options *o, struct err *e)
{
	struct asking x = { .a = a, .o = o };
	struct curl_slist *header = NULL, *more;
	char whole[1100], said[CURL_ERROR_SIZE] = "", head[120];
	size_t url_len = strlen(url);
	CURL *c = curl_easy_init();
	CURLcode rc;

	memset(a, 0, sizeof *a);
	buf_init(&a->body, ANSWER_MAX + 1);
	while (*path && url_len && url[url_len - 1] == '/')
		url_len--;
	snprintf(whole, sizeof whole, "%.*s%s", (int)url_len, url, path);
	snprintf(head, sizeof head, "Content-Type: %s", type);
	if ((header = curl_slist_append(NULL, head)) != NULL &&
	    (more = curl_slist_append(header, "Expect:")) != NULL)
		header = more;
	if (c == NULL || header == NULL) {
		curl_slist_free_all(header);
		curl_easy_cleanup(c);
		return err_nomem(e);
	}
	curl_easy_setopt(c, CURLOPT_URL, whole);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, said);
	set_options(c, &x, header, p, n);
	rc = curl_easy_perform(c);
	/* of an answer that was cut, its status counts for nothing */
	if (rc == CURLE_OK)
		curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &a->status);
	else if (x.too_long)
		snprintf(a->why, sizeof a->why, "its answer is longer than %u bytes", ANSWER_MAX);
	else
		snprintf(a->why, sizeof a->why, "%.200s%s", said[0] ? said : curl_easy_strerror(rc),
		    rc == CURLE_PEER_FAILED_VERIFICATION ? " (its authority: --ca-file FILE)" : "");
	curl_slist_free_all(header);
	curl_easy_cleanup(c);
	if (o->stop && *o->stop)
		return err_set(e, EX_OS_ERR, "interrupted");
	return a->body.nomem ? err_nomem(e) : 0;
}

void
http_release(struct http_answer *a)
{
	buf_release(&a->body);
}
