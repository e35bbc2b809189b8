/* Dead letters of a living Kubernaut: its streams in Redis or Valkey, read by XRANGE over hiredis
 * (reference: source-interfaces.md 8). Nothing is written, acknowledged or claimed. */
#ifndef SOURCE_REDIS_H
#define SOURCE_REDIS_H

#include "source/session.h"

struct redis;

/* redis:// or rediss:// */
bool redis_is(const char *arg);
/* redis://[[user][:password]@]host[:port][/database]; the password may stand in REDISCLI_AUTH
 * instead. NULL (e). */
struct redis *redis_open(const char *uri, struct err *e);
void redis_free(struct redis *r);
/* Without the password. */
const char *redis_label(const struct redis *r);
/* Entries of all streams. -1 (e). */
int redis_count(struct redis *r, uint64_t *ret, struct err *e);
/* Every message becomes a record. */
int read_redis(struct session *s, struct redis *r, struct err *e);

#endif
