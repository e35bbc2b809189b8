/* Which tables a dump holds, and which of them is the audit table. */
#include "source/pgdump_inner.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

const char *
tables_last_part(const char *full)
{
	const char *dot = strrchr(full, '.');

	return dot ? dot + 1 : full;
}

static void
forget(struct tables *x)
{
	while (x->made) {
		struct made *m = x->made;

		x->made = m->next;
		table_free(m->t);
		free(m->name);
		free(m->parent);
		free(m);
	}
	free(x->root);
	free(x->search);
	x->root = x->search = NULL;
	x->guessed = x->audit = false;
}

void
tables_release(struct tables *x)
{
	forget(x);
	free(x->database);
	free(x->audit_database);
}

int
tables_full_name(const struct tables *x, const char *name, struct buf *out, struct err *e)
{
	buf_clear(out);
	if (strchr(name, '.') == NULL) {
		buf_str(out, x->search ? x->search : "public");
		buf_byte(out, '.');
	}
	buf_str(out, name);
	buf_byte(out, '\0');
	return out->failed ? err_nomem(e) : 0;
}

struct made *
tables_find(const struct tables *x, const char *full)
{
	struct made *m = x->made;

	while (m && strcmp(m->name, full))
		m = m->next;
	return m;
}

struct made *
tables_entry(struct tables *x, const char *full, struct err *e)
{
	struct made *m = tables_find(x, full);

	if (m)
		return m;
	if ((m = calloc(1, sizeof *m)) == NULL || (m->name = strdup(full)) == NULL ||
	    (m->t = table_new(full, UTC_PG)) == NULL) {
		if (m)
			free(m->name);
		free(m);
		err_nomem(e);
		return NULL;
	}
	m->next = x->made;
	x->made = m;
	return m;
}

static bool
digits(const char *p, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (!isdigit((unsigned char)p[i]))
			return false;
	return true;
}

bool
tables_partition_suffix(const char *p)
{
	return strcmp(p, "_default") == 0 ||
	    (strlen(p) == 8 && p[0] == '_' && digits(p + 1, 4) && p[5] == '_' && digits(p + 6, 2));
}

/* The audit table that a table is, or is a partition of, by what is known of it or by its name.
 * NULL: none; -1 in *ret_rc (e). */
static char *
root_of(const struct tables *x, const char *full, struct err *e, int *ret_rc)
{
	const char *name = tables_last_part(full),
		   *base = x->s->table ? tables_last_part(x->s->table) : "audit_events";
	size_t k = strlen(base), schema = (size_t)(name - full);
	const struct made *m = tables_find(x, full);
	char *root;

	*ret_rc = 0;
	for (unsigned i = 0; m && m->parent && i < 8; i++) { /* partitions of partitions */
		full = m->parent;
		m = tables_find(x, full);
	}
	name = tables_last_part(full);
	schema = (size_t)(name - full);
	if (strncmp(name, base, k) || (name[k] && !tables_partition_suffix(name + k)))
		return NULL;
	if (asprintf(&root, "%.*s%s", (int)schema, full, base) < 0) {
		*ret_rc = err_nomem(e);
		return NULL;
	}
	return root;
}

/* The partitioned one, or the one in public. */
static bool
better(const struct made *m, const struct made *than)
{
	if (m == NULL || than == NULL || !m->defined)
		return false;
	return m->partitioned != than->partitioned ? m->partitioned :
						     strcmp(m->name, "public.audit_events") == 0;
}

/* Of the tables of that name that the input defines: the one that is asked for, the partitioned
 * one, the one in public. */
static int
choose_root(struct tables *x, const char *candidate, struct err *e)
{
	const struct made *best = NULL, *other = NULL;
	const char *name = candidate;

	/* somebody named it: nothing is guessed */
	if (x->s->table) {
		name = x->s->table;
	} else {
		/* the partitioned one, if there is one; of several the one in public */
		for (const struct made *m = x->made; m; m = m->next) {
			if (!m->defined || m->parent ||
			    strcmp(tables_last_part(m->name), "audit_events"))
				continue;
			if (best == NULL || (m->partitioned && !best->partitioned)) {
				best = m;
				other = NULL;
			} else if (m->partitioned == best->partitioned) {
				bool first = strcmp(m->name, "public.audit_events") == 0;

				if (first || strcmp(best->name, "public.audit_events")) {
					other = first ? NULL : best;
					best = m;
				}
			}
		}
		/* two that could be it are not guessed between: the wrong one would be archived as
		 * the log */
		if (other)
			return err_set(e, EX_DATA_ERR,
			    "%s: the audit table stands there twice (%.100s and %.100s), and "
			    "nothing says which is the one: --table SCHEMA.TABLE",
			    x->s->in->path, best->name, other->name);
		/* without a definition the name that is met first is taken, as long as no other
		 * comes */
		x->guessed = best == NULL;
		if (best)
			name = best->name;
	}
	return (x->root = strdup(name)) ? 0 : err_nomem(e);
}

int
tables_role(struct tables *x, const char *full, enum role *ret, struct err *e)
{
	static const char *const context[] = { "retention_operations", "audit_retention_policies",
		"notification_audit", "goose_db_version" };
	const char *name = tables_last_part(full);
	char *root, said[600];
	int rc;

	*ret = ROLE_OTHER;
	/* that the table which was asked for is there at all */
	x->asked |= x->s->table && strcmp(full, x->s->table) == 0;
	/* its outermost parent, by name where nothing is attached */
	if ((root = root_of(x, full, e, &rc)) == NULL) {
		for (unsigned i = 0; rc == 0 && i < sizeof context / sizeof *context; i++)
			if (strcmp(name, context[i]) == 0)
				*ret = ROLE_CONTEXT;
		return rc;
	}
	/* chosen by the first table that could be the audit table, and kept: rows that were read
	 * cannot be taken back */
	if (x->root == NULL && choose_root(x, root, e)) {
		free(root);
		return -1;
	}
	if (strcmp(root, x->root) == 0) {
		*ret = ROLE_AUDIT;
	} else if (x->audit && !x->s->table &&
	    better(tables_find(x, root), tables_find(x, x->root))) {
		/* a better one is defined later: the rows that were read would be another
		 * table's */
		rc = err_set(e, EX_DATA_ERR,
		    "%s: rows of %.100s were met before %.100s was defined, which looks more like "
		    "the audit table: --table SCHEMA.TABLE says which it is",
		    x->s->in->path, x->root, root);
	} else if (x->guessed) {
		/* neither is defined, so both are equally likely */
		rc = err_set(e, EX_DATA_ERR,
		    "%s: rows of two audit tables (%.100s and %.100s), and no definition that says "
		    "which is the one: --table SCHEMA.TABLE",
		    x->s->in->path, x->root, root);
	} else {
		/* left out, and named as such */
		snprintf(said, sizeof said,
		    "%.150s is another table than %.150s, whose rows are here: it was left out "
		    "(--table %.150s takes it instead)",
		    full, x->root, root);
		input_lacks(x->s->in, said);
	}
	free(root);
	return rc;
}

int
tables_section(struct tables *x, const char *full, enum role role, struct err *e)
{
	struct made *m = tables_entry(x, full, e);

	if (m == NULL)
		return -1;
	m->data = true;
	x->s->in->whole |= role == ROLE_AUDIT && x->root && strcmp(full, x->root) == 0;
	return 0;
}

bool
tables_defined(const struct tables *x)
{
	for (const struct made *m = x->made; m; m = m->next)
		if (m->defined && x->root && strncmp(m->name, x->root, strlen(x->root)) == 0)
			return true;
	return false;
}

int
tables_audit_row(struct tables *x, uint64_t line, struct err *e)
{
	const char *now = x->database ? x->database : "";

	if (x->audit)
		return 0;
	x->audit = true;
	if (x->audit_database == NULL)
		return (x->audit_database = strdup(now)) ? 0 : err_nomem(e);
	if (strcmp(now, x->audit_database) == 0)
		return 0;
	return err_set(e, EX_DATA_ERR,
	    "%s: two databases hold an audit table with rows: %.100s and, from line %" PRIu64 " on,"
	    " "
	    "%.100s (\\connect); one log is one installation: dump them one by one "
	    "(pg_dump --dbname=%.100s)",
	    x->s->in->path, x->audit_database[0] ? x->audit_database : "the first", line,
	    now[0] ? now : "another", now);
}

int
tables_connect(struct tables *x, const char *name, size_t n, struct err *e)
{
	char *copy;

	while (n && (isspace((unsigned char)*name) || *name == '"' || *name == '\'')) {
		name++;
		n--;
	}
	while (
	    n && (isspace((unsigned char)name[n - 1]) || name[n - 1] == '"' || name[n - 1] == '\''))
		n--;
	if ((copy = strndup(name, n)) == NULL)
		return err_nomem(e);
	if (x->database && strcmp(x->database, copy) == 0) {
		free(copy);
		return 0;
	}
	if (tables_end(x, false, e)) {
		free(copy);
		return -1;
	}
	forget(x);
	free(x->database);
	x->database = copy;
	return 0;
}

int
tables_whole(struct tables *x, struct err *e)
{
	for (const struct made *m = x->made; m; m = m->next) {
		enum role role;

		if (tables_role(x, m->name, &role, e))
			return -1;
		x->s->in->whole |=
		    role == ROLE_AUDIT && m->defined && strcmp(m->name, x->root) == 0;
	}
	return 0;
}

/* `character varying(10) DEFAULT … NOT NULL` → the type alone. */
static size_t
type_length(const char *p, size_t n)
{
	static const char *const stop[] = { " DEFAULT ", " NOT NULL", " NULL", " COLLATE ",
		" GENERATED ", " CONSTRAINT ", " PRIMARY ", " CHECK " };

	for (unsigned i = 0; i < sizeof stop / sizeof *stop; i++) {
		const char *q = memmem(p, n, stop[i], strlen(stop[i]));

		if (q)
			n = (size_t)(q - p);
	}
	while (n && isspace((unsigned char)p[n - 1]))
		n--;
	return n;
}

static int
set_parent(struct tables *x, struct made *m, const char *name, struct err *e)
{
	struct buf full;
	int rc;

	buf_init(&full, 4096);
	if ((rc = tables_full_name(x, name, &full, e)) == 0 && strcmp((char *)full.p, m->name)) {
		free(m->parent);
		if ((m->parent = strdup((char *)full.p)) == NULL)
			rc = err_nomem(e);
	}
	buf_release(&full);
	return rc;
}

/* One column or constraint; q stands behind it, on `,` or `)`. 0, 1 not understood, -1 (e). */
static int
one_column(struct made *m, struct sql *q, uint64_t line, struct buf *name, struct err *e)
{
	static const char *const other[] = { "CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN",
		"EXCLUDE", "LIKE" };
	unsigned depth = 0;
	bool column = true;
	const char *type;

	/* a constraint begins with a word that no column is named (unquoted) */
	for (unsigned i = 0; i < sizeof other / sizeof *other; i++) {
		struct sql look = *q;

		column &= !sql_word(&look, other[i]);
	}
	buf_clear(name);
	if (column && !sql_name(q, name))
		return 1;
	sql_blank(q);
	type = q->p;
	/* over the type and its defaults, up to the comma or bracket at this level */
	for (; q->p < q->end; q->p++) {
		/* a comma in a text ends nothing */
		if (*q->p == '\'') {
			for (q->p++; q->p < q->end && *q->p != '\''; q->p++)
				;
		} else if (*q->p == '(') {
			depth++;
		} else if (*q->p == ')') {
			if (depth-- == 0)
				break;
		} else if (*q->p == ',' && depth == 0) {
			break;
		}
	}
	if (q->p >= q->end)
		return 1;
	/* a type is needed for how its values are compared, and no more */
	if (column &&
	    table_add(
		m->t, (char *)name->p, name->len, type, type_length(type, (size_t)(q->p - type))))
		return err_set(e, EX_DATA_ERR,
		    "line %" PRIu64 ": table %.200s has more than %u columns", line, m->name,
		    EX_MAX_COLUMNS);
	return 0;
}

int
tables_create(struct tables *x, struct sql *q, uint64_t line, struct buf *name, struct err *e)
{
	struct buf full;
	struct made *m;
	int rc;

	/* IF NOT EXISTS */
	if (sql_word(q, "IF") && (!sql_word(q, "NOT") || !sql_word(q, "EXISTS")))
		return 0;
	if (!sql_qualified(q, name))
		return 0;
	buf_init(&full, 8192);
	m = tables_full_name(x, (char *)name->p, &full, e) ? NULL :
							     tables_entry(x, (char *)full.p, e);
	buf_release(&full);
	if (m == NULL)
		return -1;
	/* a second dump behind the first: the columns are known */
	if (m->defined)
		return 0;
	m->defined = true;
	/* a partition has its parent's columns, and need not name them */
	if (sql_word(q, "PARTITION")) {
		const struct made *parent;

		if (!sql_word(q, "OF") || !sql_qualified(q, name))
			return 0;
		if (set_parent(x, m, (char *)name->p, e))
			return -1;
		parent = m->parent ? tables_find(x, m->parent) : NULL;
		for (unsigned i = 0; parent && i < parent->t->n; i++)
			if (table_add(m->t, parent->t->col[i].name, strlen(parent->t->col[i].name),
				parent->t->col[i].type, strlen(parent->t->col[i].type)))
				return err_nomem(e);
		return 0;
	}
	/* CREATE TABLE … AS has no list */
	if (!sql_char(q, '('))
		return 0;
	do
		rc = one_column(m, q, line, name, e);
	while (rc == 0 && *q->p++ == ',');
	/* what follows the list says that it is partitioned */
	if (rc == 0)
		m->partitioned = sql_word(q, "PARTITION") && sql_word(q, "BY");
	return rc < 0 ? rc : 0;
}

int
tables_attach(struct tables *x, struct sql *q, struct buf *name, struct err *e)
{
	struct buf parent, full;
	struct made *m;
	int rc = 0;

	sql_word(q, "ONLY");
	buf_init(&parent, 8192);
	buf_init(&full, 8192);
	if (sql_qualified(q, name)) {
		buf_put(&parent, name->p, name->len + 1);
		if (parent.failed)
			rc = err_nomem(e);
		else if (sql_word(q, "ATTACH") && sql_word(q, "PARTITION") &&
		    sql_qualified(q, name) &&
		    (rc = tables_full_name(x, (char *)name->p, &full, e)) == 0)
			rc = (m = tables_entry(x, (char *)full.p, e)) ?
			    set_parent(x, m, (char *)parent.p, e) :
			    -1;
	}
	buf_release(&parent);
	buf_release(&full);
	return rc;
}
