/*
 * Events that stand here twice (judgement.md J-10): the same id with equal content in two files
 * is a repeat, counted once
 * everywhere; with other content it is two versions; two events of one id in one file are what no
 * exporter writes.
 */
#ifndef CHAIN_REPEATS_H
#define CHAIN_REPEATS_H

#include "chain/rows.h"

/*
 * To be called once all files are merged and before links are settled: repeats get CONTENT_REPEAT
 * and take part in nothing,
 * rows that stand behind one stand behind the first. rows->repeats counts them. -1: the tool failed
 * (e).
 */
int repeats_find(struct rows *rows, struct err *e);

#endif
