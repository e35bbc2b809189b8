/* Who acted: a person or a machine, and on whose word (formats/controls.md CT-1). */
#ifndef READ_PERSON_H
#define READ_PERSON_H

#include <stdbool.h>

#include "base/buf.h"

/* Does the row's column say that a service acted? As some versions spell it, too. NULL: it does
 * not. */
bool is_service(const char *actor_type);

/*
 * A service account or a controller: never a person. actor_type: the row's column, NULL or ""
 * where a name is judged alone, as that of somebody whom a delegate acted for. The one place
 * that decides it.
 */
bool is_machine(const char *actor_type, const char *actor);

/* `apifrontend` of `system:serviceaccount:NAMESPACE:apifrontend`; any other name as it is. */
const char *short_account(const char *actor);

/*
 * Who decided, for people to read: `alice@example.com`; of a delegate `alice@example.com
 * (asserted by apifrontend)`, since only the service account was authenticated. Raw: text_plain
 * and its like are the caller's. by: the person; account: who wrote the record, NULL where
 * nobody acted for the person.
 */
void put_person(struct buf *out, const char *by, const char *account);

#endif
