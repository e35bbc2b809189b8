/* Who acted: a person or a machine, and on whose word (formats/controls.md CT-1). */
#include "read/person.h"

#include <string.h>

static bool
is(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

bool
is_service(const char *actor_type)
{
	return is(actor_type, "service") || is(actor_type, "Service");
}

bool
is_machine(const char *actor_type, const char *actor)
{
	static const char *const type[] = { "system", "external", "gateway" };

	if (is_service(actor_type))
		return true;
	for (unsigned i = 0; i < sizeof type / sizeof *type; i++)
		if (is(actor_type, type[i]))
			return true;
	/* the one name of the cluster's own that stands for whoever holds its credentials */
	if (is(actor, "system:admin"))
		return false;
	return is(actor, "system") || (actor && strncmp(actor, "system:", 7) == 0);
}

const char *
short_account(const char *actor)
{
	static const char begins[] = "system:serviceaccount:";
	const char *colon;

	if (strncmp(actor, begins, sizeof begins - 1))
		return actor;
	colon = strrchr(actor + sizeof begins - 1, ':');
	return colon && colon[1] ? colon + 1 : actor;
}

void
put_person(struct buf *out, const char *by, const char *account)
{
	buf_str(out, by);
	if (account) {
		buf_str(out, " (asserted by ");
		buf_str(out, short_account(account));
		buf_byte(out, ')');
	}
}
