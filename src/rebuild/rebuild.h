/* The RemediationRequest from its events (formats/rebuild.md): head and spec from the first one, status from all of them. */
#ifndef REBUILD_REBUILD_H
#define REBUILD_REBUILD_H

#include "read/select.h"

struct rebuilt_rr {
	struct buf object;                 /* the object as JSON, members in the order they are shown */
	struct buf provenance, missing;    /* JSON arrays without their brackets */
	unsigned n_missing_required;
	struct buf errors;                 /* JSON strings: required fields that are missing */
};

void rebuilt_init(struct rebuilt_rr *r);
void rebuilt_release(struct rebuilt_rr *r);

/* 0; 1: no event begins this remediation (or, if partial, none tells its namespace); -1 (e). */
int rebuild_rr(struct rebuilt_rr *r, const struct story *s, const struct correlation *c, bool partial, struct err *e);

/* yaml.c: a JSON text as YAML that Kubernetes reads back unchanged. Appends to out. */
int yaml_of_json(struct buf *out, const void *json, size_t n);

#endif
