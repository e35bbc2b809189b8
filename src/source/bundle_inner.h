/* Between bundle.c, which reads folders and packed files, and bundle_links.c. */
#ifndef SOURCE_BUNDLE_INNER_H
#define SOURCE_BUNDLE_INNER_H

#include "source/bundle.h"

/* For qsort and bsearch: by the bytes of the path. */
int bundle_by_path(const void *a, const void *b);
/* Sorts the files. -1: one of them is there twice (e). */
int bundle_sort(struct bundle *b, const char *name, struct err *e);
/* A file whose bytes stand under another name. symbolic: `to` counts from its folder. to NULL: a
 * device and the like. -1 (e). */
int
bundle_note_link(struct bundle *b, const char *path, const char *to, bool symbolic, struct err *e);
/* Gives a link the bytes of the file, or the files of the folder, that it leads to, over other
 * links if need be. Links that were followed are no links any more. -1 (e). */
int bundle_follow_links(struct bundle *b, const char *name, struct err *e);

#endif
