/*
 * src/approval/: were approvals in order? facts.c gathers what one remediation's events tell,
 * registry.h keeps them all, rules.def and rules.c decide one remediation, ledger.c what only many
 * show; populations.def counts, parameters.def has what an auditor may set. Every answer is one of
 * four: pass, exception, not applicable, cannot test.
 *
 * What the events of one remediation tell of its approval: asked, decided, done
 * (formats/controls.md CT-1 to CT-4).
 */
#ifndef APPROVAL_FACTS_H
#define APPROVAL_FACTS_H

#include "read/person.h"
#include "read/select.h"

#define FACTS_LIST 32u /* events of one kind that are looked at; more are counted */
#define NO_TIME INT64_MIN

/* Events of one kind in a story, by their place; a repeated delivery, equal in all it says, counts
 * apart. */
struct seen {
	unsigned at[FACTS_LIST], n, repeats, more;
};

/* What a decision says. RULING_OTHER: a word that the source does not have today. */
enum ruling { RULING_NONE, RULING_APPROVED, RULING_REJECTED, RULING_EXPIRED, RULING_OTHER };
extern const char *const ruling_name[]; /* the source's words of the first four; NULL: none */

/* What the policy says: nothing that can be read, that nobody need be asked, that somebody must. */
enum policy_ruling { POLICY_SILENT, POLICY_AUTO, POLICY_ASKS, POLICY_OTHER };

/* CT-2: how a remediation came to what it did, and the words. PATH_CANNOT_TELL: it rests on what is
 * not here, and rows may be missing. */
enum approval_path {
	PATH_APPROVED,
	PATH_REJECTED,
	PATH_EXPIRED,
	PATH_TIMED_OUT,
	PATH_PENDING,
	PATH_DRY_RUN,
	PATH_MANUAL_REVIEW,
	PATH_AUTO_APPROVED,
	PATH_NO_ACTION,
	PATH_BLOCKED,
	PATH_FAILED_BEFORE,
	PATH_NONE,
	PATH_CANNOT_TELL,
	PATHS
};
extern const char *const approval_path_name[PATHS];

/* A decision as one event tells it. */
struct decision {
	unsigned at; /* place of its event */
	enum ruling ruling;
	const char *word;               /* as the event spells it; NULL: it does not tell */
	const char *by;                 /* the person, or `system` */
	const char *actor, *actor_type; /* who wrote it */
	/* NULL: not told */
	const char *delegated_user, *delegated_via, *message, *policy_hash, *request;
	int64_t decided_at; /* µs, NO_TIME: not told */
};

enum override_state { OVERRIDE_NONE, OVERRIDE_INFERRED, OVERRIDE_UNKNOWN };
extern const char *const override_name[];

struct facts {
	const struct correlation *c;
	/* in order; everything below points into it, or to text */
	const struct story *s;
	char **text; /* copies of the payloads' texts */
	unsigned n_texts, texts_cap;
	bool nomem;

	/* the remediation */
	const char *namespace, *cluster, *signal, *severity, *environment, *fingerprint,
	    *target_kind, *target_name, *target_namespace;
	/* a person in a session; NULL: an alert, or not in evidence */
	const char *requested_by;
	/* places, -1: none; end: as the story's phases tell it */
	int genesis, end, deleted;
	const char *outcome; /* of the object, NULL: none */
	bool end_failed, timed_out, dry_run, no_action, manual_review;

	/* policy */
	int rego, policy, analysis, shown; /* shown: the notification that asked */
	/* policy_word: of the decision on approval; policy_outcome: of the evaluation before it */
	enum policy_ruling policy_says, policy_evaluated;
	const char *policy_outcome, *policy_hash, *policy_reason, *policy_word, *approval_reason,
	    *confidence;
	bool degraded;

	/* asked and decided */
	/* timeouts: changed by people only */
	struct seen requested, awaiting, webhook, orchestrator, created, started, selected,
	    finished, assessed, blocked, cleared, timeouts;
	const char *request, *workflow, *confidence_text;
	/* of the webhook, of the orchestrator */
	struct decision decided[FACTS_LIST], seen[FACTS_LIST];
	/* µs, of the request object; NO_TIME: not in evidence; set by who has read the objects */
	int64_t deadline;

	/* done */
	const char *created_workflow, *created_version, *executed_workflow, *executed_bundle,
	    *execution, *finish_reason, *assessment;
	enum { PARAMETERS_UNKNOWN, PARAMETERS_SAME, PARAMETERS_OTHER } parameters;
	bool succeeded;

	/* the sum */
	enum approval_path path; /* of the events that are here */
	enum ruling ruling;
	const char *word, *by, *via, *on_behalf_of, *reason;
	/* the account that was authenticated, where `by` is whom it acted for */
	const char *asserted_by;
	/* rows are known to be missing, perhaps of this remediation: what rests on an absence
	 * cannot be told; set by who knows what is missing */
	bool limited;
	bool human; /* a person decided, by name */
	int64_t requested_at, decided_at;
	enum override_state override;
	const char *effect;
};

/*
 * Path and effect for people: as CT-2 and CT-4 have them, or `cannot tell` where rows may be
 * missing and it rests on one that is not there.
 */
const char *facts_path(const struct facts *f);
const char *facts_effect(const struct facts *f);
/* The result of its story, in a word of analysis; likewise, instead of `open`. */
const char *facts_result(const struct facts *f);

/* Why a person was asked, in the policy's words; where the deadline comes from. NULL: nobody was
 * asked, or nothing says so. */
const char *facts_because(const struct facts *f);
const char *facts_deadline_source(const struct facts *f);
/* Appends the events of its story and the parts they play, as a JSON array. */
void facts_events_json(struct buf *b, const struct facts *f);
/* What the approver was shown: the body of the notification of the request. told: whether an event
 * says that one was sent; p NULL: it does not say which. */
struct str facts_shown(const struct facts *f, bool *told);
/* How often an event that asks or decides was delivered again. */
unsigned facts_repeats(const struct facts *f);

/* 0, -1: no memory. To be released in any case; the story must outlive it. */
int facts_of(struct facts *f, const struct story *s, const struct correlation *c);
void facts_release(struct facts *f);

/* The events of the story in order, each with the part it plays: `request`, `decision (webhook)`,
 * …; of lists those that are looked at. Returns how many; at most max are given. */
struct role {
	const char *name;
	unsigned at;
};
#define FACTS_ROLES 512u /* more than there can be */
unsigned facts_roles(const struct facts *f, struct role *ret, unsigned max);

static inline struct moment *
facts_event(const struct facts *f, const struct seen *k)
{
	return k->n ? &f->s->m[k->at[0]] : NULL;
}

#endif
