/*
 * What the source's own hashes say, phase by phase: one finding per edited or odd row, one per
 * correlation for gaps, one for what could not be checked.
 */
#ifndef CHAIN_PHASES_H
#define CHAIN_PHASES_H

#include "chain/links.h"

/* Once links are settled and repeats are left out. 0, or -1: the tool failed (e). */
int chain_judge(struct rows *rows, struct links *links, struct err *e);

#endif
