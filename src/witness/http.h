/*
 * src/witness/: what is asked of others about a sealed file, over the network (exporter alone):
 * http.h is one question and its answer, witness.h speaks with a witness of the log.
 */
#ifndef WITNESS_HTTP_H
#define WITNESS_HTTP_H

#include "base/buf.h"
#include "base/err.h"

#define ANSWER_MAX 65536u /* bytes of one answer */

struct http_options {
	const char *ca_file;      /* authorities for https, PEM; NULL: the system's */
	volatile const int *stop; /* becomes true when the run is to end; NULL: never */
};

struct http_answer {
	long status;     /* 0: none came */
	struct buf body; /* owned */
	char type[100];  /* Content-Type, lower case, without what stands behind a semicolon */
	char why[300];   /* status 0: what went wrong */
};

/* Can such an address be asked? http or https, without a password, a query or a fragment. 0 or -1
 * (e: 64). */
int http_address(const char *url, struct err *e);
/*
 * Posts n bytes to URL/path (path may be ""; no slash is doubled). Follows no redirection, waits 30
 * seconds at most. 0, whatever came; -1 the tool failed (e). ret is to be released in any case.
 */
int http_post(struct http_answer *ret, const char *url, const char *path, const char *type,
    const void *p, size_t n, const struct http_options *o, struct err *e);
void http_release(struct http_answer *a);

#endif
