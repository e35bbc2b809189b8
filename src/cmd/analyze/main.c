#include "cmd/analyze/analyze.h"

#include <stdio.h>

#define COMMON { "vkey", 'k', true }, { "expect", 0, true }, { "hmac-key-file", 0, true }, { "output", 'o', true }, { "sandbox", 0, true }

static const struct cli_option none[] = { { NULL, 0, false } };
static const struct cli_option common[] = { COMMON, { NULL, 0, false } };
static const struct cli_option verify_options[] = { COMMON, { "each", 0, false }, { "peer", 0, false }, { "policy", 0, true }, { NULL, 0, false } };
static const struct cli_option list_options[] = { COMMON, { "other", 0, false }, { NULL, 0, false } };
static const struct cli_option id_options[] = { COMMON, { "id", 0, true }, { NULL, 0, false } };
static const struct cli_option cat_options[] = { COMMON, { "id", 0, true }, { "kind", 0, true }, { NULL, 0, false } };
static const struct cli_option reconstruct_options[] = { COMMON, { "id", 0, true }, { "all", 0, false }, { "partial", 0, false }, { "profile", 0, true }, { "now", 0, true }, { "at", 0, true }, { "out-dir", 0, true },
	{ "children", 0, false }, { "provenance", 0, false }, { "no-comments", 0, false }, { "status", 0, true }, { "layout", 0, true }, { "list", 0, false }, { "period", 0, true },
	{ "namespace", 0, true }, { "phase", 0, true }, { "outcome", 0, true }, { NULL, 0, false } };
static const struct cli_option history_options[] = { COMMON, { "id", 0, true }, { "partial", 0, false }, { NULL, 0, false } };
static const struct cli_option diff_options[] = { COMMON, { "id", 0, true }, { "with", 0, true }, { "with-collected", 0, false }, { NULL, 0, false } };
static const struct cli_option approvals_options[] = { COMMON, { "id", 0, true }, { "period", 0, true }, { "path", 0, true }, { "by", 0, true }, { NULL, 0, false } };
static const struct cli_option populations_options[] = { COMMON, { "period", 0, true }, { "ids", 0, false }, { NULL, 0, false } };
static const struct cli_option controls_options[] = { COMMON, { "period", 0, true }, { "policy", 0, true }, { "rule", 0, true }, { "fail-on", 0, true }, { NULL, 0, false } };
static const struct cli_option sample_options[] = { COMMON, { "population", 0, true }, { "number", 'n', true }, { "seed", 0, true }, { "after", 0, true }, { "strata", 0, true }, { "period", 0, true },
	{ "policy", 0, true }, { NULL, 0, false } };
static const struct cli_option compare_options[] = { COMMON, { "with", 0, true }, { NULL, 0, false } };
static const struct cli_option report_options[] = { COMMON, { "out", 0, true }, { "id", 0, true }, { "period", 0, true }, { "policy", 0, true }, { NULL, 0, false } };

#define COMMON_HELP \
	"  -k, --vkey FILE-OR-TEXT  the log's public key, got by another way than this file (repeatable)\n" \
	"  --expect CHECKPOINT      `origin size root` that the log must contain, or a file with it (repeatable)\n" \
	"  --hmac-key-file FILE     a key of the source, as characters (repeatable)\n" \
	"  --sandbox on|off         give up rights before parsing (default on)\n"

static const struct cli_verb verbs[] = {
	{ "info", "what an archive is and says of itself",
	"Examples:\n  exhibit info 2026-11.exhibit\n  exhibit info 2026-11.exhibit -o json\n\n"
	"Authenticates block rows, seal and manifest; reads no event. Use verify for a judgement.\n\n" COMMON_HELP, common, cmd_info },
	{ "verify", "is it complete and untouched, and how do you know",
	"Examples:\n  exhibit verify 2026-11.exhibit --vkey acme-prod.vkey\n  exhibit verify 2026-11.exhibit --vkey acme-prod.vkey -o json\n"
	"  exhibit verify 2026-11.exhibit --each -o jsonl --hmac-key-file audit.key\n"
	"  exhibit verify 2026-11.exhibit --peer -o jsonl --vkey acme-prod.vkey\n\n"
	"Checks every byte of the file, every record, and every event against the hash its source stored.\n\n"
	"  --each                   one line of JSON per event instead of the judgement\n"
	"  --peer                   one line of JSON per correlation: what Kubernaut's own verify-chain would answer on these\n"
	"                           rows with the first --hmac-key-file, and why that differs from our verdict\n"
	"  --policy FILE            the auditor's YAML: key_rollout, seconds that instances may run on without the source's key\n" COMMON_HELP
	"\nStatus: 0 verified, 1 altered, 2 incomplete, 3 not proven, 4 conflict, 5 unreadable, 64-78 nothing judged.\n", verify_options, cmd_verify },
	{ "explain", "what a finding or a rule means, what to do, how to redo it by hand",
	"Examples:\n  exhibit explain S01\n  exhibit explain edited\n  exhibit explain AP-01\n", none, cmd_explain },
	{ "key", "name and fingerprint of a public key", "Examples:\n  exhibit key acme-prod.vkey\n", none, cmd_key },
	{ "list", "the remediations in an archive",
	"Examples:\n  exhibit list 2026-11.exhibit\n  exhibit list 2026-11.exhibit --other -o jsonl\n\n"
	"  --other                  also correlations that are no remediation\n" COMMON_HELP, list_options, cmd_list },
	{ "show", "the story of one remediation",
	"Examples:\n  exhibit show 2026-11.exhibit --id rr-a0cd2b64efdc\n  exhibit show 2026-11.exhibit --id rr-a0cd\n\n"
	"  --id ID                  a correlation id, an event id, an approval or notification name, or a unique prefix\n" COMMON_HELP, id_options, cmd_show },
	{ "timeline", "every event of one remediation in order",
	"Examples:\n  exhibit timeline 2026-11.exhibit --id rr-a0cd\n  exhibit timeline 2026-11.exhibit --id rr-a0cd -o json\n\n"
	"Order inside a second is proved by links or said to be unknown.\n\n  --id ID                  as for show\n" COMMON_HELP, id_options, cmd_timeline },
	{ "cat", "the records themselves, every column as it was",
	"Examples:\n  exhibit cat 2026-11.exhibit -o jsonl\n  exhibit cat 2026-11.exhibit --kind reject\n  exhibit cat 2026-11.exhibit --id rr-a0cd\n\n"
	"  --kind KIND              event (default), reject, context, manifest, conflict, dead-letter\n"
	"  --id ID                  only one correlation\n" COMMON_HELP, cat_options, cmd_cat },
	{ "reconstruct", "rebuild the RemediationRequest, spec and status",
	"Examples:\n  exhibit reconstruct 2026-11.exhibit --id rr-a0cd\n  exhibit reconstruct 2026-11.exhibit --id rr-a0cd --provenance\n"
	"  exhibit reconstruct 2026-11.exhibit --all -o jsonl\n  exhibit reconstruct 2026-11.exhibit --all --out-dir rebuilt\n"
	"  exhibit reconstruct 2026-11.exhibit --all --period 2026-11-01..2026-11-30 --phase Failed --list\n"
	"  exhibit reconstruct 2026-11.exhibit --all --layout must-gather --out-dir must-gather.rebuilt\n\n"
	"YAML by default, with a comment behind each field: how sure it is, by which rule, from which event.\n\n"
	"  --id ID                  as for show\n  --all                    every remediation, in the order of the log\n"
	"  --period A..B, --namespace NS, --phase PHASE, --outcome OUTCOME\n"
	"                           of them those whose first event is of that time, whose target lies there, that ended so\n"
	"  --partial                also remediations whose first event is not here: what other events tell of them\n"
	"  --at TIME-OR-POSITION    as the events told until then\n"
	"  --children               also what events carry of the objects that belong to it\n"
	"  --provenance             instead of the object: where each field comes from, and what is missing and why\n"
	"  --no-comments            YAML without comments behind its fields\n"
	"  --status nested|flat     how status is laid out (default: as the source's version wrote it)\n"
	"  --list                   one List of all objects\n"
	"  --out-dir DIR            a file for each, named after it; none is overwritten\n"
	"  --layout must-gather     in DIR, the folders that readers of must-gathers open; with children\n"
	"  --profile guide          what Kubernaut's own reconstruction would answer, its completeness and refusals included\n"
	"  --now TIME               the clock of that answer (default: the time of the last event)\n" COMMON_HELP, reconstruct_options, cmd_reconstruct },
	{ "history", "the RemediationRequest as a series of changes, each with its event",
	"Examples:\n  exhibit history 2026-11.exhibit --id rr-a0cd\n  exhibit history 2026-11.exhibit --id rr-a0cd -o jsonl\n\n"
	"What each event tells of the object: fields that are new, changed or gone.\n\n  --id ID                  as for show\n"
	"  --partial                also if the remediation's first event is not here\n" COMMON_HELP, history_options, cmd_history },
	{ "diff", "the rebuilt RemediationRequest beside one that was collected, or that lives",
	"Examples:\n  exhibit diff 2026-11.exhibit --id rr-a0cd --with rr.yaml\n  kubectl get rr NAME -o yaml --show-managed-fields > rr.yaml\n"
	"  exhibit diff collected.exhibit --with-collected\n\n"
	"Told apart: what differs, what somebody else than the controller set (by the object's managedFields), what only one\n"
	"of the two has, times that differ by seconds, and what no event ever carries.\n\n"
	"  --id ID                  as for show\n  --with FILE              the object, YAML or JSON\n"
	"  --with-collected         the objects that a must-gather brought along, all of them or that of --id\n" COMMON_HELP
	"\nStatus: 0 no difference, 11 differences, 1 altered, 4 conflict, 5 unreadable, 64-78 nothing compared.\n", diff_options, cmd_diff },
	{ "approvals", "what was asked, who decided, what followed",
	"Examples:\n  exhibit approvals 2026-11.exhibit --vkey acme-prod.vkey\n  exhibit approvals 2026-11.exhibit --id rr-a0cd\n"
	"  exhibit approvals 2026-11.exhibit --path approved --by carol -o csv\n\n"
	"A line for every remediation; with --id its page: asked, decided, done, what the approver was shown, each event and\n"
	"where it lies.\n\n"
	"  --id ID                  one page per approval; as for show, also by the name of the request\n"
	"  --period A..B            by the date of the request, or of the first event where nobody was asked\n"
	"  --path PATH              approved, rejected, expired, pending, timed-out, auto-approved, manual-review, no-action,\n"
	"                           dry-run, blocked, failed-before, none\n  --by WHO                 decided by\n" COMMON_HELP, approvals_options, cmd_approvals },
	{ "populations", "who is counted where, and how the counts add up",
	"Examples:\n  exhibit populations 2026-11.exhibit --vkey acme-prod.vkey --period 2026-11-01..2026-11-30\n"
	"  exhibit populations 2026-11.exhibit --ids -o json\n\n"
	"Executed, approved and decided remediations reconciled both ways, every difference named; with what people did besides.\n\n"
	"  --period A..B            by the date that each definition names\n  --ids                    with -o json: all ids\n" COMMON_HELP, populations_options, cmd_populations },
	{ "controls", "rules on approvals held against every remediation",
	"Examples:\n  exhibit controls 2026-11.exhibit --vkey acme-prod.vkey --period 2026-11-01..2026-11-30\n"
	"  exhibit controls 2026-11.exhibit --vkey acme-prod.vkey --policy auditor.yaml -o csv\n"
	"  exhibit controls 2026-11.exhibit --rule AP-01 --rule AP-09 --fail-on any\n\n"
	"For each rule: how many it is about, tested, passed, exceptions, not applicable, not testable; for each exception the\n"
	"fact, the events that prove it, and innocent explanations. What an exception means is the auditor's judgement.\n\n"
	"  --policy FILE            the auditor's YAML: parameters, approvers, working_hours, zone, high_risk_environments,\n"
	"                           high_risk_severities, front_ends, known_policy_hashes; its digest is printed\n"
	"  --period A..B            by the date that each population names\n  --rule RULE              only this one (repeatable)\n"
	"  --fail-on any|RULE,…     status 10 if there are exceptions\n" COMMON_HELP, controls_options, cmd_controls },
	{ "sample", "a random sample of a population, that anybody can draw again",
	"Examples:\n  exhibit sample 2026-11.exhibit --population execution_started -n 25 --seed 2026-11-acme -o csv\n"
	"  exhibit sample 2026-11.exhibit --population execution_started -n 10 --seed 2026-11-acme --after 25\n"
	"  exhibit sample 2026-11.exhibit --population approved -n 5 --seed 2026-11-acme --strata namespace\n\n"
	"In the order of SHA-256(seed, digest of the population, id): no row order matters, ten more keep the first. With\n"
	"-o csv a worksheet: facts and test attributes filled in, tester, date, remark left blank; exceptions apart.\n\n"
	"  --population NAME        exhibit populations lists them\n  -n, --number N           how many (of each stratum)\n"
	"  --seed TEXT              the auditor's, chosen when the sample is drawn\n  --after K                those behind the first K\n"
	"  --strata month|namespace|path\n                           so many of each\n"
	"  --period A..B, --policy FILE\n                           as for populations and controls\n" COMMON_HELP, sample_options, cmd_sample },
	{ "report", "a self-contained HTML report",
	"Examples:\n  exhibit report 2026-11.exhibit --vkey acme-prod.vkey --out report.html\n\n"
	"  --out FILE               the report; replaced as a whole or not at all\n"
	"  --id ID                  only these remediations get a page (default: the first 200)\n"
	"  --period A..B, --policy FILE\n                           of its populations and tests, as for controls\n" COMMON_HELP, report_options, cmd_report },
	{ "compare", "two exports of one source, taken at different times",
	"Examples:\n  exhibit compare 2026-12.exhibit --with 2026-11.exhibit --vkey acme-prod.vkey\n"
	"  exhibit compare 2026-12.exhibit --with 2026-11.exhibit --vkey acme-prod.vkey -o json\n\n"
	"Holds the rows of a later export against those of an earlier one: changed, re-chained, vanished, come late, or\n"
	"changed in columns that no hash covers. One export alone cannot show a deleted last event, or a chain that was\n"
	"computed anew.\n\n"
	"  --with FILE              the old archive (repeatable)\n" COMMON_HELP
	"\nStatus: 0 no difference, 11 differences, 1 altered, 4 conflict, 5 unreadable, 64-78 nothing compared.\n", compare_options, cmd_compare },
	{ NULL, NULL, NULL, NULL, NULL }
};

static const struct cli_program program = { "exhibit", "verifies and reads sealed archives of Kubernaut audit events, offline", verbs };

int
main(int argc, char **argv)
{
	int status = cli_main(&program, argc, argv);

	if (status < EX_USAGE_ERR && nomem_noted()) {
		fprintf(stderr, "exhibit: out of memory: what was printed may lack something\n");
		return EX_OS_ERR;
	}
	return status;
}
