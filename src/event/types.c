#include "event/types.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define STAGE_SIGNAL "Signal"
#define STAGE_PROCESSING "Processing"
#define STAGE_ANALYSIS "Analysis"
#define STAGE_APPROVAL "Approval"
#define STAGE_ORCHESTRATION "Orchestration"
#define STAGE_EXECUTION "Execution"
#define STAGE_VERIFICATION "Verification"
#define STAGE_NOTIFICATION "Notification"
#define STAGE_CONFIGURATION "Configuration"
#define STAGE_CATALOG "Catalog"
#define STAGE_STORAGE "Storage"
#define STAGE_OTHER "Other"
#define TOLD_SHORT true
#define TOLD_LONG false

const struct event_type_info event_type_info[EVENT_TYPES + 1] = {
#define TYPE(id, name, older, does, stage, told, sentence) \
	{ name, older, DOES_##does, STAGE_##stage, TOLD_##told, sentence },
#include "event/types.def"
#undef TYPE
	{ "", "", DOES_NOTHING, STAGE_OTHER, true, NULL }
};

/* Every name, today's and older, sorted by its bytes; made once. */
#define NAMES (EVENT_TYPES + 64)
static struct name {
	const char *p;
	size_t n;
	enum event_type type;
	bool older;
} by_name[NAMES];
static size_t n_names;

static int
name_cmp(const char *a, size_t na, const char *b, size_t nb)
{
	int c = memcmp(a, b, na < nb ? na : nb);

	return c ? c : na < nb ? -1 : na > nb;
}

static int
by_bytes(const void *pa, const void *pb)
{
	const struct name *a = pa, *b = pb;

	return name_cmp(a->p, a->n, b->p, b->n);
}

static void
sort_names(void)
{
	for (unsigned t = 0; t < EVENT_TYPES; t++) {
		const char *p = event_type_info[t].name;

		by_name[n_names++] = (struct name){ p, strlen(p), (enum event_type)t, false };
		for (p = event_type_info[t].older; *p && n_names < NAMES; p += *p == ' ') {
			size_t n = strcspn(p, " ");

			by_name[n_names++] = (struct name){ p, n, (enum event_type)t, true };
			p += n;
		}
	}
	qsort(by_name, n_names, sizeof *by_name, by_bytes);
}

enum event_type
event_type_of(const char *p, size_t n, bool *ret_older)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct name key = { p, n, EVENT_TYPES, false };
	const struct name *found;

	pthread_once(&once, sort_names);
	found = bsearch(&key, by_name, n_names, sizeof *by_name, by_bytes);
	if (ret_older)
		*ret_older = found && found->older;
	return found ? found->type : EVENT_TYPES;
}

const char *
event_type_now(const char *name)
{
	enum event_type t = event_type_of(name, strlen(name), NULL);

	return t == EVENT_TYPES ? name : event_type_info[t].name;
}

bool
event_type_remediates(struct str type)
{
	static const char lifecycle[] = "orchestrator.lifecycle.";
	const size_t begins = sizeof lifecycle - 1;
	bool older;
	enum event_type t;

	/* also types of it that newer versions may bring */
	if (type.n > begins && memcmp(type.p, lifecycle, begins) == 0)
		return true;
	t = event_type_of(type.p, type.n, &older);
	return event_type_info[t].does == DOES_BEGINS && !older;
}
