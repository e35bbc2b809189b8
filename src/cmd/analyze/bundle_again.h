/*
 * A bundle that lies there, as the command that made it (formats/bundle.md X-7): for --check, and
 * as the earlier one of --against. bundle_check.c. Nothing of it is believed but what is made again
 * from its archives.
 */
#ifndef CMD_ANALYZE_BUNDLE_AGAIN_H
#define CMD_ANALYZE_BUNDLE_AGAIN_H

#include "cmd/analyze/bundle.h"
#include "json/json.h"

struct again {
	struct cli c;            /* the command that made it, as the bundle says */
	struct evidence outside; /* keys and checkpoints that do not come from it */
	char *recipe;
	size_t recipe_n;
	struct json_doc d;
	char *made_by; /* another version than this, as bundle.json says; NULL: this one */
	struct attested attested;
	char *text[CLI_MAX]; /* owned, of options and paths */
	unsigned n_texts;
};

/* Before the sandbox: names only; nothing of the bundle is parsed. c: the command that asks. 0 or
 * -1 (e). To be released in any case. */
int again_open(struct again *k, const struct cli *c, const char *dir, struct err *e);
/* Inside it: what bundle.json says, as options whose values are looked at. 0 or -1 (e). */
int again_read(struct again *k, struct err *e);
void again_release(struct again *k);

#endif
