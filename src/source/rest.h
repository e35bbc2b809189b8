/* GET /api/v1/audit/events of a living Kubernaut, over libcurl (reference: source-interfaces.md 3,
 * 4). */
#ifndef SOURCE_REST_H
#define SOURCE_REST_H

#include "source/session.h"

#define REST_PAGE 1000u /* events, the server's own limit */

struct rest;

struct rest_options {
	/* bearer token; read again when the server refuses it. NULL: none */
	const char *token_file;
	const char *ca_file;      /* PEM. NULL: the system's authorities */
	bool plain;               /* the token may go to another machine without TLS */
	volatile const int *stop; /* set by a signal; NULL: nobody stops it */
};

/* http:// or https:// */
bool rest_is(const char *arg);
/* Asks for one event, so that address, certificate and token are known to be good. NULL (e): they
 * are not. options is borrowed. */
struct rest *rest_open(const char *url, const struct rest_options *o, struct err *e);
void rest_free(struct rest *r);
/* The address, without what stood behind ? in it. */
const char *rest_label(const struct rest *r);
/* A server up to v1.4, which leaves hashed columns unread. */
bool rest_is_old(const struct rest *r);
/* Events that it says it holds. */
uint64_t rest_total(const struct rest *r);

/* Bytes and seconds of the newest page. */
int rest_measure(struct rest *r, uint64_t *ret_bytes, double *ret_seconds, struct err *e);

/* All pages, newest first; fills s->in, `service` included. */
int read_rest(struct session *s, struct rest *r, struct err *e);

#endif
