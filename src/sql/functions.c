/* What a query may call, and the operator REGEXP, bounded in steps and memory. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sql/functions.h"

#define PATTERN_MAX 4096u
#define STEPS 1000000u  /* of matching one value */
#define HEAP_KIB 65536u /* for it */

static const char *const allowed[] = {
#define FUNCTION(name) name,
#include "sql/functions.def"
#undef FUNCTION
};

static int
by_name(const void *key, const void *member)
{
	return sqlite3_stricmp(key, *(const char *const *)member);
}

bool
function_may(const char *name)
{
	return name &&
	    bsearch(name, allowed, sizeof allowed / sizeof *allowed, sizeof *allowed, by_name);
}

struct pattern {
	pcre2_code *code;
	pcre2_match_data *match;
	pcre2_match_context *limits;
};

static void
pattern_free(void *arg)
{
	struct pattern *p = arg;

	pcre2_match_context_free(p->limits);
	pcre2_match_data_free(p->match);
	pcre2_code_free(p->code);
	free(p);
}

/* The pattern, compiled; NULL: the function has its error. */
static struct pattern *
compile(sqlite3_context *x, sqlite3_value *given)
{
	uint32_t flags = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
	const char *text = (const char *)sqlite3_value_text(given);
	size_t n = (size_t)sqlite3_value_bytes(given), at;
	struct pattern *p = calloc(1, sizeof *p);
	char why[160], said[240];
	int code;

	/* a pattern that is NULL finds nothing, and is no error */
	if (p == NULL || text == NULL) {
		free(p);
		sqlite3_result_error_nomem(x);
		return NULL;
	}
	/* bounded before it is compiled */
	if (n > PATTERN_MAX) {
		free(p);
		sqlite3_result_error(x, "REGEXP: the pattern is longer than 4096 bytes", -1);
		return NULL;
	}
	/* its error with the place, as its author counts */
	p->code = pcre2_compile((PCRE2_SPTR)text, n, flags, &code, &at, NULL);
	if (p->code == NULL) {
		pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof why);
		snprintf(said, sizeof said, "REGEXP: the pattern is none, at its character %zu: %s",
		    at + 1, why);
		sqlite3_result_error(x, said, -1);
		pattern_free(p);
		return NULL;
	}
	/* a match has its own bounds: a pattern may take for ever */
	p->match = pcre2_match_data_create_from_pattern(p->code, NULL);
	p->limits = pcre2_match_context_create(NULL);
	if (p->match == NULL || p->limits == NULL) {
		sqlite3_result_error_nomem(x);
		pattern_free(p);
		return NULL;
	}
	pcre2_set_match_limit(p->limits, STEPS);
	pcre2_set_heap_limit(p->limits, HEAP_KIB);
	return p;
}

/* value REGEXP pattern is regexp(pattern, value); null where one of them is. */
static void
regexp(sqlite3_context *x, int n, sqlite3_value **argv)
{
	struct pattern *p = sqlite3_get_auxdata(x, 0);
	const char *value;
	int rc;

	(void)n;
	if (sqlite3_value_type(argv[0]) == SQLITE_NULL ||
	    sqlite3_value_type(argv[1]) == SQLITE_NULL)
		return;
	if (p == NULL) {
		if ((p = compile(x, argv[0])) == NULL)
			return;
		/* SQLite keeps it for the rows to come, or frees it at once */
		sqlite3_set_auxdata(x, 0, p, pattern_free);
		if ((p = sqlite3_get_auxdata(x, 0)) == NULL) {
			sqlite3_result_error_nomem(x);
			return;
		}
	}
	if ((value = (const char *)sqlite3_value_text(argv[1])) == NULL) {
		sqlite3_result_error_nomem(x);
		return;
	}
	rc = pcre2_match(p->code, (PCRE2_SPTR)value, (size_t)sqlite3_value_bytes(argv[1]), 0, 0,
	    p->match, p->limits);
	if (rc < 0 && rc != PCRE2_ERROR_NOMATCH)
		sqlite3_result_error(
		    x, "REGEXP: a value takes more than 1,000,000 steps to be matched", -1);
	else
		sqlite3_result_int(x, rc >= 0);
}

int
functions_add(sqlite3 *db)
{
	return sqlite3_create_function_v2(db, "regexp", 2,
	    SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL, regexp, NULL, NULL, NULL);
}
