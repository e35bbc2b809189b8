/* What is asked of others about a sealed file: by a verb of its own, or behind each seal of
 * `archive` (trust.md). */
#ifndef CMD_EXPORT_WITNESSES_H
#define CMD_EXPORT_WITNESSES_H

#include "cmd/export/export.h"

/* --witness, --quorum, --witness-vkey: whether they can be what is meant, before anything is
 * written. 0 or -1 (e). */
int witnesses_check(const struct cli *c, struct err *e);
/* Appends `asked` to a manifest where somebody is to be asked (W-4). */
void witnesses_member(const struct cli *c, struct buf *out);
/*
 * Asks all of --witness about the newest seal of a file, and keeps what they sign beside it; says
 * on stderr who gave nothing. stop: see http_options. 0; EX_KEPT_ASIDE below the quorum;
 * EX_CONFLICT one contradicts the log (kept, said); -1 the tool failed (e).
 */
int witnesses_ask(const struct cli *c, const char *path, volatile const int *stop, struct err *e);

/* cmd_stamp.c. --tsa, --tsa-ca: as witnesses_check. 0 or -1 (e). */
int stamp_check(const struct cli *c, struct err *e);
/*
 * Asks --tsa, where it is given, for a stamp over the newest seal of a file, and keeps it beside
 * it; says on stderr what is wrong. 0; EX_KEPT_ASIDE none that counts came; -1 the tool failed (e).
 */
int stamp_ask(const struct cli *c, const char *path, volatile const int *stop, struct err *e);

#endif
