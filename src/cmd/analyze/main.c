#include "cmd/analyze/analyze.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "approval/controls.h"
#include "base/text.h"
#include "base/utc.h"

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

#define COMMON \
	{ "vkey", 'k', true, CLI_MANY | CLI_FILE, NULL, NULL, NULL }, \
	    { "expect", 0, true, CLI_MANY | CLI_FILE, NULL, NULL, NULL }, \
	    { "hmac-key-file", 0, true, CLI_MANY | CLI_FILE, NULL, NULL, NULL }, \
	    { "output", 'o', true, 0, NULL, NULL, NULL }, CLI_WORD("sandbox", "on off")
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
static const struct cli_option policy_options[] = { CLI_SWITCH("print"), CLI_END };
static const struct cli_option common[] = { COMMON, CLI_END };
static const struct cli_option verify_options[] = { COMMON, CLI_SWITCH("each"), CLI_SWITCH("peer"),
	CLI_CHECKED("scope", check_period), POLICY, CLI_END };
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
static const struct cli_option list_options[] = { COMMON, CLI_SWITCH("other"), PERIOD,
	CLI_CHECKED("since", check_time), CLI_CHECKED("until", check_time), PHASE, OUTCOME, PATHS,
	CLI_VALUE("approval"), CLI_VALUE("by"), CLI_VALUE("namespace"), CLI_VALUE("cluster"),
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
static const struct cli_option populations_options[] = { COMMON, PERIOD, POLICY, CLI_SWITCH("ids"),
	CLI_END };
static const struct cli_option controls_options[] = { COMMON, PERIOD, POLICY,
	{ "rule", 0, true, CLI_MANY | CLI_LIST, NULL, rule_word, NULL },
	{ "fail-on", 0, true, CLI_LIST, NULL, any_or_rule, NULL }, CLI_END };
static const struct cli_option sample_options[] = { COMMON,
	{ "population", 0, true, 0, NULL, population_word, NULL },
	{ "number", 'n', true, 0, NULL, NULL, check_number }, CLI_VALUE("seed"),
	CLI_CHECKED("after", check_number), CLI_WORD("strata", "month namespace path"), PERIOD,
	POLICY, CLI_END };
static const struct cli_option compare_options[] = { COMMON, WITH(CLI_MANY), CLI_END };
static const struct cli_option sql_options[] = { COMMON,
	{ "file", 'f', true, CLI_FILE, NULL, NULL, NULL },
	{ "param", 0, true, CLI_MANY | CLI_EMPTY, NULL, NULL, NULL }, CLI_VALUE("table"),
	CLI_SWITCH("tables"), CLI_VALUE("columns"), CLI_VALUE("into"), CLI_VALUE("check"),
	CLI_CHECKED("memory", check_size), CLI_CHECKED("timeout", check_number), CLI_END };
static const struct cli_option analysis_options[] = { COMMON, ID, CLI_SWITCH("all"), PERIOD,
	CLI_WORD("view", "summary detail"), CLI_SWITCH("brief"), CLI_CHECKED("limit", check_number),
	{ "check", 0, true, CLI_FILE, NULL, NULL, NULL }, CLI_SWITCH("brief-of"), CLI_END };
static const struct cli_option report_options[] = { COMMON, CLI_VALUE("out"), ID, PERIOD, POLICY,
	CLI_END };

/* The forms that each verb has (output.md O-19); what is not here has no -o. */
static const struct cli_forms forms[] = { { "info", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON },
	{ "verify", "each", OUT_JSONL, OUT_JSONL }, { "verify", "peer", OUT_JSONL, OUT_JSONL },
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
	{ "report", NULL, OUT_HTML, OUT_HTML }, { "analysis", "brief", OUT_MD, OUT_MD | OUT_JSON },
	{ "analysis", "check", OUT_TABLE, OUT_TABLE | OUT_JSON },
	{ "analysis", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON | OUT_JSONL },
	{ "sql", NULL, OUT_TABLE, OUT_TABLE | OUT_CSV | OUT_TSV | OUT_JSON | OUT_JSONL | OUT_MD },
	{ "compare", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON }, { NULL, NULL, OUT_TABLE, 0 } };

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

	if (cli_get(c, "id") && (cli_get(c, "period") || cli_get(c, "all")))
		return cli_usage(
		    c, "--period and --all choose among all; with --id there is nothing to choose");
	if (cli_nth(c, "id", 1) && c->form == OUT_JSON)
		return cli_usage(c, "-o json is one document: with several --id take -o jsonl");
	if (brief && check)
		return cli_usage(c, "--brief writes a brief, --check reads a text: one of them");
	if (brief && (!cli_get(c, "id") || cli_nth(c, "id", 1)))
		return cli_usage(c, "--brief is of one remediation: name it with --id");
	if (check && (!cli_get(c, "id") || cli_nth(c, "id", 1)))
		return cli_usage(
		    c, "--check is of a text about one remediation: name it with --id");
	if (cli_get(c, "brief-of") && !check)
		return cli_usage(c, "--brief-of names the archive of a --check");
	if (cli_get(c, "limit") && !brief && !check)
		return cli_usage(
		    c, "--limit bounds the facts of a --brief, or of that of a --check");
	if (cli_get(c, "view") && (c->form != OUT_TABLE || !cli_get(c, "id") || check))
		return cli_usage(c, "--view is of the text of --id");
	return 0;
}

/* What options mean together. */
static int
check_together(const struct cli *c)
{
	bool of_one = verb_is(c, "show") || verb_is(c, "timeline") || verb_is(c, "history");

	/* one document, or a line each: several documents one behind the other are neither */
	if (of_one && c->form == OUT_JSON && cli_nth(c, "id", 1))
		return cli_usage(c, "-o json is one document: with several --id take -o jsonl");
	if (cli_get(c, "each") && cli_get(c, "peer"))
		return cli_usage(c, "--each and --peer print different lines: one of them");
	if (verb_is(c, "approvals") && cli_get(c, "id") &&
	    (cli_get(c, "period") || cli_get(c, "path") || cli_get(c, "by")))
		return cli_usage(c,
		    "--period, --path and --by choose among all; with --id there is nothing to "
		    "choose");
	if (verb_is(c, "analysis"))
		return check_analysis(c);
	if (cli_get(c, "ids") && c->form != OUT_JSON)
		return cli_usage(c, "--ids wants -o json");
	return 0;
}

#define COMMON_HELP \
	"  -k, --vkey FILE-OR-TEXT  the log's public key, got by another way than this file " \
	"(repeatable)\n" \
	"  --expect CHECKPOINT      `origin size root` that the log must contain, or a file with " \
	"it (repeatable)\n" \
	"  --hmac-key-file FILE     a key of the source, as characters (repeatable)\n" \
	"  --sandbox on|off         give up rights before parsing (default on)\n"

static const struct cli_verb verbs[] = { { "info", "what an archive is and says of itself",
					     "Examples:\n  exhibit info 2026-11.exhibit\n  exhibit "
					     "info 2026-11.exhibit -o json\n\n"
					     "Authenticates block rows, seal and manifest; reads "
					     "no event. Use verify for a "
					     "judgement.\n\n" COMMON_HELP,
					     common, cmd_info },
	{ "verify", "is it complete and untouched, and how do you know",
	    "Examples:\n  exhibit verify 2026-11.exhibit --vkey acme-prod.vkey\n  exhibit verify "
	    "2026-11.exhibit --vkey acme-prod.vkey -o json\n"
	    "  exhibit verify 2026-11.exhibit --each -o jsonl --hmac-key-file audit.key\n"
	    "  exhibit verify 2026-11.exhibit --peer -o jsonl --vkey acme-prod.vkey\n\n"
	    "Checks every byte of the file, every record, and every event against the hash its "
	    "source stored.\n\n"
	    "  --each                   one line of JSON per event instead of the judgement\n"
	    "  --peer                   one line of JSON per correlation: what Kubernaut's own "
	    "verify-chain would answer on these\n"
	    "                           rows with the first --hmac-key-file, and why that differs "
	    "from our verdict\n"
	    "  --scope A..B             the period that you look at: what its exporter left out "
	    "beyond it is no lack, remediations\n"
	    "                           that its borders cut are named, and whether it was looked "
	    "at whole is said\n"
	    "  --policy FILE            the auditor's YAML: vkeys, expectations, period (a scope), "
	    "and the parameter key_rollout,\n"
	    "                           seconds that instances may run on without the source's "
	    "key\n" COMMON_HELP "\nStatus: 0 verified, 1 altered, "
	    "2 incomplete, 3 not proven, 4 "
	    "conflict, 5 unreadable, 64-78 "
	    "nothing judged.\n",
	    verify_options, cmd_verify },
	{ "explain", "what a finding or a rule means, what to do, how to redo it by hand",
	    "Examples:\n  exhibit explain\n  exhibit explain S01\n  exhibit explain edited\n  "
	    "exhibit explain AP-01\n"
	    "  exhibit explain A01 2026-11.exhibit\n\n"
	    "With a file, the commands of stock tools that redo the check, ready to run; with an "
	    "event, its bytes, the command that\n"
	    "hashes them, and what is expected.\n\n"
	    "  --id EVENT               the id of an event, as findings name it "
	    "(repeatable)\n" COMMON_HELP,
	    explain_options, cmd_explain },
	{ "key", "name and fingerprint of a public key",
	    "Examples:\n  exhibit key acme-prod.vkey\n\n  --sandbox on|off         give up rights "
	    "before parsing (default on)\n",
	    key_options, cmd_key },
	{ "list", "the remediations in an archive",
	    "Examples:\n  exhibit list 2026-11.exhibit\n  exhibit list 2026-11.exhibit --other -o "
	    "jsonl\n"
	    "  exhibit list 2026-11.exhibit --phase Failed --namespace shop --since 2026-11-20 "
	    "--sort duration --limit 20\n\n"
	    "  --other                  also correlations that are no remediation\n"
	    "  --period A..B, --since A, --until B\n                           those whose first "
	    "event is of that time\n"
	    "  --phase PHASE, --outcome OUTCOME, --path PATH, --approval WORD, --by WHO\n"
	    "                           those that stand so, were allowed so, were decided so, or "
	    "by this person\n"
	    "  --namespace NS, --cluster NAME\n                           those whose target lies "
	    "there, whose events name it\n"
	    "  --sort id|first|last|duration|events\n                           by that; the "
	    "longest, and those of most events, first\n"
	    "  --limit N                the first N of them\n" COMMON_HELP,
	    list_options, cmd_list },
	{ "grep", "a text or a pattern in events, and where it stands",
	    "Examples:\n  exhibit grep pricing-70 2026-11.exhibit\n  exhibit grep '/carol|dave/' "
	    "2026-11.exhibit -o jsonl\n"
	    "  exhibit grep -i 'out of memory' 2026-11.exhibit --id rr-a0cd --limit 20\n\n"
	    "Looks at every column of every event, and at every name and value of event_data: a "
	    "line for each that holds it,\n"
	    "with the place, such as event_data.alternatives[0].workflow_id. A pattern between "
	    "slashes is one of PCRE2.\n\n"
	    "  -i, --ignore-case        capitals and small letters alike\n"
	    "  --id ID                  only one correlation; as for show\n  --limit N             "
	    "   the first N of them\n" COMMON_HELP "\nStatus: 0 done, also without a hit, 1 "
	    "altered (intact rows are searched), 64 no such "
	    "pattern, 75 too hard to match.\n",
	    grep_options, cmd_grep },
	{ "show", "the story of one remediation",
	    "Examples:\n  exhibit show 2026-11.exhibit --id rr-a0cd2b64efdc\n  exhibit show "
	    "2026-11.exhibit --id rr-a0cd\n\n"
	    "  --id ID                  a correlation id, an event id, an approval or notification "
	    "name, or a unique prefix\n" COMMON_HELP,
	    id_options, cmd_show },
	{ "timeline", "every event of one remediation in order",
	    "Examples:\n  exhibit timeline 2026-11.exhibit --id rr-a0cd\n  exhibit timeline "
	    "2026-11.exhibit --id rr-a0cd -o json\n\n"
	    "By stated time; order within one moment is not proven, and links tell what was stored "
	    "behind what.\n\n  --id ID                  as for show\n" COMMON_HELP,
	    id_options, cmd_timeline },
	{ "cat", "the records themselves, every column as it was",
	    "Examples:\n  exhibit cat 2026-11.exhibit -o jsonl\n  exhibit cat 2026-11.exhibit "
	    "--kind reject\n  exhibit cat 2026-11.exhibit --id rr-a0cd\n\n"
	    "  --kind KIND              event (default), reject, context, manifest, conflict, "
	    "dead-letter\n"
	    "  --id ID                  only one correlation\n" COMMON_HELP,
	    cat_options, cmd_cat },
	{ "reconstruct", "rebuild the RemediationRequest, spec and status",
	    "Examples:\n  exhibit reconstruct 2026-11.exhibit --id rr-a0cd\n  exhibit reconstruct "
	    "2026-11.exhibit --id rr-a0cd --provenance\n"
	    "  exhibit reconstruct 2026-11.exhibit --all -o jsonl\n  exhibit reconstruct "
	    "2026-11.exhibit --all --out-dir rebuilt\n"
	    "  exhibit reconstruct 2026-11.exhibit --all --period 2026-11-01..2026-11-30 --phase "
	    "Failed --list\n"
	    "  exhibit reconstruct 2026-11.exhibit --all --layout must-gather --out-dir "
	    "must-gather.rebuilt\n\n"
	    "YAML by default, with a comment behind each field: how sure it is, by which rule, "
	    "from which event.\n\n"
	    "  --id ID                  as for show\n  --all                    every remediation, "
	    "in the order of the log\n"
	    "  --period A..B, --namespace NS, --phase PHASE, --outcome OUTCOME\n"
	    "                           of them those whose first event is of that time, whose "
	    "target lies there, that ended so\n"
	    "  --partial                also remediations whose first event is not here: what "
	    "other events tell of them\n"
	    "  --at TIME-OR-POSITION    as the events told until then\n"
	    "  --children               also what events carry of the objects that belong to it\n"
	    "  --provenance             instead of the object: where each field comes from, and "
	    "what is missing and why\n"
	    "  --no-comments            YAML without comments behind its fields\n"
	    "  --status nested|flat     how status is laid out (default: as the source's version "
	    "wrote it)\n"
	    "  --list                   one List of all objects\n"
	    "  --out-dir DIR            a file for each, named after it; none is overwritten\n"
	    "  --layout must-gather     in DIR, the folders that readers of must-gathers open; "
	    "with children\n"
	    "  --profile guide          what Kubernaut's own reconstruction would answer, its "
	    "completeness and refusals included\n"
	    "  --now TIME               the clock of that answer (default: the time of the last "
	    "event)\n" COMMON_HELP,
	    reconstruct_options, cmd_reconstruct },
	{ "history", "the RemediationRequest as a series of changes, each with its event",
	    "Examples:\n  exhibit history 2026-11.exhibit --id rr-a0cd\n  exhibit history "
	    "2026-11.exhibit --id rr-a0cd -o jsonl\n\n"
	    "What each event tells of the object: fields that are new, changed or gone.\n\n  --id "
	    "ID                  as for show\n"
	    "  --partial                also if the remediation's first event is not "
	    "here\n" COMMON_HELP,
	    history_options, cmd_history },
	{ "diff", "the rebuilt RemediationRequest beside one that was collected, or that lives",
	    "Examples:\n  exhibit diff 2026-11.exhibit --id rr-a0cd --with rr.yaml\n  kubectl get "
	    "rr NAME -o yaml --show-managed-fields > rr.yaml\n"
	    "  exhibit diff collected.exhibit --with-collected\n\n"
	    "Told apart: what differs, what somebody else than the controller set (by the object's "
	    "managedFields), what only one\n"
	    "of the two has, times that differ by seconds, and what no event ever carries.\n\n"
	    "  --id ID                  as for show\n  --with FILE              the object, YAML "
	    "or JSON\n"
	    "  --with-collected         the objects that a must-gather brought along, all of them "
	    "or that of --id\n" COMMON_HELP "\nStatus: 0 no difference, 11 differences, 1 altered, "
	    "4 conflict, 5 unreadable, 64-78 nothing compared.\n",
	    diff_options, cmd_diff },
	{ "approvals", "what was asked, who decided, what followed",
	    "Examples:\n  exhibit approvals 2026-11.exhibit --vkey acme-prod.vkey\n  exhibit "
	    "approvals 2026-11.exhibit --id rr-a0cd\n"
	    "  exhibit approvals 2026-11.exhibit --path approved --by carol -o csv\n\n"
	    "A line for every remediation; with --id its page: asked, decided, done, what the "
	    "approver was shown, each event and\n"
	    "where it lies.\n\n"
	    "  --id ID                  one page per approval; as for show, also by the name of "
	    "the request\n"
	    "  --period A..B            by the date of the request, or of the first event where "
	    "nobody was asked\n"
	    "  --path PATH              approved, rejected, expired, pending, timed-out, "
	    "auto-approved, manual-review, no-action,\n"
	    "                           dry-run, blocked, failed-before, none\n  --by WHO          "
	    "       decided by\n" COMMON_HELP,
	    approvals_options, cmd_approvals },
	{ "populations", "who is counted where, and how the counts add up",
	    "Examples:\n  exhibit populations 2026-11.exhibit --vkey acme-prod.vkey --period "
	    "2026-11-01..2026-11-30\n"
	    "  exhibit populations 2026-11.exhibit --ids -o json\n\n"
	    "Executed, approved and decided remediations reconciled both ways, every difference "
	    "named; with what people did besides.\n\n"
	    "  --period A..B            by the date that each definition names\n"
	    "  --policy FILE            the auditor's YAML, for its period and keys\n"
	    "  --ids                    with -o json: all ids\n" COMMON_HELP,
	    populations_options, cmd_populations },
	{ "controls", "rules on approvals held against every remediation",
	    "Examples:\n  exhibit controls 2026-11.exhibit --vkey acme-prod.vkey --period "
	    "2026-11-01..2026-11-30\n"
	    "  exhibit controls 2026-11.exhibit --vkey acme-prod.vkey --policy auditor.yaml -o "
	    "csv\n"
	    "  exhibit controls 2026-11.exhibit --rule AP-01 --rule AP-09 --fail-on any\n\n"
	    "For each rule: how many it is about, tested, passed, exceptions, not applicable, not "
	    "testable; for each exception the\n"
	    "fact, the events that prove it, and innocent explanations. What an exception means is "
	    "the auditor's judgement.\n\n"
	    "  --policy FILE            the auditor's YAML, such as exhibit policy --print prints; "
	    "its digest is printed\n"
	    "  --period A..B            by the date that each population names; without it that of "
	    "the policy\n  --rule RULE      "
	    "        only this one (repeatable)\n"
	    "  --fail-on any|RULE,…     status 10 if there are exceptions\n" COMMON_HELP,
	    controls_options, cmd_controls },
	{ "policy", "the auditor's file, with everything that may stand in it",
	    "Examples:\n  exhibit policy --print > auditor.yaml\n\n"
	    "A commented file for --policy: every parameter with its default and its unit, every "
	    "other member with its form; what\n"
	    "has no default is a comment. As it is printed it changes nothing.\n\n"
	    "  --print                  print it\n",
	    policy_options, cmd_policy },
	{ "sample", "a random sample of a population, that anybody can draw again",
	    "Examples:\n  exhibit sample 2026-11.exhibit --population execution_started -n 25 "
	    "--seed 2026-11-acme -o csv\n"
	    "  exhibit sample 2026-11.exhibit --population execution_started -n 10 --seed "
	    "2026-11-acme --after 25\n"
	    "  exhibit sample 2026-11.exhibit --population approved -n 5 --seed 2026-11-acme "
	    "--strata namespace\n\n"
	    "In the order of SHA-256(seed, digest of the population, id): no row order matters, "
	    "ten more keep the first. With\n"
	    "-o csv a worksheet: facts and test attributes filled in, tester, date, remark left "
	    "blank; exceptions apart.\n\n"
	    "  --population NAME        exhibit populations lists them\n  -n, --number N           "
	    "how many (of each stratum)\n"
	    "  --seed TEXT              the auditor's, chosen when the sample is drawn\n  --after "
	    "K                those behind the first K\n"
	    "  --strata month|namespace|path\n                           so many of each\n"
	    "  --period A..B, --policy FILE\n                           as for populations and "
	    "controls\n" COMMON_HELP,
	    sample_options, cmd_sample },
	{ "report", "a self-contained HTML report",
	    "Examples:\n  exhibit report 2026-11.exhibit --vkey acme-prod.vkey --out "
	    "report.html\n\n"
	    "  --out FILE               the report; replaced as a whole or not at all\n"
	    "  --id ID                  only these remediations get a page (default: the first "
	    "200)\n"
	    "  --period A..B, --policy FILE\n                           of its populations and "
	    "tests, as for controls\n" COMMON_HELP,
	    report_options, cmd_report },
	{ "analysis", "how long, why, who decided, did it hold: one remediation or many",
	    "Examples:\n  exhibit analysis 2026-11.exhibit --id rr-a0cd\n  exhibit analysis "
	    "2026-11.exhibit --id rr-a0cd --view summary\n"
	    "  exhibit analysis 2026-11.exhibit --all -o jsonl\n"
	    "  exhibit analysis 2026-11.exhibit --period 2026-11-01..2026-11-30\n"
	    "  exhibit analysis 2026-11.exhibit --id rr-a0cd --brief > brief.md\n"
	    "  exhibit analysis --check answer.md --brief-of 2026-11.exhibit --id rr-a0cd\n\n"
	    "Timeline, phases and the longest of them, the model's answer beside the outcome, "
	    "approval, effect, acts of people,\n"
	    "what was similar; without --id or --all the sums over a range, with recommendations "
	    "and what they rest on.\n"
	    "Observational: policy selects what is executed, so neither people nor models are "
	    "ranked.\n\n"
	    "  --id ID                  as for show (repeatable)\n  --all                    each "
	    "remediation instead of their sums\n"
	    "  --period A..B            those whose signal was received then\n"
	    "  --view summary|detail    half a page, or all of it (default)\n"
	    "  --brief                  numbered facts, questions and rules for a language model "
	    "elsewhere (-o md, json)\n"
	    "  --limit N                facts in it at most\n"
	    "  --check TEXT             what was written about it, held against those facts, "
	    "sentence by sentence (-o json):\n"
	    "                           status 11 where one is not grounded; --brief-of may stand "
	    "before the archive\n" COMMON_HELP,
	    analysis_options, cmd_analysis },
	{ "sql", "the archive as tables: ask it in SQL",
	    "Examples:\n  exhibit sql 2026-11.exhibit --tables\n  exhibit sql 2026-11.exhibit "
	    "--columns orchestration_audit\n"
	    "  exhibit sql 2026-11.exhibit --table ai_analysis_audit -o csv\n"
	    "  exhibit sql 2026-11.exhibit \"SELECT overall_phase, count(*) FROM "
	    "orchestration_audit GROUP BY 1\"\n"
	    "  exhibit sql 2026-11.exhibit --param who=carol \"SELECT * FROM ai_analysis_audit "
	    "WHERE approved_by = :who\"\n"
	    "  exhibit sql 2026-11.exhibit --into 2026-11.db\n\n"
	    "Reads the archive in place, authenticated as every other verb does; nothing can be "
	    "written, attached or loaded.\n"
	    "Without a query it is read from standard input, statement by statement where that is "
	    "a terminal.\n\n"
	    "  -f, --file FILE          the query\n  --param NAME=VALUE       the value of :NAME "
	    "(repeatable)\n"
	    "  --table NAME             all rows of a table, in its own order\n  --tables          "
	    "       the tables, with a sentence each\n"
	    "  --columns TABLE          what each of its columns is: type, unit, grade, source, "
	    "rule\n"
	    "  --into OUT.db            plain tables in a new SQLite database: all, or those named "
	    "behind the files\n"
	    "  --check OUT.db           holds such a database against the archive\n"
	    "  -o FORM                  table, csv, tsv, json, jsonl, md\n"
	    "  --memory SIZE            what a query may take, such as 512M (default 1G)\n"
	    "  --timeout SECONDS        of one statement\n" COMMON_HELP "\nStatus: 0 done, 1 "
	    "altered (intact rows are "
	    "given), 4 conflict, 5 "
	    "unreadable, 64 no such "
	    "query, 74 memory, 75 "
	    "time.\n",
	    sql_options, cmd_sql },
	{ "compare", "two exports of one source, taken at different times",
	    "Examples:\n  exhibit compare 2026-12.exhibit --with 2026-11.exhibit --vkey "
	    "acme-prod.vkey\n"
	    "  exhibit compare 2026-12.exhibit --with 2026-11.exhibit --vkey acme-prod.vkey -o "
	    "json\n\n"
	    "Holds the rows of a later export against those of an earlier one: changed, "
	    "re-chained, vanished, come late, or\n"
	    "changed in columns that no hash covers. One export alone cannot show a deleted last "
	    "event, or a chain that was\n"
	    "computed anew.\n\n"
	    "  --with FILE              the old archive (repeatable)\n" COMMON_HELP
	    "\nStatus: 0 no difference, 11 differences, 1 altered, 4 conflict, 5 unreadable, 64-78 "
	    "nothing compared.\n",
	    compare_options, cmd_compare },
	{ NULL, NULL, NULL, NULL, NULL } };

static const struct cli_program program = { "exhibit",
	"verifies and reads sealed archives of Kubernaut audit events, offline", verbs, forms,
	check_together, true };

int
main(int argc, char **argv)
{
	int status;

	/* no configuration of this machine has a say in what verifies (J-15) */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	status = cli_main(&program, argc, argv);

	if (status < EX_USAGE_ERR && nomem_noted()) {
		fprintf(stderr, "exhibit: out of memory: what was printed may lack something\n");
		return EX_OS_ERR;
	}
	return status;
}
