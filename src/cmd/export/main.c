#include <sqlite3.h>

#include "cmd/cli.h"
#include "cmd/export/export.h"

/* How living sources are reached. */
#define LIVE_OPTIONS { "token-file", 0, true }, { "ca-file", 0, true }, { "plain-http", 0, false }, { "statement-timeout", 0, true }

#define LIVE_HELP \
	"  --token-file FILE         bearer token for https://…; read again when it is refused\n" \
	"  --ca-file FILE            authorities for https://…, PEM (default: the system's)\n" \
	"  --plain-http              let the token cross the network without TLS\n" \
	"  --statement-timeout D     of one statement on postgres://… (1h)\n"

static const struct cli_option keygen_options[] = { { "name", 0, true }, { "out", 0, true }, { NULL, 0, false } };
static const struct cli_option inspect_options[] = { { "output", 'o', true }, LIVE_OPTIONS, { NULL, 0, false } };
static const struct cli_option archive_options[] = {
	{ "out", 0, true }, { "origin", 0, true }, { "key", 0, true }, { "unsealed", 0, false }, { "since", 0, true }, { "until", 0, true },
	{ "output", 'o', true }, { "level", 0, true }, { "started-at", 0, true }, { "quiet", 'q', false },
	{ "after", 0, true }, { "use-unsanitised", 0, false }, { "redact", 0, true }, { "resume", 0, false },
	{ "follow", 0, false }, { "once", 0, false }, { "poll", 0, true }, { "interval", 0, true }, { "sweep", 0, true }, { "overlap", 0, true }, { "roll-bytes", 0, true }, { "roll-every", 0, true },
	{ "metrics", 0, true }, LIVE_OPTIONS, { NULL, 0, false }
};

static const struct cli_option reconcile_options[] = { { "source", 0, true }, { "vkey", 'k', true }, { "output", 'o', true }, LIVE_OPTIONS, { NULL, 0, false } };

static const struct cli_verb verbs[] = {
	{ "keygen", "make the key pair that seals the archives of one log",
	"Examples:\n"
	"  exhibit-export keygen --name acme/prod-eu --out acme-prod\n\n"
	"Writes acme-prod.key (keep it secret, mode 0600) and acme-prod.vkey (give it to auditors), and prints the\n"
	"fingerprint to read out over another channel.\n\n"
	"  --name ORIGIN   name of the log, one per installation: company/cluster\n"
	"  --out BASE      where the two files go\n", keygen_options, cmd_keygen },
	{ "inspect", "say what each input is and what it would yield; write nothing",
	"Examples:\n"
	"  exhibit-export inspect dump.sql.gz\n"
	"  exhibit-export inspect rest-pages/ -o json\n"
	"  exhibit-export inspect postgres://reader@db.example/action_history\n"
	"  exhibit-export inspect https://data-storage.example:8080 --token-file token --ca-file ca.pem\n\n"
	"A living source is not read for that: estimated rows and bytes, how long a run would take, what it would ask.\n\n"
	"  -o table|json   form of what is printed\n" LIVE_HELP, inspect_options, cmd_inspect },
	{ "archive", "write and seal an archive",
	"Examples:\n"
	"  exhibit-export archive dump.sql.gz --out 2026-11.exhibit --origin acme/prod-eu --key acme-prod.key\n"
	"  pg_dump audit | exhibit-export archive - --out 12.exhibit --after 2026-11.exhibit --origin acme/prod-eu \\\n      --key acme-prod.key\n"
	"  exhibit-export archive somebody-elses.jsonl --out received.exhibit --unsealed\n"
	"  exhibit-export archive must-gather.tar.gz --out collected.exhibit --unsealed\n"
	"  exhibit-export archive postgres://reader@db.example/action_history --out 13.exhibit --after 2026-11.exhibit \\\n"
	"      --after 12.exhibit --origin acme/prod-eu --key acme-prod.key\n"
	"  exhibit-export archive https://data-storage.example:8080 redis://valkey.example --out api.exhibit --unsealed \\\n"
	"      --token-file token --ca-file ca.pem\n"
	"  exhibit-export archive dump.sql.gz --out handed-out.exhibit --unsealed --redact pii,actor_id,data.password\n"
	"  exhibit-export archive postgres://reader@db.example/action_history --follow --out trail/prod.exhibit \\\n"
	"      --origin acme/prod-eu --key acme-prod.key --roll-every 1d --metrics prod.prom\n\n"
	"postgres://… reads a living database in one read-only snapshot, by COPY, with a role that needs SELECT only: TLS is\n"
	"verified unless the URI says sslmode=…; the password comes from PGPASSWORD, ~/.pgpass or the URI, and stands nowhere.\n"
	"https://… asks Kubernaut's data storage service for all its events, a page at a time, below its rate limit; what its\n"
	"answers leave out is said in the archive. redis://… reads its dead letters (password: REDISCLI_AUTH).\n"
	"Other inputs are recognised by content: plain pg_dump, rows as JSONL or CSV, answers of GET /api/v1/audit/events\n"
	"(a file, or a folder of pages in any order) or of /audit/export, a must-gather (folder or tarball), dead letters\n"
	"as redis-cli prints the streams audit:dlq:* and audit:dead-letter:* (XRANGE … - +, with --json or without); .gz,\n"
	".zst, .bz2 and .xz are looked through; - is stdin. Several inputs are merged by event id, those that know most first.\n"
	"What is not understood is kept verbatim as a reject record with place and reason, rows that contradict each\n"
	"other as conflicts (status 6).\n\n"
	"  --out FILE        the archive; never replaces a file\n"
	"  --origin NAME     the log's name; must be the key's name\n"
	"  --key FILE        the signing key made by keygen\n"
	"  --unsealed        no origin, no signature: for data of somebody else; every verdict says so\n"
	"  --after FILE      continue the log behind this file (repeat it for all files of the log; the newest is needed):\n"
	"                    rows they hold are skipped, changed ones become conflicts, late and vanished ones are marked\n"
	"  --resume          go on with an interrupted run of the same command; gives the bytes of an undisturbed one\n"
	"  --use-unsanitised use the *.pre-sanitize originals of a must-gather: brings back what the sanitiser removed\n"
	"  --redact LIST     withhold values, and seal the digests of the rows as they were: pii (what the server's own export\n"
	"                    masks), bodies (all of event_data), columns, data.MEMBER; comma-separated\n"
	"  --since T         only events at or after T (RFC 3339)\n"
	"  --until T         only events before T\n"
	"  --level N         zstd level 1 to 19 (default 11)\n"
	"  --started-at T    the start time to record instead of the clock's\n"
	"  -o table|json     form of the summary\n"
	"  -q, --quiet       no progress on a terminal\n" LIVE_HELP
	"\n"
	"Following a database (postgres:// only): rows are appended as they come, to BASE-FIRST_POSITION.exhibit; the file is\n"
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
	"Status: 0 everything archived; 6 archived, but something was rejected or conflicting and is kept as such;\n"
	"64 to 78 nothing usable was written; after an interruption or a failure of the medium the file can be resumed.\n", archive_options, cmd_archive },
	{ "reconcile", "what was sealed against what the source holds now",
	"Examples:\n"
	"  exhibit-export reconcile 2026-11.exhibit 12.exhibit --source dump.sql.gz --vkey acme-prod.vkey\n"
	"  exhibit-export reconcile 2026-11.exhibit 12.exhibit --source postgres://reader@db.example/action_history \\\n      --vkey acme-prod.vkey -o json\n\n"
	"Reads the source once and keeps nothing: rows that are gone, with their sealed content; rows that changed, with the\n"
	"columns; rows that came late; and the runs of retention that the source has on record. A deleted row to which no\n"
	"other refers is found no other way. The next archive --after FILE... records the same.\n\n"
	"  --source INPUT    what archive takes: a dump or postgres://…\n  -k, --vkey FILE   the log's public key\n  -o table|json     form of what is printed\n" LIVE_HELP "\n"
	"Status: 0 nothing differs; 11 something does; 64 to 78 nothing compared.\n", reconcile_options, cmd_reconcile },
	{ NULL, NULL, NULL, NULL, NULL }
};

static const struct cli_program program = {
	"exhibit-export", "reads Kubernaut audit events and seals them into archives", verbs
};

int
main(int argc, char **argv)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);          /* nobody asks for it, and it costs a lock for every piece of memory */
	return cli_main(&program, argc, argv);
}
