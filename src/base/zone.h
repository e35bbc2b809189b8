/*
 * Zones of the IANA database by their names, as a table that is part of the program: the same on
 * every machine, and no file is read for it. From 2020 on; earlier times have what held then.
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct zone; /* static, never freed */

/* By its name as the database spells it, such as `Europe/Berlin`. NULL: there is none. */
const struct zone *zone_named(const char *name);
/* The i-th of them by name, NULL behind the last. */
const char *zone_name(unsigned i);
/* Its name. */
const char *zone_called(const struct zone *z);
/* Seconds east of UTC at an instant, in microseconds since 1970. */
int32_t zone_offset(const struct zone *z, int64_t us);
/* Appends ` [2026-11-17 08:03:11 +01:00]`, the instant by that clock: ZONE_WIDE columns. */
#define ZONE_WIDE 29u
void zone_put(struct buf *b, const struct zone *z, int64_t us);
/* Of the database, such as `2026f`. */
const char *zone_release(void);

#endif
