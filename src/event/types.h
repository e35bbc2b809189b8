/* Event types of the source by number: types.def, the one place that spells them. */
#ifndef EVENT_TYPES_H
#define EVENT_TYPES_H

#include "event/event.h"

/* In the order of the source's catalogue; EVENT_TYPES: a type that no clause knows. */
enum event_type {
#define TYPE(id, name, older, does, stage, told, sentence) ET_##id,
#include "event/types.def"
#undef TYPE
	EVENT_TYPES
};

/* What an event of a type does to its remediation. */
enum event_does {
	DOES_NOTHING,
	DOES_BEGINS,
	DOES_STARTS,
	DOES_MOVES,
	DOES_BLOCKS,
	DOES_VERIFIES,
	DOES_ENDS,
	DOES_ANALYSES,
	DOES_NOTIFIES
};

struct event_type_info {
	const char *name;
	const char *older; /* names, blanks between; "" if there are none */
	enum event_does does;
	const char *stage; /* of a story, for people */
	bool in_short;     /* worth a line of the short story */
	/* types.def says what stands in braces; NULL: told as unknown */
	const char *sentence;
};

/* The last one, [EVENT_TYPES], is that of unknown types; its name is "". */
extern const struct event_type_info event_type_info[EVENT_TYPES + 1];

/* By today's name or an older one; *ret_older (may be NULL) tells which. Of any thread. */
enum event_type event_type_of(const char *name, size_t n, bool *ret_older);
/* Today's name of a type, or the name itself where it is unknown. */
const char *event_type_now(const char *name);
/* Does an event of this type make its correlation a remediation? */
bool event_type_remediates(struct str type);

#endif
