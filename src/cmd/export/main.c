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

static const struct cli_option keygen_options[] = { CLI_VALUE("name"), CLI_VALUE("out"),
	FILE_OPTION("succeeds", 0), FILE_OPTION("after", 0), CLI_END };
static const struct cli_option attest_options[] = { FILE_OPTION("key", 0), CLI_VALUE("out"),
	CLI_END };
/* What is asked of others about a sealed file. */
#define WITNESS_OPTIONS CLI_VALUES("witness"), CLI_VALUE("quorum"), CLI_VALUES("witness-vkey")

#define STAMP_OPTIONS CLI_VALUE("tsa"), FILE_OPTION("tsa-ca", 0)

static const struct cli_option stamp_options[] = { STAMP_OPTIONS, CLI_SWITCH("renew"),
	CLI_VALUE("ca-file"), { "quiet", 'q', false, 0, NULL, NULL, NULL }, CLI_END };
static const struct cli_option witness_options[] = { WITNESS_OPTIONS, CLI_VALUE("ca-file"),
	{ "quiet", 'q', false, 0, NULL, NULL, NULL }, CLI_END };
static const struct cli_option inspect_options[] = { OUTPUT, CLI_VALUE("table"), LIVE_OPTIONS,
	CLI_END };
static const struct cli_option archive_options[] = { CLI_VALUE("out"), CLI_VALUE("origin"),
	FILE_OPTION("key", 0), CLI_SWITCH("unsealed"), CLI_CHECKED("since", check_time),
	CLI_CHECKED("until", check_time), OUTPUT, CLI_CHECKED("level", check_level),
	CLI_CHECKED("started-at", check_time), { "quiet", 'q', false, 0, NULL, NULL, NULL },
	CLI_VALUES("after"), CLI_SWITCH("without-earlier"), CLI_VALUES("ids"),
	FILE_OPTION("succession", 0), CLI_SWITCH("write-ids"), CLI_SWITCH("use-unsanitised"),
	{ "redact", 0, true, CLI_EMPTY, NULL, NULL, NULL }, CLI_SWITCH("resume"),
	CLI_SWITCH("salted"), CLI_VALUE("table"), CLI_VALUES("label"), CLI_SWITCH("record-paths"),
	CLI_VALUE("mode"), CLI_SWITCH("follow"), CLI_SWITCH("once"),
	CLI_CHECKED("poll", check_duration), CLI_CHECKED("interval", check_duration),
	CLI_CHECKED("sweep", check_duration), CLI_CHECKED("overlap", check_duration),
	CLI_VALUE("roll-bytes"), CLI_CHECKED("roll-every", check_duration), CLI_VALUE("metrics"),
	WITNESS_OPTIONS, STAMP_OPTIONS, LIVE_OPTIONS, CLI_END };
static const struct cli_option reconcile_options[] = { FILE_OPTION("source", 0),
	{ "vkey", 'k', true, CLI_FILE, NULL, NULL, NULL }, OUTPUT, CLI_VALUE("table"), LIVE_OPTIONS,
	CLI_END };
static const struct cli_option disclose_options[] = { CLI_VALUE("out"), CLI_VALUES("only"),
	FILE_OPTION("ids", 0), { "vkey", 'k', true, CLI_FILE, NULL, NULL, NULL },
	CLI_SWITCH("guessable"), OUTPUT, CLI_END };

/* The forms that each verb has (output.md O-19). */
static const struct cli_forms forms[] = {
	{ "inspect", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON },
	{ "archive", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON },
	{ "reconcile", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON },
	{ "disclose", NULL, OUT_TABLE, OUT_TABLE | OUT_JSON },
	{ NULL, NULL, OUT_TABLE, 0 },
};

/* What options mean together. */
static int
check_together(const struct cli *c)
{
	static const char *const following[] = { "once", "poll", "interval", "sweep", "overlap",
		"roll-bytes", "roll-every", "metrics" };
	static const char *const whole[] = { "after", "token-file", "ca-file", "metrics",
		"tsa-ca" };
	const char *file, *since = cli_get(c, "since"), *until = cli_get(c, "until"),
			  *out = cli_get(c, "out");
	struct utc_span a, b;

	/* a period that ends before it begins is a mistake, and no empty result */
	if (since && until && utc_span_parse(since, strlen(since), &a) == UTC_OK &&
	    utc_span_parse(until, strlen(until), &b) == UTC_OK &&
	    a.from >= (b.whole ? b.to : b.from))
		return cli_usage(c,
		    "--since %.100s --until %.100s: the period ends before it begins", since,
		    until);
	/* what is written goes here and there in its file */
	if (out && strcmp(out, "-") == 0)
		return cli_usage(c,
		    "--out -: what is written goes to several places of its file, which a pipe has "
		    "not: name a file, and cat it");
	/* what is read more than once cannot be a pipe */
	for (unsigned i = 0; i < sizeof whole / sizeof *whole; i++)
		for (unsigned k = 0; (file = cli_nth(c, whole[i], k)) != NULL; k++)
			if (strcmp(file, "-") == 0)
				return cli_usage(c,
				    "--%s -: it is read here and there, or again and again, which "
				    "a pipe cannot be: name a file",
				    whole[i]);
	/* an archive is read here and there as well */
	for (unsigned i = 0; i < c->n_args &&
	     (strcmp(c->verb->name, "reconcile") == 0 || strcmp(c->verb->name, "disclose") == 0);
	     i++)
		if (strcmp(c->arg[i], "-") == 0)
			return cli_usage(c,
			    "-: an archive is read here and there, which a pipe cannot be: name a "
			    "file");
	/* options of a follower mean nothing without one */
	for (unsigned i = 0;
	     i < sizeof following / sizeof *following && strcmp(c->verb->name, "archive") == 0; i++)
		if (cli_get(c, following[i]) && !cli_get(c, "follow"))
			return cli_usage(c, "--%s is for --follow", following[i]);
	return 0;
}

static const struct cli_verb verbs[] = {
#define VERB(name, options, summary, help) { #name, summary, help, options, cmd_##name },
#include "cmd/export/verbs.def"
#undef VERB
	{ NULL, NULL, NULL, NULL, NULL },
};

static const struct cli_program program = { "exhibit-export",
	"reads Kubernaut audit events and seals them into archives", verbs, forms, check_together,
	NULL, false };

int
main(int argc, char **argv)
{
	/* nobody asks for it, and it costs a lock for every piece of memory */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	return cli_main(&program, argc, argv);
}
