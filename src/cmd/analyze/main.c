#include "cmd/analyze/analyze.h"
#include "cmd/analyze/journal.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "approval/controls.h"
#include "base/text.h"
#include "base/utc.h"
#include "report/form.h"

/* ---- values that options may have; each is looked at before a file is opened (J-13) */

static const char *
rule_word(unsigned i)
{
	return i < RULES ? rule_info[i].name : NULL;
}

static const char *
any_or_rule(unsigned i)
{
	return i == 0 ? "any" : rule_word(i - 1);
}

static const char *
population_word(unsigned i)
{
	return i < POPULATIONS ? population_info[i].name : NULL;
}

static int
check_period(const struct cli *c, const struct cli_option *o, const char *value)
{
	struct period p;

	if (!period_parse(value, &p))
		return cli_usage(c,
		    "--%s %.100s: want A..B, where either may be left out, and each is " UTC_WANTED,
		    o->name, value);
	if (p.from >= p.to)
		return cli_usage(c, "--%s %.100s: it ends before it begins", o->name, value);
	return 0;
}

static int
check_time(const struct cli *c, const struct cli_option *o, const char *value)
{
	struct utc_span t;

	if (utc_span_parse(value, strlen(value), &t) != UTC_OK)
		return cli_usage(c, "--%s %.100s: want " UTC_WANTED, o->name, value);
	return 0;
}

static int
check_time_or_position(const struct cli *c, const struct cli_option *o, const char *value)
{
	uint64_t position;

	return dec_u64(value, strlen(value), &position) ? 0 : check_time(c, o, value);
}

static int
check_number(const struct cli *c, const struct cli_option *o, const char *value)
{
	uint64_t n;

	return dec_u64(value, strlen(value), &n) ?
	    0 :
	    cli_usage(c, "--%s %.100s: want a number", o->name, value);
}

/* `64M`, `2G`, or bytes; 1 MiB at least. */
static int
check_size(const struct cli *c, const struct cli_option *o, const char *value)
{
	uint64_t bytes;

	if (!size_parse(value, &bytes) || bytes < 1u << 20)
		return cli_usage(c, "--%s %.100s: want bytes, or such as 512M or 2G, 1M at least",
		    o->name, value);
	return 0;
}

/* Columns of a terminal; 0: lines are as long as they are. */
static int
check_width(const struct cli *c, const struct cli_option *o, const char *value)
{
	uint64_t n;

	if (!dec_u64(value, strlen(value), &n) || (n && n < 20) || n > 10000)
		return cli_usage(c, "--%s %.100s: want 20 to 10000 columns, or 0", o->name, value);
	return 0;
}

static const char *
zone_word(void *arg, unsigned i)
{
	(void)arg;
	return zone_name(i);
}

static int
check_zone(const struct cli *c, const struct cli_option *o, const char *value)
{
	(void)o;
	return zone_named(value) ? 0 : cli_unknown(c, "--zone", value, zone_word, NULL);
}

/* sql has a --memory of its own, and a bundle is made again by others, who have another one */
#define MEMORY \
	{ \
		"memory", 0, true, CLI_FILE, NULL, NULL, NULL \
	}
#define COMMON COMMON_OF_ALL, MEMORY, ANCHORS
/* what others signed of the log; none in a bundle, for the same reason */
#define ANCHORS \
	{ "note", 0, true, CLI_MANY | CLI_FILE, NULL, NULL, NULL }, \
	    { "stamp", 0, true, CLI_MANY | CLI_FILE, NULL, NULL, NULL }, \
	    { "witness-vkey", 0, true, CLI_MANY | CLI_FILE, NULL, NULL, NULL }, \
	{ \
		"tsa-ca", 0, true, CLI_FILE, NULL, NULL, NULL \
	}
#define COMMON_OF_ALL \
	{ "vkey", 'k', true, CLI_MANY | CLI_FILE, NULL, NULL, NULL }, \
	    { "expect", 0, true, CLI_MANY | CLI_FILE, NULL, NULL, NULL }, \
	    { "hmac-key-file", 0, true, CLI_MANY | CLI_FILE, NULL, NULL, NULL }, \
	    { "output", 'o', true, 0, NULL, NULL, NULL }, CLI_CHECKED("width", check_width), \
	    CLI_CHECKED("zone", check_zone), CLI_VALUE("journal"), CLI_WORD("sandbox", "on off")
#define ID CLI_VALUES("id")
#define PERIOD CLI_CHECKED("period", check_period)
#define POLICY \
	{ \
		"policy", 0, true, CLI_FILE, NULL, NULL, NULL \
	}
#define WITH(flags) \
	{ \
		"with", 0, true, CLI_FILE | (flags), NULL, NULL, NULL \
	}

static const struct cli_option key_options[] = { CLI_WORD("sandbox", "on off"), CLI_END };
static const struct cli_option trust_options[] = { MEMORY, CLI_VALUE("journal"),
	CLI_VALUE("fingerprint"), { "revoke", 0, true, CLI_FILE, NULL, NULL, NULL },
	{ "succession", 0, true, CLI_FILE, NULL, NULL, NULL },
	{ "expect", 0, true, CLI_MANY | CLI_FILE, NULL, NULL, NULL },
	{ "output", 'o', true, 0, NULL, NULL, NULL }, CLI_WORD("sandbox", "on off"), CLI_END };
static const struct cli_option policy_options[] = { CLI_SWITCH("print"), CLI_END };
static const struct cli_option common[] = { COMMON, CLI_END };
static const struct cli_option verify_options[] = { COMMON, CLI_SWITCH("each"), CLI_SWITCH("peer"),
	CLI_SWITCH("by-hand"), CLI_SWITCH("remember"), CLI_SWITCH("threats"),
	CLI_CHECKED("scope", check_period), POLICY, CLI_END };
static const struct cli_option prove_options[] = { COMMON, ID,
	{ "position", 0, true, CLI_MANY, NULL, NULL, check_number },
	CLI_CHECKED("from", check_number), CLI_VALUE("out"), CLI_VALUE("out-dir"), CLI_END };
static const struct cli_option selftest_options[] = { COMMON, CLI_CHECKED("seed", check_number),
	CLI_CHECKED("changes", check_number), CLI_END };
static const struct cli_option explain_options[] = { COMMON, ID, CLI_END };
#define PHASE \
	CLI_WORD("phase", \
	    "Pending Processing Analyzing AwaitingApproval Executing Verifying Blocked Completed " \
	    "Failed TimedOut Skipped Cancelled")
#define OUTCOME \
	CLI_WORD("outcome", \
	    "Remediated NoActionRequired ManualReviewRequired VerificationTimedOut Inconclusive " \
	    "DryRun")
#define PATHS \
	CLI_WORD("path", \
	    "approved rejected expired pending timed-out auto-approved manual-review no-action " \
	    "dry-run blocked failed-before none")
#define CLUSTER CLI_VALUE("cluster")
#define BOOKS \
	{ "management", 0, true, CLI_MANY | CLI_FILE, NULL, NULL, NULL }, \
	{ \
		"auditor", 0, true, CLI_MANY | CLI_FILE, NULL, NULL, NULL \
	}
static const struct cli_option list_options[] = { COMMON, CLI_SWITCH("other"), PERIOD,
	CLI_CHECKED("since", check_time), CLI_CHECKED("until", check_time), PHASE, OUTCOME, PATHS,
	CLI_VALUE("approval"), CLI_VALUE("by"), CLI_VALUE("actor"), CLI_VALUE("namespace"), CLUSTER,
	CLI_WORD("sort", "id first last duration events"), CLI_CHECKED("limit", check_number),
	CLI_END };
static const struct cli_option grep_options[] = { COMMON, CLI_VALUE("id"),
	{ "ignore-case", 'i', false, 0, NULL, NULL, NULL }, CLI_CHECKED("limit", check_number),
	CLI_END };
static const struct cli_option id_options[] = { COMMON, ID, CLI_END };
static const struct cli_option cat_options[] = { COMMON, CLI_VALUE("id"),
	CLI_WORD("kind", "event reject context manifest conflict dead-letter"), CLI_END };
static const struct cli_option reconstruct_options[] = { COMMON, ID, CLI_SWITCH("all"),
	CLI_SWITCH("partial"), CLI_WORD("profile", "guide"), CLI_CHECKED("now", check_time),
	CLI_CHECKED("at", check_time_or_position), CLI_VALUE("out-dir"), CLI_SWITCH("children"),
	CLI_SWITCH("provenance"), CLI_SWITCH("no-comments"), CLI_WORD("status", "nested flat"),
	CLI_WORD("layout", "must-gather"), CLI_SWITCH("list"), PERIOD, CLI_VALUE("namespace"),
	PHASE, OUTCOME, CLI_END };
static const struct cli_option history_options[] = { COMMON, ID, CLI_SWITCH("partial"), CLI_END };
static const struct cli_option diff_options[] = { COMMON, ID, WITH(0), CLI_SWITCH("with-collected"),
	CLI_END };
static const struct cli_option approvals_options[] = { COMMON, ID, PERIOD, PATHS, CLI_VALUE("by"),
	CLI_END };
static const struct cli_option populations_options[] = { COMMON, PERIOD, CLUSTER, POLICY,
	CLI_SWITCH("ids"), CLI_END };
static const struct cli_option controls_options[] = { COMMON, PERIOD, CLUSTER, POLICY,
	{ "rule", 0, true, CLI_MANY | CLI_LIST, NULL, rule_word, NULL },
	{ "fail-on", 0, true, CLI_LIST, NULL, any_or_rule, NULL }, CLI_SWITCH("exceptions-only"),
	CLI_SWITCH("by-person"), CLI_END };
static const struct cli_option sample_options[] = { COMMON,
	{ "population", 0, true, 0, NULL, population_word, NULL },
	{ "number", 'n', true, 0, NULL, NULL, check_number }, CLI_VALUE("seed"),
	CLI_CHECKED("after", check_number), CLI_WORD("strata", "month namespace path"),
	CLI_WORD("by", "month namespace path"), CLI_VALUE("seed-source"), CLI_VALUE("seed-date"),
	CLI_VALUES("judgemental"), CLI_VALUE("out"), PERIOD, CLUSTER, POLICY, CLI_END };
static const struct cli_option answers_options[] = { COMMON, CLI_WORD("role", "management auditor"),
	CLI_VALUE("out"), PERIOD, CLUSTER, POLICY, CLI_END };
static const struct cli_option compare_options[] = { COMMON, WITH(CLI_MANY), CLI_END };
static const struct cli_option sql_options[] = { COMMON_OF_ALL,
	{ "file", 'f', true, CLI_FILE, NULL, NULL, NULL },
	{ "param", 0, true, CLI_MANY | CLI_EMPTY, NULL, NULL, NULL }, CLI_VALUE("table"),
	CLI_SWITCH("tables"), CLI_VALUE("columns"), CLI_VALUE("into"), CLI_VALUE("check"),
	CLI_CHECKED("memory", check_size), CLI_CHECKED("timeout", check_number), CLI_END };
static const struct cli_option analysis_options[] = { COMMON, ID, CLI_SWITCH("all"), PERIOD,
	CLUSTER, CLI_WORD("view", "summary detail trend"),
	{ "ids-from", 0, true, CLI_FILE, NULL, NULL, NULL }, CLI_SWITCH("brief"),
	CLI_CHECKED("limit", check_number), { "check", 0, true, CLI_FILE, NULL, NULL, NULL },
	CLI_SWITCH("brief-of"), CLI_VALUE("out"), CLI_END };
static const struct cli_option bundle_options[] = { COMMON_OF_ALL, CLI_VALUE("out"),
	CLI_VALUE("check"), CLI_VALUE("against"), CLI_VALUES("noted"),
	{ "population", 0, true, 0, NULL, population_word, NULL },
	{ "number", 'n', true, 0, NULL, NULL, check_number }, CLI_VALUE("seed"),
	CLI_CHECKED("after", check_number), CLI_WORD("by", "month namespace path"),
	CLI_VALUE("seed-source"), CLI_VALUE("seed-date"), CLI_VALUES("judgemental"), BOOKS, PERIOD,
	CLUSTER, POLICY, { "with-journal", 0, true, CLI_FILE, NULL, NULL, NULL }, CLI_END };
static const struct cli_option report_options[] = { COMMON, CLI_VALUE("out"), ID,
	{ "sample", 0, true, CLI_FILE, NULL, NULL, NULL },
	{ "selftest", 0, true, CLI_FILE, NULL, NULL, NULL }, CLI_WORD("pages", "all exceptions"),
	BOOKS, PERIOD, CLUSTER, POLICY, CLI_END };

/* The forms that each verb has (output.md O-19); what is not here has no -o. */
static const struct cli_forms forms[] = {
	{ "info", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON },
	{ "verify", "each", OUT_JSONL, OUT_JSONL },
	{ "verify", "peer", OUT_JSONL, OUT_JSONL },
	{ "verify", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON },
	{ "explain", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON | OUT_JSONL | OUT_CSV },
	{ "list", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON | OUT_JSONL | OUT_CSV },
	{ "grep", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON | OUT_JSONL | OUT_CSV },
	{ "show", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON | OUT_JSONL },
	{ "timeline", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON | OUT_JSONL },
	{ "cat", NULL, OUT_JSONL, OUT_JSONL },
	{ "reconstruct", NULL, OUT_YAML, OUT_YAML | OUT_JSON | OUT_JSONL | OUT_TABLE },
	{ "history", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON | OUT_JSONL },
	{ "diff", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON | OUT_JSONL },
	{ "approvals", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON | OUT_JSONL | OUT_CSV },
	{ "populations", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON | OUT_JSONL | OUT_CSV },
	{ "controls", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON | OUT_CSV },
	{ "sample", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON | OUT_CSV },
	{ "answers", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON | OUT_CSV },
	{ "bundle", NULL, OUT_TABLE, OUT_TABLE },
	{ "prove", NULL, OUT_TABLE, OUT_TABLE },
	{ "selftest", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON },
	{ "trust", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON },
	{ "report", NULL, OUT_HTML, OUT_HTML },
	{ "analysis", "brief", OUT_MD, OUT_MD | OUT_JSON },
	{ "analysis", "check", OUT_TABLE, OUT_TABLE | OUT_JSON },
	{ "analysis", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON | OUT_JSONL | OUT_MD },
	{ "sql", NULL, OUT_TABLE, OUT_TABLE | OUT_CSV | OUT_TSV | OUT_JSON | OUT_JSONL | OUT_MD },
	{ "compare", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON },
	{ NULL, NULL, OUT_TABLE, 0 },
};

static bool
verb_is(const struct cli *c, const char *name)
{
	return strcmp(c->verb->name, name) == 0;
}

/* What the options of analysis mean together. */
static int
check_analysis(const struct cli *c)
{
	bool check = cli_get(c, "check") != NULL, brief = cli_get(c, "brief") != NULL;
	const char *ids = cli_get(c, "ids-from"), *view = cli_get(c, "view");

	if (cli_get(c, "id") && (cli_get(c, "period") || cli_get(c, "all")))
		return cli_usage(
		    c, "--period and --all choose among all; with --id there is nothing to choose");
	if (cli_nth(c, "id", 1) && c->form == OUT_JSON)
		return cli_usage(c, "-o json is one document: with several --id take -o jsonl");
	if (brief && check)
		return cli_usage(c, "--brief writes a brief, --check reads a text: one of them");
	if (brief && (cli_nth(c, "id", 1) || cli_get(c, "all") || ids))
		return cli_usage(
		    c, "--brief is of one remediation (--id ID), or of a range (--period A..B)");
	if (check && (!cli_get(c, "id") || cli_nth(c, "id", 1)))
		return cli_usage(
		    c, "--check is of a text about one remediation: name it with --id");
	if (cli_get(c, "brief-of") && !check)
		return cli_usage(c, "--brief-of names the archive of a --check");
	if (cli_get(c, "limit") && !brief && !check)
		return cli_usage(
		    c, "--limit bounds the facts of a --brief, or of that of a --check");
	if (ids && (cli_get(c, "id") || cli_get(c, "period") || cli_get(c, "all")))
		return cli_usage(c, "--ids-from names them: --id, --period and --all do so too");
	if (cli_get(c, "out") &&
	    (brief || check || view || ids || cli_get(c, "all") || cli_nth(c, "id", 1) ||
		c->form != OUT_TABLE))
		return cli_usage(c,
		    "--out is a page of one remediation (--id ID), or of a range (--period A..B)");
	if (view && (brief || check))
		return cli_usage(c, "--view is of an analysis, not of a brief or a check");
	if (view && strcmp(view, "trend") == 0 && (ids || cli_get(c, "id") || cli_get(c, "all")))
		return cli_usage(c, "--view trend is of a range: without --id and --all");
	if (view && c->form == OUT_TABLE && (ids || cli_get(c, "all")))
		return cli_usage(
		    c, "a table has no views: with --all take -o jsonl or md, or name --id");
	return 0;
}

/* What the options of prove mean together. */
static int
check_prove(const struct cli *c)
{
	bool records = cli_get(c, "id") || cli_get(c, "position"),
	     from = cli_get(c, "from") != NULL;
	bool several = cli_nth(c, "id", 1) || cli_nth(c, "position", 1) ||
	    (cli_get(c, "id") && cli_get(c, "position"));

	if (records == from)
		return cli_usage(c,
		    "prove wants --id EVENT or --position N, for a record, or --from SIZE, for the "
		    "log's growth");
	if ((cli_get(c, "out") != NULL) == (cli_get(c, "out-dir") != NULL))
		return cli_usage(
		    c, "prove wants --out FILE.tlog-proof, or --out-dir DIR for several");
	if (several && cli_get(c, "out"))
		return cli_usage(c, "--out is one proof: for several --out-dir DIR");
	if (from && cli_get(c, "out-dir"))
		return cli_usage(c, "--from is one file: --out FILE");
	return 0;
}

/* What the options of trust mean together. */
static int
check_trust(const struct cli *c)
{
	bool revoke = cli_get(c, "revoke") != NULL;

	if (c->n_args + revoke > 1)
		return cli_usage(c, "trust takes one key: KEY.vkey, or --revoke KEY.vkey");
	if (cli_get(c, "fingerprint") && c->n_args == 0)
		return cli_usage(c, "--fingerprint is that of a KEY.vkey");
	if (cli_get(c, "succession") && c->n_args == 0)
		return cli_usage(c, "--succession is the note by which a KEY.vkey follows another");
	if ((c->n_args || revoke) && (cli_get(c, "expect") || cli_get(c, "output")))
		return cli_usage(c, "--expect and -o are of the list: trust without a key");
	return 0;
}

/* What options mean together. */
static int
check_together(const struct cli *c)
{
	const char *zone = cli_get(c, "zone");
	bool of_one = verb_is(c, "show") || verb_is(c, "timeline") || verb_is(c, "history");

	form_zone(zone ? zone_named(zone) : NULL);
	/* one document, or a line each: several documents one behind the other are neither */
	if (of_one && c->form == OUT_JSON && cli_nth(c, "id", 1))
		return cli_usage(c, "-o json is one document: with several --id take -o jsonl");
	if ((cli_get(c, "by-person") || cli_get(c, "exceptions-only")) && c->form != OUT_TABLE)
		return cli_usage(c, "--by-person and --exceptions-only are of the table");
	if (cli_get(c, "by-person") && cli_get(c, "exceptions-only"))
		return cli_usage(c, "--by-person lists exceptions only: one of them");
	if (cli_get(c, "each") && cli_get(c, "peer"))
		return cli_usage(c, "--each and --peer print different lines: one of them");
	if (verb_is(c, "approvals") && cli_get(c, "id") &&
	    (cli_get(c, "period") || cli_get(c, "path") || cli_get(c, "by")))
		return cli_usage(c,
		    "--period, --path and --by choose among all; with --id there is nothing to "
		    "choose");
	if (verb_is(c, "analysis"))
		return check_analysis(c);
	if (verb_is(c, "prove"))
		return check_prove(c);
	if (verb_is(c, "trust"))
		return check_trust(c);
	if (cli_get(c, "threats") && (cli_get(c, "each") || cli_get(c, "peer")))
		return cli_usage(c, "--threats is of a judgement: without --each and --peer");
	if (cli_get(c, "remember") && (cli_get(c, "each") || cli_get(c, "peer")))
		return cli_usage(c, "--remember is of a judgement: without --each and --peer");
	if (verb_is(c, "sample") && cli_get(c, "out") && cli_get(c, "output"))
		return cli_usage(c, "--out writes a file, -o prints: one of them");
	if (cli_get(c, "ids") && c->form != OUT_JSON)
		return cli_usage(c, "--ids wants -o json");
	return 0;
}

static const struct cli_verb verbs[] = {
#define VERB(name, options, summary, help) { #name, summary, help, options, cmd_##name },
#include "cmd/analyze/verbs.def"
#undef VERB
	{ NULL, NULL, NULL, NULL, NULL },
};

static const struct cli_program program = { "exhibit",
	"verifies and reads sealed archives of Kubernaut audit events, offline", verbs, forms,
	check_together,
	"info verify list grep show timeline history approvals populations controls sample compare "
	"analysis answers bundle report selftest",
	true };

int
main(int argc, char **argv)
{
	int status;

	/* no configuration of this machine has a say in what verifies (J-15) */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	status = cli_main(&program, argc, argv);

	if (status < EX_USAGE_ERR && nomem_noted()) {
		fprintf(stderr, "exhibit: out of memory: what was printed may lack something\n");
		status = EX_OS_ERR;
	}
	return journal_end(status);
}
