/* What a person had before them who was asked for an approval. */
#include "approval/facts.h"
#include "json/json.h"
#include "read/story.h"

struct str
facts_shown(const struct facts *f, bool *told)
{
	struct moment *m = f->shown < 0 ? NULL : &f->s->m[f->shown];
	const struct json_doc *d = m ? moment_payload(m) : NULL;
	uint32_t body = d ? event_member(d, "body") : JSON_NONE;

	*told = m != NULL;
	if (body == JSON_NONE || d->node[body].type != JSON_STRING)
		return (struct str){ NULL, 0 };
	return (struct str){ json_str(d, body), d->node[body].str_len };
}
