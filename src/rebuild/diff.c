#include "rebuild/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/utc.h"
#include "base/vec.h"
#include "json/json.h"

#define NEAR_US 2000000 /* approximate times may be so far off */

const char *const object_difference_name[] = { "differs", "set-by-other", "only-rebuilt",
	"only-object", "near", "not-in-events" };
const char *const object_difference_meaning[] = { "the object says something else than its events",
	"set by somebody else than the controller that writes the rest of status",
	"the events tell it, the object lacks it",
	"the object has it, and the events that would tell it are not here",
	"the same but for seconds, or for the order in a JSON text", "no event ever carries it" };

/* who owns a field, from metadata.managedFields; offsets into the managers' text */
struct managed {
	size_t path, path_len, manager, manager_len;
};

struct differ {
	struct object_diffs *ret;
	const struct rebuilt_rr *r;
	struct managed *m;
	size_t n_m, cap_m, cap;
	struct str controller; /* the manager that owns status.startTime */
	bool nomem;
};

static bool
starts(struct str s, const char *with)
{
	return s.n >= strlen(with) && memcmp(s.p, with, strlen(with)) == 0;
}

static bool
ends(struct str s, const char *with)
{
	return s.n >= strlen(with) && memcmp(s.p + s.n - strlen(with), with, strlen(with)) == 0;
}

/* The entry for a path, or for the nearest of its parents. */
static const struct origin *
origin_of(const struct rebuilt_rr *r, struct str path)
{
	const struct origin *best = NULL;
	size_t most = 0;

	for (unsigned i = 0; i < r->n_origins; i++) {
		size_t n = strlen(r->origin[i].path);

		if (n >= most && n <= path.n && memcmp(path.p, r->origin[i].path, n) == 0 &&
		    (n == path.n || path.p[n] == '.' || path.p[n] == '[')) {
			best = &r->origin[i];
			most = n;
		}
	}
	return best;
}

/* Why no event carries a path, NULL if some do. */
static const char *
never(const struct rebuilt_rr *r, struct str path)
{
	if (starts(path, "metadata."))
		return "the cluster's own";
	if (ends(path, ".uid") || ends(path, ".resourceVersion") || ends(path, ".fieldPath") ||
	    ends(path, ".observedGeneration"))
		return "no event carries it";
	for (unsigned i = 0; i < r->n_lacking; i++) {
		size_t n = strlen(r->lacking[i].path);

		if (strcmp(r->lacking[i].reason, "no event of it is here") && n <= path.n &&
		    memcmp(path.p, r->lacking[i].path, n) == 0 &&
		    (n == path.n || path.p[n] == '.' || path.p[n] == '['))
			return r->lacking[i].reason;
	}
	return starts(path, "status.conditions[") ? "no event tells this condition" : NULL;
}

/* A text of JSON, decoded. */
static bool
decoded(struct json_doc *d, struct str v)
{
	json_init(d);
	return v.n && v.p[0] == '"' && json_parse(d, v.p, v.n, 1) == 0;
}

static bool
same_json(struct str a, struct str b)
{
	struct buf x[2];
	struct str s[2] = { a, b };
	bool fine = true;

	for (unsigned i = 0; i < 2; i++) {
		struct json_doc text, inner;

		buf_init(&x[i], EX_MAX_BODY);
		json_init(&inner);
		fine = decoded(&text, s[i]) && fine;
		fine = fine &&
		    json_parse(&inner, json_str(&text, 0), text.node[0].str_len, EX_JSON_DEPTH) ==
			0 &&
		    json_write(&inner, 0, JSON_CANONICAL, &x[i]) == 0;
		json_release(&inner);
		json_release(&text);
	}
	fine = fine && x[0].len == x[1].len && memcmp(x[0].p, x[1].p, x[0].len) == 0;
	buf_release(&x[0]);
	buf_release(&x[1]);
	return fine;
}

static bool
near_times(struct str a, struct str b)
{
	struct utc x, y;

	return a.n > 2 && b.n > 2 && a.p[0] == '"' && b.p[0] == '"' &&
	    utc_parse(a.p + 1, a.n - 2, &x) == UTC_OK &&
	    utc_parse(b.p + 1, b.n - 2, &y) == UTC_OK &&
	    (x.us > y.us ? x.us - y.us : y.us - x.us) <= NEAR_US;
}

/* What the rebuilding adds to an object's head. */
static bool
ours(struct str path)
{
	return ends(path, "[\"kubernaut.ai/reconstructed\"]") ||
	    ends(path, "[\"kubernaut.ai/correlation-id\"]") ||
	    ends(path, "[\"kubernaut.ai/reconstruction-source\"]");
}

/* Texts that are empty are left out, or not, as the field's author liked; in maps they are
 * values. */
static bool
nothing(const struct leaf *l)
{
	return l->value.n == 2 && l->value.p[0] == '"' && !starts(l->path, "metadata.") &&
	    !starts(l->path, "spec.signalLabels") && !starts(l->path, "spec.signalAnnotations");
}

static struct str
manager_of(const struct differ *x, struct str path)
{
	const char *text = (const char *)x->ret->managers.p;

	for (size_t i = 0; i < x->n_m; i++)
		if (x->m[i].path_len == path.n && memcmp(text + x->m[i].path, path.p, path.n) == 0)
			return (struct str){ text + x->m[i].manager, x->m[i].manager_len };
	return (struct str){ NULL, 0 };
}

static int
each(void *arg, const struct leaf *from, const struct leaf *to)
{
	struct differ *x = arg;
	struct object_diff d = { .path = from ? from->path : to->path };
	const char *reason;

	/* bookkeeping of the API server is no difference of the object */
	if (from == NULL && (starts(d.path, "metadata.managedFields") || d.path.n == 0))
		return 0;
	/* an empty member and one that is not there are the same to Kubernetes */
	if ((ours(d.path) && to == NULL) || (from == NULL && nothing(to)) ||
	    (to == NULL && nothing(from)))
		return 0;
	d.rebuilt = from ? from->value : (struct str){ NULL, 0 };
	d.object = to ? to->value : (struct str){ NULL, 0 };
	d.origin = from ? origin_of(x->r, from->place) : NULL;
	d.manager = manager_of(x, d.path);
	reason = never(x->r, to ? to->path : d.path);
	/* close is not equal: times that events carry to the microsecond and objects to the
	 * second */
	if (from && to &&
	    ((d.origin && d.origin->grade != GRADE_EXACT && near_times(from->value, to->value)) ||
		same_json(from->value, to->value)))
		d.class = OBJ_NEAR;
	else if (starts(d.path, "status.") && d.manager.p && x->controller.p &&
	    (d.manager.n != x->controller.n || memcmp(d.manager.p, x->controller.p, d.manager.n)))
		/* a member that its controller does not manage was set by somebody else, whatever
		 * the events say */
		d.class = OBJ_BY_OTHER;
	else if (from == NULL && reason && !starts(d.path, "metadata.labels") &&
	    !starts(d.path, "metadata.annotations"))
		/* what no event of any version carries is no contradiction */
		d.class = OBJ_NOT_IN_EVENTS;
	else
		d.class = from == NULL ? OBJ_ONLY_OBJECT :
		    to == NULL         ? OBJ_ONLY_REBUILT :
					 OBJ_DIFFERS;
	d.reason = d.class == OBJ_NOT_IN_EVENTS ? reason : NULL;
	/* grown by hand: the callback has no error of its own to return */
	if (x->ret->n == x->cap) {
		void *p = vec_resize(x->ret->d, x->cap * 2 + 32, sizeof *x->ret->d);

		if (p == NULL) {
			x->nomem = true;
			return -1;
		}
		x->ret->d = p;
		x->cap = x->cap * 2 + 32;
	}
	/* each is counted where it is listed: the totals below the list are its lengths */
	x->ret->d[x->ret->n++] = d;
	x->ret->counted[d.class]++;
	return 0;
}

static int
by_class(const void *pa, const void *pb)
{
	const struct object_diff *a = pa, *b = pb;
	int k = (int)a->class - (int)b->class;

	if (k == 0)
		k = memcmp(a->path.p, b->path.p, a->path.n < b->path.n ? a->path.n : b->path.n);
	return k ? k : a->path.n < b->path.n ? -1 : a->path.n > b->path.n;
}

/* One entry of managedFields: fieldsV1 {"f:status":{"f:overallPhase":{}}} as paths
 * `status.overallPhase`. */
static void
managed_entry(struct differ *x, const struct json_doc *d, uint32_t entry)
{
	uint32_t fields = json_member(d, entry, "fieldsV1"),
		 manager = json_member(d, entry, "manager");
	struct {
		uint32_t next;
		size_t len;
	} stack[16];
	char path[PATH_MAX_BYTES];
	unsigned depth = 0;
	size_t len = 0, name;

	/* a hostile or hand-edited object may have anything here; then nobody is known to manage
	 * anything */
	if (fields == JSON_NONE || manager == JSON_NONE || d->node[fields].type != JSON_OBJECT ||
	    d->node[manager].type != JSON_STRING)
		return;
	name = x->ret->managers.len;
	buf_put(&x->ret->managers, json_str(d, manager), d->node[manager].str_len);
	stack[depth].next = d->node[fields].first;
	stack[depth++].len = 0;
	while (depth) {
		uint32_t k = stack[depth - 1].next;
		int n;

		/* the walk has its own stack: the object comes from outside */
		if (k == JSON_NONE) {
			depth--;
			continue;
		}
		stack[depth - 1].next = d->node[k].next;
		len = stack[depth - 1].len;
		/* names begin with `f:`; k: and v: are keys of list items, which have no path
		 * here */
		if (d->node[k].name_len < 3 || memcmp(json_name(d, k), "f:", 2))
			continue;
		n = snprintf(path + len, sizeof path - len, "%s%.*s", len ? "." : "",
		    (int)d->node[k].name_len - 2, json_name(d, k) + 2);
		/* a path that does not fit is passed over: a cut one would name another member */
		if (n < 0 || (size_t)n >= sizeof path - len)
			continue;
		if (d->node[k].type == JSON_OBJECT && d->node[k].first != JSON_NONE && depth < 16) {
			stack[depth].next = d->node[k].first;
			stack[depth++].len = len + (size_t)n;
		} else {
			/* offsets, not pointers: the buffer moves as it grows */
			if (x->n_m == x->cap_m) {
				void *p = vec_resize(x->m, x->cap_m * 2 + 64, sizeof *x->m);

				if (p == NULL) {
					x->nomem = true;
					return;
				}
				x->m = p;
				x->cap_m = x->cap_m * 2 + 64;
			}
			x->m[x->n_m++] = (struct managed){ x->ret->managers.len, len + (size_t)n,
				name, d->node[manager].str_len };
			buf_put(&x->ret->managers, path, len + (size_t)n);
		}
	}
}

int
diff_objects(
    struct object_diffs *ret, const struct rebuilt_rr *r, const void *json, size_t n, char why[200])
{
	struct differ x = { .ret = ret, .r = r };
	struct json_doc d;
	uint32_t kind, list;
	int rc;

	/* a ceiling for hostile objects; a real one has some hundred bytes of it */
	memset(ret, 0, sizeof *ret);
	buf_init(&ret->managers, 1u << 24);
	json_init(&d);
	if ((rc = json_parse(&d, json, n, 60)) != 0) {
		snprintf(why, 200, "%.150s", rc > 0 ? d.why : "out of memory");
	} else if (kind = json_member(&d, 0, "kind"),
	    kind == JSON_NONE || d.node[kind].type != JSON_STRING || d.node[kind].str_len != 18 ||
		memcmp(json_str(&d, kind), "RemediationRequest", 18)) {
		/* another kind of object would differ everywhere, and say nothing */
		snprintf(why, 200, "it is no RemediationRequest");
		rc = 1;
	} else if ((list = json_path(&d, 0, "metadata.managedFields")) != JSON_NONE &&
	    d.node[list].type == JSON_ARRAY) {
		for (uint32_t e = d.node[list].first; e != JSON_NONE; e = d.node[e].next)
			managed_entry(&x, &d, e);
	}
	json_release(&d);
	x.nomem |= ret->managers.failed;
	/* who manages status.startTime is the controller: it alone writes it */
	if (rc == 0 && !x.nomem &&
	    (rc = leaves_of(&ret->rebuilt, r->object.p, r->object.len)) == 0 &&
	    (rc = leaves_of(&ret->object, json, n)) == 0) {
		x.controller = manager_of(&x, (struct str){ "status.startTime", 16 });
		leaves_differ(&ret->rebuilt, &ret->object, each, &x);
		/* what is the same is what is left when the differences are taken away: it cannot
		 * be counted twice */
		for (size_t i = 0; i < ret->rebuilt.n; i++)
			ret->same += !ours(ret->rebuilt.l[i].path);
		ret->same -= ret->counted[OBJ_DIFFERS] + ret->counted[OBJ_ONLY_REBUILT] +
		    ret->counted[OBJ_NEAR];
		for (size_t i = 0; i < ret->n; i++)
			ret->same -= ret->d[i].class == OBJ_BY_OTHER && ret->d[i].rebuilt.p;
		if (ret->n)
			qsort(ret->d, ret->n, sizeof *ret->d, by_class);
	}
	free(x.m);
	return rc < 0 || x.nomem ? -1 : rc;
}

void
diff_release(struct object_diffs *d)
{
	free(d->d);
	leaves_release(&d->rebuilt);
	leaves_release(&d->object);
	buf_release(&d->managers);
}
