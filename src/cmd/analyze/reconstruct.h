/* What the parts of the verb reconstruct share: what is asked for, and where it goes. */
#ifndef CMD_ANALYZE_RECONSTRUCT_H
#define CMD_ANALYZE_RECONSTRUCT_H

#include "cmd/analyze/analyze.h"
#include "cmd/analyze/outdir.h"
#include "rebuild/children.h"
#include "rebuild/guide.h"
#include "rebuild/rebuild.h"

enum rebuilt_form { FORM_YAML, FORM_JSON, FORM_LINES };

#define NAMESPACES 40u /* named where --namespace names none of them */

struct job {
	const struct cli *c;
	enum rebuilt_form form;
	bool guide, all, several; /* several: more than one may be printed */
	/* bare: YAML without comments on its lines; gathered: --layout must-gather */
	bool bare, children, provenance, list, gathered;
	struct rebuild_wish wish;
	int64_t now, until;                      /* µs; INT64_MIN, INT64_MAX: not given */
	uint64_t before;                         /* position; UINT64_MAX: not given */
	struct period period;                    /* of the first event */
	const char *namespace, *phase, *outcome; /* filters, NULL: any */
	/* some remediation here has its target there */
	bool namespace_known;
	/* those there are, owned; only while --namespace was given */
	char *namespaces[NAMESPACES];
	unsigned n_namespaces;
	struct outdir dir;                 /* .fd -1: stdout */
	struct tree *tree;                 /* of --layout must-gather */
	unsigned asked;                    /* --id so far */
	struct evidence *ev;               /* for what is known to be missing */
	uint64_t written, refused, passed; /* passed: over by a filter */
};

/* reconstruct_print.c: one remediation in the form that is asked for, appended to out. 0, or the
 * exit status (e). */
int print_rebuilt(const struct job *j, struct buf *out, const struct story *s,
    const struct correlation *c, const struct rebuilt_rr *rr, const struct children *children,
    struct err *e);
int print_guide(const struct job *j, struct buf *out, const struct guide *g,
    const struct correlation *c, int64_t now, struct err *e);
/* The problem object of the source's API, a line. */
void print_problem(struct buf *out, const char *type, const char *title, int status,
    const char *detail, const char *id, size_t n);
/* What the YAML of a child begins with: it is not valid, and why (B-13). */
void print_child_head(struct buf *out, const struct child *c);
/* YAML with its comments, as item of a list if that is asked for. -1: no memory, or too long. */
int print_yaml(const struct job *j, struct buf *out, const struct rebuilt_rr *rr);

/* tree.c: --layout must-gather (B-14). */
struct tree *tree_new(struct outdir *dir);
int
tree_add(struct tree *t, const struct job *j, const struct story *s, const struct correlation *c,
    const struct rebuilt_rr *rr, const struct children *children, struct err *e);
/* Writes what stands there once. 0, or the exit status (e). */
int tree_finish(struct tree *t, struct err *e);
void tree_free(struct tree *t);

#endif
