/* Whether the data of a dump's tables is there: what each section held, which have none, and rows
 * that went by another name. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "source/pgdump_inner.h"

#define NAMED 500u /* tables without data that are named one by one */

/* One section, or the lack of it. */
static void
tell(struct tables *x, const struct made *m, bool cut, unsigned *n)
{
	struct input *in = x->s->in;

	if (m->data) {
		if (x->marked && ++*n <= 4 * NAMED)
			input_compared(in, "data-section", m->name, ROWS_UNKNOWN, m->rows);
		return;
	}
	if (++*n > NAMED)
		return;
	input_lacks_rows(in, LACK_NO_DATA, m->name, ROWS_UNKNOWN,
	    cut ? "the input was cut off before the data of %s" :
		  "%s is defined, and the dump has no data section of it: its rows are not here "
		  "(pg_dump without --schema-only and --exclude-table-data)",
	    m->name);
}

/*
 * Rows that look like those of the audit table under another name. A table that the dump defines is
 * another one; of one that only its rows name it cannot be told: the name may be damaged, or that
 * of a partition.
 */
static void
tell_alike(struct tables *x, const struct made *m)
{
	const char *name = tables_last_part(m->name);
	bool ours = strncmp(name, "audit_events", 12) == 0;
	char said[500];

	if (!m->alike || m->rows == 0 || x->s->table ||
	    (ours && (name[12] == '\0' || tables_partition_suffix(name + 12))))
		return;
	snprintf(said, sizeof said,
	    "%" PRIu64 " rows of %.150s look like rows of the audit table and go by another name: "
	    "they were left out (--table %.150s reads them instead)",
	    m->rows, m->name, m->name);
	if (x->root && (m->defined || (m->announced && !ours)))
		input_lacks(x->s->in, said);
	else
		input_lacks_rows(x->s->in, LACK_NOT_READ, m->name, m->rows, "%s", said);
}

void
tables_none(const struct tables *x, bool dump)
{
	struct input *in = x->s->in;
	struct buf b;
	unsigned n = 0;

	if (x->root || x->audit_database || in->rows || in->known_lacks)
		return;
	buf_init(&b, 4096);
	for (const struct made *m = x->made; m; m = m->next)
		if (m->data && ++n <= 3) {
			buf_str(&b, n > 1 ? ", " : "");
			buf_put(&b, m->name, strlen(m->name) > 100 ? 100 : strlen(m->name));
		}
	if (n && !b.failed)
		input_lacks_rows(in, LACK_NO_DATA, NULL, ROWS_UNKNOWN,
		    "rows of %u tables are here (%.*s%s), and none of audit_events: dump that of "
		    "the database that Kubernaut writes to (pg_dump -t 'audit_events*')",
		    n, (int)b.len, (char *)b.p, n > 3 ? ", …" : "");
	else if (dump)
		input_lacks_rows(in, LACK_NO_DATA, NULL, ROWS_UNKNOWN,
		    "the dump holds no rows of any table: those of audit_events stand in its "
		    "partitions, which pg_dump -t audit_events leaves out "
		    "(pg_dump -t 'audit_events*' takes them along)");
	buf_release(&b);
}

/* What somebody chose when the dump was made. alone: partitions are defined; bare: nothing is, of
 * the table's partitions. */
static void
tell_choice(struct tables *x, const struct made *root, bool alone, bool bare)
{
	struct input *in = x->s->in;

	/* partitions by themselves: somebody chose them (pg_dump -t), and there may be others */
	if (alone && root == NULL && !x->s->table)
		input_lacks_rows(in, LACK_FILTER, x->root, ROWS_UNKNOWN,
		    "the dump defines partitions of %s and not the table itself: only these were "
		    "asked for, there may be others",
		    x->root);
	/* the partitioned table alone: partitions that are gone and partitions that nobody dumped
	 * look alike */
	if (root && root->partitioned && bare) {
		input_lacks_rows(in, LACK_NO_DATA, root->name, ROWS_UNKNOWN,
		    "the dump defines %s and none of its partitions: it holds no rows of the "
		    "partitions (pg_dump -t 'audit_events*' takes them along)",
		    root->name);
		in->doubt = true;
	}
}

int
tables_end(struct tables *x, bool cut, struct err *e)
{
	struct input *in = x->s->in;
	unsigned leaves = 0, n = 0;
	const struct made *root = NULL;
	bool any = false, partitions = false, alone = false;

	/* what each table is to this log, and which of them the dump has data of */
	for (const struct made *m = x->made; m; m = m->next) {
		enum role role;

		if (tables_role(x, m->name, &role, e))
			return -1;
		/* defined and without data, in a dump that is whole: somebody left the data out */
		if (role == ROLE_CONTEXT && m->defined && !m->data && !cut && x->audit) {
			char said[400];

			snprintf(
			    said, sizeof said, "the data of %.200s is not in the dump", m->name);
			input_lacks(in, said);
		}
		if (role != ROLE_AUDIT)
			continue;
		/* the table that the others are partitions of */
		if (strcmp(m->name, x->root) == 0 && m->defined)
			root = m;
		leaves += !m->partitioned;
		any |= m->data;
		partitions |= m->data && strcmp(m->name, x->root);
		alone |= m->defined && strcmp(m->name, x->root);
	}
	/* the whole table is here, so nothing was chosen from it */
	in->whole |= root != NULL;
	/* tables of the log that are defined and whose data is not here */
	for (const struct made *m = x->made; m; m = m->next) {
		enum role role;

		if (tables_role(x, m->name, &role, e))
			return -1;
		/* by now it is known which one the audit table is */
		if (role == ROLE_OTHER)
			tell_alike(x, m);
		if (role != ROLE_AUDIT || (m->partitioned && !m->data))
			continue;
		/* rows that a tool wrote by the name of the whole table belong to any partition;
		 * pg_dump names those even then */
		if (!m->data && root && root->data && !partitions)
			continue;
		tell(x, m, cut, &n);
		if (!m->data && session_no_data(x->s, m->name, e))
			return -1;
	}
	/* the list is cut on the screen; the number is not */
	if (n > NAMED) {
		char said[100];

		snprintf(said, sizeof said, "of %u tables the first are named", n);
		input_lacks(in, said);
	}
	tell_choice(x, root, alone && !cut, leaves == 0 && !any);
	return 0;
}

int
tables_asked(const struct tables *x, struct err *e)
{
	struct buf b;
	int rc = 0;

	if (x->s->table == NULL || x->asked)
		return 0;
	buf_init(&b, 65536);
	for (const struct made *m = x->made; m && b.len < 400; m = m->next) {
		buf_str(&b, b.len ? ", " : "; there are: ");
		text_plain(&b, m->name, strlen(m->name) > 100 ? 100 : strlen(m->name));
	}
	rc = err_set(e, EX_USAGE_ERR, "--table %.200s: no such table in %.200s%.*s", x->s->table,
	    x->s->in->path, (int)(b.len > 500 ? 500 : b.len), b.len ? (char *)b.p : "");
	buf_release(&b);
	return rc;
}
