/* Members of payloads under the names that older versions wrote (members.def). */
#include <string.h>

#include "read/story.h"

static const struct {
	const char *now, *was;
} member[] = {
#define MEMBER(now, was) { now, was },
#include "read/members.def"
#undef MEMBER
};

uint32_t
event_member(const struct json_doc *d, const char *path)
{
	/* until January 2026: {"gateway":{…}} */
	static const char *const wrapper[] = { "gateway", "orchestrator" };
	uint32_t root = 0, k;

	if (d->node[0].type == JSON_OBJECT && d->node[0].count == 1)
		for (unsigned i = 0; i < 2 && root == 0; i++)
			if ((k = json_member(d, 0, wrapper[i])) != JSON_NONE &&
			    d->node[k].type == JSON_OBJECT)
				root = k;
	if ((k = json_path(d, root, path)) != JSON_NONE)
		return k;
	for (size_t i = 0; i < sizeof member / sizeof *member; i++)
		if (strcmp(member[i].now, path) == 0)
			return json_path(d, root, member[i].was);
	return JSON_NONE;
}
