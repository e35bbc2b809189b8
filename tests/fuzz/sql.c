/*
 * Queries made from a grammar, over archives that somebody made to harm: none may crash, and what
 * the tables look up by themselves (x_best_index of src/sql/vtab.c) gives the rows that SQLite
 * finds without. The query that runs stands in the file LAST.
 * usage: sql SECONDS SEED LAST VKEY ARCHIVE...
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd/analyze/sql_tables.h"
#include "sql/sql.h"

#define QUERIES 60 /* over one opening of an archive */

static struct sql *running;
static uint64_t seed;
static char text[1 << 16];
static size_t len;
static const struct sql_table *all;
static unsigned n_all;

static void
on_alarm(int signal)
{
	(void)signal;
	if (running)
		sql_interrupt(running);
}

static unsigned
dice(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed >> 11) % n);
}

static void
say(const char *s)
{
	size_t n = strlen(s);

	if (len + n + 1 < sizeof text)
		memcpy(text + len, s, n + 1), len += n;
}

#define ONE_OF(list) say((list)[dice(sizeof(list) / sizeof *(list))])

static const struct sql_table *used[4]; /* tables of the query, t0 to t3 */
static unsigned n_used;

static void expr(int depth);

static void
column(void)
{
	static const char *const by_name[] = { "file", "position", "state", "rowid" };
	unsigned t = dice(n_used);
	char name[200];

	if (dice(12) == 0)
		snprintf(name, sizeof name, "t%u.%s", t, by_name[dice(4)]);
	else if (dice(10) == 0)
		snprintf(name, sizeof name, "%s", by_name[dice(4)]);
	else
		snprintf(name, sizeof name, "t%u.\"%s\"", t,
		    used[t]->decl.column[dice(used[t]->decl.n_columns)].name);
	say(name);
}

static void
literal(void)
{
	static const char *const value[] = { "NULL", "0", "1", "-1", "9223372036854775807",
		"-9223372036854775808", "1e308", "-1e999", "0.5", "''", "'x'", "'rr-%'", "'%'",
		"'_%'", "'gateway.%'", "'GATEWAY.signal%'", "'gateway.signal.received'", "x'00'",
		"x'ff00ff'", "'2026-11-16'", "'2026-11-16T10:00:00Z'", "'9999-12-31T23:59:60Z'",
		"'0000-00-00'", "'$.a'", "'$[0]'", "'$.event_type'", "'{\"a\":[1,{\"b\":null}]}'",
		"'['", "char(0)", "'verified'", "'00000000-0000-0000-0000-000000000000'", "300",
		"250", "zeroblob(100)", "(SELECT min(event_id) FROM events)",
		"(SELECT max(correlation_id) FROM remediations)", "randomblob(9)",
		"hex(randomblob(2000))", "'\xc3'", "'\xf0\x9f\x82\xa1'", "char(8238)" };

	ONE_OF(value);
}

static void
call(int depth)
{
	static const struct {
		const char *name;
		unsigned args;
	} f[] = { { "json_extract", 2 }, { "json", 1 }, { "json_array", 3 }, { "json_object", 2 },
		{ "json_type", 1 }, { "json_valid", 1 }, { "json_set", 3 }, { "json_patch", 2 },
		{ "json_remove", 2 }, { "json_quote", 1 }, { "json_array_length", 1 },
		{ "length", 1 }, { "substr", 3 }, { "replace", 3 }, { "instr", 2 }, { "upper", 1 },
		{ "hex", 1 }, { "quote", 1 }, { "printf", 2 }, { "coalesce", 2 }, { "ifnull", 2 },
		{ "nullif", 2 }, { "abs", 1 }, { "round", 2 }, { "typeof", 1 }, { "unicode", 1 },
		{ "trim", 2 }, { "strftime", 2 }, { "julianday", 1 }, { "datetime", 2 },
		{ "glob", 2 }, { "like", 3 }, { "iif", 3 }, { "likely", 1 }, { "zeroblob", 1 },
		{ "load_extension", 1 }, { "soundex", 1 }, { "char", 3 }, { "max", 2 },
		{ "min", 3 } };
	unsigned k = dice(sizeof f / sizeof *f);

	say(f[k].name);
	say("(");
	for (unsigned i = 0; i < f[k].args; i++) {
		say(i ? "," : "");
		expr(depth - 1);
	}
	say(")");
}

static void
aggregate(int depth)
{
	static const char *const f[] = { "count(", "sum(", "min(", "max(", "avg(", "total(",
		"group_concat(", "json_group_array(", "count(DISTINCT ", "group_concat(DISTINCT " };

	ONE_OF(f);
	expr(depth - 1);
	say(")");
}

static void select_(int depth, unsigned columns);

static void
expr(int depth)
{
	static const char *const op[] = { "=", "<>", "<", ">", "<=", ">=", " IS ", " IS NOT ", "||",
		"+", "-", "*", "/", "%", "&", "|", "<<", ">>", " AND ", " OR ", " LIKE ", " GLOB ",
		" NOT LIKE ", "->", "->>", " COLLATE NOCASE = " };
	unsigned k = dice(depth > 0 ? 14 : 5);

	if (k < 3)
		column();
	else if (k < 5)
		literal();
	else if (k < 9) {
		say("(");
		expr(depth - 1);
		ONE_OF(op);
		expr(depth - 1);
		say(")");
	} else if (k < 11) {
		call(depth);
	} else if (k == 11) {
		say("CASE WHEN ");
		expr(depth - 1);
		say(" THEN ");
		expr(depth - 1);
		say(" END");
	} else if (k == 12) {
		column();
		say(dice(2) ? " IN (" : " NOT IN (");
		for (unsigned i = 0, n = 1 + dice(4); i < n; i++) {
			say(i ? "," : "");
			literal();
		}
		say(")");
	} else {
		const struct sql_table *kept[4];
		unsigned n = n_used;

		memcpy(kept, used, sizeof kept);
		say(dice(2) ? "(" : "EXISTS (");
		select_(depth - 2, 1);
		say(")");
		memcpy(used, kept, sizeof kept);
		n_used = n;
	}
}

/* The column of a table that says what a row is about. */
static const char *
key_of(const struct sql_table *t)
{
	for (unsigned i = 0; i < t->decl.n_columns; i++)
		if (strcmp(t->decl.column[i].name, "correlation_id") == 0 ||
		    strcmp(t->decl.column[i].name, "remediation_id") == 0)
			return t->decl.column[i].name;
	return "file";
}

/* What the tables look up by themselves, and around it. */
static void
condition(void)
{
	static const char *const of_events[] = { "event_id", "event_type", "event_timestamp" };
	unsigned t = dice(n_used);
	static const char *const op[] = { " = ", " > ", " >= ", " < ", " <= ", " LIKE ", " IS ",
		" GLOB ", " <> " };
	char name[80];

	snprintf(name, sizeof name, "t%u.%s", t,
	    used[t] == &all[0] && dice(2) ? of_events[dice(3)] :
		dice(3)                   ? key_of(used[t]) :
					    "position");
	say(name);
	switch (dice(4)) {
	case 0:
		say(" BETWEEN ");
		literal();
		say(" AND ");
		literal();
		break;
	case 1:
		say(" IN (");
		literal();
		say(",");
		literal();
		say(")");
		break;
	default:
		ONE_OF(op);
		if (dice(3))
			literal();
		else
			column();
	}
}

static void
where(int depth)
{
	say(" WHERE ");
	for (unsigned i = 0, n = 1 + dice(3); i < n; i++) {
		say(i ? dice(5) ? " AND " : " OR " : "");
		if (dice(3))
			condition();
		else
			expr(depth);
	}
}

static void
from(void)
{
	static const char *const join[] = { ", ", " JOIN ", " LEFT JOIN ", " CROSS JOIN ",
		" NATURAL JOIN ", " FULL JOIN " };
	char part[200];

	n_used = 1 + (dice(3) == 0) + (dice(8) == 0);
	say(" FROM ");
	for (unsigned i = 0; i < n_used; i++) {
		if (i)
			ONE_OF(join);
		used[i] = &all[dice(3) ? dice(n_all) : 0];
		snprintf(part, sizeof part, "\"%s\" t%u", used[i]->decl.name, i);
		say(part);
		if (i && dice(2))
			snprintf(part, sizeof part, " ON t%u.%s = t0.%s", i, key_of(used[i]),
			    key_of(used[0])),
			    say(part);
	}
	if (dice(10) == 0) {
		say(dice(2) ? ", json_each(" : ", json_tree(");
		column();
		say(") j");
	}
}

static void
select_(int depth, unsigned columns)
{
	char kept[sizeof text / 8];
	size_t at;
	bool grouped = dice(4) == 0;

	say(dice(9) ? "SELECT " : "SELECT DISTINCT ");
	at = len;
	from(); /* the columns depend on it, so it is moved behind them */
	snprintf(kept, sizeof kept, "%s", text + at);
	len = at;
	text[len] = '\0';
	for (unsigned i = 0; i < columns; i++) {
		say(i ? ", " : "");
		if (columns > 1 && dice(6) == 0)
			say("*");
		else if (grouped)
			aggregate(depth);
		else if (dice(20) == 0)
			say("row_number() OVER (PARTITION BY 1 ORDER BY 2)");
		else
			expr(depth);
	}
	say(kept);
	if (dice(4))
		where(depth);
	if (dice(5) == 0) {
		say(" GROUP BY ");
		expr(depth - 1);
	}
	if (dice(4) == 0) {
		say(" ORDER BY ");
		column();
		say(dice(2) ? " DESC" : "");
	}
	if (dice(3)) {
		say(" LIMIT ");
		say(dice(4) ? "20" : "-1");
	}
}

static void
statement(void)
{
	static const char *const other[] = { "PRAGMA table_info(events)",
		"PRAGMA table_xinfo(remediations)", "PRAGMA journal_mode = WAL",
		"DELETE FROM events", "CREATE TABLE x(y)", "ATTACH '/tmp/x' AS x",
		"EXPLAIN SELECT * FROM events",
		"EXPLAIN QUERY PLAN SELECT * FROM events WHERE event_id = 'x'",
		"SELECT * FROM pragma_table_list", "SELECT zeroblob(1000000000)", "VALUES (1), (2)",
		"SELECT",
		"WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM a) SELECT count(*) "
		"FROM a",
		"WITH RECURSIVE a(x) AS (SELECT '[' UNION ALL SELECT x || x FROM a) SELECT json(x) "
		"FROM a",
		"DROP TABLE events", "INSERT INTO events(position) VALUES (1)", "BEGIN",
		"VACUUM INTO 'x'" };

	len = 0;
	text[0] = '\0';
	if (dice(25) == 0) {
		ONE_OF(other);
		return;
	}
	if (dice(15) == 0)
		say("EXPLAIN QUERY PLAN ");
	select_((int)dice(5), 1 + dice(4));
	if (dice(12) == 0) {
		say(dice(2) ? " UNION ALL " : " EXCEPT ");
		select_((int)dice(3), 1 + dice(4));
	}
	/* now and then, what is no grammar's */
	if (dice(15) == 0 && len)
		text[dice((unsigned)len)] = (char)(1 + dice(255));
}

static FILE *null;

/* The statement's status; now and then it is interrupted. */
static int
ask(struct sql *s, const char *q)
{
	struct err e = { 0 };
	struct itimerval t = { { 0, 0 }, { 0, 1000 * (20 + (long)dice(3000) % 900) } };
	uint64_t rows;

	running = s;
	setitimer(ITIMER_REAL, &t, NULL);
	sql_run(s, q, strlen(q), (enum sql_form)dice(6), NULL, null, &rows, &e);
	t.it_value.tv_usec = 0;
	setitimer(ITIMER_REAL, &t, NULL);
	running = NULL;
	return e.status;
}

/* The same rows with and without what the table looks up. 0; 1: others. */
static int
twins(struct sql *s, const char *path, const char *other)
{
	static const char *const made[][2] = { { "position > %u", "+position > %u" },
		{ "position BETWEEN %u AND 300", "+position BETWEEN %u AND 300" },
		{ "event_type LIKE 'gateway.%%' AND position < %u",
		    "+event_type LIKE 'gateway.%%' AND +position < %u" },
		{ "event_id IN (SELECT event_id FROM events WHERE +position %% 50 = %u %% 50)",
		    "+event_id IN (SELECT event_id FROM events WHERE +position %% 50 = %u %% 50)" },
		{ "event_type = (SELECT event_type FROM events WHERE +position >= %u LIMIT 1)",
		    "+event_type = (SELECT event_type FROM events WHERE +position >= %u LIMIT 1)" },
		{ "correlation_id = (SELECT correlation_id FROM events WHERE +position >= %u LIMIT "
		  "1)",
		    "+correlation_id = (SELECT correlation_id FROM events WHERE +position >= %u "
		    "LIMIT 1)" },
		{ "event_timestamp >= (SELECT event_timestamp FROM events WHERE +position >= %u "
		  "LIMIT 1)",
		    "+event_timestamp >= (SELECT event_timestamp FROM events WHERE +position >= %u "
		    "LIMIT 1)" },
		{ "event_timestamp < (SELECT event_timestamp FROM events WHERE +position >= %u "
		  "LIMIT 1)",
		    "+event_timestamp < (SELECT event_timestamp FROM events WHERE +position >= %u "
		    "LIMIT 1)" } };
	unsigned k = dice(sizeof made / sizeof *made), at = dice(500);
	char condition_[2][300], q[400];
	sqlite3_stmt *st[2];
	int rc[2], differ = 0;
	long long got[2][3] = { { 0 } };

	/* who holds the key may sign an index that is none: verify says so (A20) */
	if (strstr(path, "forged") || strstr(other, "forged"))
		return 0;
	for (int i = 0; i < 2; i++) {
		snprintf(condition_[i], sizeof condition_[i], made[k][i], at);
		snprintf(q, sizeof q,
		    "SELECT count(*), sum(position), min(position) FROM events WHERE %s",
		    condition_[i]);
		memcpy(text, q, strlen(q) + 1);
		if (sqlite3_prepare_v2(sql_handle(s), q, -1, &st[i], NULL))
			return 0;
		rc[i] = sqlite3_step(st[i]);
		for (int c = 0; c < 3 && rc[i] == SQLITE_ROW; c++)
			got[i][c] = sqlite3_column_int64(st[i], c);
		sqlite3_finalize(st[i]);
	}
	if (rc[0] == SQLITE_ROW && rc[1] == SQLITE_ROW && memcmp(got[0], got[1], sizeof got[0])) {
		printf("DIFFER: %s in %s %s: %lld %lld %lld; without: %lld %lld %lld\n",
		    condition_[0], path, other, got[0][0], got[0][1], got[0][2], got[1][0],
		    got[1][1], got[1][2]);
		differ = 1;
	}
	return differ;
}

struct sums {
	unsigned long long queries, fine, differ, of_status[128];
};

/* Queries over one opening of one archive, or two. */
static void
over(struct sums *sums, char **argv, int argc, int last, time_t until)
{
	static const struct cli_verb verb = { .name = "sql" };
	static const struct cli_program program = { .name = "exhibit", .verbs = &verb };
	static const struct cli_option vkey = { .name = "vkey", .value = true },
				       box = { .name = "sandbox", .value = true };
	struct cli c = { .program = &program, .verb = &verb, .form = OUT_JSON };
	struct browse b = { 0 };
	struct sql_tables *t = NULL;
	struct sql *s = NULL;
	struct err e = { 0 };
	uint64_t memory = 1ull << (20 + dice(8));
	struct sql_limits limits = { memory, 2 };

	for (unsigned n = 1 + (dice(6) == 0); c.n_args < n;)
		c.arg[c.n_args++] = argv[5 + dice((unsigned)argc - 5)];
	c.opt[0].o = &vkey;
	c.opt[0].value = argv[4];
	c.opt[1].o = &box;
	c.opt[1].value = "off";
	c.n_opts = 2;
	if (browse_open_part(&b, &c, NULL) == 0 &&
	    (t = sql_tables_new(&b, memory, &b.ev.err)) != NULL) {
		all = sql_tables_all(t, &n_all);
		s = sql_open(all, n_all, &limits, &e);
	}
	for (unsigned i = 0; s && i < QUERIES && time(NULL) < until; i++) {
		int status;

		if (dice(10) == 0) {
			sums->differ += (unsigned)twins(s, c.arg[0], c.n_args > 1 ? c.arg[1] : "");
			continue;
		}
		statement();
		if (pwrite(last, text, len, 0) < 0 || ftruncate(last, (off_t)len))
			exit(74);
		status = ask(s, text);
		sums->queries++;
		sums->fine += status == 0;
		sums->of_status[status & 127]++;
	}
	sql_close(s);
	sql_tables_free(t);
	browse_close(&b);
}

int
main(int argc, char **argv)
{
	struct sums *sums =
	    mmap(NULL, sizeof *sums, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	time_t until;
	int last, bad = 0;

	if (argc < 6 || sums == MAP_FAILED ||
	    (last = open(argv[3], O_WRONLY | O_CREAT | O_TRUNC, 0644)) < 0)
		return 64;
	until = time(NULL) + atol(argv[1]);
	seed = strtoull(argv[2], NULL, 10) * 0x9e3779b97f4a7c15u + 1;
	null = fopen("/dev/null", "w");
	signal(SIGALRM, on_alarm);
	/* a process each: what once ran out of memory says so ever after, as it should */
	while (time(NULL) < until && !bad) {
		int status;
		pid_t child;

		fflush(stdout);
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		seed += seed == 0;
		if ((child = fork()) == 0) {
			over(sums, argv, argc, last, until);
			exit(0);
		}
		if (child < 0 || waitpid(child, &status, 0) < 0)
			return 71;
		bad = !WIFEXITED(status) || WEXITSTATUS(status);
	}
	printf("%llu queries, %llu of them answered", sums->queries, sums->fine);
	for (int i = 1; i < 128; i++)
		if (sums->of_status[i])
			printf(", %llu with status %d", sums->of_status[i], i);
	printf("; %llu times other rows than a plain search\n", sums->differ);
	return bad || sums->differ;
}
