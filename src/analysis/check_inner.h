/*
 * What the files of --check share (formats/analysis.md AN-16): a sentence in tokens, the facts of a
 * brief in tokens, the words that are known. Sentences and facts are read by the same code, so
 * that what the brief says itself is always found in it.
 */
#ifndef ANALYSIS_CHECK_INNER_H
#define ANALYSIS_CHECK_INNER_H

#include "analysis/inner.h"

#define CHECK_SENTENCE 8192u /* bytes of a sentence that is looked at */
#define CHECK_TOKENS 2048u   /* of it */
#define CHECK_CITES 64u      /* facts that one sentence may cite */
#define CHECK_FACTS 4096u    /* facts of the brief that are looked at */
#define CHECK_STEM 24u       /* bytes of a word's stem, its NUL with it */
#define CHECK_WORDS 512u     /* of one fact */
#define CHECK_WHY 8u         /* reasons that are told of one sentence */

enum dimension { DIM_NONE, DIM_TIME, DIM_SHARE, DIM_TOKENS, DIM_FOREIGN };

enum word_list {
	LIST_KNOWN,
	LIST_NEUTRAL,
	LIST_PAST,
	LIST_EVENT,
	LIST_NOT,
	LIST_MAYBE,
	LIST_CLAUSE,
	LIST_BEHIND,
	LIST_COUNTED,
	LIST_PLACE,
	LIST_ABBREVIATED,
	LIST_UNDO,
	LIST_ABOUT,
	LIST_MORE,
	LIST_LESS,
	LIST_BETWEEN,
	LIST_STAGE,
	LIST_ENGLISH,
	LIST_ACT,
	LIST_OUTCOME,
	LIST_PRESUMED,
	LIST_THING,
	LIST_LONGEST,
	LIST_DOES,
	LIST_AND,
	LIST_OTHERS,
	LIST_COMMON,
	LIST_GRADE,
	LIST_HELD,
	LIST_DIFFERENCE,
	LIST_SUM,
	LISTS
};

/* A number as it is written: mantissa / 10^decimals, times factor (of ms, of basis points). */
struct quantity {
	int64_t mantissa;
	unsigned decimals;
	enum dimension dim;
	int64_t factor;
	bool compound; /* of several units, which cut off instead of rounding */
	bool bare;     /* no unit stood beside it */
	unsigned step; /* of its last digit; 5 of 9.5, which was said as nine and a half; 0 is 1 */
	bool about;    /* "roughly" stood before it: zeros at its end are no digits */
	int bound;     /* 1: more than it, -1: less; 2, -2: or as much */
};

/* An instant, as much of it as is written. */
struct instant {
	bool day, year, clock;
	int32_t days;     /* since 1970, if day and year */
	unsigned md;      /* month * 32 + day */
	int64_t us;       /* of the day */
	int64_t grain_us; /* its last digit */
};

struct word;

enum token_kind {
	TOKEN_WORD,
	TOKEN_NAME, /* holds a digit, a dot, an inner capital, or stands in quotes */
	TOKEN_NUMBER,
	TOKEN_TIME,
	TOKEN_UNIT, /* a word that a number before it took */
	TOKEN_CITE
};

struct token {
	enum token_kind kind;
	const char *p; /* as it stands */
	unsigned n, clause;
	bool quoted, capital, first, opens; /* opens: a bracket or a mark stood before it */
	bool answers;                       /* a colon stood before it */
	char sign; /* `~`, `<`, `>` before it, or one of their kind; x: times; #: an ordinal; 0 */
	bool negated, maybe;      /* by its clause */
	const struct word *word;  /* what check.def says of it */
	char stem[CHECK_STEM];    /* of a word: without endings */
	char meaning[CHECK_STEM]; /* and of words of one meaning the first */
	struct quantity q;
	struct instant t;
	uint32_t cite;
	bool range; /* a citation that goes on from the one before */
};

struct tokens {
	struct token *t; /* CHECK_TOKENS of them */
	unsigned n;
	bool full;
};

/* check_words.c. A word of check.def; all zero: it is none. */
struct word {
	char word[CHECK_STEM]; /* lower case */
	uint32_t lists;        /* bits of enum word_list */
	enum dimension dim;
	int64_t factor;
	bool numeral;
	int64_t value;
	unsigned month; /* 0: none */
	unsigned part;  /* of a third it is 3; 0: no fraction */
	unsigned day;   /* of the week, Monday is 1; 0: none */
};
struct meaning {
	char stem[CHECK_STEM], of[CHECK_STEM];
};
struct lexicon {
	struct word *word; /* sorted, as the others */
	size_t n, cap;
	char (*stem)[CHECK_STEM]; /* of known English */
	size_t n_stems, stem_cap;
	char (*neutral)[CHECK_STEM]; /* of past forms that tell of no event */
	size_t n_neutral, neutral_cap;
	struct meaning *meaning;
	size_t n_meanings, meaning_cap;
	char (*own)[CHECK_STEM]; /* names of this brief, in lower case */
	size_t n_own, own_cap;
};
int lexicon_open(struct lexicon *x); /* -1: no memory; to be released in any case */
void lexicon_release(struct lexicon *x);
/* Never NULL. */
const struct word *lexicon_word(const struct lexicon *x, const char *p, size_t n);
/* Without endings; and of words of one meaning the first. */
void word_stem(const char *p, size_t n, char ret[CHECK_STEM]);
void word_meaning(const struct lexicon *x, const char *p, size_t n, char ret[CHECK_STEM]);
/* Is it English: in a list, or made as English makes words? */
bool lexicon_known(const struct lexicon *x, const char *p, size_t n);
/* Does a stem belong to a verb that tells of no event? */
bool lexicon_neutral(const struct lexicon *x, const char *stem);
bool word_number(const struct lexicon *x, const char *p, size_t n, int64_t *ret);
/* Names of the brief: added, -1: no memory; sorted; asked for. */
int lexicon_add_own(struct lexicon *x, const char *p, size_t n);
void lexicon_sort(struct lexicon *x);
bool lexicon_own(const struct lexicon *x, const char *p, size_t n);
/* Is it one of a list with blanks between? */
bool word_among(const char *list, const char *p, size_t n);
static inline bool
word_in(const struct word *w, enum word_list list)
{
	return w->lists >> list & 1;
}

/* check_tokens.c: a sentence, which stays borrowed, into tokens. */
void tokens_of(struct tokens *t, const struct lexicon *x, const char *p, size_t n);
/* check_numbers.c: a number, with the units that are part of it, or an instant; false: it is
 * none. */
bool number_of(const struct lexicon *x, const char *p, size_t n, struct quantity *q);
bool instant_of(const char *p, size_t n, struct instant *ret);
/* Numbers, units, months and phrases beside each other become one token. */
void tokens_join(struct tokens *t, const struct lexicon *x);
/* n of so many, said to the twentieth. */
void share_of(struct quantity *q, int64_t n, int64_t of);
/* Does what is written in a sentence say what is written in a fact? */
bool quantity_agrees(const struct quantity *said, const struct quantity *fact, bool tokens_named);
bool instant_agrees(const struct instant *said, const struct instant *fact);

/* check_facts.c */
struct texts {
	char (*t)[CHECK_STEM]; /* sorted */
	size_t n, cap;
};
struct fact {
	char about[64];       /* the path of its value */
	struct buf text;      /* sentence, value, event ids, in lower case */
	int truth;            /* 1 yes or more than none, 0 no or none, -1 neither */
	struct quantity *q;   /* numbers in its sentence */
	struct instant *when; /* instants in it */
	unsigned n_q, n_when;
	struct texts word,
	    said;           /* meanings of all of its words; stems of its value's, `!`: negated */
	struct texts topic; /* meanings of the words by which a sentence speaks of it */
};
struct apart_word {
	unsigned row, group;
	bool negated;
	char stem[CHECK_STEM];
};
struct facts_list {
	struct apart_word *apart;
	size_t n_apart, apart_cap;
	struct fact *f;
	size_t n;
	struct lexicon lexicon;
	struct tokens scratch;
	uint64_t budget; /* bytes that may still be looked through */
};
/* The facts of a brief in JSON. 0 or -1 (e). To be released in any case. */
int facts_list_open(struct facts_list *l, const char *brief, size_t n, struct err *e);
void facts_list_release(struct facts_list *l);
/* Does it have a text, in lower case, as whole words? begin: its first letters suffice. */
bool fact_holds(struct facts_list *l, const struct fact *f, const char *low, size_t n, bool begin);
bool texts_have(const struct texts *t, const char *text);

/* What is found out about one sentence, the worst last. */
enum sentence_state {
	SENTENCE_GROUNDED,
	SENTENCE_NOT_JUDGED,
	SENTENCE_UNCITED,
	SENTENCE_ABSENT,
	SENTENCE_CONTRADICTED,
	SENTENCE_NO_FACT,
	SENTENCE_STATES
};
extern const char *const sentence_state_name[SENTENCE_STATES];

struct verdict {
	enum sentence_state state;
	uint32_t cite[CHECK_CITES]; /* from 0, ascending */
	unsigned n_cites;
	struct buf why[CHECK_WHY];
	unsigned n_why;
	bool foreign;    /* not English: numbers and words are not looked at */
	bool exempt[64]; /* clauses that only say what is not in evidence */
};

static inline bool
spared(const struct verdict *v, const struct token *t)
{
	return t->clause < 64 && v->exempt[t->clause];
}

/* check_values.c: numbers, times, names and ids against the cited facts. */
void judge_values(struct facts_list *l, const struct tokens *t, struct verdict *v);
/* Does a fact have what a token says? unit: that of the number before, or NULL. */
bool fact_has(struct facts_list *l, const struct fact *f, const struct token *t,
    const struct quantity *unit, bool tokens_named);
/*
 * check_relations.c: what is said of two of the facts together: the time between them, which came
 * first, which is more, and to which of them something belongs.
 */
bool
between_facts(const struct facts_list *l, const struct verdict *v, const struct quantity *said);
/* The difference, the sum or the proportion of amounts that cited facts have, where the sentence
 * says that token i is one. */
bool
derived(const struct facts_list *l, const struct tokens *t, const struct verdict *v, unsigned i);
void judge_relations(struct facts_list *l, const struct tokens *t, struct verdict *v);
/* check_says.c: reads the APART rows, -1: no memory; what is said to have happened, and what it
 * excludes. */
int apart_words(struct facts_list *l);
void judge_statements(struct facts_list *l, const struct tokens *t, struct verdict *v);
/* check_text.c: each sentence of a text, with the line that it begins in; heading: of one, or a
 * row of a table. Until each() does not return 0. 0 or -1: no memory, or each() said so. */
typedef int sentence_fn(void *arg, const char *p, size_t n, uint64_t line, bool heading);
int sentences_each(struct lexicon *x, const char *p, size_t n, sentence_fn *each, void *arg);

/* check.c. Notes a reason; the worse state counts. NULL: no room for more, it is noted without. */
struct buf *verdict_add(struct verdict *v, enum sentence_state state);
/* A word of the text in a reason. */
static inline void
put_cited(struct buf *b, const char *p, size_t n)
{
	buf_byte(b, '"');
	buf_put(b, p, n);
	buf_byte(b, '"');
}

#endif
