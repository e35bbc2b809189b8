/* What the six audit tables and their columns are: audit.def. */
#include "tables/dossier.h"

const char *const column_type_name[] = { "TEXT", "TIME", "INTEGER", "NUMBER", "BOOLEAN", "JSON" };

/* All columns of all tables, one table behind the other. */
static const struct column_decl column[] = {
#define AUDIT(table, sentence)
#define COLUMN(table, name, type, unit, grade, source, rule) \
	{ #name, TYPE_##type, unit, grade, source, rule },
#define END(table)
#include "tables/audit.def"
#undef AUDIT
#undef COLUMN
#undef END
};

static const struct column_decl more[] = {
#define AUDIT(table, sentence)
#define COLUMN(table, name, type, unit, grade, source, rule) \
	{ #name, TYPE_##type, unit, grade, source, rule },
#define END(table)
#include "tables/more.def"
#undef AUDIT
#undef COLUMN
#undef END
};

/* Places of columns over all other tables, one behind the other. */
enum {
#define AUDIT(table, sentence) begin_##table, before_##table = begin_##table - 1,
#define COLUMN(table, name, type, unit, grade, source, rule) place_##table##_##name,
#define END(table) end_##table, behind_##table = end_##table - 1,
#include "tables/more.def"
#undef AUDIT
#undef COLUMN
#undef END
};

const struct table_decl more_table[MORE_TABLES] = {
#define AUDIT(table, sentence) \
	{ #table, sentence, &more[begin_##table], end_##table - begin_##table },
#define COLUMN(table, name, type, unit, grade, source, rule)
#define END(table)
#include "tables/more.def"
#undef AUDIT
#undef COLUMN
#undef END
};

const struct table_decl audit_table[AUDIT_TABLES] = {
#define AUDIT(table, sentence) \
	{ #table, sentence, &column[table##__first], table##__end - table##__first },
#define COLUMN(table, name, type, unit, grade, source, rule)
#define END(table)
#include "tables/audit.def"
#undef AUDIT
#undef COLUMN
#undef END
};
