/*
 * src/rebuild/: an object from its events. fields.def and children.def have a row for each field,
 * with the event that it comes from and how sure it is; spec.c and status.c fill them, yaml.c
 * writes the object, annotate.c its comments, diff.h holds it against one that was collected.
 *
 * The RemediationRequest from its events (formats/rebuild.md): head and spec from the first one,
 * status from all of them.
 */
#ifndef REBUILD_REBUILD_H
#define REBUILD_REBUILD_H

#include "json/emit.h"
#include "read/select.h"

#define PATH_MAX_BYTES 96 /* of a field, `status.a.b[0].c` */

/* How well the events tell a field (B-2), and the words. GRADE_OF_ITS_ROW: as fields.def says. */
enum grade {
	GRADE_OF_ITS_ROW,
	GRADE_EXACT,
	GRADE_DERIVED,
	GRADE_APPROXIMATE,
	GRADE_PARTIAL,
	GRADES
};
extern const char *const grade_name[GRADES];

struct origin { /* where a field comes from */
	char path[PATH_MAX_BYTES];
	const struct moment *by; /* in the story */
	enum grade grade;
	const char *rule;
};

struct lacking {
	char path[PATH_MAX_BYTES];
	const char *reason;
};

struct rebuilt_rr {
	/* the object as JSON, members in the order they are shown */
	struct buf object;
	/* when it was created (µs), and where metadata.creationTimestamp would stand in the object;
	 * created_at 0: no event tells it */
	int64_t created;
	size_t created_at;
	struct origin *origin;   /* in the order of the object */
	struct lacking *lacking; /* fields of the CRD that are not filled */
	unsigned n_origins, origins_cap, n_lacking, lacking_cap;
	struct buf errors; /* JSON strings: what the CRD's schema would refuse */
	unsigned n_errors;
	/* fields of spec and of status: in the object, and in the CRD */
	unsigned filled[2], known[2];
	/* fields that stand in status itself, and in a group of it since (B-9): a newer CRD knows
	 * them by another name */
	unsigned ungrouped;
	char namespace[254]; /* where the request lived, its children too */
	/* of the object, empty if it has none */
	char target_namespace[254], phase[32], outcome[OUTCOME_BYTES];
	bool whole; /* its first event is here */
	bool nomem;
};

enum layout { LAYOUT_BY_EVENTS, LAYOUT_NESTED, LAYOUT_FLAT }; /* of status (B-9) */

/* What is asked for. */
struct rebuild_wish {
	bool partial; /* also without a first event */
	enum layout layout;
};

void rebuilt_init(struct rebuilt_rr *r);
void rebuilt_release(struct rebuilt_rr *r);
/*
 * With metadata.creationTimestamp, where the annotation of the creator tells it: readers make an
 * age of it. 1: *ret borrows all of rr but its object; 0: it is not told; -1: no memory.
 */
int rebuilt_dated(const struct rebuilt_rr *rr, struct rebuilt_rr *ret);

/* 0; 1: no event begins this remediation (or, if partial, there is none at all); -1 (e). The story
 * must outlive r. */
int rebuild_rr(struct rebuilt_rr *r, const struct story *s, const struct correlation *c,
    const struct rebuild_wish *w, struct err *e);

/*
 * The same once for every event that tells something, r as it was behind it; m: the event. Stops
 * where each() does not return 0, and returns that.
 * 0; 1 as above; -1 (e). Linear in the events, times the size of the object.
 */
int rebuild_steps(const struct story *s, const struct correlation *c, const struct rebuild_wish *w,
    int (*each)(void *arg, const struct moment *m, const struct rebuilt_rr *r), void *arg,
    struct err *e);

/* how many origins have each */
void rebuilt_grades(const struct rebuilt_rr *r, unsigned count[GRADES]);

/* As arrays of these names (output.md O-8). */
void rebuilt_provenance(const struct rebuilt_rr *r, struct emit *e);
void rebuilt_lacking(const struct rebuilt_rr *r, struct emit *e);

/* yaml.c: a JSON text as YAML that Kubernetes reads back unchanged. Appends to out. -1: no memory,
 * or too long. */
int yaml_of_json(struct buf *out, const void *json, size_t n);

/* annotate.c: the same YAML with a comment behind each line whose field has an origin. -1 as
 * above. */
int yaml_annotate(struct buf *out, const struct buf *yaml, const struct rebuilt_rr *r);

#endif
