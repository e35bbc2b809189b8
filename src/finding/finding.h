/*
 * src/finding/: what may be observed of evidence. finding.def has a row for each finding, with its
 * level, what it forces of the verdict, its meaning and what to do; finding.c keeps those that
 * were made, with place and innocent explanations. Who observes is src/archive, src/chain and
 * src/verify.
 *
 * Findings about evidence: what was observed, where, what the rule wants. Errors of the tool are
 * struct err, never a finding.
 */
#ifndef FINDING_FINDING_H
#define FINDING_FINDING_H

#include <string.h>

#include "base/buf.h"

enum finding_level { LEVEL_NOTE, LEVEL_GAP, LEVEL_UNREADABLE, LEVEL_ALARM, LEVELS };
extern const char *const level_name[LEVELS];

enum finding_id {
#define FINDING(id, class, level, forces, clause, meaning, todo, hand) F_##id,
#define SAYS(id, variant, sentence)
#include "finding/finding.def"
#undef SAYS
#undef FINDING
	FINDING_COUNT
};

/* The statements of a verdict. Completeness is three of them (judgement.md J-2). */
enum part {
	PART_INTEGRITY,
	PART_SEALED_HERE,
	PART_SOURCE_SEALED,
	PART_HAPPENED_SOURCE,
	PART_AUTHENTICITY,
	PART_TIME,
	PART_SEMANTICS,
	PARTS,
	PART_NONE = PARTS
};

enum state { STATE_PROVEN, STATE_DISPROVED, STATE_NOT_PROVEN, STATE_NOT_CHECKED };

/* A verdict in a word, and the words: the first six are the exit statuses that say so (O-1),
 * VERDICT_INTACT is of rows of the source. */
enum verdict_word {
	VERDICT_VERIFIED,
	VERDICT_ALTERED,
	VERDICT_INCOMPLETE,
	VERDICT_NOT_PROVEN,
	VERDICT_CONFLICT,
	VERDICT_UNREADABLE,
	VERDICT_INTACT,
	VERDICTS
};
extern const char *const verdict_name[VERDICTS];

/* What follows from a finding wherever it stands: at best this state of this part, at least this
 * status. */
struct forced {
	enum part part;
	enum state state;
	int status; /* of base/err.h; EX_OK: none */
};

/*
 * A sentence that a finding may be told by: one row of SAYS for each, below that of its finding. In
 * it {name} is a text, {name#} a number and {name?one:many} a word that depends on that number;
 * {name+before} is a text with what stands before it, and nothing where the text is empty.
 */
enum said {
#define FINDING(id, class, level, forces, clause, meaning, todo, hand)
#define SAYS(id, variant, sentence) id##_##variant,
#include "finding/finding.def"
#undef SAYS
#undef FINDING
	SAID_COUNT
};

struct said_info {
	enum finding_id id;
	const char *name, *sentence;
};

extern const struct said_info said_info[SAID_COUNT];

/* What stands for a {name}. A text is shown as it is: whoever gives one of others made it harmless
 * (base/text.h). */
struct value {
	bool is_number;
	uint64_t number;
	struct str text;
};

static inline struct value
value_number(uint64_t n)
{
	return (struct value){ true, n, { "", 0 } };
}
static inline struct value
value_text(const char *p, size_t n)
{
	return (struct value){ false, 0, { p ? p : "", p ? n : 0 } };
}
static inline struct value
value_string(const char *s)
{
	return value_text(s, s ? strlen(s) : 0);
}

/* The values of a sentence, in the order in which it names them first. */
#define NUM(n) value_number(n)
#define TEXT(s) value_string(s)
#define STR(p, n) value_text((const char *)(p), (n))
#define GIVING(...) \
	(const struct value[]){ __VA_ARGS__ }, \
	    sizeof((const struct value[]){ __VA_ARGS__ }) / sizeof(struct value)
#define GIVING_NOTHING NULL, 0

/* Where something stands. */
struct at {
	char text[64];
};
struct at at_block(uint64_t no);
struct at at_position(uint64_t position);
struct at at_index_page(uint64_t no);

struct finding_info {
	const char *id, *class, *clause, *meaning, *todo, *hand;
	enum finding_level level;
	struct forced forces;
};

extern const struct finding_info finding_info[FINDING_COUNT];

/* What could have led to an observation, and how the evidence stands to it. */
enum explained { EXPLAINED_FITS, EXPLAINED_RULED_OUT, EXPLAINED_CANNOT_TELL };

/* What may explain a finding: the rows of because.def, whose sentences are as those of SAYS. */
enum because {
#define BECAUSE(name, state, sentence) BECAUSE_##name,
#include "finding/because.def"
#undef BECAUSE
	BECAUSES
};

extern const struct because_info {
	const char *name;
	enum explained state;
	const char *sentence;
} because_info[BECAUSES];

extern const char *const explained_name[];

struct explanation {
	char *sentence; /* owned */
	enum explained state;
};

struct finding {
	enum finding_id id;
	unsigned file; /* which of the files given */
	/* owned; the last three may be NULL */
	char *place, *sentence, *expected, *found, *correlation;
	uint8_t (*event)[16];
	unsigned n_events;
	struct explanation explanation[12];
	unsigned n_explanations;
	/* owned: those that it is about, if more than one may be */
	char **correlations;
	unsigned n_correlations;
	uint64_t more_correlations; /* that were not named */
};

struct findings {
	struct finding *f;
	unsigned n, cap;
	uint64_t counted[FINDING_COUNT]; /* all, also those that were not kept */
	bool failed;                     /* no memory */
};

#define FINDINGS_KEPT 20000u /* of one id; more are only counted */

void findings_release(struct findings *l);
/* Adds one, told by one of its sentences; returns it to be completed, or NULL if it is only counted
 * (or there was no memory, which is noted). v: what the sentence names, n values. */
struct finding *finding_say(struct findings *l, enum said said, unsigned file, const char *place,
    const struct value *v, size_t n);
/* Appends a sentence. False: it names more than is given, or a text where a number is given; then
 * what is missing shows as "?". */
bool said_put(struct buf *out, enum said said, const struct value *v, size_t n);
/* The same of an explanation. */
bool because_put(struct buf *out, enum because because, const struct value *v, size_t n);
void finding_values(struct finding *f, const char *expected, const char *found);
/* The same of two digests of 32 bytes; of two numbers, with what they count ("" or " blocks"). */
void finding_digests(struct finding *f, const uint8_t expected[32], const uint8_t found[32]);
void finding_numbers(struct finding *f, uint64_t expected, uint64_t found, const char *unit);
void finding_correlation(struct finding *f, const char *p, size_t n);
/* One more correlation of a finding about several. */
void finding_names(struct findings *l, struct finding *f, const char *correlation);
void finding_event(struct findings *l, struct finding *f, const uint8_t id[16]);
/* Adds an explanation; at most 12. v: what its sentence names, n values. f NULL: nothing. */
void finding_explain(
    struct findings *l, struct finding *f, enum because because, const struct value *v, size_t n);
/* Gives a finding another id; it keeps its sentence. */
void finding_becomes(struct findings *l, struct finding *f, enum finding_id id);
/* Tells it by another sentence, and so perhaps as another finding. As finding_say. */
void finding_retell(
    struct findings *l, struct finding *f, enum said said, const struct value *v, size_t n);
/* Moves all findings of `from` behind those of `to`; those with the id FINDING_COUNT are
 * dropped. */
void findings_take(struct findings *to, struct findings *from);
unsigned findings_of_level(const struct findings *l, enum finding_level level);
/* Puts them in the order in which they are told: alarms first, of one level as they were made. */
void findings_by_level(struct findings *l);

#endif
