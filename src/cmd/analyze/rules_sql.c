/* Control rules as SQL, as they lie in rules/: the build puts them into the program. */
#include "cmd/analyze/bundle.h"

/* The assembler reads the files, from the top folder. */
#define RULE_SQL(name, symbol) \
	__asm__(".section .rodata\n" \
		"rule_sql_" #symbol ": .incbin \"rules/" name ".sql\"\n" \
		"rule_sql_end_" #symbol ": .byte 0\n" \
		".previous\n"); \
	extern const char rule_sql_##symbol[], rule_sql_end_##symbol[];
#include "cmd/analyze/rules_sql.def"
#undef RULE_SQL

int
bundle_rules(struct shelf *s, struct err *e)
{
	static const struct {
		const char *name, *p, *end;
	} rule[] = {
#define RULE_SQL(name, symbol) { "rules/" name ".sql", rule_sql_##symbol, rule_sql_end_##symbol },
#include "cmd/analyze/rules_sql.def"
#undef RULE_SQL
	};

	for (unsigned i = 0; i < sizeof rule / sizeof *rule; i++)
		if (shelf_begin(s, rule[i].name, true, e) ||
		    shelf_write(s, rule[i].p, (size_t)(rule[i].end - rule[i].p), e) ||
		    shelf_end(s, e))
			return -1;
	return 0;
}
