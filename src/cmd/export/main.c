#include <sqlite3.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "cmd/cli.h"
#include "cmd/export/export.h"

static int
check_time(const struct cli *c, const struct cli_option *o, const char *value)
{
	struct utc_span t;

	if (utc_span_parse(value, strlen(value), &t) != UTC_OK)
		return cli_usage(c, "--%s %.100s: want " UTC_WANTED, o->name, value);
	return 0;
}

static int
check_duration(const struct cli *c, const struct cli_option *o, const char *value)
{
	double seconds;

	return duration(value, &seconds) ?
	    0 :
	    cli_usage(
		c, "--%s %.100s: want a time such as 500ms, 10s, 5m, 1h or 7d", o->name, value);
}

static int
check_level(const struct cli *c, const struct cli_option *o, const char *value)
{
	uint64_t level;

	if (!dec_u64(value, strlen(value), &level) || level < 1 || level > 19)
		return cli_usage(c, "--%s %.100s: want 1 to 19", o->name, value);
	return 0;
}

#define FILE_OPTION(name, flags) \
	{ \
		name, 0, true, CLI_FILE | (flags), NULL, NULL, NULL \
	}
#define OUTPUT \
	{ \
		"output", 'o', true, 0, NULL, NULL, NULL \
	}

/* How living sources are reached. */
#define LIVE_OPTIONS \
	CLI_VALUE("token-file"), CLI_VALUE("ca-file"), CLI_SWITCH("plain-http"), \
	    CLI_CHECKED("statement-timeout", check_duration), \
	    CLI_CHECKED("max-snapshot", check_duration), CLI_SWITCH("with-detached")

#define LIVE_HELP \
	"  --token-file FILE         bearer token for https://…; read again when it is refused\n" \
	"  --ca-file FILE            authorities for https://…, PEM (default: the system's)\n" \
	"  --plain-http              let the token cross the network without TLS\n" \
	"  --statement-timeout D     of one statement on postgres://… (1h)\n" \
	"  --max-snapshot D          give up when the snapshot would be held longer: it keeps " \
	"the server from cleaning up\n" \
	"  --with-detached           tables audit_events_YYYY_MM that are no partitions any " \
	"more, too\n"

static const struct cli_option keygen_options[] = { CLI_VALUE("name"), CLI_VALUE("out"), CLI_END };
static const struct cli_option inspect_options[] = { OUTPUT, CLI_VALUE("table"), LIVE_OPTIONS,
	CLI_END };
static const struct cli_option archive_options[] = { CLI_VALUE("out"), CLI_VALUE("origin"),
	FILE_OPTION("key", 0), CLI_SWITCH("unsealed"), CLI_CHECKED("since", check_time),
	CLI_CHECKED("until", check_time), OUTPUT, CLI_CHECKED("level", check_level),
	CLI_CHECKED("started-at", check_time), { "quiet", 'q', false, 0, NULL, NULL, NULL },
	CLI_VALUES("after"), CLI_SWITCH("without-earlier"), CLI_VALUES("ids"),
	CLI_SWITCH("write-ids"), CLI_SWITCH("use-unsanitised"),
	{ "redact", 0, true, CLI_EMPTY, NULL, NULL, NULL }, CLI_SWITCH("resume"),
	CLI_VALUE("table"), CLI_VALUES("label"), CLI_SWITCH("record-paths"), CLI_VALUE("mode"),
	CLI_SWITCH("follow"), CLI_SWITCH("once"), CLI_CHECKED("poll", check_duration),
	CLI_CHECKED("interval", check_duration), CLI_CHECKED("sweep", check_duration),
	CLI_CHECKED("overlap", check_duration), CLI_VALUE("roll-bytes"),
	CLI_CHECKED("roll-every", check_duration), CLI_VALUE("metrics"), LIVE_OPTIONS, CLI_END };
static const struct cli_option reconcile_options[] = { FILE_OPTION("source", 0),
	{ "vkey", 'k', true, CLI_FILE, NULL, NULL, NULL }, OUTPUT, CLI_VALUE("table"), LIVE_OPTIONS,
	CLI_END };

/* The forms that each verb has (output.md O-19). */
static const struct cli_forms forms[] = { { "inspect", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON },
	{ "archive", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON },
	{ "reconcile", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON }, { NULL, NULL, OUT_TABLE, 0 } };

/* What options mean together. */
static int
check_together(const struct cli *c)
{
	static const char *const following[] = { "once", "poll", "interval", "sweep", "overlap",
		"roll-bytes", "roll-every", "metrics" };
	static const char *const whole[] = { "after", "token-file", "ca-file", "metrics" };
	const char *file, *since = cli_get(c, "since"), *until = cli_get(c, "until"),
			  *out = cli_get(c, "out");
	struct utc_span a, b;

	if (since && until && utc_span_parse(since, strlen(since), &a) == UTC_OK &&
	    utc_span_parse(until, strlen(until), &b) == UTC_OK &&
	    a.from >= (b.whole ? b.to : b.from))
		return cli_usage(c,
		    "--since %.100s --until %.100s: the period ends before it begins", since,
		    until);
	if (out && strcmp(out, "-") == 0)
		return cli_usage(c,
		    "--out -: what is written goes to several places of its file, which a pipe has "
		    "not: name a file, and cat it");
	for (unsigned i = 0; i < sizeof whole / sizeof *whole; i++)
		for (unsigned k = 0; (file = cli_nth(c, whole[i], k)) != NULL; k++)
			if (strcmp(file, "-") == 0)
				return cli_usage(c,
				    "--%s -: it is read here and there, or again and again, which "
				    "a pipe cannot be: name a file",
				    whole[i]);
	for (unsigned i = 0; i < c->n_args && strcmp(c->verb->name, "reconcile") == 0; i++)
		if (strcmp(c->arg[i], "-") == 0)
			return cli_usage(c,
			    "-: an archive is read here and there, which a pipe cannot be: name a "
			    "file (--source takes -)");
	for (unsigned i = 0;
	     i < sizeof following / sizeof *following && strcmp(c->verb->name, "archive") == 0; i++)
		if (cli_get(c, following[i]) && !cli_get(c, "follow"))
			return cli_usage(c, "--%s is for --follow", following[i]);
	return 0;
}

static const struct cli_verb verbs[] = { { "keygen",
					     "make the key pair that seals the archives of one log",
					     "Examples:\n"
					     "  exhibit-export keygen --name acme/prod-eu --out "
					     "acme-prod\n\n"
					     "Writes acme-prod.key (keep it secret, mode 0600) and "
					     "acme-prod.vkey (give it to auditors), and prints "
					     "the\n"
					     "fingerprint to read out over another channel.\n\n"
					     "  --name ORIGIN   name of the log, one per "
					     "installation: company/cluster\n"
					     "  --out BASE      where the two files go\n",
					     keygen_options, cmd_keygen },
	{ "inspect", "say what each input is and what it would yield; write nothing",
	    "Examples:\n"
	    "  exhibit-export inspect dump.sql.gz\n"
	    "  exhibit-export inspect rest-pages/ -o json\n"
	    "  exhibit-export inspect postgres://reader@db.example/action_history\n"
	    "  exhibit-export inspect https://data-storage.example:8080 --token-file token "
	    "--ca-file ca.pem\n\n"
	    "A living source is not read for that: estimated rows and bytes, how long a run would "
	    "take, what it would ask.\n\n"
	    "  --table SCHEMA.TABLE   as of archive\n"
	    "  -o table|json   form of what is printed\n" LIVE_HELP,
	    inspect_options, cmd_inspect },
	{ "archive", "write and seal an archive",
	    "Examples:\n"
	    "  exhibit-export archive dump.sql.gz --out 2026-11.exhibit --origin acme/prod-eu "
	    "--key acme-prod.key\n"
	    "  pg_dump audit | exhibit-export archive - --out 12.exhibit --after 2026-11.exhibit "
	    "--origin acme/prod-eu \\\n      --key acme-prod.key\n"
	    "  exhibit-export archive somebody-elses.jsonl --out received.exhibit --unsealed\n"
	    "  exhibit-export archive must-gather.tar.gz --out collected.exhibit --unsealed\n"
	    "  exhibit-export archive postgres://reader@db.example/action_history --out 13.exhibit "
	    "--after 2026-11.exhibit \\\n"
	    "      --after 12.exhibit --origin acme/prod-eu --key acme-prod.key\n"
	    "  exhibit-export archive https://data-storage.example:8080 redis://valkey.example "
	    "--out api.exhibit --unsealed \\\n"
	    "      --token-file token --ca-file ca.pem\n"
	    "  exhibit-export archive dump.sql.gz --out handed-out.exhibit --unsealed --redact "
	    "pii,actor_id,data.password\n"
	    "  exhibit-export archive postgres://reader@db.example/action_history --follow --out "
	    "trail/prod.exhibit \\\n"
	    "      --origin acme/prod-eu --key acme-prod.key --roll-every 1d --metrics "
	    "prod.prom\n\n"
	    "postgres://… reads a living database in one read-only snapshot, by COPY, with a role "
	    "that needs SELECT only: TLS is\n"
	    "verified unless the URI says sslmode=…; the password comes from PGPASSWORD, ~/.pgpass "
	    "or the URI, and stands nowhere.\n"
	    "https://… asks Kubernaut's data storage service for all its events, a page at a time, "
	    "below its rate limit; what its\n"
	    "answers leave out is said in the archive. redis://… reads its dead letters (password: "
	    "REDISCLI_AUTH).\n"
	    "Other inputs are recognised by content: plain pg_dump, rows as JSONL or CSV, answers "
	    "of GET /api/v1/audit/events\n"
	    "(a file, or a folder of pages in any order) or of /audit/export, a must-gather "
	    "(folder or tarball), dead letters\n"
	    "as redis-cli prints the streams audit:dlq:* and audit:dead-letter:* (XRANGE … - +, "
	    "with --json or without); .gz,\n"
	    ".zst, .bz2, .xz and .zip are looked through, UTF-16 too; - is stdin. Several inputs "
	    "are merged by event id, those\n"
	    "that know most first.\n"
	    "What is not understood is kept verbatim as a reject record with place and reason, "
	    "rows that contradict each\n"
	    "other as conflicts (status 6).\n\n"
	    "  --out FILE        the archive; never replaces a file\n"
	    "  --origin NAME     the log's name; must be the key's name\n"
	    "  --key FILE        the signing key made by keygen\n"
	    "  --unsealed        no origin, no signature: for data of somebody else; every verdict "
	    "says so\n"
	    "  --after FILE      continue the log behind this file, its newest: the earlier ones "
	    "are found beside it by their\n"
	    "                    seals, or given too (repeat it). Rows they hold are skipped, "
	    "changed ones become conflicts, late\n"
	    "                    and vanished ones are marked; a file that is missing is named, "
	    "and nothing is written\n"
	    "  --write-ids       write FILE.ids too, an index of ids and digests: it stands for "
	    "FILE where FILE is not at hand\n"
	    "  --ids FILE.ids    such an index of an earlier file (repeatable; those before it are "
	    "found beside it)\n"
	    "  --without-earlier go on without the earlier files: rows that only they hold are "
	    "sealed a second time as if new\n"
	    "  --resume          go on with an interrupted run of the same command; gives the "
	    "bytes of an undisturbed one\n"
	    "  --use-unsanitised use the *.pre-sanitize originals of a must-gather: brings back "
	    "what the sanitiser removed\n"
	    "  --redact LIST     withhold values, and seal the digests of the rows as they were: "
	    "pii (what the server's own export\n"
	    "                    masks), bodies (all of event_data), columns, data.MEMBER; "
	    "comma-separated\n"
	    "  --table SCHEMA.TABLE   of a dump that holds several: the audit table (else the "
	    "partitioned one, or public's)\n"
	    "  --since T         only events at or after T: a month (2026-11), a day, or a time "
	    "(2026-11-20T12:00:00Z)\n"
	    "  --until T         only events before T; a month or a day counts whole\n"
	    "  --label NAME      what an input is called in the archive (repeatable, in their "
	    "order; default: its base name)\n"
	    "  --record-paths    seal the whole paths of inputs, as they were given\n"
	    "  --mode OCTAL      the archive's permissions, exactly (default 0600)\n"
	    "  --level N         zstd level 1 to 19 (default 11)\n"
	    "  --started-at T    the start time to record instead of the clock's\n"
	    "  -o table|json     form of the summary\n"
	    "  -q, --quiet       no progress on a terminal\n" LIVE_HELP "\n"
	    "Following a database (postgres:// only): rows are appended as they come, to "
	    "BASE-FIRST_POSITION.exhibit; the file is\n"
	    "sealed so far now and then, and on SIGTERM; begun again it goes on where it stood.\n"
	    "  --follow          do that, until SIGTERM or SIGINT\n"
	    "  --once            take what there is now, finish the file, and end\n"
	    "  --poll D          how often to look for new rows (1s)\n"
	    "  --interval D      how often to seal what there is so far (60s)\n"
	    "  --sweep D         how often to look for old rows that are new or changed (60s)\n"
	    "  --overlap D       how far back a poll looks for late rows (60s)\n"
	    "  --roll-bytes N    begin the next file of the log at so many bytes: 500M, 1G\n"
	    "  --roll-every D    begin the next file of the log after that time: 1d\n"
	    "  --metrics FILE    lag, rows and errors for Prometheus' textfile collector\n\n"
	    "Status: 0 everything archived; 6 archived, but something was rejected or conflicting "
	    "and is kept as such;\n"
	    "64 to 78 nothing usable was written; after an interruption or a failure of the medium "
	    "the file can be resumed.\n",
	    archive_options, cmd_archive },
	{ "reconcile", "what was sealed against what the source holds now",
	    "Examples:\n"
	    "  exhibit-export reconcile 2026-11.exhibit 12.exhibit --source dump.sql.gz --vkey "
	    "acme-prod.vkey\n"
	    "  exhibit-export reconcile 2026-11.exhibit 12.exhibit --source "
	    "postgres://reader@db.example/action_history \\\n      --vkey acme-prod.vkey -o "
	    "json\n\n"
	    "Reads the source once and keeps nothing: rows that are gone, with their sealed "
	    "content; rows that changed, with the\n"
	    "columns; rows that came late; and the runs of retention that the source has on "
	    "record. A deleted row to which no\n"
	    "other refers is found no other way. The next archive --after FILE... records the "
	    "same.\n\n"
	    "  --source INPUT    what archive takes: a dump or postgres://…\n  --table "
	    "SCHEMA.TABLE   as of archive\n  -k, --vkey FILE   the log's public key\n  -o "
	    "table|json     form of what is printed\n" LIVE_HELP "\n"
	    "Status: 0 all sealed rows were seen and equal; 2 the source is or may be a part, and "
	    "rows were not looked at;\n"
	    "11 something differs; 64 to 78 nothing compared.\n",
	    reconcile_options, cmd_reconcile },
	{ NULL, NULL, NULL, NULL, NULL } };

static const struct cli_program program = { "exhibit-export",
	"reads Kubernaut audit events and seals them into archives", verbs, forms, check_together,
	false };

int
main(int argc, char **argv)
{
	/* nobody asks for it, and it costs a lock for every piece of memory */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	return cli_main(&program, argc, argv);
}
