/*
 * src/cmd/analyze/: exhibit. cmd_VERB.c does a verb; evidence.c opens what every verb needs (keys
 * and files, then the sandbox, then authentication), given.c reads what an auditor gives beside,
 * browse.c finds correlations for verbs that tell of them. It may reach all that judges and tells,
 * and nothing of src/source and src/write.
 */
#ifndef CMD_ANALYZE_ANALYZE_H
#define CMD_ANALYZE_ANALYZE_H

#include "archive/dated.h"
#include "archive/limits.h"
#include "cmd/cli.h"
#include "read/select.h"
#include "trust/memory.h"
#include "verify/verify.h"

int cmd_info(const struct cli *c);
int cmd_verify(const struct cli *c);
int cmd_explain(const struct cli *c);
int cmd_key(const struct cli *c);
int cmd_policy(const struct cli *c);
int cmd_list(const struct cli *c);
int cmd_grep(const struct cli *c);
int cmd_show(const struct cli *c);
int cmd_timeline(const struct cli *c);
int cmd_cat(const struct cli *c);
int cmd_reconstruct(const struct cli *c);
int cmd_history(const struct cli *c);
int cmd_diff(const struct cli *c);
int cmd_approvals(const struct cli *c);
int cmd_populations(const struct cli *c);
int cmd_controls(const struct cli *c);
int cmd_sample(const struct cli *c);
int cmd_answers(const struct cli *c);
int cmd_report(const struct cli *c);
int cmd_bundle(const struct cli *c);
int cmd_compare(const struct cli *c);
int cmd_sql(const struct cli *c);
int cmd_analysis(const struct cli *c);
int cmd_prove(const struct cli *c);
int cmd_trust(const struct cli *c);
int cmd_selftest(const struct cli *c);

/* What an auditor gave beside the archives: keys, expected checkpoints, a policy. */
struct given {
	const char *option, *given; /* given: as it stood on the command line */
	char *text;                 /* owned, a NUL behind it */
	size_t n;
};

/* What a verb may still change behind the sandbox. */
struct sandbox_may {
	const char *dir; /* in which new files may get names, NULL: nowhere */
	/* The one file that may be renamed so, or removed; at these addresses, on pages that are
	 * not written. NULL: new files, and folders, may be made in dir, and removed again. */
	const char *from, *to;
};

enum sandbox_state { SANDBOX_OFF, SANDBOX_NONE, SANDBOX_PARTIAL, SANDBOX_FULL };

struct period {
	int64_t from, to;
}; /* µs, to exclusive */

/* What every verb needs: archives attached, keys and hidden things read, then the sandbox, then
 * authentication. */
struct answers;
struct evidence {
	const struct cli *c;
	struct attached **attached; /* until it is opened */
	struct archive **archive;
	unsigned n;
	/* those that were given, then those that the memory holds and were not revoked */
	struct vkey *vkey;
	unsigned n_vkeys, n_given_vkeys;
	struct auditor_memory memory; /* empty where none is named */
	char now[MEMORY_TIME];        /* when it is changed */
	/* characters of the source's keys; behind those given, other readings of their files */
	struct str *hmac;
	unsigned n_hmac;
	/* which file a key is of, and how it was read */
	struct reading_of {
		unsigned given;
		const char *words;
	} * hmac_read;
	/* of hmac: the reading of the first file that fits; filled by evidence_verify() */
	unsigned first_key;
	/* the auditor's own inputs, read before the sandbox and parsed inside */
	struct given *side;
	unsigned n_sides;
	struct expect *expect;
	unsigned n_expects;
	struct anchors_given *anchors; /* notes and stamps (anchors_given.h) */
	struct dates dates;            /* what they date */
	bool any_key;         /* one was given, or the memory holds one of a log of these files */
	uint64_t key_rollout; /* seconds, of the auditor's policy; 0: the default */
	/* for a bundle: documents name files without their folders, and no machine */
	bool handed_on;
	/* what was typed into books of answers that were given (answering.h); NULL: none */
	const struct answers *typed;
	/* the period of the auditor's policy, where it has one */
	bool period_declared;
	struct period period;
	struct findings findings;
	/* what is known to be missing; filled by evidence_limits() */
	struct limits limits;
	bool limits_known, limits_whole; /* whole: every block was looked at */
	uint64_t limits_damaged;         /* blocks that were known to be damaged then */
	char sandbox[128];               /* what is active, in words */
	enum sandbox_state confined;
	struct err err;
};

/* 0, or the exit status (already printed). may: what is written, NULL: nothing. */
int evidence_open(struct evidence *v, const struct cli *c, const struct sandbox_may *may);
/*
 * The same in its parts, for two exports at once: keys and files; then, behind the sandbox,
 * parsing and authentication. like: evidence
 * that was attached before, whose keys this one takes too; or NULL.
 */
int evidence_attach(struct evidence *v, const struct cli *c, const char *const *path, unsigned n,
    const struct evidence *like);
int evidence_authenticate(struct evidence *v);
/* What comes through stdin is kept in a file without a name in its place, so that it can be looked
 * at before it is read. 0 or -1 (e). */
int evidence_keep_stdin(struct err *e);
/* given.c: reads what the options name; takes what other evidence has read; parses it, in the
 * sandbox. 0 or -1 (v->err). */
int given_read(struct evidence *v);
int given_copy(struct evidence *v, const struct evidence *like);
int given_parse(struct evidence *v);
/* A key that is no --vkey, to be parsed as one. 0 or -1 (v->err). */
int evidence_key_given(struct evidence *v, const char *given);
/* The keys of one --vkey alone, parsed in the sandbox. 0 or -1 (v->err). */
int evidence_key(struct evidence *v, const char *given);
/* Enters the sandbox as --sandbox says. 0, or the exit status (printed): the host refuses it. */
int evidence_confine(struct evidence *v, const struct cli *c, const struct sandbox_may *may);
void evidence_close(struct evidence *v);
/* Verifies all of it; *ret takes the findings over and borrows the rest. 0, or the exit status of
 * a failure of the tool (printed). */
int evidence_verify(struct evidence *v, struct verification *ret);
/*
 * What is known to be missing (judgement.md J-3); collected again only where more damage was met
 * since. all: every block is
 * read through for damage first; else only what was met while reading counts. 0, or the exit
 * status of a failure of the tool (printed).
 */
int evidence_limits(struct evidence *v, bool all);
/*
 * The member `limits` (output.md O-24): into a document that ends with `}` and a line feed; or,
 * as the end of a list that was
 * printed, `],"limits":[…]}` on stdout.
 */
void evidence_put_limits(struct evidence *v, struct buf *out);
/* Begins the document of a list that is printed as it comes: `{"name":[`. */
void evidence_begin_list(const char *name);
void evidence_end_list(struct evidence *v);
/* For reading verbs: a banner on stderr if origin or integrity is not proven; the status that
 * follows from findings so far. */
int evidence_banner(struct evidence *v);
int evidence_status(const struct evidence *v);

/* browse.c: what verbs begin with that read correlations: evidence, a reading of it, and its
 * catalog, narrowed to --id where that is given. */
struct browse {
	struct evidence ev;
	struct reading r;
	struct catalog cat;
};

/* 0, or the exit status (printed). To be closed in any case. */
int browse_open(struct browse *b, const struct cli *c, const struct sandbox_may *may);
/* The same without the catalog, and without looking for damage first: for who reads only a part,
 * loads what it needs, and says behind it what was met (evidence_limits). */
int browse_open_part(struct browse *b, const struct cli *c, const struct sandbox_may *may);
void browse_close(struct browse *b);
/* Calls each() for every --id, until one does not return 0; an id that is not found is said.
 * Returns the exit status, banner included. */
int browse_ids(struct browse *b,
    int (*each)(void *arg, struct browse *b, const struct correlation *c), void *arg);
/* All correlations in the order of their first record, in which blocks are opened once; owned by
 * the caller. NULL: no memory. */
const struct correlation **browse_log_order(const struct browse *b);

/* --period `A..B`, times or dates, either may be left out; a date at the end counts whole. false:
 * it is neither. */
bool period_parse(const char *text, struct period *ret);
/* What --period, --since and --until leave, all of them; false: none was given. */
bool period_asked(const struct cli *c, struct period *ret);
/* The same, and where none was given the period of the policy, for verbs whose period is the
 * auditor's. To be asked when the evidence is open. */
bool evidence_period(const struct evidence *v, struct period *ret);
/* A line of such a period, and that it is the policy's; nothing of one without ends. */
void period_put(struct buf *out, const struct cli *c, const struct period *p);

/* `64M`, `2G`, `5K`, or bytes. */
bool size_parse(const char *s, uint64_t *ret);

/* The option's value that evidence_attach() read; NULL if it was not given. */
const struct given *evidence_given(const struct evidence *v, const char *option);

/*
 * sandbox.c. may: NULL: nothing. state: in words. 0; -1 (e, 77): the host refuses it.
 */
int sandbox_enter(bool wanted, const struct sandbox_may *may, enum sandbox_state *ret,
    char state[128], struct err *e);
extern const char *const sandbox_word[];

/* recipe.c: how to redo the check of a finding by hand for the files behind its name, and the
 * events of --id. The exit status. */
int recipe_print(const struct cli *c, const struct finding_info *d);
/* Appends a word of a shell's command line that stands for a text. */
void recipe_word(struct buf *b, const char *s);

/* print.c: a line of a label and of what it says, made harmless for a terminal. */
void print_line(const char *label, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* print.c: a verification as text. */
void print_verification(const struct verification *v, const struct evidence *ev);
/* looks_like.c: is there a file that can be read? What one that is no archive looks like, as lines
 * of a screen; the same of all, where none can be read. */
bool evidence_readable(const struct evidence *v);
void print_looks_like(const struct archive *a);
void print_unreadable(const struct evidence *v);
/* findings_screen.c: its findings, from the worst on. */
void print_findings(const struct verification *v);

/* verdict_json.c: the same as one document, appended to out. 0; -1: no memory (noted). */
int
print_verification_json(const struct verification *v, const struct evidence *ev, struct buf *out);
/* Appends one finding as an object; files: those that its verification was given. */
void put_finding_json(struct buf *b, struct archive *const *files, const struct finding *f);

/* show_head.c: prints what stands above the story of a remediation. -1: no memory. */
struct story;
struct correlation;
int show_head(const struct story *s, const struct correlation *c);
/* sealed_before.c: since when an event has existed, by others (trust.md W-8); NULL: nobody says. */
struct moment;
const struct dated *date_of(const struct evidence *ev, const struct moment *m);
/* ` sealed before T`, and the members of JSON; of NULL nothing. */
void date_words(struct buf *b, const struct dated *d);
void date_members(struct emit *e, const struct dated *d);
/* A row of the head of a story: before when all its events, or how many, had been sealed. */
void show_date(const struct evidence *ev, const struct story *s);
/* A wait between two lines of it, where it is long enough to be told. */
#define SHOW_WAIT 60000000 /* µs */
void show_wait(int64_t us);

#endif
