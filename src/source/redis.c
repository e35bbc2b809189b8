#include "source/redis.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/text.h"

#define PORT 6379
#define CONNECT 20   /* seconds */
#define ANSWER 60    /* seconds */
#define ENTRIES 100u /* asked for at once; a message may have 5 MiB */

static const char *const stream_key[] = { "audit:dlq:events", "audit:dlq:notifications",
	"audit:dead-letter:events", "audit:dead-letter:notifications" };

#define STREAMS (sizeof stream_key / sizeof *stream_key)

struct redis {
	redisContext *c;
	char *label;
};

bool
redis_is(const char *arg)
{
	return strncasecmp(arg, "redis://", 8) == 0 || strncasecmp(arg, "rediss://", 9) == 0;
}

const char *
redis_label(const struct redis *r)
{
	return r->label;
}

static int
failed(struct redis *r, const char *doing, const redisReply *q, struct err *e)
{
	/* the library's word for it is that of the system call: resource temporarily unavailable */
	if (q == NULL && r->c && r->c->err == REDIS_ERR_IO &&
	    (errno == EAGAIN || errno == EWOULDBLOCK))
		return err_set(e, EX_IO_ERR,
		    "%s: %s: no answer within %d seconds: the server is busy or stopped, or none "
		    "of Redis listens there",
		    r->label ? r->label : "redis", doing, ANSWER);
	return err_set(e, EX_IO_ERR, "%s: %s: %.300s", r->label ? r->label : "redis", doing,
	    q        ? q->str :
		r->c ? r->c->errstr :
		       "out of memory");
}

/* NULL (e): the connection broke or the server refused. */
static redisReply *
command(struct redis *r, const char *doing, int n, const char **argv, struct err *e)
{
	redisReply *q = redisCommandArgv(r->c, n, argv, NULL);

	if (q && q->type != REDIS_REPLY_ERROR)
		return q;
	failed(r, doing, q, e);
	freeReplyObject(q);
	return NULL;
}

/* %41 and the like. */
static void
percent(char *s)
{
	char *out = s;

	for (; *s; s++) {
		unsigned char c;
		char hex[2] = { s[0] == '%' && s[1] ? s[1] : 0, s[0] == '%' && s[1] ? s[2] : 0 };

		for (unsigned i = 0; i < 2; i++)
			hex[i] = hex[i] >= 'A' && hex[i] <= 'F' ? (char)(hex[i] + 32) : hex[i];
		if (hex_to(hex, 2, &c) && c) {
			*out++ = (char)c;
			s += 2;
		} else {
			*out++ = *s;
		}
	}
	*out = '\0';
}

struct address {
	char *copy, *host, *user, *password, *database;
	int port;
};

static int
take_uri(const char *uri, struct address *a, struct err *e)
{
	char *p, *at, *slash, *colon;
	uint64_t port = PORT;

	/* no TLS here: redis-cli speaks it, and what it prints is an input */
	if (strncasecmp(uri, "rediss://", 9) == 0)
		return err_set(e, EX_USAGE_ERR,
		    "rediss:// is not spoken here; print the streams with redis-cli --tls … XRANGE "
		    "%s - + and hand in the file",
		    stream_key[0]);
	/* taken apart in place: the copy is what the parts point into */
	if ((a->copy = strdup(uri + 8)) == NULL)
		return err_nomem(e);
	p = a->copy;
	/* the last @: a password may hold one */
	if ((at = strrchr(p, '@')) != NULL) {
		*at = '\0';
		if ((colon = strchr(p, ':')) != NULL) {
			*colon = '\0';
			a->password = colon + 1;
			percent(a->password);
		}
		a->user = p;
		percent(a->user);
		p = at + 1;
	}
	if ((slash = strchr(p, '/')) != NULL) {
		*slash = '\0';
		a->database = slash + 1;
	}
	a->host = p;
	/* an IPv6 address has colons of its own */
	if (*p == '[' && (colon = strchr(p, ']')) != NULL) { /* IPv6 */
		*colon = '\0';
		a->host = p + 1;
		colon = colon[1] == ':' ? colon + 1 : NULL;
	} else {
		colon = strchr(p, ':');
	}
	/* a port of 0 is no port */
	if (colon) {
		*colon = '\0';
		if (!dec_u64(colon + 1, strlen(colon + 1), &port) || port == 0 || port > 65535)
			return err_set(e, EX_USAGE_ERR,
			    "redis://…: want a port from 1 to 65535, have %.20s", colon + 1);
	}
	if (*a->host == '\0')
		return err_set(e, EX_USAGE_ERR, "redis://…: no host");
	a->port = (int)port;
	return 0;
}

struct redis *
redis_open(const char *uri, struct err *e)
{
	struct redis *r = calloc(1, sizeof *r);
	struct address a = { .copy = NULL };
	const char *password;
	uint64_t n;

	if (r == NULL) {
		err_nomem(e);
		return NULL;
	}
	if (take_uri(uri, &a, e))
		goto fail;
	/* without the password: the label is sealed */
	if (asprintf(&r->label, "redis://%s%s%s:%d%s%s", a.user ? a.user : "",
		a.user && *a.user ? "@" : "", a.host, a.port, a.database && *a.database ? "/" : "",
		a.database ? a.database : "") < 0) {
		r->label = NULL;
		err_nomem(e);
		goto fail;
	}
	r->c = redisConnectWithTimeout(a.host, a.port, (struct timeval){ CONNECT, 0 });
	if (r->c == NULL || r->c->err ||
	    redisSetTimeout(r->c, (struct timeval){ ANSWER, 0 }) != REDIS_OK) {
		failed(r, "connecting", NULL, e);
		goto fail;
	}
	/* a password of the environment is not visible to others on the host, as one of the URI
	 * is */
	if ((password = a.password ? a.password : getenv("REDISCLI_AUTH")) != NULL) {
		const char *argv[] = { "AUTH", a.user && *a.user ? a.user : "default", password };
		redisReply *q = command(r, "AUTH", 3, argv, e);

		if (q == NULL)
			goto fail;
		freeReplyObject(q);
	}
	if (a.database && *a.database) {
		redisReply *q =
		    command(r, "SELECT", 2, (const char *[]){ "SELECT", a.database }, e);

		if (q == NULL)
			goto fail;
		freeReplyObject(q);
	}
	/* asked before anything is read: a wrong database has no streams */
	if (redis_count(r, &n, e))
		goto fail;
	free(a.copy);
	return r;
fail:
	free(a.copy);
	redis_free(r);
	return NULL;
}

void
redis_free(struct redis *r)
{
	if (r == NULL)
		return;
	if (r->c)
		redisFree(r->c);
	free(r->label);
	free(r);
}

int
redis_count(struct redis *r, uint64_t *ret, struct err *e)
{
	*ret = 0;
	for (unsigned i = 0; i < STREAMS; i++) {
		redisReply *q = command(r, "XLEN", 2, (const char *[]){ "XLEN", stream_key[i] }, e);

		if (q == NULL)
			return -1;
		*ret += q->type == REDIS_REPLY_INTEGER && q->integer > 0 ? (uint64_t)q->integer : 0;
		freeReplyObject(q);
	}
	return 0;
}

static bool
is_text(const redisReply *q)
{
	return q && (q->type == REDIS_REPLY_STRING || q->type == REDIS_REPLY_STATUS);
}

/* [id, [field, value, …]] */
static int
entry(struct session *s, const redisReply *q, const char *key, char last[64], struct err *e)
{
	const redisReply *id = q->type == REDIS_REPLY_ARRAY && q->elements == 2 ? q->element[0] :
										  NULL,
			 *fields = id ? q->element[1] : NULL;
	unsigned chunk = 0, found = 0;
	char place[160];
	int rc = 0;

	/* what the server sends is looked at before it is used: it may be no stream at all */
	if (!is_text(id) || id->len >= 60 || fields->type != REDIS_REPLY_ARRAY)
		return err_set(e, EX_DATA_ERR, "%s: an entry that is none of a stream", key);
	snprintf(last, 64, "%.*s", (int)id->len, id->str);
	snprintf(place, sizeof place, "%s %s", key, last);
	/* fields come in pairs; only `message` is an event */
	for (size_t i = 0; i + 1 < fields->elements && rc == 0; i += 2) {
		const redisReply *name = fields->element[i], *v = fields->element[i + 1];

		if (!is_text(name) || !is_text(v))
			return err_set(e, EX_DATA_ERR, "%s: a field that is no text", place);
		if (name->len != 7 || memcmp(name->str, "message", 7))
			continue;
		found++;
		if (v->len > EX_MAX_ROW)
			rc = session_reject(s, s->in->source, 0, v->str, v->len, &chunk, false,
			    place, "a message longer than the limit of 32 MiB", e);
		else
			rc =
			    dead_letter(s, NULL, key, last, strlen(last), v->str, v->len, place, e);
	}
	/* an entry without a message was put there by somebody else, and is kept */
	if (rc == 0 && found == 0)
		rc = session_reject(s, s->in->source, 0,
		    fields->elements > 1 ? fields->element[1]->str : "",
		    fields->elements > 1 ? fields->element[1]->len : 0, &chunk, false, place,
		    "not a message of the stream", e);
	return rc;
}

int
read_redis(struct session *s, struct redis *r, struct err *e)
{
	char count[16];

	snprintf(count, sizeof count, "%u", ENTRIES);
	for (unsigned i = 0; i < STREAMS; i++) {
		char last[64] = "", from[72];
		size_t n;

		/* in pieces, each from behind the last entry: the stream may be longer than
		 * memory */
		do {
			redisReply *q;
			int rc = 0;

			snprintf(from, sizeof from, "%s%s", last[0] ? "(" : "-", last);
			if ((q = command(r, "XRANGE", 6,
				 (const char *[]){
				     "XRANGE", stream_key[i], from, "+", "COUNT", count },
				 e)) == NULL)
				return -1;
			n = q->type == REDIS_REPLY_ARRAY ? q->elements : 0;
			/* a server that gives the same entry again would be asked for ever */
			for (size_t k = 0; k < n && rc == 0; k++) {
				char was[64];

				memcpy(was, last, sizeof was);
				rc = entry(s, q->element[k], stream_key[i], last, e);
				if (rc == 0 && strcmp(was, last) == 0)
					rc = err_set(e, EX_DATA_ERR,
					    "%s: %s: the stream does not go on", r->label,
					    stream_key[i]);
			}
			freeReplyObject(q);
			if (rc)
				return -1;
		} while (n);
	}
	return 0;
}
