/* Between rest.c, which asks for events and facts, and rest_http.c, which makes requests. */
#ifndef SOURCE_REST_INNER_H
#define SOURCE_REST_INNER_H

#include <curl/curl.h>

#include "base/buf.h"
#include "source/rest.h"

#define PATH "/api/v1/audit/events"
#define ANSWER_MAX (64u << 20) /* bytes; of more, fewer rows are asked for */
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

/* Seconds of a clock that nobody sets. */
double rest_clock(void);
/* Options of all requests, and the token. -1 (e). */
int rest_prepare(struct rest *r, struct err *e);
/* Asks until there is an answer. 0: r->answer; 1: fewer rows must be asked for; -1 (e). */
int rest_ask(struct rest *r, unsigned limit, uint64_t offset, const char *period, struct err *e);
/* What came instead of an answer of the API. */
const char *rest_not_an_answer(const struct rest *r);

#endif
