/* Control rules as SQL, as they lie in rules/: the build puts them into the program. */
#include <stdio.h>

#include "cmd/analyze/bundle.h"

#ifdef _WIN32
#define RODATA ".rdata,\"dr\""
#else
#define RODATA ".rodata"
#endif

/* The assembler reads the files, from the top folder. */
#ifdef __wasm__
/* Each symbol of data has its type and size, and each piece of data its section. */
#define RULE_SQL(name, symbol) \
	__asm__(".section .rodata.rule_sql_" #symbol ",\"\",@\n" \
		".type rule_sql_" #symbol ",@object\n" \
		"rule_sql_" #symbol ":\n.incbin \"rules/" name ".sql\"\n" \
		".size rule_sql_" #symbol ", .-rule_sql_" #symbol "\n" \
		".type rule_sql_end_" #symbol ",@object\n" \
		"rule_sql_end_" #symbol ":\n.int8 0\n" \
		".size rule_sql_end_" #symbol ", 1\n"); \
	extern const char rule_sql_##symbol[], rule_sql_end_##symbol[];
#else
#define RULE_SQL(name, symbol) \
	__asm__(".section " RODATA "\n" \
		"rule_sql_" #symbol ": .incbin \"rules/" name ".sql\"\n" \
		"rule_sql_end_" #symbol ": .byte 0\n" \
		".previous\n"); \
	extern const char rule_sql_##symbol[], rule_sql_end_##symbol[];
#endif
#include "cmd/analyze/rules_sql.def"
#undef RULE_SQL

static const struct {
	const char *name, *p, *end;
} rule[] = {
#define RULE_SQL(name, symbol) { name, rule_sql_##symbol, rule_sql_end_##symbol },
#include "cmd/analyze/rules_sql.def"
#undef RULE_SQL
};

unsigned
rules_sql(struct report_sql ret[RULES])
{
	unsigned n = 0;

	for (; n < sizeof rule / sizeof *rule && n < RULES; n++)
		ret[n] = (struct report_sql){ rule[n].name, rule[n].p,
			(size_t)(rule[n].end - rule[n].p) };
	return n;
}

int
bundle_rules(struct shelf *s, struct err *e)
{
	char name[40];

	for (unsigned i = 0; i < sizeof rule / sizeof *rule; i++) {
		snprintf(name, sizeof name, "rules/%s.sql", rule[i].name);
		if (shelf_begin(s, name, true, e) ||
		    shelf_write(s, rule[i].p, (size_t)(rule[i].end - rule[i].p), e) ||
		    shelf_end(s, e))
			return -1;
	}
	return 0;
}
